// The client's and the server's side of TLS through `node:tls`, over any stream.
// Not pure. The handshake accepts any certificate; the peer is judged right after it, before a single octet is carried.
import type { TLSSocket } from "node:tls";
import { equalBytes } from "../base/bytes.ts";
import { errorText, ProtocolError } from "../base/errors.ts";
import type { About, Stream } from "../stream/stream.ts";
import { Inbox, nodeDuplex, TlsSocketStream } from "./tls_socket.ts";
import type { PeerCertificate } from "./tls_verify.ts";

type Tls = typeof import("node:tls");
/** A `tls.connect`'s or `TLSSocket`'s options: the runtime's, plus what its types leave out. */
export type NodeTlsOptions = Record<string, unknown>;

/** The last certificate that was taken apart: relays meet the same one again and again. */
let latest: { raw: Uint8Array; certificate: PeerCertificate } | undefined;

/** A name of X.509 with its parts, which come one a line, in one line. */
function oneLine(name: string | undefined): string {
  return (name ?? "").trim().split("\n").join(", ");
}

/** The peer's certificate as plain data, or `undefined` when it sent none. */
export async function peerCertificate(socket: TLSSocket): Promise<PeerCertificate | undefined> {
  const x509 = socket.getPeerX509Certificate();
  if (x509 === undefined) return undefined;
  const raw = new Uint8Array(x509.raw);
  if (latest !== undefined && equalBytes(latest.raw, raw)) return latest.certificate;
  const { createHash } = await import("node:crypto");
  const digest = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
  const alternatives = (x509.subjectAltName ?? "").split(/,\s*/);
  const named = (prefix: string) =>
    alternatives.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  let keyDigest: Uint8Array | undefined;
  const certificate: PeerCertificate = {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    commonName: /^CN=(.*)$/m.exec(x509.subject ?? "")?.[1],
    dnsNames: named("DNS:"),
    ipAddresses: named("IP Address:"),
    validFrom: new Date(x509.validFrom),
    validTo: new Date(x509.validTo),
    fingerprint: digest(raw),
    get keyFingerprint() {
      return keyDigest ??= digest(x509.publicKey.export({ type: "spki", format: "der" }));
    },
  };
  latest = { raw, certificate };
  return certificate;
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
      // Not getPeerCertificate(): it puts the parts of a name into an order of its own.
      const { subject, issuer, subjectAltName } = socket.getPeerX509Certificate() ?? {};
      if (subject !== undefined) facts.subject = oneLine(subject);
      if (issuer !== undefined) facts.issuer = oneLine(issuer);
      if (subjectAltName !== undefined) facts.altnames = subjectAltName;
      return facts;
    },
  };
}

/** Waits for the handshake's end. The socket is destroyed when it fails or when `signal` aborts. */
function handshake(socket: TLSSocket, event: "secureConnect" | "secure", signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("close", onClose);
      socket.off("end", onClose);
      socket.off(event, onSecure);
      if (error === undefined) return resolve();
      // A socket that fails later must not end the program.
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onSecure = () => done();
    const onError = (error: Error) => done(handshakeError(error));
    const onClose = () => done(new ProtocolError("The peer closed the connection during the TLS handshake"));
    const onAbort = () => done(signal!.reason);
    socket.on(event, onSecure);
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.on("end", onClose);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}

const ALERTS: readonly (readonly [RegExp, string])[] = [
  [/CertificateRequired|PEER_DID_NOT_RETURN/i, "it wants a client certificate: cert=FILE"],
  [/UnknownCA/i, "it does not know the authority that signed our certificate"],
  [/CertificateExpired/i, "it says that our certificate has expired"],
  [/BadCertificate|CertificateUnknown|UnsupportedCertificate|AccessDenied/i, "it refused our certificate"],
  [/UnrecognisedName|UnrecognizedName/i, "it serves no such name: snihost=NAME"],
  [/NoApplicationProtocol/i, "it speaks none of the protocols offered by alpn="],
  [/HandshakeFailure|InsufficientSecurity|PeerIncompatible/i, "no common version, cipher or key type"],
  [/ProtocolVersion/i, "it speaks no TLS version that we speak (1.2 and 1.3)"],
];

/** What went wrong in a handshake, in words. Takes errors of both TLS stacks. */
export function handshakeError(error: unknown): Error {
  const text = errorText(error);
  const known = ALERTS.find(([pattern]) => pattern.test(text));
  if (known !== undefined) {
    return new ProtocolError(`The TLS handshake failed: ${known[1]} (${text})`, { cause: error });
  }
  if (/InvalidContentType|corrupt message|WRONG_VERSION_NUMBER|InvalidMessage|wrong version/i.test(text)) {
    return new ProtocolError(`The peer does not speak TLS (${text})`, { cause: error });
  }
  if (/socket disconnected before secure|unexpected end of file|tls handshake eof|UnexpectedEof/i.test(text)) {
    return new ProtocolError("The peer closed the connection during the TLS handshake", { cause: error });
  }
  return error instanceof Error ? error : new Error(text);
}

/** A handshake that is over. `chainError`: why the chain is not trusted, as a code. */
export interface Handshaken {
  readonly stream: TlsSocketStream;
  readonly chainError: string | undefined;
}

function handshaken(socket: TLSSocket, inbox: Inbox, base: About, label: string): Handshaken {
  const error = socket.authorizationError as unknown;
  const chainError = socket.authorized ? undefined : typeof error === "string" ? error : errorText(error ?? "UNKNOWN");
  return { stream: new TlsSocketStream(socket, inbox, secureAbout(base, socket, label)), chainError };
}

/** TLS as a client over `inner`, which it takes over. The peer is not judged yet. */
export async function clientOver(inner: Stream, options: NodeTlsOptions, signal?: AbortSignal): Promise<Handshaken> {
  const tls: Tls = await import("node:tls");
  const inbox = new Inbox();
  const socket = tls.connect({
    ...options,
    socket: await nodeDuplex(inner, inbox),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    allowHalfOpen: true,
  } as never);
  socket.on("data", (chunk: Uint8Array) => inbox.deliver(chunk));
  await handshake(socket, "secureConnect", signal);
  return handshaken(socket, inbox, inner.about, "tls");
}

/** TLS as a server over `inner`, which it takes over. */
export async function serverOver(inner: Stream, options: NodeTlsOptions, signal?: AbortSignal): Promise<Handshaken> {
  const tls: Tls = await import("node:tls");
  const inbox = new Inbox();
  const socket = new tls.TLSSocket(await nodeDuplex(inner, inbox) as never, {
    ...options,
    isServer: true,
    rejectUnauthorized: false,
    allowHalfOpen: true,
  } as never);
  socket.on("data", (chunk: Uint8Array) => inbox.deliver(chunk));
  await handshake(socket, "secure", signal);
  // The runtime fills in these two only for its own servers.
  const wrap = (socket as unknown as { _handle?: { verifyError?(): string | null | undefined } })._handle;
  const verifyError = options.requestCert === true ? wrap?.verifyError?.() : undefined;
  socket.authorized = !verifyError;
  socket.authorizationError = (verifyError || null) as never;
  (socket as unknown as { _releaseControl?(): void })._releaseControl?.();
  return handshaken(socket, inbox, inner.about, "tls");
}
