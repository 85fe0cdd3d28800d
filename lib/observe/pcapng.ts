// Watching a relay into a capture file (`--pcap`): the plaintext of each side as the conversation that it was on the
// wire, with its addresses, handshake, numbers and end, so that Wireshark reassembles and dissects it. Pure: where
// blocks go is given. RFC 9293, RFC 768, RFC 791, RFC 8200.
import type { Bytes } from "../base/bytes.ts";
import { parseIp } from "../base/ip.ts";
import { LINK } from "../capture/packet.ts";
import { interfaceBlock, packetBlock, sectionHeader } from "../capture/file/pcapng_write.ts";
import { concat } from "../base/bytes.ts";
import type { HostPort } from "../base/host_port.ts";
import type { Direction, FlowObserver } from "../stream/tap.ts";

/** Takes blocks, each at once and whole: a kill loses at most the last one. `seconds` is the packet's time. */
export interface BlockWriter {
  write(block: Uint8Array, seconds: number): void;
}

/** One side of a relayed connection. */
export interface CapturedSide {
  readonly transport: "tcp" | "udp";
  /** Addresses of the relay's own end and of its peer; missing where the side is no socket. */
  readonly local?: HostPort | undefined;
  readonly remote?: HostPort | undefined;
  /** Who opened it: for a listening address the peer. */
  readonly opener: "local" | "remote";
}

/** What is known of a relayed connection when it begins. */
export interface CapturedConnection {
  readonly number: number;
  readonly left: CapturedSide;
  readonly right: CapturedSide;
  /** Both addresses as the user wrote them, with the proxies between: `tcp-listen:5000 -> tls:host:443 via …`. */
  readonly route: string;
}

/** Octets of data in one packet at most. */
const SEGMENT = 32_768;
/** Octets that may be under way before they are acknowledged: the window of 65535 with a scale of 14 is larger. */
const UNACKNOWLEDGED = 16 << 20;
const FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16;

/** What every file begins with: a section and an interface for each side. */
export function captureHead(): Bytes {
  return concat([
    sectionHeader({
      application: "netlab",
      comment: "Plaintext of relayed connections: each side with its own addresses",
    }),
    interfaceBlock({ link: LINK.RAW, name: "left", description: "Between the left address and its peer" }),
    interfaceBlock({ link: LINK.RAW, name: "right", description: "Between the right address and its peer" }),
  ]);
}

interface End {
  readonly ip: Uint8Array;
  readonly port: number;
  /** The next sequence number, and how far the other one acknowledged. */
  seq: number;
  acknowledged: number;
  ended: boolean;
}

/** Stand-ins for ends that have no address, from the block for documentation (RFC 5737). */
const STAND_IN = { local: new Uint8Array([192, 0, 2, 1]), remote: new Uint8Array([192, 0, 2, 2]) };

/** Packets of one side. */
class SideWriter {
  readonly #writer: BlockWriter;
  readonly #now: () => number;
  readonly #id: number;
  readonly #tcp: boolean;
  readonly #local: End;
  readonly #remote: End;
  readonly #standIn: boolean;
  #closed = false;
  #identification = 0;

  constructor(writer: BlockWriter, now: () => number, id: number, side: CapturedSide, seed: number) {
    this.#writer = writer;
    this.#now = now;
    this.#id = id;
    this.#tcp = side.transport === "tcp";
    const local = side.local === undefined ? undefined : parseIp(side.local.host);
    const remote = side.remote === undefined ? undefined : parseIp(side.remote.host);
    const size = Math.max(remote?.bytes.length ?? 4, local?.bytes.length ?? 4);
    this.#standIn = local === undefined && remote === undefined;
    const end = (ip: Uint8Array | undefined, port: number | undefined, which: "local" | "remote"): End => ({
      ip: fit(ip ?? STAND_IN[which], size),
      // Stand-ins of different connections are told apart by the port of whoever opened them.
      port: port || (which === side.opener ? 1024 + (seed >>> 1) % 64_000 : which === "local" ? 1 : 2),
      seq: (Math.imul(seed, 0x9e37_79b1) + (which === "local" ? 0x1000_0000 : 0x7000_0000)) >>> 0,
      acknowledged: 0,
      ended: false,
    });
    this.#local = end(local?.bytes, side.local?.port, "local");
    this.#remote = end(remote?.bytes, side.remote?.port, "remote");
    this.#local.acknowledged = this.#local.seq;
    this.#remote.acknowledged = this.#remote.seq;
  }

