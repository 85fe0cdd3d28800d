// Protocols of lines (HTTP, FTP, SMTP, RTSP, SIP, WHOIS, SSH) by their first line; with -v all of the head. Pure.
// The form is tcpdump's. To add one: its words, its `TextProtocol`, its ports where the payload is told apart.
import type { Line } from "../core/line.ts";

const HTTP_WORDS =
  ("GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT " +
    "UPDATE NOTIFY BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND " +
    "BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL")
    .split(" ");
const RTSP_WORDS = "OPTIONS DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN GET_PARAMETER SET_PARAMETER REDIRECT RECORD"
  .split(" ");
const SIP_WORDS =
  ("ACK BYE CANCEL DO INFO INVITE MESSAGE NOTIFY OPTIONS PRACK QAUTH REFER REGISTER SPRACK SUBSCRIBE UPDATE " +
    "PUBLISH")
    .split(" ");

/** A protocol of lines. `words`: what its requests begin with, where bodies are not to be shown; none: all is shown. */
export interface TextProtocol {
  readonly name: string;
  readonly words: readonly string[];
}

export const HTTP: TextProtocol = { name: "HTTP", words: HTTP_WORDS };
export const FTP: TextProtocol = { name: "FTP", words: [] };
export const SMTP: TextProtocol = { name: "SMTP", words: [] };
export const RTSP: TextProtocol = { name: "RTSP", words: RTSP_WORDS };
export const SIP: TextProtocol = { name: "SIP", words: SIP_WORDS };
export const WHOIS: TextProtocol = { name: "WHOIS", words: [] };

/** Octets of a word that is looked at. */
const LONGEST = 128;
const isBlank = (octet: number) => octet === 32 || octet === 9;
const isLineEnd = (octet: number) => octet === 13 || octet === 10;
const isPrintable = (octet: number) => octet >= 32 && octet < 127;

/** The word at `at` and where the next one begins in the same line; `undefined` when none was captured whole. */
function word(l: Line, at: number, end: number): { text: string; after: number } | undefined {
  let text = "", i = at;
  for (; i < end; i++) {
    if (!l.has(i, 1)) return undefined;
    const octet = l.bytes[i]!;
    if (isBlank(octet) || isLineEnd(octet)) break;
    if (!isPrintable(octet) || text.length + 2 > LONGEST) return undefined;
    text += String.fromCharCode(octet);
  }
  if (text === "") return undefined;
  while (i < end && l.has(i, 1) && l.bytes[i] === 32) i++;
  return { text, after: i };
}

/** Whether a message begins with a request's word, or an answer's version and number of three digits. */
function begins(l: Line, at: number, end: number, { words }: TextProtocol): boolean {
  if (words.length === 0) return true;
  const first = word(l, at, end);
  if (first === undefined) return false;
  if (words.includes(first.text.toUpperCase())) return true;
  return /^\d{3}$/.test(word(l, first.after, end)?.text ?? "");
}

/** Prints the line at `at` behind `before`; gives where the next begins, 0 when that was the last that is text. */
function printLine(l: Line, before: string, at: number, end: number): number {
  let i = at, next = 0;
  for (; i < end; i++) {
    const octet = l.u8(i);
    if (octet === 10) next = i + 1;
    else if (octet === 13) {
      if (i + 1 >= end || l.u8(i + 1) !== 10) return 0;
      next = i + 2;
    } else if (!isPrintable(octet) && octet !== 9) return 0;
    if (next !== 0) break;
  }
  l.text(before);
  l.out.raw(l.bytes.subarray(at, i));
  if (next === 0) l.text(` [|${l.protocol}]`);
  return next;
}

/** `HTTP: GET / HTTP/1.1`, with -v every line of the head. */
export function printText(l: Line, at: number, length: number, protocol: TextProtocol): void {
  l.protocol = protocol.name.toLowerCase();
  const end = at + length, known = begins(l, at, end, protocol);
  l.text(protocol.name);
  if (!known) return;
  if (l.verbose === 0) {
    printLine(l, ": ", at, end);
    return;
  }
  l.text(`, length: ${length}`);
  while (at < end) {
    at = printLine(l, "\n\t", at, end);
    if (at === 0) break;
  }
}

/** `: SSH: SSH-2.0-OpenSSH_9.2`: only the first line that each side sends is text. RFC 4253 4.2. */
export function printSsh(l: Line, at: number, length: number): void {
  l.protocol = "ssh";
  for (const [i, octet] of [0x53, 0x53, 0x48, 0x2d].entries()) if (l.u8(at + i) !== octet) return;
  for (let i = 4; i < length; i++) {
    const octet = l.u8(at + i);
    if (octet === 10 || octet === 13 && i + 1 < length && l.u8(at + i + 1) === 10) {
      l.text(": SSH: ");
      return l.out.raw(l.bytes.subarray(at, at + i));
    }
    if (!isPrintable(octet)) return;
  }
}
