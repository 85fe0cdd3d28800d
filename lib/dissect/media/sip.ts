// SIP (RFC 3261) over UDP and TCP, with SDP in its bodies; RTSP (RFC 2326, 7826), which has the same form. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { measureHead, startsWith } from "../detect.ts";
import { headerLine, type HeaderStyle, parseHead } from "../web/http1_head.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { sdp } from "./sdp.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

/** Longest head that is waited for. */
const HEAD_LIMIT = 64 * 1024;
const METHODS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = byWord({
  INVITE: ["begins or changes a call", "RFC 3261 13"],
  ACK: ["confirms the final answer to INVITE", "RFC 3261 13.2.2.4"],
  BYE: ["ends the call", "RFC 3261 15"],
  CANCEL: ["gives up a request", "RFC 3261 9"],
  REGISTER: ["tells where a user is", "RFC 3261 10"],
  OPTIONS: ["asks what the other can do", "RFC 3261 11"],
  INFO: ["news in a call", "RFC 6086 4"],
  PRACK: ["confirms a provisional answer", "RFC 3262 6"],
  UPDATE: ["changes a call that is not up yet", "RFC 3311 5"],
  SUBSCRIBE: ["asks to be told of events", "RFC 6665 4.1.2"],
  NOTIFY: ["tells of an event", "RFC 6665 4.2.2"],
  PUBLISH: ["publishes a state", "RFC 3903 4"],
  REFER: ["asks to call somebody else", "RFC 3515 2"],
  MESSAGE: ["a text", "RFC 3428 4"],
});
const RTSP_METHODS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = byWord({
  OPTIONS: ["asks what the other can do", "RFC 2326 10.1"],
  DESCRIBE: ["asks what the media is", "RFC 2326 10.2"],
  ANNOUNCE: ["says what the media is", "RFC 2326 10.3"],
  SETUP: ["says how a stream is to be sent", "RFC 2326 10.4"],
  PLAY: ["starts sending", "RFC 2326 10.5"],
  PAUSE: ["stops for a while", "RFC 2326 10.6"],
  TEARDOWN: ["ends the session", "RFC 2326 10.7"],
  GET_PARAMETER: ["reads a parameter, or keeps the session alive", "RFC 2326 10.8"],
  SET_PARAMETER: ["sets a parameter", "RFC 2326 10.9"],
  REDIRECT: ["asks to go to another server", "RFC 2326 10.10"],
  RECORD: ["starts recording", "RFC 2326 10.11"],
});
const CLASSES: Readonly<Record<string, string>> = {
  1: "goes on",
  2: "success",
  3: "elsewhere",
  4: "the request cannot be done",
  5: "the server failed",
  6: "cannot be done anywhere",
};
/** Short names (RFC 3261 7.3.3, RFC 6665 8.2.1, RFC 3515 2.1 and others). */
const COMPACT: Readonly<Record<string, string>> = byWord({
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
});
const HEADERS =
  "accept,accept-encoding,accept-language,alert-info,allow,authentication-info,authorization,call-id,call-info,contact," +
  "content-disposition,content-encoding,content-language,content-length,content-type,cseq,date,error-info,expires,from," +
  "in-reply-to,max-forwards,min-expires,mime-version,organization,priority,proxy-authenticate,proxy-authorization," +
  "proxy-require,record-route,reply-to,require,retry-after,route,server,subject,supported,timestamp,to,unsupported," +
  "user-agent,via,warning,www-authenticate";
/** RFC 3261 20.1 to 20.44. */
const REFS: Readonly<Record<string, string>> = byWord(Object.fromEntries(
  HEADERS.split(",").flatMap((name, i) => {
    const ref = `RFC 3261 20.${i + 1}`;
    const short = Object.entries(COMPACT).find(([, long]) => long.toLowerCase() === name)?.[0];
    return short === undefined ? [[name, ref]] : [[name, ref], [short, ref]];
  }),
));
const SIP_STYLE: HeaderStyle = {
  ref: "RFC 3261 7.3",
  refs: REFS,
  meaning: (name) => COMPACT[name.toLowerCase()],
};
const RTSP_HEADERS: Readonly<Record<string, string>> = byWord({
  cseq: "RFC 2326 12.17",
  session: "RFC 2326 12.37",
  transport: "RFC 2326 12.39",
  range: "RFC 2326 12.29",
  "rtp-info": "RFC 2326 12.33",
  public: "RFC 2326 12.28",
  "content-base": "RFC 2326 12.11",
  "content-length": "RFC 2326 12.14",
  "content-type": "RFC 2326 12.16",
  "user-agent": "RFC 2326 12.41",
  authorization: "RFC 2326 12.5",
  "www-authenticate": "RFC 2326 12.44",
  server: "RFC 2326 12.36",
  scale: "RFC 2326 12.34",
});
const RTSP_STYLE: HeaderStyle = { ref: "RFC 2326 12", refs: RTSP_HEADERS };

