// FastCGI (the FastCGI Specification 1.0): records between a Web server and a program. Pure.
import { FormatError } from "../../base/errors.ts";
import { ByteReader } from "../../base/reader.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const REF = "FastCGI 3.3";
const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["BEGIN_REQUEST", "FastCGI 5.1"],
  2: ["ABORT_REQUEST", "FastCGI 5.4"],
  3: ["END_REQUEST", "FastCGI 5.5"],
  4: ["PARAMS", "FastCGI 5.2"],
  5: ["STDIN", "FastCGI 5.3"],
  6: ["STDOUT", "FastCGI 5.3"],
  7: ["STDERR", "FastCGI 5.3"],
  8: ["DATA", "FastCGI 5.3"],
  9: ["GET_VALUES", "FastCGI 4.1"],
  10: ["GET_VALUES_RESULT", "FastCGI 4.1"],
  11: ["UNKNOWN_TYPE", "FastCGI 4.2"],
};
const ROLES: Readonly<Record<number, string>> = { 1: "responder", 2: "authorizer", 3: "filter" };
const STATUS: Readonly<Record<number, string>> = {
  0: "request complete",
  1: "cannot multiplex",
  2: "overloaded",
  3: "unknown role",
};
/** Parameters that the line names. */
const SHOWN = ["REQUEST_METHOD", "REQUEST_URI", "SCRIPT_FILENAME"];

/** A length in one octet, or in four when its first bit is set (3.4). */
function length(tree: Tree, name: string): number {
  const long = (tree.reader.peek() ?? 0) >= 128;
  return tree.field(name, (r) => long ? r.u32() - 0x80000000 : r.u8(), () => ({ ref: "FastCGI 3.4" }));
}

/** Names with values; one that crosses the record's end is left as octets. */
function pairs(tree: Tree): Map<string, string> {
  const found = new Map<string, string>();
  while (tree.remaining > 0 && whole(tree.reader)) {
    tree.group("Parameter", (group) => {
      const name = length(tree, "Name length"), value = length(tree, "Value length");
      const key = name === 0 ? "" : tree.text("Name", name, "FastCGI 3.4");
      const text = value === 0 ? "" : tree.text("Value", value, "FastCGI 3.4");
      const secret = /^(HTTP_AUTHORIZATION|HTTP_PROXY_AUTHORIZATION|PHP_AUTH_PW)$/.test(key) && value > 0;
      if (secret) tree.last.secret = true;
      group.meaning = secret ? `${key}=(password in clear)` : clip(`${key}=${text}`, 120);
      if (found.size < 256) found.set(key, text);
    });
  }
  tree.rest("Part of a parameter", "FastCGI 3.4", "goes on in the next record");
  return found;
}

/** Whether the next pair ends before the reader does. */
function whole(reader: ByteReader): boolean {
  const look = new ByteReader(reader.bytes, reader.offset, reader.end);
  try {
    const size = () => (look.peek() ?? 0) >= 128 ? look.u32() - 0x80000000 : look.u8();
    return size() + size() <= look.remaining;
  } catch {
    return false;
  }
}

class FastCgi implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes[0] !== 1) throw new FormatError(`Version ${bytes[0]}: FastCGI has version 1 only`, 0);
    return bytes.length < 8 ? 0 : 8 + bytes[4]! * 256 + bytes[5]! + bytes[6]!;
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    tree.u8("Version", REF);
    const type = tree.u8("Type", REF, (code) => TYPES[code]?.[0] ?? "unknown");
    const [name, ref] = TYPES[type] ?? [`type ${type}`, REF];
    const id = tree.u16("Request ID", REF, (number) => number === 0 ? "the connection" : undefined);
    const size = tree.u16("Content length", REF), padding = tree.u8("Padding length", REF);
    tree.u8("Reserved", REF);
    tree.said = { summary: `${name} ${id}` };
    const words = tree.within(name, Math.min(size, tree.remaining), (part) => content(part, type, ref)) ??
      { summary: "" };
    if (padding > 0 && tree.remaining > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), REF);
    return {
      ...words,
      summary: clip(`${name} ${id} ${words.summary}`.trim(), 200),
      ...(type === 1 ? { asks: `fastcgi ${id}` } : type === 3 ? { answers: `fastcgi ${id}` } : {}),
    };
  }
}

function content(tree: Tree, type: number, ref: string): Words {
  const count = tree.remaining;
  switch (type) {
    case 1: {
      const role = tree.u16("Role", ref, ROLES);
      const flags = tree.flags("Flags", 1, [["Reserved", 0, 7], ["Keep the connection", 7, 1]], ref);
      tree.bytes("Reserved", 5, ref);
      return { summary: `${ROLES[role] ?? role}${(flags & 1) === 1 ? ", keep the connection" : ""}` };
    }
    case 3: {
      const code = tree.u32("Application status", ref);
      const status = tree.u8("Protocol status", ref, STATUS);
      tree.bytes("Reserved", 3, ref);
      return { summary: `${STATUS[status] ?? status}, status ${code}` };
    }
    case 4:
    case 9:
    case 10: {
      if (count === 0) return { summary: "end of the parameters" };
      const found = pairs(tree);
      const shown = SHOWN.map((key) => found.get(key)).filter((value) => value !== undefined);
      return { summary: clip(shown.length === 0 ? [...found.keys()].join(", ") : shown.join(" "), 140) };
    }
    case 11:
      tree.u8("Type", ref);
      tree.rest("Reserved", ref);
      return { summary: "" };
  }
  if (count === 0) return { summary: type === 2 ? "" : "end of the stream" };
  const bytes = tree.bytes("Data", count, ref);
  if (!looksLikeText(bytes)) return { summary: counted(count, "octet") };
  tree.last.value = decodeText(bytes);
  return {
    summary: `${counted(count, "octet")}: ${clip(decodeText(bytes).replace(/\s+/g, " ").trim(), 80)}`,
    text: decodeText(bytes),
  };
}

/** A BEGIN_REQUEST with a known role. */
function detect(bytes: Uint8Array, side: Side): Guess {
  const head = [1, 1, -1, -1, 0, 8, 0, -1, 0];
  if (side === "server") return bytes[0] === 1 && (bytes[1] ?? 6) >= 3 && (bytes[1] ?? 6) <= 11 ? "possible" : "no";
  for (let i = 0; i < head.length && i < bytes.length; i++) if (head[i] !== -1 && bytes[i] !== head[i]) return "no";
  if (bytes.length < 10) return bytes.length < 2 ? "no" : "maybe";
  return ROLES[bytes[9]!] !== undefined ? "yes" : "no";
}

export const FASTCGI: Protocol = {
  name: "fastcgi",
  title: "FastCGI",
  ref: "FastCGI 1.0",
  tcp: [9000],
  detect,
  sideOf: (bytes) => [3, 6, 7, 10, 11].includes(bytes[1] ?? 0) ? "server" : "client",
  stream: () => new FastCgi(),
};
