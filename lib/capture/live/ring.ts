// Live capture on Linux: a packet socket with a ring of memory that the kernel fills (packet(7), TPACKET_V3), by FFI.
// The ring and everything else that the kernel writes to is mapped memory, never a buffer that could be collected.
import { utf8Text } from "../../base/bytes.ts";
import { emptyPacket, LINK, type Packet } from "../packet.ts";
import { HEADROOM, leavesLoopback, putTagBack, readFrame } from "./ring_frame.ts";
import { openLibc, type RingLibc } from "./ring_libc.ts";
import type { NetworkInterface } from "./interfaces.ts";

const AF_PACKET = 17, SOCK_RAW = 3, SOCK_DGRAM = 2, SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1, PACKET_RX_RING = 5, PACKET_STATISTICS = 6, PACKET_VERSION = 10, PACKET_RESERVE = 12;
const SOL_SOCKET = 1, SO_ERROR = 4, SO_ATTACH_FILTER = 26, ENODEV = 19, ENETDOWN = 100;
/** POLLERR, POLLHUP, POLLNVAL. */
const TROUBLE = 0x38;
const ETH_P_ALL_BE = 0x0300;
const BLOCK_SIZE = 1 << 20;
/** A block that is not full is handed over after this many milliseconds. */
const RETIRE_MS = 10;
const SCRATCH = 4096;

/** Why a packet socket cannot be had. `code` is the system's errno: 1 and 13 are "not permitted". */
export class RingError extends Error {
  override readonly name = "RingError";
  readonly code: number;
  constructor(what: string, code: number) {
    super(code === ENETDOWN || code === ENODEV ? what : `${what} failed (errno ${code})`);
    this.code = code;
  }
}

interface RingOptions {
  /** The interface; `undefined` for all of them. */
  readonly on: NetworkInterface | undefined;
  /** KiB of the ring. Default 16,384. */
  readonly bufferKib?: number;
  /** Take packets for others too. Default true. */
  readonly promiscuous?: boolean;
  /** Octets kept of a packet. */
  readonly snaplen?: number;
}

/** Which packets are wanted. */
export interface RingFilter {
  /** The same for the kernel, which then hands over no others. */
  readonly program?: Uint8Array | undefined;
  readonly matches: (packet: Packet) => boolean;
  /** Packets are judged as the kernel has them, without the VLAN tag that it took out. */
  readonly untagged: boolean;
}

/** What packets of an interface begin with: ARPHRD_ value to link type; `undefined` needs a cooked header. */
function linkOfHardware(hardware: number | undefined): number | undefined {
  switch (hardware) {
    case 1:
    case 772:
      return LINK.ETHERNET;
    case 801:
      return LINK.IEEE802_11;
    case 803:
      return LINK.IEEE802_11_RADIOTAP;
    case 65534:
    case 776:
    case 768:
    case 769:
    case 778:
    case 823:
      return LINK.RAW;
  }
  return undefined;
}

/** An open packet socket with its ring. Nothing arrives before `start`. */
export class PacketRing {
  readonly link: number;
  readonly #on: NetworkInterface | undefined;
  readonly #promiscuous: boolean;
  #filter: RingFilter | undefined;
  readonly #lib: RingLibc;
  readonly #fd: number;
  readonly #size: number;
  readonly #ringPointer: Deno.PointerValue;
  readonly #scratchPointer: Deno.PointerValue;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #scratch: DataView;
  readonly #loopback: boolean;
  readonly #snaplen: number;
  readonly #packet: Packet = emptyPacket();
  #block = 0;
  #received = 0;
  #dropped = 0;
  #closed = false;

