// `+` options of how a question travels and how the run goes on: transports, tries, search, trace. Pure.
// To add one: a line in `WAY_OPTIONS`; see `../options.ts`.
import { TYPE } from "../../types.ts";
import type { Lookup, OctetText } from "../settings.ts";
import { type DigOption, flag, invalid, number, type OptionContext, quiet } from "./option.ts";

function setTcp({ lookup, on }: OptionContext): void {
  lookup.tcp = on;
  lookup.tcpSet = true;
}

/** A path of RFC 3986 without a query: what `+https=` takes. */
function isAbsolutePath(path: OctetText): boolean {
  return /^\/(?:(?!\/)(?:[A-Za-z0-9._~!$&'()*+,;=:@\/-]|%[0-9A-Fa-f]{2})*)?$/.test(path);
}

/**
 * `+https`, `+http-plain` and their methods. Any beginning of one of these words switches HTTP off; to switch it on the
 * scheme must be whole. What follows its hyphen says GET only by a small "g".
 */
const HTTP: DigOption = {
  guard: "ht",
  names: ["https", "https-get", "https-post", "http-plain", "http-plain-get", "http-plain-post"],
  apply: ({ lookup, word, on, value, output }) => {
    lookup.https = on;
    lookup.httpPath = "";
    if (!on) return;
    const match = /^http(s|-plain)(?:-(.?).*)?$/i.exec(word);
    if (match === null) invalid();
    const [, scheme = "", method] = match;
    if (scheme.length > 1) lookup.httpPlain = true;
    if (method === "g") lookup.httpGet = true;
    if (!lookup.tcpSet) lookup.tcp = true;
    if (value !== undefined && !isAbsolutePath(value)) {
      output.err(`;; The given HTTP path "${value}" is not a valid absolute path\n`);
      invalid();
    }
    lookup.httpPath = value ?? "/dns-query";
  },
};

/** A `+tls-…` option with a file or name: any of them asks for verification. */
function tlsValue(
  guard: string,
  name: string,
  missing: string,
  set: (lookup: Lookup, on: boolean, value?: string) => void,
): DigOption {
  return {
    guard,
    names: [name],
    apply: ({ lookup, on, value, output }) => {
      if (!lookup.tcpSet) lookup.tcp = on;
      if (on) lookup.tlsCaSet = true;
      set(lookup, on, value);
      if (on && value === undefined) {
        output.err(`;; ${missing} is not specified\n`);
        invalid();
      }
    },
  };
}

export const WAY_OPTIONS: readonly DigOption[] = [
  {
    guard: "de",
    names: ["defname"],
    apply: ({ lookup, settings, on }) => {
      if (!lookup.trace) settings.useSearch = on;
    },
  },
  {
    guard: "dns6",
    names: ["dns64prefix"],
    apply: (context) => {
      if (!context.on) return;
      const lookup = context.startDns64();
      context.settings.printCommand = false;
      quiet(lookup);
      lookup.answer = true;
      lookup.rrComments = -1;
      lookup.type = TYPE.AAAA;
      lookup.typeSet = true;
    },
  },
  {
    guard: "do",
    names: ["domain"],
    apply: ({ settings, on, value }) => {
      if (value === undefined || !on) invalid();
      settings.domain = value.slice(0, 1023);
    },
  },
  flag("fa", "fail", "servfailStops"),
  HTTP,
  flag("i", "ignore", "ignoreTruncation"),
  {
    guard: "keepo",
    names: ["keepopen"],
    apply: ({ settings, on }) => {
      settings.keepOpen = on;
    },
  },
  number("nd", "ndots", "ndots", 0xffff, ({ settings }, value) => {
    settings.ndots = value;
  }),
  {
    guard: "nss",
    names: ["nssearch"],
    apply: ({ lookup, settings, on }) => {
      lookup.nsSearch = on;
      if (!on) return;
      lookup.traceRoot = lookup.recurse = lookup.identify = true;
      quiet(lookup);
      lookup.type = TYPE.NS;
      lookup.typeSet = true;
      lookup.rrComments = 0;
      settings.short = true;
    },
  },
  number("ret", "retry retries", "retries", 0xfffffffe, ({ lookup }, value) => {
    lookup.retries = value + 1;
  }),
  {
    guard: "se",
    names: ["search"],
    apply: ({ lookup, settings, on }) => {
      if (!lookup.trace) settings.useSearch = on;
    },
  },
  { guard: "tcp", names: ["tcp"], apply: setTcp },
  number("ti", "timeout", "timeout", 0xffff, ({ settings }, value) => {
    settings.timeout = Math.max(1, value);
  }),
  {
    guard: "tls",
    names: ["tls"],
    whole: true,
    apply: ({ lookup, on }) => {
      if (!lookup.tcpSet) lookup.tcp = on;
      lookup.tls = on;
    },
  },
  {
    guard: "tls-ca",
    names: ["tls-ca"],
    apply: ({ lookup, on, value }) => {
      if (!lookup.tcpSet) lookup.tcp = on;
      lookup.tlsCaSet = on;
      if (on && value !== undefined) lookup.tlsCaFile = value;
    },
  },
  tlsValue("tls-ce", "tls-certfile", "TLS certificate file", (lookup, on, value) => {
    lookup.tlsCertSet = on;
    if (on) lookup.tlsCertFile = value;
  }),
  tlsValue("tls-h", "tls-hostname", "TLS hostname", (lookup, on, value) => {
    lookup.tlsHostnameSet = on;
    if (on) lookup.tlsHostname = value;
  }),
  tlsValue("tls-k", "tls-keyfile", "TLS private key file", (lookup, on, value) => {
    lookup.tlsKeySet = on;
    if (on) lookup.tlsKeyFile = value;
  }),
  {
    guard: "tra",
    names: ["trace"],
    apply: ({ lookup, settings, on }) => {
      lookup.trace = lookup.traceRoot = on;
      if (!on) return;
      quiet(lookup);
      lookup.recurse =
        lookup.identify =
        lookup.authority =
        lookup.dnssec =
        lookup.sendCookie =
          true;
      lookup.rrComments = 0;
      settings.useSearch = false;
    },
  },
  number("tri", "tries", "tries", 0xffffffff, ({ lookup }, value) => {
    lookup.retries = Math.max(1, value);
  }),
  { guard: "v", names: ["vc"], apply: setTcp },
];
