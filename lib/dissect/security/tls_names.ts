// The numbers of TLS in words: IANA "Transport Layer Security (TLS) Parameters" and "Extension Type Values". Pure.
// A new number is a new line in its table.
import { names } from "../coding/names.ts";

/** What the messages of both sides agreed on so far. */
export interface TlsState {
  version: number;
  /** DTLS: its ClientHello has a cookie. */
  readonly datagrams?: true;
  /** Randoms in hexadecimal, as the hellos had them. */
  clientRandom?: string;
  serverRandom?: string;
  /** The cipher suite that the server chose. */
  suite?: number;
  /** The protocol inside, agreed on by ALPN. */
  protocol?: string;
  /** The session that the server named, the ticket that the client showed and the one it was given: hexadecimal. */
  sessionId?: string;
  ticket?: string | undefined;
  newTicket?: string | undefined;
  /** The client means to send data before the handshake ends. */
  earlyData?: boolean;
  /** What the server agreed to: codes of sealed octets (RFC 7366), a master secret of the whole handshake (RFC 7627). */
  encryptThenMac?: boolean;
  extendedMaster?: boolean;
  /** Octets of the connection IDs that each side wants to be sent (RFC 9146 3). */
  connectionIds?: { client?: number | undefined; server?: number | undefined };
  /** The premaster secret under the server's RSA key, as the client sent it in this handshake; empty: another way. */
  clientKey?: Uint8Array | undefined;
}

type Names = Readonly<Record<number, string>>;

export const TLS_VERSIONS: Names = {
  0x0002: "SSL 2.0",
  0x0300: "SSL 3.0",
  0x0301: "TLS 1.0",
  0x0302: "TLS 1.1",
  0x0303: "TLS 1.2",
  0x0304: "TLS 1.3",
  0x0100: "DTLS before 1.0 (AnyConnect)",
  0xfeff: "DTLS 1.0",
  0xfefd: "DTLS 1.2",
  0xfefc: "DTLS 1.3",
};

/** Values that a client sends so that servers learn to ignore what they do not know (RFC 8701). */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** A name from a table, GREASE or "unknown". */
export function nameOr(names: Names): (value: number) => string {
  return (value) => names[value] ?? (isGrease(value) ? "GREASE" : "unknown");
}

export const CONTENT_TYPES: Names = {
  20: "change cipher spec",
  21: "alert",
  22: "handshake",
  23: "application data",
  24: "heartbeat",
};

export const HANDSHAKE_TYPES: Names = names(`
  0 HelloRequest; 1 ClientHello; 2 ServerHello; 3 HelloVerifyRequest; 4 NewSessionTicket; 5 EndOfEarlyData;
  9 RequestConnectionId; 10 NewConnectionId; 8 EncryptedExtensions; 11 Certificate; 12 ServerKeyExchange;
  13 CertificateRequest; 14 ServerHelloDone; 15 CertificateVerify; 16 ClientKeyExchange; 20 Finished; 21 CertificateURL;
  22 CertificateStatus; 24 KeyUpdate; 25 CompressedCertificate; 254 MessageHash
`);

export const ALERTS: Names = names(`
  0 close notify; 10 unexpected message; 20 bad record MAC; 21 decryption failed; 22 record overflow;
  30 decompression failure; 40 handshake failure; 41 no certificate; 42 bad certificate; 43 unsupported certificate;
  44 certificate revoked; 45 certificate expired; 46 certificate unknown; 47 illegal parameter; 48 unknown CA;
  49 access denied; 50 decode error; 51 decrypt error; 60 export restriction; 70 protocol version;
  71 insufficient security; 80 internal error; 86 inappropriate fallback; 90 user canceled; 100 no renegotiation;
  109 missing extension; 110 unsupported extension; 111 certificate unobtainable; 112 unrecognized name;
  113 bad certificate status response; 114 bad certificate hash value; 115 unknown PSK identity;
  116 certificate required; 117 general error; 120 no application protocol; 121 encrypted hello required
`);

