// gRPC over HTTP/2 (grpc.io, "gRPC over HTTP2"): messages with a prefix of five octets in DATA frames. Pure.
import { names } from "../coding/names.ts";
import { concat } from "../../base/bytes.ts";
import { explain } from "../explain.ts";
import { protobuf } from "./protobuf.ts";
import type { Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";

const REF = "gRPC over HTTP2";
const WEB_REF = "gRPC-Web";
/** Octets of a message that crosses frames which are kept. */
const KEPT_LIMIT = 64 * 1024;

/** `grpc-status` (grpc.io, "Status codes"). */
export const STATUS: Readonly<Record<string, string>> = names(`
  0 ok; 1 cancelled; 2 unknown; 3 invalid argument; 4 deadline exceeded; 5 not found; 6 already exists;
  7 permission denied; 8 resource exhausted; 9 failed precondition; 10 aborted; 11 out of range; 12 unimplemented;
  13 internal; 14 unavailable; 15 data loss; 16 unauthenticated
`);

/** One direction of a call: what waits for the end of its message. */
export class GrpcStream {
  #kept = new Uint8Array(0);
  /** Octets of the message at hand that are still to come. */
  #missing = 0;
  #whole = true;

  /** The data of one frame. */
  data(tree: Tree): Words {
    const words: string[] = [];
    if (this.#missing > 0 && tree.remaining > 0) {
      const count = Math.min(this.#missing, tree.remaining);
      const start = tree.offset;
      this.#keep(tree.bytes("Rest of a message", count, REF, () => "that began in an earlier frame"));
      this.#missing -= count;
      if (this.#missing === 0) words.push(this.#joined(tree, start));
    }
    while (tree.remaining > 0) {
      tree.group("Message", (group) => {
        group.ref = REF;
        if (tree.remaining < 5) {
          // A prefix that is cut by the frame's end is rare: its octets are told, the call is not followed on.
          tree.rest("Part of a prefix", REF);
          return;
        }
        // gRPC-Web has the trailers as a last message, for browsers do not give those of HTTP.
        const compressed = tree.u8("Compressed", REF, {
          0: "no",
          1: "yes, by grpc-encoding",
          0x80: "no: trailers (gRPC-Web)",
          0x81: "yes: trailers (gRPC-Web)",
        });
        const length = tree.u32("Message length", REF, octetCount);
        const available = Math.min(length, tree.remaining);
        if (available < length) {
          if (available > 0) {
            this.#keep(tree.bytes("Begin of a message", available, REF, () => "goes on in the next frame"));
          }
          this.#missing = length - available;
          this.#whole = compressed === 0;
          group.meaning = `${available} of ${counted(length, "octet")}`;
        } else if (length === 0) group.meaning = "empty";
        else if ((compressed & 1) === 1) {
          tree.bytes("Compressed message", length, REF);
          group.meaning = `${counted(length, "octet")}, compressed`;
        } else if (compressed === 0x80) {
          group.meaning = `trailers ${clip(tree.text("Trailers", length, WEB_REF).trim(), 80)}`;
        } else group.meaning = content(tree, length);
        words.push(group.meaning);
      });
    }
    return { summary: `gRPC ${clip(words.join("; "), 160)}`.trim() };
  }

  #keep(bytes: Uint8Array): void {
    if (this.#kept.length + bytes.length <= KEPT_LIMIT) {
      this.#kept = concat([this.#kept, bytes]) as Uint8Array<ArrayBuffer>;
    } else this.#whole = false;
  }

  #joined(tree: Tree, start: number): string {
    const bytes = this.#kept, whole = this.#whole;
    this.#kept = new Uint8Array(0);
    this.#whole = true;
    if (!whole) return "end of a message";
    const inner = explain("Message", bytes, (part) => content(part, part.remaining));
    const said = inner.value ?? "message";
    tree.add({ ...inner.root, offset: start, length: 0, meaning: `joined: ${said}`, buffer: bytes });
    return said;
  }
}

function content(tree: Tree, length: number): string {
  const { bytes, offset } = tree.reader;
  const view = bytes.subarray(offset, offset + length);
  // Some services speak JSON.
  if (view[0] === 0x7b && looksLikeText(view)) {
    tree.text("JSON", length, REF);
    return clip(decodeText(view), 120);
  }
  return tree.part("Protocol Buffers", length, (part, group) => group.meaning = protobuf(part), REF) ?? "message";
}
