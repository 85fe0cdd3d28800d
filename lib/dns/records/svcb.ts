// Service bindings: SVCB and HTTPS with their parameters (RFC 9460). Pure.
// To add a parameter: a line in `PARAMETERS`; forms of values stand in `svcb_values.ts`.
import type { FieldBuilder } from "../../base/field.ts";
import type { ByteReader } from "../../base/reader.ts";
import { DnsFormatError } from "../errors.ts";
import { must, name, u16 } from "./kinds.ts";
import type { Tokens } from "./tokens.ts";
import type { Kind, RdataValue, RecordType } from "./shape.ts";
import {
  ALPN,
  BASE64,
  DOH_PATH,
  EMPTY,
  GROUPS,
  IPV4,
  IPV6,
  keyList,
  keysOf,
  PATH_SEGMENTS,
  PORT,
} from "./svcb_values.ts";
import { TEXT, type ValueForm } from "./svcb_values.ts";

/** Parameters (IANA "DNS SVCB Service Parameter Keys"): key, name, form of the value, source. */
const PARAMETERS: readonly (readonly [number, string, ValueForm, string])[] = [
  [0, "mandatory", keyList(parameterName, parseKey), "RFC 9460 8"],
  [1, "alpn", ALPN, "RFC 9460 7.1"],
  [2, "no-default-alpn", EMPTY, "RFC 9460 7.1"],
  [3, "port", PORT, "RFC 9460 7.2"],
  [4, "ipv4hint", IPV4, "RFC 9460 7.3"],
  [5, "ech", BASE64, "RFC 9460 14.3.2"],
  [6, "ipv6hint", IPV6, "RFC 9460 7.3"],
  [7, "dohpath", DOH_PATH, "RFC 9461 5"],
  [8, "ohttp", EMPTY, "RFC 9540 4"],
  [9, "tls-supported-groups", GROUPS, "draft-ietf-tls-key-share-prediction"],
  [10, "docpath", PATH_SEGMENTS, "RFC 9953"],
  [11, "pvd", TEXT, "IANA registry"],
  [12, "oots", TEXT, "IANA registry"],
];

const byKey = new Map(PARAMETERS.map((parameter) => [parameter[0], parameter]));
const byName = new Map(PARAMETERS.map((parameter) => [parameter[1], parameter]));

/** dig 9.18 has no names for the keys behind this one, and no forms for those behind the next. */
const LAST_NAMED = 6, LAST_FORMED = 7;

/** One parameter as it travels. */
interface Parameter {
  readonly [part: string]: RdataValue;
  readonly key: number;
  readonly value: Uint8Array;
}

/** The form that a value must have: any where dig 9.18 knows none. */
function formOf(key: number): ValueForm {
  return key <= LAST_FORMED ? byKey.get(key)![2] : TEXT;
}

/** "alpn", "key667". */
function parameterName(key: number): string {
  return key <= LAST_NAMED ? byKey.get(key)![1] : `key${key}`;
}

/** Throws unless a value is of its key's form. */
function checkValue(key: number, value: Uint8Array, offset: number): void {
  const fault = formOf(key).fault?.(value);
  must(fault === undefined, `The value of ${parameterName(key)} ${fault}`, offset);
}

/** `name=value`; the name alone when the value is empty. */
function parameterText({ key, value }: { key: number; value: Uint8Array }): string {
  return value.length === 0 ? parameterName(key) : `${parameterName(key)}=${formOf(key).text(value)}`;
}

function readParameter(reader: ByteReader, before: readonly Parameter[]): Parameter {
  const start = reader.offset;
  const cut = () => new DnsFormatError("unexpected end of input", "A parameter is cut off", start);
  if (reader.remaining < 2) throw cut();
  const key = reader.u16();
  checkOrder(key, before, start);
  if (reader.remaining < 2) throw cut();
  const length = reader.u16();
  if (length > reader.remaining) throw new DnsFormatError("unexpected end of input", "A value is cut off", start);
  const value = reader.take(length);
  checkValue(key, value, start);
  return { key, value };
}

/** Keys rise, and none that another calls for was passed over (RFC 9460 2.2, 7.1, 8). */
function checkOrder(key: number, before: readonly Parameter[], offset: number): void {
  must(key > (before.at(-1)?.key ?? -1), `Parameter ${parameterName(key)} is out of order`, offset);
  checkPresence(before, key, offset);
  must(key !== 2 || before.some((parameter) => parameter.key === 1), "no-default-alpn without alpn", offset);
}