/** Octets of the message that `bytes` begin with: its head and as much as Content-Length says; 0 for "more". */
function measure(bytes: Uint8Array, scanned: number): number {
  // Line ends between messages keep the connection alive (RFC 5626 3.5.1).
  if (bytes[0] === 13 || bytes[0] === 10) {
    let count = 1;
    while (bytes[count] === 13 || bytes[count] === 10) count++;
    return count;
  }
  const length = measureHead(bytes, scanned);
  if (length === 0) {
    if (bytes.length > HEAD_LIMIT) {
      throw new FormatError(`A head of more than ${HEAD_LIMIT} octets`, HEAD_LIMIT);
    }
    return 0;
  }
  const { headers } = parseHead(bytes, length);
  const digits = /^\d{1,9}/.exec(headers.get("content-length") ?? headers.get("l") ?? "0");
  return length + Number(digits?.[0] ?? 0);
}

function message(tree: Tree, rtsp: boolean): Words {
  const { reader } = tree;
  const style = rtsp ? RTSP_STYLE : SIP_STYLE;
  const first = reader.peek();
  if (first === 13 || first === 10) {
    tree.rest("Line ends", "RFC 5626 3.5.1", "keep the connection alive");
    return { summary: "keep-alive" };
  }
  const all = reader.bytes.subarray(reader.offset, reader.end);
  const headLength = measureHead(all) || all.length;
  const { headers } = parseHead(all, headLength);
  const header = (name: string, short?: string) =>
    headers.get(name) ?? (short === undefined ? undefined : headers.get(short));
  const response = /^(SIP|RTSP)\//.test(decodeText(all.subarray(0, 5)));
  let line = "";
  tree.group(response ? "Status line" : "Request line", (group) => {
    const ref = rtsp ? (response ? "RFC 2326 7.1" : "RFC 2326 6.1") : response ? "RFC 3261 7.2" : "RFC 3261 7.1";
    group.ref = ref;
    const words: string[] = [];
    if (response) {
      words.push(tree.word("Version", " \r\n", ref));
      tree.spaces(ref);
      words.push(tree.word("Status code", " \r\n", rtsp ? "RFC 2326 11" : "RFC 3261 21", (code) => CLASSES[code[0]!]));
      tree.spaces(ref);
      words.push(tree.word("Reason", "\r\n", ref));
      line = words.slice(1).join(" ");
    } else {
      const list = rtsp ? RTSP_METHODS : METHODS;
      words.push(tree.word("Method", " \r\n", ref, (word) => list[word]?.[0]));
      if (list[words[0]!] !== undefined) tree.last.ref = list[words[0]!]![1];
      tree.spaces(ref);
      words.push(tree.word("Request URI", " \r\n", ref));
      tree.spaces(ref);
      words.push(tree.word("Version", "\r\n", ref));
      line = words.slice(0, 2).join(" ");
    }
    tree.lineEnd(style.ref);
    group.meaning = clip(words.filter((word) => word !== "").join(" "), 160);
  });
  const cseq = header("cseq") ?? "";
  const pair = rtsp ? `rtsp ${cseq}` : `sip ${header("call-id", "i") ?? ""} ${cseq}`;
  const method = cseq.split(/\s+/)[1] ?? "";
  const final = response && !/^1/.test(line);
  const asks = response ? (final ? { answers: pair } : {}) : /^ACK /.test(line) ? {} : { asks: pair };
  const of = response && method !== "" ? ` (${clip(method, 20)})` : "";
  tree.said = { summary: clip(line + of, 160), ...asks };
  while (tree.remaining > 0 && reader.peek() !== 13 && reader.peek() !== 10) headerLine(tree, style);
  tree.lineEnd(style.ref, "End of the head");
  const count = tree.remaining;
  let more = "";
  let expects: Words["expects"];
  const type = (header("content-type", "c") ?? "").toLowerCase();
  if (count > 0 && type.startsWith("application/sdp")) {
    const found = tree.part("Body", count, (part, group) => {
      const inside = sdp(part);
      group.meaning = inside.summary;
      return inside;
    }, "RFC 8866");
    if (found !== undefined) {
      more = `, ${found.summary}`;
      expects = found.expects;
    }
  } else if (count > 0) {
    const body = tree.bytes("Body", count, rtsp ? "RFC 2326 9" : "RFC 3261 7.4");
    if (looksLikeText(body)) {
      tree.last.value = decodeText(body);
      if (type.startsWith("text/plain")) more = `: ${clip(decodeText(body), 80)}`;
    }
  }
  const from = response || rtsp ? "" : ` from ${clip((header("from", "f") ?? "").replace(/;.*$/, ""), 60)}`;
  return {
    summary: clip(`${line}${of}${from}${more}`, 200),
    ...asks,
    ...(looksLikeText(all) ? { text: decodeText(all).trimEnd() } : {}),
    ...(expects === undefined || expects.length === 0 ? {} : { expects }),
  };
}

