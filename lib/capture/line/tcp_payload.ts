// What TCP carries, at the end of its line: text protocols by their first line, DNS, Telnet, Redis, BGP. Pure.
// To add a protocol: its ports and a printer in `printTcpPayload`.
import { printDns } from "./dns.ts";
import type { Line } from "./line.ts";
import { resp } from "./resp.ts";
import { FTP, HTTP, printText, RTSP, SMTP, SSH, type TextProtocol } from "./text.ts";

/** The payload of a segment. */
export function printTcpPayload(l: Line, at: number, length: number, sport: number, dport: number): void {
  const is = (port: number) => sport === port || dport === port;
  const text = (protocol: TextProtocol) => {
    l.text(": ");
    printText(l, at, length, protocol);
  };
  if (is(21)) text(FTP);
  else if (is(22)) {
    if (l.u8(at) === 0x53 && l.has(at, 4) && l.u24(at) === 0x535348) text(SSH);
  } else if (is(23)) telnet(l, at, length);
  else if (is(25)) text(SMTP);
  else if (is(53)) printDns(l, at, length, true, false);
  else if (is(80) || is(8080)) text(HTTP);
  else if (is(179)) bgp(l, length);
  else if (is(554) || is(8554)) text(RTSP);
  else if (is(10288)) beep(l, at, length);
  else if (is(6379)) {
    l.text(": ");
    resp(l, at, length);
  }
}

const TELNET_COMMANDS = [
  "DONT",
  "DO",
  "WONT",
  "WILL",
  "SB",
  "GA",
  "EL",
  "EC",
  "AYT",
  "AO",
  "IP",
  "BREAK",
  "DMARK",
  "NOP",
  "SE",
  "EOR",
  "ABORT",
  "SUSP",
  "EOF",
];
const TELNET_OPTIONS =
  "BINARY,ECHO,RCP,SUPPRESS GO AHEAD,NAME,STATUS,TIMING MARK,RCTE,NAOL,NAOP,NAOCRD,NAOHTS,NAOHTD,NAOFFD,NAOVTS,NAOVTD,NAOLFD,EXTEND ASCII,LOGOUT,BYTE MACRO,DATA ENTRY TERMINAL,SUPDUP,SUPDUP OUTPUT,SEND LOCATION,TERMINAL TYPE,END OF RECORD,TACACS UID,OUTPUT MARKING,TTYLOC,3270 REGIME,X.3 PAD,NAWS,TSPEED,LFLOW,LINEMODE,XDISPLOC,OLD-ENVIRON,AUTHENTICATION,ENCRYPT,NEW-ENVIRON"
    .split(",");

function telnet(l: Line, at: number, length: number): void {
  l.protocol = "telnet";
  const end = at + length;
  let first = true;
  while (at < end) {
    if (l.u8(at) !== 0xff) {
      // Octets between commands are data.
      at++;
      continue;
    }
    const command = l.u8(at + 1);
    if (command === 0xff) {
      at += 2;
      continue;
    }
    l.text(first ? " [telnet " : ", ");
    first = false;
    const name = TELNET_COMMANDS[254 - command];
    if (command >= 251 && command <= 254) {
      const option = l.u8(at + 2);
      l.text(`${name} ${TELNET_OPTIONS[option] ?? `#0x${option.toString(16)}`}`);
      at += 3;
    } else if (command === 250) {
      const option = l.u8(at + 2);
      l.text(`SB ${TELNET_OPTIONS[option] ?? `#0x${option.toString(16)}`}`);
      at += 3;
      while (at < end && l.u8(at) !== 0xff) {
        l.text(` 0x${l.u8(at).toString(16)}`);
        at++;
      }
      if (at < end) {
        l.text(" SE");
        at += 2;
      }
    } else {
      l.text(
        ({
          240: "SE",
          241: "NOP",
          242: "DMARK",
          243: "BREAK",
          244: "IP",
          245: "AO",
          246: "AYT",
          247: "EC",
          248: "EL",
          249: "GA",
        } as Record<number, string>)[command] ?? `#0x${command.toString(16)}`,
      );
      at += 2;
    }
  }
  if (!first) l.text("]");
}

function bgp(l: Line, length: number): void {
  l.protocol = "bgp";
  l.text(": BGP");
  if (l.verbose === 0) return;
  l.text(`, length: ${length}`);
}

/** BEEP frames by their first word. RFC 3080. */
function beep(l: Line, at: number, length: number): void {
  l.protocol = "beep";
  let word = "";
  for (let i = 0; i < Math.min(4, length) && at + i < l.end; i++) word += String.fromCharCode(l.bytes[at + i]!);
  const known = ["MSG ", "ERR ", "RPY ", "NUL ", "SEQ ", "END "].includes(word) || word.startsWith("END");
  l.text(known ? ` BEEP ${word.trim()}` : " BEEP (payload or undecoded)");
}
