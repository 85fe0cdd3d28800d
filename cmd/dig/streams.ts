// Channels to name servers over streams: TCP, TLS, HTTP. Not pure. TLS and HTTP are loaded when they are asked for.
import { once } from "../../lib/base/late.ts";
import { type CertificateFlaw, ConnectError, errorText, UsageError } from "../../lib/base/errors.ts";
import { dialTcp } from "../../lib/dial/tcp.ts";
import type { TlsClient } from "../../lib/dial/tls/client.ts";
import type { Lookup, Settings } from "../../lib/dns/dig/settings.ts";
import { CertificateError, type Channel, ContextError, NetworkError } from "../../lib/dns/exchange/channel.ts";
import type { NetworkReason, Target } from "../../lib/dns/exchange/channel.ts";
import { StreamChannel } from "../../lib/dns/exchange/stream_channel.ts";
import type { ByteStream } from "../../lib/stream/stream.ts";
import { pathOf } from "./world.ts";

const load = {
  announce: once<typeof import("./announce.ts")>(() => import(import.meta.resolve("./announce.ts"))),
  http: once<typeof import("../../lib/dns/exchange/http_channel.ts")>(() =>
    import(import.meta.resolve("../../lib/dns/exchange/http_channel.ts"))
  ),
  tls: once<typeof import("../../lib/dial/tls/client.ts")>(() =>
    import(import.meta.resolve("../../lib/dial/tls/client.ts"))
  ),
};

const TO_DIG: Readonly<Record<string, NetworkReason>> = {
  "refused": "connection refused",
  "timed-out": "timed out",
  "aborted": "timed out",
  "host-unreachable": "host unreachable",
  "network-unreachable": "network unreachable",
  "address-not-available": "address not available",
  "denied": "permission denied",
  "tls": "TLS error",
};

/** dig's word for what a stream threw. */
function streamReason(error: unknown): NetworkReason {
  const text = `${(error as { code?: unknown })?.code ?? ""} ${errorText(error)} ${(error as Error)?.name ?? ""}`;
  if (/ECONNRESET|reset|EPIPE|broken pipe/i.test(text)) return "connection reset";
  if (/ECONNREFUSED|refused/i.test(text)) return "connection refused";
  if (/UnexpectedEof|close_notify|unexpected.*eof/i.test(text)) return "end of file";
  return "failure";
}

/** OpenSSL's words for why a certificate is refused, which dig prints. */
const CERTIFICATE_WORDS: Readonly<Partial<Record<CertificateFlaw, string>>> = {
  "expired": "certificate has expired",
  "not-yet-valid": "certificate is not yet valid",
  "self-signed": "self-signed certificate",
  "unknown-authority": "unable to get local issuer certificate",
  "wrong-name": "hostname mismatch",
  "wrong-address": "IP address mismatch",
};

/** The stream to a server, behind the PROXY header if it has its place here: before TLS or `within` it. */
export async function announced(stream: ByteStream, target: Target, within: boolean): Promise<ByteStream> {
  const { lookup: { proxy }, transport } = target;
  const secure = transport === "tls" || transport === "https";
  if (proxy === undefined || within !== (secure && !proxy.plain)) return stream;
  try {
    await stream.write((await load.announce()).proxyHeader(proxy, "stream"));
  } catch {
    // The next read tells.
  }
  return stream;
}

/** Opens channels over streams for one run of dig. */
export class Streams {
  readonly #settings: Settings;
  /** One for each set of TLS options: files are read once. */
  readonly #tlsClients = new Map<string, Promise<TlsClient>>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** As `Surroundings.open`, for every transport but UDP. */
  async open(target: Target): Promise<Channel> {
    const { transport } = target;
    const started = performance.now();
    try {
      if (transport === "tls" || transport === "https") return await this.#tls(target);
      const stream = await this.#tcp(target);
      const phases = [["TCP", performance.now() - started]] as const;
      try {
        return await this.channelOver(stream, target, phases);
      } catch (error) {
        await stream.close();
        if ((error as Error).name !== "OlderHttpError") throw error;
        return await this.channelOver(await this.#tcp(target), target, phases, true);
      }
    } catch (error) {
      throw this.failure(error);
    }
  }

  async #tcp(target: Target): Promise<ByteStream> {
    const { server, port, timeoutMs } = target;
    const { bind } = this.#settings;
    const local = bind === undefined ? {} : { local: { host: bind.address, port: bind.port } };
    const stream = await dialTcp({ host: server.address, port }, { timeoutMs, ...local }) as ByteStream;
    return await announced(stream, target, false);
  }

