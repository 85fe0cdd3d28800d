// Names of DHCP: messages, options (RFC 2132 and others; to add one: a line in `OPTIONS`) and what some of their values mean. Pure.
import type { Tree } from "../tree.ts";

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
  11: "LEASEUNASSIGNED",
  12: "LEASEUNKNOWN",
  13: "LEASEACTIVE",
};
/** How a value is read. */
export type Kind =
  | "octets"
  | "ip"
  | "ips"
  | "u8"
  | "u16"
  | "offset"
  | "seconds"
  | "text"
  | "architectures"
  | "list"
  | "pairs"
  | "routes"
  | "agent"
  | "fqdn"
  | "search"
  | "client";
/** What the one octet of a value means. */
type Meanings = Readonly<Record<number, string>>;
const SWITCH = { 0: "no", 1: "yes" };
const OVERLOAD = { 1: "the boot file's field holds options", 2: "the server name's field holds options", 3: "both do" };
const NODES = {
  1: "B: broadcasts",
  2: "P: asks a server",
  4: "M: broadcasts, then asks",
  8: "H: asks, then broadcasts",
};
/** IANA "Processor Architecture Types". */
const ARCHITECTURES: Readonly<Record<number, string>> = {
  0: "x86 BIOS",
  6: "x86 UEFI",
  7: "x64 UEFI",
  9: "EBC",
  10: "ARM 32-bit UEFI",
  11: "ARM 64-bit UEFI",
  15: "x86 UEFI by HTTP",
  16: "x64 UEFI by HTTP",
  19: "ARM 64-bit UEFI by HTTP",
};
/** What a computer that boots from the network is, one or more; in words. */
export function readArchitectures(tree: Tree, ref: string): string {
  const words: string[] = [];
  while (tree.remaining >= 2) {
    const number = tree.u16("Architecture", ref, ARCHITECTURES);
    words.push(ARCHITECTURES[number] ?? String(number));
  }
  return words.join(", ");
}

/** Option: name, kind of its value or what it means, where it is defined. */
export const OPTIONS: Readonly<Record<number, readonly [name: string, kind: Kind | Meanings, ref: string]>> = {
  1: ["Subnet mask", "ip", "RFC 2132 3.3"],
  2: ["Time offset", "offset", "RFC 2132 3.4"],
  3: ["Router", "ips", "RFC 2132 3.5"],
  4: ["Time server", "ips", "RFC 2132 3.6"],
  6: ["Name server", "ips", "RFC 2132 3.8"],
  7: ["Log server", "ips", "RFC 2132 3.9"],
  12: ["Host name", "text", "RFC 2132 3.14"],
  13: ["Boot file size", "u16", "RFC 2132 3.15"],
  15: ["Domain name", "text", "RFC 2132 3.17"],
  17: ["Root path", "text", "RFC 2132 3.19"],
  19: ["IP forwarding", SWITCH, "RFC 2132 4.1"],
  23: ["Default TTL", "u8", "RFC 2132 4.5"],
  26: ["Interface MTU", "u16", "RFC 2132 5.1"],
  28: ["Broadcast address", "ip", "RFC 2132 5.3"],
  31: ["Perform router discovery", SWITCH, "RFC 2132 5.6"],
  33: ["Static routes", "pairs", "RFC 2132 5.8"],
  40: ["NIS domain", "text", "RFC 2132 8.1"],
  41: ["NIS server", "ips", "RFC 2132 8.2"],
  42: ["NTP server", "ips", "RFC 2132 8.3"],
  43: ["Vendor information", "octets", "RFC 2132 8.4"],
  44: ["NetBIOS name server", "ips", "RFC 2132 8.5"],
  46: ["NetBIOS node type", NODES, "RFC 2132 8.7"],
  47: ["NetBIOS scope", "text", "RFC 2132 8.8"],
  50: ["Requested address", "ip", "RFC 2132 9.1"],
  51: ["Lease time", "seconds", "RFC 2132 9.2"],
  52: ["Option overload", OVERLOAD, "RFC 2132 9.3"],
  53: ["Message type", MESSAGES, "RFC 2132 9.6"],
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
  93: ["Client architecture", "architectures", "RFC 4578 2.1"],
  94: ["Client network interface", "octets", "RFC 4578 2.2"],
  97: ["Client machine identifier", "octets", "RFC 4578 2.3"],
  100: ["POSIX time zone", "text", "RFC 4833 2"],
  101: ["Name of the time zone", "text", "RFC 4833 2"],
  108: ["IPv6-only preferred", "seconds", "RFC 8925 3.1"],
  114: ["Captive portal", "text", "RFC 8910 2.1"],
  116: ["Auto-configuration", SWITCH, "RFC 2563 2"],
  118: ["Subnet selection", "ip", "RFC 3011 2"],
  119: ["Domain search", "search", "RFC 3397 2"],
  121: ["Classless static routes", "routes", "RFC 3442"],
  125: ["Vendor's own information", "octets", "RFC 3925 4"],
  150: ["TFTP server address", "ips", "RFC 5859 3"],
  249: ["Classless static routes (Microsoft)", "routes", "MS-DHCPE 2.2.8"],
  252: ["Proxy auto-configuration", "text", "draft-ietf-wrec-wpad"],
};
