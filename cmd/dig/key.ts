// The key that signs the questions: from `-y`, or from the file that `-k` names. Not pure (files).
import { once } from "../../lib/base/late.ts";
import { type KeyPair, keyPair, sharedSecret, textKey } from "../../lib/dns/dig/key.ts";
import { confKey } from "../../lib/dns/dig/key_conf.ts";
import { fatal } from "../../lib/dns/dig/defaults.ts";
import type { DigOutput, Settings } from "../../lib/dns/dig/settings.ts";
import { parseHmac } from "../../lib/dns/dig/values.ts";
import { sig0Signer } from "../../lib/dns/sig0.ts";
import type { MessageSigner } from "../../lib/dns/signer.ts";
import { tsigSigner } from "../../lib/dns/tsig.ts";
import { pathOf, readOctets } from "./world.ts";

const load = {
  sig0: once<typeof import("./sig0.ts")>(() => import(import.meta.resolve("./sig0.ts"))),
};

const DIFFIE_HELLMAN = 2;

/** The signer that a pair makes; `undefined` when it makes none. */
async function pairSigner(pair: KeyPair, base: string, output: DigOutput): Promise<MessageSigner | undefined> {
  const secret = sharedSecret(pair);
  if (secret !== undefined) {
    // The reference's log ends its message with a line feed of its own.
    output.err(`${logTime(new Date())} ${base}.private: Use of K* file pairs for HMAC is deprecated\n\n`);
    return tsigSigner(secret);
  }
  // A key for agreeing on keys, which signs nothing.
  if (pair.algorithm === DIFFIE_HELLMAN) fatal(output, "dns_message_setsig0key: algorithm is unsupported");
  const key = (await load.sig0()).sig0Key(pair);
  return key === undefined ? undefined : sig0Signer(key);
}

/** What is wrong with a file that cannot be read. */
function readFailure(path: string): string {
  try {
    return Deno.statSync(path).isFile ? "permission denied" : "not a file";
  } catch {
    return "file not found";
  }
}

/** The key that the settings ask for. `undefined` (with a message) when there is none to be made of them. */
export async function loadKey(settings: Settings, output: DigOutput): Promise<MessageSigner | undefined> {
  if (settings.keyFile !== "") {
    const base = settings.keyFile.replace(/\.(?:key|private)?$/, "");
    const path = pathOf(base);
    const pair = keyPair(readOctets(`${path}.key`) ?? "", readOctets(`${path}.private`) ?? "");
    const signer = pair === undefined ? undefined : await pairSigner(pair, base, output);
    if (signer !== undefined) return signer;
    const file = pathOf(settings.keyFile), text = readOctets(file);
    const conf = text === undefined ? readFailure(file) : confKey(text);
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
    return tsigSigner(key);
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
