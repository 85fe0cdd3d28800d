// EDNS: the OPT record and its options (RFC 6891), with the text that dig prints for each. Pure.
// To add an option: a line in `EDNS_OPTIONS`. Extended DNS error names (RFC 8914) stand in `EDE_NAMES`.
import type { ResourceRecord } from "./message.ts";

/** An option as it travels. */
export interface EdnsOption {
  /** 0 to 65535. */
  readonly code: number;
  readonly data: Uint8Array;
}

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

/** The OPT record of these words. */
export function ednsRecord(_edns: Partial<Edns>): ResourceRecord {
  throw new Error("not yet");
}

/** Reads an OPT record. A `FormatError` when its options do not fit. */
export function parseEdns(_record: ResourceRecord): Edns {
  throw new Error("not yet");
}

/** One kind of option. */
export interface EdnsOptionType {
  readonly code: number;
  /** As dig's pseudo-section names it: "NSID", "COOKIE", "CLIENT-SUBNET". */
  readonly name: string;
  readonly ref: string;
  /** The text after `; NAME: ` on dig's line, or undefined where the data is not of the option's form (then it is hex). */
  readonly text: (data: Uint8Array) => string | undefined;
}

/** The mnemonic that dig prints and takes in `+ednsopt=`: "NSID"; `OPT=4711` has none. */
export function optionName(_code: number): string | undefined {
  throw new Error("not yet");
}

/** The number of an option's mnemonic as `+ednsopt=` takes it, or `undefined`. */
export function parseOptionName(_text: string): number | undefined {
  throw new Error("not yet");
}

/** The whole line of an option in dig's OPT pseudo-section without the leading `; `: `NSID: 68 65 ("he")`, `OPT=4711: 01 02 ("..")`. */
export function optionText(_option: EdnsOption): string {
  throw new Error("not yet");
}

/** The name of an extended DNS error (RFC 8914 4), "Blocked", or undefined. */
export function edeName(_code: number): string | undefined {
  throw new Error("not yet");
}

/** Client subnet (RFC 7871 6). `address` has only the octets that `sourceBits` asks for. */
export interface ClientSubnet {
  /** 1 for IPv4, 2 for IPv6, 0 for neither. */
  readonly family: number;
  readonly sourceBits: number;
  readonly scopeBits: number;
  readonly address: Uint8Array;
}
/** A `FormatError` when the data breaks RFC 7871. */
export function parseClientSubnet(_data: Uint8Array): ClientSubnet {
  throw new Error("not yet");
}
export function clientSubnetOption(_subnet: ClientSubnet): EdnsOption {
  throw new Error("not yet");
}

/** Cookies (RFC 7873 4): 8 octets of the client, 0 or 8 to 32 of the server. */
export function cookieOption(_client: Uint8Array, _server?: Uint8Array): EdnsOption {
  throw new Error("not yet");
}
