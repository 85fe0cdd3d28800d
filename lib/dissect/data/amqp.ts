// AMQP 0-9-1 (the AMQP Working Group's specification): frames, methods, contents; AMQP 1.0 (OASIS) in amqp1.ts. Pure.
import { floatOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { type AmqpMethod, METHODS, PROPERTIES, REPLY_CODES } from "./amqp_methods.ts";
import { frameBody } from "./amqp1.ts";
import { contentText } from "../coding/content.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";

const REF = "AMQP 4.2.3";
const FRAMES: Readonly<Record<number, string>> = {
  1: "method",
  2: "content header",
  3: "content body",
  8: "heartbeat",
};
const FRAME_END = 0xce;
/** A frame of more octets than this is none. */
const LENGTH_LIMIT = 0x8000000;
const stamp = (seconds: bigint) => {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : `${time.toISOString().replace("T", " ").slice(0, 19)} UTC`;
};

/** A value of a table (4.2.5.5), with the kinds that RabbitMQ's servers and clients use. */
function tableValue(tree: Tree, depth: number): string {
  const ref = "AMQP 4.2.5.5";
  const kind = tree.text("Kind", 1, ref, (letter) => KINDS[letter]);
  switch (kind) {
    case "t":
      return tree.u8("Value", ref, (v) => v === 0 ? "false" : "true") === 0 ? "false" : "true";
    case "b":
      return String(tree.field("Value", (r) => r.u8() << 24 >> 24, () => ({ ref })));
    case "B":
      return String(tree.u8("Value", ref));
    case "s":
      return String(tree.field("Value", (r) => r.u16() << 16 >> 16, () => ({ ref })));
    case "u":
      return String(tree.u16("Value", ref));
    case "I":
      return String(tree.field("Value", (r) => r.u32() | 0, () => ({ ref })));
    case "i":
      return String(tree.u32("Value", ref));
    case "l":
    case "L":
      return String(tree.field("Value", (r) => BigInt.asIntN(64, r.u64()), () => ({ ref })));
    case "f":
      return String(tree.field("Value", (r) => floatOf(r.take(4)), () => ({ ref })));
    case "d":
      return String(tree.field("Value", (r) => floatOf(r.take(8)), () => ({ ref })));
    case "D": {
      const scale = tree.u8("Scale", ref);
      return String(tree.u32("Value", ref) / 10 ** scale);
    }
    case "T":
      return String(tree.u64("Value", ref, stamp));
    case "S":
    case "x": {
      const length = tree.u32("Length", ref);
      return length === 0 ? "" : tree.text("Value", length, ref);
    }
    case "F":
      return table(tree, "Table", depth + 1);
    case "A": {
      const length = tree.u32("Length", ref), words: string[] = [];
      tree.part("Array", length, (part) => {
        if (depth > 16) throw new FormatError("Tables inside each other more than 16 deep", part.offset);
        while (part.remaining > 0) words.push(tableValue(part, depth + 1));
      }, ref);
      return `[${words.join(", ")}]`;
    }
    case "V":
      return "nothing";
  }
  throw new FormatError(`"${clip(kind)}" is no kind of value`, tree.offset - 1);
}

const KINDS: Readonly<Record<string, string>> = {
  t: "boolean",
  b: "signed octet",
  B: "octet",
  s: "signed 16 bits",
  u: "16 bits",
  I: "signed 32 bits",
  i: "32 bits",
  l: "signed 64 bits",
  L: "64 bits",
  f: "float",
  d: "double",
  D: "decimal",
  T: "time",
  S: "text",
  x: "octets",
  F: "table",
  A: "array",
  V: "nothing",
};

function table(tree: Tree, name: string, depth = 0): string {
  const ref = "AMQP 4.2.5.5";
  const length = tree.u32(`${name} length`, ref);
  if (length === 0) return "";
  const words: string[] = [];
  tree.part(name, length, (part, group) => {
    if (depth > 16) throw new FormatError("Tables inside each other more than 16 deep", part.offset);
    while (part.remaining > 0) {
      part.group("Entry", (entry) => {
        const octets = part.u8("Name length", ref);
        const key = octets === 0 ? "" : part.text("Name", octets, ref);
        entry.meaning = clip(`${key}=${tableValue(part, depth)}`, 100);
        words.push(entry.meaning);
      }, { ref });
    }
    group.meaning = clip(words.join(", "), 120);
  }, ref);
  return clip(words.join(", "), 100);
}

/** Arguments one after the other; neighbouring bits share octets. Gives them by name. */
function args(tree: Tree, list: readonly (readonly [string, string])[], ref: string, secret = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < list.length; i++) {
    const [name, kind] = list[i]!;
    if (kind === "b") {
      const rows: BitRow[] = [];
      let last = i;
      while (last + 1 < list.length && list[last + 1]![1] === "b") last++;
      const count = last - i + 1;
      if (count < 8) rows.push(["Reserved", 0, 8 - count]);
      for (let bit = last; bit >= i; bit--) rows.push([list[bit]![0], 7 - (bit - i), 1]);
      const word = tree.flags("Bits", 1, rows, ref);
      for (let bit = i; bit <= last; bit++) if ((word >> (bit - i) & 1) === 1) found.set(list[bit]![0], "yes");
      i = last;
    } else if (kind === "o") {
      found.set(
        name,
        String(tree.u8(name, ref, name === "Delivery mode" ? { 1: "in memory", 2: "persistent" } : undefined)),
      );
    } else if (kind === "s") {
      const meaning = name === "Reply code"
        ? REPLY_CODES
        : name === "Heartbeat"
        ? (s: number) => s === 0 ? "none" : `every ${counted(s, "second")}`
        : undefined;
      found.set(name, String(tree.u16(name, ref, meaning)));
    } else if (kind === "l") found.set(name, String(tree.u32(name, ref)));
    else if (kind === "L") found.set(name, String(tree.u64(name, ref)));
    else if (kind === "t") found.set(name, String(tree.u64(name, ref, stamp)));
    else if (kind === "T") found.set(name, table(tree, name));
    else {
      const length = kind === "S" ? tree.u8(`${name} length`, ref) : tree.u32(`${name} length`, ref);
      const text = length === 0 ? "" : tree.text(name, length, ref);
      if (name === secret && length > 0) tree.last.secret = true;
      else found.set(name, text);
    }
  }
  return found;
}

