// LDAP's numbers and what they are called: operations, results, scopes, changes. RFC 4511. Pure.
import { names } from "../coding/names.ts";

/** Operation by tag: name, where it is defined, and whether it answers. */
export const OPERATIONS: Readonly<Record<number, readonly [name: string, ref: string, answer?: "part" | "end"]>> = {
  0x60: ["BindRequest", "RFC 4511 4.2"],
  0x61: ["BindResponse", "RFC 4511 4.2.2", "end"],
  0x42: ["UnbindRequest", "RFC 4511 4.3"],
  0x63: ["SearchRequest", "RFC 4511 4.5.1"],
  0x64: ["SearchResultEntry", "RFC 4511 4.5.2", "part"],
  0x65: ["SearchResultDone", "RFC 4511 4.5.2", "end"],
  0x73: ["SearchResultReference", "RFC 4511 4.5.3", "part"],
  0x66: ["ModifyRequest", "RFC 4511 4.6"],
  0x67: ["ModifyResponse", "RFC 4511 4.6", "end"],
  0x68: ["AddRequest", "RFC 4511 4.7"],
  0x69: ["AddResponse", "RFC 4511 4.7", "end"],
  0x4a: ["DelRequest", "RFC 4511 4.8"],
  0x6b: ["DelResponse", "RFC 4511 4.8", "end"],
  0x6c: ["ModifyDNRequest", "RFC 4511 4.9"],
  0x6d: ["ModifyDNResponse", "RFC 4511 4.9", "end"],
  0x6e: ["CompareRequest", "RFC 4511 4.10"],
  0x6f: ["CompareResponse", "RFC 4511 4.10", "end"],
  0x50: ["AbandonRequest", "RFC 4511 4.11"],
  0x77: ["ExtendedRequest", "RFC 4511 4.12"],
  0x78: ["ExtendedResponse", "RFC 4511 4.12", "end"],
  0x79: ["IntermediateResponse", "RFC 4511 4.13", "part"],
};
export const RESULTS = names(`
  0 success; 1 operations error; 2 protocol error; 3 time limit exceeded; 4 size limit exceeded; 5 compare: false;
  6 compare: true; 7 this way of login is not supported; 8 stronger login required; 10 referral;
  11 administrative limit exceeded; 12 unavailable critical extension; 13 confidentiality required; 14 login goes on;
  16 no such attribute; 17 undefined attribute type; 18 inappropriate matching; 19 constraint violation;
  20 attribute or value exists; 21 invalid attribute syntax; 32 no such object; 33 alias problem; 34 invalid name;
  36 alias dereferencing problem; 48 inappropriate login; 49 invalid credentials; 50 insufficient access rights;
  51 busy; 52 unavailable; 53 unwilling to perform; 54 loop detected; 64 naming violation; 65 object class violation;
  66 not allowed on a non-leaf; 67 not allowed on the RDN; 68 entry already exists; 69 object class changes prohibited;
  71 affects several servers; 80 other; 118 cancelled; 119 no such operation; 120 too late; 121 cannot cancel;
  122 assertion failed
`);
export const SCOPES: Readonly<Record<number, string>> = {
  0: "the object itself",
  1: "one level below it",
  2: "the whole subtree",
  3: "all below it",
};
export const DEREFERENCE: Readonly<Record<number, string>> = {
  0: "never",
  1: "in searching",
  2: "finding the base",
  3: "always",
};
export const CHANGES: Readonly<Record<number, string>> = { 0: "add", 1: "delete", 2: "replace", 3: "increment" };
