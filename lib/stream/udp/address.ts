// Addresses of datagrams, in text and as the C library has them.
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { cString, findLibc } from "../libc/libc.ts";
import { decodeSockaddr, encodeSockaddr, SOCKADDR_SIZE } from "../libc/sockaddr.ts";

/** Where a datagram goes to or came from. */
export class UdpAddress implements HostPort {
  /** An IP address in canonical text. */
  readonly host: string;
  readonly port: number;
  /** As the C library has it: with the scope of a link-local address. */
  readonly sockaddr: Bytes;
  /** A word for this address, port and scope alone. */
  readonly key: string;

  constructor(host: string, port: number, sockaddr: Bytes) {
    this.host = host;
    this.port = port;
    this.sockaddr = sockaddr;
    this.key = String.fromCharCode(...sockaddr);
  }

  /** An IP address, with a zone where it is link-local, and a port. A `FormatError` for a name. */
  static from({ host, port }: HostPort): UdpAddress {
    const ip = parseIp(host);
    const text = ip === undefined ? host : formatIp(ip.bytes);
    return new UdpAddress(text, port, encodeSockaddr({ host, port }, scopeOf));
  }

  /** Whether both are the same address and port. Scopes are not compared. */
  equals(other: HostPort): boolean {
    return this === other || (this.port === other.port && this.host === other.host);
  }
}

/** The number of a network interface, 0 for none. */
function scopeOf(zone: string): number {
  return findLibc()?.call.if_nametoindex(cString(zone)) ?? 0;
}

/** Before anything came. */
export const UNKNOWN_ADDRESS = new UdpAddress("0.0.0.0", 0, new Uint8Array(SOCKADDR_SIZE));

/** Senders by their octets: the same few come again and again. */
export class Senders {
  #last = UNKNOWN_ADDRESS;
  readonly #known = new Map<string, UdpAddress>();

  /** The address in `octets`, which are used again afterwards. */
  of(octets: Uint8Array): UdpAddress {
    const { sockaddr } = this.#last;
    let i = 0;
    while (i < sockaddr.length && octets[i] === sockaddr[i]) i++;
    if (i === sockaddr.length) return this.#last;
    const place = decodeSockaddr(octets)!;
    const size = place.host.includes(":") ? SOCKADDR_SIZE : 16;
    return this.known(new UdpAddress(place.host, place.port, octets.slice(0, size)));
  }

  /** The same address that was known before. */
  known(address: UdpAddress): UdpAddress {
    const { key } = address;
    const known = this.#known.get(key);
    if (known !== undefined) return this.#last = known;
    if (this.#known.size >= 1024) this.#known.clear();
    this.#known.set(key, address);
    return this.#last = address;
  }
}