class Amqp implements StreamDissector {
  #modern = false;
  /** Octets of the content still to come, and what they are, by side and channel. */
  readonly #types = new Map<string, string>();

  measure(bytes: Uint8Array): number {
    const header = startsWith(bytes, ["AMQP"]);
    if (header === "yes") return 8;
    if (header === "maybe") return 0;
    if (bytes.length < 7) return 0;
    const at = this.#modern ? 0 : 3;
    const size = bytes[at]! * 0x1000000 + (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (size > LENGTH_LIMIT || (this.#modern && size < 8)) {
      throw new FormatError(`A frame of ${counted(size, "octet")}`, at);
    }
    if (this.#modern) return size;
    if (FRAMES[bytes[0]!] === undefined) throw new FormatError(`Frame type ${bytes[0]} is none of AMQP 0-9-1`, 0);
    return size + 8;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    if (tree.reader.peek() === 0x41 && tree.reader.peek(1) === 0x4d) return this.#header(tree);
    return this.#modern ? this.#frame1(tree) : this.#frame(tree, context);
  }

  #header(tree: Tree): Words {
    const ref = "AMQP 4.2.2";
    tree.text("Protocol", 4, ref);
    const id = tree.u8("Protocol ID", ref, { 0: "AMQP", 2: "AMQP over TLS", 3: "SASL of AMQP 1.0" });
    const version = [tree.u8("Major version", ref), tree.u8("Minor version", ref), tree.u8("Revision", ref)];
    this.#modern = version[0] === 1;
    return { summary: `protocol header ${version.join("-")}${id === 3 ? " (SASL)" : ""}` };
  }

  #frame(tree: Tree, context: DissectContext): Words {
    const type = tree.u8("Type", REF, FRAMES);
    const channel = tree.u16("Channel", REF, (number) => number === 0 ? "the connection" : undefined);
    const size = tree.u32("Size", REF, octetCount);
    tree.said = { summary: FRAMES[type] ?? `frame type ${type}` };
    const words = tree.within("Payload", Math.min(size, Math.max(0, tree.remaining)), (part): Words => {
      const key = `${context.side} ${channel}`;
      if (type === 1) return this.#method(part, key, channel);
      if (type === 2) return this.#content(part, key);
      if (type === 8) return { summary: "heartbeat" };
      return this.#body(part, key);
    }) ?? { summary: FRAMES[type] ?? "" };
    if (tree.remaining > 0) {
      tree.u8("Frame end", REF, (octet) => octet === FRAME_END ? "as it has to be" : undefined);
      if (tree.last.value !== FRAME_END) {
        tree.flaw(`A frame ends in 0xce, not in 0x${Number(tree.last.value).toString(16)}`);
      }
    }
    return { ...words, summary: `${channel === 0 ? "" : `channel ${channel}: `}${words.summary}` };
  }

  #method(tree: Tree, key: string, channel: number): Words {
    const ref = "AMQP 4.2.4";
    const classId = tree.u16("Class", ref);
    const methodId = tree.u16("Method", ref);
    const method: AmqpMethod | undefined = METHODS.get(classId * 65536 + methodId);
    if (method === undefined) {
      tree.rest("Arguments", ref);
      return { summary: `class ${classId} method ${methodId}` };
    }
    tree.last.meaning = method.name;
    const login = method.name === "Connection.StartOk" || method.name === "Connection.SecureOk";
    const found = args(
      tree,
      method.args,
      method.ref,
      login ? "Response" : method.name === "Connection.UpdateSecret" ? "New secret" : "",
    );
    this.#types.delete(key);
    const shown = [...found].filter(([name, value]) =>
      value !== "" && !/^(Reserved|Client prop|Server prop|Failing|Version-)/.test(name)
    )
      .map(([name, value]) => `${name.toLowerCase()}${value === "yes" ? "" : ` ${clip(value, 60)}`}`);
    const clear = login ? ", password in clear" : "";
    const noWait = found.has("No wait");
    return {
      summary: clip(`${method.name} ${shown.join(", ")}`.trim(), 160) + clear,
      ...(method.asks === undefined || noWait ? {} : { asks: `${channel} ${method.asks}` }),
      ...(method.answers === undefined ? {} : { answers: `${channel} ${method.answers}` }),
    };
  }

