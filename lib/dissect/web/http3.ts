// HTTP/3 (RFC 9114) in the streams of a QUIC connection that a key log opened: frames, and headers by QPACK. Pure.
import { concat } from "../../base/bytes.ts";
import { body, type ContentType, contentType, decodedBody } from "../coding/content.ts";
import { varint } from "../coding/varint.ts";
import { clip, counted } from "../coding/words.ts";
import { type Asked, httpFile, urlOf } from "./http_file.ts";
import type { CarriedFile, DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import {
  decoderInstruction,
  decoderLength,
  encoderInstruction,
  fieldSection,
  instructionLength,
  QpackTable,
} from "./qpack.ts";

const REF = "RFC 9114 7.1";
/** Octets of an encoded body that are kept until its end. */
const BODY_LIMIT = 256 * 1024;

/** Frames: name and source. */
const FRAMES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["DATA", "RFC 9114 7.2.1"],
  1: ["HEADERS", "RFC 9114 7.2.2"],
  3: ["CANCEL_PUSH", "RFC 9114 7.2.3"],
  4: ["SETTINGS", "RFC 9114 7.2.4"],
  5: ["PUSH_PROMISE", "RFC 9114 7.2.5"],
  7: ["GOAWAY", "RFC 9114 7.2.6"],
  13: ["MAX_PUSH_ID", "RFC 9114 7.2.7"],
  0xf0700: ["PRIORITY_UPDATE", "RFC 9218 7.2"],
  0xf0701: ["PRIORITY_UPDATE", "RFC 9218 7.2"],
};
/** Settings: name and source. */
const SETTINGS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["QPACK table of at most", "RFC 9204 5"],
  6: ["headers of at most", "RFC 9114 7.2.4.1"],
  7: ["blocked streams at most", "RFC 9204 5"],
  8: ["enable connect protocol", "RFC 9220 3"],
  0x33: ["datagrams", "RFC 9297 2.1.1"],
};
/** Streams that go one way: name and source. */
const KINDS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["control stream", "RFC 9114 6.2.1"],
  1: ["push stream", "RFC 9114 6.2.2"],
  2: ["QPACK encoder stream", "RFC 9204 4.2"],
  3: ["QPACK decoder stream", "RFC 9204 4.2"],
};

/** Numbers that mean nothing, so that peers learn to pass over what they do not know (RFC 9114 7.2.8). */
const means = (value: number) => value >= 0x21 && (value - 0x21) % 0x1f === 0 ? "reserved, means nothing" : "unknown";

/** A number of QUIC at `at`, and where it ends; `undefined` when it is not all there. */
function number(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  if (at >= bytes.length) return undefined;
  const end = at + (1 << (bytes[at]! >> 6));
  if (end > bytes.length) return undefined;
  let value = bytes[at]! & 63;
  for (let i = at + 1; i < end; i++) value = value * 256 + bytes[i]!;
  return { value, end };
}

const HTTP3: Protocol = {
  name: "http3",
  title: "HTTP/3",
  ref: "RFC 9114",
};

/** One connection: what its streams share. */
export class Http3 {
  /** Filled by a side. */
  readonly tables: Readonly<Record<Side, QpackTable>> = { client: new QpackTable(), server: new QpackTable() };

  /** The protocol of one of its streams. */
  stream(id: number): Protocol {
    return { ...HTTP3, stream: () => new Http3Stream(this, id) };
  }
}

class Http3Stream implements StreamDissector {
  readonly #connection: Http3;
  /** Streams one way begin with their kind. */
  #kind: number | undefined;
  readonly #oneWay: boolean;
  /** What the headers of a side say of its body, and the octets of an encoded one so far. */
  readonly #bodies: Partial<
    Record<Side, { content: ContentType; length: number; packed: Uint8Array; file: CarriedFile; left: number }>
  > = {};
  #asked: Asked = { method: "?", url: "?" };

  constructor(connection: Http3, id: number) {
    this.#connection = connection;
    this.#oneWay = (id & 2) !== 0;
  }

