// DHCP for IPv6 (RFC 8415): messages, relays, options with options inside (to add one: a line in `OPTIONS`). Pure.
import { secondsText } from "../../base/text.ts";
import { hex } from "../../base/hex.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { readArchitectures } from "./dhcp_names.ts";

/** Message by type: name, whether it answers. */
const MESSAGES: Readonly<Record<number, readonly [name: string, ref: string, answer?: true]>> = {
  1: ["SOLICIT", "RFC 8415 16.2"],
  2: ["ADVERTISE", "RFC 8415 16.3", true],
  3: ["REQUEST", "RFC 8415 16.4"],
  4: ["CONFIRM", "RFC 8415 16.5"],
  5: ["RENEW", "RFC 8415 16.6"],
  6: ["REBIND", "RFC 8415 16.7"],
  7: ["REPLY", "RFC 8415 16.10", true],
  8: ["RELEASE", "RFC 8415 16.9"],
  9: ["DECLINE", "RFC 8415 16.8"],
  10: ["RECONFIGURE", "RFC 8415 16.11"],
  11: ["INFORMATION-REQUEST", "RFC 8415 16.12"],
  12: ["RELAY-FORW", "RFC 8415 9.1"],
  13: ["RELAY-REPL", "RFC 8415 9.2", true],
};
const messageName = (type: number) => MESSAGES[type]?.[0] ?? "unknown";
const STATUS: Readonly<Record<number, string>> = {
  0: "success",
  1: "unspecified failure",
  2: "no addresses available",
  3: "no binding",
  4: "not on this link",
  5: "use multicast",
  6: "no prefix available",
};
const DUIDS: Readonly<Record<number, string>> = {
  1: "link-layer address and time",
  2: "by the vendor",
  3: "link-layer address",
  4: "UUID",
};
const seconds = (value: number) => value === 0xffffffff ? "for ever" : secondsText(value);

function duid(tree: Tree): string {
  const ref = "RFC 8415 11";
  const type = tree.u16("DUID type", ref, DUIDS);
  if (type === 1 || type === 3) {
    tree.u16("Hardware type", ref, { 1: "Ethernet" });
    if (type === 1) {
      tree.u32(
        "Time",
        ref,
        (value) => new Date((value + 946684800) * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC",
      );
    }
    return tree.remaining === 0 ? "" : tree.mac("Link-layer address", ref, undefined, tree.remaining);
  }
  if (type === 2 && tree.remaining >= 4) tree.u32("Enterprise", ref);
  const bytes = tree.rest("Identifier", ref);
  return hex(bytes.subarray(0, 20));
}

/** Names in DNS's form without compression. */
function names(tree: Tree, ref: string): string {
  const out: string[] = [];
  while (tree.remaining > 0) {
    out.push(tree.field("Name", (r) => {
      const labels: string[] = [];
      for (let length = r.u8(); length > 0; length = r.remaining === 0 ? 0 : r.u8()) {
        labels.push(r.text(length, "Label"));
      }
      return labels.join(".");
    }, () => ({ ref })));
  }
  return out.join(", ");
}

/** Texts with their lengths before them. */
function classes(tree: Tree, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 2) {
    const length = tree.u16("Length", ref);
    if (length > 0) words.push(tree.text("Class", length, ref));
  }
  return clip(words.join(", "));
}

const octets: ReadOption = () => undefined;
const text: ReadOption = (tree, ref, name) => clip(tree.text(name, tree.remaining, ref));
const u8: ReadOption = (tree, ref, name) => String(tree.u8(name, ref));
const duration: ReadOption = (tree, ref, name) => seconds(tree.u32(name, ref, seconds));

function addresses(tree: Tree, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 16) words.push(tree.ip("Address", 16, ref));
  return words.join(", ");
}

/** When the client is to turn to its server again, or to any. */
const when = (act: string) => (value: number) =>
  value === 0
    ? `the client decides when to ${act}`
    : value === 0xffffffff
    ? `never ${act}`
    : `${act} after ${secondsText(value)}`;

