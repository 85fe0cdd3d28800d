// `+` options that dig 9.18 does not have: our own, those of later versions, and words of others that are told what to write
// instead. Pure. To add one: a line in `OWN_OPTIONS`; see `../options.ts`.
import { fatal } from "../defaults.ts";
import { numberUpTo, parseProxyAddresses } from "../values.ts";
import { couldNotParse, type DigOption, flag, invalid, type OptionContext, wantEdns } from "./option.ts";

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

/** An option of another program or version that cannot be had here: what to write instead. */
function notHere(guard: string, names: string, words: string): DigOption {
  return {
    guard,
    names: names.split(" "),
    apply: ({ output, on }) => {
      if (on) fatal(output, words);
    },
  };
}

const ZONEVERSION = 19;

function setProxy({ lookup, output, word, on, value }: OptionContext): void {
  const addresses = on && value !== undefined ? parseProxyAddresses(output, value) : undefined;
  if (typeof addresses === "string") {
    output.err(`dig: ${addresses}\n`);
    invalid();
  }
  lookup.proxy = on ? { plain: word !== "proxy", addresses } : undefined;
}

/** What dig 9.18 does not have. */
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
      settings.parallel = Math.max(1, count);
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
  // of dig 9.20 and later
  flag("showbadv", "showbadversion", "showBadVersion"),
  flag("showt", "showtruncated", "showTruncated"),
  {
    guard: "showa",
    names: ["showallmessages"],
    apply: ({ lookup, on }) => {
      lookup.showQuery =
        lookup.showBadCookie =
        lookup.showBadVersion =
        lookup.showTruncated =
          on;
    },
  },
  {
    guard: "zo",
    names: ["zoneversion"],
    apply: ({ lookup, on }) => {
      wantEdns(lookup, on);
      lookup.ednsOptions = lookup.ednsOptions.filter(({ code }) => code !== ZONEVERSION);
      if (on) lookup.ednsOptions.push({ code: ZONEVERSION, data: new Uint8Array(0) });
    },
  },
  {
    guard: "idn",
    names: ["idn"],
    whole: true,
    apply: ({ lookup, on }) => {
      lookup.idnIn = lookup.idnOut = on;
    },
  },
  { guard: "proxy", names: ["proxy"], whole: true, apply: setProxy },
  { guard: "proxy-", names: ["proxy-plain"], apply: setProxy },
  notHere(
    "svc",
    "svcparamkeycompat",
    "+svcparamkeycompat is not offered: +unknownformat prints data without any names",
  ),
  notHere("qui", "quic", "+quic is not offered (DNS over QUIC): ask with +tls or +https"),
];
