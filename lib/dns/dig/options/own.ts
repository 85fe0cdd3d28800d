// `+` options that dig does not have. Pure. To add one: a line in `OWN_OPTIONS`; see `../options.ts`.
import { numberUpTo } from "../values.ts";
import { couldNotParse, type DigOption, invalid } from "./option.ts";

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
