// TLS as a server: over any stream by `node:tls`, or by the runtime's own listener where no client certificate is asked for.
// Not pure.
import { errorText, ProtocolError, UsageError } from "../../base/errors.ts";
import { hostPortOf } from "../../stream/conn.ts";
import { hangUp } from "../../stream/libc/listener.ts";
import type { Stream } from "../../stream/stream.ts";
import { type Limit, limited } from "../limit.ts";
import type { HandshakeContext } from "./client.ts";
import { type NodeTlsOptions, peerCertificate, serverOver } from "./node.ts";
import {
  addedAuthorities,
  bearable,
  hasVersion1,
  type Identity,
  loadAuthorities,
  loadIdentity,
  signing,
  trusting,
} from "./files.ts";
import {
  CAPPED_HINT,
  checkKeylog,
  HANDSHAKE_LIMIT_MS,
  parsePin,
  type ProofPlan,
  proofPlan,
  type TlsOptions,
} from "./options.ts";
import { HandshakeWatch } from "./proof.ts";
import { handshakeError } from "./reasons.ts";
import { TlsConnStream } from "./socket.ts";
import { Accepted, type Demands } from "./verify.ts";

/** Connections that may wait to be accepted; the system cuts it to what it allows. */
const BACKLOG = 4096;

/** Serves TLS with the same options again and again: files are read once. */
export class TlsServer {
  readonly options: TlsOptions;
  readonly #node: NodeTlsOptions;
  readonly #demands: Demands;
  readonly #identity: Identity;
  readonly #accepted = new Accepted();
  readonly #plan: ProofPlan;
  /** Whether the runtime's own listener (`listen`) can do what is asked. */
  readonly native: boolean;

  private constructor(
    options: TlsOptions,
    identity: Identity,
    { node, demands, plan, native }: { node: NodeTlsOptions; demands: Demands; plan: ProofPlan; native: boolean },
  ) {
    this.options = options;
    this.#identity = identity;
    this.#node = node;
    this.#demands = demands;
    this.#plan = plan;
    this.native = native;
  }

  /** Reads the files that `options` name. A `UsageError` says what is missing. */
  static async load(options: TlsOptions): Promise<TlsServer> {
    checkKeylog(options, "server");
    const pins = (options.pins ?? []).map(parsePin);
    const verify = options.verify ?? pins.length === 0;
    const [identity, authorities] = await Promise.all([loadIdentity(options), loadAuthorities(options)]);
    if (identity === undefined) {
      throw new UsageError(
        "A TLS server needs a certificate",
        "add cert=FILE (PEM, with the key in it or in key=FILE)",
      );
    }
    const asks = verify || pins.length > 0;
    const plan = proofPlan(options, asks, hasVersion1(authorities));
    const { versions } = plan;
    const node: NodeTlsOptions = {
      ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
      requestCert: asks,
    };
    const native = !asks && Object.keys(versions).length === 0;
    const { createSecureContext } = await import("node:tls");
    // Without cafile= those that the system has beside the Web's: a company's. The Web's sign no clients, and are too many.
    const known = !asks ? [] : authorities ?? await addedAuthorities();
    const { borne, left } = bearable(known);
    if (left > 0) {
      options.warn?.(`${left} authorities are left out, as clients take no longer chain: name fewer by cafile`);
    }
    // None would mean all that the runtime has.
    const ca = !asks ? undefined : borne.length > 0 ? borne : [identity.cert];
    try {
      node.secureContext = createSecureContext(
        { ...identity, ...versions, ...(ca === undefined ? {} : { ca: [...ca] }) } as never,
      );
    } catch (error) {
      throw new UsageError(`Cannot use certificate "${options.cert}": ${errorText(error)}`, undefined, {
        cause: error,
      });
    }
    const demands = { verify, pins, trusts: trusting(authorities), signs: signing(authorities) };
    return new TlsServer(options, identity, { node, demands, plan, native });
  }

