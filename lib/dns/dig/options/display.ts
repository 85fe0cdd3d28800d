// `+` options of what is shown and how. Pure. To add one: a line in `DISPLAY_OPTIONS`; see `../options.ts`.
import { numberUpTo } from "../values.ts";
import { couldNotParse, type DigOption, flag, invalid, quiet } from "./option.ts";

export const DISPLAY_OPTIONS: readonly DigOption[] = [
  flag("add", "additional", "additional"),
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
  flag("be", "besteffort", "besteffort"),
  flag("cl", "cl class", "noClass", true),
  {
    guard: "cm",
    names: ["cmd"],
    apply: ({ settings, on }) => {
      settings.printCommand = on;
    },
  },
  {
    guard: "com",
    names: ["comments"],
    apply: ({ lookup, settings, on, isDefault }) => {
      lookup.comments = on;
      if (isDefault) settings.plusComments = on;
    },
  },
  flag("cr", "crypto", "noCrypto", true),
  flag("expa", "expandaaaa", "expandAaaa"),
  flag("ide", "identify", "identify"),
  flag("idni", "idnin", "idnIn"),
  flag("idno", "idnout", "idnOut"),
  flag("mu", "multiline", "multiline"),
  flag("on", "onesoa", "oneSoa"),
  flag("qr", "qr", "showQuery"),
  {
    guard: "qu",
    names: ["question"],
    apply: ({ lookup, settings, on, isDefault }) => {
      lookup.question = on;
      if (isDefault) settings.plusQuestion = on;
    },
  },
  {
    guard: "rr",
    names: ["rrcomments"],
    apply: ({ lookup, on }) => {
      lookup.rrComments = on ? 1 : -1;
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
  flag("unk", "unknownformat", "unknownFormat"),
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
];
