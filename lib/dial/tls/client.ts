// TLS as a client, over a new TCP connection or over any stream. Not pure.
// Two TLS stacks: the runtime's own (`Deno.startTls`, the fast one, which verifies against the known authorities and
// nothing else) and `node:tls` for all the rest. Both end as a `Stream`.
import { ConnectError, errorText } from "../../base/errors.ts";
import { asciiName } from "../../base/host_name.ts";
import { parseIp } from "../../base/ip.ts";
import { ConnStream, hostPortOf } from "../../stream/conn.ts";
import { hangUp } from "../../stream/libc/listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { connectError } from "../errors.ts";
import { type Limit, limited } from "../limit.ts";
import { type Handshaken, peerCertificate } from "./node.ts";
import { addedAuthorities, hasVersion1, loadAuthorities, loadIdentity, systemAuthorities } from "./files.ts";
import {
  CAPPED_HINT,
  checkKeylog,
  HANDSHAKE_LIMIT_MS,
  KEYLOG_BESIDE,
  parsePin,
  type ProofPlan,
  proofPlan,
  type TlsClientOptions,
} from "./options.ts";
import { HandshakeWatch } from "./proof.ts";
import { handshakeError, NotTlsError } from "./reasons.ts";
import { SecondStack, type Trust } from "./second.ts";
import { TlsConnStream } from "./socket.ts";
import { Accepted, type Finding, judge, type PeerCertificate, type Refusal } from "./verify.ts";

/** Where a handshake happens, for its errors and limits. */
export interface HandshakeContext {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  /** What is to be reached, as the user wrote it. Default: the host. */
  target?: string | undefined;
  /** The proxies on the way, or the proxy itself that is being talked to. */
  via?: string | undefined;
  /** How a peer that does not speak TLS may be spoken to. */
  inClear?: string;
}

/** Whom a handshake is with: its name, where it happens, and what makes the stream once more. */
interface Asked {
  readonly host: string;
  readonly context: HandshakeContext;
  readonly again: (() => Promise<Stream>) | undefined;
}

/** What the second stack may take, of whom the first one has refused the certificate. */
const SECOND_LIMIT_MS = 5000;
const ACCEPT_IT = "to accept it: cafile=FILE, pin=sha256:… or verify=0";

/**
 * So many connections of the fast stack may begin in a while, in the whole program. When one ends the runtime keeps its
 * descriptor and one of its 32 threads for some 70 ms, and names wait for these threads too: beyond 450 connections a second
 * they wait for seconds, and descriptors pile up.
 */
const FAST_MOST = 30, FAST_WHILE_MS = 100;
const begun = { since: 0, count: 0 };

function fastHasRoom(): boolean {
  const now = performance.now();
  if (now - begun.since >= FAST_WHILE_MS) {
    begun.since = now;
    begun.count = 0;
  }
  return begun.count++ < FAST_MOST;
}

/** Peers that are remembered for asking them in TLS 1.2 at once. */
const MOST_PROVERS = 256;

const NO_CERTIFICATE: Refusal = { flaw: "other", why: "it sent no certificate" };
const ANOTHER_CERTIFICATE: Refusal = {
  flaw: "other",
  why:
    "it shows another certificate in TLS 1.2 than in TLS 1.3, which hides the proof that it has the key of one of X.509 " +
    "version 1: make one of version 3, or take anybody: verify=0",
};

const NO_KEYS = "no session keys can be logged (keylog=)";

/** Makes TLS connections with the same options: files are read once. */
export class TlsClient {
  readonly options: TlsClientOptions;
  readonly #trust: Trust;
  readonly #plan: ProofPlan;
  readonly #accepted = new Accepted();
  /** Whether the fast stack can do what is asked, as far as it is known. */
  #fast: boolean;
  #connections = 0;
  #second: Promise<SecondStack> | undefined;
  /** TLS 1.2 alone, where a peer shows the proof that TLS 1.3 hides; undefined where that is not wanted. */
  readonly #older: ProofPlan | undefined;
  /** Who has shown it, by whom TLS is spoken with: each of these clients takes the one certificate that it was shown for. */
  readonly #provers = new Map<string, TlsClient>();

