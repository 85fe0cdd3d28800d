// HTTP/2 frames (RFC 9113) with their header blocks. Pure.
import { FormatError } from "../../base/errors.ts";
import { concat } from "../../base/bytes.ts";
import { body, type ContentType, contentType, decodedBody } from "../coding/content.ts";
import { startsWith } from "../detect.ts";
import { GrpcStream, STATUS } from "./grpc.ts";
import { DynamicTable, headerBlock } from "./hpack.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { explain } from "../explain.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const REF = "RFC 9113 4.1";
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["DATA", "RFC 9113 6.1"],
  1: ["HEADERS", "RFC 9113 6.2"],
  2: ["PRIORITY", "RFC 9113 6.3"],
  3: ["RST_STREAM", "RFC 9113 6.4"],
  4: ["SETTINGS", "RFC 9113 6.5"],
  5: ["PUSH_PROMISE", "RFC 9113 6.6"],
  6: ["PING", "RFC 9113 6.7"],
  7: ["GOAWAY", "RFC 9113 6.8"],
  8: ["WINDOW_UPDATE", "RFC 9113 6.9"],
  9: ["CONTINUATION", "RFC 9113 6.10"],
  10: ["ALTSVC", "RFC 7838 4"],
  12: ["ORIGIN", "RFC 8336 2"],
  16: ["PRIORITY_UPDATE", "RFC 9218 7.1"],
};
const ERRORS: Readonly<Record<number, string>> = {
  0: "no error",
  1: "protocol error",
  2: "internal error",
  3: "flow control error",
  4: "settings timeout",
  5: "stream closed",
  6: "frame size error",
  7: "refused stream",
  8: "cancel",
  9: "compression error",
  10: "connect error",
  11: "enhance your calm",
  12: "inadequate security",
  13: "HTTP/1.1 required",
};
const SETTINGS: Readonly<Record<number, string>> = {
  1: "header table size",
  2: "enable push",
  3: "maximum concurrent streams",
  4: "initial window size",
  5: "maximum frame size",
  6: "maximum header list size",
  8: "enable connect protocol",
  9: "no RFC 7540 priorities",
};
/** Header octets that are kept until their last frame comes. */
const BLOCK_LIMIT = 64 * 1024;
const STREAM_LIMIT = 256;
/** Octets of an encoded body that are kept until its end. */
const BODY_LIMIT = 256 * 1024;

/** The bits of the flags octet, by frame type. */
function flagRows(type: number): BitRow[] {
  const rows: BitRow[] = [["Reserved", 0, 2]];
  const headers = type === 1;
  rows.push([headers ? "PRIORITY" : "Reserved", 2, 1], ["Reserved", 3, 1]);
  rows.push([type === 0 || headers || type === 5 ? "PADDED" : "Reserved", 4, 1]);
  rows.push([headers || type === 5 || type === 9 ? "END_HEADERS" : "Reserved", 5, 1], ["Reserved", 6, 1]);
  rows.push([type === 0 || headers ? "END_STREAM" : type === 4 || type === 6 ? "ACK" : "Reserved", 7, 1]);
  return rows;
}

class Http2 implements StreamDissector {
  readonly #tables: Record<Side, DynamicTable> = { client: new DynamicTable(), server: new DynamicTable() };
  readonly #blocks: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };
  /** What the header of a stream says of its body, and the octets of an encoded one so far. */
  readonly #bodies = new Map<string, { content: ContentType; packed: Uint8Array }>();
  readonly #calls = new Map<string, GrpcStream>();

