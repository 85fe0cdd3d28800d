// Names of SMPP: PDUs with their fields, errors, codings, states, optional parameters (SMPP 3.4, 5.0). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

const BIND = "system password type version range";
const MESSAGE = "service source target esm protocol times receipt replace coding default text";

/** PDU by its command: name, and its fields: see `body` in smpp.ts. */
export const PDUS: Readonly<Record<number, readonly [name: string, fields: string]>> = {
  0x00000001: ["bind_receiver", BIND],
  0x00000002: ["bind_transmitter", BIND],
  0x00000003: ["query_sm", "id source"],
  0x00000004: ["submit_sm", MESSAGE],
  0x00000005: ["deliver_sm", MESSAGE],
  0x00000006: ["unbind", ""],
  0x00000007: ["replace_sm", "id source times receipt default text"],
  0x00000008: ["cancel_sm", "service id source target"],
  0x00000009: ["bind_transceiver", BIND],
  0x0000000b: ["outbind", "system password"],
  0x00000015: ["enquire_link", ""],
  0x00000021: ["submit_multi", "service source"],
  0x00000102: ["alert_notification", "source target"],
  0x00000103: ["data_sm", "service source target esm receipt coding"],
  0x80000000: ["generic_nack", ""],
  0x80000001: ["bind_receiver_resp", "system"],
  0x80000002: ["bind_transmitter_resp", "system"],
  0x80000003: ["query_sm_resp", "id final"],
  0x80000004: ["submit_sm_resp", "id"],
  0x80000005: ["deliver_sm_resp", "id"],
  0x80000006: ["unbind_resp", ""],
  0x80000007: ["replace_sm_resp", ""],
  0x80000008: ["cancel_sm_resp", ""],
  0x80000009: ["bind_transceiver_resp", "system"],
  0x80000015: ["enquire_link_resp", ""],
  0x80000021: ["submit_multi_resp", "id"],
  0x80000103: ["data_sm_resp", "id"],
};
export const ERRORS: Names = names(`
  0x00 ok; 0x01 invalid message length; 0x02 invalid command length; 0x03 invalid command; 0x04 wrong state;
  0x05 already bound; 0x06 invalid priority; 0x07 invalid registered delivery; 0x08 system error;
  0x0a invalid source address; 0x0b invalid destination address; 0x0c invalid message ID; 0x0d login failed;
  0x0e invalid password; 0x0f invalid system ID; 0x11 cancel failed; 0x13 replace failed; 0x14 queue full;
  0x15 invalid service type; 0x33 invalid number of destinations; 0x40 invalid destination flag;
  0x42 invalid submit with replace; 0x43 invalid message class; 0x45 submit failed; 0x48 invalid source type;
  0x49 invalid source plan; 0x50 invalid destination type; 0x51 invalid destination plan; 0x53 invalid system type;
  0x54 invalid replace flag; 0x55 invalid number of messages; 0x58 throttled; 0x61 invalid schedule;
  0x62 invalid validity; 0x63 invalid predefined message; 0x64 temporary receiver error; 0x65 permanent receiver error;
  0x66 receiver rejects; 0x67 query failed; 0xc0 error in optional parameters; 0xc1 optional parameter not allowed;
  0xc2 invalid parameter length; 0xc3 optional parameter missing; 0xc4 invalid parameter value; 0xfe delivery failed;
  0xff unknown error
`);
export const CODINGS: Names = names(`
  0 default of the message centre; 1 ASCII; 2 octets; 3 ISO 8859-1; 4 octets; 5 JIS; 6 ISO 8859-5; 7 ISO 8859-8;
  8 UCS-2; 9 pictograms; 10 ISO 2022-JP; 14 KS C 5601
`);
export const STATES: Names = {
  0: "scheduled",
  1: "en route",
  2: "delivered",
  3: "expired",
  4: "deleted",
  5: "undeliverable",
  6: "accepted",
  7: "unknown",
  8: "rejected",
};
/** Optional parameter: name, and how its value is read. */
export const TAGS: Readonly<Record<number, readonly [name: string, kind: "number" | "text" | "octets"]>> = {
  0x0005: ["destination subunit", "number"],
  0x0006: ["destination network type", "number"],
  0x0007: ["destination bearer type", "number"],
  0x000d: ["source subunit", "number"],
  0x000e: ["source network type", "number"],
  0x000f: ["source bearer type", "number"],
  0x0017: ["time to live", "number"],
  0x0019: ["payload type", "number"],
  0x001d: ["status information", "text"],
  0x001e: ["receipted message", "text"],
  0x0201: ["privacy", "number"],
  0x0202: ["source subaddress", "octets"],
  0x0203: ["destination subaddress", "octets"],
  0x0204: ["user message reference", "number"],
  0x0205: ["user response", "number"],
  0x020a: ["source port", "number"],
  0x020b: ["destination port", "number"],
  0x020c: ["reference of the parts", "number"],
  0x020d: ["language", "number"],
  0x020e: ["number of parts", "number"],
  0x020f: ["this part", "number"],
  0x0210: ["version of the message centre", "number"],
  0x0302: ["callback presentation", "number"],
  0x0304: ["number of messages", "number"],
  0x0381: ["callback number", "octets"],
  0x0420: ["delivery pending time", "number"],
  0x0421: ["delivery failure", "number"],
  0x0422: ["more messages", "number"],
  0x0423: ["network error", "octets"],
  0x0424: ["message payload", "text"],
  0x0425: ["failure reason", "number"],
  0x0426: ["more messages to send", "number"],
  0x0427: ["state of the message", "number"],
  0x0501: ["USSD operation", "number"],
  0x1201: ["display time", "number"],
  0x1203: ["signal", "number"],
  0x1204: ["validity of the setting", "number"],
  0x130c: ["alert on delivery", "octets"],
  0x1380: ["reply type", "number"],
};
