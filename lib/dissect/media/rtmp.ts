// RTMP ("Adobe's Real Time Messaging Protocol", 1.0): handshake, chunks, messages put together from them. Pure.
import { concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { explain } from "../explain.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import { amfValues } from "./amf.ts";

const HANDSHAKE = "RTMP 5.2";
const CHUNK = "RTMP 5.3.1";
const HALF = 1536;
/** Octets of a message that are kept until its last chunk. */
const MESSAGE_LIMIT = 1024 * 1024;
const STREAM_LIMIT = 1024;
const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["Set Chunk Size", "RTMP 5.4.1"],
  2: ["Abort", "RTMP 5.4.2"],
  3: ["Acknowledgement", "RTMP 5.4.3"],
  4: ["User Control", "RTMP 6.2"],
  5: ["Window Acknowledgement Size", "RTMP 5.4.4"],
  6: ["Set Peer Bandwidth", "RTMP 5.4.5"],
  8: ["Audio", "RTMP 7.1.4"],
  9: ["Video", "RTMP 7.1.5"],
  15: ["Data (AMF 3)", "RTMP 7.1.2"],
  16: ["Shared object (AMF 3)", "RTMP 7.1.3"],
  17: ["Command (AMF 3)", "RTMP 7.1.1"],
  18: ["Data", "RTMP 7.1.2"],
  19: ["Shared object", "RTMP 7.1.3"],
  20: ["Command", "RTMP 7.1.1"],
  22: ["Aggregate", "RTMP 7.1.6"],
};
const EVENTS: Readonly<Record<number, string>> = {
  0: "stream begins",
  1: "stream ends",
  2: "stream is dry",
  3: "buffer length",
  4: "stream is recorded",
  6: "ping",
  7: "ping answer",
};
const FLV = "FLV E.4";
const AUDIO: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  2: "MP3",
  4: "Nellymoser 16 kHz",
  5: "Nellymoser 8 kHz",
  6: "Nellymoser",
  7: "G.711 A-law",
  8: "G.711 mu-law",
  10: "AAC",
  11: "Speex",
};
const VIDEO: Readonly<Record<number, string>> = {
  2: "H.263",
  3: "screen video",
  4: "VP6",
  5: "VP6 with alpha",
  6: "screen video 2",
  7: "AVC",
  12: "HEVC",
};
const FRAMES: Readonly<Record<number, string>> = {
  1: "key frame",
  2: "frame between",
  3: "disposable frame",
  4: "generated key frame",
  5: "information",
};

/** What a chunk stream said last: later chunks leave out what stays. */
interface Last {
  length: number;
  type: number;
  stream: number;
  timestamp: number;
  /** What each message after the first adds to it. */
  delta: number;
  extended: boolean;
  pieces: Uint8Array[];
  got: number;
}

/** Octets of the headers of the chunk that `bytes` begin with, its stream and form; `undefined` when more must come. */
function headers(bytes: Uint8Array, streams: ReadonlyMap<number, Last>):
  | { size: number; form: number; id: number; extended: boolean; length: number }
  | undefined {
  if (bytes.length < 3) return undefined;
  const form = bytes[0]! >> 6, low = bytes[0]! & 63;
  const basic = low === 0 ? 2 : low === 1 ? 3 : 1;
  const id = low === 0 ? 64 + bytes[1]! : low === 1 ? 64 + bytes[1]! + 256 * bytes[2]! : low;
  const size = basic + [11, 7, 3, 0][form]!;
  if (bytes.length < size) return undefined;
  const last = streams.get(id);
  const word = (at: number) => bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
  const extended = form === 3 ? last?.extended === true : word(basic) === 0xffffff;
  const length = form <= 1 ? word(basic + 3) : last?.length ?? 0;
  return { size: size + (extended ? 4 : 0), form, id, extended, length };
}

class Rtmp implements StreamDissector {
  readonly #steps: Record<Side, number> = { client: 0, server: 0 };
  readonly #chunkSize: Record<Side, number> = { client: 128, server: 128 };
  readonly #streams: Record<Side, Map<number, Last>> = { client: new Map(), server: new Map() };

