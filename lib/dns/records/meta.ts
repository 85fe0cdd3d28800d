// Records about the message itself: TSIG, TKEY (RFC 8945 4.2, RFC 2930 2). Pure. OPT is one of the common ones.
import { secondsText } from "../../base/text.ts";
import { rcodeName } from "../types.ts";
import { name, u16, u32 } from "./kinds.ts";
import { base64Counted, u48 } from "./octet_kinds.ts";
import { base64Words, lineBreak } from "./layout.ts";
import type { Kind, RecordType } from "./shape.ts";

/** A response code of 16 bits, by its mnemonic. */
const errorCode: Kind<number> = {
  ...u16,
  // In TSIG and TKEY 16 is BADSIG; with EDNS it is BADVERS (RFC 8945 3).
  print: (value) => value === 16 ? "BADSIG" : (value === 23 ? undefined : rcodeName(value)) ?? String(value),
  parse: (tokens) => {
    const { text } = tokens.next("error code");
    const upper = text.toUpperCase();
    if (upper === "BADSIG") return 16;
    for (let code = 0; code < 24; code++) if (code !== 16 && rcodeName(code) === upper) return code;
    if (!/^\d+$/.test(text) || Number(text) > 0xffff) throw tokens.error(`"${text}" is not an error code`);
    return Number(text);
  },
};

const errorMeaning = (value: number) => errorCode.print(value, {}, {});

const time = (value: number) => new Date(value * 1000).toISOString();

const TKEY_MODES: readonly string[] = ["", "SERVERASSIGNED", "DIFFIEHELLMAN", "GSSAPI", "RESOLVERASSIGNED", "DELETE"];

const tkeyMode: Kind<number> = {
  ...u16,
  print: (value) => String(value),
};

export const META_RECORDS: readonly RecordType[] = [
  {
    type: 249,
    mnemonic: "TKEY",
    ref: "RFC 2930 2",
    summary: "establishing of a secret",
    fields: [
      { name: "algorithm", label: "Algorithm", kind: name, ref: "RFC 2930 2.3" },
      { name: "inception", label: "Inception", kind: u32, meaning: time, ref: "RFC 2930 2.4" },
      { name: "expiration", label: "Expiration", kind: u32, meaning: time, ref: "RFC 2930 2.4" },
      {
        name: "mode",
        label: "Mode",
        kind: tkeyMode,
        meaning: (value: number) => TKEY_MODES[value],
        ref: "RFC 2930 2.5",
      },
      { name: "error", label: "Error", kind: errorCode, meaning: errorMeaning, ref: "RFC 2930 2.6" },
      { name: "key", label: "Key", kind: base64Counted, ref: "RFC 2930 2.7" },
      { name: "otherData", label: "Other data", kind: base64Counted, ref: "RFC 2930 2.8" },
    ],
    print: (values, style) => {
      const key = values.key as Uint8Array, other = values.otherData as Uint8Array;
      const gap = lineBreak(style), multiline = style.multiline === true;
      const error = errorCode.print(values.error as number, style, values);
      let out = `${values.algorithm} ${values.inception} ${values.expiration} ${values.mode} ${error} ${key.length}`;
      out += (multiline ? " (" : "") + gap + base64Words(key, style) + (multiline ? " ) " : " ") + other.length;
      if (other.length > 0) out += (multiline ? " (" : "") + gap + base64Words(other, style) + (multiline ? " )" : "");
      return out;
    },
  },
  {
    type: 250,
    mnemonic: "TSIG",
    ref: "RFC 8945 4.2",
    summary: "signature by a shared secret",
    rdclass: 255,
    fields: [
      { name: "algorithm", label: "Algorithm", kind: name },
      { name: "timeSigned", label: "Time signed", kind: u48, meaning: time },
      { name: "fudge", label: "Fudge", kind: u16, meaning: (value: number) => secondsText(value) },
      { name: "mac", label: "MAC", kind: base64Counted },
      { name: "originalId", label: "Original ID", kind: u16 },
      { name: "error", label: "Error", kind: errorCode, meaning: errorMeaning },
      { name: "otherData", label: "Other data", kind: base64Counted },
    ],
    print: (values, style) => {
      const mac = values.mac as Uint8Array, other = values.otherData as Uint8Array;
      const multiline = style.multiline === true, gap = lineBreak(style);
      const error = errorCode.print(values.error as number, style, values);
      let out = `${values.algorithm} ${values.timeSigned} ${values.fudge} ${mac.length}`;
      if (mac.length === 0) out += " ";
      else out += (multiline ? " (" : "") + gap + base64Words(mac, style) + (multiline ? " ) " : " ");
      out += `${values.originalId} ${error} ${other.length} `;
      return out + base64Words(other, style.width === 0 ? style : {});
    },
  },
];
