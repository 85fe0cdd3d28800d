// What stands in messages of SMB 1 (MS-CIFS 2.2.4): commands by name, and the words of those that are met often. Pure.
// To add one: a name in `COMMANDS`, its words in `WORDS`.
import { names } from "../coding/names.ts";
import type { Row } from "../coding/rows.ts";
import { ACCESS, ACTIONS, ATTRIBUTES, DISPOSITIONS, IMPERSONATION, OPTIONS, SHARING } from "./smb2_names.ts";

type Names = Readonly<Record<number, string>>;

export const COMMANDS: Names = names(`
  0x00 create directory; 0x01 delete directory; 0x02 open; 0x03 create; 0x04 close; 0x05 flush; 0x06 delete;
  0x07 rename; 0x08 query information; 0x09 set information; 0x0a read; 0x0b write; 0x0c lock octets;
  0x0d unlock octets; 0x0f create new; 0x10 check directory; 0x11 process exit; 0x12 seek; 0x1a read raw;
  0x1d write raw; 0x24 lock (andx); 0x25 transaction; 0x26 transaction, more; 0x2b echo; 0x2d open (andx);
  0x2e read (andx); 0x2f write (andx); 0x32 transaction 2; 0x33 transaction 2, more; 0x34 find close; 0x70 tree connect;
  0x71 tree disconnect; 0x72 negotiate; 0x73 session setup; 0x74 logoff; 0x75 tree connect; 0x80 query disk information;
  0x81 search; 0xa0 NT transaction; 0xa1 NT transaction, more; 0xa2 create; 0xa4 cancel; 0xa5 rename;
  0xc0 open print file
`);

/** Commands whose words name a command that follows in the same message. */
export const CHAINED: ReadonlySet<number> = new Set([0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2]);

/** What a transaction 2 is for (MS-CIFS 2.2.6). */
export const TRANSACTIONS: Names = {
  0: "open",
  1: "find first",
  2: "find next",
  3: "query file system information",
  4: "set file system information",
  5: "query path information",
  6: "set path information",
  7: "query file information",
  8: "set file information",
  0x0d: "create directory",
  0x10: "get DFS referral",
};

/** What a transaction does to a pipe (MS-CIFS 2.2.5). */
export const PIPES: Names = {
  0x01: "set state",
  0x21: "query state",
  0x22: "query information",
  0x23: "peek",
  0x26: "write and read",
  0x53: "wait for it",
  0x54: "call",
};

const CAPABILITIES = ["raw mode", "MPX mode", "Unicode", "large files", "NT commands", "remote calls", "NT status"]
  .concat("level II oplocks", "lock and read", "NT find", "", "", "DFS", "passthrough", "large read", "large write")
  .concat("", "", "", "", "", "", "", "UNIX extensions", "", "", "", "", "", "", "", "extended security");
export const HEADER_FLAGS_2 = [
  "long names",
  "extended attributes",
  "signed",
  "",
  "signatures required",
  "",
  "name is long",
  "",
  "",
  "",
  "",
  "extended security",
  "DFS",
  "read if execute",
  "NT status",
  "Unicode",
];

export const HEADER_FLAGS = [
  "lock and read",
  "buffers posted",
  "",
  "case counts not",
  "canonical names",
  "oplock",
  "oplock batch",
  "response",
];

const TRANSACTION_REQUEST: readonly Row[] = [
  ["All parameters", "u16"],
  ["All data", "u16"],
  ["Most parameters", "u16"],
  ["Most data", "u16"],
  ["Most setup words", "u8"],
  ["Reserved", "u8"],
  ["Flags", "u16"],
  ["Timeout", "u32"],
  ["Reserved", "u16"],
  ["Parameters", "u16"],
  ["Parameter offset", "u16"],
  ["Data length", "u16"],
  ["Data offset", "u16"],
  ["Setup words", "u8"],
  ["Reserved", "u8"],
];
const TRANSACTION_RESPONSE: readonly Row[] = [
  ["All parameters", "u16"],
  ["All data", "u16"],
  ["Reserved", "u16"],
  ["Parameters", "u16"],
  ["Parameter offset", "u16"],
  ["Parameter displacement", "u16"],
  ["Data length", "u16"],
  ["Data offset", "u16"],
  ["Data displacement", "u16"],
  ["Setup words", "u8"],
  ["Reserved", "u8"],
];
const OPEN: readonly Row[] = [["Buffer size", "u16"], ["Requests at once", "u16"], ["Virtual circuit", "u16"], [
  "Session key",
  "u32",
]];
const READ: readonly Row[] = [
  ["File", "u16"],
  ["Offset", "u32"],
  ["Length", "u16"],
  ["Least length", "u16"],
  ["Timeout", "u32"],
  ["Remaining", "u16"],
];

