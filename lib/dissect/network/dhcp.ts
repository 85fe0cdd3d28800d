// DHCP for IPv4 (RFC 2131) with its options (RFC 2132). Pure.
import { hex } from "../../base/hex.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const REF = "RFC 2131 2";
const MESSAGES: Readonly<Record<number, string>> = {
  1: "DISCOVER",
  2: "OFFER",
  3: "REQUEST",
  4: "DECLINE",
  5: "ACK",
  6: "NAK",
  7: "RELEASE",
  8: "INFORM",
  9: "FORCERENEW",
  10: "LEASEQUERY",
  13: "LEASEACTIVE",
};
/** Option: name, kind of its value, where it is defined. */
const OPTIONS: Readonly<Record<number, readonly [name: string, kind: string, ref?: string]>> = {
  1: ["Subnet mask", "ip", "RFC 2132 3.3"],
  2: ["Time offset", "u32", "RFC 2132 3.4"],
  3: ["Router", "ips", "RFC 2132 3.5"],
  4: ["Time server", "ips", "RFC 2132 3.6"],
  6: ["Name server", "ips", "RFC 2132 3.8"],
  7: ["Log server", "ips", "RFC 2132 3.9"],
  12: ["Host name", "text", "RFC 2132 3.14"],
  13: ["Boot file size", "u16", "RFC 2132 3.15"],
  15: ["Domain name", "text", "RFC 2132 3.17"],
  17: ["Root path", "text", "RFC 2132 3.19"],
  19: ["IP forwarding", "u8", "RFC 2132 4.1"],
  23: ["Default TTL", "u8", "RFC 2132 4.5"],
  26: ["Interface MTU", "u16", "RFC 2132 5.1"],
  28: ["Broadcast address", "ip", "RFC 2132 5.3"],
  33: ["Static routes", "ips", "RFC 2132 5.8"],
  40: ["NIS domain", "text", "RFC 2132 8.1"],
  42: ["NTP server", "ips", "RFC 2132 8.3"],
  43: ["Vendor information", "octets", "RFC 2132 8.4"],
  44: ["NetBIOS name server", "ips", "RFC 2132 8.5"],
  46: ["NetBIOS node type", "u8", "RFC 2132 8.7"],
  50: ["Requested address", "ip", "RFC 2132 9.1"],
  51: ["Lease time", "seconds", "RFC 2132 9.2"],
  52: ["Option overload", "u8", "RFC 2132 9.3"],
  53: ["Message type", "message", "RFC 2132 9.6"],
  54: ["Server identifier", "ip", "RFC 2132 9.7"],
  55: ["Parameters wanted", "list", "RFC 2132 9.8"],
  56: ["Message", "text", "RFC 2132 9.9"],
  57: ["Message size at most", "u16", "RFC 2132 9.10"],
  58: ["Renewal time", "seconds", "RFC 2132 9.11"],
  59: ["Rebinding time", "seconds", "RFC 2132 9.12"],
  60: ["Vendor class", "text", "RFC 2132 9.13"],
  61: ["Client identifier", "client", "RFC 2132 9.14"],
  66: ["TFTP server", "text", "RFC 2132 9.4"],
  67: ["Boot file", "text", "RFC 2132 9.5"],
  77: ["User class", "octets", "RFC 3004 4"],
  80: ["Rapid commit", "octets", "RFC 4039 4"],
  81: ["Client's full name", "fqdn", "RFC 4702 2"],
  82: ["Relay agent information", "agent", "RFC 3046 2.0"],
  93: ["Client architecture", "u16", "RFC 4578 2.1"],
  97: ["Client machine identifier", "octets", "RFC 4578 2.3"],
  108: ["IPv6-only preferred", "seconds", "RFC 8925 3.1"],
  114: ["Captive portal", "text", "RFC 8910 2.1"],
  116: ["Auto-configuration", "u8", "RFC 2563 2"],
  119: ["Domain search", "search", "RFC 3397 2"],
  121: ["Classless static routes", "routes", "RFC 3442"],
  150: ["TFTP server address", "ips", "RFC 5859 3"],
  252: ["Proxy auto-configuration", "text", "draft-ietf-wrec-wpad"],
};

function value(tree: Tree, kind: string, name: string, ref: string): string | undefined {
  const count = tree.remaining;
  if (count === 0) return undefined;
  switch (kind) {
    case "ip":
    case "ips": {
      const words: string[] = [];
      while (tree.remaining >= 4) words.push(tree.ip(name, 4, ref));
      return words.join(", ");
    }
    case "u8":
      return String(tree.u8(name, ref));
    case "u16":
      return String(tree.u16(name, ref));
    case "u32":
      return String(tree.u32(name, ref));
    case "seconds":
      return `${tree.u32(name, ref, (s) => s === 0xffffffff ? "for ever" : counted(s, "second"))} seconds`;
    case "text":
      return clip(tree.text(name, count, ref), 80);
    case "message":
      return MESSAGES[tree.u8(name, ref, MESSAGES)];
    case "list":
      for (let i = 0; i < count; i++) tree.u8("Option wanted", ref, (code) => OPTIONS[code]?.[0] ?? "unknown");
      return counted(count, "option");
    case "routes": {
      const words: string[] = [];
      while (tree.remaining >= 5) {
        tree.group("Route", (group) => {
          const bits = tree.u8("Prefix length", ref, (count) => counted(count, "bit"));
          const octets = Math.min(4, Math.ceil(bits / 8));
          const network = octets === 0 ? [] : [...tree.bytes("Network", octets, ref)];
          const text = [...network, 0, 0, 0, 0].slice(0, 4).join(".");
          group.meaning = `${text}/${bits} by ${tree.ip("Router", 4, ref)}`;
          words.push(group.meaning);
        }, { ref });
      }
      return words.join(", ");
    }
    case "agent": {
      const names: Readonly<Record<number, string>> = {
        1: "circuit",
        2: "remote end",
        5: "link",
        9: "vendor",
        11: "server",
        151: "VPN",
      };
      const words: string[] = [];
      while (tree.remaining >= 2) {
        tree.group("Part", (group) => {
          const code = tree.u8("Code", ref, names);
          const bytes = tree.bytes("Value", tree.u8("Length", ref), ref);
          const text = looksLikeText(bytes) ? decodeText(bytes) : hex(bytes);
          group.meaning = `${names[code] ?? `part ${code}`}: ${clip(text, 40)}`;
          words.push(group.meaning);
        }, { ref });
      }
      return words.join(", ");
    }
    case "fqdn": {
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
    }
    case "search": {
      const words: string[] = [];
      while (tree.remaining > 0) words.push(labels(tree, ref));
      return words.join(", ");
    }
    case "client": {
      const type = tree.u8("Hardware type", ref, { 0: "not a hardware address", 1: "Ethernet", 255: "by DUID" });
      return type === 1 && tree.remaining === 6 ? tree.mac("Address", ref) : hex(tree.rest("Identifier", ref));
    }
  }
  tree.bytes(name, count, ref);
  return undefined;
}

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
    const [name, kind, ref = "RFC 2132"] = OPTIONS[code] ?? ["Option", "octets"];
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
      const text = tree.within(name, length, (part) => value(part, kind, name, ref));
      if (text !== undefined) {
        group.meaning = `${name}: ${text}`;
        found.set(code, text);
      }
    }, { ref });
  }
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
  for (const [name, length] of [["Server name", 64], ["Boot file", 128]] as const) {
    tree.bytes(name, length, REF, (bytes) => bytes.every((octet) => octet === 0) ? "not used" : undefined);
  }
  const found = new Map<number, string>();
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
