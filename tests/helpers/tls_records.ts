// TLS by hand: handshakes and records sealed with the platform's ciphers, and the key log that opens them.
import { Buffer } from "node:buffer";
import { createCipheriv, createHmac } from "node:crypto";
import { concat, utf8 } from "../../lib/base/bytes.ts";
import { parseHex } from "../../lib/base/hex.ts";
import type { Cipher, Hash } from "../../lib/dissect/coding/crypto.ts";
import type { Side } from "../../lib/dissect/protocol.ts";

export const hmac = (hash: Hash, key: Uint8Array, data: Uint8Array) =>
  new Uint8Array(createHmac(hash, key).update(data).digest());

export function seal(
  cipher: Cipher,
  key: Uint8Array,
  nonce: Uint8Array,
  clear: Uint8Array,
  additional: Uint8Array,
): Uint8Array {
  const made = createCipheriv(cipher as "aes-128-gcm", key, nonce, { authTagLength: 16 });
  made.setAAD(additional, { plaintextLength: clear.length });
  return new Uint8Array(Buffer.concat([made.update(clear), made.final(), made.getAuthTag()]));
}

export const CLIENT_RANDOM = "c1".repeat(32), SERVER_RANDOM = "5e".repeat(32);
export const octets = (text: string) => parseHex(text);
export const size = (value: number, count: number) => value.toString(16).padStart(count * 2, "0");
export const record = (type: number, body: Uint8Array) =>
  concat([octets(`${size(type, 1)} 0303 ${size(body.length, 2)}`), body]);
export const handshake = (type: number, body: string) =>
  octets(`${size(type, 1)} ${size(octets(body).length, 3)} ${body}`);
export const hello = (type: 1 | 2, random: string, suite: number, modern: boolean) => {
  const version = modern ? type === 1 ? "002b 0003 02 0304" : "002b 0002 0304" : "";
  const extensions = `${size(octets(version).length, 2)} ${version}`;
  const suites = type === 1 ? `0002 ${size(suite, 2)} 01 00` : `${size(suite, 2)} 00`;
  return record(22, handshake(type, `0303 ${random} 00 ${suites} ${extensions}`));
};
export const REQUEST = utf8("GET /secret HTTP/1.1\r\nHost: a.test\r\nAuthorization: Basic dXNlcjpzZWtyZXQ=\r\n\r\n");
const ANSWER = utf8("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");

/** Seals records of one side with TLS 1.3. */
class Modern {
  #sequence = 0;
  readonly #cipher: Cipher;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;

  constructor(cipher: Cipher, hash: Hash, secret: Uint8Array) {
    const expand = (label: string, length: number) => {
      const name = utf8(`tls13 ${label}`);
      const info = concat([octets(`${size(length, 2)} ${size(name.length, 1)}`), name, Uint8Array.of(0, 1)]);
      return hmac(hash, secret, info).slice(0, length);
    };
    this.#cipher = cipher;
    this.#key = expand("key", cipher === "aes-128-gcm" ? 16 : 32);
    this.#iv = expand("iv", 12);
  }

  record(type: number, content: Uint8Array): Uint8Array {
    const nonce = this.#iv.slice();
    nonce[11]! ^= this.#sequence++;
    const clear = concat([content, Uint8Array.of(type, 0, 0, 0)]);
    const head = octets(`17 0303 ${size(clear.length + 16, 2)}`);
    return concat([head, seal(this.#cipher, this.#key, nonce, clear, head)]);
  }
}

export const SUITES: readonly [number: number, cipher: Cipher, hash: Hash][] = [
  [0x1301, "aes-128-gcm", "sha256"],
  [0x1302, "aes-256-gcm", "sha384"],
  [0x1303, "chacha20-poly1305", "sha256"],
];
const secret = (octet: number, hash: Hash) => new Uint8Array(hash === "sha384" ? 48 : 32).fill(octet);
export const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

export function modernStream(
  number: number,
  cipher: Cipher,
  hash: Hash,
): { log: string; stream: [Side, Uint8Array][] } {
  const labels = ["CLIENT_HANDSHAKE", "SERVER_HANDSHAKE", "CLIENT", "SERVER"];
  const log = labels.map((label, i) =>
    `${label}_TRAFFIC_SECRET${i < 2 ? "" : "_0"} ${CLIENT_RANDOM} ${hexOf(secret(i + 1, hash))}`
  ).join("\n");
  const [ch, sh, ca, sa] = [1, 2, 3, 4].map((octet) => new Modern(cipher, hash, secret(octet, hash)));
  const finished = handshake(20, "00".repeat(hash === "sha384" ? 48 : 32));
  // The encrypted extensions and the first half of Finished share a record: messages cross records.
  const flight = concat([handshake(8, "0000"), finished]);
  return {
    log,
    stream: [
      ["client", hello(1, CLIENT_RANDOM, number, true)],
      ["server", hello(2, SERVER_RANDOM, number, true)],
      ["server", record(20, Uint8Array.of(1))],
      ["server", sh!.record(22, flight.subarray(0, 20))],
      ["server", sh!.record(22, flight.subarray(20))],
      ["client", ch!.record(22, finished)],
      ["client", ca!.record(23, REQUEST.subarray(0, 30))],
      ["client", ca!.record(23, REQUEST.subarray(30))],
      ["server", sa!.record(23, ANSWER)],
      ["server", sa!.record(21, Uint8Array.of(1, 0))],
    ],
  };
}
