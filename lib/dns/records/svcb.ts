// Service bindings: SVCB and HTTPS with their parameters (RFC 9460). Pure.
// To add a parameter: a line in `PARAMETERS` and, if its value is of a new form, a case of `valueText` and of `parseValue`.
import type { FieldBuilder } from "../../base/field.ts";
import { formatIp, parseIp } from "../../base/ip.ts";
import { concat } from "../../base/bytes.ts";
import type { ByteReader } from "../../base/reader.ts";
import { DnsFormatError } from "../errors.ts";
import { ipv6Text, must, name, quoted, u16 } from "./kinds.ts";
import { parseBase64, type Tokens, unescape } from "./tokens.ts";
import { base64Text } from "./layout.ts";
import type { Kind, RdataValue, RecordType } from "./shape.ts";

type Form = "path" | "keys" | "alpn" | "empty" | "port" | "ipv4" | "base64" | "ipv6" | "text";

/** Parameters (RFC 9460 14.3.2): key, name, form of the value, source. */
const PARAMETERS: readonly (readonly [number, string, Form, string])[] = [
  [0, "mandatory", "keys", "RFC 9460 8"],
  [1, "alpn", "alpn", "RFC 9460 7.1"],
  [2, "no-default-alpn", "empty", "RFC 9460 7.1"],
  [3, "port", "port", "RFC 9460 7.2"],
  [4, "ipv4hint", "ipv4", "RFC 9460 7.3"],
  [5, "ech", "base64", "RFC 9460 14.3.2"],
  [6, "ipv6hint", "ipv6", "RFC 9460 7.3"],
  [7, "dohpath", "path", "RFC 9461 5"],
];

const byKey = new Map(PARAMETERS.map((parameter) => [parameter[0], parameter]));
const byName = new Map(PARAMETERS.map((parameter) => [parameter[1], parameter]));

/** One parameter as it travels. */
interface Parameter {
  readonly [part: string]: RdataValue;
  readonly key: number;
  readonly value: Uint8Array;
}

const formOf = (key: number): Form => byKey.get(key)?.[2] ?? "text";

/** "alpn", "key667"; dig 9.18 has no name for the keys after ipv6hint. */
function parameterName(key: number): string {
  return key <= 6 ? byKey.get(key)![1] : `key${key}`;
}

/** The numbers of a list of keys. */
function keyList(value: Uint8Array): number[] {
  const keys: number[] = [];
  for (let i = 0; i + 1 < value.length; i += 2) keys.push((value[i]! << 8) | value[i + 1]!);
  return keys;
}

/** The identifiers of an ALPN list. */
function alpnList(value: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += value[at]! + 1) list.push(value.subarray(at + 1, at + 1 + value[at]!));
  return list;
}

/** The octets in pieces of `size`. */
function pieces(value: Uint8Array, size: number): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += size) list.push(value.subarray(at, at + size));
  return list;
}

/** Throws unless a value is of its key's form. */
function checkValue(key: number, value: Uint8Array, offset: number): void {
  const bad = (why: string): never => must(false, `The value of ${parameterName(key)} ${why}`, offset) as never;
  switch (formOf(key)) {
    case "port":
      if (value.length !== 2) bad("is not two octets");
      break;
    case "ipv4":
      if (value.length === 0 || value.length % 4 !== 0) bad("is not a list of IPv4 addresses");
      break;
    case "ipv6":
      if (value.length === 0 || value.length % 16 !== 0) bad("is not a list of IPv6 addresses");
      break;
    case "empty":
      if (value.length !== 0) bad("is not empty");
      break;
    case "alpn": {
      if (value.length === 0) bad("is empty");
      let at = 0;
      while (at < value.length) {
        if (value[at] === 0) bad("has an empty identifier");
        at += value[at]! + 1;
      }
      if (at !== value.length) bad("is cut off");
      break;
    }
    case "keys": {
      if (value.length === 0 || value.length % 2 !== 0) bad("is not a list of keys");
      const keys = keyList(value);
      for (let i = 1; i < keys.length; i++) if (keys[i]! <= keys[i - 1]!) bad("is not in order");
      break;
    }
    case "path":
      if (!isDohPath(value)) bad("is not a path template with the variable dns");
      break;
    case "base64":
    case "text":
  }
}