/** Extension: name, where it is defined, and what it is for. */
export const EXTENSIONS: Readonly<Record<number, readonly [name: string, ref: string, meaning?: string]>> = {
  0: ["server_name", "RFC 6066 3", "which of the server's names is meant"],
  1: ["max_fragment_length", "RFC 6066 4", "shorter records, please"],
  2: ["client_certificate_url", "RFC 6066 5"],
  3: ["trusted_ca_keys", "RFC 6066 6"],
  4: ["truncated_hmac", "RFC 6066 7"],
  5: ["status_request", "RFC 6066 8", "send the proof that the certificate is not revoked"],
  6: ["user_mapping", "RFC 4681 2"],
  7: ["client_authz", "RFC 5878 2.1"],
  8: ["server_authz", "RFC 5878 2.2"],
  9: ["cert_type", "RFC 6091 3.1"],
  10: ["supported_groups", "RFC 8446 4.2.7", "groups that keys can be agreed on in"],
  11: ["ec_point_formats", "RFC 8422 5.1.2", "forms of points on curves"],
  12: ["srp", "RFC 5054 2.8.1"],
  13: ["signature_algorithms", "RFC 8446 4.2.3", "signatures that the sender can check"],
  14: ["use_srtp", "RFC 5764 4.1.1", "keys for SRTP come from this handshake"],
  15: ["heartbeat", "RFC 6520 2", "heartbeats may be sent"],
  16: ["application_layer_protocol_negotiation", "RFC 7301 3.1", "which protocol goes inside"],
  17: ["status_request_v2", "RFC 6961 2.1"],
  18: ["signed_certificate_timestamp", "RFC 6962 3.3.1", "proofs that the certificate is in public logs"],
  19: ["client_certificate_type", "RFC 7250 3"],
  20: ["server_certificate_type", "RFC 7250 3"],
  21: ["padding", "RFC 7685 3", "makes the message longer"],
  22: ["encrypt_then_mac", "RFC 7366 2", "encryption first, then the MAC"],
  23: ["extended_master_secret", "RFC 7627 5.1", "binds the keys to this whole handshake"],
  24: ["token_binding", "RFC 8472 2"],
  25: ["cached_info", "RFC 7924 3"],
  26: ["tls_lts", "draft-gutmann-tls-lts"],
  27: ["compress_certificate", "RFC 8879 3", "certificates may be compressed"],
  28: ["record_size_limit", "RFC 8449 4", "the longest record that I take"],
  29: ["pwd_protect", "RFC 8492 4.4.3"],
  30: ["pwd_clear", "RFC 8492 4.4.3"],
  31: ["password_salt", "RFC 8492 4.5.2.4"],
  32: ["ticket_pinning", "RFC 8672 3"],
  33: ["tls_cert_with_extern_psk", "RFC 8773 5"],
  34: ["delegated_credential", "RFC 9345", "a short-lived key may stand for the certificate's"],
  35: ["session_ticket", "RFC 5077 3.2", "the session can be resumed by a ticket"],
  41: ["pre_shared_key", "RFC 8446 4.2.11", "resumes by a key from before"],
  42: ["early_data", "RFC 8446 4.2.10", "data come before the handshake ends"],
  43: ["supported_versions", "RFC 8446 4.2.1", "versions of TLS"],
  44: ["cookie", "RFC 8446 4.2.2", "gives back what the server handed out"],
  45: ["psk_key_exchange_modes", "RFC 8446 4.2.9", "how a key from before may be used"],
  47: ["certificate_authorities", "RFC 8446 4.2.4", "authorities that I trust"],
  48: ["oid_filters", "RFC 8446 4.2.5"],
  49: ["post_handshake_auth", "RFC 8446 4.2.6", "a certificate can be asked for later"],
  50: ["signature_algorithms_cert", "RFC 8446 4.2.3", "signatures in certificates that the sender can check"],
  51: ["key_share", "RFC 8446 4.2.8", "halves of keys, so that one round trip is enough"],
  52: ["transparency_info", "RFC 9162 6.5"],
  53: ["connection_id_deprecated", "RFC 9146 3"],
  54: ["connection_id", "RFC 9146 3", "names the connection whatever the address"],
  55: ["external_id_hash", "RFC 8844 3.2"],
  56: ["external_session_id", "RFC 8844 4.3"],
  57: ["quic_transport_parameters", "RFC 9001 8.2", "settings of QUIC"],
  58: ["ticket_request", "RFC 9149 3"],
  59: ["dnssec_chain", "RFC 9102 2"],
  60: ["sequence_number_encryption_algorithms", "draft-pismenny-tls-dtls-plaintext-sequence-number"],
  61: ["rrc", "RFC 9853", "the way back may be checked when an address changes"],
  62: ["tls_flags", "draft-ietf-tls-tlsflags"],
  13172: ["next_protocol_negotiation", "draft-agl-tls-nextprotoneg"],
  17513: ["application_settings", "draft-vvv-tls-alps"],
  17613: ["application_settings", "draft-vvv-tls-alps"],
  64768: ["ech_outer_extensions", "RFC 9849 5.1", "stand in the outer hello"],
  65037: ["encrypted_client_hello", "RFC 9849 5", "the true hello, encrypted"],
  65281: ["renegotiation_info", "RFC 5746 3.2", "ties a renegotiation to the handshake before"],
};

