// Reading for handshakes: exactly so many octets, up to a mark, and nothing of what follows. Pure.
import { type Bytes, concat, indexOfBytes, latin1Text } from "../base/bytes.ts";
import { ProtocolError } from "../base/errors.ts";
import type { Stream } from "./stream.ts";

/** Exactly `count` octets, or a `ProtocolError` when the peer ends before (`what` names the message). */
export async function readExactly(stream: Stream, count: number, what = "message"): Promise<Bytes> {
  const bytes = new Uint8Array(count);
  let have = 0;
  while (have < count) {
    const got = await stream.read(bytes.subarray(have));
    if (got === null) {
      throw new ProtocolError(
        have === 0
          ? `The peer closed the connection before its ${what}`
          : `The peer closed the connection in the middle of its ${what}`,
      );
    }
    have += got;
  }
  return bytes;
}

/**
 * Octets up to and with `mark`; what came after it is given back to the stream. A `ProtocolError` when the peer ends
 * before, or when `limit` octets hold no mark.
 */
export async function readUntil(stream: Stream, mark: Uint8Array, limit: number, what = "message"): Promise<Bytes> {
  let bytes: Bytes = new Uint8Array(0);
  const chunk = new Uint8Array(Math.min(limit, 4096));
  for (;;) {
    const got = await stream.read(chunk);
    if (got === null) {
      throw new ProtocolError(
        bytes.length === 0
          ? `The peer closed the connection before its ${what}`
          : `The peer closed the connection in the middle of its ${what}`,
      );
    }
    const from = Math.max(0, bytes.length - mark.length + 1);
    bytes = concat([bytes, chunk.subarray(0, got)]);
    const at = indexOfBytes(bytes, mark, from);
    if (at !== -1) {
      const end = at + mark.length;
      stream.unread(bytes.subarray(end));
      if (end > limit) throw new ProtocolError(`The peer's ${what} is longer than ${limit} octets`);
      return bytes.slice(0, end);
    }
    if (bytes.length >= limit) throw new ProtocolError(`The peer's ${what} is longer than ${limit} octets`);
  }
}

const LINE_FEED = new Uint8Array([0x0a]);

/** A line as ISO 8859-1 text without its CR LF or LF. */
export async function readLine(stream: Stream, limit = 8192, what = "line"): Promise<string> {
  const text = latin1Text(await readUntil(stream, LINE_FEED, limit, what));
  return text.endsWith("\r\n") ? text.slice(0, -2) : text.slice(0, -1);
}
