// `resolv.conf`: servers, search list, options, as dig reads them (resolv.conf(5)). Pure.
import { formatIp, parseLooseIp } from "../../base/ip.ts";
import type { OctetText, Server } from "./settings.ts";

/** What the file says; the defaults where it is silent. */
export interface ResolvConf {
  readonly servers: Server[];
  readonly search: OctetText[];
  readonly ndots: number;
  /** Seconds; 0 when it is not given. */
  readonly timeout: number;
  readonly attempts: number;
}

const MAX_SERVERS = 3;
const MAX_SEARCH = 8;

/** Reads the file's text; `undefined` when dig would refuse it ("parse of /etc/resolv.conf failed"). */
export function parseResolvConf(text: OctetText): ResolvConf | undefined {
  const servers: Server[] = [];
  let search: OctetText[] = [];
  let ndots = 1, timeout = 0, attempts = 3, failed = false;
  const small = (word: string): number => {
    const value = /^\d+$/.test(word) ? Number(word) : NaN;
    if (!(value <= 255)) failed = true;
    return value;
  };
  for (const line of text.split("\n")) {
    const [keyword, ...words] = line.replace(/(^|\s)[#;].*$/, "").trim().split(/\s+/);
    switch (keyword) {
      case "nameserver": {
        const ip = words.length === 1 && !/[[\]]/.test(words[0]!) ? parseLooseIp(words[0]!) : undefined;
        if (ip === undefined) failed = true;
        else if (servers.length < MAX_SERVERS) {
          const address = ip.family === 4 && ip.bytes.every((octet) => octet === 0) ? "127.0.0.1" : formatIp(ip);
          servers.push({ address, given: address });
        }
        break;
      }
      case "domain":
        if (words.length !== 1) failed = true;
        search = words.slice(0, 1);
        break;
      case "search":
        if (words.length === 0) failed = true;
        search = words.slice(0, MAX_SEARCH);
        break;
      case "options":
        if (words.length === 0) failed = true;
        for (const word of words) {
          if (word.startsWith("ndots:")) ndots = small(word.slice(6));
          else if (word.startsWith("attempts:")) attempts = small(word.slice(9));
          else if (word.startsWith("timeout:")) timeout = small(word.slice(8));
        }
        break;
    }
  }
  if (failed) return undefined;
  if (servers.length === 0) {
    for (const address of ["::1", "127.0.0.1"]) servers.push({ address, given: address });
  }
  return { servers, search, ndots, timeout, attempts };
}
