// Whether an answer asks for the same question once more, changed: EDNS's version, TCP, a cookie. Pure.
import type { Lookup } from "../dig/settings.ts";
import type { DnsMessage } from "../model.ts";
import type { CookieState } from "../print/printed.ts";
import { takeCookie } from "./checks.ts";
import type { Exchange, Surroundings } from "./surroundings.ts";

/** How a question is asked again. */
interface Again {
  /** Said before. */
  readonly words: string;
  /** What the next lookup has instead. */
  readonly changes: Partial<Lookup>;
  /** The answer is shown before. */
  readonly shown: boolean;
}

/** What an answer asks for, and what its cookie is where that had to be looked at. */
export interface Judgement {
  readonly again?: Again;
  readonly cookie?: { readonly state: CookieState };
}

const BADVERS = 16, BADCOOKIE = 23;

/** What an answer to `exchange` asks for. The lookup learns the cookie. */
export function judge(exchange: Exchange, message: DnsMessage, s: Surroundings): Judgement {
  const { lookup } = exchange;
  const { edns, rcode } = message;
  const take = () => ({ state: takeCookie(exchange, message, s) });
  if (rcode === BADVERS && edns !== undefined && edns.version < lookup.edns && lookup.ednsNegotiation) {
    const words = `BADVERS, retrying with EDNS version ${edns.version}.`;
    return { again: { words, changes: { edns: edns.version }, shown: lookup.showBadVersion } };
  }
  if (message.tc && !lookup.ignoreTruncation && !lookup.tcp) {
    const again = { words: "Truncated, retrying in TCP mode.", changes: { tcp: true }, shown: lookup.showTruncated };
    return lookup.cookie === undefined && lookup.sendCookie && edns !== undefined
      ? { again, cookie: take() }
      : { again };
  }
  if (rcode !== BADCOOKIE || lookup.tcp || !lookup.sendCookie || !lookup.badCookie) return {};
  const cookie = take();
  if (cookie.state !== "ok") return { cookie };
  const { seenBadCookie } = lookup;
  const again = {
    words: `BADCOOKIE, retrying${seenBadCookie ? " in TCP mode" : ""}.`,
    changes: { seenBadCookie: true, ...(seenBadCookie ? { tcp: true } : {}) },
    shown: lookup.showBadCookie,
  };
  return { again, cookie };
}