  /** Opens the socket: needs CAP_NET_RAW. Fails with a `RingError`, or with what loading the C library fails with. */
  constructor(options: RingOptions) {
    const lib = openLibc();
    this.#lib = lib;
    const { symbols } = lib;
    const errno = () => new Deno.UnsafePointerView(symbols.__errno_location()!).getInt32();
    const own = options.on === undefined ? undefined : linkOfHardware(options.on.hardware);
    const cooked = own === undefined;
    this.link = own ?? LINK.LINUX_SLL2;
    this.#on = options.on;
    this.#promiscuous = options.promiscuous ?? true;
    this.#loopback = options.on === undefined || options.on.loopback;
    this.#snaplen = options.snaplen ?? 262_144;
    const blocks = Math.max(4, Math.ceil((options.bufferKib ?? 16_384) * 1024 / BLOCK_SIZE));
    this.#size = blocks * BLOCK_SIZE;
    // Protocol 0: nothing arrives before everything is set up.
    this.#fd = symbols.socket(AF_PACKET, cooked ? SOCK_DGRAM : SOCK_RAW, 0);
    if (this.#fd < 0) {
      const code = errno();
      lib.close();
      throw new RingError("Opening a packet socket", code);
    }
    const fail = (what: string): never => {
      const code = errno();
      symbols.close(this.#fd);
      lib.close();
      throw new RingError(what, code);
    };
    const set = (option: number, words: number[], what: string) => {
      const value = new Uint8Array(new Uint32Array(words).buffer);
      if (symbols.setsockopt(this.#fd, SOL_PACKET, option, value, value.length) !== 0) fail(what);
    };
    set(PACKET_VERSION, [2], "Choosing TPACKET_V3");
    set(PACKET_RESERVE, [HEADROOM], "Reserving headroom");
    const frame = 2048;
    set(PACKET_RX_RING, [BLOCK_SIZE, blocks, frame, this.#size / frame, RETIRE_MS, 0, 0], "Making the ring");
    // PROT_READ | PROT_WRITE, MAP_SHARED.
    this.#ringPointer = symbols.mmap(0n, BigInt(this.#size), 3, 1, this.#fd, 0n);
    // MAP_PRIVATE | MAP_ANONYMOUS: for poll and getsockopt.
    this.#scratchPointer = symbols.mmap(0n, BigInt(SCRATCH), 3, 0x22, -1, 0n);
    const failed = (pointer: Deno.PointerValue) => Deno.UnsafePointer.value(pointer) >= 0xffff_ffff_ffff_f000n;
    if (
      this.#ringPointer === null || failed(this.#ringPointer) || this.#scratchPointer === null ||
      failed(this.#scratchPointer)
    ) {
      fail("Mapping the ring");
    }
    const ring = Deno.UnsafePointerView.getArrayBuffer(this.#ringPointer!, this.#size);
    this.#bytes = new Uint8Array(ring);
    this.#words = new Int32Array(ring);
    this.#scratch = new DataView(Deno.UnsafePointerView.getArrayBuffer(this.#scratchPointer!, SCRATCH));
  }

  /** From now on packets arrive that pass `filter`. Fails with a `RingError`. */
  start(filter?: RingFilter): void {
    this.#filter = filter;
    const { symbols } = this.#lib;
    const program = filter?.program;
    if (program !== undefined && program.length > 0) {
      const pointer = Deno.UnsafePointer.value(Deno.UnsafePointer.of(program as Uint8Array<ArrayBuffer>));
      const words = new DataView(new ArrayBuffer(16));
      words.setUint16(0, program.length / 8, true);
      words.setBigUint64(8, BigInt(pointer), true);
      // A kernel that refuses it leaves the work to us.
      symbols.setsockopt(this.#fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(words.buffer), 16);
    }
    const address = new DataView(new ArrayBuffer(20));
    address.setUint16(0, AF_PACKET, true);
    address.setUint16(2, ETH_P_ALL_BE, true);
    address.setInt32(4, this.#on?.index ?? 0, true);
    if (symbols.bind(this.#fd, new Uint8Array(address.buffer), 20) !== 0) {
      const code = new Deno.UnsafePointerView(symbols.__errno_location()!).getInt32();
      // What /sys lists may be the interfaces of another namespace.
      throw new RingError(code === ENODEV ? "it is not in this network namespace" : "Binding to the interface", code);
    }
    // An interface that is down says so now.
    const error = this.#error();
    if (error !== 0) throw this.#lost(error);
    if (this.#promiscuous && this.#on !== undefined) {
      const request = new DataView(new ArrayBuffer(16));
      request.setInt32(0, this.#on.index, true);
      request.setUint16(4, 1, true);
      symbols.setsockopt(this.#fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, new Uint8Array(request.buffer), 16);
    }
  }

  /** The name of an interface of this machine, by number. */
  nameOf(index: number): string | undefined {
    const name = new Uint8Array(16);
    if (this.#closed || this.#lib.symbols.if_indextoname(index, name) === null) return undefined;
    return utf8Text(name.subarray(0, name.indexOf(0)));
  }

  #pointer(offset: number): Deno.PointerValue {
    return Deno.UnsafePointer.offset(this.#scratchPointer!, offset);
  }

  /** What went wrong with the socket since it was last asked: an errno, or 0. */
  #error(): number {
    this.#scratch.setUint32(64, 4, true);
    const { symbols } = this.#lib;
    if (symbols.getsockopt(this.#fd, SOL_SOCKET, SO_ERROR, this.#pointer(32), this.#pointer(64)) !== 0) return 0;
    return this.#scratch.getInt32(32, true);
  }

  #lost(code: number): RingError {
    if (code !== ENETDOWN && code !== ENODEV) return new RingError("The packet socket", code);
    const there = this.nameOf(this.#on!.index) !== undefined;
    return new RingError(there ? "it is down" : "it disappeared", code);
  }

  /** Packets given, packets that the kernel counted, packets it dropped because the ring was full. */
  statistics(): { received: number; dropped: number } {
    if (!this.#closed) {
      this.#scratch.setUint32(64, 12, true);
      const { symbols } = this.#lib;
      if (symbols.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, this.#pointer(32), this.#pointer(64)) === 0) {
        // The kernel starts counting anew each time.
        this.#received += this.#scratch.getUint32(32, true);
        this.#dropped += this.#scratch.getUint32(36, true);
      }
    }
    return { received: this.#received, dropped: this.#dropped };
  }

  /**
   * Gives up what root may do, now that the socket is open: becomes the user behind sudo when there is one, and gains
   * nothing by programs started later.
   */
  drop(user: { uid: number; gid: number } | undefined): void {
    const { symbols } = this.#lib;
    if (user !== undefined) {
      symbols.setgroups(0n, null);
      symbols.setgid(user.gid);
      symbols.setuid(user.uid);
    }
    symbols.prctl(38, 1n, 0n, 0n, 0n); // PR_SET_NO_NEW_PRIVS
  }

  /**
   * Waits for packets and hands over all there are; `false` from `each` stops. Comes back after `waitMs` at most. Fails
   * with a `RingError` when the interface is gone.
   */
  async next(each: (packet: Packet) => boolean | void, waitMs: number): Promise<boolean> {
    if (!this.#ready()) {
      const { symbols } = this.#lib;
      this.#scratch.setInt32(0, this.#fd, true);
      this.#scratch.setInt16(4, 1, true);
      this.#scratch.setInt16(6, 0, true);
      await symbols.poll(this.#scratchPointer, 1n, waitMs);
      if (this.#closed) return false;
      if ((this.#scratch.getInt16(6, true) & TROUBLE) !== 0 && !this.#ready()) {
        const error = this.#error();
        // Of all interfaces one may go; one that is down may come back.
        const there = this.#on === undefined || this.nameOf(this.#on.index) !== undefined;
        if (error !== 0 && !(there && error === ENETDOWN)) throw this.#lost(error);
      }
    }
    while (this.#ready()) {
      if (!this.#give(each)) return false;
    }
    return true;
  }

  #ready(): boolean {
    return (Atomics.load(this.#words, (this.#block * BLOCK_SIZE + 8) >> 2) & 1) !== 0;
  }

  #give(each: (packet: Packet) => boolean | void): boolean {
    const base = this.#block * BLOCK_SIZE;
    const words = this.#words;
    const count = words[(base + 12) >> 2]!;
    let at = base + words[(base + 16) >> 2]!;
    let go = true;
    for (let i = 0; i < count && go; i++) {
      const header = at >> 2;
      if (this.#fill(at)) go = each(this.#packet) !== false;
      const step = words[header]!;
      if (step === 0) break;
      at += step;
    }
    Atomics.store(words, (base + 8) >> 2, 0);
    this.#block = (this.#block + 1) % (this.#size / BLOCK_SIZE);
    return go;
  }

  /** Fills the packet from a frame; `false` for one that is not to be shown. */
  #fill(at: number): boolean {
    const bytes = this.#bytes, words = this.#words, packet = this.#packet;
    // Over loopback every packet passes twice: as it leaves and as it arrives.
    if (this.#loopback && leavesLoopback(bytes, at)) return false;
    readFrame(bytes, words, at, this.link, packet);
    const filter = this.#filter;
    if (filter?.untagged === true && !filter.matches(packet)) return false;
    if (this.link === LINK.ETHERNET) putTagBack(bytes, words, at, packet);
    if (filter?.untagged === false && !filter.matches(packet)) return false;
    packet.caplen = Math.min(packet.caplen, this.#snaplen);
    packet.number++;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.statistics();
    this.#closed = true;
    this.#lib.symbols.munmap(this.#ringPointer, BigInt(this.#size));
    this.#lib.symbols.munmap(this.#scratchPointer, BigInt(SCRATCH));
    this.#lib.symbols.close(this.#fd);
    this.#lib.close();
  }
}
