// memcached: the text protocol with its meta commands, and the older binary one. Pure.
// Source: memcached's doc/protocol.txt and "BinaryProtocolRevamped".
import { viewOf } from "../../base/bytes.ts";
import { byWord } from "../../base/text.ts";
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { measureLine, plainLine } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const TEXT = "memcached protocol.txt", BINARY = "memcached binary";
const STORES = ["set", "add", "replace", "append", "prepend", "cas"];
/** Command: meaning, and the names of its words. */
const COMMANDS: Readonly<Record<string, readonly [meaning: string, ...words: string[]]>> = byWord({
  set: ["stores", "Key", "Flags", "Expiry", "Length", "No reply"],
  add: ["stores what is not there yet", "Key", "Flags", "Expiry", "Length", "No reply"],
  replace: ["stores what is there already", "Key", "Flags", "Expiry", "Length", "No reply"],
  append: ["adds at the end", "Key", "Flags", "Expiry", "Length", "No reply"],
  prepend: ["adds at the start", "Key", "Flags", "Expiry", "Length", "No reply"],
  cas: ["stores unless somebody else did since", "Key", "Flags", "Expiry", "Length", "CAS unique", "No reply"],
  get: ["reads"],
  gets: ["reads, with the number for cas"],
  gat: ["reads, sets when it ends", "Expiry"],
  gats: ["reads, sets when it ends, with the number for cas", "Expiry"],
  delete: ["removes", "Key", "No reply"],
  incr: ["adds to a number", "Key", "Amount", "No reply"],
  decr: ["takes from a number", "Key", "Amount", "No reply"],
  touch: ["sets when it ends", "Key", "Expiry", "No reply"],
  stats: ["asks for statistics", "Kind"],
  flush_all: ["makes all entries old", "Delay"],
  version: ["asks for the version"],
  verbosity: ["sets how much is logged", "Level", "No reply"],
  quit: ["ends the connection"],
  shutdown: ["ends the server"],
  mg: ["meta: reads", "Key"],
  ms: ["meta: stores", "Key", "Length"],
  md: ["meta: removes", "Key"],
  ma: ["meta: counts", "Key"],
  mn: ["meta: asks for an answer"],
  me: ["meta: shows the entry", "Key"],
  lru_crawler: ["the crawler over old entries"],
  slabs: ["memory"],
  watch: ["asks for log lines"],
});
const REPLIES: Readonly<Record<string, readonly [meaning: string, ...words: string[]]>> = byWord({
  VALUE: ["an entry follows", "Key", "Flags", "Length", "CAS unique"],
  END: ["no more entries"],
  STORED: ["done"],
  NOT_STORED: ["the condition was not met"],
  EXISTS: ["somebody else stored since"],
  NOT_FOUND: ["no such entry"],
  DELETED: ["done"],
  TOUCHED: ["done"],
  OK: ["done"],
  ERROR: ["no such command"],
  CLIENT_ERROR: ["the client's error"],
  SERVER_ERROR: ["the server's error"],
  STAT: ["statistics", "Name", "Value"],
  VERSION: ["the version"],
  RESET: ["done"],
  HD: ["meta: done, without a value"],
  VA: ["meta: a value follows", "Length"],
  EN: ["meta: no such entry"],
  NF: ["meta: not found"],
  NS: ["meta: not stored"],
  EX: ["meta: stored by somebody else since"],
  MN: ["meta: the answer that was asked for"],
  ME: ["meta: the entry"],
});
const OPCODES: Readonly<Record<number, readonly [name: string, extras: number]>> = {
  0x00: ["Get", 0],
  0x01: ["Set", 8],
  0x02: ["Add", 8],
  0x03: ["Replace", 8],
  0x04: ["Delete", 0],
  0x05: ["Increment", 20],
  0x06: ["Decrement", 20],
  0x07: ["Quit", 0],
  0x08: ["Flush", 4],
  0x09: ["GetQ", 0],
  0x0a: ["No-op", 0],
  0x0b: ["Version", 0],
  0x0c: ["GetK", 0],
  0x0d: ["GetKQ", 0],
  0x0e: ["Append", 0],
  0x0f: ["Prepend", 0],
  0x10: ["Stat", 0],
  0x11: ["SetQ", 8],
  0x12: ["AddQ", 8],
  0x13: ["ReplaceQ", 8],
  0x14: ["DeleteQ", 0],
  0x15: ["IncrementQ", 20],
  0x16: ["DecrementQ", 20],
  0x17: ["QuitQ", 0],
  0x18: ["FlushQ", 4],
  0x19: ["AppendQ", 0],
  0x1a: ["PrependQ", 0],
  0x1c: ["Touch", 4],
  0x1d: ["GAT", 4],
  0x1e: ["GATQ", 4],
  0x20: ["SASL list mechanisms", 0],
  0x21: ["SASL authentication", 0],
  0x22: ["SASL step", 0],
};
const STATUS = names(`
  0x00 no error; 0x01 key not found; 0x02 key exists; 0x03 value too large; 0x04 invalid arguments; 0x05 not stored;
  0x06 not a number; 0x08 authentication error; 0x09 authentication goes on; 0x20 authentication required;
  0x21 authentication step required; 0x81 unknown command; 0x82 out of memory
`);

