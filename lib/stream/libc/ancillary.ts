// What the system tells of a datagram beside its octets (recvmsg(2), cmsg(3)): when and how it came. Linux, 64 bits.
import type { Bytes } from "../../base/bytes.ts";
import { formatIp } from "../../base/ip.ts";
import type { Libc } from "./libc.ts";

/** One fact: `IP_TTL: ttl=64` in a log, and the variable that programs find it in. */
export interface AncillaryFact {
  readonly message: string;
  readonly name: string;
  readonly value: string;
  readonly variable: string;
}

/** `msghdr`: name and its length, the vector, the control data and their length, flags. */
const HEADER_SIZE = 56, NAME = 0, NAME_LENGTH = 8, VECTOR = 16, VECTORS = 24, CONTROL = 32, CONTROL_LENGTH = 40;
const CONTROL_SIZE = 512, CMSG_HEADER = 16;

const SOL_IP = 0, SOL_SOCKET = 1, SOL_IPV6 = 41;

const pointer = (bytes: Bytes): bigint => Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));

/** Reads datagrams together with what the system tells of them. One read at a time. */
export class AncillaryReader {
  readonly #libc: Libc;
  readonly #header = new Uint8Array(HEADER_SIZE);
  readonly #vector = new Uint8Array(16);
  readonly #control = new Uint8Array(CONTROL_SIZE);
  /** Of the datagram that was read last. */
  facts: readonly AncillaryFact[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** As `recvfrom`: the sender goes to `address`, its length to `length`. */
  receive(fd: number, view: Bytes, address: Bytes, length: Uint32Array): number {
    const header = new DataView(this.#header.buffer), vector = new DataView(this.#vector.buffer);
    vector.setBigUint64(0, pointer(view), true);
    vector.setBigUint64(8, BigInt(view.length), true);
    header.setBigUint64(NAME, pointer(address), true);
    header.setUint32(NAME_LENGTH, address.length, true);
    header.setBigUint64(VECTOR, pointer(this.#vector), true);
    header.setBigUint64(VECTORS, 1n, true);
    header.setBigUint64(CONTROL, pointer(this.#control), true);
    header.setBigUint64(CONTROL_LENGTH, BigInt(CONTROL_SIZE), true);
    const count = Number(this.#libc.call.recvmsg(fd, this.#header, 0));
    if (count < 0) return count;
    length[0] = header.getUint32(NAME_LENGTH, true);
    const size = Math.min(Number(header.getBigUint64(CONTROL_LENGTH, true)), CONTROL_SIZE);
    this.facts = parseAncillary(this.#control.subarray(0, size), (index) => this.#interfaceName(index));
    return count;
  }

  #interfaceName(index: number): string {
    const name = new Uint8Array(16);
    if (this.#libc.call.if_indextoname(index, name) === null) return String(index);
    return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  }
}

/** The facts in control data. What is not known is passed over; what is cut ends it. */
export function parseAncillary(control: Uint8Array, interfaceName: (index: number) => string): AncillaryFact[] {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  const facts: AncillaryFact[] = [];
  for (let at = 0; at + CMSG_HEADER <= control.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CMSG_HEADER || at + length > control.length) break;
    const level = view.getInt32(at + 8, true), type = view.getInt32(at + 12, true);
    facts.push(...factsOf(level, type, control.subarray(at + CMSG_HEADER, at + length), interfaceName));
    at += (length + 7) & ~7;
  }
  return facts;
}

function factsOf(
  level: number,
  type: number,
  data: Uint8Array,
  interfaceName: (index: number) => string,
): AncillaryFact[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const fact = (message: string, name: string, value: string, variable: string): AncillaryFact => ({
    message,
    name,
    value,
    variable,
  });
  const number = () => data.length >= 4 ? view.getInt32(0, true) : data[0] ?? 0;
  const hex = () => `x${[...data].map((octet) => octet.toString(16).padStart(2, "0")).join("")}`;
  if (level === SOL_SOCKET && type === 29 && data.length >= 16) {
    const text = timeText(Number(view.getBigInt64(0, true)), Number(view.getBigInt64(8, true)));
    return [fact("SCM_TIMESTAMP", "timestamp", text, "TIMESTAMP")];
  }
  if (level === SOL_IP && type === 1) return [fact("IP_TOS", "tos", String(data[0] ?? 0), "IP_TOS")];
  if (level === SOL_IP && type === 2) return [fact("IP_TTL", "ttl", String(number()), "IP_TTL")];
  if (level === SOL_IP && type === 6) return [fact("IP_OPTIONS", "options", hex(), "IP_OPTIONS")];
  if (level === SOL_IP && type === 8 && data.length >= 12) {
    return [
      fact("IP_PKTINFO", "if", interfaceName(view.getUint32(0, true)), "IP_IF"),
      fact("IP_PKTINFO", "locaddr", formatIp(data.subarray(4, 8)), "IP_LOCADDR"),
      fact("IP_PKTINFO", "dstaddr", formatIp(data.subarray(8, 12)), "IP_DSTADDR"),
    ];
  }
  if (level === SOL_IPV6 && type === 50 && data.length >= 20) {
    return [
      fact("IPV6_PKTINFO", "dstaddr", allGroups(data.subarray(0, 16)), "IPV6_DSTADDR"),
      fact("IPV6_PKTINFO", "if", interfaceName(view.getUint32(16, true)), "IPV6_IF"),
    ];
  }
  if (level === SOL_IPV6 && type === 52) return [fact("IPV6_HOPLIMIT", "hoplimit", String(number()), "IPV6_HOPLIMIT")];
  if (level === SOL_IPV6 && type === 67) {
    return [fact("IPV6_TCLASS", "tclass", `x${(number() >>> 0).toString(16).padStart(8, "0")}`, "IPV6_TCLASS")];
  }
  return [];
}

/** Brackets and all eight groups with all their digits, as socat writes IPv6 addresses. */
function allGroups(bytes: Uint8Array): string {
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16).padStart(4, "0"));
  return `[${words.join(":")}]`;
}

/** `Thu Nov 26 13:22:30 2026, 921805 usecs`: as ctime(3), in the local time. */
function timeText(seconds: number, micros: number): string {
  const date = new Date(seconds * 1000);
  const [day, month] = [date.toDateString().slice(0, 3), date.toDateString().slice(4, 7)];
  const clock = date.toTimeString().slice(0, 8);
  return `${day} ${month} ${String(date.getDate()).padStart(2)} ${clock} ${date.getFullYear()}, ${
    String(micros).padStart(6, "0")
  } usecs`;
}
