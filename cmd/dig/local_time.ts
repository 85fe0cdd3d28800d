// Local time, by the system's own tables where it has them.
import { latin1Text } from "../../lib/base/bytes.ts";
import { once } from "../../lib/base/late.ts";
import type { LocalTime } from "../../lib/base/time_rule.ts";

const load = {
  timeRule: once<typeof import("../../lib/base/time_rule.ts")>(() =>
    import(import.meta.resolve("../../lib/base/time_rule.ts"))
  ),
  timeZone: once<typeof import("../../lib/base/time_zone.ts")>(() =>
    import(import.meta.resolve("../../lib/base/time_zone.ts"))
  ),
};

/** Where nothing else is known. */
export const UTC: LocalTime = { offset: 0, abbreviation: "UTC" };

/** Local time by the runtime's own tables. */
function runtimeLocalTime(seconds: number): LocalTime {
  const date = new Date(seconds * 1000);
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return {
    offset: -60 * date.getTimezoneOffset(),
    abbreviation: parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC",
  };
}

/**
 * The local time zone, named by `TZ` or the system's own: its table, or the rule that `TZ` gives instead of a name ("JST-9");
 * undefined for UTC.
 */
export function localZone(tz: string | undefined): Uint8Array | string | undefined {
  const name = tz?.replace(/^:/, "");
  if (name !== undefined && /^(?:|UTC0?|Etc\/UTC|UCT|GMT0)$/.test(name)) return undefined;
  const path = name === undefined ? "/etc/localtime" : name.startsWith("/") ? name : `/usr/share/zoneinfo/${name}`;
  try {
    const table = Deno.readFileSync(path);
    // What is no table stands for nothing, as a name without one.
    if (!latin1Text(table.subarray(0, 4)).startsWith("TZif")) return name;
    // The table of UTC has no changes: its rule, in the last line, says it all.
    return /\nUTC0\n$/.test(latin1Text(table.subarray(-8))) ? undefined : table;
  } catch {
    return name;
  }
}

/** Local time by seconds since 1970, in the zone that `TZ` names or the system's own. */
export async function localTimes(tz: string | undefined): Promise<(seconds: number) => LocalTime> {
  // Windows has no such tables.
  if (Deno.build.os === "windows") return runtimeLocalTime;
  const zone = localZone(tz);
  if (zone === undefined) return () => UTC;
  if (typeof zone === "string") {
    const { localTimeByRule } = await load.timeRule();
    return (seconds) => localTimeByRule(zone, seconds);
  }
  const { localTimeAt } = await load.timeZone();
  return (seconds) => localTimeAt(zone, seconds) ?? UTC;
}