/** The mandatory keys below `limit` are there, and "mandatory" is none of them (RFC 9460 8). */
function checkPresence(list: readonly Parameter[], limit: number, offset: number): void {
  const mandatory = list[0]?.key === 0 ? keysOf(list[0].value) : [];
  for (const key of mandatory) {
    const there = key !== 0 && list.some((parameter) => parameter.key === key);
    must(key >= limit || there, `${parameterName(key)} is mandatory and is not there`, offset);
  }
}

function explainParameter(builder: FieldBuilder, before: readonly Parameter[]): Parameter {
  const start = builder.reader.offset;
  return builder.group("Parameter", (group) => {
    const key = builder.field(
      "Key",
      (r) => r.u16(),
      (value) => ({ meaning: byKey.get(value)?.[1] ?? parameterName(value), ref: "RFC 9460 14.3" }),
    );
    const length = builder.field("Value length", (r) => r.u16());
    checkOrder(key, before, start);
    builder.reader.need(length, "value");
    const at = builder.reader.offset;
    const value = builder.reader.bytes.subarray(at, at + length);
    checkValue(key, value, start);
    const [, , form = TEXT, ref] = byKey.get(key) ?? [];
    (form.fault?.(value) === undefined ? form : TEXT).explain(builder, value, ref);
    group.meaning = parameterText({ key, value });
    return { key, value };
  }, { ref: "RFC 9460 2.2" });
}

function parseKey(text: string, tokens: Tokens): number {
  const known = byName.get(text);
  if (known !== undefined) return known[0];
  const match = /^key(0|[1-9]\d{0,4})$/.exec(text);
  const key = Number(match?.[1] ?? NaN);
  if (!(key <= 0xffff)) throw tokens.error(`"${text}" is not a parameter`);
  return key;
}

const parameters: Kind<readonly Parameter[]> = {
  read: (reader) => {
    const list: Parameter[] = [];
    const start = reader.offset;
    while (reader.remaining > 0) list.push(readParameter(reader, list));
    checkPresence(list, 0x10000, start);
    return list;
  },
  write: (writer, value) => {
    for (const { key, value: octets } of value) writer.u16(key).u16(octets.length).bytes(octets);
  },
  print: (value) => value.map(parameterText).join(" "),
  parse: (tokens) => {
    const list: Parameter[] = [];
    while (!tokens.atEnd) {
      const { text } = tokens.next();
      const equals = text.indexOf("=");
      const key = parseKey(equals === -1 ? text : text.slice(0, equals), tokens);
      let raw = equals === -1 ? "" : text.slice(equals + 1);
      // key="value": the quotes belong to the text, not to the value.
      if (/^"[^]*"$/.test(raw)) raw = raw.slice(1, -1);
      // keyNNN takes any octets, whatever form the key has by its name.
      const form = byName.get(text.slice(0, equals === -1 ? undefined : equals))?.[2] ?? TEXT;
      const value = raw === "" ? new Uint8Array() : form.parse(raw, tokens);
      checkValue(key, value, tokens.offset);
      list.push({ key, value });
    }
    list.sort((a, b) => a.key - b.key);
    for (let i = 1; i < list.length; i++) {
      if (list[i]!.key === list[i - 1]!.key) throw tokens.error(`${parameterName(list[i]!.key)} stands twice`);
    }
    return list;
  },
  explain: (builder) => {
    const list: Parameter[] = [];
    const start = builder.reader.offset;
    while (builder.reader.remaining > 0) list.push(explainParameter(builder, list));
    checkPresence(list, 0x10000, start);
    return list;
  },
};

function binding(type: number, mnemonic: string, summary: string): RecordType {
  return {
    type,
    mnemonic,
    ref: "RFC 9460 2.2",
    summary,
    rdclass: 1,
    fields: [
      {
        name: "priority",
        label: "Priority",
        kind: u16,
        ref: "RFC 9460 2.4.1",
        meaning: (value: number) => value === 0 ? "alias" : undefined,
      },
      { name: "target", label: "Target name", kind: name },
      { name: "parameters", label: "Parameters", kind: parameters },
    ],
  };
}

export const SVCB_RECORDS: readonly RecordType[] = [
  binding(64, "SVCB", "binding of a service"),
  binding(65, "HTTPS", "binding of an HTTP service"),
];