/** An identity association: what is asked for or given, with times to renew or without. */
function association(tree: Tree, ref: string): string {
  const id = tree.u32("IAID", ref, () => "tells the client's interfaces apart");
  tree.u32("T1", ref, when("renew"));
  tree.u32("T2", ref, when("rebind"));
  return options(tree).join(", ") || `IAID ${id}`;
}

function temporary(tree: Tree, ref: string): string {
  const id = tree.u32("IAID", ref);
  return options(tree).join(", ") || `IAID ${id}`;
}

function address(tree: Tree, ref: string): string {
  const address = tree.ip("Address", 16, ref);
  tree.u32("Preferred lifetime", ref, seconds);
  const life = tree.u32("Valid lifetime", ref, seconds);
  options(tree);
  return `${address} ${life === 0xffffffff ? "for ever" : `for ${secondsText(life)}`}`;
}

function prefix(tree: Tree, ref: string): string {
  tree.u32("Preferred lifetime", ref, seconds);
  tree.u32("Valid lifetime", ref, seconds);
  const bits = tree.u8("Prefix length", ref);
  const prefix = tree.ip("Prefix", 16, ref);
  options(tree);
  return `${prefix}/${bits}`;
}

function codes(tree: Tree, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 2) {
    const code = tree.u16("Option wanted", ref, optionName);
    words.push(OPTIONS[code]?.[0] ?? String(code));
  }
  return clip(words.join(", "), 120);
}

function elapsed(tree: Tree, ref: string): string {
  const said = (hundredths: number) =>
    `${counted(hundredths / 100, "second")}${hundredths === 0xffff ? " or more" : ""} since the client began`;
  return `${tree.u16("Elapsed time", ref, said) / 100} s`;
}

function status(tree: Tree, ref: string): string {
  const code = tree.u16("Status code", ref, STATUS);
  const text = tree.remaining > 0 ? tree.text("Message", tree.remaining, ref) : "";
  return `${STATUS[code] ?? code}${text === "" ? "" : `: ${clip(text, 80)}`}`;
}

function fullName(tree: Tree, ref: string): string {
  tree.flags("Flags", 1, [
    ["Reserved", 0, 5],
    ["Server makes no update (N)", 5, 1],
    ["Server overrode the client (O)", 6, 1],
    ["Server makes the AAAA update (S)", 7, 1],
  ], ref);
  return names(tree, ref);
}

function vendorClass(tree: Tree, ref: string): string {
  tree.u32("Enterprise", ref);
  return classes(tree, ref);
}

function messageType(tree: Tree, ref: string): string | undefined {
  tree.u8("Message type", ref, messageName);
  return tree.last.meaning;
}

function hardware(tree: Tree, ref: string): string {
  tree.u16("Hardware type", ref, { 1: "Ethernet" });
  return tree.mac("Link-layer address", ref, undefined, tree.remaining);
}

/** Reads the value of an option, which is not empty; gives what it says. */
type ReadOption = (tree: Tree, ref: string, name: string) => string | undefined;

