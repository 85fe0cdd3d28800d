// CoAP (RFC 7252) over UDP, with block-wise transfer (RFC 7959) and observing (RFC 7641). Pure.
import { hex } from "../../base/hex.ts";
import { contentText } from "../coding/content.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "RFC 7252 3";
const TYPES = ["confirmable", "non-confirmable", "acknowledgement", "reset"];
const CODES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0x00: ["empty", "RFC 7252 4.1"],
  0x01: ["GET", "RFC 7252 5.8.1"],
  0x02: ["POST", "RFC 7252 5.8.2"],
  0x03: ["PUT", "RFC 7252 5.8.3"],
  0x04: ["DELETE", "RFC 7252 5.8.4"],
  0x05: ["FETCH", "RFC 8132 2"],
  0x06: ["PATCH", "RFC 8132 3"],
  0x07: ["iPATCH", "RFC 8132 3"],
  0x41: ["2.01 Created", "RFC 7252 5.9.1.1"],
  0x42: ["2.02 Deleted", "RFC 7252 5.9.1.2"],
  0x43: ["2.03 Valid", "RFC 7252 5.9.1.3"],
  0x44: ["2.04 Changed", "RFC 7252 5.9.1.4"],
  0x45: ["2.05 Content", "RFC 7252 5.9.1.5"],
  0x5f: ["2.31 Continue", "RFC 7959 2.9.1"],
  0x80: ["4.00 Bad Request", "RFC 7252 5.9.2.1"],
  0x81: ["4.01 Unauthorized", "RFC 7252 5.9.2.2"],
  0x82: ["4.02 Bad Option", "RFC 7252 5.9.2.3"],
  0x83: ["4.03 Forbidden", "RFC 7252 5.9.2.4"],
  0x84: ["4.04 Not Found", "RFC 7252 5.9.2.5"],
  0x85: ["4.05 Method Not Allowed", "RFC 7252 5.9.2.6"],
  0x86: ["4.06 Not Acceptable", "RFC 7252 5.9.2.7"],
  0x88: ["4.08 Request Entity Incomplete", "RFC 7959 2.9.2"],
  0x89: ["4.09 Conflict", "RFC 8132 3.4"],
  0x8c: ["4.12 Precondition Failed", "RFC 7252 5.9.2.8"],
  0x8d: ["4.13 Request Entity Too Large", "RFC 7252 5.9.2.9"],
  0x8f: ["4.15 Unsupported Content-Format", "RFC 7252 5.9.2.10"],
  0x96: ["4.22 Unprocessable Entity", "RFC 8132 3.4"],
  0x9d: ["4.29 Too Many Requests", "RFC 8516 3"],
  0xa0: ["5.00 Internal Server Error", "RFC 7252 5.9.3.1"],
  0xa1: ["5.01 Not Implemented", "RFC 7252 5.9.3.2"],
  0xa2: ["5.02 Bad Gateway", "RFC 7252 5.9.3.3"],
  0xa3: ["5.03 Service Unavailable", "RFC 7252 5.9.3.4"],
  0xa4: ["5.04 Gateway Timeout", "RFC 7252 5.9.3.5"],
  0xa5: ["5.05 Proxying Not Supported", "RFC 7252 5.9.3.6"],
  0xa8: ["5.08 Hop Limit Reached", "RFC 8768 3"],
};
/** Option: name, how its value is read, where it is defined. */
const OPTIONS: Readonly<
  Record<number, readonly [name: string, kind: "text" | "number" | "octets" | "block" | "format", ref: string]>
> = {
  1: ["If-Match", "octets", "RFC 7252 5.10.8.1"],
  3: ["Uri-Host", "text", "RFC 7252 5.10.1"],
  4: ["ETag", "octets", "RFC 7252 5.10.6"],
  5: ["If-None-Match", "octets", "RFC 7252 5.10.8.2"],
  6: ["Observe", "number", "RFC 7641 2"],
  7: ["Uri-Port", "number", "RFC 7252 5.10.1"],
  8: ["Location-Path", "text", "RFC 7252 5.10.7"],
  9: ["OSCORE", "octets", "RFC 8613 2"],
  11: ["Uri-Path", "text", "RFC 7252 5.10.1"],
  12: ["Content-Format", "format", "RFC 7252 5.10.3"],
  14: ["Max-Age", "number", "RFC 7252 5.10.5"],
  15: ["Uri-Query", "text", "RFC 7252 5.10.1"],
  16: ["Hop-Limit", "number", "RFC 8768 3"],
  17: ["Accept", "format", "RFC 7252 5.10.4"],
  20: ["Location-Query", "text", "RFC 7252 5.10.7"],
  23: ["Block2", "block", "RFC 7959 2.1"],
  27: ["Block1", "block", "RFC 7959 2.1"],
  28: ["Size2", "number", "RFC 7959 4"],
  35: ["Proxy-Uri", "text", "RFC 7252 5.10.2"],
  39: ["Proxy-Scheme", "text", "RFC 7252 5.10.2"],
  60: ["Size1", "number", "RFC 7252 5.10.9"],
  252: ["Echo", "octets", "RFC 9175 2.2.1"],
  258: ["No-Response", "number", "RFC 7967 2"],
  292: ["Request-Tag", "octets", "RFC 9175 3.2.1"],
};
const FORMATS: Readonly<Record<number, string>> = {
  0: "text/plain",
  40: "application/link-format",
  41: "application/xml",
  42: "application/octet-stream",
  47: "application/exi",
  50: "application/json",
  60: "application/cbor",
  110: "application/senml+json",
  112: "application/senml+cbor",
  11542: "application/vnd.oma.lwm2m+tlv",
};

