// Signatures of packets, checked with the secret of -M: HMAC-MD5 (RFC 2104), TCP's MD5 (RFC 2385). Pure.
import { nodeCrypto } from "../../../base/builtin.ts";
import type { Line } from "./line.ts";

/**
 * ` (valid)`, ` (invalid)` behind the signature that is right, or ` (unchecked)`: of a message of `length` octets at `at`
 * whose signature of sixteen octets stands at `place`. The octets at `cleared` were zero when it was made.
 */
export function signatureText(l: Line, at: number, length: number, place: number, cleared: readonly number[]): string {
  const { secret } = l.options;
  if (secret === "" || !l.has(at, length) || !l.has(place, 16) || place + 16 > at + length) return " (unchecked)";
  const message = l.bytes.slice(at, at + length);
  message.fill(0, place - at, place - at + 16);
  for (const octet of cleared) message[octet - at] = 0;
  const right = nodeCrypto().createHmac("md5", secret).update(message).digest("hex");
  return right === l.hexText(place, 16) ? " (valid)" : `${right} (invalid)`;
}

/** The words behind TCP's MD5 option at `place`: of a segment whose header is at `at`, with `length` octets of data. */
export function segmentSignature(l: Line, at: number, length: number, place: number): string {
  const { bytes, ip: { ver, at: ip }, options: { secret } } = l;
  const unchecked = (why: string) => ` ${why}, can't check - ${l.hexText(place, 16)}`;
  const data = at + (bytes[at + 12]! >> 4) * 4;
  if (data + length > l.end) return unchecked("snaplen too short");
  if (secret === "") return unchecked("shared secret not supplied with -M");
  const header = bytes.slice(at, at + 20);
  header.fill(0, 16, 18);
  const v4 = ver === 4;
  const size = v4 ? l.u16(ip + 2) - (bytes[ip]! & 15) * 4 : l.u16(ip + 4);
  const pseudo = v4
    ? [...bytes.subarray(ip + 12, ip + 20), 0, bytes[ip + 9]!, size >> 8, size & 255]
    : [...bytes.subarray(ip + 8, ip + 40), 0, 0, size >> 8, size & 255, 0, 0, 0, 6];
  const hash = nodeCrypto().createHash("md5").update(Uint8Array.from(pseudo)).update(header)
    .update(bytes.subarray(data, data + length)).update(secret).digest("hex");
  return hash === l.hexText(place, 16) ? " valid" : "  (invalid)";
}
