// TACACS+ (RFC 8907): logins, commands and their records on routers and switches. Pure.
// Bodies are hidden by a key that both sides know; those sent in clear are explained.
import { FormatError } from "../../base/errors.ts";
import { type Item, readItems } from "../coding/shape.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";

const REF = "RFC 8907 4.1";
const KINDS: Readonly<Record<number, string>> = { 1: "authentication", 2: "authorization", 3: "accounting" };
const LENGTH_LIMIT = 1 << 17;

const METHODS: Meaning<number> = {
  0: "not set",
  1: "none",
  2: "Kerberos 5",
  3: "line",
  4: "enable",
  5: "local",
  6: "TACACS+",
  8: "guest",
  16: "RADIUS",
  17: "Kerberos 4",
  32: "rcmd",
};
const TYPES: Meaning<number> = { 0: "not set", 1: "ASCII", 2: "PAP", 3: "CHAP", 5: "MS-CHAP", 6: "MS-CHAP 2" };
const SERVICES: Meaning<number> = {
  0: "none",
  1: "login",
  2: "enable",
  3: "PPP",
  5: "password",
  6: "rcmd",
  7: "X.25",
  8: "NASI",
  9: "proxy",
};
const PRIVILEGE: Item = ["Privilege level", "u8", (level) => level === 15 ? "root" : level === 1 ? "user" : undefined];
const WHO: readonly Item[] = [["User length", "u8"], ["Port length", "u8"], ["Remote address length", "u8"]];
const STATUS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  authentication: {
    1: "pass",
    2: "fail",
    3: "give data",
    4: "give the user's name",
    5: "give the password",
    6: "restart",
    7: "error",
    33: "ask another server",
  },
  authorization: {
    1: "pass, with these added",
    2: "pass, with these instead",
    16: "fail",
    17: "error",
    33: "ask another server",
  },
  accounting: { 1: "success", 2: "error", 33: "ask another server" },
};

/** One of the texts behind the lengths. */
function text(tree: Tree, name: string, length: number, ref: string, secret = false): string {
  if (length === 0) return "";
  const value = tree.text(name, length, ref);
  if (secret) tree.last.secret = true;
  return clip(value);
}

/** The names of a request, then its arguments. */
function who(tree: Tree, lengths: readonly number[], args: readonly number[], ref: string): string {
  const names = ["User", "Port", "Remote address"].map((name, i) => text(tree, name, lengths[i] ?? 0, ref));
  const said = args.map((length) => text(tree, "Argument", length, ref));
  return [names[0] === "" ? "" : `"${names[0]}"`, names[1] === "" ? "" : `on ${names[1]}`, said.join(" ")]
    .filter((word) => word !== "").join(" ");
}

const octets = (tree: Tree, name: string, count: number, ref: string) =>
  Array.from({ length: Math.min(count, tree.remaining) }, () => tree.u8(name, ref));

function request(tree: Tree, kind: number, sequence: number): string {
  if (kind === 1 && sequence > 1) {
    const ref = "RFC 8907 5.3";
    const user = tree.u16("User message length", ref), data = tree.u16("Data length", ref);
    tree.flags("Flags", 1, [["Reserved", 0, 7], ["Abort", 7, 1]], ref);
    text(tree, "User message", user, ref, true);
    text(tree, "Data", data, ref, true);
    return "continues";
  }
  if (kind === 1) {
    const ref = "RFC 8907 5.1";
    const [action] = readItems(tree, [
      ["Action", "u8", { 1: "login", 2: "change password", 4: "send authentication" }],
      PRIVILEGE,
      ["Type", "u8", TYPES],
      ["Service", "u8", SERVICES],
    ], ref);
    const lengths = readItems(tree, WHO, ref) as number[], data = tree.u8("Data length", ref);
    const said = who(tree, lengths, [], ref);
    text(tree, "Data", data, ref, true);
    return `${
      ({ 1: "login", 2: "change password", 4: "send" } as Record<number, string>)[Number(action)] ?? "start"
    } ${said}`;
  }
  const ref = kind === 2 ? "RFC 8907 6.1" : "RFC 8907 7.1";
  const flags = kind === 3
    ? tree.flags("Flags", 1, [["Reserved", 0, 4], ["Watchdog", 4, 1], ["Stop", 5, 1], ["Start", 6, 1], [
      "Reserved",
      7,
      1,
    ]], ref)
    : 0;
  readItems(tree, [["Method", "u8", METHODS], PRIVILEGE, ["Type", "u8", TYPES], ["Service", "u8", SERVICES]], ref);
  const lengths = readItems(tree, WHO, ref) as number[];
  const args = octets(tree, "Argument length", tree.u8("Arguments", ref), ref);
  const said = who(tree, lengths, args, ref);
  return kind === 3 ? `${(flags & 2) !== 0 ? "start" : (flags & 4) !== 0 ? "stop" : "update"} ${said}` : said;
}

