// What TCP carries, at the end of its line: text protocols by their first line, DNS, Telnet, Redis, BGP. Pure.
// To add a protocol: its ports and a printer in `printTcpPayload`.
import { printDns } from "./dns.ts";
import { type Line, TRUNCATED } from "./line.ts";

const HTTP_WORDS = [
  "GET",
  "PUT",
  "COPY",
  "HEAD",
  "LOCK",
  "MOVE",
  "POLL",
  "POST",
  "BCOPY",
  "BMOVE",
  "MKCOL",
  "TRACE",
  "LABEL",
  "MERGE",
  "DELETE",
  "SEARCH",
  "UNLOCK",
  "REPORT",
  "UPDATE",
  "NOTIFY",
  "BDELETE",
  "CONNECT",
  "OPTIONS",
  "CHECKIN",
  "PROPFIND",
  "CHECKOUT",
  "CCM_POST",
  "SUBSCRIBE",
  "PROPPATCH",
  "BPROPFIND",
  "BPROPPATCH",
  "UNCHECKOUT",
  "MKACTIVITY",
  "MKWORKSPACE",
  "UNSUBSCRIBE",
  "RPC_CONNECT",
  "VERSION-CONTROL",
  "BASELINE-CONTROL",
];
const FTP_WORDS =
  "ACCT,APPE,CWD,DELE,EPRT,EPSV,HELP,MDTM,MKD,NLST,NOOP,PASS,PASV,PORT,PWD,QUIT,REST,RETR,RMD,RNFR,RNTO,SITE,SIZE,STAT,STOR,STOU,STRU,SYST,TYPE,USER,LIST,ABOR,ALLO,CDUP,FEAT,HOST,MODE,OPTS,REIN,SMNT,XCUP,XCWD,XMKD,XPWD,XRMD,AUTH,ADAT,PROT,PBSZ,CCC,MIC,CONF,ENC,LANG,MLSD,MLST"
    .split(",");
const SMTP_WORDS = [
  "DATA",
  "EHLO",
  "EXPN",
  "HELO",
  "HELP",
  "MAIL",
  "NOOP",
  "QUIT",
  "RCPT",
  "RSET",
  "VRFY",
  "AUTH",
  "STARTTLS",
  "BDAT",
];
const RTSP_WORDS = [
  "OPTIONS",
  "DESCRIBE",
  "ANNOUNCE",
  "SETUP",
  "PLAY",
  "PAUSE",
  "TEARDOWN",
  "GET_PARAMETER",
  "SET_PARAMETER",
  "REDIRECT",
  "RECORD",
];
const SIP_WORDS = [
  "ACK",
  "BYE",
  "CANCEL",
  "DO",
  "INFO",
  "INVITE",
  "MESSAGE",
  "NOTIFY",
  "OPTIONS",
  "PRACK",
  "QAUTH",
  "REFER",
  "REGISTER",
  "SPRACK",
  "SUBSCRIBE",
  "UPDATE",
  "PUBLISH",
];

/** A protocol of lines: what its requests begin with, and whether answers begin with a number of three digits. */
export interface TextProtocol {
  readonly name: string;
  readonly words: readonly string[];
  /** Answers begin with the protocol's version: `HTTP/1.1 200`. */
  readonly versioned?: boolean;
}

const HTTP: TextProtocol = { name: "HTTP", words: HTTP_WORDS, versioned: true };
const FTP: TextProtocol = { name: "FTP", words: FTP_WORDS };
const SMTP: TextProtocol = { name: "SMTP", words: SMTP_WORDS };
const RTSP: TextProtocol = { name: "RTSP", words: RTSP_WORDS, versioned: true };
export const SIP: TextProtocol = { name: "SIP", words: SIP_WORDS, versioned: true };
const SSH: TextProtocol = { name: "SSH", words: [] };

const isSpace = (octet: number) =>
  octet === 32 || octet === 9 || octet === 10 || octet === 13 || octet === 11 || octet === 12;

/** The token at `at`: its text and the offset after the white space behind it; `undefined` when there is none. */
function token(l: Line, at: number, end: number): { text: string; after: number } | undefined {
  let i = at;
  let text = "";
  while (i < end && !isSpace(l.u8(i))) {
    if (l.bytes[i]! >= 127 || l.bytes[i]! < 32) return undefined;
    text += String.fromCharCode(l.bytes[i]!);
    if (text.length > 64) return undefined;
    i++;
  }
  if (text === "" || i >= end) return undefined;
  while (i < end && isSpace(l.u8(i))) {
    if (l.bytes[i] === 10 || l.bytes[i] === 13) break;
    i++;
  }
  return { text, after: i };
}

