// Frames by hand of resource reservation: every object that lines know, each in a message of its own.
import { counted, ip, number, text } from "./frames.ts";

const A4 = "c0000207", A6 = "20010db8000000000000000000000007";
const object = (group: number, kind: number, body: string) => counted(number(group, 1) + number(kind, 1) + body, 2, 2);
const message = (type: number, ...objects: string[]) => {
  const body = objects.join("").replace(/\s+/g, "");
  return `1${type === 1 ? 1 : 0}${number(type, 1)} 1234 40 00 ${number(body.length / 2 + 8, 2)} ${body}`;
};
const service = (type: number, parameters: string) =>
  `${number(type, 1)}80${number(parameters.replace(/\s/g, "").length / 8, 2)}${parameters}`;
const parameter = (id: number, body: string) =>
  `${number(id, 1)}01${number(body.replace(/\s/g, "").length / 8, 2)}${body}`;
const bucket = parameter(127, "4a989680 447a0000 7f800000 00000014 000005dc");
const services = service(
  1,
  parameter(4, "00000003") + parameter(6, "4cbebc20") + parameter(8, "ffffffff") + parameter(10, "000005dc"),
) +
  service(2, bucket + parameter(130, "45000000 00000009") + parameter(133, "00000001") + parameter(99, "01020304")) +
  service(5, parameter(8, "00000005") + parameter(136, "00000002"));
const integrated = `00${number(0, 1)}${number(services.replace(/\s/g, "").length / 8, 2)}${services}`;

const OBJECTS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: {
    1: `${A4} 11 01 0035`,
    2: `${A6} 11 01 0035`,
    7: `${A4} 0000 0010 ${A4}`,
    8: `${A6} 0000 0010 ${A6}`,
    11: `${A4} 0000 0010 ${A4}`,
    13: `${A4} 0000 0010 ${A4}`,
    14: `00000007 0000 0010 ${A6}0000 0000`,
    9: "01020304",
  },
  3: { 1: `${A4} 00000009`, 2: `${A6} 00000009`, 3: `${A4} 00000009 01020304`, 4: `${A6} 00000009` },
  4: { 1: `80 00 010203040506 0102030405060708 ${A6}` },
  5: { 1: "00007530" },
  6: {
    1: `${A4} 01 18 0005`,
    2: `${A6} 01 18 0063`,
    3: `${A4} 01 1c 0002`,
    4: `${A6} 01 19 0001`,
  },
  7: { 1: A4 },
  8: { 1: "00 000012" },
  9: { 2: integrated, 1: "00000000" },
  10: {
    1: `${A4} 0000 0035`,
    2: `${A6} 0000 0035`,
    3: `${A6} 00 000035`,
    7: `${A4} 0000 0035`,
    8: `${A6} 0000 0035`,
    12: `${A4} 0000 0035 ${A4} 0007 0000`,
    13: `${A6} 0000 0035 ${A6} 0000 0007`,
  },
  11: {
    7: `${A4} 0000 0035`,
    1: `${A4} 0000 0035`,
    12: `${A4} 0000 0035 ${A4} 0007 0000`,
    13: `${A6} 0000 0035 ${A6} 0000 0007`,
  },
  12: { 2: integrated },
  15: { 1: A4, 2: A6 },
  16: { 1: "00000010 00000011", 2: "00000010", 3: "00000001 00000002 00000003", 4: "00000001" },
  19: {
    1: "00000800",
    2: "00000800 80010002 00030004",
    3: "00000800 01000007 00000009",
    4: "08640021",
  },
  20: { 1: `8108 ${A4} 20 0f 0308 01 02 00000010 2004 0001` },
  21: { 1: `0108 ${A4} 18 00`, 2: "00000000" },
  22: { 1: "00000001 00000002", 2: "00000001 00000002" },
  23: { 1: "01 000002 00000003" },
  24: { 2: "01 000002 00000003 00000004" },
  36: { 1: "02 000007 00000001 00000009", 2: "00000000" },
  50: { 1: A4, 2: A6 },
  63: { 7: `${A4} ${A4}` },
  66: { 1: "00000003" },
  125: { 1: "00000003" },
  131: { 1: "00000001 00000002" },
  134: { 1: "00000107" },
  195: { 1: A4, 2: A6 },
  196: { 1: "80000007" },
  204: { 1: "0002 0000 0104 0102 1006 01020304 0304" },
  205: { 1: "07 07 10 00 4cbebc20 00000001 00000002 00000003", 7: "07 07 10 00 00000000 00000001 00000002" },
  207: { 7: `07 06 1f 06 ${text("tunnel")} 0000` },
  229: {
    1: `0008 01 01 ${A4} 0014 02 02 ${A6} 0010 04 01 8000000100000002 00000003 0008 05 01 07000000 0008 03 00 01020304 0008 01 03 01020304`,
  },
  99: { 1: "01020304" },
};

export const RSVP_FRAMES: Readonly<Record<string, Uint8Array>> = Object.fromEntries([
  ...Object.entries(OBJECTS).flatMap(([group, kinds]) =>
    Object.entries(kinds).map(([kind, body]): [string, Uint8Array] => [
      `RSVP object ${group} ${kind}`,
      ip(46, message(1 + Number(group) % 7, object(Number(group), Number(kind), body))),
    ])
  ),
  [
    "RSVP bundle",
    ip(46, message(12, message(20, object(22, 1, "0000000100000002")), message(2, object(5, 1, "00000001")))),
  ],
  ["RSVP unknown message", ip(46, message(9, "01020304"))],
  ["RSVP acknowledgement", ip(46, message(13, object(24, 1, "01 000002 00000003"), object(5, 1, "")))],
  ["RSVP version 2", ip(46, "20 01 0000 40 00 0008")],
]);