function reply(tree: Tree, kind: number): string {
  const name = KINDS[kind] ?? "", names = STATUS[name] ?? {};
  let status: number, args: number[] = [], message: number, data: number, ref: string;
  if (kind === 3) {
    ref = "RFC 8907 7.2";
    [message, data] = [tree.u16("Server message length", ref), tree.u16("Data length", ref)];
    status = tree.u8("Status", ref, names);
  } else if (kind === 2) {
    ref = "RFC 8907 6.2";
    status = tree.u8("Status", ref, names);
    const count = tree.u8("Arguments", ref);
    [message, data] = [tree.u16("Server message length", ref), tree.u16("Data length", ref)];
    args = octets(tree, "Argument length", count, ref);
  } else {
    ref = "RFC 8907 5.2";
    status = tree.u8("Status", ref, names);
    tree.flags("Flags", 1, [["Reserved", 0, 7], ["Do not show what is typed", 7, 1]], ref);
    [message, data] = [tree.u16("Server message length", ref), tree.u16("Data length", ref)];
  }
  const said = text(tree, "Server message", message, ref);
  text(tree, "Data", data, ref);
  const list = args.map((length) => text(tree, "Argument", length, ref));
  return [names[status] ?? `status ${status}`, said === "" ? "" : `"${said}"`, list.join(" ")]
    .filter((word) => word !== "").join(" ");
}

class Tacacs implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes[0]! >> 4 !== 0xc) throw new FormatError("The major version of TACACS+ is 12", 0);
    if (bytes.length < 12) return 0;
    const length = (bytes[8]! << 24 | bytes[9]! << 16 | bytes[10]! << 8 | bytes[11]!) >>> 0;
    if (length > LENGTH_LIMIT) throw new FormatError(`A body of ${counted(length, "octet")}`, 8);
    return 12 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    tree.flags("Version", 1, [["Major", 0, 4], ["Minor", 4, 4]], REF);
    const kind = tree.u8("Type", REF, KINDS);
    const sequence = tree.u8("Sequence number", REF, (number) => number % 2 === 1 ? "of the client" : "of the server");
    const flags = tree.flags("Flags", 1, [
      ["Reserved", 0, 5],
      ["Single connection", 5, 1],
      ["Reserved", 6, 1],
      ["In clear", 7, 1],
    ], REF);
    const session = tree.u32("Session", REF);
    const length = tree.u32("Length", REF, octetCount);
    const client = sequence % 2 === 1;
    const name = `TACACS+ ${KINDS[kind] ?? `type ${kind}`} ${client ? "request" : "reply"}`;
    const pair = side === "client" ? { asks: `tacacs ${session}` } : { answers: `tacacs ${session}` };
    tree.said = { summary: name, ...pair };
    if ((flags & 1) === 0) {
      if (length > 0) tree.rest("Hidden body", "RFC 8907 4.5", "by MD5 over the key that both sides know");
      return { summary: `${name}, hidden, ${counted(length, "octet")}`, ...pair };
    }
    const said = client ? request(tree, kind, sequence) : reply(tree, kind);
    tree.rest("Data", REF);
    return { summary: `${name}: ${said}`, ...pair };
  }
}

/** Version 12, a known type, a sequence number to begin with, and no flags but two. */
function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0xc0 && bytes[0] !== 0xc1) return "no";
  if (bytes.length > 1 && KINDS[bytes[1]!] === undefined) return "no";
  if (bytes.length > 3 && (bytes[3]! & ~5) !== 0) return "no";
  if (bytes.length < 12) return "maybe";
  return bytes[2]! <= 2 && bytes[2]! > 0 && bytes[8] === 0 && bytes[9] === 0 ? "yes" : "possible";
}

export const TACACS: Protocol = {
  name: "tacacs",
  title: "TACACS+",
  ref: "RFC 8907",
  tcp: [49],
  detect,
  sideOf: (bytes) => bytes[2]! % 2 === 1 ? "client" : "server",
  stream: () => new Tacacs(),
};
