// Names of Kerberos 5 (RFC 4120, IANA "Kerberos Parameters"), and the fields of its sequences. Pure.
// To add a field: its number and kind in the sequence's table, and the kind in kerberos.ts where it is a new one.
import { names } from "../coding/names.ts";

/** Message by application tag: name, where it is defined, whether it answers. */
export const MESSAGES: Readonly<Record<number, readonly [name: string, ref: string, answer?: true]>> = {
  10: ["AS-REQ", "RFC 4120 5.4.1"],
  11: ["AS-REP", "RFC 4120 5.4.2", true],
  12: ["TGS-REQ", "RFC 4120 5.4.1"],
  13: ["TGS-REP", "RFC 4120 5.4.2", true],
  14: ["AP-REQ", "RFC 4120 5.5.1"],
  15: ["AP-REP", "RFC 4120 5.5.2", true],
  20: ["KRB-SAFE", "RFC 4120 5.6.1"],
  21: ["KRB-PRIV", "RFC 4120 5.7.1"],
  22: ["KRB-CRED", "RFC 4120 5.8.1"],
  30: ["KRB-ERROR", "RFC 4120 5.9.1", true],
};
export const ERRORS = names(`
  0 no error; 1 the client's entry has expired; 2 the server's entry has expired; 3 protocol version not supported;
  4 the client's key is of an old master key; 5 the server's key is of an old master key; 6 client not found;
  7 server not found; 8 principal not unique; 9 no key; 10 not eligible for postdating;
  11 the start is later than the end; 12 refused by policy; 13 an option cannot be granted;
  14 encryption type not supported; 15 checksum type not supported; 16 kind of pre-authentication not supported;
  17 transited type not supported; 18 the client's credentials are revoked; 19 the server's credentials are revoked;
  20 the ticket is revoked; 21 the client is not valid yet; 22 the server is not valid yet; 23 the password has expired;
  24 pre-authentication failed: wrong password; 25 pre-authentication required; 26 ticket and server do not match;
  27 only user to user; 28 transited path not accepted; 29 a service is not available; 31 integrity check failed;
  32 the ticket has expired; 33 the ticket is not valid yet; 34 a replay; 35 the ticket is not for this server;
  36 ticket and authenticator do not match; 37 the clocks differ too much; 38 wrong address;
  39 version of the protocol does not match; 40 wrong message type; 41 the message was changed; 42 out of order;
  44 key version not available; 45 no key of the service; 46 mutual authentication failed; 47 wrong direction;
  48 another authentication method is needed; 49 wrong sequence number; 50 inappropriate checksum;
  52 too long for UDP: ask again over TCP; 60 generic error; 61 a field is too long; 68 wrong realm
`);
export const ENCRYPTION: Readonly<Record<number, string>> = {
  1: "des-cbc-crc",
  3: "des-cbc-md5",
  16: "des3-cbc-sha1-kd",
  17: "aes128-cts-hmac-sha1-96",
  18: "aes256-cts-hmac-sha1-96",
  19: "aes128-cts-hmac-sha256-128",
  20: "aes256-cts-hmac-sha384-192",
  23: "rc4-hmac",
  24: "rc4-hmac-exp",
  25: "camellia128-cts-cmac",
  26: "camellia256-cts-cmac",
  [-133]: "rc4-hmac-old",
  [-135]: "rc4-hmac-old-exp",
};
export const NAME_TYPES: Readonly<Record<number, string>> = {
  0: "unknown",
  1: "a principal",
  2: "a service with instance",
  3: "a service with host",
  5: "unique ID",
  6: "an X.500 name",
  7: "a mail address",
  10: "an enterprise name",
};
export const PREAUTHENTICATION = names(`
  1 AP-REQ with the ticket; 2 encrypted timestamp; 3 salt; 11 etype info; 16 public key (PKINIT), request;
  17 public key (PKINIT), reply; 19 etype info 2; 128 PAC request; 129 for user (S4U2Self); 133 cookie; 136 FAST;
  138 encrypted challenge; 149 FAST negotiation; 150 AS freshness; 151 SPAKE; 167 PAC options
`);
export const OPTIONS: readonly (readonly [bit: number, name: string])[] = [
  [1, "forwardable"],
  [2, "forwarded"],
  [3, "proxiable"],
  [4, "proxy"],
  [5, "allow postdate"],
  [6, "postdated"],
  [8, "renewable"],
  [11, "hardware authentication"],
  [14, "constrained delegation"],
  [15, "canonicalize"],
  [16, "anonymous"],
  [26, "no transit check"],
  [27, "renewable when too long"],
  [28, "encrypt in session key"],
  [30, "renew"],
  [31, "validate"],
];
/** RFC 4120 5.5.1. */
export const AP_OPTIONS: readonly (readonly [bit: number, name: string])[] = [
  [1, "ticket under the session key"],
  [2, "the server proves itself too"],
];
/** Names of the fields of each kind of sequence, by context tag. "kind" says how a field is read. */
export type Fields = Readonly<Record<number, readonly [name: string, kind: FieldKind]>>;
/** How a field is read. */
export type FieldKind =
  | "any"
  | "number"
  | "error"
  | "etype"
  | "etypes"
  | "nametype"
  | "text"
  | "strings"
  | "time"
  | "name"
  | "options"
  | "apoptions"
  | "encrypted"
  | "checksum"
  | "checksumtype"
  | "armor"
  | "message"
  | "ticket"
  | "tickets"
  | "body"
  | "padata"
  | "edata";
