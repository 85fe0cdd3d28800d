// Proof that the peer of a TLS 1.2 handshake has its certificate's key, seen on the wire. RFC 5246.
// For certificates that the runtime cannot take apart (X.509 version 1): its second stack (2.9.6) looks at no signature of
// such a handshake. In TLS 1.2 all that is signed goes in clear before ChangeCipherSpec; TLS 1.3 encrypts it. No I/O of its own.
import type { KeyObject } from "node:crypto";
import { nodeCrypto } from "../../base/builtin.ts";
import { type Bytes, concat, equalBytes } from "../../base/bytes.ts";
import { ByteReader } from "../../base/reader.ts";
import { type Stream, WrappedStream } from "../../stream/stream.ts";

/** What a peer sends before it is known: as much as a handshake may have (RFC 5246 sets no bound, OpenSSL 100 KiB a chain). */
const MOST_RECEIVED = 64 * 1024;
/** What we send ourselves: a listener's chain and its authorities, twice. */
const MOST_SENT = 192 * 1024;

const CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22;
const MOST_FRAGMENT = 1 << 14;
const FIRST_ROOM = 4 * 1024;

/**
 * The handshake messages of one direction in clear (RFC 5246, 6.2.1): `record header (type, version, length) fragment`,
 * where a fragment holds several messages, or a part of one. Keeps at most `limit` octets.
 */
