// HTTP/2 frames (RFC 9113) with their header blocks. Pure.
import { FormatError } from "../../base/errors.ts";
import { concat } from "../../base/bytes.ts";
import { body, type ContentType, contentType, decodedBody } from "../coding/content.ts";
import { startsWith } from "../detect.ts";
import { type Asked, httpFile, urlOf } from "./http_file.ts";
import { GrpcStream, STATUS } from "./grpc.ts";
import { DynamicTable, headerBlock } from "./hpack.ts";
import { ERRORS, flagRows, number31, priority, SETTINGS, TYPES } from "./http2_fields.ts";
import { tooLarge, Windows, wrongHeader, wrongSetting, wrongShape } from "./http2_rules.ts";
import type { CarriedFile, DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import { explain } from "../explain.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";

const REF = "RFC 9113 4.1";
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** Header octets that are kept until their last frame comes. */
const BLOCK_LIMIT = 64 * 1024;
const STREAM_LIMIT = 256;
/** Octets of an encoded body that are kept until its end. */
const BODY_LIMIT = 256 * 1024;

/** What a frame begins with, and the section on its type. */
interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly ref: string;
}

function goAway(tree: Tree, ref: string): Words {
  const last = number31(tree, "Last stream ID", ref);
  const code = tree.u32("Error code", ref, ERRORS);
  const debug = tree.rest("Debug data", ref);
  const text = debug.length > 0 && looksLikeText(debug) ? decodeText(debug) : "";
  if (text !== "") tree.last.value = text;
  return {
    summary: `GOAWAY after stream ${last}: ${ERRORS[code] ?? code}${text === "" ? "" : `: ${clip(text, 80)}`}`,
  };
}

/** The ALTSVC frame (RFC 7838 4). */
function alternativeServices(tree: Tree, ref: string): Words {
  const size = tree.u16("Origin length", ref);
  const origin = size === 0 ? "" : tree.text("Origin", size, ref);
  const value = tree.remaining > 0 ? tree.text("Alternative services", tree.remaining, ref) : "";
  return { summary: clip(`ALTSVC ${origin} ${value}`.replace("  ", " "), 160) };
}

/** The ORIGIN frame (RFC 8336 2). */
function origins(tree: Tree, ref: string): Words {
  const found: string[] = [];
  while (tree.remaining > 0) {
    const size = tree.u16("Origin length", ref);
    if (size > 0) found.push(tree.text("Origin", size, ref));
  }
  return { summary: clip(`ORIGIN ${found.join(", ")}`, 160) };
}

