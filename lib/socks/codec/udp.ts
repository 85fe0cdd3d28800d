// Datagrams through a SOCKS5 UDP association, seen from the client (RFC 1928, 7). No I/O of its own.
import { type Bytes, concat } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { HostPort } from "../../base/host_port.ts";
import { Stream } from "../../stream/stream.ts";
import { type SocksAddress, socksAddress } from "./address.ts";
import { encodeUdpHeader, parseUdpHeader } from "./socks5.ts";

/** The longest header: RSV, FRAG, ATYP, length, 255 octets of name, port. */
const LONGEST_HEADER = 3 + 1 + 1 + 255 + 2;

/** A datagram that came through the association: where it came from, and how many octets it has. */
export interface UdpArrival {
  readonly from: SocksAddress;
  readonly count: number;
}

/**
 * One UDP association: datagrams to and from any address. Takes ownership of `relay` (datagrams to and from the
 * proxy's UDP port) and of `control` (the TCP connection that the association lives with).
 */
export class Association {
  readonly relay: Stream;
  readonly control: Stream;
  readonly #buffer: Bytes = new Uint8Array(65536 + LONGEST_HEADER);

  constructor(relay: Stream, control: Stream) {
    this.relay = relay;
    this.control = control;
    void this.#watch();
  }

  /** The association is over when the control connection ends, whatever comes over it. */
  async #watch(): Promise<void> {
    const view = new Uint8Array(64);
    try {
      while (await this.control.read(view) !== null);
    } catch {
      // An error is an end too.
    }
    await this.close();
  }

  /** Sends one datagram to `target`. */
  async send(target: HostPort, payload: Uint8Array): Promise<void> {
    const header = encodeUdpHeader({ fragment: 0, address: socksAddress(target) });
    await this.relay.write(concat([header, payload]));
  }

  /** The next datagram, cut to `view`; fragments and malformed ones are passed over. `null` when the association ends. */
  async receive(view: Bytes): Promise<UdpArrival | null> {
    for (;;) {
      const length = await this.relay.read(this.#buffer);
      if (length === null) return null;
      try {
        const { value, size } = parseUdpHeader(this.#buffer.subarray(0, length));
        if (value.fragment !== 0) continue;
        const count = Math.min(length - size, view.length);
        view.set(this.#buffer.subarray(size, size + count));
        return { from: value.address, count };
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
  }

  /** Ends the association. */
  async close(): Promise<void> {
    await Promise.all([this.relay.close(), this.control.close()]);
  }
}

/** Datagrams to and from one target through an association, as a stream of datagrams. Owns the association. */
export class AssociationStream extends Stream {
  readonly association: Association;
  readonly target: SocksAddress;
  readonly #header: Uint8Array;

  constructor(association: Association, target: HostPort) {
    super(
      { label: `udp:${target.host}:${target.port}`, remote: target, local: association.relay.about.local },
      "datagrams",
    );
    this.association = association;
    this.target = socksAddress(target);
    this.#header = encodeUdpHeader({ fragment: 0, address: this.target });
  }

  protected async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      const arrival = await this.association.receive(view);
      if (arrival === null) return null;
      if (this.#comesFrom(arrival.from)) return arrival.count;
    }
  }

  /** A named target answers from an address that only the proxy knows; an address must answer itself. */
  #comesFrom({ host, port }: SocksAddress): boolean {
    return port === this.target.port && (this.target.type === "name" || host === this.target.host);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    await this.put(bytes);
  }

  protected override pullEach(take: (datagram: Uint8Array) => Promise<void> | void, size: number): Promise<void> {
    return this.association.relay.each((bytes) => {
      const header = this.#headerOf(bytes);
      if (header > 0) return take(bytes.subarray(header, header + size));
    }, size + LONGEST_HEADER);
  }

  /** Octets of the header of a datagram that comes from the target; 0 for any other. */
  #headerOf(datagram: Uint8Array): number {
    try {
      const { value, size } = parseUdpHeader(datagram);
      return value.fragment === 0 && this.#comesFrom(value.address) ? size : 0;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return 0;
    }
  }

  override put(bytes: Uint8Array): Promise<void> | void {
    return this.association.relay.put(concat([this.#header, bytes]));
  }

  /** Datagrams have no end-of-file. */
  protected async finish(): Promise<void> {}

  protected release(): Promise<void> {
    return this.association.close();
  }
}
