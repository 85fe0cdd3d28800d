// What TCP carries, at the end of its line, by port. Pure. To add a protocol: a line in `SEGMENTS`.
import { printBgp } from "../routing/bgp.ts";
import { printDnsOverTcp } from "../application/dns.ts";
import type { Line } from "../core/line.ts";
import type { Ports } from "./ends.ts";
import { printOpenFlow } from "../sdn/openflow.ts";
import { printLdp } from "../routing/ldp.ts";
import { printPptp } from "../tunnel/pptp.ts";
import { printMsdp } from "../routing/msdp.ts";
import { printNfs } from "../application/nfs.ts";
import { printResp } from "../application/resp.ts";
import { printRpki } from "../routing/rpki.ts";
import { printTelnet } from "../application/telnet.ts";
import { printZmtp } from "../application/zmtp.ts";
import { FTP, HTTP, printSsh, printText, RTSP, SMTP, type TextProtocol, WHOIS } from "../application/text.ts";

interface Segment {
  /** Ports at either end. */
  readonly ports: readonly number[];
  readonly print: (l: Line, at: number, length: number, ends: Ports) => void;
}

const lines = (protocol: TextProtocol) => (l: Line, at: number, length: number) => {
  l.text(": ");
  printText(l, at, length, protocol);
};

/** A segment with ports of two protocols is the one's that stands first. */
const SEGMENTS: readonly Segment[] = [
  { ports: [23], print: printTelnet },
  { ports: [25], print: lines(SMTP) },
  { ports: [43], print: lines(WHOIS) },
  { ports: [179], print: printBgp },
  { ports: [1723], print: printPptp },
  { ports: [6379], print: printResp },
  { ports: [22], print: printSsh },
  { ports: [10288], print: beep },
  { ports: [21], print: lines(FTP) },
  { ports: [80, 8080], print: lines(HTTP) },
  { ports: [554, 8554], print: lines(RTSP) },
  { ports: [6633, 6653], print: printOpenFlow },
  { ports: [53], print: printDnsOverTcp },
  { ports: [639], print: printMsdp },
  { ports: [323], print: printRpki },
  { ports: [646], print: printLdp },
  { ports: [2049], print: nfs },
];

/** Place in the list by port, counted from 1; most segments have none. */
const BY_PORT = new Uint8Array(65536);
SEGMENTS.forEach(({ ports }, i) => {
  for (const port of ports) BY_PORT[port] ||= i + 1;
});

/** The payload of a segment. */
export function printTcpPayload(l: Line, at: number, length: number, sport: number, dport: number): void {
  const { forced } = l.options;
  if (forced !== undefined) {
    if (forced === "domain") printDnsOverTcp(l, at, length);
    else if (forced === "resp") printResp(l, at, length);
    else if (forced === "zmtp1") printZmtp(l, at, length);
    return;
  }
  const from = BY_PORT[sport]!, to = BY_PORT[dport]!;
  const place = from === 0 ? to : to === 0 ? from : Math.min(from, to);
  if (place !== 0) SEGMENTS[place - 1]!.print(l, at, length, { sport, dport });
}

/** BEEP frames by their first word. RFC 3080. */
function beep(l: Line, at: number, length: number): void {
  l.protocol = "beep";
  let word = "";
  for (let i = 0; i < Math.min(4, length) && at + i < l.end; i++) word += String.fromCharCode(l.bytes[at + i]!);
  const known = /^(RPY |ERR |ANS |NUL |SEQ |MSG\0|END\0)$/.exec(word);
  l.text(known === null ? " BEEP (payload or undecoded)" : ` BEEP ${word.slice(0, 3)}`);
}

/** A record of RPC, which may go on in later segments. */
function nfs(l: Line, at: number, length: number, ends: Ports): void {
  if (length < 4 || !l.has(at, 4)) return;
  const before = l.out.at;
  l.text(": ");
  if (!printNfs(l, at + 4, Math.min(l.u32(at) & 0x7fff_ffff, length - 4), ends)) l.out.at = before;
}
