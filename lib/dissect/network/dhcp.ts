// DHCP for IPv4 (RFC 2131) with its options (RFC 2132). Pure.
import { secondsText } from "../../base/text.ts";
import { hex } from "../../base/hex.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";
import { type Kind, OPTIONS, readArchitectures } from "./dhcp_names.ts";

const REF = "RFC 2131 2";

/** Reads a value that is not empty; gives it in words where a line wants it. */
type ReadValue = (tree: Tree, name: string, ref: string) => string | undefined;

/** The values of options by their kinds in `OPTIONS`. */
const VALUES: Readonly<Record<Kind, ReadValue>> = {
  octets(tree, name, ref) {
    tree.bytes(name, tree.remaining, ref);
    return undefined;
  },
  ip: addresses,
  ips: addresses,
  u8: (tree, name, ref) => String(tree.u8(name, ref)),
  u16: (tree, name, ref) => String(tree.u16(name, ref)),
  offset(tree, name, ref) {
    tree.field(name, (r) => r.u32() | 0, (seconds) => ({ ref, meaning: eastward(seconds) }));
    return tree.last.meaning;
  },
  seconds(tree, name, ref) {
    tree.u32(name, ref, (seconds) => seconds === 0xffffffff ? "for ever" : secondsText(seconds));
    return tree.last.meaning;
  },
  text: (tree, name, ref) => clip(tree.text(name, tree.remaining, ref), 80),
  architectures: (tree, _name, ref) => readArchitectures(tree, ref),
  list(tree, _name, ref) {
    const count = tree.remaining;
    for (let i = 0; i < count; i++) tree.u8("Option wanted", ref, (code) => OPTIONS[code]?.[0] ?? "unknown");
    return counted(count, "option");
  },
  pairs(tree, _name, ref) {
    const words: string[] = [];
    while (tree.remaining >= 8) words.push(hostRoute(tree, ref));
    return words.join(", ");
  },
  routes(tree, _name, ref) {
    const words: string[] = [];
    while (tree.remaining >= 5) words.push(route(tree, ref));
    return words.join(", ");
  },
  agent(tree, _name, ref) {
    const words: string[] = [];
    while (tree.remaining >= 2) words.push(agentPart(tree, ref));
    return words.join(", ");
  },
  fqdn(tree, _name, ref) {
    const flags = tree.flags("Flags", 1, [
      ["Reserved", 0, 4],
      ["No updates", 4, 1],
      ["Encoding", 5, 1, ["text", "as in DNS"]],
      ["Overridden", 6, 1],
      ["The server updates", 7, 1],
    ], ref);
    if (tree.remaining >= 2) tree.u16("Results", ref, () => "not used any more");
    if (tree.remaining === 0) return "";
    return (flags & 4) === 0 ? tree.text("Name", tree.remaining, ref) : labels(tree, ref);
  },
  search(tree, _name, ref) {
    const words: string[] = [];
    while (tree.remaining > 0) words.push(labels(tree, ref));
    return words.join(", ");
  },
  client(tree, _name, ref) {
    const type = tree.u8("Hardware type", ref, { 0: "not a hardware address", 1: "Ethernet", 255: "by DUID" });
    if (type === 1 && tree.remaining === 6) return tree.mac("Address", ref);
    if (type === 255 && tree.remaining > 4) tree.u32("IAID", "RFC 4361 6.1");
    return hex(tree.rest(type === 255 ? "DUID" : "Identifier", ref));
  },
};

function addresses(tree: Tree, name: string, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 4) words.push(tree.ip(name, 4, ref));
  return words.join(", ");
}

/** A host, or a network of the old classes, and the router to it. */
function hostRoute(tree: Tree, ref: string): string {
  return tree.group("Route", (group) => {
    const destination = tree.ip("Destination", 4, ref);
    return group.meaning = `${destination} by ${tree.ip("Router", 4, ref)}`;
  }, { ref });
}

/** A network by the octets of its prefix, and the router to it. */
function route(tree: Tree, ref: string): string {
  return tree.group("Route", (group) => {
    const bits = tree.u8("Prefix length", ref, (count) => counted(count, "bit"));
    const octets = Math.min(4, Math.ceil(bits / 8));
    const network = octets === 0 ? [] : [...tree.bytes("Network", octets, ref)];
    const text = [...network, 0, 0, 0, 0].slice(0, 4).join(".");
    return group.meaning = `${text}/${bits} by ${tree.ip("Router", 4, ref)}`;
  }, { ref });
}

const AGENT_PARTS: Readonly<Record<number, string>> = {
  1: "circuit",
  2: "remote end",
  5: "link",
  9: "vendor",
  11: "server",
  151: "VPN",
};

function agentPart(tree: Tree, ref: string): string {
  return tree.group("Part", (group) => {
    const code = tree.u8("Code", ref, AGENT_PARTS);
    const bytes = tree.bytes("Value", tree.u8("Length", ref), ref);
    const text = looksLikeText(bytes) ? decodeText(bytes) : hex(bytes);
    return group.meaning = `${AGENT_PARTS[code] ?? `part ${code}`}: ${clip(text, 40)}`;
  }, { ref });
}