  private constructor(options: TlsClientOptions, trust: Trust, plan: ProofPlan, fast: boolean, older?: ProofPlan) {
    this.options = options;
    this.#older = older;
    this.#trust = trust;
    this.#plan = plan;
    this.#fast = fast;
  }

  /** Reads the files that `options` name. A `UsageError` says which one cannot be used. */
  static async load(options: TlsClientOptions = {}): Promise<TlsClient> {
    const pins = (options.pins ?? []).map(parsePin);
    const verify = options.verify ?? pins.length === 0;
    const [identity, authorities] = await Promise.all([loadIdentity(options), loadAuthorities(options)]);
    const judged = verify || pins.length > 0;
    const plan = proofPlan(options, judged, hasVersion1(authorities)), older = proofPlan(options, judged, true);
    if (!verify && pins.length === 0) {
      options.warn?.(
        "verify=0: the peer's certificate is not checked, so anybody on the way can read and change everything",
      );
    }
    // Now, while files may be read.
    if (verify && authorities === undefined) await systemAuthorities();
    const fast = verify && (authorities === undefined || options.keylog === true) && identity === undefined &&
      pins.length === 0 && Object.keys(plan.versions).length === 0 && !options.noSni;
    checkKeylog(options, "client");
    if (options.keylog && authorities !== undefined) {
      options.warn?.(KEYLOG_BESIDE);
    }
    const hides = older.watched && !plan.watched;
    const client = new TlsClient(
      options,
      { identity, authorities, verify, pins },
      plan,
      fast,
      hides ? older : undefined,
    );
    // The other stack says now what is wrong with a certificate; where it may never be needed it is not loaded.
    if (!fast) await client.#other();
    return client;
  }

