// dig's `+option` words: one list of what each is called, how short it may be written, and what it does. Pure.
// To add one: a line in `DIG_OPTIONS` (dig's own) or `OWN_OPTIONS` (ours: they are looked at only where dig knows no such
// word). `guard` is the shortest beginning that dig tells options apart by (in lower case); from there on any beginning
// of a name in `names` will do, in any case.
import { OPCODES, TYPE } from "../types.ts";
import { type DigOutput, fatal, type Lookup, type OctetText, type Settings } from "./settings.ts";
import { hexOctets, numberUpTo, parseSubnet } from "./values.ts";

/** What an option may look at and change. */
export interface OptionContext {
  lookup: Lookup;
  readonly settings: Settings;
  readonly output: DigOutput;
  /** False for `+no…`. */
  readonly on: boolean;
  /** Text behind `=`, `undefined` when there is none. */
  readonly value: OctetText | undefined;
  /** The lookup is the one that later names are cloned from. */
  readonly isDefault: boolean;
  /** Makes the lookup that `+dns64prefix` stands for and goes on with it. */
  readonly startDns64: () => Lookup;
}

/** Thrown for a word or value that makes the whole option invalid: it is named, usage follows, the run ends. */
class InvalidOption extends Error {
  override readonly name = "InvalidOption";
}

function invalid(): never {
  throw new InvalidOption();
}

/** One option. */
export interface DigOption {
  readonly guard: string;
  readonly names: readonly string[];
  /** The guard must be the whole word. */
  readonly whole?: true;
  readonly apply: (context: OptionContext) => void;
}

type FlagName = { [K in keyof Lookup]: Lookup[K] extends boolean ? K : never }[keyof Lookup];

/** An option that sets one member, or its opposite. */
function flag(guard: string, names: string, member: FlagName, inverse = false): DigOption {
  return {
    guard,
    names: names.split(" "),
    apply: ({ lookup, on }) => {
      lookup[member] = on !== inverse;
    },
  };
}

/** Ends the run as dig does when a value makes no sense. */
function couldNotParse(output: DigOutput, what: string): never {
  return fatal(output, `Couldn't parse ${what}`, 10);
}

/** An option with a number that must be there and cannot be switched off. */
function number(
  guard: string,
  names: string,
  what: string,
  max: number,
  set: (context: OptionContext, value: number) => void,
): DigOption {
  return {
    guard,
    names: names.split(" "),
    apply: (context) => {
      if (context.value === undefined || !context.on) invalid();
      const value = numberUpTo(context.output, context.value, max, what);
      if (value === undefined) couldNotParse(context.output, what);
      set(context, value!);
    },
  };
}

/** An option that is accepted and only says that it has had its day. */
function gone(guard: string, name: string, words: string): DigOption {
  return { guard, names: [name], apply: ({ output }) => output.err(`;; +${name} option ${words}`) };
}

function wantEdns(lookup: Lookup, on = true): void {
  if (on && lookup.edns === -1) lookup.edns = 0;
}

function setDnssec({ lookup, on }: OptionContext): void {
  wantEdns(lookup, on);
  lookup.dnssec = on;
}

/** The display options that short forms switch off together. */
function quiet(lookup: Lookup): void {
  lookup.additional =
    lookup.authority =
    lookup.question =
    lookup.comments =
    lookup.stats =
      false;
}

function setTcp({ lookup, on }: OptionContext): void {
  lookup.tcp = on;
  lookup.tcpSet = true;
}

/** EDNS options that `+ednsopt=` knows by name. */
const EDNS_OPTION_NAMES: ReadonlyMap<string, number> = new Map([
  ["LLQ", 1],
  ["NSID", 3],
  ["DAU", 5],
  ["DHU", 6],
  ["N3U", 7],
  ["ECS", 8],
  ["EXPIRE", 9],
  ["COOKIE", 10],
  ["KEEPALIVE", 11],
  ["PADDING", 12],
  ["PAD", 12],
  ["CHAIN", 13],
  ["KEY-TAG", 14],
  ["EDE", 15],
  ["CLIENT-TAG", 16],
  ["SERVER-TAG", 17],
  ["DEVICEID", 26946],
]);

function addEdnsOption({ lookup, output, value }: OptionContext): void {
  // Colons in front are passed over; the first one after the code parts it from the data.
  const match = /^:*([^:]+)(?::([^]+))?/.exec(value ?? "");
  if (match === null) fatal(output, "ednsopt no code point specified", 10);
  const [, word, hex] = match as RegExpExecArray;
  if (lookup.ednsOptions.length >= 100) fatal(output, "too many ednsopts");
  const code = EDNS_OPTION_NAMES.get(word!.toUpperCase()) ?? numberUpTo(output, word!, 65535, "ednsopt");
  if (code === undefined) fatal(output, `bad edns code point: ${word}`);
  const data = hexOctets(hex ?? "");
  if (data === undefined) fatal(output, "isc_hex_decodestring: bad hex encoding");
  lookup.ednsOptions.push({ code: code!, data: data! });
}