export const BODY: Fields = {
  0: ["KDC options", "options"],
  1: ["Client name", "name"],
  2: ["Realm", "text"],
  3: ["Server name", "name"],
  4: ["From", "time"],
  5: ["Till", "time"],
  6: ["Renew till", "time"],
  7: ["Nonce", "number"],
  8: ["Encryption types", "etypes"],
  9: ["Addresses", "any"],
  10: ["Encrypted authorization data", "encrypted"],
  11: ["Additional tickets", "tickets"],
};
const REQUEST: Fields = {
  1: ["Protocol version", "number"],
  2: ["Message type", "number"],
  3: ["Pre-authentication data", "padata"],
  4: ["Request body", "body"],
};
const REPLY: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Pre-authentication data", "padata"],
  3: ["Client realm", "text"],
  4: ["Client name", "name"],
  5: ["Ticket", "ticket"],
  6: ["Encrypted part", "encrypted"],
};
export const TICKET: Fields = {
  0: ["Ticket version", "number"],
  1: ["Realm", "text"],
  2: ["Server name", "name"],
  3: ["Encrypted part", "encrypted"],
};
const ERROR: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Client time", "time"],
  3: ["Client microseconds", "number"],
  4: ["Server time", "time"],
  5: ["Server microseconds", "number"],
  6: ["Error code", "error"],
  7: ["Client realm", "text"],
  8: ["Client name", "name"],
  9: ["Realm", "text"],
  10: ["Server name", "name"],
  11: ["Error text", "text"],
  12: ["Error data", "edata"],
};
const AP_REQUEST: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["AP options", "apoptions"],
  3: ["Ticket", "ticket"],
  4: ["Authenticator", "encrypted"],
};
const AP_REPLY: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Encrypted part", "encrypted"],
};
const SAFE: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Body", "any"],
  3: ["Checksum", "checksum"],
};
const PRIVATE: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  3: ["Encrypted part", "encrypted"],
};
const CREDENTIALS: Fields = {
  0: ["Protocol version", "number"],
  1: ["Message type", "number"],
  2: ["Tickets", "tickets"],
  3: ["Encrypted part", "encrypted"],
};
/** RFC 6113 5.4.1 to 5.4.3: what FAST wraps. */
export const ARMORED: Fields = {
  0: ["Armor", "armor"],
  1: ["Checksum", "checksum"],
  2: ["Encrypted request", "encrypted"],
};
export const ARMORED_REPLY: Fields = { 0: ["Encrypted reply", "encrypted"] };
export const ARMOR: Fields = { 0: ["Armor type", "number"], 1: ["Armor value", "message"] };
export const CHECKSUM: Fields = { 0: ["Checksum type", "checksumtype"], 1: ["Checksum", "any"] };
/** MS-SFU 2.2.1. */
export const FOR_USER: Fields = {
  0: ["User name", "name"],
  1: ["User realm", "text"],
  2: ["Checksum", "checksum"],
  3: ["Authentication package", "text"],
};
/** RFC 3961 8, RFC 8009 7, RFC 4757. */
export const CHECKSUMS: Readonly<Record<number, string>> = {
  1: "crc32",
  7: "rsa-md5",
  12: "hmac-sha1-des3-kd",
  15: "hmac-sha1-96-aes128",
  16: "hmac-sha1-96-aes256",
  17: "cmac-camellia128",
  18: "cmac-camellia256",
  19: "hmac-sha256-128-aes128",
  20: "hmac-sha384-192-aes256",
  [-138]: "hmac-md5",
};
export const ENCRYPTED: Fields = {
  0: ["Encryption type", "etype"],
  1: ["Key version", "number"],
  2: ["Cipher", "any"],
};
export const ENTRY: Fields = { 0: ["Encryption type", "etype"], 1: ["Salt", "text"], 2: ["Parameters", "any"] };
export const NAME: Fields = { 0: ["Name type", "nametype"], 1: ["Name", "strings"] };
export const BY_MESSAGE: Readonly<Record<number, Fields>> = {
  10: REQUEST,
  11: REPLY,
  12: REQUEST,
  13: REPLY,
  14: AP_REQUEST,
  15: AP_REPLY,
  20: SAFE,
  21: PRIVATE,
  22: CREDENTIALS,
  30: ERROR,
};