  /** The handshake, with `comment` on its first packet. */
  open(opener: "local" | "remote", comment: string): void {
    const words = this.#standIn ? `${comment} (not a socket: addresses are stand-ins)` : comment;
    this.#comment = words;
    if (!this.#tcp) return;
    const [from, to] = opener === "local" ? [this.#local, this.#remote] : [this.#remote, this.#local];
    this.#segment(from, to, SYN);
    this.#segment(to, from, SYN | ACK);
    this.#segment(from, to, ACK);
  }

  #comment: string | undefined;

  /** Ends the conversation and begins another between the same ends. */
  again(opener: "local" | "remote", comment: string): void {
    this.close(false);
    this.#closed = this.#local.ended = this.#remote.ended = false;
    this.open(opener, comment);
  }

  data(from: "local" | "remote", chunk: Uint8Array): void {
    const [source, target] = from === "local" ? [this.#local, this.#remote] : [this.#remote, this.#local];
    if (!this.#tcp) return this.#datagram(source, target, chunk);
    if (this.#closed || source.ended) return;
    for (let at = 0; at < chunk.length; at += SEGMENT) {
      const piece = chunk.subarray(at, at + SEGMENT);
      this.#segment(source, target, at + SEGMENT >= chunk.length ? PSH | ACK : ACK, piece);
      if (((source.seq - source.acknowledged) >>> 0) > UNACKNOWLEDGED) this.#segment(target, source, ACK);
    }
  }

  end(from: "local" | "remote"): void {
    if (!this.#tcp || this.#closed) return;
    const [source, target] = from === "local" ? [this.#local, this.#remote] : [this.#remote, this.#local];
    if (source.ended) return;
    this.#segment(source, target, FIN | ACK);
    source.ended = true;
    this.#segment(target, source, ACK);
  }

  /** The connection is over: by FIN from both, or by RST. */
  close(failed: boolean): void {
    if (this.#closed) return;
    if (this.#tcp) {
      if (failed && !(this.#local.ended && this.#remote.ended)) this.#segment(this.#local, this.#remote, RST | ACK);
      else {
        this.end("remote");
        this.end("local");
      }
    }
    this.#closed = true;
  }

  #segment(from: End, to: End, flags: number, data: Uint8Array = new Uint8Array(0)): void {
    const options = (flags & SYN) !== 0 ? 8 : 0;
    const header = 20 + options;
    const packet = this.#packet(from, to, 6, header + data.length);
    const at = packet.length - header - data.length;
    const view = new DataView(packet.buffer, packet.byteOffset);
    view.setUint16(at, from.port);
    view.setUint16(at + 2, to.port);
    view.setUint32(at + 4, from.seq);
    view.setUint32(at + 8, (flags & ACK) !== 0 ? to.seq : 0);
    packet[at + 12] = (header / 4) << 4;
    packet[at + 13] = flags;
    view.setUint16(at + 14, 65535);
    // Window scale 14 and its padding, maximum segment size.
    if (options > 0) packet.set([2, 4, 0xff, 0xd7, 3, 3, 14, 1], at + 20);
    packet.set(data, at + header);
    view.setUint16(at + 16, transportChecksum(packet, at, from.ip, to.ip, 6));
    from.seq = (from.seq + data.length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0)) >>> 0;
    if ((flags & ACK) !== 0) to.acknowledged = to.seq;
    this.#put(packet);
  }

  #datagram(from: End, to: End, chunk: Uint8Array): void {
    const data = chunk.subarray(0, from.ip.length === 16 ? 65_527 : 65_507);
    const packet = this.#packet(from, to, 17, 8 + data.length);
    const at = packet.length - 8 - data.length;
    const view = new DataView(packet.buffer, packet.byteOffset);
    view.setUint16(at, from.port);
    view.setUint16(at + 2, to.port);
    view.setUint16(at + 4, 8 + data.length);
    packet.set(data, at + 8);
    view.setUint16(at + 6, transportChecksum(packet, at, from.ip, to.ip, 17) || 0xffff);
    this.#put(packet);
  }

  /** An IP header before `length` octets. */
  #packet(from: End, to: End, protocol: number, length: number): Bytes {
    const six = from.ip.length === 16;
    const packet = new Uint8Array((six ? 40 : 20) + length);
    const view = new DataView(packet.buffer);
    if (six) {
      packet[0] = 0x60;
      view.setUint16(4, length);
      packet[6] = protocol;
      packet[7] = 64;
      packet.set(from.ip, 8);
      packet.set(to.ip, 24);
      return packet;
    }
    packet[0] = 0x45;
    view.setUint16(2, packet.length);
    view.setUint16(4, this.#identification = (this.#identification + 1) & 0xffff);
    view.setUint16(6, 0x4000);
    packet[8] = 64;
    packet[9] = protocol;
    packet.set(from.ip, 12);
    packet.set(to.ip, 16);
    view.setUint16(10, checksum(sum(packet, 0, 20, 0)));
    return packet;
  }

  #put(packet: Bytes): void {
    const now = this.#now();
    const seconds = Math.floor(now / 1000);
    const nanos = Math.min(999_999_999, Math.round((now - seconds * 1000) * 1000) * 1000);
    const comment = this.#comment;
    this.#comment = undefined;
    this.#writer.write(packetBlock({ interfaceId: this.#id, seconds, nanos, comment }, packet), seconds);
  }
}

/** An address of the family that the other end has: IPv4 as IPv4-mapped where need be. */
function fit(ip: Uint8Array, size: number): Uint8Array {
  if (ip.length === size) return ip;
  if (size === 16) {
    const mapped = new Uint8Array(16);
    mapped.set([0xff, 0xff], 10);
    mapped.set(ip, 12);
    return mapped;
  }
  return STAND_IN.local;
}

function sum(bytes: Uint8Array, at: number, end: number, start: number): number {
  let total = start;
  for (; at + 1 < end; at += 2) total += bytes[at]! << 8 | bytes[at + 1]!;
  return at < end ? total + (bytes[at]! << 8) : total;
}

/** RFC 1071. */
function checksum(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 65536);
  return ~total & 0xffff;
}

function transportChecksum(packet: Uint8Array, at: number, from: Uint8Array, to: Uint8Array, protocol: number): number {
  const pseudo = sum(from, 0, from.length, 0) + sum(to, 0, to.length, 0) + protocol + packet.length - at;
  return checksum(sum(packet, at, packet.length, pseudo));
}

/** See `capturingObserver`. */
class PcapngObserver implements FlowObserver {
  readonly #connection: CapturedConnection;
  readonly #left: SideWriter;
  readonly #right: SideWriter;

  constructor(writer: BlockWriter, connection: CapturedConnection, now: () => number) {
    const { number, left, right, route } = connection;
    this.#connection = connection;
    this.#left = new SideWriter(writer, now, 0, left, number * 2);
    this.#right = new SideWriter(writer, now, 1, right, number * 2 + 1);
    const comment = `connection ${number}: ${route}`;
    this.#left.open(left.opener, comment);
    this.#right.open(right.opener, comment);
  }

  /** Stands on its side alone, as a conversation of its own: readers would take what follows for TLS. */
  before(side: "left" | "right", said: Parameters<NonNullable<FlowObserver["before"]>>[1]): void {
    const { number } = this.#connection, writer = side === "left" ? this.#left : this.#right;
    const near = side === "left" ? ">" : "<";
    for (const { direction, bytes } of said) writer.data(direction === near ? "remote" : "local", bytes);
    writer.again(this.#connection[side].opener, `connection ${number}: what stands in TLS`);
  }

  data(direction: Direction, chunk: Uint8Array): void {
    if (direction === ">") {
      this.#left.data("remote", chunk);
      this.#right.data("local", chunk);
    } else {
      this.#right.data("remote", chunk);
      this.#left.data("local", chunk);
    }
  }

  end(direction: Direction): void {
    if (direction === ">") {
      this.#left.end("remote");
      this.#right.end("local");
    } else {
      this.#right.end("remote");
      this.#left.end("local");
    }
  }

  close(error?: unknown): void {
    this.#left.close(error !== undefined);
    this.#right.close(error !== undefined);
  }
}

/**
 * Watches one relayed connection and writes it as packets: on interface 0 what passed between the left address and its
 * peer, on interface 1 the same octets between the right one and its peer. The writer's file must begin with
 * `captureHead()`. `now` gives milliseconds since 1970.
 */
export function capturingObserver(
  writer: BlockWriter,
  connection: CapturedConnection,
  now: () => number = () => performance.timeOrigin + performance.now(),
): FlowObserver {
  return new PcapngObserver(writer, connection, now);
}
