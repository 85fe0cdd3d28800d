// Following the connections of a capture packet by packet: relative numbers, retransmissions, gaps, and the octets of
// each direction in order for the conversation's dissector. Bounded: connections, and segments out of order. Pure.
import type { Field } from "../../base/field.ts";
import { formatDuration } from "../../base/text.ts";
import { type Conversation, openConversation } from "./conversation.ts";
import { Direction, distance } from "./direction.ts";
import { protocolOfPort } from "./choose.ts";
import type { Decode, Expected, Message, PacketFacts, Side, TcpNotes } from "../protocol.ts";
import { shift } from "../explain.ts";
import { place, whole } from "./place.ts";
import type { KeyLog } from "../security/key_log.ts";
import { counted } from "../coding/words.ts";

/** Connections remembered; the one unused for longest is forgotten. */
const CONNECTION_LIMIT = 2048;
/** Octets that all connections together keep; then the one unused for longest is forgotten. */
const MEMORY_LIMIT = 64 * 1024 * 1024;
/** Announced datagrams that are remembered. */
const EXPECTED_LIMIT = 1024;

interface Connection {
  readonly conversation: Conversation;
  /** `src:sport` of the client. */
  readonly client: string;
  readonly directions: Record<Side, Direction>;
  /** The packet's number: what messages are numbered by. */
  packet: number;
  /** Facts of the client's side, for messages that belong to no packet. */
  readonly facts: PacketFacts;
  /** Octets of memory, as counted last. */
  held: number;
  /** It was torn down. */
  reset: boolean;
}

/** What a packet carried for the application. */
export interface Carried {
  readonly fields: Field[];
  readonly messages: Message[];
  /** Which end of its connection sent it. */
  readonly side?: Side;
  /** The packet begins another connection between the ports of an earlier one. */
  readonly reopens?: boolean;
}

/** Both ends of a packet, as text. DHCP's clients have no address yet, and ask everybody: all of it is one conversation. */
function endsOf(transport: "tcp" | "udp", { src, dst, sport = 0, dport = 0 }: PacketFacts): [from: string, to: string] {
  const low = Math.min(sport, dport), high = Math.max(sport, dport);
  const dhcp = transport === "udp" && (low === 67 && high === 68 || low === 546 && high === 547);
  if (dhcp) return [`dhcp ${sport}`, `dhcp ${dport}`];
  return [`${src}:${sport}`, `${dst}:${dport}`];
}

/**
 * Follows the conversations of a capture, packet by packet: reassembles streams and gives the messages that end in
 * each packet.
 */
export class Follower {
  readonly #decode: readonly Decode[];
  readonly #keys: KeyLog | undefined;
  readonly #connections = new Map<string, Connection>();
  #held = 0;
  /** Packets that asked something no other packet answered yet. */
  readonly #asked = new Map<string, { number: number; timeMs: number }>();
  /** Protocols of datagrams that messages announced, by address and port. */
  readonly #expected = new Map<string, Expected>();
  /** What `track` found for the packet at hand, for `carry`. */
  #now: { connection: Connection; side: Side; retransmitted: number; reopens: boolean } | undefined;

  constructor(decode: readonly Decode[], keys?: KeyLog) {
    this.#decode = decode;
    this.#keys = keys;
  }

  /** Notes on a TCP header: called while the packet's layers are read. */
  track(facts: PacketFacts): TcpNotes | undefined {
    const { tcp, payload } = facts;
    if (tcp === undefined || payload === undefined || facts.src === undefined) return undefined;
    const [connection, side, reopens] = this.#connection("tcp", facts, (tcp.flags & 0x12) === 0x12);
    const own = connection.directions[side], other = connection.directions[side === "client" ? "server" : "client"];
    const { client, server } = connection.directions;
    const syn = (tcp.flags & 2) !== 0, fin = (tcp.flags & 1) !== 0, rst = (tcp.flags & 4) !== 0;
    if (own.base === undefined) {
      own.base = syn ? tcp.seq : (tcp.seq - 1) >>> 0;
      own.next = tcp.seq;
    }
    // A capture that begins in the middle may hold an acknowledgment before the octets that it is for.
    if (own.unseen && payload.length > 1 && distance(tcp.seq, own.next) < 0) {
      own.base = (tcp.seq - 1) >>> 0;
      own.next = tcp.seq;
    }
    if (syn || payload.length > 0) own.unseen = false;
    if ((tcp.flags & 0x10) !== 0) {
      if (other.base === undefined) {
        other.base = (tcp.ack - 1) >>> 0;
        other.next = tcp.ack;
        other.unseen = true;
      }
      if (distance(tcp.ack, other.acknowledged ?? other.base) > 0) other.acknowledged = tcp.ack;
    }
    if (syn) own.shift = tcp.windowShift;
    const scaled = !syn && client.shift !== undefined && server.shift !== undefined;
    const length = payload.length + (syn ? 1 : 0) + (fin ? 1 : 0);
    const ahead = distance(tcp.seq, own.next);
    let note: string | undefined;
    if (rst) note = undefined;
    else if (ahead > 0) note = `${counted(ahead, "octet")} missing before`;
    else if (ahead === -1 && payload.length <= 1 && !syn && !fin) note = "keep-alive";
    else if (ahead < 0 && length > 0 && ahead + length <= 0) note = "retransmission";
    else if (ahead < 0 && length > 0) note = `retransmission of ${counted(-ahead, "octet")}, then new ones`;
    this.#now = { connection, side, retransmitted: Math.min(payload.length, Math.max(0, syn ? 0 : -ahead)), reopens };
    return {
      relativeSeq: (tcp.seq - own.base) >>> 0,
      ...(other.base === undefined ? {} : { relativeAck: (tcp.ack - other.base) >>> 0 }),
      ...(note === undefined ? {} : { note }),
      ...(scaled && own.shift !== undefined ? { windowShift: own.shift } : {}),
    };
  }

