// What a datagram or segment can be taken for whatever its ports (-T). Pure.
// To add one: a word here, and where it is asked for in udp.ts or tcp_payload.ts.

export const FORCED = [
  "aodv",
  "carp",
  "cnfp",
  "domain",
  "lmp",
  "pgm",
  "pgm_zmtp1",
  "ptp",
  "radius",
  "resp",
  "rtcp",
  "rtp",
  "snmp",
  "someip",
  "tftp",
  "vat",
  "vxlan",
  "wb",
  "zmtp1",
] as const;
export type Forced = (typeof FORCED)[number];
