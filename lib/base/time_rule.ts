// Local time by a rule as `TZ` and the last line of a time zone file give it: "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX 8.3,
// RFC 9636 3.3.1). Pure.
const NAME = "<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,}";
const CLOCK = "[+-]?\\d{1,3}(?::\\d{1,2}(?::\\d{1,2})?)?";
const RULE = new RegExp(`^(${NAME})(${CLOCK})?(?:(${NAME})(${CLOCK})?(?:,([^,]+),([^,]+))?)?`);
const DATE = new RegExp(`^(?:M(\\d+)\\.(\\d)\\.(\\d)|(J?)(\\d+))(?:/(${CLOCK}))?$`);
/** When summer time begins and ends where nothing says so. */
const DATES = ["M3.2.0", "M11.1.0"] as const;
const DAY = 86400;

/** What holds at one moment. */
export interface LocalTime {
  /** Seconds east of Greenwich. */
  readonly offset: number;
  /** "CET", "UTC". */
  readonly abbreviation: string;
}

/** "-3:30" in seconds. */
function clockSeconds(text: string): number {
  const [hours, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours! * 3600 + minutes * 60 + seconds);
}

/** Seconds since 1970, by the clock on the wall, of a date such as "M3.5.0/2" or "J60" in a year; undefined for no date. */
function changeSeconds(date: string, year: number): number | undefined {
  const match = DATE.exec(date);
  if (match === null) return undefined;
  const [, month, week, weekday, julian, day, clock = "2"] = match;
  const at = (month: number, day: number) => Date.UTC(year, month, day) / 1000;
  let days: number;
  if (month !== undefined) {
    const first = at(Number(month) - 1, 1), last = at(Number(month), 0);
    const from = (Number(weekday) - new Date(first * 1000).getUTCDay() + 7) % 7;
    days = first + (from + 7 * (Number(week) - 1)) * DAY;
    while (days > last) days -= 7 * DAY;
  } else {
    // Counted from 1 without 29 February, or from 0 with it.
    const leap = julian === "J" && Number(day) >= 60 && new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    days = at(0, 1) + (Number(day) - (julian === "J" ? 1 : 0) + (leap ? 1 : 0)) * DAY;
  }
  return days + clockSeconds(clock);
}

/** What the rule says of the moment `seconds` since 1970. What cannot be read of it counts as UTC, as in the C library. */
export function localTimeByRule(rule: string, seconds: number): LocalTime {
  const match = RULE.exec(rule);
  if (match === null) return { offset: 0, abbreviation: "" };
  const [, name, offset, summerName, summerOffset, begin = DATES[0], end = DATES[1]] = match;
  const local = (name: string, offset: number): LocalTime => ({ offset, abbreviation: name.replace(/[<>]/g, "") });
  if (offset === undefined) return local(name!, 0);
  const standard = -clockSeconds(offset);
  if (summerName === undefined) return local(name!, standard);
  const summer = summerOffset === undefined ? standard + 3600 : -clockSeconds(summerOffset);
  const year = new Date((seconds + standard) * 1000).getUTCFullYear();
  const from = changeSeconds(begin, year), to = changeSeconds(end, year);
  if (from === undefined || to === undefined) return local(name!, standard);
  const [begins, ends] = [from - standard, to - summer];
  const inSummer = begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends;
  return inSummer ? local(summerName, summer) : local(name!, standard);
}