  /** Remembers a packet that asks; of one that answers: "answers 12 after 3ms". */
  pair({ key, answer }: { key: string; answer: boolean }, timeMs: number, number: number): string | undefined {
    if (!answer) {
      if (this.#asked.size >= CONNECTION_LIMIT) this.#asked.delete(this.#asked.keys().next().value!);
      this.#asked.set(key, { number, timeMs });
      return undefined;
    }
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    if (asked === undefined) return undefined;
    return `answers ${asked.number} after ${formatDuration(Math.max(0, timeMs - asked.timeMs))}`;
  }

  /** What the packet carries: fields after those of its layers, and the messages that end in it. */
  carry(
    bytes: Uint8Array,
    facts: PacketFacts,
    payload: { offset: number; length: number } | undefined,
    timeMs: number,
    number: number,
  ): Carried {
    const now = this.#now;
    this.#now = undefined;
    if (facts.fragment !== undefined) {
      return {
        fields: payload === undefined ? [] : [{ name: "First octets of a larger datagram", ...payload, piece: true }],
        messages: [],
      };
    }
    if (facts.tcp !== undefined && now !== undefined) {
      now.connection.packet = number;
      const found = this.#segment(now.connection, now.side, bytes, facts, payload, timeMs, now.retransmitted);
      this.#expect(facts, found.messages);
      this.#account(now.connection);
      return { ...found, side: now.side, reopens: now.reopens };
    }
    if (payload === undefined || facts.src === undefined) return { fields: [], messages: [] };
    const [connection, side] = this.#connection("udp", facts, false);
    connection.packet = number;
    const view = bytes.subarray(payload.offset, payload.offset + payload.length);
    const messages = connection.conversation.data(side, view, timeMs);
    this.#expect(facts, messages);
    return { fields: messages.map((message) => shift(message.root, payload.offset)), messages, side };
  }

  /** What still waited for its end when the capture ended: messages cut short, by connection. */
  finish(timeMs: number): { facts: PacketFacts; messages: Message[] }[] {
    const out: { facts: PacketFacts; messages: Message[] }[] = [];
    for (const { conversation, directions, facts } of this.#connections.values()) {
      for (const side of ["client", "server"] as const) {
        const messages: Message[] = [];
        directions[side].flush(timeMs, messages);
        messages.push(...conversation.end(side, timeMs));
        const seen: PacketFacts = side === "client"
          ? facts
          : { ...facts, src: facts.dst!, dst: facts.src!, sport: facts.dport!, dport: facts.sport! };
        if (messages.length > 0) out.push({ facts: { ...seen, layers: messages.map((m) => m.protocol) }, messages });
      }
    }
    this.#connections.clear();
    return out;
  }

  /** Remembers what messages of the sender of a packet announce. */
  #expect({ src }: PacketFacts, messages: readonly Message[]): void {
    for (const { expects } of messages) {
      for (const expected of expects ?? []) {
        if (this.#expected.size >= EXPECTED_LIMIT) this.#expected.delete(this.#expected.keys().next().value!);
        this.#expected.set(`${expected.host ?? src}:${expected.port}`, expected);
      }
    }
  }

  #forgetOldest(): void {
    const [key, connection] = this.#connections.entries().next().value!;
    this.#held -= connection.held;
    this.#connections.delete(key);
  }

  /** Counts what a connection keeps, and makes room. */
  #account(connection: Connection): void {
    const { conversation, directions } = connection;
    const held = conversation.buffered + directions.client.pendingOctets + directions.server.pendingOctets;
    this.#held += held - connection.held;
    connection.held = held;
    while (this.#held > MEMORY_LIMIT && this.#connections.size > 1) this.#forgetOldest();
  }

