// Channels through proxies (`+via=URL`, repeatable): TCP, TLS and HTTPS by their CONNECT, UDP by SOCKS5's association.
import type { Bytes } from "../../lib/base/bytes.ts";
import { errorText } from "../../lib/base/errors.ts";
import { dialUdpVia, dialVia } from "../../lib/dial/via.ts";
import { type Hop, parseProxyUrl, takesDatagrams } from "../../lib/dial/via_url.ts";
import { fatal } from "../../lib/dns/dig/defaults.ts";
import type { DigOutput, Settings } from "../../lib/dns/dig/settings.ts";
import { type Channel, type ChannelFacts, NetworkError, type Target, within } from "../../lib/dns/exchange/channel.ts";
import type { ByteStream, Stream } from "../../lib/stream/stream.ts";
import { announced, type Streams } from "./streams.ts";

/** The proxies that the settings name; ends the run for a URL that is none. */
export function readHops(settings: Settings, output: DigOutput): Hop[] {
  return settings.via.map((url) => {
    try {
      return parseProxyUrl(url);
    } catch (error) {
      return fatal(output, errorText(error));
    }
  });
}

/** As `Streams.open`, and UDP too, through `hops`. */
export async function openVia(target: Target, hops: readonly Hop[], streams: Streams): Promise<Channel> {
  const { server, port, transport, timeoutMs, lookup } = target;
  const address = { host: server.address, port };
  const started = performance.now();
  try {
    if (transport === "udp") {
      // Of other kinds datagrams would go past, and whoever names a proxy wants them to go through it.
      if (!hops.every(takesDatagrams)) {
        throw new NetworkError("failure", "Datagrams pass through SOCKS5 proxies only: ask with +tcp");
      }
      const stream = await dialUdpVia(address, hops, { timeoutMs });
      return new DatagramChannel(stream, { phases: [["proxy", performance.now() - started]] });
    }
    const open = async () => {
      return await announced(await dialVia(address, hops, { timeoutMs }) as ByteStream, target, false);
    };
    let stream = await open();
    const connected = performance.now();
    const phases: [string, number][] = [["proxy", connected - started]];
    if (transport === "tls" || transport === "https") {
      const client = await streams.tlsClient(lookup, server.given, transport === "https");
      const context = { timeoutMs, target: `${server.address}:${port}` };
      stream = await client.over(stream, server.given, context, open) as ByteStream;
      await announced(stream, target, true);
      phases.push(["TLS", performance.now() - connected]);
    }
    try {
      return await streams.channelOver(stream, target, phases);
    } catch (error) {
      await stream.close();
      if ((error as Error).name !== "OlderHttpError") throw error;
      return await streams.channelOver(await open(), target, phases, true);
    }
  } catch (error) {
    throw streams.failure(error);
  }
}

/** Datagrams of a stream: one message each. */
class DatagramChannel implements Channel {
  readonly facts: ChannelFacts;
  readonly #stream: Stream;
  readonly #buffer: Bytes = new Uint8Array(65535);
  #reading: Promise<Uint8Array> | undefined;

  constructor(stream: Stream, facts: ChannelFacts) {
    this.#stream = stream;
    this.facts = facts;
  }

  async send(message: Uint8Array): Promise<void> {
    try {
      await this.#stream.write(message);
    } catch {
      // The next read tells.
    }
  }

  async receive(timeoutMs: number): Promise<Uint8Array> {
    const reading = this.#reading ??= this.#read();
    reading.catch(() => {});
    const message = await within(timeoutMs, reading);
    this.#reading = undefined;
    return message;
  }

  async #read(): Promise<Uint8Array> {
    let count: number | null;
    try {
      count = await this.#stream.read(this.#buffer);
    } catch (error) {
      throw new NetworkError("failure", errorText(error), { cause: error });
    }
    if (count === null) throw new NetworkError("end of file", "The proxy ended the association");
    return this.#buffer.slice(0, count);
  }

  close(): void {
    void this.#stream.close();
  }
}
