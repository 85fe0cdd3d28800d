// WebSocket frames (RFC 6455), with masks undone and permessage-deflate (RFC 7692). Pure.
import { byWord } from "../../base/text.ts";
import { names } from "../coding/names.ts";
import { concat } from "../../base/bytes.ts";
import type { Field } from "../../base/field.ts";
import { inflatePart } from "../coding/coding.ts";
import { contentText } from "../coding/content.ts";
import type {
  DissectContext,
  InnerConversation,
  Message,
  Protocol,
  Side,
  StreamDissector,
  Words,
} from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const REF = "RFC 6455 5.2";
const OPCODES: Readonly<Record<number, string>> = {
  0: "continuation",
  1: "text",
  2: "binary",
  8: "close",
  9: "ping",
  10: "pong",
};
const CLOSE_CODES = names(`
  1000 normal; 1001 going away; 1002 protocol error; 1003 unsupported data; 1005 no status; 1006 abnormal;
  1007 invalid payload; 1008 policy violation; 1009 message too big; 1010 extension missing; 1011 internal error;
  1012 service restart; 1013 try again later; 1015 TLS handshake failed
`);
/** Subprotocols (IANA "WebSocket Subprotocol Name Registry") that are protocols of the list. */
const SUBPROTOCOLS: Readonly<Record<string, string>> = byWord({
  mqtt: "mqtt",
  "mqttv3.1": "mqtt",
  "v10.stomp": "stomp",
  "v11.stomp": "stomp",
  "v12.stomp": "stomp",
  sip: "sip",
});
const DECODED_LIMIT = 256 * 1024;
/** What deflate may refer back to. */
const WINDOW = 32 * 1024;
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);

class WebSocket implements StreamDissector {
  readonly #deflate: boolean;
  /** What its messages speak, where the handshake said so; else their first octets may tell. */
  readonly #subprotocol: string | undefined;
  /** The conversation inside; "none" once the octets are no protocol's. */
  #inner: InnerConversation | "none" | undefined;
  readonly #windows: Record<Side, Uint8Array> = { client: new Uint8Array(0), server: new Uint8Array(0) };
  /** The message that a side sends in fragments: what it is, its compressed octets so far, and what they gave. */
  readonly #messages: Partial<Record<Side, { opcode: number; packed: Uint8Array | undefined; given: number }>> = {};

  constructor(note: string) {
    const [extension, subprotocol = ""] = note.split(" ");
    this.#deflate = extension === "permessage-deflate";
    this.#subprotocol = SUBPROTOCOLS[subprotocol];
  }

  measure(bytes: Uint8Array): number {
    if (bytes.length < 2) return 0;
    const short = bytes[1]! & 127;
    const masked = bytes[1]! >= 128 ? 4 : 0;
    if (short < 126) return 2 + masked + short;
    if (short === 126) return bytes.length < 4 ? 0 : 4 + masked + bytes[2]! * 256 + bytes[3]!;
    if (bytes.length < 10) return 0;
    let length = 0;
    for (let i = 2; i < 10; i++) length = length * 256 + bytes[i]!;
    return 10 + masked + length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    const first = tree.flags("Opcode and flags", 1, [
      ["FIN", 0, 1, ["more fragments follow", "the last fragment"]],
      ["RSV1", 1, 1, (v) => v === 1 ? "compressed (RFC 7692)" : "not set"],
      ["RSV2", 2, 1],
      ["RSV3", 3, 1],
      ["Opcode", 4, 4, OPCODES],
    ], REF);
    const opcode = first & 15;
    tree.reader.need(1);
    const second = tree.flags("Mask and length", 1, [
      ["Masked", 0, 1],
      [
        "Length",
        1,
        7,
        (v) => v === 126 ? "two octets follow" : v === 127 ? "eight octets follow" : counted(v, "octet"),
      ],
    ], REF);
    const short = second & 127;
    const said = short === 126
      ? tree.u16("Extended length", REF)
      : short === 127
      ? Number(tree.u64("Extended length", REF))
      : short;
    const key = second >= 128 ? tree.bytes("Masking key", 4, "RFC 6455 5.3") : undefined;
    const length = Math.min(said, tree.remaining);
    const name = OPCODES[opcode] ?? `opcode ${opcode}`;
    const ends = (first & 0x80) !== 0, control = opcode >= 8;
    if (opcode !== 0 && !control) {
      const packed = this.#deflate && (first & 0x40) !== 0 ? new Uint8Array(0) : undefined;
      this.#messages[context.side] = { opcode, packed, given: 0 };
    }
    const message = control ? undefined : this.#messages[context.side];
    if (ends && !control) delete this.#messages[context.side];
    const deflated = message?.packed !== undefined;
    if (opcode === 0 && message === undefined) tree.flaw("A continuation without a message that began");
    const at = tree.offset;
    const raw = length > 0
      ? tree.bytes(key === undefined ? "Payload" : "Payload (masked)", length, REF)
      : new Uint8Array(0);
    const plain = key === undefined ? raw : raw.map((octet, i) => octet ^ key[i & 3]!);
    let shown = plain;
    if (message?.packed !== undefined) {
      message.packed = concat([message.packed, plain]).subarray(0, DECODED_LIMIT);
      const all = this.#inflate(context.side, message.packed, ends);
      shown = all.subarray(message.given);
      message.given = all.length;
    }
    if (length > 0 && (key !== undefined || deflated || opcode === 8)) {
      this.#payload(tree, at, opcode, shown, key !== undefined, deflated);
    } else if (length > 0 && opcode === 1) tree.last.value = decodeText(raw);
    if (opcode === 8) {
      const code = plain.length >= 2 ? plain[0]! * 256 + plain[1]! : 1005;
      return {
        summary: `close ${code} (${CLOSE_CODES[code] ?? "unknown"}) ${clip(decodeText(plain.subarray(2)))}`.trim(),
      };
    }
    const text = message?.opcode === 1 || opcode <= 1 ? contentText(shown, "") : undefined;
    const inner = control ? [] : this.#carried(tree, shown, context);
    const what = inner.length > 0
      ? inner.map((found) => `${found.protocol}: ${found.summary}`).join("; ")
      : text === undefined
      ? counted(said, "octet")
      : clip(text, 80);
    return {
      ...(inner.length === 0 ? {} : { inner }),
      summary: `${name}${ends ? "" : " (more follows)"}${length === 0 ? "" : `: ${what}`}`,
      ...(opcode === 9 ? { asks: "ping" } : opcode === 10 ? { answers: "ping" } : {}),
      ...(text === undefined ? {} : { text }),
    };
  }