const wordsOf = (bytes: Uint8Array, length: number) =>
  decodeText(bytes.subarray(0, Math.min(length, 2048))).trim().split(/ +/);

/** Octets of data that follow a line with these words. */
function dataLength(words: readonly string[], side: Side): number | undefined {
  const [verb = ""] = words;
  const word = side === "server"
    ? (verb === "VALUE" ? words[3] : verb === "VA" ? words[1] : undefined)
    : STORES.includes(verb)
    ? words[4]
    : verb === "ms"
    ? words[2]
    : undefined;
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

class Memcached implements StreamDissector {
  /** How far the reply at hand was walked. */
  #walked = 0;

  measure(bytes: Uint8Array, side: Side): number {
    if (bytes[0] === 0x80 || bytes[0] === 0x81) {
      if (bytes.length < 24) return 0;
      return 24 + bytes[8]! * 0x1000000 + (bytes[9]! << 16 | bytes[10]! << 8 | bytes[11]!);
    }
    let at = this.#walked;
    for (;;) {
      const rest = bytes.subarray(side === "server" ? at : 0);
      const length = measureLine(rest);
      if (length === 0) return 0;
      const words = wordsOf(rest, length), count = dataLength(words, side);
      const whole = length + (count === undefined ? 0 : count + 2);
      if (side === "client") return whole;
      // Entries and statistics go on up to END.
      if (words[0] !== "VALUE" && words[0] !== "STAT") return at + whole;
      if (rest.length < whole) return at + whole;
      at += whole;
      this.#walked = at;
    }
  }

  dissect(tree: Tree, context: DissectContext): Words {
    this.#walked = 0;
    const first = tree.reader.peek();
    if (first === 0x80 || first === 0x81) return binary(tree);
    return text(tree, context.side);
  }
}

/** Lines up to the end of the message, with their data. */
function text(tree: Tree, side: Side): Words {
  const client = side === "client";
  const lines: string[] = [], values: string[] = [];
  let quiet = false;
  while (tree.remaining > 0) {
    tree.group(client ? "Command" : "Reply", (group) => {
      group.ref = TEXT;
      const { reader } = tree;
      const rest = reader.bytes.subarray(reader.offset, reader.end), end = rest.indexOf(10);
      const words = wordsOf(rest, end === -1 ? rest.length : end);
      const verb = tree.word("Verb", " \r\n", TEXT, (word) => (client ? COMMANDS : REPLIES)[word]?.[0]);
      const names = (client ? COMMANDS : REPLIES)[verb]?.slice(1) ?? [];
      const line = [verb];
      for (let i = 0;; i++) {
        tree.spaces(TEXT);
        const next = reader.peek();
        if (next === undefined || next === 13 || next === 10) break;
        const name = names[i] ??
          (/^(get|gets|gat|gats)$/.test(verb)
            ? "Key"
            : /^m/.test(verb) || /^(HD|VA|EN|NF|NS|EX)$/.test(verb)
            ? "Flag"
            : "Word");
        const word = tree.word(name, " \r\n", TEXT, (value) => {
          if (name === "Expiry") return expiry(value);
          if (name === "Length") return `${counted(value, "octet")} of data`;
          return value === "noreply" ? "no answer is wanted" : undefined;
        });
        if (word === "noreply" || (verb.startsWith("m") && word === "q")) quiet = true;
        line.push(word);
        if (line.length > 4000) break;
      }
      tree.lineEnd(TEXT);
      const count = dataLength(words, side);
      if (count !== undefined) {
        const available = Math.min(count, reader.remaining);
        if (available > 0) {
          const data = tree.bytes("Data", available, TEXT);
          if (looksLikeText(data)) {
            tree.last.value = decodeText(data);
            values.push(decodeText(data));
          }
        }
        if (available < count) throw new FormatError(`Data of ${counted(count, "octet")} is cut short`, reader.offset);
        tree.lineEnd(TEXT);
      }
      group.meaning = clip(line.join(" "), 100);
      if (lines.length < 8) lines.push(group.meaning);
    });
    tree.said = { summary: clip(lines.join(", "), 160) };
  }
  const summary = clip(lines.join(", "), 160);
  const shown = values.length === 0 ? {} : { text: values.join("\n") };
  if (!client) return { summary, answers: "memcached", ...shown };
  return quiet || lines[0] === "quit" ? { summary, ...shown } : { summary, asks: "memcached", ...shown };
}

function expiry(text: string): string | undefined {
  const value = Number(text);
  if (Number.isNaN(value)) return undefined;
  if (value === 0) return "never ends";
  if (value < 0) return "at once";
  if (value <= 2592000) return counted(value, "second");
  const date = new Date(value * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ").slice(0, 19) + " UTC";
}

function binary(tree: Tree): Words {
  const magic = tree.u8("Magic", BINARY, { 0x80: "request", 0x81: "response" });
  const request = magic === 0x80;
  const opcode = tree.u8("Opcode", BINARY, (code) => OPCODES[code]?.[0] ?? "unknown");
  const name = OPCODES[opcode]?.[0] ?? `opcode ${opcode}`;
  tree.said = { summary: name };
  const keyLength = tree.u16("Key length", BINARY);
  const extrasLength = tree.u8("Extras length", BINARY);
  tree.u8("Data type", BINARY, (type) => type === 0 ? "raw octets" : undefined);
  const status = tree.u16(request ? "Virtual bucket" : "Status", BINARY, request ? undefined : STATUS);
  const total = tree.u32("Total body length", BINARY, () => "extras, key and value");
  const opaque = tree.u32("Opaque", BINARY, () => request ? "the answer repeats it" : "of the request");
  tree.u64("CAS", BINARY);
  const extras = Math.min(extrasLength, tree.remaining);
  if (extras > 0) {
    tree.part("Extras", extras, (part) => {
      const counts = opcode === 5 || opcode === 6 || opcode === 0x15 || opcode === 0x16;
      if (request && counts && extras === 20) {
        part.u64("Amount", BINARY);
        part.u64("Initial value", BINARY);
      } else if (extras >= 4 && opcode !== 0x1c && opcode !== 0x08) part.u32("Flags", BINARY);
      if (part.remaining === 4) part.u32("Expiry", BINARY, (seconds) => expiry(String(seconds)));
    }, BINARY);
  }
  const key = keyLength > 0 ? tree.text("Key", keyLength, BINARY) : "";
  const count = Math.max(0, Math.min(total - keyLength - extrasLength, tree.remaining));
  const login = request && (opcode === 0x21 || opcode === 0x22) && key === "PLAIN";
  let value: Uint8Array | undefined, shown: string | undefined;
  if (count > 0) {
    value = tree.bytes("Value", count, BINARY);
    if (login) tree.last.secret = true;
    else if ((opcode === 5 || opcode === 6) && !request && count === 8) {
      tree.last.meaning = String(viewOf(value).getBigUint64(0));
    } else if (looksLikeText(value)) tree.last.value = shown = decodeText(value);
  }
  const state = request || status === 0 ? "" : `: ${STATUS[status] ?? `status ${status}`}`;
  const summary = clip(
    `${request ? "" : "answer "}${name}${key === "" ? "" : ` ${key}`}${state}${
      login ? ", password in clear" : shown === undefined ? "" : `: ${shown}`
    }`,
    160,
  );
  const pair = `memcached ${opcode} ${opaque}`;
  return {
    summary,
    ...(request ? { asks: pair } : { answers: pair }),
    ...(shown === undefined ? {} : { text: shown }),
  };
}

/** Datagrams have a frame of eight octets before the text. */
function datagram(tree: Tree, { side }: DissectContext): Words {
  const id = tree.u16("Request ID", TEXT);
  const at = tree.u16("Sequence number", TEXT), total = tree.u16("Datagrams", TEXT);
  tree.u16("Reserved", TEXT);
  const words = at > 0
    ? { summary: "goes on", text: decodeText(tree.rest("Data", TEXT)) }
    : tree.reader.peek() === 0x80 || tree.reader.peek() === 0x81
    ? binary(tree)
    : text(tree, side);
  return { ...words, summary: `${id} (${at + 1} of ${total}) ${words.summary}` };
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] === (side === "client" ? 0x80 : 0x81)) {
    if (bytes.length < 24) return "maybe";
    const known = OPCODES[bytes[1]!];
    const total = bytes[8]! * 0x1000000 + (bytes[9]! << 16 | bytes[10]! << 8 | bytes[11]!);
    const fits = bytes[2]! * 256 + bytes[3]! + bytes[4]! <= total && total < 0x4000000 && bytes[5] === 0;
    if (known === undefined || !fits || bytes[2]! > 0) return "no";
    if (side === "server") return STATUS[bytes[6]! * 256 + bytes[7]!] !== undefined && bytes[4]! <= 24 ? "yes" : "no";
    return bytes[4] === known[1] || (known[1] === 4 && bytes[4] === 0) ? "yes" : "no";
  }
  if (side === "server") return plainLine(bytes);
  const head = decodeText(bytes.subarray(0, 300));
  const store = /^(set|add|replace|append|prepend|cas) [^ \r\n]{1,250} \d+ -?\d+ \d+( |\r)/;
  if (store.test(head)) return "yes";
  const begun = /^(set|add|replace|append|prepend|cas) [^ \r\n]{0,250}( \d*( -?\d*( \d*)?)?)?$/;
  return begun.test(head) ? "maybe" : plainLine(bytes);
}

export const MEMCACHED: Protocol = {
  name: "memcached",
  title: "memcached",
  ref: TEXT,
  tcp: [11211],
  udp: [11211],
  detect,
  sideOf: (bytes) => bytes[0] === 0x81 || (bytes[0]! >= 65 && bytes[0]! <= 90) ? "server" : "client",
  stream: () => new Memcached(),
  datagram,
};