  measure(bytes: Uint8Array, side: Side): number {
    const step = this.#steps[side];
    if (step === 0) {
      if (bytes[0] !== 3 && bytes[0] !== 6) throw new FormatError("RTMP begins with version 3", 0);
      return 1 + HALF;
    }
    if (step === 1) return HALF;
    const found = headers(bytes, this.#streams[side]);
    if (found === undefined) return 0;
    const last = this.#streams[side].get(found.id);
    if (found.form > 0 && last === undefined) {
      throw new FormatError(`The first chunk of stream ${found.id} has no full header`, 0);
    }
    const left = found.length - (found.form === 3 ? last!.got : 0);
    return found.size + Math.min(this.#chunkSize[side], left);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const step = this.#steps[side]++;
    if (step === 0) {
      const version = tree.u8("Version", HANDSHAKE, { 3: "plain", 6: "encrypted" });
      tree.u32("Time", HANDSHAKE, () => "milliseconds, of the sender's own counting");
      tree.bytes(
        "Zero",
        4,
        HANDSHAKE,
        (four) => four.every((octet) => octet === 0) ? undefined : "version of the program",
      );
      tree.rest("Random octets", HANDSHAKE);
      const name = side === "client" ? "C0 and C1" : "S0 and S1";
      return {
        summary: `handshake ${name}, version ${version}`,
        ...(side === "client" ? { asks: "hello" } : { answers: "hello" }),
      };
    }
    if (step === 1) {
      tree.u32("Time of the other side", HANDSHAKE);
      tree.u32("Time when it was read", HANDSHAKE);
      tree.rest("Random octets of the other side", HANDSHAKE);
      return { summary: `handshake ${side === "client" ? "C2" : "S2"}` };
    }
    return this.#chunk(tree, side);
  }

  #chunk(tree: Tree, side: Side): Words {
    const streams = this.#streams[side];
    const { bytes, offset, end } = tree.reader;
    const found = headers(bytes.subarray(offset, end), streams);
    if (found === undefined) throw new FormatError("A chunk that ends in its header", offset);
    const { form, id, extended } = found;
    tree.flags("Basic header", 1, [
      ["Form", 0, 2, { 0: "full header", 1: "same stream", 2: "same length and type", 3: "nothing new" }],
      ["Chunk stream", 2, 6, (low) => low < 2 ? "in the next octets" : low === 2 ? "the protocol itself" : undefined],
    ], "RTMP 5.3.1.1");
    if (id >= 64 && (bytes[offset]! & 63) === 0) tree.u8("Chunk stream", "RTMP 5.3.1.1", () => String(id));
    else if ((bytes[offset]! & 63) === 1) tree.u16Le("Chunk stream", "RTMP 5.3.1.1", () => String(id));
    const last: Last = streams.get(id) ??
      { length: 0, type: 0, stream: 0, timestamp: 0, delta: 0, extended: false, pieces: [], got: 0 };
    if (!streams.has(id) && streams.size < STREAM_LIMIT) streams.set(id, last);
    const absolute = form === 0 ? "Timestamp" : "Timestamp delta";
    let time = 0;
    if (form < 3) {
      const meaning = (ms: number) => ms === 0xffffff ? "four octets follow the header" : `${ms} milliseconds`;
      time = tree.u24(absolute, CHUNK, meaning);
      last.extended = extended;
      // What was not whole is given up.
      [last.pieces, last.got] = [[], 0];
    }
    if (form < 2) {
      last.length = tree.u24("Message length", CHUNK, octetCount);
      last.type = tree.u8("Message type", CHUNK, (type) => TYPES[type]?.[0] ?? "unknown");
    }
    if (form === 0) {
      last.stream = tree.u32Le("Message stream", CHUNK, (stream) => stream === 0 ? "the connection" : undefined);
    }
    if (extended) time = tree.u32("Extended timestamp", "RTMP 5.3.1.3", (ms) => `${ms} milliseconds`);
    if (form === 0) [last.timestamp, last.delta] = [time, 0];
    else if (form < 3) last.delta = time;
    if (form !== 0 && last.got === 0) last.timestamp += last.delta;
    const [name, ref] = TYPES[last.type] ?? [`message type ${last.type}`, "RTMP 6.1"];
    const first = last.got === 0;
    const count = tree.remaining;
    const whole = first && count >= last.length;
    const label = `${name}${last.stream === 0 ? "" : ` on stream ${last.stream}`}`;
    tree.said = { summary: label };
    if (whole) {
      const words = tree.part(
        name,
        Math.min(count, last.length),
        (part) => this.#message(part, last.type, side, ref),
        ref,
      );
      return { ...words, summary: clip(`${words?.summary ?? label}${this.#where(last)}`, 200) };
    }
    const piece = tree.bytes(
      "Chunk data",
      count,
      CHUNK,
      () => `${last.got + count} of ${counted(last.length, "octet")}`,
    );
    if (last.got + count <= MESSAGE_LIMIT) last.pieces.push(piece.slice());
    last.got += count;
    if (last.got < last.length) return { summary: `${label}, ${last.got} of ${counted(last.length, "octet")}` };
    const joined = concat(last.pieces);
    [last.pieces, last.got] = [[], 0];
    if (joined.length < last.length) return { summary: `${label}, ${counted(last.length, "octet")}` };
    const { root, value } = explain(name, joined, (part) => this.#message(part, last.type, side, ref));
    root.ref = ref;
    tree.add({
      ...root,
      meaning: `${counted(joined.length, "octet")} of all chunks`,
      offset: tree.offset,
      length: 0,
      buffer: joined,
    });
    return { ...value, summary: clip(`${value?.summary ?? label}${this.#where(last)}`, 200) };
  }

  #where({ stream, timestamp, type }: Last): string {
    return type === 8 || type === 9 ? ` (stream ${stream}, ${timestamp}ms)` : "";
  }

  #message(tree: Tree, type: number, side: Side, ref: string): Words {
    const count = tree.remaining;
    switch (type) {
      case 1: {
        const size = tree.u32("Chunk size", ref, (octets) => `${counted(octets, "octet")} from here on`);
        if (size >= 1 && size <= 0x7fffffff) this.#chunkSize[side] = size;
        return { summary: `Set Chunk Size ${size}` };
      }
      case 2: {
        const id = tree.u32("Chunk stream", ref);
        const last = this.#streams[side].get(id);
        if (last !== undefined) [last.pieces, last.got] = [[], 0];
        return { summary: `Abort of chunk stream ${id}` };
      }
      case 3:
        return { summary: `Acknowledgement of ${tree.u32("Octets received", ref)} octets` };
      case 4: {
        const event = tree.u16("Event", ref, EVENTS);
        const value = tree.u32(event === 6 || event === 7 ? "Time" : "Stream", ref);
        if (event === 3) tree.u32("Buffer", ref, (ms) => `${ms} milliseconds`);
        const summary = `${EVENTS[event] ?? `event ${event}`} ${value}`;
        return { summary, ...(event === 6 ? { asks: "ping" } : event === 7 ? { answers: "ping" } : {}) };
      }
      case 5:
        return {
          summary: `Window Acknowledgement Size ${tree.u32("Window", ref, octetCount)}`,
        };
      case 6: {
        const window = tree.u32("Window", ref, octetCount);
        tree.u8("Limit", ref, { 0: "hard", 1: "soft", 2: "dynamic" });
        return { summary: `Set Peer Bandwidth ${window}` };
      }
      case 8:
        return audio(tree, count);
      case 9:
        return video(tree, count);
      case 17:
      case 20:
        return command(tree, type === 17);
      case 18: {
        const values = amfValues(tree);
        return { summary: clip(`Data ${values.join(" ")}`, 180) };
      }
      case 15:
        if (tree.remaining > 0) tree.u8("Form", ref, { 0: "AMF 0" });
        return { summary: clip(`Data ${amfValues(tree).join(" ")}`, 180) };
    }
    tree.rest("Data", ref);
    return { summary: `${TYPES[type]?.[0] ?? `message type ${type}`}, ${counted(count, "octet")}` };
  }
}

