// `+` options of what the question says: header, EDNS. Pure. To add one: a line in `QUESTION_OPTIONS`; see `../options.ts`.
import { optionCode } from "../../edns_options.ts";
import { OPCODES } from "../../types.ts";
import { fatal } from "../defaults.ts";
import { hexOctets, numberUpTo, parseSubnet } from "../values.ts";
import { couldNotParse, type DigOption, flag, gone, invalid, type OptionContext, wantEdns } from "./option.ts";

function setDnssec({ lookup, on }: OptionContext): void {
  wantEdns(lookup, on);
  lookup.dnssec = on;
}

function addEdnsOption({ lookup, output, value }: OptionContext): void {
  // Colons in front are passed over; the first one after the code parts it from the data.
  const match = /^:*([^:]+)(?::([^]+))?/.exec(value ?? "");
  if (match === null) fatal(output, "ednsopt no code point specified", 10);
  const [, word, hex] = match;
  if (lookup.ednsOptions.length >= 100) fatal(output, "too many ednsopts");
  const code = optionCode(word!) ?? numberUpTo(output, word!, 65535, "ednsopt");
  if (code === undefined) fatal(output, `bad edns code point: ${word}`);
  const data = hexOctets(hex ?? "");
  if (data === undefined) fatal(output, "isc_hex_decodestring: bad hex encoding");
  lookup.ednsOptions.push({ code, data });
}

/** The time that `+fuzztime` means without a number. */
const FUZZ_TIME = 0x622acce1;

export const QUESTION_OPTIONS: readonly DigOption[] = [
  flag("aa", "aaonly aaflag", "aa"),
  flag("adf", "adflag", "ad"),
  { ...flag("ad", "adflag", "ad"), whole: true },
  flag("ba", "badcookie", "badCookie"),
  {
    guard: "bu",
    names: ["bufsize"],
    apply: ({ lookup, on, value, output }) => {
      if (!on) invalid();
      const size = value === undefined ? 1232 : numberUpTo(output, value, 0xffff, "buffer size");
      if (size === undefined) couldNotParse(output, "buffer size");
      lookup.udpSize = size;
    },
  },
  flag("cdf", "cdflag", "cd"),
  { ...flag("cd", "cdflag", "cd"), whole: true },
  flag("cof", "coflag", "co"),
  { ...flag("co", "coflag", "co"), whole: true },
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
  { guard: "dnss", names: ["dnssec"], apply: setDnssec },
  { guard: "do", names: ["do"], whole: true, apply: setDnssec },
  gone("ds", "dscp", "is obsolete and has no effect"),
  {
    guard: "edns",
    names: ["edns"],
    whole: true,
    apply: ({ lookup, on, value, output }) => {
      const version = !on ? -1 : value === undefined ? 0 : numberUpTo(output, value, 255, "edns");
      if (version === undefined) couldNotParse(output, "edns");
      lookup.edns = version;
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
      lookup.ednsFlags = flags;
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
  flag("expi", "expire", "expire"),
  {
    // A fixed time for signatures, in seconds since 1970: the same question is signed in the same octets.
    guard: "fu",
    names: ["fuzztime"],
    apply: ({ lookup, on, value, output }) => {
      const time = !on
        ? undefined
        : value === undefined
        ? FUZZ_TIME
        : numberUpTo(output, value, 0xffffffff, "fuzztime");
      if (on && time === undefined) couldNotParse(output, "fuzztime");
      lookup.fuzzTime = time;
    },
  },
  flag("he", "header-only", "headerOnly"),
  flag("keepa", "keepalive", "keepalive"),
  gone("ma", "mapped", "is deprecated"),
  {
    guard: "nsi",
    names: ["nsid"],
    apply: ({ lookup, on }) => {
      wantEdns(lookup, on);
      lookup.nsid = on;
    },
  },
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
      lookup.opcode = opcode;
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
      lookup.padding = size;
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
  flag("ra", "raflag", "ra"),
  flag("rd", "rdflag", "recurse"),
  flag("rec", "recurse", "recurse"),
  gone("si", "sigchase", "is deprecated"),
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
  gone("to", "topdown", "is deprecated"),
  gone("tru", "trusted-key", "is deprecated"),
  gone("une", "unexpected", "is deprecated"),
  flag("z", "zflag", "z"),
];