export const GROUPS: Names = names(`
  19 secp192r1; 21 secp224r1; 22 secp256k1; 23 secp256r1; 24 secp384r1; 25 secp521r1; 26 brainpoolP256r1;
  27 brainpoolP384r1; 28 brainpoolP512r1; 29 x25519; 30 x448; 31 brainpoolP256r1tls13; 32 brainpoolP384r1tls13;
  33 brainpoolP512r1tls13; 34 GC256A; 35 GC256B; 36 GC256C; 37 GC256D; 38 GC512A; 39 GC512B; 40 GC512C; 41 curveSM2;
  256 ffdhe2048; 257 ffdhe3072; 258 ffdhe4096; 259 ffdhe6144; 260 ffdhe8192; 0x0200 MLKEM512; 0x0201 MLKEM768;
  0x0202 MLKEM1024; 0x11eb SecP256r1MLKEM768; 0x11ec X25519MLKEM768; 0x11ed SecP384r1MLKEM1024; 0x11ee curveSM2MLKEM768;
  0x639a SecP256r1Kyber768Draft00; 0xff01 arbitrary explicit prime curves; 0xff02 arbitrary explicit char2 curves;
  0x6399 X25519Kyber768Draft00
`);

export const SIGNATURES: Names = names(`
  0x0101 rsa_md5; 0x0201 rsa_pkcs1_sha1; 0x0202 dsa_sha1; 0x0203 ecdsa_sha1; 0x0301 rsa_sha224; 0x0302 dsa_sha224;
  0x0303 ecdsa_sha224; 0x0401 rsa_pkcs1_sha256; 0x0402 dsa_sha256; 0x0403 ecdsa_secp256r1_sha256;
  0x0501 rsa_pkcs1_sha384; 0x0502 dsa_sha384; 0x0503 ecdsa_secp384r1_sha384; 0x0601 rsa_pkcs1_sha512; 0x0602 dsa_sha512;
  0x0603 ecdsa_secp521r1_sha512; 0x0804 rsa_pss_rsae_sha256; 0x0805 rsa_pss_rsae_sha384; 0x0806 rsa_pss_rsae_sha512;
  0x0704 eccsi_sha256; 0x0705 iso_ibs1; 0x0706 iso_ibs2; 0x0707 iso_chinese_ibs; 0x0708 sm2sig_sm3;
  0x0709 gostr34102012_256a; 0x0807 ed25519; 0x0808 ed448; 0x0809 rsa_pss_pss_sha256; 0x080a rsa_pss_pss_sha384;
  0x080b rsa_pss_pss_sha512; 0x081a ecdsa_brainpoolP256r1tls13_sha256; 0x081b ecdsa_brainpoolP384r1tls13_sha384;
  0x081c ecdsa_brainpoolP512r1tls13_sha512; 0x0904 mldsa44; 0x0905 mldsa65; 0x0906 mldsa87
`);
