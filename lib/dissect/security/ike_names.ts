// Names of IKE, versions 1 (RFC 2408, 2409) and 2 (RFC 7296; IANA "IKEv2 Parameters"). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

export const EXCHANGES: Names = names(`
  1 base; 2 identity protection (main mode); 3 authentication only; 4 aggressive mode; 5 informational; 6 transaction;
  32 quick mode; 33 new group mode; 34 IKE_SA_INIT; 35 IKE_AUTH; 36 CREATE_CHILD_SA; 37 INFORMATIONAL;
  38 IKE_SESSION_RESUME; 43 IKE_INTERMEDIATE
`);

/** Payload: its name, and where it is defined. */
export const PAYLOADS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["none", "RFC 7296 3.2"],
  1: ["Security association", "RFC 2408 3.4"],
  2: ["Proposal", "RFC 2408 3.5"],
  3: ["Transform", "RFC 2408 3.6"],
  4: ["Key exchange", "RFC 2408 3.7"],
  5: ["Identification", "RFC 2408 3.8"],
  6: ["Certificate", "RFC 2408 3.9"],
  7: ["Certificate request", "RFC 2408 3.10"],
  8: ["Hash", "RFC 2408 3.11"],
  9: ["Signature", "RFC 2408 3.12"],
  10: ["Nonce", "RFC 2408 3.13"],
  11: ["Notification", "RFC 2408 3.14"],
  12: ["Delete", "RFC 2408 3.15"],
  13: ["Vendor", "RFC 2408 3.16"],
  20: ["NAT discovery", "RFC 3947 3.2"],
  21: ["NAT original address", "RFC 3947 5.2"],
  33: ["Security association", "RFC 7296 3.3"],
  34: ["Key exchange", "RFC 7296 3.4"],
  35: ["Identification of the initiator", "RFC 7296 3.5"],
  36: ["Identification of the responder", "RFC 7296 3.5"],
  37: ["Certificate", "RFC 7296 3.6"],
  38: ["Certificate request", "RFC 7296 3.7"],
  39: ["Authentication", "RFC 7296 3.8"],
  40: ["Nonce", "RFC 7296 3.9"],
  41: ["Notify", "RFC 7296 3.10"],
  42: ["Delete", "RFC 7296 3.11"],
  43: ["Vendor", "RFC 7296 3.12"],
  44: ["Traffic of the initiator", "RFC 7296 3.13"],
  45: ["Traffic of the responder", "RFC 7296 3.13"],
  46: ["Encrypted and authenticated", "RFC 7296 3.14"],
  47: ["Configuration", "RFC 7296 3.15"],
  48: ["EAP", "RFC 7296 3.16"],
  53: ["Encrypted fragment", "RFC 7383 2.5"],
};

