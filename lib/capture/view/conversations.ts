// Conversations instead of packets (`--follow`): who said what, reassembled, decoded, in the order in which it ended.
// Pure. Reassembly and decoding are the dissectors'; what waits for its end is bounded there.
import { bold } from "@std/fmt/colors";
import { printable } from "../../base/text.ts";
import { messageJson } from "../../dissect/view/json.ts";
import { maskMessage } from "../../dissect/view/mask.ts";
import { type DissectedPacket, PacketDissector } from "../../dissect/follow/packet.ts";
import type { Decode, Message, PacketFacts } from "../../dissect/protocol.ts";
import type { KeyLog } from "../../dissect/security/key_log.ts";
import { dataMessage } from "../../dissect/follow/message.ts";
import { messageHeading } from "../../dissect/view/message.ts";
import { HEX } from "../../base/hex.ts";
import { HostNames } from "../file/pcapng_blocks.ts";
import { type Packet, packetBytes, timestampText } from "../packet.ts";
import { refuses } from "./trouble.ts";

/** Conversations whose numbers are remembered. */
const LIMIT = 65_536;
/** Octets of a message without text that are shown. */
const SHOWN = 256;

interface FollowOptions {
  readonly decode?: readonly Decode[];
  /** Secrets of TLS: what they open is shown. */
  readonly keys?: KeyLog | undefined;
  readonly mask?: boolean;
  readonly json?: boolean;
  readonly colour?: boolean;
}

/** What is needed of a packet to say whose a message is. */
type Found = Pick<DissectedPacket, "facts" | "side">;

/** Packets in, lines out. */
export class Conversations {
  readonly #options: FollowOptions;
  readonly #dissector: PacketDissector;
  /** Names of hosts, for headings. */
  readonly names = new HostNames();
  readonly #numbers = new Map<string, number>();
  #count = 0;
  #shown = -1;
  /** Connections whose reset was told: an end that still sends is answered by more of them. */
  readonly #cut = new Set<string>();
  /** The packet added last: its time is that of what ends with the capture. */
  #last: Packet | undefined;

  constructor(options: FollowOptions = {}) {
    this.#options = options;
    this.#dissector = new PacketDissector({ decode: options.decode ?? [], keys: options.keys });
  }