  measure(bytes: Uint8Array, side: Side): number {
    if (side === "client" && bytes[0] === 0x50) {
      const guess = startsWith(bytes, [PREFACE]);
      if (guess === "yes") return PREFACE.length;
      if (guess === "maybe") return 0;
    }
    return bytes.length < 3 ? 0 : 9 + ((bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!);
  }

  dissect(tree: Tree, context: DissectContext): Words {
    if (tree.reader.peek() === 0x50 && tree.reader.peek(1) === 0x52) {
      tree.text("Connection preface", PREFACE.length, "RFC 9113 3.4");
      return { summary: "connection preface" };
    }
    const length = tree.u24("Length", REF, () => "octets of payload");
    const type = tree.u8("Type", REF, (value) => TYPES[value]?.[0] ?? "unknown");
    const [name, ref] = TYPES[type] ?? [`frame type ${type}`, REF];
    tree.reader.need(1);
    const flags = tree.flags("Flags", 1, flagRows(type), ref);
    const stream = tree.u32("Stream identifier", REF, (id) => id === 0 ? "the connection" : undefined) & 0x7fffffff;
    tree.said = { summary: `${name}${stream === 0 ? "" : ` on stream ${stream}`}` };
    const frame = tree.within(name, Math.min(length, tree.remaining), (part) => {
      let padding = 0;
      if ((flags & 8) !== 0 && (type === 0 || type === 1 || type === 5)) {
        padding = part.u8("Pad length", "RFC 9113 6.1");
      }
      const inside = part.remaining - padding;
      if (inside < 0) throw new FormatError("More padding than payload", part.offset);
      const words = part.within(name, inside, (content) => this.#payload(content, type, flags, stream, ref, context));
      if (padding > 0) part.bytes("Padding", padding, "RFC 9113 6.1");
      return words;
    });
    const end = (flags & 1) !== 0 && type <= 1 ? ", end of stream" : "";
    const words = frame ?? { summary: name };
    return { ...words, summary: `${stream === 0 ? "" : `stream ${stream}: `}${words.summary}${end}` };
  }

  #payload(tree: Tree, type: number, flags: number, stream: number, ref: string, context: DissectContext): Words {
    const { side } = context;
    switch (type) {
      case 0: {
        const count = tree.remaining;
        const key = `${side} ${stream}`, ends = (flags & 1) !== 0;
        const known = this.#bodies.get(key);
        if (ends) this.#bodies.delete(key);
        if (known !== undefined && /^application\/grpc\b/.test(known.content.type)) {
          const call = this.#calls.get(key) ?? new GrpcStream();
          this.#calls.set(key, call);
          // A call that ended is forgotten.
          if (ends) this.#calls.delete(key);
          return call.data(tree);
        }
        if (known !== undefined && known.content.codings.length > 0) {
          known.packed = concat([known.packed, tree.rest("Data", ref)]).subarray(0, BODY_LIMIT);
          const text = ends ? decodedBody(tree, known.packed, known.content, context, ["frames joined"]) : undefined;
          return { summary: `DATA ${count} octets`, ...(text === undefined ? {} : { text }) };
        }
        const text = body(tree, count, known?.content ?? contentType(undefined, undefined), context);
        return { summary: `DATA ${count} octets`, ...(text === undefined ? {} : { text }) };
      }
      case 1:
      case 5:
      case 9: {
        if (type === 1 && (flags & 0x20) !== 0) {
          tree.u32(
            "Exclusive and dependency",
            ref,
            (word) => `${word >>> 31 === 1 ? "exclusive, " : ""}on stream ${word & 0x7fffffff}`,
          );
          tree.u8("Weight", ref, (weight) => String(weight + 1));
        }
        if (type === 5) tree.u32("Promised stream", ref);
        return this.#headers(tree, type, (flags & 4) !== 0, stream, context);
      }
      case 2:
        tree.u32("Exclusive and dependency", ref);
        tree.u8("Weight", ref, (weight) => String(weight + 1));
        return { summary: "PRIORITY" };
      case 3:
        return { summary: `RST_STREAM ${ERRORS[tree.u32("Error code", ref, ERRORS)] ?? ""}` };
      case 4: {
        const words: string[] = [];
        while (tree.remaining > 0) {
          tree.group("Setting", (group) => {
            const id = tree.u16("Identifier", "RFC 9113 6.5.2", SETTINGS);
            const value = tree.u32("Value", "RFC 9113 6.5.2");
            group.meaning = `${SETTINGS[id] ?? `setting ${id}`} ${value}`;
            words.push(group.meaning);
          });
        }
        return { summary: (flags & 1) !== 0 ? "SETTINGS acknowledged" : `SETTINGS ${clip(words.join(", "), 160)}` };
      }
      case 6:
        tree.bytes("Opaque data", Math.min(8, tree.remaining), ref);
        return (flags & 1) !== 0 ? { summary: "PING answer", answers: "ping" } : { summary: "PING", asks: "ping" };
      case 7: {
        const last = tree.u32("Last stream", ref);
        const code = tree.u32("Error code", ref, ERRORS);
        tree.rest("Debug data", ref);
        return { summary: `GOAWAY after stream ${last}: ${ERRORS[code] ?? code}` };
      }
      case 8:
        return { summary: `WINDOW_UPDATE by ${tree.u32("Increment", ref, (octets) => `${octets} octets`)}` };
    }
    tree.rest("Payload", ref);
    return { summary: TYPES[type]?.[0] ?? `frame type ${type}` };
  }

  #headers(tree: Tree, type: number, last: boolean, stream: number, context: DissectContext): Words {
    const { side } = context;
    const before = this.#blocks[side];
    let headers: [string, string][];
    if (!last || before.length > 0) {
      const start = tree.offset;
      const bytes = concat([before, tree.rest("Header block fragment", "RFC 9113 4.3")]);
      this.#blocks[side] = last || bytes.length > BLOCK_LIMIT ? new Uint8Array(0) : bytes;
      if (!last) return { summary: `${TYPES[type]![0]}, goes on` };
      const inner = explain("Header block", bytes, (part) => headerBlock(part, this.#tables[side]));
      tree.add({ ...inner.root, offset: start, length: 0, buffer: bytes });
      headers = inner.value ?? [];
    } else headers = headerBlock(tree, this.#tables[side]);
    const found = new Map(headers);
    const content = contentType(found.get("content-type"), found.get("content-encoding"));
    if (content.type !== "" || content.codings.length > 0) {
      if (this.#bodies.size >= STREAM_LIMIT) this.#bodies.delete(this.#bodies.keys().next().value!);
      this.#bodies.set(`${side} ${stream}`, { content, packed: new Uint8Array(0) });
    }
    const method = found.get(":method"), status = found.get(":status");
    const text = headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    if (method !== undefined) {
      const where = `${found.get(":scheme") ?? ""}://${found.get(":authority") ?? ""}${found.get(":path") ?? ""}`;
      return { summary: clip(`${TYPES[type]![0]} ${method} ${where}`, 160), asks: `stream ${stream}`, text };
    }
    const outcome = grpcOutcome(found);
    if (status !== undefined) {
      const final = !status.startsWith("1");
      return {
        summary: clip(`${TYPES[type]![0]} ${status}${outcome === "" ? "" : `, ${outcome}`}`, 160),
        ...(final ? { answers: `stream ${stream}` } : {}),
        text,
      };
    }
    if (outcome !== "") return { summary: `${TYPES[type]![0]} ${outcome}`, text };
    return { summary: `${TYPES[type]![0]} ${headers.length} fields`, text };
  }
}

/** How a call of gRPC ended, where headers say so. */
function grpcOutcome(found: ReadonlyMap<string, string>): string {
  const status = found.get("grpc-status"), message = found.get("grpc-message");
  if (status === undefined) return "";
  return clip(
    `gRPC status ${status} (${STATUS[status] ?? "unknown"})${message === undefined ? "" : `: ${message}`}`,
    140,
  );
}

/** The client's preface; of a server, the SETTINGS frame that it begins with. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "client") return startsWith(bytes, [PREFACE]);
  if (bytes[0] !== 0 || (bytes[1] ?? 0) !== 0 || (bytes[3] ?? 4) !== 4 || (bytes[4] ?? 0) > 1) return "no";
  if (bytes.length < 9) return "maybe";
  return bytes[2]! % 6 === 0 && bytes.subarray(5, 9).every((octet) => octet === 0) ? "yes" : "no";
}

export const HTTP2: Protocol = {
  name: "http2",
  title: "HTTP/2",
  ref: "RFC 9113",
  detect,
  stream: () => new Http2(),
};
