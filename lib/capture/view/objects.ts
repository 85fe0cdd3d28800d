// Files that conversations carried, the bodies of HTTP messages first of all (`--export-objects`): gathered from the
// messages of both directions, codings undone, given to whoever writes them. Pure, but for what it is handed.
import { printable } from "../../base/text.ts";
import { ByteWriter } from "../../base/writer.ts";
import { decodeContent } from "../../dissect/coding/coding.ts";
import { counted } from "../../dissect/coding/words.ts";
import { PacketDissector } from "../../dissect/follow/packet.ts";
import type { CarriedFile, Decode, FilePart, Message } from "../../dissect/protocol.ts";
import type { KeyLog } from "../../dissect/security/key_log.ts";
import { type Packet, packetBytes } from "../packet.ts";

/** Octets of encoded files that wait for their ends, all together. */
const PACKED_LIMIT = 256 * 1024 * 1024;
/** Octets that come out of a coding at most, as a kilobyte may stand for a megabyte: what is longer stays as it came. */
const DECODED_LIMIT = 128 * 1024 * 1024;
/** Files that are open at once: beyond that the oldest is given up. */
const OPEN_LIMIT = 4096;

/** Where files go. */
export interface Shelf {
  /** Makes a new file, called like `name`; gives its path. Never one that is there already. */
  create(name: string): string;
  /** Adds octets at a file's end; `lost` octets before them are not known. */
  append(path: string, bytes: Uint8Array, lost: number): void;
}

/** A file that grows. */
interface Growing {
  /** Set once there are octets that need no decoding. */
  path: string | undefined;
  /** Octets of an encoded one, in one piece: they may have come one by one. */
  readonly packed: ByteWriter;
  size: number;
  lost: number;
}

/** A file that is done. `complete`: all octets are there, and what encoded them is undone. */
export interface Exported {
  readonly n: number;
  readonly kind: string;
  readonly said: string;
  readonly type: string;
  readonly octets: number;
  readonly path: string;
  readonly complete: boolean;
  /** What else is to be said: "gzip undone". */
  readonly note?: string | undefined;
}

/** Packets in, files and what there is to say of them out. */
export class Objects {
  readonly #dissector: PacketDissector;
  readonly #shelf: Shelf;
  readonly #kind: string | undefined;
  readonly #limits: { readonly packed: number; readonly decoded: number };
  readonly #growing = new Map<CarriedFile, Growing>();
  #packed = 0;
  #last = 0;

  /** `kind`: only files that this protocol carried. `limits`: octets of encoded files that wait, and that one makes. */
  constructor(
    shelf: Shelf,
    options: {
      kind?: string | undefined;
      decode?: readonly Decode[];
      keys?: KeyLog | undefined;
      limits?: { readonly packed: number; readonly decoded: number };
    } = {},
  ) {
    this.#limits = options.limits ?? { packed: PACKED_LIMIT, decoded: DECODED_LIMIT };
    this.#shelf = shelf;
    this.#kind = options.kind;
    this.#dissector = new PacketDissector({ decode: options.decode ?? [], keys: options.keys });
  }