  /** The messages of the subprotocol that end in a payload, as fields with octets of their own. */
  #carried(tree: Tree, payload: Uint8Array, { side, timeMs, conversation }: DissectContext): Message[] {
    if (this.#inner === "none" || payload.length === 0) return [];
    this.#inner ??= conversation?.({}, this.#subprotocol) ?? "none";
    if (this.#inner === "none") return [];
    const messages = this.#inner.data(side, payload, timeMs);
    const found = messages.filter((message) => message.protocol !== "data");
    if (found.length < messages.length) this.#inner = "none";
    // A password that stands in a message stands in the frame too.
    if (side === "client" && messages.length === 0 || found.some((message) => message.secrets.length > 0)) {
      for (const field of tree.current.children ?? []) if (/^Payload/.test(field.name)) field.piece = true;
    }
    for (const { root, bytes } of found) tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
    return found;
  }

  /** The payload as meant: unmasked, inflated. */
  #payload(tree: Tree, at: number, opcode: number, bytes: Uint8Array, masked: boolean, deflated: boolean): void {
    const children: Field[] = [];
    if (opcode === 8 && bytes.length >= 2) {
      const code = bytes[0]! * 256 + bytes[1]!;
      children.push({
        name: "Status code",
        offset: 0,
        length: 2,
        value: code,
        meaning: CLOSE_CODES[code] ?? "unknown",
        ref: "RFC 6455 7.4",
      });
      if (bytes.length > 2) {
        children.push({ name: "Reason", offset: 2, length: bytes.length - 2, value: decodeText(bytes.subarray(2)) });
      }
    } else if (bytes.length > 0) {
      const text = opcode <= 1 ? contentText(bytes, "") : undefined;
      children.push({
        name: text === undefined ? "Octets" : "Text",
        offset: 0,
        length: bytes.length,
        value: text ?? bytes,
      });
    }
    const how = [masked ? "mask undone" : "", deflated ? "inflated" : ""].filter((word) => word !== "").join(", ");
    tree.add({
      name: "Payload as meant",
      offset: at,
      length: 0,
      ...(how === "" ? {} : { meaning: how }),
      ref: deflated ? "RFC 7692 7.2.2" : "RFC 6455 5.3",
      buffer: bytes,
      children,
    });
  }

  /** What a message's compressed octets so far give; at its end they are what later messages refer to. */
  #inflate(side: Side, bytes: Uint8Array, ends: boolean): Uint8Array {
    const input = ends ? concat([bytes, TAIL]) : bytes;
    const window = this.#windows[side];
    const out = inflatePart(input, DECODED_LIMIT, window);
    if (!ends) return out;
    const joined = new Uint8Array(window.length + out.length);
    joined.set(window);
    joined.set(out, window.length);
    this.#windows[side] = joined.slice(Math.max(0, joined.length - WINDOW));
    return out;
  }
}

export const WEBSOCKET: Protocol = {
  name: "websocket",
  title: "WebSocket",
  ref: "RFC 6455",
  stream: (_ports, note) => new WebSocket(note),
};