/** A path of RFC 3986: what `+https=` takes. */
function isAbsolutePath(path: OctetText): boolean {
  return /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/
    .test(path);
}

/** `+https`, `+http-plain` and their methods. */
function http(guard: string, name: string, plain: boolean, get: boolean): DigOption {
  return {
    guard,
    names: [name],
    apply: ({ lookup, on, value, output }) => {
      lookup.httpPath = "";
      if (!on) {
        lookup.https = false;
        return;
      }
      lookup.https = true;
      if (plain) lookup.httpPlain = true;
      if (get) lookup.httpGet = true;
      if (!lookup.tcpSet) lookup.tcp = true;
      if (value !== undefined && !isAbsolutePath(value)) {
        output.err(`;; The given HTTP path "${value}" is not a valid absolute path\n`);
        invalid();
      }
      lookup.httpPath = value ?? "/dns-query";
    },
  };
}

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

/** dig's own, each with the beginning that decides for it. */
export const DIG_OPTIONS: readonly DigOption[] = [
  flag("aa", "aaonly aaflag", "aa"),
  flag("add", "additional", "additional"),
  flag("adf", "adflag", "ad"),
  { ...flag("ad", "adflag", "ad"), whole: true },
  {
    guard: "al",
    names: ["all"],
    apply: ({ lookup, settings, on }) => {
      lookup.question =
        lookup.authority =
        lookup.answer =
        lookup.additional =
          on;
      lookup.comments = lookup.stats = settings.printCommand = on;
    },
  },
  flag("an", "answer", "answer"),
  flag("au", "authority", "authority"),
  flag("ba", "badcookie", "badCookie"),
  flag("be", "besteffort", "besteffort"),
  {
    guard: "bu",
    names: ["bufsize"],
    apply: ({ lookup, on, value, output }) => {
      if (!on) invalid();
      const size = value === undefined ? 1232 : numberUpTo(output, value, 0xffff, "buffer size");
      if (size === undefined) couldNotParse(output, "buffer size");
      lookup.udpSize = size!;
    },
  },
  flag("cdf", "cdflag", "cd"),
  { ...flag("cd", "cdflag", "cd"), whole: true },
  flag("cl", "cl class", "noClass", true),
  {
    guard: "cm",
    names: ["cmd"],
    apply: ({ settings, on }) => {
      settings.printCommand = on;
    },
  },
  flag("cof", "coflag", "co"),
  { ...flag("co", "coflag", "co"), whole: true },
  {
    guard: "com",
    names: ["comments"],
    apply: ({ lookup, settings, on, isDefault }) => {
      lookup.comments = on;
      if (isDefault) settings.plusComments = on;
    },
  },
  {
    guard: "coo",
    names: ["cookie"],
    apply: ({ lookup, on, value, output }) => {
      wantEdns(lookup, on);
      lookup.sendCookie = on;
      if (value !== undefined && value.length >= 81) fatal(output, "COOKIE data too large", 10);
      lookup.cookie = value;
    },
  },
  flag("cr", "crypto", "noCrypto", true),
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
  { guard: "dnss", names: ["dnssec"], apply: setDnssec },
  { guard: "do", names: ["do"], whole: true, apply: setDnssec },
  {
    guard: "do",
    names: ["domain"],
    apply: ({ settings, on, value }) => {
      if (value === undefined || !on) invalid();
      settings.domain = value.slice(0, 1023);
    },
  },
  gone("ds", "dscp", "is obsolete and has no effect"),
  {
    guard: "edns",
    names: ["edns"],
    whole: true,
    apply: ({ lookup, on, value, output }) => {
      const version = !on ? -1 : value === undefined ? 0 : numberUpTo(output, value, 255, "edns");
      if (version === undefined) couldNotParse(output, "edns");
      lookup.edns = version!;
    },
  },
  {
    guard: "ednsf",
    names: ["ednsflags"],
    apply: ({ lookup, on, value, output }) => {
      if (!on || value === undefined) {
        lookup.ednsFlags = 0;
        return;
      }
      const flags = numberUpTo(output, value, 0xffff, "ednsflags", 0);
      if (flags === undefined) couldNotParse(output, "ednsflags");
      wantEdns(lookup);
      lookup.ednsFlags = flags!;
    },
  },
  flag("ednsn", "ednsnegotiation", "ednsNegotiation"),
  {
    guard: "ednso",
    names: ["ednsopt"],
    apply: (context) => {
      if (context.on) addEdnsOption(context);
      else context.lookup.ednsOptions = [];
    },
  },
  flag("expa", "expandaaaa", "expandAaaa"),
  flag("expi", "expire", "expire"),
  flag("fa", "fail", "servfailStops"),
  {
    // A fixed time for signatures, for dig's own fuzz tests: taken and passed over.
    guard: "fu",
    names: ["fuzztime"],
    apply: ({ on, value, output }) => {
      if (on && value !== undefined && numberUpTo(output, value, 0xffffffff, "fuzztime") === undefined) {
        couldNotParse(output, "fuzztime");
      }
    },
  },
  flag("he", "header-only", "headerOnly"),
  { ...http("https", "https", false, false), whole: true },
  http("https-g", "https-get", false, true),
  http("https-", "https-post", false, false),
  { ...http("http-plain", "http-plain", true, false), whole: true },
  http("http-plain-g", "http-plain-get", true, true),
  http("http-plain-", "http-plain-post", true, false),
  flag("ide", "identify", "identify"),
  flag("idni", "idnin", "idnIn"),
  flag("idno", "idnout", "idnOut"),
  { guard: "id", names: [], apply: invalid },
  flag("i", "ignore", "ignoreTruncation"),
  flag("keepa", "keepalive", "keepalive"),
  {
    guard: "keepo",
    names: ["keepopen"],
    apply: ({ settings, on }) => {
      settings.keepOpen = on;
    },
  },
  gone("ma", "mapped", "is deprecated"),
  flag("mu", "multiline", "multiline"),
  number("nd", "ndots", "ndots", 0xffff, ({ settings }, value) => {
    settings.ndots = value;
  }),
  {
    guard: "nsi",
    names: ["nsid"],
    apply: ({ lookup, on }) => {
      wantEdns(lookup, on);
      lookup.nsid = on;
    },
  },
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
  flag("on", "onesoa", "oneSoa"),
  {
    guard: "op",
    names: ["opcode"],
    apply: ({ lookup, on, value, output }) => {
      if (!on) {
        lookup.opcode = 0;
        return;
      }
      if (value === undefined) invalid();
      const known = OPCODES.indexOf(value.toUpperCase());
      const opcode = known !== -1 ? known : numberUpTo(output, value, 15, "opcode");
      if (opcode === undefined) couldNotParse(output, "opcode");
      lookup.opcode = opcode!;
    },
  },
  {
    guard: "p",
    names: ["padding"],
    apply: ({ lookup, on, value, output }) => {
      wantEdns(lookup, on);
      if (value === undefined) invalid();
      const size = numberUpTo(output, value, 512, "padding");
      if (size === undefined) couldNotParse(output, "padding");
      lookup.padding = size!;
    },
  },
  {
    guard: "qi",
    names: ["qid"],
    apply: ({ lookup, on, value, output }) => {
      if (!on) {
        lookup.id = undefined;
        return;
      }
      if (value === undefined) invalid();
      lookup.id = numberUpTo(output, value, 0xffff, "qid");
      if (lookup.id === undefined) couldNotParse(output, "qid");
    },
  },
  flag("qr", "qr", "showQuery"),
  {
    guard: "qu",
    names: ["question"],
    apply: ({ lookup, settings, on, isDefault }) => {
      lookup.question = on;
      if (isDefault) settings.plusQuestion = on;
    },
  },
  flag("ra", "raflag", "ra"),
  flag("rd", "rdflag", "recurse"),
  flag("rec", "recurse", "recurse"),
  number("ret", "retry retries", "retries", 0xfffffffe, ({ lookup }, value) => {
    lookup.retries = value + 1;
  }),
  {
    guard: "rr",
    names: ["rrcomments"],
    apply: ({ lookup, on }) => {
      lookup.rrComments = on ? 1 : -1;
    },
  },
  {
    guard: "se",
    names: ["search"],
    apply: ({ lookup, settings, on }) => {
      if (!lookup.trace) settings.useSearch = on;
    },
  },
  {
    guard: "shor",
    names: ["short"],
    apply: ({ lookup, settings, on }) => {
      settings.short = on;
      if (!on) return;
      settings.printCommand = false;
      quiet(lookup);
      lookup.answer = true;
      lookup.rrComments = -1;
    },
  },
  flag("showb", "showbadcookie", "showBadCookie"),
  {
    guard: "shows",
    names: ["showsearch"],
    apply: ({ lookup, settings, on }) => {
      if (!lookup.trace) settings.showSearch = settings.useSearch = on;
    },
  },
  gone("si", "sigchase", "is deprecated"),
  {
    guard: "sp",
    names: ["split"],
    apply: ({ settings, on, value, output }) => {
      if (!on) {
        if (value !== undefined) invalid();
        settings.split = 0;
        return;
      }
      if (value === undefined) return;
      const width = numberUpTo(output, value, 1023, "split");
      // What stood there before counts when the number is none: 0xffffffff is "not set".
      let split = width ?? settings.split ?? 0xffffffff;
      if (split % 4 !== 0) {
        split = Math.floor(((split + 3) >>> 0) / 4) * 4;
        output.err(`;; Warning, split must be a multiple of 4; adjusting to ${split}\n`);
      }
      if (width === undefined) couldNotParse(output, "split");
      settings.split = split === 0 ? 0 : split + 3;
    },
  },
  flag("st", "stats", "stats"),
  {
    guard: "su",
    names: ["subnet"],
    apply: ({ lookup, on, value, output }) => {
      if (!on) {
        lookup.subnet = undefined;
        return;
      }
      if (value === undefined) invalid();
      wantEdns(lookup);
      lookup.subnet = parseSubnet(output, value);
    },
  },
  flag("tcf", "tcflag", "tc"),
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
  gone("to", "topdown", "is deprecated"),
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
  gone("tru", "trusted-key", "is deprecated"),
  { ...flag("ttl", "ttl", "noTtl", true), whole: true },
  flag("ttli", "ttlid", "noTtl", true),
  {
    guard: "ttlu",
    names: ["ttlunits"],
    apply: ({ lookup, on }) => {
      lookup.noTtl = false;
      lookup.ttlUnits = on;
    },
  },
  gone("une", "unexpected", "is deprecated"),
  flag("unk", "unknownformat", "unknownFormat"),
  { guard: "v", names: ["vc"], apply: setTcp },
  {
    guard: "y",
    names: ["yaml"],
    apply: ({ lookup, settings, on }) => {
      settings.yaml = on;
      if (!on) return;
      settings.printCommand = lookup.stats = false;
      lookup.rrComments = -1;
    },
  },
  flag("z", "zflag", "z"),
];