/** Four bits that say a number, or that one or two octets more do (RFC 7252 3.1). */
function extended(tree: Tree, nibble: number, name: string): number {
  if (nibble === 13) return 13 + tree.u8(`${name} (extended)`, "RFC 7252 3.1", (value) => String(value + 13));
  if (nibble === 14) return 269 + tree.u16(`${name} (extended)`, "RFC 7252 3.1", (value) => String(value + 269));
  return nibble;
}

const octetsNumber = (bytes: Uint8Array) => bytes.reduce((sum, octet) => sum * 256 + octet, 0);

function optionValue(tree: Tree, kind: string, ref: string, count: number): string {
  if (kind === "text") return count === 0 ? "" : tree.text("Value", count, ref);
  if (kind === "octets" || count > 4) {
    return count === 0 ? "empty" : hex(tree.bytes("Value", count, ref).subarray(0, 16));
  }
  if (count === 0) return kind === "format" ? FORMATS[0]! : kind === "block" ? "block 0 of 16 octets, the last" : "0";
  const number = tree.field("Value", (r) => octetsNumber(r.take(count)), (value) => ({
    ref,
    meaning: kind === "format" ? FORMATS[value] : kind === "block" ? block(value) : undefined,
  }));
  return kind === "format" ? FORMATS[number] ?? String(number) : kind === "block" ? block(number) : String(number);
}

const block = (value: number) =>
  `block ${Math.floor(value / 16)} of ${counted(2 ** ((value & 7) + 4), "octet")}, ${
    (value & 8) !== 0 ? "more follow" : "the last"
  }`;

function datagram(tree: Tree): Words {
  const first = tree.flags("Version, type, token length", 1, [
    ["Version", 0, 2],
    ["Type", 2, 2, TYPES],
    ["Token length", 4, 4],
  ], REF);
  const code = tree.u8(
    "Code",
    REF,
    (value) => CODES[value]?.[0] ?? `${value >> 5}.${String(value & 31).padStart(2, "0")}`,
  );
  const [name, ref] = CODES[code] ?? [`${code >> 5}.${String(code & 31).padStart(2, "0")}`, REF];
  tree.last.ref = ref;
  const id = tree.u16("Message ID", REF, () => "acknowledgement and reset repeat it");
  const length = first & 15;
  const token = length === 0
    ? ""
    : hex(tree.bytes("Token", Math.min(length, 8), "RFC 7252 5.3.1", () => "the answer repeats it"));
  const type = TYPES[first >> 4 & 3]!;
  tree.said = { summary: `${type} ${name}` };
  const path: string[] = [], query: string[] = [], more: string[] = [];
  let number = 0, format: number | undefined;
  while (tree.remaining > 0 && tree.reader.peek() !== 0xff) {
    tree.group("Option", (group) => {
      const word = tree.flags("Delta and length", 1, [
        ["Option delta", 0, 4],
        ["Option length", 4, 4],
      ], "RFC 7252 3.1");
      number += extended(tree, word >> 4, "Option delta");
      const count = extended(tree, word & 15, "Option length");
      const [label, kind, where] = OPTIONS[number] ?? [`Option ${number}`, "octets", "RFC 7252 5.4"];
      group.ref = where;
      tree.reader.need(count, label);
      const text = clip(optionValue(tree, kind, where, count), 80);
      group.meaning = `${label}: ${text}`;
      if (number === 11 || number === 8) path.push(text);
      else if (number === 15) query.push(text);
      else if (number === 23 || number === 27 || number === 6) more.push(`${label} ${text}`);
      if (number === 12) format = Number(Object.entries(FORMATS).find(([, media]) => media === text)?.[0] ?? -1);
    }, { ref: "RFC 7252 3.1" });
  }
  let said: string | undefined;
  if (tree.remaining > 0) {
    tree.u8("Payload marker", REF, () => "the payload follows");
    const payload = tree.rest("Payload", REF);
    said = contentText(payload, format === undefined ? "" : FORMATS[format] ?? "");
    if (said !== undefined) tree.last.value = said;
    more.push(said === undefined ? counted(payload.length, "octet") : clip(said.replace(/\s+/g, " "), 80));
  }
  const where = path.length === 0 ? "" : ` /${path.join("/")}`;
  const what = `${type} ${name}${where}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  const request = code > 0 && code < 32;
  const pair = token === "" ? `coap id ${id}` : `coap ${token}`;
  return {
    summary: clip(`${what} ${id}${more.length === 0 ? "" : `: ${more.join(", ")}`}`, 200),
    ...(request ? { asks: pair } : code >= 64 ? { answers: pair } : {}),
    ...(said === undefined ? {} : { text: said }),
  };
}

export const COAP: Protocol = {
  name: "coap",
  title: "CoAP",
  ref: "RFC 7252",
  udp: [5683],
  sideOf: (bytes) => bytes[1]! >= 64 ? "server" : "client",
  datagram,
};
