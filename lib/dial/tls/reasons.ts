// What the TLS stacks say when a handshake or a connection fails, in words for the user. Pure.
import { errorCode, errorText, ProtocolError } from "../../base/errors.ts";

/** The peer began with something that is not TLS. */
export class NotTlsError extends ProtocolError {}

type Reason = readonly [RegExp, string];

/** What a peer tells about our certificate, in the handshake or, with TLS 1.3, in its first alert after it. */
const OUR_CERTIFICATE: readonly Reason[] = [
  [/CertificateRequired|PEER_DID_NOT_RETURN/i, "it wants a client certificate: cert=FILE"],
  [/UnknownCA/i, "it does not know the authority that signed our certificate"],
  [/CertificateExpired/i, "it says that our certificate has expired"],
  [/BadCertificate|CertificateUnknown|UnsupportedCertificate|AccessDenied/i, "it refused our certificate"],
];

/** What a TLS stack says of the peer, an alert of the peer's or a want of our own, and what it means for the user. */
const REASONS: readonly Reason[] = [
  ...OUR_CERTIFICATE,
  [/UnrecognisedName|UnrecognizedName/i, "it serves no such name: snihost=NAME"],
  [/NoApplicationProtocol/i, "it speaks none of the protocols offered by alpn="],
  [/support any known protocol/i, "it offers none of the protocols of alpn="],
  [
    /NoCipherSuitesInCommon/,
    "it offers no cipher that goes with our versions of TLS and our certificate's kind of key",
  ],
  [/NoKxGroupsInCommon|NamedGroups|KeyShare|EcPoint/, "it offers none of our groups for the key exchange"],
  [/NoSignatureSchemesInCommon|incompatible signing key/, "it takes no signature that our certificate's key can make"],
  [/SignatureAlgorithmsExtensionRequired/, "its greeting is of a version of TLS before 1.2"],
  [/Tls12NotOffered|SupportedVersions|DoesNotSupportTls|DisabledByOurConfig/, "it offers none of our versions of TLS"],
  [
    /alert:? HandshakeFailure/i,
    "no common version, cipher or key type, or it wants a client certificate (cert=FILE)",
  ],
  [/HandshakeFailure|InsufficientSecurity|Peer ?(is )?Incompatible/i, "no common version, cipher or key type"],
  [/ProtocolVersion/i, "it speaks none of the TLS versions offered (1.2 and 1.3 unless fewer were asked for)"],
  [/received fatal alert/i, "the peer broke it off"],
  // Said though no certificate is asked for its chain here: the handshake's own signature was not believed.
  [
    /^(self-signed certificate|unable to verify the first certificate)/,
    "the runtime's TLS does not take the proof of its certificate's key: an RSA key below 2048 bits, usually",
  ],
];

/**
 * What went wrong in a handshake, in words. Takes errors of both TLS stacks, and its own. `versions`: what to say beside it
 * when no version was found.
 */
export function handshakeError(error: unknown, versions?: string): Error {
  const text = errorText(error);
  if (versions !== undefined && /ProtocolVersion|TlsVersion|Tls1[23]/i.test(text)) {
    return new ProtocolError(`${handshakeError(error).message}: ${versions}`, { cause: error });
  }
  if (error instanceof ProtocolError) return error;
  const known = REASONS.find(([pattern]) => pattern.test(text));
  if (known !== undefined) {
    return new ProtocolError(`The TLS handshake failed: ${known[1]} (${text})`, { cause: error });
  }
  if (/InvalidContentType|corrupt message|WRONG_VERSION_NUMBER|InvalidMessage|wrong version/i.test(text)) {
    return new NotTlsError(`The peer does not speak TLS (${text})`, { cause: error });
  }
  if (/socket disconnected before secure|unexpected end of file|tls handshake eof|UnexpectedEof/i.test(text)) {
    return new ProtocolError("The peer closed the connection during the TLS handshake", { cause: error });
  }
  if (error instanceof Deno.errors.ConnectionReset || errorCode(error) === "ECONNRESET") {
    return new ProtocolError("The peer reset the connection during the TLS handshake", { cause: error });
  }
  return error instanceof Error ? error : new Error(text);
}

/** An error in the middle of a connection in words, where it is TLS that broke; else as it is. */
export function brokenOff(error: unknown): unknown {
  const text = errorText(error);
  if (/corrupt message|WRONG_VERSION_NUMBER|wrong version/i.test(text)) {
    return new ProtocolError(`The peer went on with something that is not TLS (${text})`, { cause: error });
  }
  if (/cannot decrypt/i.test(text)) {
    return new ProtocolError(`What came was changed on the way, or is not from the peer (${text})`, { cause: error });
  }
  if (!/received fatal alert/i.test(text)) return error;
  const known = OUR_CERTIFICATE.find(([pattern]) => pattern.test(text));
  const why = known === undefined ? text : `${known[1]} (${text})`;
  return new ProtocolError(`The peer broke TLS off: ${why}`, { cause: error });
}
