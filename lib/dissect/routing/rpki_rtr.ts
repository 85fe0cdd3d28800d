// RPKI to router (RFC 8210, version 0: RFC 6810): a cache tells routers which networks may originate which prefixes. Pure.
//   version (8), type (8), session or code or flags (16), length (32) of all, then what the type says
// To add a type: a line in `TYPES`.
import { FormatError } from "../../base/errors.ts";
import { type Item, readItems, readShape, type Shape } from "../coding/shape.ts";
import { clip, counted, octetCount, seconds } from "../coding/words.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 8210 5.1";
const LENGTH_LIMIT = 65536;

const SESSION: Item = ["Session ID", "u16"];
const ZERO: Item = ["Zero", "u16"];
const SERIAL: Item = ["Serial number", "u32"];
const FLAGS: Item = ["Flags", 1, [["Reserved", 0, 7], ["Announcement", 7, 1, ["withdrawal", "announcement"]]]];
const network = (value: number) => `AS${value}`;
const ORIGIN: Item = ["AS number", "u32", network];

const ERRORS: Readonly<Record<number, string>> = {
  0: "corrupt data",
  1: "internal error",
  2: "no data available",
  3: "invalid request",
  4: "unsupported protocol version",
  5: "unsupported PDU type",
  6: "withdrawal of unknown record",
  7: "duplicate announcement",
  8: "unexpected protocol version",
};

const way = (flags: number) => (flags & 1) === 1 ? "" : "withdrawn ";

const serial: Shape = (tree) => `serial ${readItems(tree, [SERIAL], "RFC 8210 5.2")[0]}`;

/** A prefix, how long what lies in it may be, and which network it is of. */
const prefix = (kind: "ip4" | "ip6"): Shape => (tree) => {
  const [flags, length, longest, , address, origin] = readItems(tree, [
    FLAGS,
    ["Prefix length", "u8"],
    ["Max length", "u8"],
    ["Zero", "u8"],
    ["Prefix", kind],
    ORIGIN,
  ], kind === "ip4" ? "RFC 8210 5.6" : "RFC 8210 5.7");
  return `${way(Number(flags))}${address}/${length}${longest === length ? "" : `-${longest}`} AS${origin}`;
};

/** What another message did wrong: its octets, and words. */
const report: Shape = (tree) => {
  const ref = "RFC 8210 5.11", octets = tree.u32("Erroneous PDU length", ref);
  if (octets > 0) tree.bytes("Erroneous PDU", octets, ref);
  const length = tree.u32("Text length", ref);
  return length === 0 ? undefined : `"${clip(tree.text("Text", length, ref).replace(/\0+$/, ""))}"`;
};

/** By type: name, what stands in the header's 16 bits, what follows it, section of RFC 8210. */
const TYPES: Readonly<Record<number, readonly [name: string, head: Item, body: Shape, section: string]>> = {
  0: ["Serial Notify", SESSION, serial, "5.2"],
  1: ["Serial Query", SESSION, serial, "5.3"],
  2: ["Reset Query", ZERO, [], "5.4"],
  3: ["Cache Response", SESSION, [], "5.5"],
  4: ["IPv4 Prefix", ZERO, prefix("ip4"), "5.6"],
  6: ["IPv6 Prefix", ZERO, prefix("ip6"), "5.7"],
  7: ["End of Data", SESSION, (tree) => {
    const times: Item[] = [["Refresh interval", "u32", seconds], ["Retry interval", "u32", seconds]];
    times.push(["Expire interval", "u32", seconds]);
    return `serial ${readItems(tree, [SERIAL, ...tree.remaining >= 16 ? times : []], "RFC 8210 5.8")[0]}`;
  }, "5.8"],
  8: ["Cache Reset", ZERO, [], "5.9"],
  9: ["Router Key", ["Flags and zero", 2, [["Reserved", 0, 7], ["Announcement", 7, 1], ["Zero", 8, 8]]], (tree) => {
    const [key, origin] = readItems(tree, [["Subject key identifier", 20], ORIGIN], "RFC 8210 5.10");
    tree.rest("Subject public key", "RFC 8210 5.10");
    return `AS${origin} ${String(key).slice(0, 8)}…`;
  }, "5.10"],
  10: ["Error Report", ["Error code", "u16", ERRORS], report, "5.11"],
};
const DISSECTOR: StreamDissector = {
  measure(bytes) {
    if (bytes[0]! > 2) throw new FormatError(`Version ${bytes[0]} is not known: 0 to 2 are`, 0);
    if (bytes.length < 8) return 0;
    const length = (bytes[4]! << 24 | bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!) >>> 0;
    if (length < 8 || length > LENGTH_LIMIT) throw new FormatError(`A PDU of ${counted(length, "octet")}`, 4);
    return length;
  },

  dissect(tree: Tree): Words {
    tree.u8("Version", REF);
    const type = tree.u8("PDU type", REF, (value) => TYPES[value]?.[0] ?? "unknown");
    const [name, head, body, section] = TYPES[type] ?? [`type ${type}`, ZERO, undefined, "5.1"];
    const ref = `RFC 8210 ${section}`;
    const [code] = readItems(tree, [head], ref);
    const own = type === 10 ? `: ${tree.last.meaning}` : head === SESSION ? ` of session ${code}` : "";
    tree.u32("Length", ref, octetCount);
    const pair = type === 1 || type === 2
      ? { asks: "rpki-rtr" }
      : type === 3 || type === 8
      ? { answers: "rpki-rtr" }
      : {};
    tree.said = { summary: `${name}${own}`, ...pair };
    const said = readShape(tree, tree.current, body, ref) ?? "";
    return { summary: `${name}${own}${said === "" ? "" : ` ${said}`}`, ...pair };
  },
};

/** A known type of a known version, as long as it must be. A query is sure enough on any port. */
function detect(bytes: Uint8Array): Guess {
  const [version = 0, type = 0] = bytes;
  if (version > 2 || bytes.length > 1 && TYPES[type] === undefined) return "no";
  if (bytes.length < 8) return bytes.length > 1 && type > 3 && type !== 10 ? "no" : "possible";
  const length = (bytes[4]! << 24 | bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!) >>> 0;
  if (type === 2) return length === 8 && bytes[2] === 0 && bytes[3] === 0 ? "yes" : "no";
  return length === (type <= 1 ? 12 : type === 3 || type === 8 ? 8 : length) && length <= LENGTH_LIMIT
    ? "possible"
    : "no";
}

export const RPKI_RTR: Protocol = {
  name: "rpki-rtr",
  title: "RPKI-RTR",
  ref: "RFC 8210",
  tcp: [323, 3323, 8282],
  detect,
  stream: () => DISSECTOR,
};
