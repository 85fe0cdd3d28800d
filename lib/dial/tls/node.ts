// The client's and the server's side of TLS through `node:tls`, over any stream.
// Not pure. The handshake accepts any certificate; the peer is judged right after it, before a single octet is carried.
import type { TLSSocket } from "node:tls";
import { nodeCrypto } from "../../base/builtin.ts";
import { equalBytes, latin1Text } from "../../base/bytes.ts";
import { errorText, ProtocolError } from "../../base/errors.ts";
import type { About, Stream } from "../../stream/stream.ts";
import { type Limit, limited } from "../limit.ts";
import { Inbox, nodeDuplex, TlsSocketStream } from "./socket.ts";
import { isVersion1, parseCertificate } from "./certificate.ts";
import { handshakeError } from "./reasons.ts";
import { type PeerCertificate, VERSION_1 } from "./verify.ts";

type Tls = typeof import("node:tls");
/** A `tls.connect`'s or `TLSSocket`'s options: the runtime's, plus what its types leave out. */
export type NodeTlsOptions = Record<string, unknown>;

/** The last certificate that was taken apart: relays meet the same one again and again. */
let latest: PeerCertificate | undefined;

/** The DER of all certificates that the peer sent, where the runtime gives them. */
export function rawChain(socket: TLSSocket): Uint8Array[] | undefined {
  const wrap = (socket as unknown as { _handle?: { getPeerCertificateChain?(): { certificates?: unknown[] } | null } })
    ._handle;
  const chain = wrap?.getPeerCertificateChain?.()?.certificates;
  return chain?.every((one) => one instanceof Uint8Array) ? chain : undefined;
}

/**
 * The outcome of the chain's verification: `told` by the runtime, unless its word is worth nothing. With a certificate of
 * version 1 in the chain (2.9.6) it compares names and looks at no signature, and with such a one of the peer's own it may
 * as well say that nobody has signed it. Where the chain cannot be seen nothing is taken for proven.
 */
function outcome(socket: TLSSocket, told: string | null): string | undefined {
  const chain = rawChain(socket);
  const odd = (der: Uint8Array) => {
    try {
      return isVersion1(der);
    } catch {
      return true;
    }
  };
  if (chain?.[0] !== undefined && odd(chain[0])) return VERSION_1;
  return told || (chain === undefined || chain.some(odd) ? VERSION_1 : undefined);
}

/** The DER of the peer's certificate: as it came, where the runtime gives it so, which spares it taking it apart. */
function rawCertificate(socket: TLSSocket): Uint8Array | undefined {
  return rawChain(socket)?.[0] ?? socket.getPeerX509Certificate()?.raw;
}

/**
 * Whether the runtime's TLS can take this certificate apart, without which it checks no signature of the handshake: asked
 * of its listener, which looks at a certificate before it finds that the key is another's.
 */
function isProvable(der: Uint8Array): boolean {
  const cert = `-----BEGIN CERTIFICATE-----\n${
    btoa(latin1Text(der)).replace(/.{64}/g, "$&\n")
  }\n-----END CERTIFICATE-----\n`;
  const { privateKey } = nodeCrypto().generateKeyPairSync("ed25519");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
    return false;
  } catch (error) {
    return /KeyMismatch/.test(errorText(error));
  }
}

/**
 * The peer's certificate as plain data, or `undefined` when it sent none. A `FormatError` when it cannot be read.
 */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const raw = rawCertificate(socket);
  if (raw === undefined) return undefined;
  if (latest !== undefined && equalBytes(latest.raw, raw)) return latest;
  const digest = (bytes: Uint8Array) => new Uint8Array(nodeCrypto().createHash("sha256").update(bytes).digest());
  const der = new Uint8Array(raw);
  const facts = parseCertificate(der);
  let proven: boolean | undefined;
  return latest = {
    ...facts,
    raw: der,
    fingerprint: digest(raw),
    keyFingerprint: digest(facts.publicKey),
    get provable() {
      return proven ??= isProvable(der);
    },
  };
}