  /** The second stack. */
  #other(): Promise<SecondStack> {
    return this.#second ??= SecondStack.load(this.options, this.#trust, this.#plan);
  }

  /**
   * What the fast stack has to trust beyond the runtime's own authorities. For the first connection all that the system
   * trusts: to find out which of them the runtime has too takes longer than giving it those twice.
   */
  async #beyond(): Promise<readonly string[]> {
    const { authorities } = this.#trust;
    if (authorities !== undefined) return authorities;
    return await (this.#connections++ === 0 ? systemAuthorities() : addedAuthorities());
  }

  /** The name that the peer must have (`undefined`: any) and the one that is asked for (`undefined`: none). */
  #names(host: string): { check: string | undefined; sni: string | undefined } {
    const { commonname, snihost, noSni } = this.options;
    // As it stands in certificates.
    const ascii = (name: string) => asciiName(name) ?? name;
    const wanted = ascii(snihost ?? (commonname === undefined || commonname === "" ? host : commonname));
    const sni = noSni || wanted === "" || parseIp(wanted) !== undefined ? undefined : wanted.replace(/\.$/, "");
    return { check: commonname === "" ? undefined : ascii(commonname ?? host), sni };
  }

  /** Options of the fast stack for this host, where it can serve. */
  async #fastOptions(host: string): Promise<Deno.StartTlsOptions | undefined> {
    if (!this.#fast) return undefined;
    const { check, sni } = this.#names(host);
    if (check !== undefined && check !== (sni ?? host)) return undefined;
    const { alpn } = this.options, beyond = await this.#beyond();
    return {
      hostname: sni ?? host,
      ...(beyond.length === 0 ? {} : { caCerts: [...beyond] }),
      ...(alpn === undefined ? {} : { alpnProtocols: [...alpn] }),
      ...(check === undefined ? { unsafelyDisableHostnameVerification: true } : {}),
    };
  }

  /**
   * Judges the peer; closes the stream and throws when it is refused. One that lacks nothing but the proof that TLS 1.3 hides
   * is asked for it in TLS 1.2, over what `again` makes.
   */
  async #admit(
    { stream, chainError, resumed }: Handshaken,
    watch: HandshakeWatch | undefined,
    asked: Asked,
  ): Promise<Stream> {
    const { demands } = await this.#other();
    if (!demands.verify && demands.pins.length === 0) return stream;
    try {
      const certificate = peerCertificate(stream.socket);
      const finding: Finding = {
        name: this.#names(asked.host).check,
        chainError,
        now: new Date(),
        proven: watch && ((certificate: PeerCertificate) => watch.proves(certificate)),
      };
      const refusal = certificate === undefined
        ? NO_CERTIFICATE
        : this.#accepted.judge(certificate, demands, finding, resumed);
      watch?.end();
      if (refusal === undefined) return stream;
      const refused = refusedError(refusal, asked);
      if (certificate?.provable !== false) throw refused;
      if (judge(certificate, demands, { ...finding, proven: () => true }) !== undefined) throw refused;
      await stream.close();
      return await this.#prove(certificate, refused, asked);
    } catch (error) {
      await stream.close(error);
      throw error;
    }
  }

  /** Asks a peer who lacks nothing but the proof for it in TLS 1.2; remembers whoever shows it. */
  async #prove({ fingerprint }: PeerCertificate, refused: ConnectError, asked: Asked): Promise<Stream> {
    const { host, context, again } = asked;
    if (this.#older === undefined || again === undefined) throw refused;
    // The same certificate: else anybody on the way could have a better one shown in TLS 1.2.
    const client = new TlsClient(this.options, { ...this.#trust, pins: [fingerprint] }, this.#older, false);
    const timeoutMs = Math.min(context.timeoutMs ?? HANDSHAKE_LIMIT_MS, SECOND_LIMIT_MS);
    try {
      const stream = await client.over(await again(), host, { ...context, timeoutMs });
      if (this.#provers.size >= MOST_PROVERS) this.#provers.clear();
      this.#provers.set(peerOf(asked), client);
      return stream;
    } catch (error) {
      if (context.signal?.aborted) throw error;
      // A server of one connection does not answer twice.
      if (!(error instanceof ConnectError) || error.reason !== "tls") throw refused;
      throw error.flaw === "not-pinned" ? refusedError(ANOTHER_CERTIFICATE, asked) : error;
    }
  }

  /** TLS 1.2 with a peer that has shown its proof there before, or all from the beginning when it does not do so again. */
  async #proven(client: TlsClient, stream: Stream, asked: Asked): Promise<Stream> {
    const { host, context, again } = asked;
    try {
      return await client.over(stream, host, context);
    } catch (error) {
      this.#provers.delete(peerOf(asked));
      if (again === undefined || !(error instanceof ConnectError) || error.reason !== "tls") throw error;
      return await this.over(await again(), host, context, again);
    }
  }

  /**
   * TLS over `stream`, which it takes over; `host` is whom it shall be spoken with. `again` makes such a stream once
   * more, for a peer that only the second stack can judge. Throws a `ConnectError` with `reason: "tls"`.
   */
  async over(
    stream: Stream,
    host: string,
    context: HandshakeContext = {},
    again?: () => Promise<Stream>,
  ): Promise<Stream> {
    const asked = { host, context, again };
    const prover = again === undefined ? undefined : this.#provers.get(peerOf(asked));
    if (prover !== undefined) return await this.#proven(prover, stream, asked);
    let limit: Limit = { signal: context.signal, timeoutMs: context.timeoutMs ?? HANDSHAKE_LIMIT_MS };
    let current = stream;
    let refused: unknown;
    try {
      const fast = await this.#fastOptions(host);
      const fits = fast !== undefined && again !== undefined && (this.options.keylog === true || fastHasRoom());
      const conn = fits ? tcpConnOf(stream) : undefined;
      if (conn !== undefined) {
        try {
          return await startTls(stream, conn, fast!, limit);
        } catch (error) {
          if (!/invalid peer certificate|certificate/i.test(errorText(error)) || context.signal?.aborted) throw error;
          // The other stack takes certificates that this one refuses (authorities that serve, names in the common
          // name), and it can tell why one is refused.
          this.#fast = false;
          refused = error;
          limit = { ...limit, timeoutMs: Math.min(limit.timeoutMs, SECOND_LIMIT_MS) };
          current = await again!();
        }
      } else if (this.options.keylog) {
        throw new Error(`${NO_KEYS} on this way: the runtime's own TLS needs a plain TCP connection, and one name`);
      }
      const watch = this.#plan.watched ? new HandshakeWatch("client") : undefined;
      if (watch !== undefined) current = watch.over(current);
      const second = await this.#other();
      const shaken = await second.shake(current, this.#names(host).sni ?? "", limit, again);
      refused = undefined;
      const admitted = await this.#admit(shaken, watch, asked);
      if (!this.options.keylog) return admitted;
      throw new Error(`${NO_KEYS}: the runtime's own TLS does not take such a certificate`);
    } catch (error) {
      await current.close(error);
      if (refused === undefined || context.signal?.aborted) throw tlsError(error, host, context, this.#plan.capped);
      // A server of one connection does not answer twice.
      const why = `its certificate is not trusted (${errorText(refused)}); ${ACCEPT_IT}`;
      throw refusedError({ flaw: "other", why }, asked);
    }
  }
}

/** What is to be reached, as the user wrote it. */
function targetOf({ host, context }: Asked): string {
  return context.target ?? host;
}

/** Whom TLS is spoken with: a proxy on the way to whatever target, else the target. */
function peerOf(asked: Asked): string {
  return asked.context.via ?? targetOf(asked);
}

function refusedError({ why, flaw }: Refusal, asked: Asked): ConnectError {
  return new ConnectError(targetOf(asked), why, { ...via(asked.context), reason: "tls", flaw });
}

function via(context: HandshakeContext): { via?: string } {
  return context.via === undefined ? {} : { via: context.via };
}

function tlsError(error: unknown, host: string, context: HandshakeContext, capped: boolean): unknown {
  if (error instanceof ConnectError) return error;
  const target = context.target ?? host;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new ConnectError(target, "no answer to the TLS handshake in time", {
      ...via(context),
      reason: "timed-out",
      cause: error,
    });
  }
  if (error instanceof DOMException) return connectError(target, error, context.via);
  const told = handshakeError(error, capped ? CAPPED_HINT : undefined);
  const clear = told instanceof NotTlsError ? context.inClear : undefined;
  return new ConnectError(target, clear === undefined ? told.message : `The peer does not speak TLS: ${clear}`, {
    ...via(context),
    reason: "tls",
    cause: error,
  });
}

/** The bare TCP connection under a stream, when nothing that was read waits in the stream. */
function tcpConnOf(stream: Stream): Deno.TcpConn | undefined {
  if (!(stream instanceof ConnStream) || stream.hasReturned) return undefined;
  const { conn } = stream;
  return "setNoDelay" in conn ? conn as unknown as Deno.TcpConn : undefined;
}

async function startTls(
  inner: Stream,
  conn: Deno.TcpConn,
  options: Deno.StartTlsOptions,
  limit: Limit,
): Promise<Stream> {
  limit.signal?.throwIfAborted();
  const { localAddr, remoteAddr } = conn;
  const secure = await Deno.startTls(conn, options);
  let over: { reason: unknown } | undefined;
  const takeBack = limited(limit, (reason) => {
    over = { reason };
    secure.close();
    hangUp(localAddr.port, hostPortOf(remoteAddr)!);
  });
  try {
    const { alpnProtocol } = await secure.handshake();
    const facts = { ...inner.about.facts, tls: "TLS", ...(alpnProtocol === null ? {} : { alpn: alpnProtocol }) };
    return new TlsConnStream(secure, { label: "tls", local: inner.about.local, remote: inner.about.remote, facts });
  } catch (error) {
    if (over !== undefined) throw over.reason;
    secure.close();
    throw error;
  } finally {
    takeBack();
  }
}
