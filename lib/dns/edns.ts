// EDNS: the OPT record (RFC 6891). Pure. The options themselves stand in `edns_options.ts`.
import type { EdnsOption } from "./edns_options.ts";
import type { ResourceRecord } from "./record.ts";
import { DnsName } from "./name.ts";
import { rdataOf } from "./rdata.ts";
import { TYPE } from "./types.ts";

export {
  type ClientSubnet,
  clientSubnetOption,
  cookieOption,
  edeName,
  type EdnsOption,
  optionName,
  optionText,
  parseClientSubnet,
  parseOptionName,
} from "./edns_options.ts";

/** What an OPT record says. */
export interface Edns {
  /** Largest UDP answer that the sender takes. */
  readonly udpSize: number;
  /** Upper eight bits of the response code. */
  readonly extendedRcode: number;
  readonly version: number;
  /** All 16 flag bits; DO is 0x8000. */
  readonly flags: number;
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

/** The OPT record of these words: absent ones are 1232 octets, version 0, no flags, no options. */
export function ednsRecord(edns: Partial<Edns>): ResourceRecord {
  const flags = (edns.flags ?? 0) | (edns.dnssecOk === true ? 0x8000 : 0);
  const ttl = (((edns.extendedRcode ?? 0) << 24) | ((edns.version ?? 0) << 16) | flags) >>> 0;
  const rdclass = edns.udpSize ?? 1232;
  const options = (edns.options ?? []).map(({ code, data }) => ({ code, data }));
  const rdata = rdataOf(TYPE.OPT, rdclass, { options });
  return { name: DnsName.root, type: TYPE.OPT, rdclass, ttl, rdata };
}

/** Reads an OPT record. A `FormatError` when its options do not fit. */
export function parseEdns(record: ResourceRecord): Edns {
  const { ttl, rdclass } = record;
  return {
    udpSize: rdclass,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    flags: ttl & 0xffff,
    dnssecOk: (ttl & 0x8000) !== 0,
    options: record.place?.rdataLength === 0 ? [] : record.rdata.values.options as unknown as readonly EdnsOption[],
  };
}
