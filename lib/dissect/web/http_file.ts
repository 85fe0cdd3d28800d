// The bodies of HTTP messages as files (RFC 9110 6.4): called as what was asked for, whatever version carried it. Pure.
import type { ContentType } from "../coding/content.ts";
import { clip } from "../coding/words.ts";
import type { CarriedFile } from "../protocol.ts";

/** A request, as its response is told of. */
export interface Asked {
  readonly method: string;
  readonly url: string;
}

/** The URL of a request of HTTP/2 or HTTP/3 (RFC 9113 8.3.1). */
export function urlOf(headers: ReadonlyMap<string, string>): string {
  return `${headers.get(":scheme") ?? ""}://${headers.get(":authority") ?? ""}${headers.get(":path") ?? ""}`;
}

/** The body of a request, or of the response with `status` to it. */
export function httpFile(
  { method, url }: Asked,
  { type, codings }: ContentType,
  status: string | undefined,
  unmarked = false,
): CarriedFile {
  const said = clip(`${method} ${url}${status === undefined ? "" : ` ${status}`}`, 300);
  const name = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").split(/[?#]/)[0]!;
  return { kind: "http", said, name, type, codings, unmarked };
}