/** Option: name, how its value is read, where it is defined. */
const OPTIONS: Readonly<Record<number, readonly [name: string, read: ReadOption, ref: string]>> = {
  1: ["Client identifier", duid, "RFC 8415 21.2"],
  2: ["Server identifier", duid, "RFC 8415 21.3"],
  3: ["Addresses wanted (IA_NA)", association, "RFC 8415 21.4"],
  4: ["Temporary addresses (IA_TA)", temporary, "RFC 8415 21.5"],
  5: ["Address", address, "RFC 8415 21.6"],
  6: ["Options wanted", codes, "RFC 8415 21.7"],
  7: ["Preference", u8, "RFC 8415 21.8"],
  8: ["Elapsed time", elapsed, "RFC 8415 21.9"],
  9: ["Relayed message", (tree) => message(tree).summary, "RFC 8415 21.10"],
  11: ["Authentication", octets, "RFC 8415 21.11"],
  12: ["Server unicast", (tree, ref, name) => tree.ip(name, 16, ref), "RFC 8415 21.12"],
  13: ["Status", status, "RFC 8415 21.13"],
  14: ["Rapid commit", octets, "RFC 8415 21.14"],
  15: ["User class", classes, "RFC 8415 21.15"],
  16: ["Vendor class", vendorClass, "RFC 8415 21.16"],
  17: ["Vendor information", (tree, ref) => `enterprise ${tree.u32("Enterprise", ref)}`, "RFC 8415 21.17"],
  18: ["Interface identifier", octets, "RFC 8415 21.18"],
  19: ["Reconfigure with", messageType, "RFC 8415 21.19"],
  20: ["Reconfigure accepted", octets, "RFC 8415 21.20"],
  23: ["Name servers", addresses, "RFC 3646 3"],
  24: ["Domain search list", names, "RFC 3646 4"],
  25: ["Prefix delegation (IA_PD)", association, "RFC 8415 21.21"],
  26: ["Prefix", prefix, "RFC 8415 21.22"],
  31: ["SNTP servers", addresses, "RFC 4075 4"],
  32: ["Information refresh time", duration, "RFC 8415 21.23"],
  39: ["Client's full name", fullName, "RFC 4704 4"],
  56: ["NTP server", octets, "RFC 5908 4"],
  59: ["Boot file URL", text, "RFC 5970 3.1"],
  61: ["Client architecture", readArchitectures, "RFC 5970 3.3"],
  79: ["Client's link-layer address", hardware, "RFC 6939 4"],
  82: ["Maximum time between SOLICITs", duration, "RFC 8415 21.24"],
  83: ["Maximum time between INFORMATION-REQUESTs", duration, "RFC 8415 21.25"],
  103: ["Captive portal", text, "RFC 8910 2.2"],
};
const optionName = (code: number) => OPTIONS[code]?.[0] ?? "unknown";
/** Options that the line of their message, or what is said of the option around them, names. */
const SHOWN = [3, 4, 5, 9, 13, 25, 26];

/** Options up to the end; gives what those say that a line wants. */
function options(tree: Tree): string[] {
  const words: string[] = [];
  while (tree.remaining > 0) {
    tree.group("Option", (group) => {
      const code = tree.u16("Code", "RFC 8415 21.1", optionName);
      const [name, read, ref] = OPTIONS[code] ?? [`Option ${code}`, octets, "RFC 8415 21.1"];
      group.meaning = name;
      group.ref = ref;
      const length = tree.u16("Length", "RFC 8415 21.1");
      const text = tree.within(name, length, (part) => {
        const said = part.remaining === 0 ? undefined : read(part, ref, name);
        part.rest("Octets", ref);
        return said;
      });
      if (text === undefined) return;
      group.meaning = `${name}: ${clip(text, 120)}`;
      if (SHOWN.includes(code)) words.push(text);
    });
  }
  return words;
}

function message(tree: Tree): Words {
  const type = tree.u8("Message type", "RFC 8415 7.3", messageName);
  const [name, ref, answer] = MESSAGES[type] ?? [`message ${type}`, "RFC 8415 7.3"];
  tree.said = { summary: name };
  if (type === 12 || type === 13) {
    tree.u8("Hop count", "RFC 8415 9");
    const link = tree.ip("Link address", 16, "RFC 8415 9");
    tree.ip("Peer address", 16, "RFC 8415 9");
    return { summary: clip(`${name} of link ${link}: ${options(tree).join(", ")}`, 200) };
  }
  const id = tree.u24("Transaction ID", "RFC 8415 8");
  tree.last.ref = ref;
  const words = options(tree);
  const summary = clip(`${name} ${id}${words.length === 0 ? "" : `: ${words.join(", ")}`}`, 200);
  return answer ? { summary, answers: `dhcp6 ${id}` } : { summary, asks: `dhcp6 ${id}` };
}

export const DHCP6: Protocol = {
  name: "dhcp6",
  title: "DHCPv6",
  ref: "RFC 8415",
  udp: [546, 547],
  sideOf: (bytes) => MESSAGES[bytes[0]!]?.[2] ? "server" : "client",
  datagram: message,
};
