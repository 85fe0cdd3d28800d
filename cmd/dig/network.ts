// Opens channels to name servers. Not pure. What is not plain UDP is loaded when it is asked for.
import { once } from "../../lib/base/late.ts";
import type { Hop } from "../../lib/dial/via_url.ts";
import type { Settings } from "../../lib/dns/dig/settings.ts";
import { arrivesAt, type Channel, NetworkError, type Target } from "../../lib/dns/exchange/channel.ts";
import type { KeptChannels } from "../../lib/dns/exchange/kept.ts";
import type { UdpPool } from "./pool.ts";
import type { Streams } from "./streams.ts";
import { type PortTable, type RefusalCheck, UdpChannel } from "./udp.ts";

const load = {
  announce: once<typeof import("./announce.ts")>(() => import(import.meta.resolve("./announce.ts"))),
  kept: once<typeof import("../../lib/dns/exchange/kept.ts")>(() =>
    import(import.meta.resolve("../../lib/dns/exchange/kept.ts"))
  ),
  streams: once<typeof import("./streams.ts")>(() => import(import.meta.resolve("./streams.ts"))),
  via: once<typeof import("./via.ts")>(() => import(import.meta.resolve("./via.ts"))),
};

/** What channels are opened with. */
interface NetworkParts {
  /** Tells whether anybody listens at a port of this machine. */
  readonly ports: PortTable | undefined;
  /** Tells whether datagrams to other machines are refused. */
  readonly refusals: ((localPort: number) => RefusalCheck | undefined) | undefined;
  /** Sockets that many questions share. */
  readonly pool: UdpPool | undefined;
  /** Proxies to go through. */
  readonly hops: readonly Hop[];
  /** Connections that outlive a question (`+keepopen`): shared by all runs. */
  readonly kept: { channels?: KeptChannels };
}

/** Opens channels for one run of dig. */
export class Network {
  readonly #settings: Settings;
  readonly #parts: NetworkParts;
  #streams: Streams | undefined;

  constructor(settings: Settings, parts: NetworkParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** As `Surroundings.open`. */
  async open(target: Target): Promise<Channel> {
    const { hops } = this.#parts;
    const { transport, lookup: { proxy } } = target;
    if (transport === "udp" && proxy !== undefined) {
      const { announcing } = await load.announce();
      return announcing(hops.length === 0 ? this.#udp(target) : await this.#stream(target), proxy);
    }
    if (transport === "udp" && hops.length === 0) return this.#udp(target);
    if (!this.#settings.keepOpen || transport === "udp") return await this.#stream(target);
    const { KeptChannels } = await load.kept();
    this.#parts.kept.channels ??= new KeptChannels((target) => this.#stream(target));
    return await this.#parts.kept.channels.open(target);
  }

  async #stream(target: Target): Promise<Channel> {
    // Nobody can listen there; the runtime says "invalid argument".
    if (target.port === 0) throw new NetworkError("connection refused");
    const { hops } = this.#parts;
    const streams = this.#streams ??= new (await load.streams()).Streams(this.#settings);
    return hops.length === 0 ? await streams.open(target) : await (await load.via()).openVia(target, hops, streams);
  }

  #udp({ server, port, lookup }: Target): Channel {
    const address = arrivesAt(server.address);
    const local = /^127\.|^::1$/.test(address);
    const { ports, pool, refusals } = this.#parts;
    // A pool finds the one who asked by the question's first octets.
    if (pool !== undefined && this.#settings.bind === undefined && lookup.proxy === undefined) {
      const repeat = lookup.retries > 1;
      return pool.channel(address, port, { repeat, ...(local && ports !== undefined ? { ports } : {}) });
    }
    return new UdpChannel({
      address,
      port,
      bind: this.#settings.bind,
      watch: local
        ? (ports === undefined ? undefined : () => () => ports.isFree(address, port) ? "connection refused" : undefined)
        : refusals,
    });
  }
}
