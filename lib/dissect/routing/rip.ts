// RIP version 1 (RFC 1058) and 2 (RFC 2453) with authentication (RFC 4822), and RIPng for IPv6 (RFC 2080). Pure.
//   command (8), version (8), zero (16), then entries of 20 octets
import { readItems } from "../coding/shape.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const COMMANDS: Readonly<Record<number, string>> = {
  1: "request",
  2: "response",
  3: "trace on",
  4: "trace off",
  9: "update request",
  10: "update response",
  11: "update acknowledgement",
};
const metric = (value: number) => value === 16 ? "infinity: unreachable" : value > 16 ? "not valid" : undefined;

/** The number of ones that a mask begins with, or the mask where it is no prefix. */
export function maskLength(mask: string): string {
  const word = mask.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const ones = word === 0 ? 0 : Math.clz32(~word >>> 0);
  return ones === 32 || (word << ones >>> 0) === 0 ? `/${ones}` : ` mask ${mask}`;
}

/** Authentication in place of the first entry, and its digest at the end (RFC 2453 4.1, RFC 4822 2.1). */
function authentication(tree: Tree): string {
  const type = tree.u16("Authentication type", "RFC 2453 4.1", {
    1: "digest follows",
    2: "password in clear",
    3: "keyed digest",
  });
  if (type === 3) {
    readItems(tree, [
      ["Packet length", "u16"],
      ["Key ID", "u8"],
      ["Digest length", "u8"],
      ["Sequence number", "u32"],
      ["Reserved", 8],
    ], "RFC 4822 2.1");
    return "keyed digest";
  }
  if (type === 1) {
    tree.rest("Digest", "RFC 4822 2.1");
    return "digest";
  }
  tree.text("Password", 16, "RFC 2453 4.1");
  tree.last.secret = true;
  return "password in clear";
}

function route(tree: Tree, version: number): string {
  const ref = version === 1 ? "RFC 1058 3.1" : "RFC 2453 4";
  const family = tree.u16("Address family", ref, { 0: "the whole table", 2: "IPv4" });
  if (version === 1) tree.u16("Must be zero", ref);
  else tree.u16("Route tag", ref);
  const address = tree.ip("Address", 4, ref);
  let text = address;
  if (version === 1) tree.bytes("Must be zero", 8, ref);
  else {
    const mask = tree.ip("Subnet mask", 4, ref, (value) => maskLength(value).trim());
    const hop = tree.ip("Next hop", 4, ref, (value) => value === "0.0.0.0" ? "the sender" : undefined);
    text = `${address}${maskLength(mask)}${hop === "0.0.0.0" ? "" : ` by ${hop}`}`;
  }
  const cost = tree.u32("Metric", ref, metric);
  if (family === 0 && cost === 16) return "the whole table";
  return `${text}, metric ${cost}`;
}

function rip(tree: Tree): Words {
  const ref = "RFC 2453 4";
  const command = tree.u8("Command", ref, COMMANDS);
  const version = tree.u8("Version", ref);
  tree.u16("Must be zero", ref);
  const routes: string[] = [];
  const authenticated: string[] = [];
  while (tree.remaining >= 20 || (tree.remaining >= 4 && tree.reader.peek() === 0xff)) {
    const special = tree.reader.peek() === 0xff && tree.reader.peek(1) === 0xff;
    const digest = special && tree.reader.peek(2) === 0 && tree.reader.peek(3) === 1;
    tree.group(special ? "Authentication" : "Route", (group) => {
      if (special) {
        tree.u16("Address family", "RFC 2453 4.1", { 0xffff: "authentication" });
        group.meaning = authentication(tree);
        if (!digest) authenticated.push(group.meaning);
      } else {
        group.meaning = route(tree, version);
        routes.push(group.meaning);
      }
    }, { ref: special ? "RFC 2453 4.1" : ref });
  }
  const list = routes.length <= 2 ? routes.join("; ") : counted(routes.length, "route");
  return {
    summary: `RIP version ${version} ${COMMANDS[command] ?? `command ${command}`}${list === "" ? "" : `: ${list}`}${
      authenticated.length === 0 ? "" : `, ${authenticated[0]}`
    }`,
  };
}

function ripng(tree: Tree): Words {
  const ref = "RFC 2080 2.1";
  const command = tree.u8("Command", ref, COMMANDS);
  tree.u8("Version", ref);
  tree.u16("Must be zero", ref);
  const routes: string[] = [];
  while (tree.remaining >= 20) {
    const hop = tree.reader.peek(19) === 0xff;
    tree.group(hop ? "Next hop" : "Route", (group) => {
      const prefix = tree.ip(hop ? "Next hop" : "Prefix", 16, ref);
      tree.u16(hop ? "Must be zero" : "Route tag", ref);
      const length = tree.u8(hop ? "Must be zero" : "Prefix length", ref);
      const cost = tree.u8("Metric", ref, hop ? { 0xff: "this entry is a next hop" } : metric);
      group.meaning = hop
        ? prefix
        : prefix === "::" && length === 0 && cost === 16
        ? "the whole table"
        : `${prefix}/${length}, metric ${cost}`;
      if (!hop) routes.push(group.meaning);
    }, { ref: hop ? "RFC 2080 2.1.1" : ref });
  }
  const list = routes.length <= 2 ? routes.join("; ") : counted(routes.length, "route");
  return { summary: `RIPng ${COMMANDS[command] ?? `command ${command}`}${list === "" ? "" : `: ${list}`}` };
}

export const RIP: Protocol = {
  name: "rip",
  title: "RIP",
  ref: "RFC 2453",
  udp: [520],
  fits: (bytes) => COMMANDS[bytes[0]!] !== undefined && bytes[1]! <= 2,
  datagram: rip,
};
export const RIPNG: Protocol = {
  name: "ripng",
  title: "RIPng",
  ref: "RFC 2080",
  udp: [521],
  fits: (bytes) => COMMANDS[bytes[0]!] !== undefined && bytes[1] === 1,
  datagram: ripng,
};