export class HandshakeReader {
  /** Whether ChangeCipherSpec has come: what follows is encrypted, and nobody's here. */
  ended = false;
  /** Whether there was anything but a handshake, or too much of it: then nothing is kept and nothing proven. */
  spoilt = false;
  readonly #limit: number;
  readonly #header = new Uint8Array(5);
  #headerLength = 0;
  /** Octets of the record that are still to come. */
  #rest = 0;
  #kept: Bytes = new Uint8Array(0);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes what goes over the wire next, in pieces of any size; nothing of `bytes` itself is kept. */
  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.ended && !this.spoilt;) {
      if (this.#rest > 0) {
        const part = bytes.subarray(at, at + this.#rest);
        at += part.length;
        this.#rest -= part.length;
        this.#keep(part);
        continue;
      }
      this.#header[this.#headerLength++] = bytes[at++]!;
      if (this.#headerLength === 5) this.#record();
    }
  }

  #record(): void {
    this.#headerLength = 0;
    const [type, major, , high, low] = this.#header as unknown as [number, number, number, number, number];
    this.#rest = (high << 8) | low;
    if (type === CHANGE_CIPHER_SPEC) this.ended = true;
    // An alert, or data between messages: no handshake that ends well has it.
    else if (type !== HANDSHAKE || major !== 3 || this.#rest === 0 || this.#rest > MOST_FRAGMENT) this.spoil();
  }

  #keep(part: Uint8Array): void {
    const size = this.#size + part.length;
    if (size > this.#limit) return this.spoil();
    if (size > this.#kept.length) {
      const larger = new Uint8Array(Math.min(this.#limit, Math.max(2 * size, FIRST_ROOM)));
      larger.set(this.#kept);
      this.#kept = larger;
    }
    this.#kept.set(part, this.#size);
    this.#size = size;
  }

  /** Forgets all and looks at nothing more. */
  spoil(): void {
    this.spoilt = true;
    this.#kept = new Uint8Array(0);
    this.#size = 0;
  }

  /** The messages so far (RFC 5246, 7.4). A `FormatError` when the last one is cut. */
  messages(): Message[] {
    const reader = new ByteReader(this.#kept, 0, this.#size);
    const found: Message[] = [];
    while (reader.remaining > 0) {
      const start = reader.offset;
      const type = reader.u8(), length = reader.u24();
      reader.need(length, "handshake message");
      const body = new ByteReader(reader.bytes, reader.offset, reader.offset + length);
      reader.offset += length;
      found.push({ type, body, whole: reader.bytes.slice(start, reader.offset) });
    }
    return found;
  }
}

/** A handshake message: what is in it, and all of it. */
interface Message {
  readonly type: number;
  readonly body: ByteReader;
  readonly whole: Bytes;
}

const CLIENT_HELLO = 1, SERVER_HELLO_DONE = 14;
/** Message types of a server's flight: hello, certificate, (its status), key exchange, (request), done, (ticket). */
const SERVER_FLIGHT = /^2,11,(22,)?12,(13,)?14(,4)?$/;
/** Of a client that proves itself: hello, certificate, key exchange, proof. */
const CLIENT_FLIGHT = /^1,11,16,15$/;

/** Suites in which the server signs an exchange on a named curve (RFC 5289, 4492, 7905): all that the runtime speaks. */
const SIGNED_SUITES: readonly number[] = [0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];
const NAMED_CURVE = 3;

/** Signature schemes (RFC 8446, 4.2.3, which names those of RFC 5246, 7.4.1.4.1): kind of key, hash, salt for PSS. */
const SCHEMES: Readonly<Record<number, readonly [key: string, hash: string | null, salt?: number]>> = {
  0x0401: ["rsa", "sha256"],
  0x0501: ["rsa", "sha384"],
  0x0601: ["rsa", "sha512"],
  0x0403: ["ec", "sha256"],
  0x0503: ["ec", "sha384"],
  0x0603: ["ec", "sha512"],
  0x0804: ["rsa", "sha256", 32],
  0x0805: ["rsa", "sha384", 48],
  0x0806: ["rsa", "sha512", 64],
  0x0807: ["ed25519", null],
};
/** The shortest RSA key that the runtime believes. */
const LEAST_RSA_BITS = 2048;

/** Whether `signed` (scheme, length, signature; nothing after it) is a signature of `data` (RFC 5246, 4.7). */
function isSigned(signed: ByteReader, data: Uint8Array, key: KeyObject): boolean {
  const scheme = SCHEMES[signed.u16()];
  const signature = signed.take(signed.u16());
  if (scheme === undefined || signed.remaining > 0 || key.asymmetricKeyType !== scheme[0]) return false;
  if (scheme[0] === "rsa" && !((key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_RSA_BITS)) return false;
  const { constants, verify } = nodeCrypto();
  const [, hash, saltLength] = scheme;
  const padding = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return verify(hash, data, { key, ...padding }, signature);
}

/** A hello's random (RFC 5246, 7.4.1.2), after which the rest is read from `body`. */
function helloRandom({ body }: Message): Uint8Array {
  body.u16();
  return body.take(32);
}

/** The first certificate of a Certificate message (RFC 5246, 7.4.2). */
function leafOf({ body }: Message): Uint8Array {
  body.u24();
  return body.take(body.u24());
}

const typesOf = (messages: readonly Message[]) => messages.map(({ type }) => type).join();

/** Whether the server's ServerKeyExchange is signed by `key` for this handshake (RFC 5246, 7.4.3; RFC 4492, 5.4). */
function serverProves(client: readonly Message[], server: readonly Message[], leaf: Uint8Array, key: KeyObject) {
  const types = typesOf(server);
  if (!SERVER_FLIGHT.test(types) || client[0]?.type !== CLIENT_HELLO) return false;
  const hello = server[0]!, exchange = server.find(({ type }) => type === 12)!.body;
  const randoms = [helloRandom(client[0]), helloRandom(hello)];
  hello.body.take(hello.body.u8()); // the session
  if (!SIGNED_SUITES.includes(hello.body.u16()) || !equalBytes(leafOf(server[1]!), leaf)) return false;
  if (exchange.u8() !== NAMED_CURVE) return false;
  exchange.u16();
  exchange.take(exchange.u8());
  const params = exchange.bytes.subarray(exchange.start, exchange.offset);
  return isSigned(exchange, concat([...randoms, params]), key);
}

/** Whether the client's CertificateVerify is signed by `key`: over all messages before it (RFC 5246, 7.4.8). */
function clientProves(client: readonly Message[], server: readonly Message[], leaf: Uint8Array, key: KeyObject) {
  if (!CLIENT_FLIGHT.test(typesOf(client)) || !equalBytes(leafOf(client[1]!), leaf)) return false;
  const flight = server.slice(0, server.findIndex(({ type }) => type === SERVER_HELLO_DONE) + 1);
  if (!SERVER_FLIGHT.test(typesOf(flight))) return false;
  const before = [client[0]!, ...flight, client[1]!, client[2]!];
  return isSigned(client[3]!.body, concat(before.map(({ whole }) => whole)), key);
}

/** A stream that shows what passes to two readers. */
class WatchedStream extends WrappedStream {
  readonly #sent: HandshakeReader;
  readonly #received: HandshakeReader;

  constructor(inner: Stream, sent: HandshakeReader, received: HandshakeReader) {
    super(inner);
    this.#sent = sent;
    this.#received = received;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    const count = await this.inner.read(view);
    if (count !== null) this.#received.feed(view.subarray(0, count));
    return count;
  }

  protected override push(bytes: Uint8Array): Promise<void> {
    this.#sent.feed(bytes);
    return this.inner.write(bytes);
  }
}

/** Watches one handshake of ours, as a client or as a server. */
export class HandshakeWatch {
  readonly #side: "client" | "server";
  readonly #sent = new HandshakeReader(MOST_SENT);
  readonly #received = new HandshakeReader(MOST_RECEIVED);

  constructor(side: "client" | "server") {
    this.#side = side;
  }

  /** Forgets what was seen: when the peer has been judged. */
  end(): void {
    this.#sent.spoil();
    this.#received.spoil();
  }

  /** `inner` as the stream that TLS is to run over. Takes ownership. */
  over(inner: Stream): Stream {
    return new WatchedStream(inner, this.#sent, this.#received);
  }

  /**
   * Whether the finished handshake proves that the peer has the key of `certificate`: its own (DER), with its public key
   * (SubjectPublicKeyInfo). Not when a session is resumed, nor with TLS 1.3, nor when anything is odd.
   */
  proves(certificate: { readonly raw: Uint8Array; readonly publicKey: Uint8Array }): boolean {
    if (!this.#received.ended || this.#received.spoilt || this.#sent.spoilt) return false;
    try {
      const sent = this.#sent.messages(), received = this.#received.messages();
      // Octets do, which the types do not say.
      const publicKey = certificate.publicKey as unknown as string;
      const key = nodeCrypto().createPublicKey({ key: publicKey, format: "der", type: "spki" });
      return this.#side === "client"
        ? serverProves(sent, received, certificate.raw, key)
        : clientProves(received, sent, certificate.raw, key);
    } catch {
      // Cut or bent messages, or a key of a kind that cannot be used.
      return false;
    }
  }
}