const eastward = (seconds: number) =>
  seconds === 0 ? "UTC" : `${secondsText(Math.abs(seconds))} ${seconds > 0 ? "east" : "west"} of UTC`;

/** A name as in DNS: labels up to an empty one, or a pointer into the option (RFC 1035 3.1, 4.1.4). */
function labels(tree: Tree, ref: string): string {
  const { bytes, start } = tree.reader;
  return tree.field("Name", (r) => {
    const words: string[] = [];
    for (let length = r.u8(); length !== 0; length = r.u8()) {
      if (length < 0xc0) {
        words.push(decodeText(r.take(length)));
        continue;
      }
      // What it points to stood before: it ends there.
      for (let at = start + ((length & 63) << 8 | r.u8()); at < r.offset - 2;) {
        const size = bytes[at]!;
        if (size === 0 || size >= 0xc0) break;
        words.push(decodeText(bytes.subarray(at + 1, at + 1 + size)));
        at += size + 1;
      }
      break;
    }
    return words.join(".");
  }, { ref });
}

function options(tree: Tree, found: Map<number, string>): void {
  while (tree.remaining > 0) {
    const code = tree.reader.peek()!;
    const [name, kind, ref] = OPTIONS[code] ?? ["Option", "octets", "RFC 2132"] as const;
    if (code === 255) {
      tree.u8("End of the options", "RFC 2132 3.2");
      if (tree.remaining > 0) tree.bytes("Padding", tree.remaining, "RFC 2132 3.1");
      return;
    }
    if (code === 0) {
      tree.u8("Pad", "RFC 2132 3.1");
      continue;
    }
    tree.group("Option", (group) => {
      tree.u8("Code", ref, () => name);
      const length = tree.u8("Length", ref);
      group.meaning = name;
      const text = tree.within(name, length, (part) => {
        if (part.remaining === 0) return undefined;
        if (typeof kind !== "object") return VALUES[kind](part, name, ref);
        const number = part.u8(name, ref, kind);
        return kind[number] ?? String(number);
      });
      if (text !== undefined) {
        group.meaning = `${name}: ${text}`;
        found.set(code, text);
      }
    }, { ref });
  }
}

/** Which of the fields before the options hold options too: 1 the boot file, 2 the server's name (RFC 2132 9.3). */
function overload(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length && bytes[at] !== 255; at += bytes[at] === 0 ? 1 : 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === 52) return bytes[at + 2] ?? 0;
  }
  return 0;
}

/** What stands in a field that a zero octet ends. */
function zeroEnded(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0), text = end === -1 ? bytes : bytes.subarray(0, end);
  return text.length === 0 ? "not used" : looksLikeText(text) ? clip(decodeText(text)) : undefined;
}

function dissect(tree: Tree): Words {
  const operation = tree.u8("Operation", REF, { 1: "request", 2: "reply" });
  tree.u8("Hardware type", REF, { 1: "Ethernet" });
  const size = tree.u8("Hardware address length", REF);
  tree.u8("Hops", REF);
  const id = tree.u32("Transaction ID", REF);
  tree.u16("Seconds", REF, (s) => `${counted(s, "second")} since the client began`);
  tree.flags("Flags", 2, [["Broadcast", 0, 1], ["Reserved", 1, 15]], REF);
  tree.ip("Client address", 4, REF);
  const yours = tree.ip("Your address", 4, REF);
  tree.ip("Next server", 4, REF);
  tree.ip("Relay agent", 4, REF);
  const used = Math.min(size, 16);
  const mac = used > 0 ? tree.mac("Client hardware address", REF, undefined, used) : "";
  if (used < 16) tree.bytes("Padding of the address", 16 - used, REF);
  const found = new Map<number, string>();
  const held = overload(tree.reader.bytes, tree.offset + 196);
  for (const [name, length, bit] of [["Server name", 64, 2], ["Boot file", 128, 1]] as const) {
    if ((held & bit) === 0) tree.bytes(name, length, REF, zeroEnded);
    else tree.part(name, length, (part) => options(part, found), REF);
  }
  if (tree.remaining >= 4) {
    tree.u32(
      "Magic cookie",
      "RFC 2132 2",
      (value) => value === 0x63825363 ? "DHCP options follow" : "not that of DHCP",
    );
    options(tree, found);
  }
  const message = found.get(53);
  const kind = message === undefined ? `BOOTP ${operation === 1 ? "request" : "reply"}` : `DHCP ${message}`;
  const about = operation === 2 ? `${yours} for ${mac}` : found.has(50) ? `${found.get(50)} for ${mac}` : `from ${mac}`;
  return { summary: `${kind} ${about}`, ...(operation === 1 ? { asks: `dhcp ${id}` } : { answers: `dhcp ${id}` }) };
}

/** Whether octets are BOOTP with DHCP's cookie. */
function plausible(bytes: Uint8Array): boolean {
  return bytes.length >= 240 && (bytes[0] === 1 || bytes[0] === 2) && hex(bytes.subarray(236, 240)) === "63825363";
}

export const DHCP: Protocol = {
  name: "dhcp",
  title: "DHCP",
  ref: "RFC 2131",
  udp: [67, 68],
  detectDatagram: plausible,
  datagram: dissect,
};
