// The question that a lookup asks: its name (as written, or with a domain of the search list behind it), its header, its
// question, IXFR's SOA, EDNS with all options, signature. Pure.
import type { Bytes } from "../../base/bytes.ts";
import { fatal } from "../dig/defaults.ts";
import type { Lookup, OctetText } from "../dig/settings.ts";
import { hexOctets } from "../dig/values.ts";
import { ednsRecord, type MessageParts, recordOf, type ResourceRecord } from "../model.ts";
import { encodeMessage } from "../encode.ts";
import { reasonOf } from "../errors.ts";
import type { Query, Surroundings } from "./surroundings.ts";
import { DnsName, parseName } from "../name.ts";
import { rdataOf } from "../rdata.ts";
import { clientSubnetOption, type EdnsOption } from "../records/options.ts";
import type { MessageSigner } from "../signer.ts";
import { TYPE } from "../types.ts";

/** Whether a name ends in a dot that is not escaped. */
function isAbsolute(text: OctetText): boolean {
  return /(?:^|[^\\])(?:\\\\)*\.$/.test(text);
}

/** dig's word for what is wrong with a name that somebody wrote. */
function nameReason(error: unknown): string {
  const reason = reasonOf(error);
  return reason === "name too long" ? "ran out of space" : reason;
}

function fits(text: OctetText): boolean {
  try {
    parseName(text);
    return true;
  } catch {
    return false;
  }
}

/** The name to ask for; `undefined` when name and search domain together are too long. */
export function questionName(lookup: Lookup, s: Surroundings): DnsName | undefined {
  const { settings, system, output, toAscii } = s;
  const convert = (text: OctetText) => lookup.idnIn && toAscii !== undefined ? toAscii(text) : text;
  const text = convert(lookup.name);
  if (lookup.newSearch) {
    const dots = text.split(".").length - 1;
    if (dots >= settings.ndots || !settings.useSearch) {
      lookup.origin = -1;
      lookup.doneAsIs = true;
      lookup.needSearch = settings.useSearch;
    } else if (lookup.origin === -1 && system.search.length > 0) {
      lookup.origin = 0;
      lookup.needSearch = false;
    }
  }
  if (lookup.trace && lookup.traceRoot) return DnsName.root;
  const domain = lookup.origin === -1 ? undefined : system.search[lookup.origin];
  s.debug?.(domain === undefined ? "using root origin" : `trying origin ${domain}`);
  if (domain === undefined) {
    try {
      return parseName(text);
    } catch (error) {
      fatal(output, `'${lookup.name}' is not a legal name (${nameReason(error)})`, 10);
    }
  }
  const origin = convert(domain);
  let suffix: DnsName;
  try {
    suffix = parseName(origin);
  } catch (error) {
    fatal(output, `'${origin}' is not in legal name syntax (${nameReason(error)})`);
  }
  try {
    return parseName(text, suffix);
  } catch (error) {
    // A name that is too long only together with its domain is passed over.
    if (reasonOf(error) === "name too long" && fits(text)) return undefined;
    return fatal(output, `'${lookup.name}' is not in legal name syntax (${nameReason(error)})`);
  }
}

/**
 * Where the search goes on after a name that does not exist: what changes in the lookup for the next domain of the list.
 * `undefined` when there is none.
 */
export function nextOrigin(lookup: Lookup, s: Surroundings): Pick<Lookup, "origin" | "needSearch"> | undefined {
  if (!s.settings.useSearch || isAbsolute(lookup.name)) return undefined;
  try {
    if (parseName(lookup.name).labels.length > s.settings.ndots) return undefined;
  } catch {
    // A name that cannot be read is not looked at more closely here.
  }
  const { length } = s.system.search;
  if (lookup.origin === -1) {
    return lookup.needSearch ? { origin: length > 0 ? 0 : -1, needSearch: false } : undefined;
  }
  const origin = lookup.origin + 1 < length ? lookup.origin + 1 : -1;
  return origin === -1 && lookup.doneAsIs ? undefined : { origin, needSearch: lookup.needSearch };
}

const PADDING = 12;

