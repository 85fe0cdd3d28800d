// What a datagram or segment can be taken for whatever its ports (-T). Pure.
// To add one: a word here, and where it is asked for in udp.ts or tcp_payload.ts.

export const FORCED = ["carp", "domain", "ptp", "radius", "resp", "rtcp", "rtp", "snmp", "tftp", "vxlan"] as const;
export type Forced = (typeof FORCED)[number];