/** A call, or the answer to one. */
function command(tree: Tree, three: boolean): Words {
  if (three && tree.remaining > 0) tree.u8("Form", "RTMP 7.1.1", { 0: "AMF 0" });
  const [name = "", id = "0", ...values] = amfValues(tree);
  const said = values.filter((value) => value !== "null").join(" ");
  const summary = clip(`${name} ${said}`.trim(), 180);
  if (name === "_result" || name === "_error") return { summary, answers: `call ${id}` };
  return Number(id) > 0 ? { summary, asks: `call ${id}` } : { summary };
}

function audio(tree: Tree, count: number): Words {
  if (count === 0) return { summary: "Audio, empty" };
  const head = tree.flags(
    "Sound",
    1,
    [
      ["Format", 0, 4, AUDIO],
      ["Rate", 4, 2, { 0: "5.5 kHz", 1: "11 kHz", 2: "22 kHz", 3: "44 kHz" }],
      ["Sample", 6, 1, { 0: "8 bits", 1: "16 bits" }],
      ["Channels", 7, 1, { 0: "mono", 1: "stereo" }],
    ],
    FLV,
    AUDIO[tree.reader.peek()! >> 4],
  );
  const format = head >> 4;
  const configures = format === 10 && tree.remaining > 0 &&
    tree.u8("Kind", FLV, { 0: "how to decode", 1: "sound" }) === 0;
  tree.rest(configures ? "Decoder configuration" : "Sound data", FLV);
  return {
    summary: `Audio ${AUDIO[format] ?? format}${configures ? " configuration" : ""}, ${counted(count, "octet")}`,
  };
}