const WRITE: readonly Row[] = [
  ["File", "u16"],
  ["Offset", "u32"],
  ["Timeout", "u32"],
  ["Mode", "u16"],
  ["Remaining", "u16"],
  ["Data length, high", "u16"],
  ["Data length", "u16"],
  ["Data offset", "u16"],
];

/** The words of a message by command, side and count (after those that name the next command). */
export const WORDS: Readonly<Record<number, { readonly request?: Words; readonly response?: Words }>> = {
  0x04: { request: { 3: [["File", "u16"], ["Last written", "u32"]] } },
  0x25: { request: TRANSACTION_REQUEST, response: TRANSACTION_RESPONSE },
  0x2b: { request: { 1: [["Echoes", "u16"]] }, response: { 1: [["Number", "u16"]] } },
  0x2e: {
    request: { 10: READ, 12: [...READ, ["Offset, high", "u32"]] },
    response: {
      12: [
        ["Available", "u16"],
        ["Compaction", "u16"],
        ["Reserved", "u16"],
        ["Data length", "u16"],
        ["Data offset", "u16"],
        ["Data length, high", "u16"],
        ["Reserved", 8],
      ],
    },
  },
  0x2f: {
    request: { 12: WRITE, 14: [...WRITE, ["Offset, high", "u32"]] },
    response: { 6: [["Data length", "u16"], ["Available", "u16"], ["Data length, high", "u16"], ["Reserved", "u16"]] },
  },
  0x32: { request: TRANSACTION_REQUEST, response: TRANSACTION_RESPONSE },
  0x34: { request: { 1: [["Search", "u16"]] } },
  0x72: {
    response: {
      1: [["Dialect", "u16"]],
      17: [
        ["Dialect", "u16"],
        ["Security mode", "u8", ["by user", "challenges", "signatures possible", "signatures required"]],
        ["Requests at once", "u16"],
        ["Virtual circuits", "u16"],
        ["Buffer size", "u32"],
        ["Raw buffer size", "u32"],
        ["Session key", "u32"],
        ["Capabilities", "u32", CAPABILITIES],
        ["System time", "time"],
        ["Time zone", "u16", (minutes) => `${minutes > 0x7fff ? minutes - 0x10000 : minutes} minutes west`],
        ["Challenge length", "u8"],
      ],
    },
  },
  0x73: {
    request: {
      12: [...OPEN, ["Token length", "u16"], ["Reserved", "u32"], ["Capabilities", "u32", CAPABILITIES]],
      13: [...OPEN, ["ANSI password length", "u16"], ["Unicode password length", "u16"], ["Reserved", "u32"], [
        "Capabilities",
        "u32",
        CAPABILITIES,
      ]],
    },
    response: {
      3: [["Action", "u16", { 0: "as the user", 1: "as a guest" }]],
      4: [["Action", "u16"], ["Token length", "u16"]],
    },
  },
  0x75: {
    request: { 4: [["Flags", "u16"], ["Password length", "u16"]] },
    response: {
      3: [["Optional support", "u16"]],
      7: [["Optional support", "u16"], ["Greatest rights", "u32"], ["Guest's greatest rights", "u32"]],
    },
  },
  0xa2: {
    request: {
      24: [
        ["Reserved", "u8"],
        ["Name length", "u16"],
        ["Flags", "u32"],
        ["Root directory", "u32"],
        ["Access wanted", "u32", ACCESS],
        ["Size", "u64"],
        ["Attributes", "u32", ATTRIBUTES],
        ["Shared for", "u32", SHARING],
        ["Disposition", "u32", DISPOSITIONS],
        ["Options", "u32", OPTIONS],
        ["Impersonation", "u32", IMPERSONATION],
        ["Security flags", "u8"],
      ],
    },
    response: {
      34: [
        ["Oplock", "u8"],
        ["File", "u16"],
        ["Action", "u32", ACTIONS],
        ["Created", "time"],
        ["Accessed", "time"],
        ["Written", "time"],
        ["Changed", "time"],
        ["Attributes", "u32", ATTRIBUTES],
        ["Allocated", "u64"],
        ["Size", "u64"],
        ["Kind", "u16"],
        ["Pipe state", "u16"],
        ["Directory", "u8"],
      ],
    },
  },
};

/** Words by their count; the same rows for any count where it varies. */
type Words = Readonly<Record<number, readonly Row[]>> | readonly Row[];