export const PROTOCOLS: Names = { 0: "none", 1: "IKE", 2: "AH", 3: "ESP", 4: "IP compression" };
export const TRANSFORM_TYPES: Names = {
  1: "encryption",
  2: "pseudorandom function",
  3: "integrity",
  4: "key exchange method",
  5: "extended sequence numbers",
};
const GROUPS: Names = names(`
  0 none; 1 768-bit MODP; 2 1024-bit MODP; 5 1536-bit MODP; 14 2048-bit MODP; 15 3072-bit MODP; 16 4096-bit MODP;
  17 6144-bit MODP; 18 8192-bit MODP; 19 256-bit random ECP; 20 384-bit random ECP; 21 521-bit random ECP;
  22 1024-bit MODP with a 160-bit subgroup; 23 2048-bit MODP with a 224-bit subgroup;
  24 2048-bit MODP with a 256-bit subgroup; 25 192-bit random ECP; 26 224-bit random ECP; 28 brainpoolP256r1;
  29 brainpoolP384r1; 30 brainpoolP512r1; 31 Curve25519; 32 Curve448; 35 ML-KEM-512; 36 ML-KEM-768; 37 ML-KEM-1024
`);
/** Transforms of version 2 by their type. */
export const TRANSFORMS: Readonly<Record<number, Names>> = {
  1: names(`
    1 DES with 64-bit IV; 2 DES; 3 3DES; 11 NULL; 12 AES-CBC; 13 AES-CTR; 14 AES-CCM with 8-octet ICV;
    15 AES-CCM with 12-octet ICV; 16 AES-CCM with 16-octet ICV; 18 AES-GCM with 8-octet ICV;
    19 AES-GCM with 12-octet ICV; 20 AES-GCM with 16-octet ICV; 23 Camellia-CBC; 28 ChaCha20-Poly1305
  `),
  2: {
    1: "HMAC-MD5",
    2: "HMAC-SHA1",
    4: "AES128-XCBC",
    5: "HMAC-SHA2-256",
    6: "HMAC-SHA2-384",
    7: "HMAC-SHA2-512",
    8: "AES128-CMAC",
  },
  3: {
    0: "none",
    1: "HMAC-MD5-96",
    2: "HMAC-SHA1-96",
    5: "AES-XCBC-96",
    8: "AES-CMAC-96",
    12: "HMAC-SHA2-256-128",
    13: "HMAC-SHA2-384-192",
    14: "HMAC-SHA2-512-256",
  },
  4: GROUPS,
  5: { 0: "no", 1: "yes" },
};
/** Attributes of version 1 in phase 1 (RFC 2409 appendix A), and what their values mean. */
export const ATTRIBUTES: Readonly<Record<number, readonly [name: string, values?: Names]>> = {
  1: ["Encryption", { 1: "DES", 5: "3DES", 7: "AES-CBC", 8: "Camellia-CBC" }],
  2: ["Hash", { 1: "MD5", 2: "SHA-1", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512" }],
  3: ["Authentication", {
    1: "pre-shared key",
    2: "DSS signatures",
    3: "RSA signatures",
    4: "RSA encryption",
    65001: "pre-shared key and XAUTH",
  }],
  4: ["Group", GROUPS],
  5: ["Group type"],
  11: ["Life type", { 1: "seconds", 2: "kilobytes" }],
  12: ["Life duration"],
  13: ["Pseudorandom function"],
  14: ["Key length"],
};
/** Beginnings of vendor payloads that say what the sender can. */
export const VENDORS: Readonly<Record<string, string>> = {
  "09002689dfd6b712": "XAUTH",
  "12f5f28c457168a9": "Cisco Unity",
  "4048b7d56ebce885": "fragmentation",
  "4a131c8107035845": "NAT traversal (RFC 3947)",
  "90cb80913ebb696e": "NAT traversal (draft 02)",
  "afcad71368a1f1c9": "dead peer detection (RFC 3706)",
  "cd60464335df21f8": "NAT traversal (draft 02)",
  "7d9419a65310ca6f": "NAT traversal (draft 03)",
};
export const NOTIFIES: Names = names(`
  1 payload not supported; 4 invalid SPI; 5 invalid major version; 7 invalid syntax; 9 invalid message ID;
  11 invalid SPI; 14 no proposal chosen; 17 invalid key exchange: another group is wanted; 24 authentication failed;
  34 single pair required; 35 no additional SAs; 36 internal address failure; 38 traffic selectors unacceptable;
  43 temporary failure; 44 no such child SA; 16384 initial contact; 16385 set window size;
  16386 additional traffic selectors possible; 16387 IP compression supported; 16388 NAT detection, source;
  16389 NAT detection, destination; 16390 cookie: send it back first; 16391 use transport mode; 16393 rekeys this SA;
  16396 MOBIKE supported; 16404 several authentications supported; 16406 redirection supported;
  16417 childless SA supported; 16418 quick crash detection; 16430 fragmentation supported;
  16431 signature hash algorithms; 16438 intermediate exchange supported
`);