const SIP_LINE = /^(SIP\/2\.0 \d{3} |[A-Z]{3,12} (sips?|tel):[^\s]+ SIP\/2\.0\r?\n)/;
const SIP_REST = /^(\d{0,3}|s|si|sips?|t|te|tel|(sips?|tel):[^\s]*( (S|SI|SIP|SIP\/|SIP\/2|SIP\/2\.|SIP\/2\.0\r?)?)?)$/;
const SIP_STARTS = ["SIP/2.0 ", ...Object.keys(METHODS).map((method) => `${method} `)];

function detectSip(bytes: Uint8Array): Guess {
  const guess = startsWith(bytes, SIP_STARTS);
  if (guess !== "yes") return guess;
  const head = decodeText(bytes.subarray(0, 512));
  if (SIP_LINE.test(head)) return "yes";
  return SIP_REST.test(head.slice(head.indexOf(" ") + 1)) ? "maybe" : "no";
}

export const SIP: Protocol = {
  name: "sip",
  title: "SIP",
  ref: "RFC 3261",
  tcp: [5060],
  udp: [5060],
  detect: (bytes) => {
    const guess = detectSip(bytes);
    return guess !== "no"
      ? guess
      : /^([A-Z]{1,12}( |$)|[\r\n])/.test(decodeText(bytes.subarray(0, 16)))
      ? "possible"
      : "no";
  },
  // Few octets keep a way through translators of addresses open.
  fits: (bytes) => bytes.length <= 4 || looksLikeText(bytes.subarray(0, 8)),
  detectDatagram: (bytes) => detectSip(bytes) === "yes",
  stream: () => ({
    measure: (bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number) => measure(bytes, scanned),
    dissect: (tree: Tree) => message(tree, false),
  }),
  datagram: (tree) => message(tree, false),
};

const RTSP_LINE =
  /^(RTSP\/[12]\.\d \d{3} |[A-Z_]{4,13} (rtspu?|rtsps):\/\/[^\s]+ RTSP\/[12]\.\d\r?\n|OPTIONS \* RTSP\/)/;

const RTSP_REST = /^(\d{0,3}|\*?|r|rt|rts|(rtspu?|rtsps)(:[^\s]*)?( R[^\s]*\r?)?)$/;
const RTSP_STARTS = ["RTSP/1.0 ", "RTSP/2.0 ", ...Object.keys(RTSP_METHODS).map((method) => `${method} `)];

/** Media between the messages: `$`, a channel and a length (RFC 2326 10.12). */
class Rtsp implements StreamDissector {
  measure(bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number): number {
    if (bytes[0] !== 0x24) return measure(bytes, scanned);
    return bytes.length < 4 ? 0 : 4 + bytes[2]! * 256 + bytes[3]!;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    if (tree.reader.peek() !== 0x24) return message(tree, true);
    const ref = "RFC 2326 10.12";
    tree.u8("Dollar sign", ref, () => "media follow");
    const channel = tree.u8("Channel", ref);
    const length = tree.u16("Length", ref);
    const words = context.inner(tree, Math.min(length, tree.remaining), "rtp");
    return { summary: `channel ${channel}: ${words?.summary ?? counted(length, "octet")}` };
  }
}

export const RTSP: Protocol = {
  name: "rtsp",
  title: "RTSP",
  ref: "RFC 2326",
  tcp: [554, 8554],
  detect: (bytes) => {
    const guess = startsWith(bytes, RTSP_STARTS);
    if (guess !== "yes") return guess === "no" && bytes[0] === 0x24 ? "possible" : guess;
    const head = decodeText(bytes.subarray(0, 512));
    if (RTSP_LINE.test(head)) return "yes";
    return RTSP_REST.test(head.slice(head.indexOf(" ") + 1)) ? "maybe" : "no";
  },
  stream: () => new Rtsp(),
};