/** Where the line at `at` ends and the next begins; `undefined` when the octets are not text. */
function lineEnd(l: Line, at: number, end: number): { end: number; next: number; ended: boolean } | undefined {
  for (let i = at; i < end; i++) {
    const octet = l.bytes[i]!;
    if (octet === 10) return { end: i, next: i + 1, ended: true };
    if (octet === 13) {
      if (i + 1 >= end) return { end: i, next: end, ended: false };
      return l.bytes[i + 1] === 10 ? { end: i, next: i + 2, ended: true } : undefined;
    }
    if (octet >= 127 || (octet < 32 && octet !== 9)) return undefined;
  }
  return { end, next: end, ended: false };
}

/** Whether a message begins with a word of the protocol or the number of an answer. */
function begins(l: Line, at: number, end: number, protocol: TextProtocol): boolean {
  if (protocol.words.length === 0) return true;
  try {
    const first = token(l, at, end);
    if (first === undefined) return false;
    const word = first.text.toUpperCase();
    if (protocol.words.some((one) => one.toUpperCase() === word) || /^\d{3}$/.test(word)) return true;
    const second = token(l, first.after, end);
    return second !== undefined && /^\d{3}$/.test(second.text);
  } catch (error) {
    // Where answers begin with a version, a word that was cut says nothing at all.
    if (error !== TRUNCATED || !protocol.versioned) throw error;
    return false;
  }
}

/** `: HTTP: GET / HTTP/1.1`, with -v every line of the head. */
export function printText(l: Line, at: number, length: number, protocol: TextProtocol): void {
  l.protocol = protocol.name.toLowerCase();
  const captured = Math.min(at + length, l.end);
  l.text(protocol.name);
  if (!begins(l, at, at + length, protocol)) return;
  const show = (from: number, to: number) => {
    for (let i = from; i < to; i++) l.safe(l.bytes[i]!);
  };
  if (l.verbose === 0 || protocol === SSH) {
    const line = lineEnd(l, at, captured);
    if (line !== undefined) {
      l.text(": ");
      show(at, line.end);
      if (!line.ended) l.text(` [|${l.protocol}]`);
    }
    return;
  }
  l.text(`, length: ${length}`);
  let cursor = at;
  while (cursor < captured) {
    const line = lineEnd(l, cursor, captured);
    if (line === undefined) break;
    l.text("\n\t");
    show(cursor, line.end);
    if (!line.ended) l.text(` [|${l.protocol}]`);
    cursor = line.next;
  }
}

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

/** Redis: `RESP "PING"`. */
function resp(l: Line, at: number, length: number): void {
  l.protocol = "resp";
  l.text("RESP");
  const end = at + length;
  let budget = 1000;
  const line = (from: number): { text: string; next: number } => {
    let i = from;
    while (l.u8(i) !== 13) i++;
    let text = "";
    for (let j = from; j < i; j++) text += String.fromCharCode(l.bytes[j]!);
    return { text, next: Math.min(i + 2, end) };
  };
  const quoted = (from: number, to: number) => {
    l.text(' "');
    for (let i = from; i < to; i++) l.safe(l.u8(i));
    l.text('"');
  };
  const value = (from: number): number => {
    if (budget-- < 0) return end;
    switch (l.u8(from)) {
      case 0x2b:
      case 0x2d: {
        const { text, next } = line(from + 1);
        quoted(from + 1, from + 1 + text.length);
        return next;
      }
      case 0x3a: {
        const { text, next } = line(from + 1);
        l.text(` ${Number(text)}`);
        return next;
      }
      case 0x24: {
        const { text, next } = line(from + 1);
        const size = Number(text);
        if (size === -1) {
          l.text(" null");
          return next;
        }
        if (!(size >= 0)) {
          l.text(" invalid");
          return end;
        }
        if (size === 0) {
          l.text(" empty");
          return Math.min(next + 2, end);
        }
        quoted(next, next + size);
        return next + size + 2;
      }
      case 0x2a: {
        const { text, next } = line(from + 1);
        const count = Number(text);
        if (count === -1) l.text(" null");
        else if (count === 0) l.text(" empty");
        let cursor = next;
        for (let i = 0; i < count && cursor < end && budget > 0; i++) cursor = value(cursor);
        return cursor;
      }
      default: {
        // An inline command: its words.
        let i = from;
        while (i < end && l.u8(i) !== 13 && l.bytes[i] !== 10) i++;
        quoted(from, i);
        return Math.min(i + 2, end);
      }
    }
  };
  let cursor = at;
  while (cursor < end && budget > 0) cursor = value(cursor);
}