/** What a query is made with beside its lookup. */
export interface QueryContext {
  /** 8 random octets, the same for the whole run. */
  readonly clientCookie: Uint8Array;
  readonly key: MessageSigner | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The client subnet as an option (RFC 7871 6): no more octets than bits, the last one masked. */
function subnetOption({ subnet }: Lookup): EdnsOption {
  const { family, bits, bytes } = subnet!;
  const octets = Math.ceil(bits / 8);
  const address = bytes.slice(0, octets);
  if (bits % 8 !== 0) address[octets - 1]! &= 0xff << (8 - (bits % 8));
  return clientSubnetOption({ family: family === 6 ? 2 : 1, sourceBits: bits, scopeBits: 0, address });
}

function ednsOptions(lookup: Lookup, cookie: Uint8Array | undefined): EdnsOption[] {
  const none = new Uint8Array(0);
  const options: EdnsOption[] = [];
  if (lookup.nsid) options.push({ code: 3, data: none });
  if (lookup.subnet !== undefined) options.push(subnetOption(lookup));
  if (cookie !== undefined) options.push({ code: 10, data: cookie });
  if (lookup.expire) options.push({ code: 9, data: none });
  if (lookup.keepalive) options.push({ code: 11, data: none });
  options.push(...lookup.ednsOptions);
  if (lookup.padding !== 0) options.push({ code: PADDING, data: none });
  // The first padding without octets goes to the end, where it is filled.
  const pad = options.findIndex(({ code, data }) => code === PADDING && data.length === 0);
  if (pad !== -1) options.push(...options.splice(pad, 1));
  return options;
}

/** Octets of padding that fill a message of `length` octets up to a multiple of `block`. */
function fill(length: number, block: number): number {
  return block === 0 || length % block === 0 ? 0 : block - (length % block);
}

/** Whether a lookup sends an OPT record. */
export function usesEdns(lookup: Lookup): boolean {
  return lookup.udpSize > -1 || lookup.dnssec || lookup.edns > -1 || lookup.subnet !== undefined;
}

/** IXFR's "I have serial n" (RFC 1995 3). */
function serialRecord(lookup: Lookup, name: DnsName): ResourceRecord {
  const rdata = rdataOf(TYPE.SOA, lookup.rdclass, {
    mname: DnsName.root,
    rname: DnsName.root,
    serial: lookup.ixfrSerial,
    refresh: 0,
    retry: 0,
    expire: 0,
    minimum: 0,
  });
  return recordOf(name, 0, rdata);
}

/** Whether a zone is asked for: nobody else needs to be asked then. */
export function isTransfer(type: number): boolean {
  return type === TYPE.AXFR || type === TYPE.IXFR;
}

/** The lookup's question for `name`. Fills in the EDNS defaults of the lookup where it turns out that EDNS is used. */
export async function buildQuery(lookup: Lookup, name: DnsName, id: number, context: QueryContext): Promise<Query> {
  const incremental = lookup.type === TYPE.IXFR && !(lookup.tc && (usesEdns(lookup) || context.key !== undefined));
  const parts: MessageParts = {
    id,
    opcode: lookup.opcode,
    rd: lookup.recurse,
    aa: lookup.aa,
    // IXFR has a record that nobody verified.
    ad: lookup.ad && lookup.type !== TYPE.IXFR,
    cd: lookup.cd,
    ra: lookup.ra,
    tc: lookup.tc,
    z: lookup.z,
    questions: lookup.headerOnly ? [] : [{ name, type: lookup.type, rdclass: lookup.rdclass }],
    ...(incremental ? { authorities: [serialRecord(lookup, name)] } : {}),
  };
  let cookie: Uint8Array | undefined;
  let bytes: Bytes;
  if (usesEdns(lookup)) {
    if (lookup.udpSize < 0) lookup.udpSize = 1232;
    if (lookup.edns < 0) lookup.edns = 0;
    if (lookup.sendCookie) cookie = lookup.cookie === undefined ? context.clientCookie : hexOctets(lookup.cookie);
    const flags = (lookup.ednsFlags & ~0xc000) | (lookup.dnssec ? 0x8000 : 0) | (lookup.co ? 0x4000 : 0);
    const options = ednsOptions(lookup, cookie);
    const opt = () => ednsRecord({ udpSize: lookup.udpSize, version: lookup.edns, flags, options });
    bytes = encodeMessage({ ...parts, additionals: [opt()] });
    const last = options.at(-1);
    if (last?.code === PADDING && last.data.length === 0 && lookup.padding !== 0) {
      const signed = bytes.length + (context.key?.length ?? 0);
      options[options.length - 1] = { code: PADDING, data: new Uint8Array(fill(signed, lookup.padding)) };
      bytes = encodeMessage({ ...parts, additionals: [opt()] });
    }
  } else bytes = encodeMessage(parts);
  if (context.key === undefined) return { bytes, id, name, mac: undefined, cookie };
  const signed = await context.key.sign(bytes, context.now);
  return { bytes: signed.bytes, id, name, mac: signed.mac, cookie };
}
