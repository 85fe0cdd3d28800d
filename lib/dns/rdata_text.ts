// One record's data from presentation text (RFC 1035 5.1, RFC 3597 5). Pure.
import { equalBytes } from "../base/bytes.ts";
import { ByteReader } from "../base/reader.ts";
import { DnsFormatError } from "./errors.ts";
import { DnsName } from "./name.ts";
import { type Rdata, readRdata, recordType, wireOf } from "./rdata.ts";
import "./records/all.ts";
import { parseNumber } from "./records/kinds.ts";
import type { RdataValues } from "./records/shape.ts";
import { parseHexText, Tokens } from "./records/tokens.ts";

/**
 * Rdata of presentation text, the inverse of `Rdata.text`, RFC 3597's `\# length hex` included for every type.
 * Names without a dot at the end get `origin`. A `DnsFormatError` with the offset in the text for anything else.
 */
export function parseRdata(type: number, rdclass: number, text: string, origin: DnsName = DnsName.root): Rdata {
  const tokens = new Tokens(text);
  const shape = recordType(type, rdclass);
  const first = tokens.peek();
  if (first !== undefined && !first.quoted && first.text === "\\#" && !isEscapedHash(type, tokens)) {
    return parseUnknown(type, rdclass, tokens);
  }
  if (shape === undefined) throw new DnsFormatError("syntax error", "An unknown type needs \\# length hex");
  const context = { origin };
  let values: RdataValues = {};
  if (shape.parse !== undefined) values = shape.parse(tokens, context);
  else for (const field of shape.fields) values[field.name] = field.kind.parse(tokens, context, values);
  if (!tokens.atEnd) {
    throw new DnsFormatError("extra input text", `"${tokens.peek()!.text}" is too much`, tokens.offset);
  }
  const wire = wireOf(shape, values);
  if (wire.length > 0xffff) throw new DnsFormatError("ran out of space", "More than 65535 octets of data");
  // What text alone does not rule out is ruled out by reading it back.
  return readRdata(new ByteReader(wire), type, rdclass);
}

/** A TXT may begin with an escaped `#`: it is the unknown form only when a number follows. */
function isEscapedHash(type: number, tokens: Tokens): boolean {
  return type === 16 && !/^\d+$/.test(tokens.peek(1)?.text ?? "");
}

function parseUnknown(type: number, rdclass: number, tokens: Tokens): Rdata {
  tokens.next();
  const length = parseNumber(tokens, 0xffff, "length");
  const offset = tokens.offset;
  const data = parseHexText(tokens.rest().join(""), offset);
  if (data.length !== length) {
    throw new DnsFormatError(
      "unexpected end of input",
      `${data.length} octets, not the ${length} that were said`,
      offset,
    );
  }
  const rdata = readRdata(new ByteReader(data), type, rdclass);
  // There is no message for a pointer to point into.
  if (!equalBytes(rdata.wire, data)) {
    throw new DnsFormatError("disallowed (by application policy)", "A compression pointer in data alone", offset);
  }
  return rdata;
}
