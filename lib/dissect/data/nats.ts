// NATS's client protocol (docs.nats.io, "NATS Protocol"): lines of a verb and its arguments, payloads by length. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { contentText } from "../coding/content.ts";
import { measureLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const REF = "NATS protocol";
/** Verb: what it means, and its arguments; those in brackets may be left out, `#` is a length. */
const VERBS: Readonly<Record<string, readonly [meaning: string, arguments: readonly string[]]>> = byWord({
  INFO: ["what the server is and can", []],
  CONNECT: ["who the client is and what it wants", []],
  PUB: ["publishes a message", ["Subject", "[Reply to]", "#Payload"]],
  HPUB: ["publishes a message with headers", ["Subject", "[Reply to]", "#Headers", "#Headers and payload"]],
  SUB: ["subscribes to a subject", ["Subject", "[Queue group]", "Subscription"]],
  UNSUB: ["ends a subscription", ["Subscription", "[After messages]"]],
  MSG: ["delivers a message", ["Subject", "Subscription", "[Reply to]", "#Payload"]],
  HMSG: ["delivers a message with headers", [
    "Subject",
    "Subscription",
    "[Reply to]",
    "#Headers",
    "#Headers and payload",
  ]],
  PING: ["are you there?", []],
  PONG: ["here", []],
  "+OK": ["understood", []],
  "-ERR": ["an error", []],
});
const PAYLOAD_LIMIT = 64 * 1024 * 1024;

/** The verb and the words after it, of the line that `bytes` begin with. */
function lineOf(bytes: Uint8Array, length: number): [verb: string, ...words: string[]] {
  const words = decodeText(bytes.subarray(0, Math.min(length, 8192))).trim().split(/[ \t]+/);
  return [words[0]!.toUpperCase(), ...words.slice(1)];
}

class Nats implements StreamDissector {
  measure(bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number): number {
    const line = measureLine(bytes, scanned);
    if (line === 0) return 0;
    const [verb, ...words] = lineOf(bytes, line);
    // A verb that is not known gets an answer that says so: the conversation goes on.
    if (!/^[+-]?[A-Z]{2,20}$/.test(verb)) throw new FormatError(`"${clip(verb, 20)}" is no verb of NATS`, 0);
    if (!/^H?(PUB|MSG)$/.test(verb)) return line;
    const size = Number(words.at(-1));
    if (!Number.isInteger(size) || size < 0 || size > PAYLOAD_LIMIT) {
      throw new FormatError("The length of the payload is no number", 0);
    }
    return line + size + 2;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const { bytes, offset, end } = tree.reader;
    const view = bytes.subarray(offset, end);
    const stop = view.indexOf(10);
    const [verb, ...words] = lineOf(view, stop === -1 ? view.length : stop);
    const [meaning, names] = VERBS[verb] ?? [undefined, []];
    tree.word("Verb", " \t\r\n", REF, () => meaning ?? "unknown");
    tree.spaces(REF);
    tree.said = { summary: verb };
    if (names.length === 0) return this.#plain(tree, verb, side);
    // Arguments that may be left out are there when there are enough words.
    let spare = words.length - names.filter((name) => !name.startsWith("[")).length;
    let headers = 0, total = 0;
    for (const name of names) {
      if (name.startsWith("[") && spare-- <= 0) continue;
      const label = name.replace(/^[[#]|]$/g, "");
      const word = tree.word(name.startsWith("#") ? `${label} length` : label, " \t\r\n", REF);
      if (name.startsWith("#")) [headers, total] = label === "Headers" ? [Number(word), 0] : [headers, Number(word)];
      tree.spaces(REF);
    }
    tree.lineEnd(REF);
    const subject = words[0] ?? "";
    if (!names.some((name) => name.startsWith("#"))) return { summary: clip(`${verb} ${words.join(" ")}`, 160) };
    if (headers > 0) tree.text("Headers", Math.min(headers, tree.remaining), `${REF} headers`);
    const size = Math.max(0, Math.min(total - headers, tree.remaining));
    const text = this.#payload(tree, size);
    tree.lineEnd(REF, "End of the payload");
    return {
      summary: clip(
        `${verb} ${subject}${text === undefined ? `, ${counted(size, "octet")}` : `: ${text.replace(/\s+/g, " ")}`}`,
        160,
      ),
      ...(text === undefined ? {} : { text }),
    };
  }

  #payload(tree: Tree, size: number): string | undefined {
    if (size === 0) return "";
    const { bytes, offset } = tree.reader;
    const text = contentText(bytes.subarray(offset, offset + size), "application/json");
    if (text === undefined) tree.bytes("Payload", size, REF);
    else {
      tree.text("Payload", size, REF);
      tree.last.value = text;
    }
    return text;
  }

  /** A verb without arguments of its own: JSON, or a text. */
  #plain(tree: Tree, verb: string, side: Side): Words {
    const text = tree.word(verb === "-ERR" ? "Text" : "Options", "\r\n", REF);
    if (verb === "CONNECT" && /"(pass|auth_token|jwt|sig)"\s*:\s*"[^"]/.test(text)) tree.last.secret = true;
    const secret = text !== "" && tree.last.secret === true;
    tree.lineEnd(REF);
    const key = verb === "PING"
      ? { asks: `ping ${side}` }
      : verb === "PONG"
      ? { answers: `ping ${side === "client" ? "server" : "client"}` }
      : {};
    const shown = secret ? "with a password in clear" : text;
    return { summary: clip(`${verb} ${shown}`.trim(), 160), ...key, ...(secret || text === "" ? {} : { text }) };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  return startsWith(bytes, side === "server" ? ["INFO {"] : ["CONNECT {"]);
}

export const NATS: Protocol = {
  name: "nats",
  title: "NATS",
  ref: REF,
  tcp: [4222],
  detect,
  sideOf: (bytes) => startsWith(bytes, ["INFO", "MSG", "HMSG", "+OK", "-ERR"]) === "yes" ? "server" : "client",
  stream: () => new Nats(),
};
