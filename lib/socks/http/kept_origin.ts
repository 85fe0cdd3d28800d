// The connection to an origin, while the client that it was made for may ask there again (RFC 9112, 9.3). No I/O of its own.
import type { Bytes } from "../../base/bytes.ts";
import { canonicalIp, formatIp, parseIp } from "../../base/ip.ts";
import type { Stream } from "../../stream/stream.ts";
import type { ProxyRequest } from "../handshake/handshake.ts";
import type { Decision } from "../policy/access.ts";
import type { FirstRead } from "../carrying/tunnel.ts";
import { mayRepeat } from "./heads.ts";

/** Octets of the read that waits: responses mostly begin with less. */
const BLOCK = 4 * 1024;
/** Origins of all clients that wait at once: idle ones must not take the descriptors of those that work. */
export const MOST_KEPT = 1000;
let keptNow = 0;

/**
 * One origin's connection, of one client: never shared, so what an origin says wrongly or too late reaches nobody else. What
 * it says unasked, its end above all, closes it at once.
 */
export class KeptOrigin {
  readonly stream: Stream;
  readonly #asked: ProxyRequest;
  readonly #chain: readonly string[];
  readonly #buffer: Bytes = new Uint8Array(BLOCK);
  readonly #count: Promise<number | null>;
  #over = false;

  /**
   * Keeps what `asked` was sent to by the proxies of `chain`, and owns it then; `undefined` where so many are kept that the
   * stream stays the caller's.
   */
  static keep(stream: Stream, asked: ProxyRequest, chain: readonly string[]): KeptOrigin | undefined {
    return keptNow < MOST_KEPT ? new KeptOrigin(stream, asked, chain) : undefined;
  }

  private constructor(stream: Stream, asked: ProxyRequest, chain: readonly string[]) {
    keptNow++;
    this.stream = stream;
    this.#asked = asked;
    this.#chain = chain;
    this.#count = stream.read(this.#buffer);
    const spoiled = () => this.drop();
    this.#count.then(spoiled, spoiled);
  }

  /** Whether this request is for the same origin, and can be made anew where the origin leaves before it answers. */
  suits({ command, address, http }: ProxyRequest): boolean {
    const { host, port } = this.#asked.address;
    return !this.#over && command === "forward" && host === address.host && port === address.port && mayRepeat(http!);
  }

  /**
   * Takes it for another request, if that is allowed to come here: the read that waits for the response. The caller owns
   * the stream then.
   */
  take({ hosts, chain }: Decision): FirstRead | undefined {
    const ip = parseIp(this.stream.about.remote?.host ?? "");
    const near = ip !== undefined && hosts.includes(formatIp(canonicalIp(ip)));
    if (this.#over || chain.join(" ") !== this.#chain.join(" ") || (chain.length === 0 && !near)) return undefined;
    this.#end();
    return { buffer: this.#buffer, count: this.#count };
  }

  /** Closes it, unless it was taken. */
  drop(): void {
    if (this.#over) return;
    this.#end();
    void this.stream.close();
  }

  #end(): void {
    this.#over = true;
    keptNow--;
  }
}
