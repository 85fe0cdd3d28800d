import { assertEquals } from "@std/assert";
import { brokenOff, handshakeError } from "../../../../lib/dial/tls/reasons.ts";

Deno.test("handshakeError() says in words what either stack says", () => {
  const cases = [
    ["received fatal alert: CertificateRequired", "it wants a client certificate: cert=FILE"],
    [
      "received fatal alert: HandshakeFailure",
      "no common version, cipher or key type, or it wants a client certificate (cert=FILE)",
    ],
    ["peer doesn't support any known protocol", "it offers none of the protocols of alpn="],
    [
      "self-signed certificate",
      "the runtime's TLS does not take the proof of its certificate's key: an RSA key below 2048 bits, usually",
    ],
  ] as const;
  for (const [text, words] of cases) {
    assertEquals(handshakeError(new Error(text)).message, `The TLS handshake failed: ${words} (${text})`);
  }
});

Deno.test("brokenOff() says what breaks TLS after the handshake, and leaves other errors alone", () => {
  const told = (text: string) => (brokenOff(new Error(text)) as Error).message;
  assertEquals(
    told("received fatal alert: UnknownCA"),
    "The peer broke TLS off: it does not know the authority that signed our certificate (received fatal alert: UnknownCA)",
  );
  assertEquals(
    told("received fatal alert: InternalError"),
    "The peer broke TLS off: received fatal alert: InternalError",
  );
  assertEquals(
    told("received corrupt message of type InvalidContentType"),
    "The peer went on with something that is not TLS (received corrupt message of type InvalidContentType)",
  );
  assertEquals(
    told("cannot decrypt peer's message"),
    "What came was changed on the way, or is not from the peer (cannot decrypt peer's message)",
  );
  assertEquals(told("Connection reset by peer"), "Connection reset by peer");
});