/** Facts of a finished handshake, made when somebody asks for them. */
function secureAbout(base: About, socket: TLSSocket, label: string): About {
  let facts: Record<string, string> | undefined;
  return {
    label,
    local: base.local,
    remote: base.remote,
    get facts() {
      if (facts !== undefined) return facts;
      facts = { ...base.facts };
      facts.tls = socket.getProtocol() ?? "TLS";
      const cipher = socket.getCipher()?.standardName;
      if (cipher !== undefined) facts.cipher = cipher;
      if (typeof socket.alpnProtocol === "string") facts.alpn = socket.alpnProtocol;
      const peer = peerCertificate(socket);
      if (peer !== undefined) Object.assign(facts, { subject: peer.subject, issuer: peer.issuer });
      if (peer?.alternatives !== undefined) facts.altnames = peer.alternatives;
      return facts;
    },
  };
}

/** Waits for the handshake's end. The socket is destroyed when it fails or takes too long. */
function handshake(socket: TLSSocket, limit: Limit): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => {
      takeBack();
      socket.off("error", onError);
      socket.off("close", onClose);
      socket.off("end", onClose);
      socket.off("secure", onSecure);
      if (error === undefined) return resolve();
      // A socket that fails later must not end the program.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onSecure = () => done();
    const onError = (error: Error) => done(handshakeError(error));
    const onClose = () => done(new ProtocolError("The peer closed the connection during the TLS handshake"));
    socket.on("secure", onSecure);
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.on("end", onClose);
    let takeBack = () => {};
    takeBack = limited(limit, done);
  });
}

/**
 * A handshake that is over. `chainError`: why the chain is not trusted, as a code. `resumed`: whether it resumed a session, in
 * which nobody has looked at the chain.
 */
export interface Handshaken {
  readonly stream: TlsSocketStream;
  readonly resumed: boolean;
  readonly chainError: string | undefined;
}

/** Lets the handshake of `socket` go on to its end. `judged`: whether the chain of the peer's certificate matters. */
async function shaken(
  socket: TLSSocket,
  inbox: Inbox,
  base: About,
  judged: boolean,
  limit: Limit,
): Promise<Handshaken> {
  socket.on("data", (chunk: Uint8Array) => inbox.deliver(chunk));
  await handshake(socket, limit);
  // The runtime tells the outcome by `authorized` only where it judges the peer itself.
  const wrap = (socket as unknown as { _handle?: { verifyError?(): string | null; isSessionReused?(): boolean } })
    ._handle;
  const told = wrap?.verifyError === undefined ? "UNKNOWN" : wrap.verifyError();
  const chainError = judged ? outcome(socket, told) : undefined;
  const resumed = judged && wrap?.isSessionReused?.() !== false;
  return { stream: new TlsSocketStream(socket, inbox, secureAbout(base, socket, "tls")), chainError, resumed };
}

/** TLS as a client over `inner`, which it takes over. The peer is not judged yet. */
export async function clientOver(inner: Stream, options: NodeTlsOptions, limit: Limit): Promise<Handshaken> {
  const tls: Tls = await import("node:tls");
  const inbox = new Inbox();
  const socket = tls.connect({
    ...options,
    socket: await nodeDuplex(inner, inbox),
    rejectUnauthorized: false,
    allowHalfOpen: true,
  } as never);
  // The runtime's own look at the peer: it makes an object of the whole chain, a fifth of the cost of a connection.
  socket.removeAllListeners("secure");
  socket.removeAllListeners("end");
  return await shaken(socket, inbox, inner.about, true, limit);
}

/** TLS as a server over `inner`, which it takes over. */
export async function serverOver(inner: Stream, options: NodeTlsOptions, limit: Limit): Promise<Handshaken> {
  const tls: Tls = await import("node:tls");
  const inbox = new Inbox();
  const socket = new tls.TLSSocket(await nodeDuplex(inner, inbox) as never, {
    ...options,
    isServer: true,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  } as never);
  // Else its errors stay unsaid.
  (socket as unknown as { _releaseControl?(): void })._releaseControl?.();
  return await shaken(socket, inbox, inner.about, options.requestCert === true, limit);
}