class Http2 implements StreamDissector {
  readonly #tables: Record<Side, DynamicTable> = { client: new DynamicTable(), server: new DynamicTable() };
  /** The beginning of a block of headers that goes on, and the stream that it is about. */
  readonly #blocks: Record<Side, { readonly bytes: Uint8Array; readonly stream: number } | undefined> = {
    client: undefined,
    server: undefined,
  };
  /** What the header of a stream says of its body, and the octets of an encoded one so far. */
  readonly #bodies = new Map<string, { content: ContentType; packed: Uint8Array; file: CarriedFile }>();
  /** What was asked for on a stream. */
  readonly #asked = new Map<number, Asked>();
  readonly #calls = new Map<string, GrpcStream>();
  /** Since the preface; a connection that was joined later has windows that nobody knows. */
  #windows: Windows | undefined;
  #seen = false;
  /** Largest payload that a side takes (RFC 9113 4.2). */
  readonly #largest: Record<Side, number> = { client: 16384, server: 16384 };
  /** The stream whose header block a side has begun and not ended. */
  readonly #block: Partial<Record<Side, number>> = {};
  /** Streams that one side has ended. */
  readonly #ended = new Set<string>();

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
      this.#begin();
      return { summary: "connection preface" };
    }
    const { side } = context;
    const length = tree.u24("Length", REF, () => "octets of payload");
    const largest = this.#largest[side === "client" ? "server" : "client"];
    if (length > largest) {
      tree.flaw(`More than the ${counted(largest, "octet")} that the other side takes (RFC 9113 4.2)`);
    }
    const type = tree.u8("Type", REF, (value) => TYPES[value]?.[0] ?? "unknown");
    const [name, ref] = TYPES[type] ?? [`frame type ${type}`, REF];
    tree.reader.need(1);
    const flags = tree.flags("Flags", 1, flagRows(type), ref);
    const stream = number31(tree, "Stream identifier", REF, (id) => id === 0 ? "the connection" : undefined);
    // Servers may speak before the client's preface.
    if (type === 4 && side === "server" && (flags & 1) === 0) this.#begin();
    this.#seen = true;
    const wrong = wrongShape(type, stream, length, (flags & 1) !== 0);
    if (wrong !== undefined) tree.flaw(`${wrong} (${ref})`);
    const open = this.#block[side];
    if (open !== undefined ? type !== 9 || stream !== open : type === 9) {
      tree.flaw(
        open === undefined
          ? "Continues no header block (RFC 9113 6.10)"
          : `The header block of stream ${open} goes on (RFC 9113 6.10)`,
      );
    }
    if (type === 1 || type === 5 || type === 9) {
      if ((flags & 4) !== 0) delete this.#block[side];
      else this.#block[side] = stream;
    }
    tree.said = { summary: `${name}${stream === 0 ? "" : ` on stream ${stream}`}` };
    const frame = tree.within(name, Math.min(length, tree.remaining), (part) => {
      let padding = 0;
      if ((flags & 8) !== 0 && (type === 0 || type === 1 || type === 5)) {
        padding = part.u8("Pad length", "RFC 9113 6.1");
      }
      const inside = part.remaining - padding;
      if (inside < 0) throw new FormatError("More padding than payload", part.offset);
      const words = part.within(name, inside, (content) => {
        const words = this.#payload(content, { type, flags, stream, ref }, context);
        tree.said = { ...tree.said as Words, parts: words.parts };
        return words;
      });
      if (padding > 0) part.bytes("Padding", padding, "RFC 9113 6.1");
      return words;
    });
    const ends = (flags & 1) !== 0 && type <= 1;
    const left = type === 0 ? this.#spend(tree, side, stream, length) : "";
    if (ends || type === 3) this.#over(side, stream, type === 3);
    const end = (ends ? ", end of stream" : "") + left;
    const words = frame ?? { summary: name };
    if (ends || type === 3) this.#bodies.delete(`${side} ${stream}`);
    return { ...words, summary: `${stream === 0 ? "" : `stream ${stream}: `}${words.summary}${end}` };
  }

  /** The connection begins here, unless frames came before. */
  #begin(): void {
    if (!this.#seen) this.#windows ??= new Windows();
    this.#seen = true;
  }

  /** Counts the octets of a DATA frame against the windows; says so where nothing is left. */
  #spend(tree: Tree, side: Side, stream: number, octets: number): string {
    if (this.#windows === undefined || stream === 0) return "";
    const left = this.#windows.data(side, stream, octets);
    tree.add({
      name: "Windows left",
      offset: tree.offset,
      length: 0,
      value: `${left.stream} on the stream, ${left.connection} on the connection`,
      ref: "RFC 9113 6.9.1",
    });
    if (octets > 0 && (left.stream < 0 || left.connection < 0)) {
      tree.flaw("More than the window allows");
      return ", more than the window allows";
    }
    return octets > 0 && (left.stream === 0 || left.connection === 0) ? ", window used up" : "";
  }

  /** A side ended a stream, or reset it: what both ended is forgotten. */
  #over(side: Side, stream: number, reset: boolean): void {
    const both = this.#ended.delete(`${side === "client" ? "server" : "client"} ${stream}`);
    if (reset || both) this.#windows?.forget(stream);
    else if (this.#ended.size < STREAM_LIMIT) this.#ended.add(`${side} ${stream}`);
  }

  #payload(tree: Tree, frame: Frame, context: DissectContext): Words {
    const { type, flags, stream, ref } = frame, { side } = context;
    switch (type) {
      case 0:
        return this.#data(tree, frame, context);
      case 1:
      case 5:
      case 9: {
        if (type === 1 && (flags & 0x20) !== 0) priority(tree, ref);
        const promised = type === 5 ? number31(tree, "Promised stream", ref) : stream;
        return this.#headers(tree, type, (flags & 4) !== 0, promised, context);
      }
      case 2:
        return { summary: `PRIORITY ${priority(tree, ref)}` };
      case 3:
        return { summary: `RST_STREAM ${ERRORS[tree.u32("Error code", ref, ERRORS)] ?? ""}` };
      case 4:
        return this.#settings(tree, side, (flags & 1) !== 0);
      case 6:
        tree.bytes("Opaque data", Math.min(8, tree.remaining), ref);
        return (flags & 1) !== 0 ? { summary: "PING answer", answers: "ping" } : { summary: "PING", asks: "ping" };
      case 7:
        return goAway(tree, ref);
      case 8:
        return this.#windowUpdate(tree, frame, side);
      case 10:
        return alternativeServices(tree, ref);
      case 12:
        return origins(tree, ref);
      case 16: {
        const about = number31(tree, "Prioritized stream", ref);
        const value = tree.remaining > 0 ? tree.text("Priority", tree.remaining, "RFC 9218 4") : "";
        return { summary: clip(`PRIORITY_UPDATE of stream ${about}: ${value}`, 160) };
      }
    }
    tree.rest("Payload", ref);
    return { summary: TYPES[type]?.[0] ?? `frame type ${type}` };
  }

  #data(tree: Tree, { flags, stream, ref }: Frame, context: DissectContext): Words {
    const count = tree.remaining, summary = `DATA ${counted(count, "octet")}`;
    const key = `${context.side} ${stream}`, ends = (flags & 1) !== 0;
    const known = this.#bodies.get(key);
    const bytes = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
    const parts = known === undefined ? [] : [{ file: known.file, bytes, last: ends }];
    if (known !== undefined && /^application\/grpc\b/.test(known.content.type)) {
      const call = this.#calls.get(key) ?? new GrpcStream();
      this.#calls.set(key, call);
      // A call that ended is forgotten.
      if (ends) this.#calls.delete(key);
      return call.data(tree);
    }
    let text: string | undefined;
    if (known !== undefined && known.content.codings.length > 0) {
      known.packed = concat([known.packed, tree.rest("Data", ref)]).subarray(0, BODY_LIMIT);
      if (ends) text = decodedBody(tree, known.packed, known.content, context, ["frames joined"]);
    } else text = body(tree, count, known?.content ?? contentType(undefined, undefined), context);
    return { summary, ...(text === undefined ? {} : { text }), parts };
  }

  #settings(tree: Tree, side: Side, acknowledged: boolean): Words {
    const words: string[] = [];
    let initial: number | undefined;
    while (tree.remaining > 0) {
      tree.group("Setting", (group) => {
        const id = tree.u16("Identifier", "RFC 9113 6.5.2", SETTINGS);
        const value = tree.u32("Value", "RFC 9113 6.5.2");
        const wrong = wrongSetting(id, value);
        if (wrong !== undefined) tree.flaw(wrong);
        else if (id === 4) initial = value;
        else if (id === 5) this.#largest[side] = value;
        group.meaning = `${SETTINGS[id] ?? `setting ${id}`} ${value}`;
        words.push(group.meaning);
      }, { ref: "RFC 9113 6.5.1" });
    }
    if (acknowledged) this.#windows?.acknowledged(side);
    else this.#windows?.settings(side, initial);
    return { summary: acknowledged ? "SETTINGS acknowledged" : `SETTINGS ${clip(words.join(", "), 160)}` };
  }

  #windowUpdate(tree: Tree, { stream, ref }: Frame, side: Side): Words {
    const more = number31(tree, "Window size increment", ref, octetCount);
    if (more === 0) tree.flaw("Must not be 0");
    const now = this.#windows?.update(side, stream, more);
    if (now === undefined) return { summary: `WINDOW_UPDATE by ${more}` };
    if (tooLarge(now)) tree.flaw(`The window would be ${now} (RFC 9113 6.9.1)`);
    tree.last.meaning = `${counted(more, "octet")}: the other side may send ${now}`;
    return { summary: `WINDOW_UPDATE by ${more} to ${now}` };
  }

  #headers(tree: Tree, type: number, last: boolean, stream: number, context: DissectContext): Words {
    const { side } = context;
    const before = this.#blocks[side];
    // A continuation of a promise stands on the stream that it came on.
    if (type === 9 && before !== undefined) stream = before.stream;
    let headers: [string, string][];
    if (!last || before !== undefined) {
      const start = tree.offset;
      const fragment = tree.rest("Field block fragment", "RFC 9113 4.3");
      const bytes = before === undefined ? fragment.slice() : concat([before.bytes, fragment]);
      this.#blocks[side] = last || bytes.length > BLOCK_LIMIT ? undefined : { bytes, stream };
      if (!last) return { summary: `${TYPES[type]![0]}, goes on` };
      const inner = explain("Header block", bytes, (part) => headerBlock(part, this.#tables[side]));
      tree.add({ ...inner.root, offset: start, length: 0, buffer: bytes });
      headers = inner.value ?? [];
    } else headers = headerBlock(tree, this.#tables[side]);
    const wrong = wrongHeader(headers);
    if (wrong !== undefined) tree.flaw(`Malformed: ${wrong}`);
    const found = new Map(headers);
    const content = contentType(found.get("content-type"), found.get("content-encoding"));
    const method = found.get(":method"), status = found.get(":status");
    if (method !== undefined || (status !== undefined && !status.startsWith("1"))) {
      this.#begins(side, stream, content, found);
    }
    const text = headers.map(([name, value]) => `${name}: ${value}`).join("\n");
    if (method !== undefined) {
      return { summary: clip(`${TYPES[type]![0]} ${method} ${urlOf(found)}`, 160), asks: `stream ${stream}`, text };
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
    // Trailers end the body.
    const file = this.#bodies.get(`${side} ${stream}`)?.file;
    const parts = file === undefined ? [] : [{ file, bytes: new Uint8Array(0), last: true }];
    return { summary: `${TYPES[type]![0]} ${counted(headers.length, "field")}`, text, parts };
  }

  /** A header says what the body of a stream will be. */
  #begins(side: Side, stream: number, content: ContentType, found: ReadonlyMap<string, string>): void {
    const asked = this.#asked.get(stream);
    const request = asked ?? { method: found.get(":method") ?? "?", url: urlOf(found) };
    if (asked === undefined) keep(this.#asked, stream, request);
    else this.#asked.delete(stream);
    keep(this.#bodies, `${side} ${stream}`, {
      content,
      packed: new Uint8Array(0),
      file: httpFile(request, content, found.get(":status")),
    });
  }
}

/** Sets an entry of a map that stays small. */
function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size >= STREAM_LIMIT) map.delete(map.keys().next().value!);
  map.set(key, value);
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