  #connection(transport: "tcp" | "udp", facts: PacketFacts, answersSyn: boolean): [Connection, Side, reopens: boolean] {
    const [from, to] = endsOf(transport, facts);
    const key = from < to ? `${transport} ${from} ${to}` : `${transport} ${to} ${from}`;
    let connection = this.#connections.get(key), reopens = false;
    const opens = facts.tcp !== undefined && (facts.tcp.flags & 0x12) === 2;
    if (connection !== undefined && opens) {
      // A new connection between the same ports, unless it is the first SYN once more; where that was refused, it is a new one.
      const side = connection.client === from ? "client" : "server";
      const { base } = connection.directions[side];
      if (base !== undefined && (base !== facts.tcp!.seq || connection.reset)) {
        this.#held -= connection.held;
        connection = undefined;
        reopens = true;
      }
    }
    if (connection === undefined) {
      const sport = facts.sport ?? 0, dport = facts.dport ?? 0;
      const there = transport === "udp" ? this.#expected.get(to) : undefined;
      const expected = there ?? (transport === "udp" ? this.#expected.get(from) : undefined);
      const fromServer = answersSyn || there?.side === "client" ||
        (transport === "udp" && (sport === 67 && dport === 68 || sport === 547 && dport === 546)) ||
        (!opens && protocolOfPort(transport, dport) === undefined &&
          (protocolOfPort(transport, sport) !== undefined || (sport < dport && sport < 1024)));
      const ports = fromServer ? { client: dport, server: sport } : { client: sport, server: dport };
      const conversation = openConversation({
        transport,
        ports,
        decode: this.#decode,
        likely: expected?.protocol,
        numbers: () => made.packet,
        keys: this.#keys,
      });
      const made: Connection = {
        conversation,
        client: fromServer ? to : from,
        directions: { client: new Direction(conversation, "client"), server: new Direction(conversation, "server") },
        packet: 0,
        held: 0,
        reset: false,
        facts: {
          layers: [],
          ...(fromServer
            ? { src: facts.dst!, dst: facts.src!, sport: dport, dport: sport }
            : { src: facts.src!, dst: facts.dst!, sport, dport }),
          proto: transport,
        },
      };
      connection = made;
      if (this.#connections.size >= CONNECTION_LIMIT) this.#forgetOldest();
    } else this.#connections.delete(key);
    this.#connections.set(key, connection);
    return [connection, connection.client === from ? "client" : "server", reopens];
  }

  #segment(
    connection: Connection,
    side: Side,
    bytes: Uint8Array,
    facts: PacketFacts,
    payload: { offset: number; length: number } | undefined,
    timeMs: number,
    old: number,
  ): Carried {
    const own = connection.directions[side];
    const { seq, flags } = facts.tcp!;
    const syn = (flags & 2) !== 0, fin = (flags & 1) !== 0, rst = (flags & 4) !== 0;
    const fields: Field[] = [], messages: Message[] = [];
    if (syn && distance(own.next, seq) <= 0) {
      own.flush(timeMs, messages);
      own.next = (seq + 1) >>> 0;
    }
    // Passwords are sent by clients; what nobody knows yet may be one too.
    const piece = side === "client" || connection.conversation.protocol === undefined ? { piece: true } : {};
    const first = (seq + (syn ? 1 : 0)) >>> 0;
    // Octets that the capture cut off are missing in the stream too.
    const length = facts.payload!.length;
    const kept = payload?.length ?? 0;
    const start = payload?.offset ?? facts.payload!.offset;
    if (old > 0) {
      const length = Math.min(old, kept);
      fields.push({ name: "Octets seen before", offset: start, length, meaning: "retransmitted", ...piece });
    }
    const fresh = bytes.subarray(start + Math.min(old, kept), start + kept);
    if (distance(first, own.next) > 0 && !rst) {
      if (kept > 0) {
        fields.push({
          name: "Segment",
          offset: start,
          length: kept,
          meaning: "waits for octets that are missing before it",
          ...piece,
        });
      }
      if (length > 0 || fin) own.wait({ seq: first, bytes: fresh, length, fin });
      if (!own.giveUp(timeMs, messages)) return { fields, messages };
      own.drain(timeMs, messages);
    } else if (fresh.length > 0 || (length > old && kept < length)) {
      const before = own.fed;
      const found = own.give(fresh, timeMs);
      place(fields, found, start + Math.min(old, kept), before, fresh.length, piece);
      messages.push(...found);
      const missing = length - Math.max(kept, old);
      if (missing > 0) own.skip(missing, timeMs, messages);
      own.drain(timeMs, messages);
    }
    const end = (first + length) >>> 0;
    if ((fin && distance(end, own.next) === 0) || rst) {
      if (fin) own.next = (own.next + 1) >>> 0;
      const rest = connection.conversation.end(side, timeMs);
      // A reset ends both ways.
      if (rst) connection.reset = true;
      if (rst) rest.push(...connection.conversation.end(side === "client" ? "server" : "client", timeMs));
      for (const message of rest) fields.push(whole(message, start + kept, 0));
      messages.push(...rest);
    }
    return { fields, messages };
  }
}
