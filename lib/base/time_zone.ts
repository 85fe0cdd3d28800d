// Local time by the system's own tables (TZif, RFC 9636): offset and abbreviation, as `date` prints them. Pure.
// The runtime's tables take milliseconds to load and know few abbreviations.
import { FormatError } from "./errors.ts";
import { ByteReader } from "./reader.ts";
import { type LocalTime, localTimeByRule } from "./time_rule.ts";

interface Counts {
  readonly isUt: number;
  readonly isStandard: number;
  readonly leaps: number;
  readonly times: number;
  readonly types: number;
  readonly characters: number;
}

/** The header of a data block; 44 octets. */
function readCounts(reader: ByteReader): Counts {
  if (reader.text(4) !== "TZif") throw new FormatError("Not a time zone file", 0);
  reader.skip(16);
  return {
    isUt: reader.u32(),
    isStandard: reader.u32(),
    leaps: reader.u32(),
    times: reader.u32(),
    types: reader.u32(),
    characters: reader.u32(),
  };
}

/** What the file says of the moment `seconds` since 1970; `undefined` for anything that is no such file. */
export function localTimeAt(file: Uint8Array, seconds: number): LocalTime | undefined {
  try {
    return readLocalTime(file, seconds);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

function readLocalTime(file: Uint8Array, seconds: number): LocalTime {
  const reader = new ByteReader(file);
  const first = readCounts(reader);
  // The first block has 32-bit times; the second one, with 64 bits, stands behind it.
  reader.skip(first.times * 5 + first.types * 6 + first.characters + first.leaps * 8 + first.isStandard + first.isUt);
  const { isUt, isStandard, leaps, times, types, characters } = readCounts(reader);
  if (types === 0) throw new FormatError("A time zone file without local times", reader.offset);
  const changes = reader.child(times * 8), kinds = reader.take(times);
  const records = reader.child(types * 6), names = reader.text(characters);
  reader.skip(leaps * 12 + isStandard + isUt);
  const rule = reader.text(reader.remaining).trim();
  let kind = 0, last = -1;
  for (let i = 0; i < times && Number(BigInt.asIntN(64, changes.u64())) <= seconds; i++) [kind, last] = [kinds[i]!, i];
  if (last === times - 1 && rule.includes(",")) return localTimeByRule(rule, seconds);
  records.skip(kind * 6, "local time");
  const offset = records.u32() | 0;
  records.skip(1);
  const start = records.u8();
  const end = names.indexOf("\0", start);
  return { offset, abbreviation: names.slice(start, end === -1 ? undefined : end) };
}