  /** What an opener threw, in the words of channels. */
  failure(error: unknown): unknown {
    if (error instanceof NetworkError || error instanceof CertificateError) return error;
    // Files that cannot be used: what is wrong with them is the detail.
    if (error instanceof UsageError || error instanceof TypeError) {
      return new ContextError(error.message, { cause: error });
    }
    if (!(error instanceof ConnectError)) return error;
    if (error.flaw !== undefined) {
      return new CertificateError(CERTIFICATE_WORDS[error.flaw] ?? error.message, { cause: error });
    }
    return new NetworkError(TO_DIG[error.reason] ?? "failure", error.message, { cause: error });
  }

  /** The TLS client for a lookup: what it verifies and shows. */
  tlsClient(lookup: Lookup, given: string, https: boolean): Promise<TlsClient> {
    const name = lookup.tlsHostnameSet ? lookup.tlsHostname : given;
    const key = JSON.stringify([https, lookup.tlsCaSet, lookup.tlsCaFile, name, lookup.tlsCertFile, lookup.tlsKeyFile]);
    let client = this.#tlsClients.get(key);
    if (client === undefined) {
      client = (async () => {
        const { TlsClient } = await load.tls();
        return await TlsClient.load({
          verify: lookup.tlsCaSet,
          alpn: https ? ["h2", "http/1.1"] : ["dot"],
          // RFC 8310 8.1: DNS over TLS looks at alternative names alone.
          commonNames: https ? "names" : "none",
          ...(lookup.tlsCaSet && lookup.tlsCaFile !== undefined ? { cafile: pathOf(lookup.tlsCaFile) } : {}),
          ...(name === undefined ? {} : { commonname: name }),
          ...(lookup.tlsCertSet && lookup.tlsKeySet
            ? { cert: pathOf(lookup.tlsCertFile!), key: pathOf(lookup.tlsKeyFile!) }
            : {}),
        });
      })();
      this.#tlsClients.set(key, client);
    }
    return client;
  }

  async #tls(target: Target): Promise<Channel> {
    const { server, port, lookup, timeoutMs, transport } = target;
    const client = await this.tlsClient(lookup, server.given, transport === "https");
    const loaded = performance.now();
    const stream = await this.#tcp(target);
    const connected = performance.now();
    const secure = await client.over(
      stream,
      // Addresses in a short form are not names that TLS could ask for.
      /^(?:0x[\da-f]+|\d+)(?:\.(?:0x[\da-f]+|\d+))*$/i.test(server.given) ? server.address : server.given,
      { timeoutMs, target: `${server.address}:${port}` },
      () => this.#tcp(target),
    ) as ByteStream;
    return await this.channelOver(await announced(secure, target, true), target, [
      ["TCP", connected - loaded],
      ["TLS", performance.now() - connected],
    ]);
  }

  /** The channel that speaks DNS, or DNS in HTTP, over a stream. */
  async channelOver(
    stream: ByteStream,
    target: Target,
    phases: readonly (readonly [string, number])[],
    older = false,
  ): Promise<Channel> {
    const { transport, server, lookup, port } = target;
    const facts = stream.about.facts;
    const known = {
      phases,
      ...(transport === "tls" || transport === "https"
        ? { tlsVersion: facts?.["tls"], alpn: facts?.["alpn"], subject: facts?.["subject"] }
        : {}),
    };
    if (transport === "tcp") return new StreamChannel(stream, streamReason, known);
    if (transport === "tls") {
      return new StreamChannel(
        stream,
        streamReason,
        known,
        facts?.["alpn"] === "dot" ? undefined : "ALPN for DoT failed",
      );
    }
    const { httpChannel } = await load.http();
    const host = server.given.includes(":") ? `[${server.given}]` : server.given;
    const usual = port === (transport === "https" ? 443 : 80);
    return await httpChannel(stream, {
      scheme: transport === "https" ? "https" : "http",
      authority: usual ? host : `${host}:${port}`,
      path: server.path ?? (lookup.httpPath === "" ? "/dns-query" : lookup.httpPath),
      get: lookup.httpGet,
      version: older || (transport === "https" && facts?.["alpn"] !== "h2") ? 1 : 2,
      unsure: transport === "https" && facts?.["alpn"] === undefined,
      reasonOf: streamReason,
      facts: known,
    });
  }
}
