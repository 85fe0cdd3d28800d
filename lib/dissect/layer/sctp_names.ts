// Names of SCTP's chunks, parameters, causes and payload protocols (RFC 9260, IANA "SCTP Parameters"). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

/** Chunk: name, and where it is defined. */
export const CHUNKS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["DATA", "RFC 9260 3.3.1"],
  1: ["INIT", "RFC 9260 3.3.2"],
  2: ["INIT ACK", "RFC 9260 3.3.3"],
  3: ["SACK", "RFC 9260 3.3.4"],
  4: ["HEARTBEAT", "RFC 9260 3.3.5"],
  5: ["HEARTBEAT ACK", "RFC 9260 3.3.6"],
  6: ["ABORT", "RFC 9260 3.3.7"],
  7: ["SHUTDOWN", "RFC 9260 3.3.8"],
  8: ["SHUTDOWN ACK", "RFC 9260 3.3.9"],
  9: ["ERROR", "RFC 9260 3.3.10"],
  10: ["COOKIE ECHO", "RFC 9260 3.3.11"],
  11: ["COOKIE ACK", "RFC 9260 3.3.12"],
  12: ["ECNE", "RFC 4960 A"],
  13: ["CWR", "RFC 4960 A"],
  14: ["SHUTDOWN COMPLETE", "RFC 9260 3.3.13"],
  15: ["AUTH", "RFC 4895 5.1"],
  64: ["I-DATA", "RFC 8260 2.1"],
  128: ["ASCONF ACK", "RFC 5061 4.1.2"],
  130: ["RE-CONFIG", "RFC 6525 3.1"],
  132: ["PAD", "RFC 4820 3"],
  192: ["FORWARD TSN", "RFC 3758 3.2"],
  193: ["ASCONF", "RFC 5061 4.1.1"],
  194: ["I-FORWARD TSN", "RFC 8260 2.3.1"],
};

export const PARAMETERS: Names = names(`
  1 heartbeat information; 5 IPv4 address; 6 IPv6 address; 7 state cookie; 8 unrecognized parameter;
  9 cookie preservative; 11 host name address; 12 supported address types; 13 outgoing streams reset;
  14 incoming streams reset; 15 SSN and TSN reset; 16 re-configuration response; 17 add outgoing streams;
  18 add incoming streams; 0x8000 ECN capable; 0x8002 random number; 0x8003 chunks to authenticate;
  0x8004 authentication codes that are known; 0x8005 padding; 0x8008 supported extensions; 0xc000 forward TSN supported;
  0xc001 add address; 0xc002 delete address; 0xc003 error cause; 0xc004 set primary address; 0xc005 success;
  0xc006 adaptation layer
`);

export const CAUSES: Names = names(`
  1 invalid stream identifier; 2 missing mandatory parameter; 3 stale cookie; 4 out of resource;
  5 address that cannot be resolved; 6 unrecognized chunk; 7 invalid mandatory parameter; 8 unrecognized parameters;
  9 no user data; 10 cookie received while shutting down; 11 restart with new addresses; 12 the user gave up;
  13 protocol violation; 160 request to delete the last address; 161 refused for lack of resources;
  162 request to delete the source address; 163 associations aborted; 164 not authorized;
  261 unsupported authentication code
`);

export const PAYLOADS: Names = names(`
  0 not said; 1 IUA; 2 M2UA; 3 M3UA; 4 SUA; 5 M2PA; 6 V5UA; 7 H.248; 18 S1AP; 20 HNBAP; 24 SBcAP; 25 NBAP; 27 X2AP;
  43 LCS-AP; 44 M2AP; 46 Diameter; 47 Diameter over DTLS; 50 WebRTC control; 51 WebRTC text; 53 WebRTC octets;
  56 WebRTC, empty text; 57 WebRTC, empty octets; 60 NGAP; 61 XnAP; 62 F1AP; 64 E1AP
`);
