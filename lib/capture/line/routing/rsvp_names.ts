// Names in resource reservation: classes and kinds of objects, and numbers in them. Pure. Sources as in rsvp_objects.ts.
import { bits, names } from "../core/table.ts";

export const CLASSES = names(
  "1 Session|3 RSVP Hop|Integrity|Time Values|Error Spec|Scope|Style|Flowspec|FilterSpec|Sender Template|Sender TSpec|" +
    "Adspec|Policy Data|Confirm|Label|19 Label Request|ERO|RRO|Hello|Message ID|Message ID Ack|Message ID List|" +
    "34 Recovery Label|Upstream Label|Label Set|Protection|50 Sub-LSP to LSP|63 Detour|66 Class Type|" +
    "125 Class Type (old)|129 Suggested Label|Acceptable Label Set|Restart Capability|134 Capability|195 Notify Request|" +
    "Administrative Status|204 Properties|Fast Re-Route|207 Session Attribute|229 Generalized UNI|Call-ID|" +
    "236 Call Capability",
);

/** Names of kinds by class and kind in one number. */
export const KINDS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries({
    3: "1 IPv4|IPv6|IPv4 plus opt. TLVs|IPv6 plus opt. TLVs",
    195: "1 IPv4|IPv6",
    15: "1 IPv4|IPv6",
    5: "1 1",
    9: "1 obsolete|IntServ",
    12: "2 IntServ",
    13: "2 IntServ",
    10: "1 IPv4|IPv6|IPv6 Flow-label|7 Tunnel IPv4|12 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    1: "1 IPv4|IPv6|7 Tunnel IPv4|11 UNI IPv4|13 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    11: "1 IPv4|IPv6|7 Tunnel IPv4|12 IPv4 P2MP LSP Tunnel|IPv6 P2MP LSP Tunnel",
    23: "1 1",
    24: "1 Message id ack|Message id nack",
    25: "1 1",
    8: "1 1",
    22: "1 Hello Request|Hello Ack",
    19: "1 without label range|with ATM label range|with FR label range|Generalized Label",
    ...Object.fromEntries([16, 129, 35, 34].map((group) => [group, "1 Label|Generalized Label|Waveband Switching"])),
    20: "1 IPv4",
    21: "1 IPv4",
    6: "1 IPv4|IPv6|IPv4 plus opt. TLVs|IPv6 plus opt. TLVs",
    131: "1 IPv4",
    134: "1 1",
    207: "7 Tunnel IPv4",
    205: "1 1|7 Tunnel IPv4",
    63: "7 Tunnel IPv4",
    204: "1 1",
    196: "1 1",
    66: "1 1",
    125: "1 1",
    36: "1 1",
    229: "1 1",
    50: "1 IPv4 sub-LSP|IPv6 sub-LSP",
  }).flatMap(([group, text]) =>
    Object.entries(names(text)).map(([kind, name]) => [Number(group) << 8 | Number(kind), name])
  ),
);

export const ERRORS = names("24 Routing Problem|Notify Error|28 Diffserv TE Error|125 Diffserv TE Error (Old)");
export const ROUTING_ERRORS = names(
  "1 Bad EXPLICIT_ROUTE object|Bad strict node|Bad loose node|Bad initial subobject|" +
    "No route available toward destination|Unacceptable label value|RRO indicated routing loops|" +
    "non-RSVP-capable router in the path|MPLS label allocation failure|Unsupported L3PID",
);
export const SERVICE_ERRORS = names(
  "1 Unexpected CT object|Unsupported CT|Invalid CT value|CT/setup priority do not form a configured TE-Class|" +
    "CT/holding priority do not form a configured TE-Class|" +
    "CT/setup priority and CT/holding priority do not form a configured TE-Class|" +
    "Inconsistency between signaled PSC and signaled CT|Inconsistency between signaled PHBs and signaled CT",
);
export const STYLES = names("10 Fixed Filter|17 Wildcard Filter|Shared Explicit");
export const ATTRIBUTES = bits(
  "0x1 Local Protection|0x2 Label Recording|0x4 SE Style|0x8 Bandwidth protection|0x10 Node protection",
);
export const CAPABILITIES = bits(
  "0x4 RecoveryPath Transmit Enabled|0x2 RecoveryPath Desired|0x1 RecoveryPath Srefresh Capable",
);
export const STATES = bits("0x80000000 Reflect|0x4 Testing|0x2 Admin-down|0x1 Delete-in-progress");
export const PROPERTIES = names("1 Cos|Metric 1|4 Metric 2|8 CCC Status|16 Path Type");
export const LABEL_SETS = names("0 Inclusive list|Exclusive list|Inclusive range|Exclusive range");
export const ROUTES = names(
  "0 Reserved|IPv4 prefix|IPv6 prefix|Label|32 Autonomous system number|64 MPLS label switched path termination",
);
export const ROUTE_FLAGS = bits(
  "0x1 Local protection available|0x2 Local protection in use|0x4 Bandwidth protection|0x8 Node protection",
);
export const LABEL_FLAGS = bits("0x1 Global");
export const SERVICES = names("1 Default/Global Information|Guaranteed Service|5 Controlled Load");
export const PARAMETERS = names(
  "4 IS hop cnt|6 Path b/w estimate|8 Minimum path latency|10 Composed MTU|127 Token Bucket TSpec|" +
    "130 Guaranteed Service RSpec|133 End-to-end composed value for C|End-to-end composed value for D|" +
    "Since-last-reshaping point composed C|Since-last-reshaping point composed D",
);
export const INTERFACES = names(
  "1 Source TNA address|Destination TNA address|Diversity|Egress label|Service level",
);