  /** The files that a packet completes. */
  add(packet: Packet): Exported[] {
    const { seconds, nanos, length, link, number } = packet;
    this.#last = number;
    const timeMs = seconds * 1000 + nanos / 1e6;
    const found = this.#dissector.dissect(link, packetBytes(packet).slice(), {
      originalLength: length,
      timeMs,
      number,
    });
    return found.messages.flatMap((message) => this.#message(message));
  }

  /** At the end of the capture: files whose ends did not come, or that nothing ends. */
  end(): Exported[] {
    const messages = this.#dissector.finish(0).flatMap((found) => found.messages);
    const out = messages.flatMap((message) => this.#message(message));
    for (const file of this.#growing.keys()) out.push(...this.#finish(file, file.unmarked === true));
    return out;
  }

  #message(message: Message): Exported[] {
    return [
      ...(message.parts ?? []).flatMap((part) => this.#part(part)),
      ...(message.inner ?? []).flatMap((inner) => this.#message(inner)),
    ];
  }

  #part({ file, bytes, last, lost = 0 }: FilePart): Exported[] {
    if (this.#kind !== undefined && file.kind !== this.#kind) return [];
    const out: Exported[] = [];
    let growing = this.#growing.get(file);
    if (growing === undefined) {
      if (bytes.length === 0) return [];
      if (this.#growing.size >= OPEN_LIMIT) out.push(...this.#finish(this.#growing.keys().next().value!, false));
      growing = { path: undefined, packed: new ByteWriter(), size: 0, lost: 0 };
      this.#growing.set(file, growing);
    }
    growing.lost += lost;
    if (file.codings.length === 0) {
      growing.path ??= this.#shelf.create(file.name);
      if (bytes.length > 0) this.#shelf.append(growing.path, bytes, lost);
      growing.size += lost + bytes.length;
    } else {
      growing.packed.bytes(bytes);
      growing.size += bytes.length;
      this.#packed += bytes.length;
    }
    if (last) out.push(...this.#finish(file, true));
    if (this.#packed > this.#limits.packed) out.push(...this.#finish(this.#largest(), false));
    return out;
  }

  /** Of many encoded files that do not end the one that fills most of the memory. */
  #largest(): CarriedFile {
    const packed = [...this.#growing].filter(([, { path }]) => path === undefined);
    return packed.reduce((most, next) => next[1].size > most[1].size ? next : most)[0];
  }

  #finish(file: CarriedFile, ended: boolean): Exported[] {
    const growing = this.#growing.get(file);
    if (growing === undefined) return [];
    this.#growing.delete(file);
    const notes: string[] = [];
    let { path, size } = growing;
    let complete = ended && growing.lost === 0;
    if (growing.lost > 0) notes.push(`${counted(growing.lost, "octet")} missing`);
    else if (!ended) notes.push("its end is missing");
    if (path === undefined) {
      this.#packed -= size;
      let bytes: Uint8Array = growing.packed.take();
      for (const coding of [...file.codings].reverse()) {
        const decoded = decodeContent(coding, bytes, this.#limits.decoded, true);
        if (decoded === undefined || decoded.over === true) {
          notes.push(`${coding} not undone${decoded === undefined ? "" : `: over ${this.#limits.decoded} octets`}`);
          complete = false;
          break;
        }
        if (!decoded.complete) notes.push(`${coding} undone as far as it goes`);
        else notes.push(`${coding} undone`);
        bytes = decoded.bytes;
        complete &&= decoded.complete;
      }
      path = this.#shelf.create(file.name);
      this.#shelf.append(path, bytes, 0);
      size = bytes.length;
    }
    const note = notes.length === 0 ? undefined : notes.join(", ");
    const { kind, said, type } = file;
    return [{ n: this.#last, kind, said, type, octets: size, path, complete, note }];
  }
}

/** A name for the file system, made of what the file was called: one harmless word. */
export function fileName(name: string): string {
  let last = name.split(/[/\\]/).filter((part) => part !== "").at(-1) ?? "";
  try {
    last = decodeURIComponent(last);
  } catch {
    // It is no URL, or a broken one.
  }
  const safe = last.replace(/[^\p{L}\p{N}._+=@,~()% -]/gu, "_").replace(/^[.\s-]+/, "").trim();
  return [...safe].slice(0, 60).join("") || "index";
}

/** `47 GET http://host/path 200: text/plain, 6 octets, gzip undone -> path` */
export function exportedLine({ n, said, type, octets, path, note }: Exported): string {
  const facts = [type, counted(octets, "octet"), note ?? ""].filter((word) => word !== "").join(", ");
  return printable(`${n} ${said}: ${facts} -> ${path}`);
}