  /** The lines that a packet completes. */
  add(packet: Packet): string[] {
    this.#last = packet;
    const { seconds, nanos, length, link, number } = packet;
    const timeMs = seconds * 1000 + nanos / 1e6;
    // A message may outlive the packet: it gets octets of its own.
    const bytes = packetBytes(packet).slice();
    const found = this.#dissector.dissect(link, bytes, { originalLength: length, timeMs, number });
    if (found.reopens === true) this.#forget(found);
    const lines = found.messages.flatMap((message) => this.#lines(packet, found, message));
    const { tcp } = found.facts;
    if (tcp !== undefined && (tcp.flags & 2) !== 0) this.#cut.delete(connectionKey(found));
    if (tcp !== undefined && (tcp.flags & 4) !== 0) lines.push(...this.#reset(packet, found, timeMs));
    return lines;
  }

  /** What comes between the same ports now is another conversation. */
  #forget({ facts }: Found): void {
    const { here, there, proto } = endsOf(facts);
    this.#numbers.delete(`${proto} ${here} ${there}`);
    this.#numbers.delete(`${proto} ${there} ${here}`);
  }

  /** A connection that was cut, or refused: its first reset. */
  #reset(packet: Packet, found: Found, timeMs: number): string[] {
    const { facts, side = "client" } = found;
    const key = connectionKey(found);
    const refused = refuses(facts.tcp!.flags, facts.tcp!.seq);
    if (!refused && this.#cut.has(key)) return [];
    if (this.#cut.size >= LIMIT) this.#cut.clear();
    if (!refused) this.#cut.add(key);
    const message = dataMessage({ side, offset: 0, bytes: new Uint8Array(0), timeMs }, packet.number);
    const summary = refused ? "connection refused" : "connection reset";
    return this.#lines(packet, found, { ...message, protocol: "tcp", summary });
  }

  /** The lines of what still waited for its end when the capture ended: messages cut short. */
  end(): string[] {
    const last = this.#last;
    if (last === undefined) return [];
    return this.#dissector.finish(last.seconds * 1000 + last.nanos / 1e6)
      .flatMap((found) => found.messages.flatMap((message) => this.#lines(last, found, message)));
  }

  #lines(packet: Packet, { facts, side }: Found, original: Message): string[] {
    const { mask, json, colour } = this.#options;
    const message = mask ? maskMessage(original) : original;
    const { here, there, proto } = endsOf(facts);
    const [client, server] = (side ?? message.side) === "client" ? [here, there] : [there, here];
    const key = `${proto} ${client} ${server}`;
    let id = this.#numbers.get(key);
    if (id === undefined) {
      if (this.#numbers.size >= LIMIT) this.#numbers.clear();
      id = ++this.#count;
      this.#numbers.set(key, id);
    }
    if (json) {
      return [JSON.stringify({
        conversation: id,
        n: packet.number,
        ts: timestampText(packet),
        proto,
        client,
        server,
        ...messageJson(message),
        ...(message.text === undefined ? {} : { text: message.text }),
      })];
    }
    const lines: string[] = [];
    if (this.#shown !== id) {
      if (this.#shown !== -1) lines.push("");
      const [one, other] = (side ?? message.side) === "client" ? [facts.src, facts.dst] : [facts.dst, facts.src];
      const head = `#${id} ${proto} ${client}${this.#named(one)} > ${server}${this.#named(other)}`;
      lines.push(colour ? bold(head) : head);
      this.#shown = id;
    }
    this.#message(message, "", lines);
    return lines;
  }

  #named(address: string | undefined): string {
    const name = this.names.of(address);
    return name === undefined ? "" : ` (${printable(name)})`;
  }

  /** A message with its text, and what it carried. */
  #message(message: Message, indent: string, lines: string[]): void {
    const { mask, colour } = this.#options;
    lines.push(indent + messageHeading(message, "", colour));
    if (message.inner !== undefined) {
      for (const inner of message.inner) this.#message(mask ? maskMessage(inner) : inner, `${indent}  `, lines);
    } else if (message.text !== undefined && message.text !== "") {
      for (const line of printable(message.text.replace(/\r\n/g, "\n"), true).replace(/\n$/, "").split("\n")) {
        lines.push(`${indent}    ${line}`);
      }
    } else if (message.protocol === "data") lines.push(...rows(message.bytes).map((row) => indent + row));
  }
}

/** Both ends of a packet, as text. */
function endsOf(
  { src, dst, sport, dport, proto }: PacketFacts,
): { here: string; there: string; proto: string | undefined } {
  const end = (host: string | undefined, port: number | undefined) =>
    host === undefined ? "?" : port === undefined ? host : host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return { here: end(src, sport), there: end(dst, dport), proto };
}

/** Both ends of a connection, whoever sent. */
function connectionKey({ facts, side }: Found): string {
  const { here, there } = endsOf(facts);
  return side === "server" ? `${there} ${here}` : `${here} ${there}`;
}

/** Rows of sixteen octets: hex and characters. */
function rows(bytes: Uint8Array): string[] {
  const out: string[] = [];
  const count = Math.min(bytes.length, SHOWN);
  for (let row = 0; row < count; row += 16) {
    let hex = "", text = "";
    for (let i = row; i < row + 16 && i < count; i++) {
      hex += `${HEX[bytes[i]!]} `;
      text += bytes[i]! >= 32 && bytes[i]! < 127 ? String.fromCharCode(bytes[i]!) : ".";
    }
    out.push(`    ${row.toString(16).padStart(4, "0")}  ${hex.padEnd(48)} ${text}`);
  }
  if (count < bytes.length) out.push(`    … and ${bytes.length - count} octets more`);
  return out;
}