/** Whether octets are UTF-8 and a URI template (RFC 6570) with the variable "dns" (RFC 9461 5). */
function isDohPath(value: Uint8Array): boolean {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return false;
  }
  if (!text.startsWith("/")) return false;
  const expression = /\{[^{}]*\}/g;
  if (/[{}]/.test(text.replace(expression, ""))) return false;
  const expressions = text.match(expression) ?? [];
  return expressions.some((found) =>
    found.slice(1, -1).replace(/^[+#./;?&]/, "").split(",").some((variable) => /^dns(?:\*|:\d+)?$/.test(variable))
  );
}

/** An ALPN identifier inside the quotes: commas and backslashes escaped once for the list and once for the string. */
function alpnText(identifier: Uint8Array): string {
  let out = "";
  for (const octet of identifier) {
    if (octet === 0x2c || octet === 0x5c) out += octet === 0x2c ? "\\\\," : "\\\\\\\\";
    else if (octet === 0x22) out += '\\"';
    else out += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "\\" + String(octet).padStart(3, "0");
  }
  return out;
}

/** A value as it stands behind the `=`. */
function valueText(key: number, value: Uint8Array): string {
  switch (formOf(key)) {
    case "keys":
      return keyList(value).map(parameterName).join(",");
    case "alpn":
      return `"${alpnList(value).map(alpnText).join(",")}"`;
    case "port":
      return String((value[0]! << 8) | value[1]!);
    case "ipv4":
      return pieces(value, 4).map(formatIp).join(",");
    case "ipv6":
      return pieces(value, 16).map(ipv6Text).join(",");
    case "base64":
      return base64Text(value);
    case "empty":
      return "";
    case "path":
    case "text":
      return quoted(value);
  }
}

/** `name=value`; the name alone when the value is empty. */
function parameterText({ key, value }: { key: number; value: Uint8Array }): string {
  return value.length === 0 ? parameterName(key) : `${parameterName(key)}=${valueText(key, value)}`;
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
  const mandatory = list[0]?.key === 0 ? keyList(list[0].value) : [];
  for (const key of mandatory) {
    const there = key !== 0 && list.some((parameter) => parameter.key === key);
    must(key >= limit || there, `${parameterName(key)} is mandatory and is not there`, offset);
  }
}

/** The parts of a value whose form was checked. */
function explainValue(builder: FieldBuilder, key: number, value: Uint8Array, ref: string | undefined): void {
  const list = (name: string, size: number, text: (octets: Uint8Array) => string) => {
    for (let left = value.length; left > 0; left -= size) {
      builder.field(name, (r) => r.take(size), (octets) => ({ meaning: text(octets), ref }));
    }
  };
  switch (formOf(key)) {
    case "keys":
      for (let left = value.length; left > 0; left -= 2) {
        builder.field("Mandatory key", (r) => r.u16(), (other) => ({ meaning: parameterName(other), ref }));
      }
      return;
    case "alpn":
      for (const { length } of alpnList(value)) {
        builder.field("Protocol length", (r) => r.u8(), { ref });
        builder.field("Protocol", (r) => r.take(length), (octets) => ({ meaning: quoted(octets), ref }));
      }
      return;
    case "port":
      builder.field("Port", (r) => r.u16(), { ref });
      return;
    case "ipv4":
      return list("Address", 4, formatIp);
    case "ipv6":
      return list("Address", 16, ipv6Text);
    case "empty":
      return;
    case "path":
    case "text":
    case "base64":
      if (value.length === 0) return;
      builder.field("Value", (r) => r.take(value.length), { meaning: valueText(key, value), ref });
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
    explainValue(builder, key, value, byKey.get(key)?.[3]);
    group.meaning = parameterText({ key, value });
    return { key, value };
  }, { ref: "RFC 9460 2.2" });
}

/** The items of a comma-separated list, with `\,` and `\\` in them resolved. */
function splitList(octets: Uint8Array): Uint8Array[] {
  const list: number[][] = [[]];
  for (let i = 0; i < octets.length; i++) {
    if (octets[i] === 0x5c && i + 1 < octets.length) list.at(-1)!.push(octets[++i]!);
    else if (octets[i] === 0x2c) list.push([]);
    else list.at(-1)!.push(octets[i]!);
  }
  return list.map((item) => Uint8Array.from(item));
}

function parseKey(text: string, tokens: Tokens): number {
  const known = byName.get(text);
  if (known !== undefined) return known[0];
  const match = /^key(0|[1-9]\d{0,4})$/.exec(text);
  const key = Number(match?.[1] ?? NaN);
  if (!(key <= 0xffff)) throw tokens.error(`"${text}" is not a parameter`);
  return key;
}

function parseValue(form: Form, raw: string, tokens: Tokens): Uint8Array {
  const octets = unescape(raw, tokens.offset);
  const words = () => raw.split(",");
  const addresses = (family: 4 | 6) =>
    concat(
      words().map((word) => {
        const ip = parseIp(word);
        if (ip?.family !== family) throw tokens.error(`"${word}" is not an IPv${family} address`);
        return ip.bytes;
      }),
    );
  switch (form) {
    case "keys": {
      const keys = words().map((word) => parseKey(word, tokens)).sort((a, b) => a - b);
      return Uint8Array.from(keys.flatMap((key) => [key >> 8, key & 0xff]));
    }
    case "alpn":
      return concat(
        splitList(octets).map((item) => {
          if (item.length === 0 || item.length > 255) throw tokens.error("An ALPN identifier of no or too many octets");
          return Uint8Array.of(item.length, ...item);
        }),
      );
    case "port": {
      if (!/^\d{1,5}$/.test(raw) || Number(raw) > 0xffff) throw tokens.error(`"${raw}" is not a port`);
      return Uint8Array.of(Number(raw) >> 8, Number(raw) & 0xff);
    }
    case "ipv4":
      return addresses(4);
    case "ipv6":
      return addresses(6);
    case "base64":
      return parseBase64(raw, tokens.offset);
    case "empty":
    case "path":
    case "text":
      return octets;
  }
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
      const named = byName.has(text.slice(0, equals === -1 ? undefined : equals));
      const value = raw === "" ? new Uint8Array() : parseValue(named ? formOf(key) : "text", raw, tokens);
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
    ref: "RFC 9460 2",
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
      { name: "target", label: "Target name", kind: name, ref: "RFC 9460 2.5" },
      { name: "parameters", label: "Parameters", kind: parameters },
    ],
  };
}

export const SVCB_RECORDS: readonly RecordType[] = [
  binding(64, "SVCB", "binding of a service"),
  binding(65, "HTTPS", "binding of an HTTP service"),
];
