// The key that signs the questions: from `-y`, or from the file that `-k` names. Not pure (files).
import { confKey, pairKey, textKey } from "../lib/dns/dig/key.ts";
import { fatal } from "../lib/dns/dig/defaults.ts";
import type { DigOutput, Settings } from "../lib/dns/dig/settings.ts";
import { parseHmac } from "../lib/dns/dig/values.ts";
import type { TsigKey } from "../lib/dns/tsig.ts";
import { readOctets } from "./dig_world.ts";

/** The key that the settings ask for. `undefined` (with a message) when there is none to be made of them. */
export function loadKey(settings: Settings, output: DigOutput): TsigKey | undefined {
  if (settings.keyFile !== "") {
    const base = settings.keyFile.replace(/\.(?:key|private)?$/, "");
    const pair = pairKey(readOctets(`${base}.key`) ?? "", readOctets(`${base}.private`) ?? "");
    if (pair !== undefined) {
      // The reference's log ends its message with a line feed of its own.
      output.err(`${logTime(new Date())} ${base}.private: Use of K* file pairs for HMAC is deprecated\n\n`);
      return pair;
    }
    const text = readOctets(settings.keyFile);
    const conf = text === undefined ? "file not found" : confKey(text);
    if (conf === "incomplete") fatal(output, "key must have algorithm and secret");
    if (typeof conf === "string") {
      output.err(`Couldn't read key from ${settings.keyFile}: ${conf}\n`);
      return undefined;
    }
    settings.keyName = conf.name;
    settings.keySecret = conf.secret;
    const hmac = parseHmac(output, conf.algorithm);
    settings.keyAlgorithm = hmac?.algorithm;
    settings.keyBits = hmac?.bits ?? 0;
  }
  const key = textKey(settings.keyName, settings.keySecret, settings.keyAlgorithm, settings.keyBits);
  if (typeof key !== "string") {
    if (key.secret.length < 8) {
      output.err(`${logTime(new Date())} the key '${key.name.withoutDot()}' is too short to be secure\n`);
    }
    return key;
  }
  output.out(`;; Couldn't create key ${settings.keyName}: ${key}\n`);
  return undefined;
}

/** `20-Nov-2026 13:31:34.311`, local time: how the reference logs. */
function logTime(date: Date): string {
  const two = (value: number, digits = 2) => String(value).padStart(digits, "0");
  const month = "JanFebMarAprMayJunJulAugSepOctNovDec".slice(date.getMonth() * 3, date.getMonth() * 3 + 3);
  return `${two(date.getDate())}-${month}-${date.getFullYear()} ${two(date.getHours())}:${two(date.getMinutes())}:${
    two(date.getSeconds())
  }.${two(date.getMilliseconds(), 3)}`;
}
