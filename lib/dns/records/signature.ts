// Signature records: SIG and RRSIG (RFC 2535 4.1, RFC 4034 3.1). Pure.
import { secondsText } from "../../base/text.ts";
import type { DnsName } from "../name.ts";
import { isKnownType, typeName } from "../types.ts";
import { DnsFormatError } from "../errors.ts";
import { must, name, sectioned, u16, u32, u8 } from "./kinds.ts";
import { base64Rest, omittable, rrType } from "./octet_kinds.ts";
import { algorithm, algorithmMeaning } from "./key.ts";
import { lineBreak } from "./layout.ts";
import type { RdataField, RdataValues, RecordType, TextStyle } from "./shape.ts";
import { signatureTime } from "./time.ts";

/** SIG writes types that have no mnemonic as numbers; RRSIG as any other record does. */
function coveredText(type: number, rrsig: boolean): string {
  return rrsig || (type !== 0 && isKnownType(type)) ? typeName(type) : String(type);
}

const signatureData = base64Rest(0);

const FIELDS: readonly RdataField[] = [
  { name: "typeCovered", label: "Type covered", kind: rrType },
  { name: "algorithm", label: "Algorithm", kind: algorithm, meaning: algorithmMeaning },
  { name: "labels", label: "Labels", kind: u8 },
  { name: "originalTtl", label: "Original TTL", kind: u32, meaning: (value: number) => secondsText(value) },
  { name: "expiration", label: "Signature expiration", kind: signatureTime },
  { name: "inception", label: "Signature inception", kind: signatureTime },
  { name: "keyTag", label: "Key tag", kind: u16 },
  { name: "signer", label: "Signer's name", kind: name },
  { name: "signature", label: "Signature", kind: signatureData },
];

/** The fields with their sections: both times have one. */
const fieldsOf = (section: string) => [
  ...sectioned(section, FIELDS.slice(0, 5)),
  ...sectioned(section, FIELDS.slice(5), 5),
];

/** Three lines in many-line text; SIG breaks after the expiration, RRSIG before it, and RRSIG alone may be omitted. */
function print(values: RdataValues, style: TextStyle, rrsig: boolean): string {
  const type = coveredText(values.typeCovered as number, rrsig);
  const [number, labels, ttl, expires, begins] = FIELDS.slice(1, 6).map((field) =>
    field.kind.print(values[field.name], style, values)
  );
  const gap = lineBreak(style);
  const open = style.multiline === true ? " (" + gap : " ";
  const head = `${type} ${number} ${labels} ${ttl}`;
  const times = rrsig ? `${head}${open}${expires} ${begins}` : `${head} ${expires}${open}${begins}`;
  const kind = rrsig ? omittable(signatureData) : signatureData;
  const signature = kind.print(values.signature as Uint8Array, style, values);
  return `${times} ${values.keyTag} ${values.signer as DnsName}${gap}${signature}${
    style.multiline === true ? " )" : ""
  }`;
}

export const SIGNATURE_RECORDS: readonly RecordType[] = [
  {
    type: 24,
    mnemonic: "SIG",
    ref: "RFC 2535 4.1",
    summary: "signature (now of messages alone)",
    fields: fieldsOf("RFC 2535 4.1"),
    check: (values) => {
      if ((values.signature as Uint8Array).length > 0) return;
      throw new DnsFormatError("unexpected end of input", "The signature is missing", 18);
    },
    print: (values, style) => print(values, style, false),
  },
  {
    type: 46,
    mnemonic: "RRSIG",
    ref: "RFC 4034 3.1",
    summary: "signature of a record set",
    fields: fieldsOf("RFC 4034 3.1"),
    check: (values) => {
      must((values.signature as Uint8Array).length > 0, "The signature is missing", 18);
      const labels = (values.signer as DnsName).labels.length;
      must(labels <= (values.labels as number), `The signer has ${labels} labels, more than what is signed`, 3);
    },
    print: (values, style) => print(values, style, true),
  },
];
