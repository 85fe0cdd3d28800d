// TLS as a client, over a new TCP connection or over any stream. Not pure.
// Two TLS stacks: the runtime's own (`Deno.startTls`, the fast one, which verifies against the known authorities and
// nothing else) and `node:tls` for all the rest. Both end as a `Stream`.
import { ConnectError, errorText } from "../../base/errors.ts";
import { asciiName } from "../../base/host_name.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { ConnStream, hostPortOf } from "../../stream/conn.ts";
import { hangUp } from "../../stream/libc/listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { connectError } from "../errors.ts";
import { type Limit, limited } from "../limit.ts";
import { type DialOptions, dialTcp } from "../tcp.ts";
import { clientOver, type Handshaken, type NodeTlsOptions, peerCertificate, rawChain } from "./node.ts";
import { hasVersion1, loadAuthorities, loadIdentity, signing, systemAuthorities, trusting } from "./files.ts";
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
import { handshakeError } from "./reasons.ts";
import { Signers } from "./signers.ts";
import { TlsConnStream } from "./socket.ts";
import { Accepted, type Demands, type PeerCertificate } from "./verify.ts";

/** Where a handshake happens, for its errors and limits. */
export interface HandshakeContext {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  /** What is to be reached, as the user wrote it. Default: the host. */
  target?: string | undefined;
  /** The proxies on the way, or the proxy itself that is being talked to. */
  via?: string | undefined;
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

const NO_KEYS = "no session keys can be logged (keylog=)";

/** Makes TLS connections with the same options: files are read once. */
export class TlsClient {
  readonly options: TlsClientOptions;
  readonly #node: NodeTlsOptions;
  readonly #demands: Demands;
  readonly #plan: ProofPlan;
  readonly #accepted = new Accepted();
  /** Which of many authorities have signed what was met, and options with those alone. */
  #signers: Signers | undefined;
  #narrow: NodeTlsOptions | undefined;
  readonly #trusting: (ca: readonly string[]) => NodeTlsOptions;
  /** Authorities for the fast stack, beyond its own; `undefined` where it cannot do what is asked. */
  #fast: readonly string[] | undefined;

  private constructor(
    options: TlsClientOptions,
    node: NodeTlsOptions,
    trusting: (ca: readonly string[]) => NodeTlsOptions,
    signers: Signers | undefined,
    demands: Demands,
    plan: ProofPlan,
    fast: readonly string[] | undefined,
  ) {
    this.options = options;
    this.#node = node;
    this.#trusting = trusting;
    this.#signers = signers;
    this.#demands = demands;
    this.#plan = plan;
    this.#fast = fast;
  }

