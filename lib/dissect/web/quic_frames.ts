// Frames of QUIC, and the handshake that they carry. Pure. RFC 9000 19, RFC 9001 4.
import { explain } from "../explain.ts";
import type { Side } from "../protocol.ts";
import { handshakeMessage } from "../security/tls_handshake.ts";
import { ALERTS, type TlsState } from "../security/tls_names.ts";
import type { Tree } from "../tree.ts";
import { varint } from "../coding/varint.ts";

/** Octets of a handshake that are kept for a message in several packets. */
const HANDSHAKE_LIMIT = 64 * 1024;
/** RFC 9000 20.1. */
const ERRORS: Readonly<Record<number, string>> = {
  0: "NO_ERROR",
  1: "INTERNAL_ERROR",
  2: "CONNECTION_REFUSED",
  3: "FLOW_CONTROL_ERROR",
  4: "STREAM_LIMIT_ERROR",
  5: "STREAM_STATE_ERROR",
  6: "FINAL_SIZE_ERROR",
  7: "FRAME_ENCODING_ERROR",
  8: "TRANSPORT_PARAMETER_ERROR",
  9: "CONNECTION_ID_LIMIT_ERROR",
  10: "PROTOCOL_VIOLATION",
  11: "INVALID_TOKEN",
  12: "APPLICATION_ERROR",
  13: "CRYPTO_BUFFER_EXCEEDED",
  14: "KEY_UPDATE_ERROR",
  15: "AEAD_LIMIT_REACHED",
  16: "NO_VIABLE_PATH",
};

/** Pieces of one side's handshake, in whatever order they come. */
class Handshake {
  #bytes = new Uint8Array(0);
  /** Which of them are there. */
  #there = new Uint8Array(0);
  #explained = 0;

  add(offset: number, piece: Uint8Array): void {
    const end = offset + piece.length;
    if (end > HANDSHAKE_LIMIT) return;
    if (end > this.#bytes.length) {
      const [bytes, there] = [new Uint8Array(end), new Uint8Array(end)];
      bytes.set(this.#bytes);
      there.set(this.#there);
      [this.#bytes, this.#there] = [bytes, there];
    }
    this.#bytes.set(piece, offset);
    this.#there.fill(1, offset, end);
  }

  /** The next message that is whole. */
  next(): Uint8Array | undefined {
    const at = this.#explained, head = this.#bytes.subarray(at, at + 4);
    if (head.length < 4 || this.#there.subarray(at, at + 4).includes(0)) return undefined;
    const end = at + 4 + (head[1]! << 16 | head[2]! << 8 | head[3]!);
    if (end > this.#bytes.length || this.#there.subarray(at, end).includes(0)) return undefined;
    this.#explained = end;
    return this.#bytes.slice(at, end);
  }
}

/** Explains frames of one conversation's Initial packets. */
export class Frames {
  readonly #state: TlsState = { version: 0x0304 };
  readonly #handshakes: Record<Side, Handshake> = { client: new Handshake(), server: new Handshake() };

  /** All frames of a payload; gives what they say. */
  explain(tree: Tree, side: Side): string {
    const lines: string[] = [];
    while (tree.remaining > 0) lines.push(...this.#frame(tree, side));
    return [...new Set(lines)].join(", ");
  }

  #frame(tree: Tree, side: Side): string[] {
    const type = tree.reader.peek()!;
    switch (type) {
      case 0: {
        let count = 0;
        while (tree.reader.peek(count) === 0) count++;
        tree.bytes("PADDING", count, "RFC 9000 19.1");
        return [];
      }
      case 1:
        tree.bytes("PING", 1, "RFC 9000 19.2");
        return ["PING"];
      case 2:
      case 3:
        return tree.group("ACK", (group) => {
          varint(tree, "Frame type");
          const largest = varint(tree, "Largest acknowledged");
          varint(tree, "Delay");
          const ranges = varint(tree, "Ranges more");
          varint(tree, "First range");
          for (let i = 0; i < ranges; i++) {
            varint(tree, "Gap");
            varint(tree, "Range");
          }
          if (type === 3) { for (const name of ["ECT(0) count", "ECT(1) count", "ECN-CE count"]) varint(tree, name); }
          group.meaning = `up to ${largest}`;
          return ["ACK"];
        }, { ref: "RFC 9000 19.3" });
      case 6:
        return tree.group("CRYPTO", (group) => {
          varint(tree, "Frame type");
          const offset = varint(tree, "Offset");
          const length = varint(tree, "Length");
          const piece = tree.bytes("Data", length, "RFC 9000 19.6");
          group.meaning = `octets ${offset} to ${offset + length} of the handshake`;
          this.#handshakes[side].add(offset, piece);
          return this.#messages(tree, side);
        }, { ref: "RFC 9000 19.6" });
      case 0x1c:
      case 0x1d:
        return tree.group("CONNECTION_CLOSE", (group) => {
          varint(tree, "Frame type");
          const words = (code: number) =>
            ERRORS[code] ??
              (code >= 0x100 && code <= 0x1ff ? `TLS alert: ${ALERTS[code & 255] ?? code & 255}` : "unknown");
          const code = varint(tree, "Error code", "RFC 9000 20", type === 0x1c ? words : undefined);
          if (type === 0x1c) varint(tree, "Type of the frame at fault");
          const size = varint(tree, "Reason length");
          const reason = size === 0 ? "" : tree.text("Reason", size, "RFC 9000 19.19");
          group.meaning = `${type === 0x1c ? words(code) : code}${reason === "" ? "" : `: ${reason}`}`;
          return [`CONNECTION_CLOSE ${group.meaning}`];
        }, { ref: "RFC 9000 19.19" });
    }
    varint(tree, "Frame type");
    tree.rest("Frame that Initial packets do not have", "RFC 9000 12.4");
    return [`frame of type ${type}`];
  }

  /** Messages that are whole now, as trees of their own. */
  #messages(tree: Tree, side: Side): string[] {
    const lines: string[] = [];
    for (;;) {
      const bytes = this.#handshakes[side].next();
      if (bytes === undefined) return lines.length > 0 ? lines : ["part of a handshake message"];
      const { root, value } = explain("TLS handshake", bytes, (part) => handshakeMessage(part, this.#state));
      tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
      lines.push(value ?? "handshake message");
    }
  }
}