  #content(tree: Tree, key: string): Words {
    const ref = "AMQP 4.2.6.1";
    tree.u16("Class", ref, (id) => id === 60 ? "Basic" : undefined);
    tree.u16("Weight", ref);
    const size = tree.u64("Body size", ref, octetCount);
    const rows: BitRow[] = PROPERTIES.map(([name], i) => [name, i, 1]);
    const flags = tree.flags("Property flags", 2, [...rows, ["Reserved", 14, 1], ["More flags", 15, 1]], ref);
    const found = args(tree, PROPERTIES.filter((_, i) => (flags >> (15 - i) & 1) === 1), "AMQP 1.8");
    if (this.#types.size < 1024) this.#types.set(key, found.get("Content type") ?? "");
    const shown = [...found].filter(([, value]) => value !== "").map(([name, value]) =>
      `${name.toLowerCase()} ${clip(value, 60)}`
    );
    return { summary: clip(`content of ${counted(size, "octet")} ${shown.join(", ")}`.trim(), 160) };
  }

  #body(tree: Tree, key: string): Words {
    const ref = "AMQP 4.2.6.2";
    const count = tree.remaining;
    if (count === 0) return { summary: "empty body" };
    const bytes = tree.bytes("Body", count, ref);
    const text = contentText(bytes, this.#types.get(key) ?? "");
    if (text !== undefined) tree.last.value = text;
    return text === undefined
      ? { summary: `body, ${counted(count, "octet")}` }
      : { summary: `body: ${clip(text.replace(/\s+/g, " "), 100)}`, text };
  }

  /** AMQP 1.0: the frame's head and what it carries. */
  #frame1(tree: Tree): Words {
    const ref = "AMQP1 2.3.1";
    const size = tree.u32("Size", ref);
    const offset = tree.u8("Data offset", ref, (words) => `the body begins at octet ${words * 4}`);
    const type = tree.u8("Type", ref, { 0: "AMQP", 1: "SASL" });
    const channel = tree.u16("Channel", ref);
    const extended = Math.min(Math.max(0, offset * 4 - 8), tree.remaining);
    if (extended > 0) tree.bytes("Extended header", extended, ref);
    if (tree.remaining === 0) return { summary: size === 8 ? "empty frame (heartbeat)" : "empty frame" };
    const said = tree.reader.peek() === 0 ? frameBody(tree) : `body, ${counted(tree.remaining, "octet")}`;
    if (tree.remaining > 0) tree.rest("Body", ref);
    return { summary: `${type === 1 ? "" : `channel ${channel}: `}${clip(said, 180)}` };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "client") return startsWith(bytes, ["AMQP\0", "AMQP\u0003"]);
  // A server begins with Connection.Start, or with its own header.
  return startsWith(bytes, ["AMQP\0", "AMQP\u0003"]) === "yes" ? "yes" : bytes[0] === 1 ? "possible" : "no";
}

/** A whole frame in the middle of a stream. */
function resumes(bytes: Uint8Array): boolean {
  if (bytes.length < 8 || FRAMES[bytes[0]!] === undefined) return false;
  return bytes[3]! < 64 && bytes[7 + (bytes[3]! << 24 | bytes[4]! << 16 | bytes[5]! << 8 | bytes[6]!)] === FRAME_END;
}

export const AMQP: Protocol = {
  name: "amqp",
  title: "AMQP",
  ref: "AMQP 0-9-1",
  tcp: [5672],
  detect,
  resumes,
  stream: () => new Amqp(),
};
