// TLS records (RFC 8446 5, RFC 5246 6.2): what can be read without keys. Pure.
// Handshake messages may share a record or span several; they are explained in the record where they end.
import { FormatError } from "../base/errors.ts";
import { concat } from "../base/bytes.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "./protocol.ts";
import { handshakeMessage } from "./tls_handshake.ts";
import { ALERTS, CONTENT_TYPES, nameOr, TLS_VERSIONS, type TlsState } from "./tls_names.ts";
import { explain } from "./explain.ts";
import type { Tree } from "./tree.ts";

const REF = "RFC 8446 5.1";
/** 2^14 octets of content, and what encryption of TLS 1.2 may add. */
const RECORD_LIMIT = 16384 + 2048;
/** Handshake octets that are kept for a message that spans records. */
const HANDSHAKE_LIMIT = 64 * 1024;

class Tls implements StreamDissector {
  readonly #state: TlsState = { version: 0x0303 };
  /** After ChangeCipherSpec of TLS 1.2 the handshake goes on encrypted. */
  readonly #encrypted: Record<Side, boolean> = { client: false, server: false };
  /** The beginning of a handshake message that goes on in the next record. */
  readonly #partial: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };

  measure(bytes: Uint8Array): number {
    const type = bytes[0]!;
    if (type < 20 || type > 24) throw new FormatError(`${type} is not the type of a TLS record`, 0);
    if (bytes.length >= 2 && bytes[1] !== 3) throw new FormatError(`Version ${bytes[1]} is not that of TLS`, 1);
    if (bytes.length < 5) return 0;
    const length = bytes[3]! * 256 + bytes[4]!;
    if (length > RECORD_LIMIT) throw new FormatError(`A record of ${length} octets: ${RECORD_LIMIT} at most`, 3);
    return 5 + length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    const type = tree.u8("Content type", REF, CONTENT_TYPES);
    tree.u16("Version", REF, nameOr(TLS_VERSIONS));
    const length = tree.u16("Length", REF, (octets) => `${octets} octets`);
    if (length > RECORD_LIMIT) tree.flaw(`A record of ${length} octets: ${RECORD_LIMIT} at most`);
    if (length > tree.remaining) tree.flaw(`Length of ${length} octets does not fit: ${tree.remaining} left`);
    if (length === 0) return { summary: `empty ${CONTENT_TYPES[type] ?? "record"}` };
    switch (type) {
      case 20: {
        tree.u8("Change cipher spec", "RFC 5246 7.1");
        if (this.#state.version !== 0x0304) this.#encrypted[side] = true;
        return { summary: "ChangeCipherSpec" };
      }
      case 21:
        return this.#alert(tree, side);
      case 22:
        return this.#handshake(tree, side);
      case 23:
        tree.rest("Encrypted data", "RFC 8446 5.2");
        return { summary: `application data, ${length} octets encrypted` };
    }
    tree.rest("Data", REF);
    return { summary: `${CONTENT_TYPES[type] ?? `record type ${type}`}, ${length} octets` };
  }

  #alert(tree: Tree, side: Side): Words {
    if (this.#encrypted[side] || tree.remaining !== 2) {
      tree.rest("Encrypted alert", "RFC 5246 7.2");
      return { summary: "alert, encrypted" };
    }
    const level = tree.u8("Level", "RFC 8446 6", { 1: "warning", 2: "fatal" });
    const alert = tree.u8("Description", "RFC 8446 6", ALERTS);
    return { summary: `alert ${level === 2 ? "fatal" : "warning"}: ${ALERTS[alert] ?? alert}` };
  }

  #handshake(tree: Tree, side: Side): Words {
    if (this.#encrypted[side]) {
      tree.rest("Encrypted handshake message", "RFC 5246 7.4");
      return { summary: "handshake, encrypted" };
    }
    const lines: string[] = [];
    const before = this.#partial[side];
    if (before.length > 0) this.#continue(tree, side, before, lines);
    while (tree.remaining > 0) {
      const { reader } = tree;
      const length = tree.remaining >= 4 ? (reader.peek(1)! << 16) | (reader.peek(2)! << 8) | reader.peek(3)! : 0;
      if (tree.remaining < 4 || length + 4 > tree.remaining) {
        const whole = tree.remaining >= 4 && length + 4 <= HANDSHAKE_LIMIT;
        if (tree.remaining >= 4 && !whole) lines.push(handshakeMessage(tree, this.#state));
        this.#partial[side] = reader.bytes.slice(reader.offset, reader.end);
        tree.rest("Handshake fragment", "RFC 8446 5.1", "goes on in the next record");
        lines.push("fragment of a handshake message");
        break;
      }
      lines.push(handshakeMessage(tree, this.#state));
    }
    const summary = lines.join("; ");
    return {
      summary,
      ...(summary.startsWith("ClientHello")
        ? { asks: "hello" }
        : /^(ServerHello|HelloRetry)/.test(summary)
        ? { answers: "hello" }
        : {}),
    };
  }

  /** The end of a message that began in an earlier record, or more of it. */
  #continue(tree: Tree, side: Side, before: Uint8Array, lines: string[]): void {
    const { reader } = tree;
    const head = concat([before, reader.bytes.subarray(reader.offset, Math.min(reader.end, reader.offset + 4))]);
    const whole = head.length < 4 ? Infinity : 4 + ((head[1]! << 16) | (head[2]! << 8) | head[3]!);
    const wanted = Math.min(whole - before.length, tree.remaining);
    const start = tree.offset;
    const bytes = concat([
      before,
      tree.bytes("Handshake fragment", Math.max(0, wanted), "RFC 8446 5.1", () => "continued"),
    ]);
    if (bytes.length < whole) {
      // More than that is not kept: the message is lost, the records are not.
      this.#partial[side] = bytes.length > HANDSHAKE_LIMIT ? new Uint8Array(0) : bytes;
      lines.push("fragment of a handshake message");
      return;
    }
    this.#partial[side] = new Uint8Array(0);
    const inner = explain("Reassembled handshake message", bytes, (part) => handshakeMessage(part, this.#state));
    tree.add({ ...inner.root, offset: start, length: 0, buffer: bytes });
    lines.push(inner.value ?? "handshake message");
  }
}

function detect(bytes: Uint8Array): Guess {
  const type = bytes[0]!;
  if (type !== 22 && type !== 21) return "no";
  if (bytes.length < 2) return "maybe";
  if (bytes[1] !== 3) return "no";
  if (bytes.length < 3) return "maybe";
  if (bytes[2]! > 4) return "no";
  if (bytes.length < 6) return "maybe";
  const length = bytes[3]! * 256 + bytes[4]!;
  if (length === 0 || length > RECORD_LIMIT) return "no";
  return type === 21 ? (length === 2 ? "yes" : "no") : bytes[5] === 1 || bytes[5] === 2 ? "yes" : "no";
}

export const TLS: Protocol = {
  name: "tls",
  title: "TLS",
  ref: "RFC 8446",
  tcp: [443, 465, 563, 636, 853, 989, 990, 993, 995, 5061, 5223, 5671, 6514, 8443, 8883],
  detect,
  sideOf: (bytes) => bytes[0] === 22 && bytes[5] === 2 ? "server" : "client",
  stream: () => new Tls(),
};
