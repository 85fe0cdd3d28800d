// LOC: a place on earth (RFC 1876). Pure.
import { DnsFormatError } from "../errors.ts";
import { parseNumber, u8 } from "./kinds.ts";
import type { Kind, RdataValues, RecordType, TextContext } from "./shape.ts";
import type { Tokens } from "./tokens.ts";

const EQUATOR = 0x80000000;
/** Centimetres below the WGS 84 spheroid that altitude 0 means. */
const BASE_ALTITUDE = 10000000;

/** The version, with which all of the record must be there: what is cut off is so whatever its values. */
const version: Kind<number> = {
  ...u8,
  skip: (reader) => void version.read(reader, {}),
  read: (reader) => {
    reader.need(16, "place");
    return reader.u8();
  },
};

/** Centimetres as four bits of digit and four bits of power of ten. */
const size: Kind<number> = {
  read: (reader) => {
    const start = reader.offset;
    const value = reader.u8();
    const digit = value >> 4, power = value & 15;
    if (digit > 9 || power > 9 || (digit === 0 && power !== 0)) {
      throw new DnsFormatError("out of range", "A size of more than one digit", start);
    }
    return value;
  },
  write: (writer, value) => void writer.u8(value),
  print: (value) => {
    const digit = value >> 4, power = value & 15;
    return power > 1 ? `${digit * 10 ** (power - 2)}m` : `0.${String(digit * 10 ** power).padStart(2, "0")}m`;
  },
  parse: (tokens) => encodeSize(metres(tokens)),
};

/** A coordinate: thousandths of a second of arc from the equator or the prime meridian. */
function coordinate(most: number, positive: string, negative: string): Kind<number> {
  return {
    read: (reader) => {
      const start = reader.offset;
      const value = reader.u32();
      if (Math.abs(value - EQUATOR) > most * 3600000) {
        throw new DnsFormatError("out of range", `A coordinate of more than ${most} degrees`, start);
      }
      return value;
    },
    write: (writer, value) => void writer.u32(value),
    print: (value) => {
      const away = Math.abs(value - EQUATOR);
      const degrees = Math.floor(away / 3600000), minutes = Math.floor(away / 60000) % 60;
      const seconds = Math.floor(away / 1000) % 60, thousandths = String(away % 1000).padStart(3, "0");
      return `${degrees} ${minutes} ${seconds}.${thousandths} ${value < EQUATOR ? negative : positive}`;
    },
    parse: (tokens) => {
      const degrees = parseNumber(tokens, most, "degrees");
      let minutes = 0, thousandths = 0;
      if (isNumber(tokens)) minutes = parseNumber(tokens, 59, "minutes");
      if (isNumber(tokens)) {
        const { text } = tokens.next("seconds");
        const match = /^(\d{1,2})(?:\.(\d{1,3}))?$/.exec(text);
        if (match === null || Number(match[1]) > 59) throw tokens.error(`"${text}" is not seconds of arc`);
        thousandths = Number(match[1]) * 1000 + Number((match[2] ?? "").padEnd(3, "0"));
      }
      const { text } = tokens.next("hemisphere");
      const away = degrees * 3600000 + minutes * 60000 + thousandths;
      if (away > most * 3600000) throw new DnsFormatError("out of range", `More than ${most} degrees`, tokens.offset);
      if (text.toUpperCase() === positive) return EQUATOR + away;
      if (text.toUpperCase() === negative) return EQUATOR - away;
      throw tokens.error(`"${text}" is neither ${positive} nor ${negative}`);
    },
  };
}

const isNumber = (tokens: Tokens) => /^\d/.test(tokens.peek()?.text ?? "");

/** Centimetres of a word in metres. */
function metres(tokens: Tokens): number {
  const { text } = tokens.next("metres");
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?m?$/i.exec(text);
  if (match === null) throw tokens.error(`"${text}" is not a number of metres`);
  const centimetres = Number(match[2]) * 100 + Number((match[3] ?? "").padEnd(2, "0"));
  return match[1] === "-" ? -centimetres : centimetres;
}

/** One digit and a power of ten, cut off. */
function encodeSize(centimetres: number): number {
  if (centimetres < 0 || centimetres > 9_000_000_000) {
    throw new DnsFormatError("out of range", "A size beyond 90000 km");
  }
  let digit = centimetres, power = 0;
  while (digit >= 10) {
    digit = Math.floor(digit / 10);
    power++;
  }
  return (digit << 4) | power;
}

const altitude: Kind<number> = {
  read: (reader) => reader.u32(),
  write: (writer, value) => void writer.u32(value),
  print: (value) => {
    const centimetres = value - BASE_ALTITUDE, away = Math.abs(centimetres);
    return `${centimetres < 0 ? "-" : ""}${Math.floor(away / 100)}.${String(away % 100).padStart(2, "0")}m`;
  },
  parse: (tokens) => {
    const centimetres = metres(tokens) + BASE_ALTITUDE;
    if (centimetres < 0 || centimetres > 0xffffffff) {
      throw new DnsFormatError("out of range", "An altitude out of range");
    }
    return centimetres;
  },
};

const latitude = coordinate(90, "N", "S");
const longitude = coordinate(180, "E", "W");

/** Text has another order than the wire, and sizes may be left out. */
function parse(tokens: Tokens, context: TextContext): RdataValues {
  const north = latitude.parse(tokens, context, {});
  const east = longitude.parse(tokens, context, {});
  const up = altitude.parse(tokens, context, {});
  const sizes = [0x12, 0x16, 0x13];
  for (let i = 0; i < 3 && !tokens.atEnd; i++) sizes[i] = size.parse(tokens, context, {});
  return {
    version: 0,
    size: sizes[0]!,
    horizontalPrecision: sizes[1]!,
    verticalPrecision: sizes[2]!,
    latitude: north,
    longitude: east,
    altitude: up,
  };
}

const meaning = (kind: Kind<number>) => (value: number) => kind.print(value, {}, {});

export const LOCATION_RECORDS: readonly RecordType[] = [
  {
    type: 29,
    mnemonic: "LOC",
    ref: "RFC 1876 2",
    summary: "place on earth",
    // Other versions have no form yet.
    covers: (data) => data.length === 0 || data[0] === 0,
    fields: [
      { name: "version", label: "Version", kind: version },
      { name: "size", label: "Size", kind: size, meaning: meaning(size) },
      { name: "horizontalPrecision", label: "Horizontal precision", kind: size, meaning: meaning(size) },
      { name: "verticalPrecision", label: "Vertical precision", kind: size, meaning: meaning(size) },
      { name: "latitude", label: "Latitude", kind: latitude, meaning: meaning(latitude) },
      { name: "longitude", label: "Longitude", kind: longitude, meaning: meaning(longitude) },
      { name: "altitude", label: "Altitude", kind: altitude, meaning: meaning(altitude) },
    ],
    print: (values, style) => {
      const text = (field: string, kind: Kind<number>) => kind.print(values[field] as number, style, values);
      return [
        text("latitude", latitude),
        text("longitude", longitude),
        text("altitude", altitude),
        text("size", size),
        text("horizontalPrecision", size),
        text("verticalPrecision", size),
      ].join(" ");
    },
    parse,
  },
];
