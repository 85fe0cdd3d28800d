// Protocols of lines (HTTP, FTP, SMTP, RTSP, SIP, SSH) by their first line; with -v all of the head. Pure.
// The form is tcpdump's. To add one: its words, its `TextProtocol`, its ports where the payload is told apart.
import { type Line, TRUNCATED } from "../core/line.ts";

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

/** A protocol of lines: what its requests begin with (answers begin with a number of three digits); no words: anything. */
export interface TextProtocol {
  readonly name: string;
  readonly words: readonly string[];
  /** Answers begin with the protocol's version: `HTTP/1.1 200`. */
  readonly versioned?: boolean;
}

export const HTTP: TextProtocol = { name: "HTTP", words: HTTP_WORDS, versioned: true };
export const FTP: TextProtocol = { name: "FTP", words: FTP_WORDS };
// Mails and answers over several lines are lines too: all of them are shown.
export const SMTP: TextProtocol = { name: "SMTP", words: [] };
export const RTSP: TextProtocol = { name: "RTSP", words: RTSP_WORDS, versioned: true };
export const SIP: TextProtocol = { name: "SIP", words: SIP_WORDS, versioned: true };
export const WHOIS: TextProtocol = { name: "WHOIS", words: [] };
export const SSH: TextProtocol = { name: "SSH", words: [] };

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
