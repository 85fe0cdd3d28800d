// Credentials in Base64 (RFC 4648 4), for saying whose they are. Pure.
import { clip, decodeText } from "./words.ts";

/** The octets of Base64 text, or `undefined` when it is none. */
export function base64Bytes(text: string): Uint8Array | undefined {
  try {
    const decoded = atob(text.trim());
    return Uint8Array.from(decoded, (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** `user "alice", password in Base64` of a PLAIN response (RFC 4616 2), or `undefined`. */
export function plainMeaning(text: string): string | undefined {
  const bytes = base64Bytes(text);
  if (bytes === undefined) return undefined;
  const parts = decodeText(bytes).split("\0");
  return parts.length === 3 ? `user "${clip(parts[1]!)}", password in Base64` : undefined;
}