  measure(bytes: Uint8Array): number {
    if (this.#oneWay && this.#kind === undefined) return number(bytes, 0)?.end ?? 0;
    if (this.#kind === 2) return instructionLength(bytes);
    if (this.#kind === 3) return decoderLength(bytes);
    if (this.#kind !== undefined && this.#kind > 1) return bytes.length;
    const type = number(bytes, 0);
    const length = type === undefined ? undefined : number(bytes, type.end);
    return length === undefined ? 0 : length.end + length.value;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context, { tables } = this.#connection;
    if (this.#oneWay && this.#kind === undefined) {
      const kind = varint(tree, "Stream type", "RFC 9114 6.2", (value) => KINDS[value]?.[0] ?? means(value));
      const [name, ref] = KINDS[kind] ?? [`stream of type ${kind}`];
      if (ref !== undefined) tree.last.ref = ref;
      this.#kind = kind;
      if (kind === 1) varint(tree, "Push ID", "RFC 9114 4.6");
      return { summary: `begins a ${name}` };
    }
    if (this.#kind === 2) return { summary: `QPACK ${encoderInstruction(tree, tables[side])}` };
    if (this.#kind === 3) return { summary: `QPACK ${decoderInstruction(tree)}` };
    if (this.#kind !== undefined && this.#kind > 1) {
      const octets = tree.rest("Octets", "RFC 9114 6.2").length;
      return { summary: `${counted(octets, "octet")} of a stream of type ${this.#kind}` };
    }
    const type = varint(tree, "Frame type", REF, (value) => FRAMES[value]?.[0] ?? means(value));
    const [name, ref] = FRAMES[type] ?? [`frame type ${type}`, REF];
    const length = varint(tree, "Length", REF, (octets) => `${counted(octets, "octet")} of payload`);
    tree.said = { summary: name };
    return tree.within(
      name,
      Math.min(length, tree.remaining),
      (part) => this.#payload(part, type, name, ref, context),
    ) ??
      { summary: name };
  }

  #payload(tree: Tree, type: number, name: string, ref: string, context: DissectContext): Words {
    const { side } = context;
    switch (type) {
      case 0:
        return this.#data(tree, ref, context);
      case 1:
        return this.#headers(tree, name, side);
      case 3:
      case 7:
      case 13:
        return { summary: `${name} ${varint(tree, type === 7 ? "Stream or push ID" : "Push ID", ref)}` };
      case 4: {
        const words: string[] = [];
        while (tree.remaining > 0) {
          tree.group("Setting", (group) => {
            const id = varint(tree, "Identifier", "RFC 9114 7.2.4", (value) => SETTINGS[value]?.[0] ?? means(value));
            const [name, ref] = SETTINGS[id] ?? [`setting ${id}`, "RFC 9114 7.2.4.1"];
            tree.last.ref = ref;
            const value = varint(tree, "Value", ref);
            // What a side takes, the other may use.
            if (id === 1) this.#connection.tables[side === "client" ? "server" : "client"].allowed = value;
            group.meaning = `${name} ${value}`;
            if (SETTINGS[id] !== undefined) words.push(group.meaning);
          }, { ref: "RFC 9114 7.2.4" });
        }
        return { summary: clip(`SETTINGS ${words.join(", ")}`, 160) };
      }
      case 5: {
        varint(tree, "Push ID", ref);
        return this.#headers(tree, name, side);
      }
      case 0xf0700:
      case 0xf0701: {
        const about = varint(tree, "Prioritized element", ref);
        const value = tree.remaining > 0 ? tree.text("Priority", tree.remaining, "RFC 9218 4") : "";
        return { summary: clip(`${name} of ${about}: ${value}`, 160) };
      }
    }
    if (tree.remaining > 0) tree.rest("Payload", ref);
    return { summary: name };
  }

  #data(tree: Tree, ref: string, context: DissectContext): Words {
    const count = tree.remaining, known = this.#bodies[context.side];
    if (count === 0) return { summary: "DATA empty" };
    const bytes = tree.reader.bytes.subarray(tree.offset, tree.reader.end);
    const parts = known === undefined ? [] : [{ file: known.file, bytes, last: (known.left -= count) === 0 }];
    let text: string | undefined;
    if (known !== undefined && known.content.codings.length > 0) {
      known.packed = concat([known.packed, tree.rest("Data", ref)]).subarray(0, BODY_LIMIT);
      const whole = known.packed.length >= known.length;
      text = whole ? decodedBody(tree, known.packed, known.content, context, ["frames joined"]) : undefined;
    } else text = body(tree, count, known?.content ?? contentType(undefined, undefined), context);
    return { summary: `DATA ${counted(count, "octet")}`, ...(text === undefined ? {} : { text }), parts };
  }

  #headers(tree: Tree, name: string, side: Side): Words {
    const headers = fieldSection(tree, this.#connection.tables[side]);
    const found = new Map(headers);
    const content = contentType(found.get("content-type"), found.get("content-encoding"));
    const length = Number(found.get("content-length") ?? 0);
    const method = found.get(":method"), status = found.get(":status");
    if (method !== undefined) this.#asked = { method, url: urlOf(found) };
    if (method !== undefined || status !== undefined) {
      // Nothing tells the frames that they are the last, but their length.
      const file = httpFile(this.#asked, content, status, length === 0);
      this.#bodies[side] = { content, length, packed: new Uint8Array(0), file, left: length };
    }
    const text = headers.map(([header, value]) => `${header}: ${value}`).join("\n");
    if (method !== undefined) {
      return { summary: clip(`${name} ${method} ${this.#asked.url}`, 160), asks: "request", text };
    }
    if (status === undefined) return { summary: `${name} ${counted(headers.length, "field")}`, text };
    return { summary: `${name} ${status}`, ...(status.startsWith("1") ? {} : { answers: "request" }), text };
  }
}
