// STOMP 1.0 to 1.2 (stomp.github.io, "STOMP Protocol Specification, Version 1.2"): frames of a command, headers and a body
// up to a zero octet or by its length. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { contentText } from "../coding/content.ts";
import { measureHead, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const REF = "STOMP 1.2";
/** Command: what it means. */
const CLIENT: Readonly<Record<string, string>> = byWord({
  CONNECT: "opens the session",
  STOMP: "opens the session",
  SEND: "a message to a destination",
  SUBSCRIBE: "asks for the messages of a destination",
  UNSUBSCRIBE: "ends a subscription",
  ACK: "a message was taken",
  NACK: "a message was not taken",
  BEGIN: "begins a transaction",
  COMMIT: "carries a transaction out",
  ABORT: "gives a transaction up",
  DISCONNECT: "ends the session",
});
const SERVER: Readonly<Record<string, string>> = byWord({
  CONNECTED: "the session is open",
  MESSAGE: "a message for a subscription",
  RECEIPT: "a frame was dealt with",
  ERROR: "what went wrong; the server closes after it",
});
const HEADERS: Readonly<Record<string, string>> = byWord({
  "accept-version": "versions that the client knows",
  host: "virtual host",
  login: "user",
  passcode: "password",
  "heart-beat": "milliseconds: how often it can send, how often it wants to receive",
  version: "of the session",
  session: "its name",
  server: "what program it is",
  destination: "where to, or where from",
  transaction: "the transaction that it belongs to",
  receipt: "an answer with this name is wanted",
  "receipt-id": "the receipt that was asked for",
  subscription: "the subscription that it belongs to",
  "message-id": "name of the message",
  id: "name of the subscription, or of the message that is acknowledged",
  ack: "how messages are acknowledged, or the name to do so by",
  "content-length": "octets of the body",
  "content-type": "what the body is",
  message: "in short",
});
const HEAD_LIMIT = 64 * 1024;

/** Octets of the frame that `bytes` begin with; 0 for "more". */
function measure(bytes: Uint8Array, scanned: number): number {
  // Line ends between frames show that the other side is there.
  if (bytes[0] === 10 || bytes[0] === 13) {
    let count = 1;
    while (bytes[count] === 10 || bytes[count] === 13) count++;
    return count;
  }
  const head = measureHead(bytes, scanned < HEAD_LIMIT ? 0 : scanned);
  if (head === 0) {
    if (bytes.length > HEAD_LIMIT) {
      throw new FormatError(`A head of more than ${HEAD_LIMIT} octets`, HEAD_LIMIT);
    }
    return 0;
  }
  const length = /^content-length:(\d{1,9})\r?$/m.exec(decodeText(bytes.subarray(0, head)))?.[1];
  if (length !== undefined) return head + Number(length) + 1;
  const end = bytes.indexOf(0, Math.max(head, scanned));
  return end === -1 ? 0 : end + 1;
}

/** `\c` and others in a header (STOMP 1.2, Value Encoding). */
const unescaped = (text: string) =>
  text.replace(/\\([rnc\\])/g, (_, letter: string) => ({ r: "\r", n: "\n", c: ":" })[letter] ?? "\\");

class Stomp implements StreamDissector {
  measure(bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number): number {
    return measure(bytes, scanned);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const { reader } = tree;
    if (reader.peek() === 10 || reader.peek() === 13) {
      tree.rest("Line ends", REF, "show that the other side is there");
      return { summary: "line end: a sign of life" };
    }
    const names = side === "client" ? CLIENT : SERVER;
    const command = tree.word("Command", "\r\n", REF, (word) => names[word]);
    tree.lineEnd(REF);
    const headers = new Map<string, string>();
    while (tree.remaining > 0 && reader.peek() !== 10 && reader.peek() !== 13) {
      tree.group("Header", (group) => {
        const name = tree.word("Name", ":\r\n", REF, (word) => HEADERS[word]);
        if (reader.peek() === 0x3a) tree.bytes("Separator", 1, REF);
        const value = tree.word("Value", "\r\n", REF, (text) => text.includes("\\") ? unescaped(text) : undefined);
        if (name === "passcode" && value !== "") tree.last.secret = true;
        else group.meaning = clip(`${name}: ${value}`, 120);
        tree.lineEnd(REF);
        // The first of several is the one that counts.
        if (!headers.has(name)) headers.set(name, unescaped(value));
      }, { ref: REF });
    }
    tree.lineEnd(REF, "End of the head");
    const count = tree.remaining - 1;
    let text: string | undefined;
    if (count > 0) {
      const body = tree.bytes("Body", count, REF, () => headers.get("content-type"));
      text = contentText(body, headers.get("content-type") ?? "");
      if (text !== undefined) tree.last.value = text;
    }
    if (tree.remaining > 0) tree.u8("End of the frame", REF);
    const about = ["destination", "id", "message", "version", "login", "receipt-id", "transaction"]
      .filter((name) => headers.has(name) && !(name === "id" && command === "MESSAGE"))
      .map((name) => headers.get(name)!).slice(0, 2).join(" ");
    const said = text === undefined
      ? (count > 0 ? `: ${counted(count, "octet")}` : "")
      : `: ${clip(text.trimEnd(), 80)}`;
    const password = headers.has("passcode") ? ", password in clear" : "";
    return {
      summary: clip(`${command} ${about}${password}${said}`.replace(" :", ":").trimEnd(), 180),
      ...pairing(command, headers),
      ...(text === undefined ? {} : { text }),
    };
  }
}

/** CONNECT is answered by CONNECTED, a frame that wants a receipt by the receipt. */
function pairing(command: string, headers: ReadonlyMap<string, string>): Pick<Words, "asks" | "answers"> {
  if (command === "CONNECT" || command === "STOMP") return { asks: "connect" };
  if (command === "CONNECTED") return { answers: "connect" };
  if (headers.has("receipt-id")) return { answers: `receipt ${headers.get("receipt-id")}` };
  return headers.has("receipt") ? { asks: `receipt ${headers.get("receipt")}` } : {};
}

const STARTS = [...Object.keys(CLIENT)].flatMap((command) => [`${command}\n`, `${command}\r\n`]);

/** A command on a line of its own, and a header, or the end of the head. */
function detect(bytes: Uint8Array, side: Side): Guess {
  const first = side === "client"
    ? ["CONNECT\n", "CONNECT\r\n", "STOMP\n", "STOMP\r\n"]
    : ["CONNECTED\n", "CONNECTED\r\n", "ERROR\n"];
  const guess = startsWith(bytes, first);
  if (guess !== "yes") {
    return guess === "no" && startsWith(bytes, side === "client" ? STARTS : ["MESSAGE\n", "RECEIPT\n"]) === "yes"
      ? "possible"
      : guess;
  }
  const line = decodeText(bytes.subarray(bytes.indexOf(10) + 1, 256));
  return /^(\r?\n|[A-Za-z-]+:)/.test(line) ? "yes" : /^\r?[A-Za-z-]*$/.test(line) ? "maybe" : "no";
}

export const STOMP: Protocol = {
  name: "stomp",
  title: "STOMP",
  ref: REF,
  tcp: [61613],
  detect,
  sideOf: (bytes) =>
    startsWith(bytes, Object.keys(SERVER).map((command) => `${command}\n`)) === "yes" ? "server" : "client",
  stream: () => new Stomp(),
};
