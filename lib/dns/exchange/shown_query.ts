// A query as it is shown (`+qr`). Pure.
import { ByteReader } from "../../base/reader.ts";
import type { DnsMessage } from "../model.ts";
import { parseMessage } from "../parse.ts";

/** The message that the octets of a query are shown as. `padding` is the block size that was asked for. */
export function shownQuery(bytes: Uint8Array, padding: number): DnsMessage {
  return asShown(parseMessage(bytes, { strict: false, bestEffort: true }), padding);
}

/**
 * A query for display: its padding not yet filled, as the reference shows it, and its EDNS options whatever their form
 * (`+ednsopt` sends anything).
 */
function asShown(message: DnsMessage, padding: number): DnsMessage {
  const { opt } = message;
  if (opt === undefined) return message;
  const options: { code: number; data: Uint8Array }[] = [];
  const reader = new ByteReader(opt.rdata.wire);
  while (reader.remaining >= 4) options.push({ code: reader.u16(), data: reader.take(reader.u16()) });
  const last = options.at(-1);
  if (padding !== 0 && last?.code === 12) options[options.length - 1] = { code: 12, data: new Uint8Array(0) };
  const { ttl, rdclass } = opt;
  const edns = {
    udpSize: rdclass,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    flags: ttl & 0xffff,
    dnssecOk: (ttl & 0x8000) !== 0,
    options,
  };
  return Object.create(message, { edns: { value: edns } });
}