type OwnFlag = "explain" | "json" | "status" | "timing";

function ownFlag(guard: string, member: OwnFlag): DigOption {
  return {
    guard,
    names: [member],
    apply: ({ settings, on, value }) => {
      if (value !== undefined) invalid();
      settings[member] = on;
    },
  };
}

/** What dig does not have. */
export const OWN_OPTIONS: readonly DigOption[] = [
  ownFlag("expl", "explain"),
  ownFlag("js", "json"),
  ownFlag("statu", "status"),
  ownFlag("timin", "timing"),
  {
    guard: "par",
    names: ["parallel"],
    apply: ({ settings, on, value, output }) => {
      const count = !on ? 1 : value === undefined ? 64 : numberUpTo(output, value, 10000, "parallel");
      if (count === undefined) couldNotParse(output, "parallel");
      settings.parallel = Math.max(1, count!);
    },
  },
  {
    guard: "vi",
    names: ["via"],
    apply: ({ settings, on, value }) => {
      if (on && value === undefined) invalid();
      if (on) settings.via.push(value!);
      else settings.via = [];
    },
  },
];

function find(options: readonly DigOption[], word: OctetText): DigOption | undefined {
  const lower = word.toLowerCase();
  return options.find(({ guard, whole, names }) =>
    whole ? word === guard : word.startsWith(guard) && (names.length === 0 || names.some((n) => n.startsWith(lower)))
  );
}

/**
 * Carries out `+text`. Gives the lookup that later options are for. An unknown word or a missing value prints what is
 * wrong and the usage text, and ends the run with status 1.
 */
export function applyOption(
  text: OctetText,
  context: Omit<OptionContext, "on" | "value">,
  usage: () => never,
): Lookup {
  const match = /^(=*)([^=]+)(?:=([^]+))?/.exec(text);
  if (match === null) {
    context.output.out(`;; Invalid option ${text}\n`);
    return context.lookup;
  }
  const [, equals, whole, value] = match as unknown as [string, string, string, string | undefined];
  const on = !/^no/i.test(whole);
  const word = on ? whole : whole.slice(2);
  const option = find(DIG_OPTIONS, word) ?? find(OWN_OPTIONS, word);
  let lookup = context.lookup;
  const full: OptionContext = {
    ...context,
    on,
    value,
    startDns64: () => lookup = context.startDns64(),
  };
  try {
    if (option === undefined) invalid();
    option!.apply(full);
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    context.output.err(`Invalid option: +${equals}${whole}\n`);
    usage();
  }
  return lookup;
}