function video(tree: Tree, count: number): Words {
  if (count === 0) return { summary: "Video, empty" };
  const first = tree.reader.peek()!;
  if (first >= 128) {
    tree.flags("Video", 1, [["Extended header", 0, 1], ["Frame", 1, 3, FRAMES], ["Packet", 4, 4]], "Enhanced RTMP 1");
    const codec = tree.remaining >= 4 ? tree.text("Codec", 4, "Enhanced RTMP 1") : "";
    tree.rest("Picture data", "Enhanced RTMP 1");
    return { summary: `Video ${clip(codec)} ${FRAMES[first >> 4 & 7] ?? ""}, ${counted(count, "octet")}` };
  }
  const codec = first & 15;
  tree.flags("Video", 1, [["Frame", 0, 4, FRAMES], ["Codec", 4, 4, VIDEO]], FLV, VIDEO[codec]);
  let configures = false;
  if ((codec === 7 || codec === 12) && tree.remaining >= 4) {
    configures = tree.u8("Kind", FLV, { 0: "how to decode", 1: "picture", 2: "end of the sequence" }) === 0;
    tree.u24("Composition time", FLV, (ms) => `${ms >= 0x800000 ? ms - 0x1000000 : ms} milliseconds`);
  }
  tree.rest(configures ? "Decoder configuration" : "Picture data", FLV);
  const what = configures ? "configuration" : FRAMES[first >> 4] ?? "";
  return { summary: `Video ${VIDEO[codec] ?? codec} ${what}, ${counted(count, "octet")}` };
}

/** Version 3; the time or the four octets after it are zero; random octets. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== 3) return "no";
  if (side === "server") return "possible";
  const zero = (from: number) => bytes.subarray(from, from + 4).every((octet) => octet === 0);
  if (!zero(1) && !zero(5)) return "possible";
  if (bytes.length < 64) return "maybe";
  return new Set(bytes.subarray(9, 64)).size > 20 ? "yes" : "possible";
}

export const RTMP: Protocol = {
  name: "rtmp",
  title: "RTMP",
  ref: "RTMP 1.0",
  tcp: [1935],
  detect,
  stream: () => new Rtmp(),
};
