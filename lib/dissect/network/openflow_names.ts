// Names of OpenFlow 1.0 and 1.3 (Open Networking Foundation, "OpenFlow Switch Specification"). Pure.
// To add one: a line in its table.
type Names = Readonly<Record<number, string>>;

const list = (text: string, first = 0): Names =>
  Object.fromEntries(text.split("|").map((word, i) => [first + i, word]).filter(([, word]) => word !== ""));

export const VERSIONS: Names = { 1: "1.0", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.4", 6: "1.5" };

const FIRST = "HELLO|ERROR|ECHO_REQUEST|ECHO_REPLY|EXPERIMENTER|FEATURES_REQUEST|FEATURES_REPLY|GET_CONFIG_REQUEST|" +
  "GET_CONFIG_REPLY|SET_CONFIG|PACKET_IN|FLOW_REMOVED|PORT_STATUS|PACKET_OUT|FLOW_MOD";
/** Messages of version 1.0, and of the later ones. */
export const MESSAGES_1: Names = list(
  FIRST +
    "|PORT_MOD|STATS_REQUEST|STATS_REPLY|BARRIER_REQUEST|BARRIER_REPLY|QUEUE_GET_CONFIG_REQUEST|QUEUE_GET_CONFIG_REPLY",
);
export const MESSAGES_4: Names = list(
  FIRST + "|GROUP_MOD|PORT_MOD|TABLE_MOD|MULTIPART_REQUEST|MULTIPART_REPLY|BARRIER_REQUEST|BARRIER_REPLY|" +
    "QUEUE_GET_CONFIG_REQUEST|QUEUE_GET_CONFIG_REPLY|ROLE_REQUEST|ROLE_REPLY|GET_ASYNC_REQUEST|GET_ASYNC_REPLY|" +
    "SET_ASYNC|METER_MOD",
);

export const ERRORS_1: Names = list(
  "hello failed|bad request|bad action|flow mod failed|port mod failed|queue operation failed",
);
export const ERRORS_4: Names = {
  ...list(
    "hello failed|bad request|bad action|bad instruction|bad match|flow mod failed|group mod failed|port mod failed|" +
      "table mod failed|queue operation failed|switch config failed|role request failed|meter mod failed|table features failed",
  ),
  0xffff: "experimenter",
};

export const STATISTICS_1: Names = { ...list("description|flows|aggregate|tables|ports|queues"), 0xffff: "vendor" };
export const STATISTICS_4: Names = {
  ...list(
    "description|flows|aggregate|tables|ports|queues|groups|group description|group features|meters|meter configuration|" +
      "meter features|table features|port description",
  ),
  0xffff: "experimenter",
};

/** Ports with a meaning; of version 1.0 the upper half is missing. */
export function portName(port: number): string | undefined {
  const low = port & 0xffff;
  if (port < 0xff00 || (port > 0xffff && port < 0xffffff00)) return undefined;
  return list("in port|table|normal|flood|all|controller|local", 0xfff8)[low] ?? (low === 0xffff ? "any" : undefined);
}

export const COMMANDS: Names = list("add|modify|modify strictly|delete|delete strictly");
export const REASONS_IN: Names = list("no match|action|invalid TTL");
export const REASONS_REMOVED: Names = list("idle timeout|hard timeout|deleted|group deleted");
export const REASONS_PORT: Names = list("added|deleted|modified");
export const ROLES: Names = list("no change|equal|master|slave");

export const ACTIONS_1: Names = list(
  "output|set VLAN|set VLAN priority|strip VLAN|set Ethernet source|set Ethernet destination|set IP source|" +
    "set IP destination|set type of service|set source port|set destination port|enqueue",
);
export const ACTIONS_4: Names = {
  0: "output",
  ...list("copy TTL out|copy TTL in", 11),
  ...list(
    "set MPLS TTL|decrement MPLS TTL|push VLAN|pop VLAN|push MPLS|pop MPLS|set queue|group|set TTL|decrement TTL|" +
      "set field|push PBB|pop PBB",
    15,
  ),
  0xffff: "experimenter",
};
export const INSTRUCTIONS: Names = list(
  "|go to table|write metadata|write actions|apply actions|clear actions|meter",
);

/** What stands in a field of a match. */
export type FieldKind =
  | "port"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "mac"
  | "ip4"
  | "ip6"
  | "ethertype"
  | "protocol"
  | "octets";

/** Fields of matches since version 1.2, by number: their name and kind (7.2.3.7). */
export const FIELDS: Readonly<Record<number, readonly [name: string, kind: FieldKind]>> = {
  0: ["in_port", "port"],
  1: ["in_phy_port", "port"],
  2: ["metadata", "u64"],
  3: ["eth_dst", "mac"],
  4: ["eth_src", "mac"],
  5: ["eth_type", "ethertype"],
  6: ["vlan_vid", "u16"],
  7: ["vlan_pcp", "u8"],
  8: ["ip_dscp", "u8"],
  9: ["ip_ecn", "u8"],
  10: ["ip_proto", "protocol"],
  11: ["ipv4_src", "ip4"],
  12: ["ipv4_dst", "ip4"],
  13: ["tcp_src", "u16"],
  14: ["tcp_dst", "u16"],
  15: ["udp_src", "u16"],
  16: ["udp_dst", "u16"],
  17: ["sctp_src", "u16"],
  18: ["sctp_dst", "u16"],
  19: ["icmpv4_type", "u8"],
  20: ["icmpv4_code", "u8"],
  21: ["arp_op", "u16"],
  22: ["arp_spa", "ip4"],
  23: ["arp_tpa", "ip4"],
  24: ["arp_sha", "mac"],
  25: ["arp_tha", "mac"],
  26: ["ipv6_src", "ip6"],
  27: ["ipv6_dst", "ip6"],
  28: ["ipv6_flabel", "u32"],
  29: ["icmpv6_type", "u8"],
  30: ["icmpv6_code", "u8"],
  31: ["ipv6_nd_target", "ip6"],
  32: ["ipv6_nd_sll", "mac"],
  33: ["ipv6_nd_tll", "mac"],
  34: ["mpls_label", "u32"],
  35: ["mpls_tc", "u8"],
  36: ["mpls_bos", "u8"],
  37: ["pbb_isid", "octets"],
  38: ["tunnel_id", "u64"],
  39: ["ipv6_exthdr", "u16"],
};
