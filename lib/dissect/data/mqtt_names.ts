// Names of MQTT: packets, reasons, properties (MQTT 5 and 3.1.1, OASIS). Pure.
import { names } from "../coding/names.ts";
import { counted } from "../coding/words.ts";

export const TYPES = [
  "reserved",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "AUTH",
];
export const RETURN_CODES = [
  "accepted",
  "unacceptable protocol version",
  "identifier rejected",
  "server unavailable",
  "bad user name or password",
  "not authorized",
];
export const REASONS = names(`
  0x00 success; 0x01 granted QoS 1; 0x02 granted QoS 2; 0x04 disconnect with will; 0x10 no matching subscribers;
  0x11 no subscription existed; 0x18 continue authentication; 0x19 re-authenticate; 0x80 unspecified error;
  0x81 malformed packet; 0x82 protocol error; 0x83 implementation specific error; 0x84 unsupported protocol version;
  0x85 client identifier not valid; 0x86 bad user name or password; 0x87 not authorized; 0x88 server unavailable;
  0x89 server busy; 0x8a banned; 0x8b server shutting down; 0x8c bad authentication method; 0x8d keep alive timeout;
  0x8e session taken over; 0x8f topic filter invalid; 0x90 topic name invalid; 0x91 packet identifier in use;
  0x92 packet identifier not found; 0x93 receive maximum exceeded; 0x94 topic alias invalid; 0x95 packet too large;
  0x96 message rate too high; 0x97 quota exceeded; 0x98 administrative action; 0x99 payload format invalid;
  0x9a retain not supported; 0x9b QoS not supported; 0x9c use another server; 0x9d server moved;
  0x9e shared subscriptions not supported; 0x9f connection rate exceeded; 0xa0 maximum connect time;
  0xa1 subscription identifiers not supported; 0xa2 wildcards not supported
`);
/** What the octets of SUBACK say before version 5 (MQTT 3.9.3), and where version 5 means something else by the same number. */
export const GRANTED: Readonly<Record<number, string>> = {
  0: "granted QoS 0",
  1: "granted QoS 1",
  2: "granted QoS 2",
  0x80: "refused",
};
export const SUBACK_REASONS = { ...REASONS, 0: "granted QoS 0" };
export const DISCONNECT_REASONS = { ...REASONS, 0: "normal disconnection" };
/** Versions by their octet; bridges of some brokers set the highest bit. */
export const VERSIONS: Readonly<Record<number, string>> = {
  3: "3.1",
  4: "3.1.1",
  5: "5",
  0x83: "3.1 of a bridge",
  0x84: "3.1.1 of a bridge",
};
/** Flags that a type must have (MQTT 2.1.3); PUBLISH uses them. */
export const FLAGS: Readonly<Record<number, number>> = { 6: 2, 8: 2, 10: 2 };
/** Property: name and kind: octet, u16, u32, varint, text, octets, pair. */
export const PROPERTIES: Readonly<Record<number, readonly [name: string, kind: string]>> = {
  0x01: ["Payload format", "u8"],
  0x02: ["Message expiry", "u32"],
  0x03: ["Content type", "text"],
  0x08: ["Response topic", "text"],
  0x09: ["Correlation data", "octets"],
  0x0b: ["Subscription identifier", "varint"],
  0x11: ["Session expiry", "u32"],
  0x12: ["Assigned client identifier", "text"],
  0x13: ["Server keep alive", "u16"],
  0x15: ["Authentication method", "text"],
  0x16: ["Authentication data", "octets"],
  0x17: ["Request problem information", "u8"],
  0x18: ["Will delay", "u32"],
  0x19: ["Request response information", "u8"],
  0x1a: ["Response information", "text"],
  0x1c: ["Server reference", "text"],
  0x1f: ["Reason", "text"],
  0x21: ["Receive maximum", "u16"],
  0x22: ["Topic alias maximum", "u16"],
  0x23: ["Topic alias", "u16"],
  0x24: ["Maximum QoS", "u8"],
  0x25: ["Retain available", "u8"],
  0x26: ["User property", "pair"],
  0x27: ["Maximum packet size", "u32"],
  0x28: ["Wildcards available", "u8"],
  0x29: ["Subscription identifiers available", "u8"],
  0x2a: ["Shared subscriptions available", "u8"],
};

/** What the numbers of a property mean. */
export function propertyMeaning(id: number, value: number): string | undefined {
  if ([0x02, 0x11, 0x13, 0x18].includes(id)) return value === 0xffffffff ? "for ever" : counted(value, "second");
  if (id === 0x01) return value === 1 ? "UTF-8 text" : "octets";
  if (id === 0x27) return counted(value, "octet");
  if ([0x17, 0x19, 0x25, 0x28, 0x29, 0x2a].includes(id)) return value === 0 ? "no" : "yes";
  return undefined;
}