  /**
   * The runtime's own listener. Only when `native`. `undefined` when it does not take this certificate, which `over` does
   * (version 1 of X.509: what `openssl req -x509` makes without extensions). Throws what `Deno.listenTls` throws.
   */
  listen(
    hostname: string,
    port: number,
    options: { reusePort?: boolean; backlog?: number | undefined } = {},
  ): Deno.TlsListener | undefined {
    const { alpn } = this.options;
    // The runtime takes `tcpBacklog`, its types do not say so.
    const wanted: Parameters<typeof Deno.listenTls>[0] & { tcpBacklog: number } = {
      hostname,
      port,
      tcpBacklog: options.backlog ?? BACKLOG,
      ...this.#identity,
      ...(alpn === undefined ? {} : { alpnProtocols: [...alpn] }),
      ...(options.reusePort ? { reusePort: true } : {}),
    };
    try {
      return Deno.listenTls(wanted);
    } catch (error) {
      if (/^invalid peer certificate/.test(errorText(error))) return undefined;
      throw error;
    }
  }

  /** Ends a connection in the middle of its handshake. */
  giveUp(conn: Deno.TlsConn): void {
    const { localAddr, remoteAddr } = conn;
    try {
      conn.close();
    } catch {
      return; // Closed already.
    }
    hangUp(localAddr.port, hostPortOf(remoteAddr)!);
  }

  /** The handshake of a connection that `listen` accepted. Takes it over. A `ProtocolError` when it fails. */
  async finish(conn: Deno.TlsConn, context: HandshakeContext = {}): Promise<Stream> {
    let over: { reason: unknown } | undefined;
    const takeBack = limited(limitOf(context), (reason) => {
      over = { reason };
      this.giveUp(conn);
    });
    try {
      const { alpnProtocol } = await conn.handshake();
      return new TlsConnStream(conn, {
        label: "tls",
        local: hostPortOf(conn.localAddr),
        remote: hostPortOf(conn.remoteAddr),
        facts: { tls: "TLS", ...(alpnProtocol === null ? {} : { alpn: alpnProtocol }) },
      });
    } catch (error) {
      if (over !== undefined) throw serverError(over.reason);
      try {
        conn.close();
      } catch {
        // Closed already: it was given up.
      }
      throw serverError(error);
    } finally {
      takeBack();
    }
  }

  /** TLS over `stream`, which it takes over. A `ProtocolError` when the handshake fails or the client is refused. */
  async over(stream: Stream, context: HandshakeContext = {}): Promise<Stream> {
    const watch = this.#plan.watched ? new HandshakeWatch("server") : undefined;
    let secure: Stream = watch?.over(stream) ?? stream;
    try {
      const peer = await serverOver(secure, this.#node, limitOf(context));
      secure = peer.stream;
      const { verify, pins } = this.#demands;
      if (!verify && pins.length === 0) return secure;
      const certificate = peerCertificate(peer.stream.socket);
      if (certificate === undefined) {
        throw new ProtocolError("The client sent no certificate; to serve clients without one: verify=0");
      }
      const name = this.options.commonname || undefined;
      const refusal = this.#accepted.judge(certificate, this.#demands, {
        name,
        chainError: peer.chainError,
        now: new Date(),
        proven: watch && ((certificate) => watch.proves(certificate)),
      }, peer.resumed);
      watch?.end();
      if (refusal !== undefined) throw new ProtocolError(`The client is refused: ${refusal.why}`);
      return secure;
    } catch (error) {
      const told = serverError(error, this.#plan.capped ? CAPPED_HINT : undefined);
      await secure.close(told);
      throw told;
    }
  }
}

function limitOf({ signal, timeoutMs = HANDSHAKE_LIMIT_MS }: HandshakeContext): Limit {
  return { signal, timeoutMs };
}

function serverError(error: unknown, versions?: string): Error {
  if (error instanceof ProtocolError) return error;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return new ProtocolError("The client did not finish its TLS handshake in time", { cause: error });
  }
  const text = errorText(error);
  if (/CertificateUnknown|UnknownCA|BadCertificate|CertificateExpired/i.test(text)) {
    return new ProtocolError(`The client refused our certificate (${text})`, { cause: error });
  }
  return handshakeError(error, versions);
}