  /** Reads the files that `options` name. A `UsageError` says which one cannot be used. */
  static async load(options: TlsClientOptions = {}): Promise<TlsClient> {
    const pins = (options.pins ?? []).map(parsePin);
    const verify = options.verify ?? pins.length === 0;
    const [identity, authorities] = await Promise.all([loadIdentity(options), loadAuthorities(options)]);
    const plan = proofPlan(options, verify || pins.length > 0, hasVersion1(authorities));
    const { versions } = plan;
    if (!verify && pins.length === 0) {
      options.warn?.(
        "verify=0: the peer's certificate is not checked, so anybody on the way can read and change everything",
      );
    }
    const extra = verify && authorities === undefined ? await systemAuthorities() : [];
    let ca: readonly string[] | undefined = authorities;
    if (extra.length > 0) ca = [...(await import("node:tls")).rootCertificates, ...extra];
    const plain = verify && (authorities === undefined || options.keylog === true) && identity === undefined &&
      pins.length === 0 && Object.keys(versions).length === 0 && !options.noSni;
    checkKeylog(options, "client");
    if (options.keylog && authorities !== undefined) {
      options.warn?.(KEYLOG_BESIDE);
    }
    const alpn = options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] };
    const { createSecureContext } = await import("node:tls");
    const trustingOnly = (ca: readonly string[] | undefined): NodeTlsOptions => {
      const context = { ...identity, ...versions, ...(ca === undefined ? {} : { ca: [...ca] }) };
      try {
        return { ...alpn, secureContext: createSecureContext(context as never) };
      } catch (error) {
        throw new TypeError(`Cannot use these certificates: ${errorText(error)}`, { cause: error });
      }
    };
    return new TlsClient(
      options,
      plain ? { ...alpn, ...(ca === undefined ? {} : { ca: [...ca] }) } : trustingOnly(ca),
      trustingOnly,
      verify && !plan.watched && Signers.worth(ca) ? new Signers(ca) : undefined,
      { verify, pins, trusts: trusting(authorities), signs: signing(authorities ?? extra) },
      plan,
      plain ? [...extra, ...(authorities ?? [])] : undefined,
    );
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
  #fastOptions(host: string): Deno.StartTlsOptions | undefined {
    if (this.#fast === undefined) return undefined;
    const { check, sni } = this.#names(host);
    if (check !== undefined && check !== (sni ?? host)) return undefined;
    const { alpn } = this.options;
    return {
      hostname: sni ?? host,
      ...(this.#fast.length === 0 ? {} : { caCerts: [...this.#fast] }),
      ...(alpn === undefined ? {} : { alpnProtocols: [...alpn] }),
      ...(check === undefined ? { unsafelyDisableHostnameVerification: true } : {}),
    };
  }

  /** The handshake by the second stack on `stream`, or once more on one that `again` makes. The peer is not judged yet. */
  async #shake(
    stream: Stream,
    host: string,
    limit: Limit,
    again: (() => Promise<Stream>) | undefined,
  ): Promise<Handshaken> {
    const servername = this.#names(host).sni ?? "";
    const narrow = again === undefined ? undefined : this.#narrow;
    let shaken = await clientOver(stream, { ...(narrow ?? this.#node), servername }, limit);
    const unknown = narrow !== undefined && shaken.chainError !== undefined;
    if (unknown) {
      // Another authority than those that were met may have signed it.
      await shaken.stream.close();
      shaken = await clientOver(await again!(), { ...this.#node, servername }, limit);
    }
    if (this.#signers === undefined || shaken.resumed || (narrow !== undefined && !unknown)) return shaken;
    const more = shaken.chainError === undefined && this.#signers.learn(rawChain(shaken.stream.socket) ?? []);
    if (more) this.#narrow = this.#trusting(this.#signers.known);
    else if (unknown) this.#signers = this.#narrow = undefined;
    return shaken;
  }

  /** Judges the peer; closes the stream and throws when it is refused. */
  async #admit(
    { stream, chainError, resumed }: Handshaken,
    host: string,
    context: HandshakeContext,
    watch: HandshakeWatch | undefined,
  ): Promise<Stream> {
    const { verify, pins } = this.#demands;
    if (!verify && pins.length === 0) return stream;
    try {
      const certificate = peerCertificate(stream.socket);
      const finding = {
        name: this.#names(host).check,
        chainError,
        now: new Date(),
        proven: watch && ((certificate: PeerCertificate) => watch.proves(certificate)),
      };
      const refusal = certificate === undefined
        ? "it sent no certificate"
        : this.#accepted.judge(certificate, this.#demands, finding, resumed);
      watch?.end();
      if (refusal === undefined) return stream;
      throw new ConnectError(context.target ?? host, refusal, { ...via(context), reason: "tls" });
    } catch (error) {
      await stream.close(error);
      throw error;
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
    let limit: Limit = { signal: context.signal, timeoutMs: context.timeoutMs ?? HANDSHAKE_LIMIT_MS };
    let current = stream;
    let refused: unknown;
    try {
      const fast = this.#fastOptions(host);
      const fits = fast !== undefined && again !== undefined && (this.options.keylog === true || fastHasRoom());
      const conn = fits ? tcpConnOf(stream) : undefined;
      if (conn !== undefined) {
        try {
          return await startTls(stream, conn, fast!, limit);
        } catch (error) {
          if (!/invalid peer certificate|certificate/i.test(errorText(error)) || context.signal?.aborted) throw error;
          // The other stack takes certificates that this one refuses (authorities that serve, names in the common
          // name), and it can tell why one is refused.
          this.#fast = undefined;
          refused = error;
          limit = { ...limit, timeoutMs: Math.min(limit.timeoutMs, SECOND_LIMIT_MS) };
          current = await again!();
        }
      } else if (this.options.keylog) {
        throw new Error(`${NO_KEYS} on this way: the runtime's own TLS needs a plain TCP connection, and one name`);
      }
      const watch = this.#plan.watched ? new HandshakeWatch("client") : undefined;
      if (watch !== undefined) current = watch.over(current);
      const shaken = await this.#shake(current, host, limit, again);
      refused = undefined;
      const admitted = await this.#admit(shaken, host, context, watch);
      if (!this.options.keylog) return admitted;
      throw new Error(`${NO_KEYS}: the runtime's own TLS does not take such a certificate`);
    } catch (error) {
      await current.close(error);
      if (refused === undefined || context.signal?.aborted) throw tlsError(error, host, context, this.#plan.capped);
      // A server of one connection does not answer twice.
      const why = `its certificate is not trusted (${errorText(refused)}); ${ACCEPT_IT}`;
      throw new ConnectError(context.target ?? host, why, { ...via(context), reason: "tls", cause: refused });
    }
  }

  /** Connects to `target` over TCP and speaks TLS there. The caller owns the stream. Throws a `ConnectError`. */
  async dial(target: HostPort, options: DialOptions = {}): Promise<Stream> {
    const again = () => dialTcp(target, options);
    return await this.over(
      await again(),
      target.host,
      { target: formatHostPort(target), signal: options.signal },
      again,
    );
  }
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
  return new ConnectError(target, handshakeError(error, capped ? CAPPED_HINT : undefined).message, {
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
