// The commands of SMB 2 and 3, request and response of each as a table (MS-SMB2 2.2.3 to 2.2.44). Pure.
// To add one: its rows, the parts that they point to, and what a line says of it.
import type { Row } from "../coding/rows.ts";
import {
  ACCESS,
  ACTIONS,
  ATTRIBUTES,
  CAPABILITIES,
  CONTROLS,
  DIALECTS,
  DISPOSITIONS,
  IMPERSONATION,
  INFO_TYPES,
  OPLOCKS,
  OPTIONS,
  SECURITY,
  SHARES,
  SHARING,
} from "./smb2_names.ts";
import { counted, octetCount } from "../coding/words.ts";

/** Something that a message holds behind its table: where it is and how long, by the names of two rows. */
export interface Part {
  readonly name: string;
  readonly at: string;
  readonly length: string;
  readonly kind: "text" | "octets" | "token" | "entries" | "contexts";
}

/** The fields of a request or an answer, and the parts that their offsets point to. */
export interface Layout {
  readonly ref: string;
  readonly rows: readonly Row[];
  readonly parts: readonly Part[];
}

/** A command: what it does, what is asked and answered. */
export interface Command {
  readonly name: string;
  readonly meaning: string;
  readonly request: Layout;
  readonly response: Layout;
}

const SIZE: Row = ["Structure size", "u16"];
const FILE: Row = ["File", 16];
const TIMES: Row[] = [["Created", "time"], ["Last read", "time"], ["Last written", "time"], ["Changed", "time"]];
const place = (name: string, bits: "u8" | "u16" | "u32" = "u16", lengthBits: "u16" | "u32" = "u16"): Row[] => [
  [`${name} offset`, bits, (at: number) => at === 0 ? "none" : "from the beginning of the header"],
  [`${name} length`, lengthBits, octetCount],
];
const part = (name: string, kind: Part["kind"]): Part => ({
  name,
  at: `${name} offset`,
  length: `${name} length`,
  kind,
});

/** Rows behind the size of the structure, and the parts that they point to. */
const layout = (section: string, rows: readonly Row[], ...parts: Part[]): Layout => ({
  ref: `MS-SMB2 ${section}`,
  rows: [SIZE, ...rows],
  parts,
});

/** A command that says nothing more. */
const simple = (name: string, meaning: string, request: string, response: string): Command => ({
  name,
  meaning,
  request: layout(request, [["Reserved", "u16"]]),
  response: layout(response, [["Reserved", "u16"]]),
});

export const COMMANDS: readonly Command[] = [
  {
    name: "Negotiate",
    meaning: "agrees on the dialect",
    request: layout("2.2.3", [
      ["Dialects", "u16"],
      ["Security mode", "u16", SECURITY],
      ["Reserved", "u16"],
      ["Capabilities", "u32", CAPABILITIES],
      ["Client", "guid"],
      ["Contexts offset", "u32"],
      ["Contexts", "u16"],
      ["Reserved 2", "u16"],
    ]),
    response: layout("2.2.4", [
      ["Security mode", "u16", SECURITY],
      ["Dialect", "u16", DIALECTS],
      ["Contexts", "u16"],
      ["Server", "guid"],
      ["Capabilities", "u32", CAPABILITIES],
      ["Transaction at most", "u32", octetCount],
      ["Read at most", "u32", octetCount],
      ["Write at most", "u32", octetCount],
      ["Time of the server", "time"],
      ["Start of the server", "time"],
      ...place("Security token"),
      ["Contexts offset", "u32"],
    ], part("Security token", "token")),
  },
  {
    name: "Session Setup",
    meaning: "logs in",
    request: layout("2.2.5", [
      ["Flags", "u8", ["binds another channel"]],
      ["Security mode", "u8", SECURITY],
      ["Capabilities", "u32", CAPABILITIES],
      ["Channel", "u32"],
      ...place("Security token"),
      ["Session before", "u64"],
    ], part("Security token", "token")),
    response: layout("2.2.6", [
      ["Session flags", "u16", ["guest", "anonymous", "encrypt everything"]],
      ...place("Security token"),
    ], part("Security token", "token")),
  },
  simple("Logoff", "ends the session", "2.2.7", "2.2.8"),
  {
    name: "Tree Connect",
    meaning: "opens a share",
    request: layout("2.2.9", [
      ["Flags", "u16", ["cluster reconnect", "redirect to owner", "extension"]],
      ...place("Path"),
    ], part("Path", "text")),
    response: layout("2.2.10", [["Share type", "u8", SHARES], ["Reserved", "u8"], ["Share flags", "u32"], [
      "Capabilities",
      "u32",
    ], ["Access at most", "u32", ACCESS]]),
  },
  simple("Tree Disconnect", "leaves a share", "2.2.11", "2.2.12"),
  {
    name: "Create",
    meaning: "opens or makes a file",
    request: layout(
      "2.2.13",
      [
        ["Security flags", "u8"],
        ["Oplock wanted", "u8", OPLOCKS],
        ["Impersonation", "u32", IMPERSONATION],
        ["Create flags", "u64"],
        ["Reserved", "u64"],
        ["Access wanted", "u32", ACCESS],
        ["File attributes", "u32", ATTRIBUTES],
        ["Sharing", "u32", SHARING],
        ["Disposition", "u32", DISPOSITIONS],
        ["Options", "u32", OPTIONS],
        ...place("Name"),
        ...place("Contexts", "u32", "u32"),
      ],
      part("Name", "text"),
      part("Contexts", "contexts"),
    ),
    response: layout("2.2.14", [
      ["Oplock", "u8", OPLOCKS],
      ["Flags", "u8"],
      ["Action", "u32", ACTIONS],
      ...TIMES,
      ["Allocated", "u64", octetCount],
      ["Size", "u64", octetCount],
      ["File attributes", "u32", ATTRIBUTES],
      ["Reserved", "u32"],
      ["File", 16, () => "what later commands name it by"],
      ...place("Contexts", "u32", "u32"),
    ], part("Contexts", "contexts")),
  },
  {
    name: "Close",
    meaning: "closes a file",
    request: layout("2.2.15", [["Flags", "u16", ["attributes wanted"]], ["Reserved", "u32"], FILE]),
    response: layout("2.2.16", [
      ["Flags", "u16", ["attributes follow"]],
      ["Reserved", "u32"],
      ...TIMES,
      ["Allocated", "u64", octetCount],
      ["Size", "u64", octetCount],
      ["File attributes", "u32", ATTRIBUTES],
    ]),
  },
  {
    name: "Flush",
    meaning: "writes to the disk",
    request: layout("2.2.17", [["Reserved", "u16"], ["Reserved 2", "u32"], FILE]),
    response: layout("2.2.18", [["Reserved", "u16"]]),
  },
  {
    name: "Read",
    meaning: "reads from a file",
    request: layout("2.2.19", [
      ["Padding wanted", "u8"],
      ["Flags", "u8", ["unbuffered", "compressed"]],
      ["Length", "u32", octetCount],
      ["Offset", "u64"],
      FILE,
      ["At least", "u32", octetCount],
      ["Channel", "u32"],
      ["Remaining", "u32"],
      ...place("Channel information"),
    ]),
    response: layout("2.2.20", [
      ["Data offset", "u8", () => "from the beginning of the header"],
      ["Reserved", "u8"],
      ["Data length", "u32", octetCount],
      ["Remaining", "u32"],
      ["Flags", "u32"],
    ], part("Data", "octets")),
  },
  {
    name: "Write",
    meaning: "writes to a file",
    request: layout("2.2.21", [
      ...place("Data", "u16", "u32"),
      ["Offset", "u64"],
      FILE,
      ["Channel", "u32"],
      ["Remaining", "u32"],
      ...place("Channel information"),
      ["Flags", "u32", ["write through", "unbuffered"]],
    ], part("Data", "octets")),
    response: layout("2.2.22", [
      ["Reserved", "u16"],
      ["Written", "u32", octetCount],
      ["Remaining", "u32"],
      ...place("Channel information"),
    ]),
  },
  {
    name: "Lock",
    meaning: "locks ranges of a file",
    request: layout("2.2.26", [["Locks", "u16"], ["Lock sequence", "u32"], FILE]),
    response: layout("2.2.27", [["Reserved", "u16"]]),
  },
  {
    name: "Ioctl",
    meaning: "a control code",
    request: layout("2.2.31", [
      ["Reserved", "u16"],
      ["Control code", "u32", CONTROLS],
      FILE,
      ...place("Input", "u32", "u32"),
      ["Input answered at most", "u32", octetCount],
      ...place("Output", "u32", "u32"),
      ["Output at most", "u32", octetCount],
      ["Flags", "u32", ["a control of the file system"]],
      ["Reserved 2", "u32"],
    ], part("Input", "octets")),
    response: layout(
      "2.2.32",
      [
        ["Reserved", "u16"],
        ["Control code", "u32", CONTROLS],
        FILE,
        ...place("Input", "u32", "u32"),
        ...place("Output", "u32", "u32"),
        ["Flags", "u32"],
        ["Reserved 2", "u32"],
      ],
      part("Input", "octets"),
      part("Output", "octets"),
    ),
  },
  simple("Cancel", "gives up a request", "2.2.30", "2.2.30"),
  simple("Echo", "is anybody there?", "2.2.28", "2.2.29"),
  {
    name: "Query Directory",
    meaning: "lists a directory",
    request: layout("2.2.33", [
      ["Class", "u8"],
      ["Flags", "u8", ["start anew", "one entry only", "from the index", "", "reopen"]],
      ["Index", "u32"],
      FILE,
      ...place("Pattern"),
      ["Output at most", "u32", octetCount],
    ], part("Pattern", "text")),
    response: layout("2.2.34", [...place("Entries", "u16", "u32")], part("Entries", "entries")),
  },
  {
    name: "Change Notify",
    meaning: "waits for changes in a directory",
    request: layout("2.2.35", [["Flags", "u16", ["with all below"]], ["Output at most", "u32", octetCount], FILE, [
      "Changes",
      "u32",
    ], [
      "Reserved",
      "u32",
    ]]),
    response: layout("2.2.36", [...place("Changes", "u16", "u32")], part("Changes", "octets")),
  },
  {
    name: "Query Info",
    meaning: "asks for facts of a file or file system",
    request: layout("2.2.37", [
      ["Type of information", "u8", INFO_TYPES],
      ["Class", "u8"],
      ["Output at most", "u32", octetCount],
      ["Input offset", "u16"],
      ["Reserved", "u16"],
      ["Input length", "u32", octetCount],
      ["More of what is wanted", "u32"],
      ["Flags", "u32"],
      FILE,
    ], part("Input", "octets")),
    response: layout("2.2.38", [...place("Output", "u16", "u32")], part("Output", "octets")),
  },
  {
    name: "Set Info",
    meaning: "changes facts of a file",
    request: layout("2.2.39", [
      ["Type of information", "u8", INFO_TYPES],
      ["Class", "u8"],
      ["Data length", "u32", octetCount],
      ["Data offset", "u16"],
      ["Reserved", "u16"],
      ["More of what is set", "u32"],
      FILE,
    ], part("Data", "octets")),
    response: layout("2.2.40", []),
  },
  {
    name: "Oplock Break",
    meaning: "takes back what a client may keep to itself",
    request: layout("2.2.24", [["Oplock", "u8", OPLOCKS], ["Reserved", "u8"], ["Reserved 2", "u32"], FILE]),
    response: layout("2.2.23", [["Oplock", "u8", OPLOCKS], ["Reserved", "u8"], ["Reserved 2", "u32"], FILE]),
  },
];

/** The answer to a request that failed (2.2.2). */
export const FAILURE = layout("2.2.2", [
  ["Error contexts", "u8"],
  ["Reserved", "u8"],
  ["Octets of data", "u32"],
]);

/** An entry of a directory, by class of information (MS-FSCC 2.4). */
const ENTRY: Row[] = [
  ["Next entry", "u32", (at: number) => at === 0 ? "the last" : `${counted(at, "octet")} on`],
  ["Index", "u32"],
  ...TIMES,
  ["Size", "u64", octetCount],
  ["Allocated", "u64", octetCount],
  ["File attributes", "u32", ATTRIBUTES],
  ["Name length", "u32", octetCount],
];
const SHORT: Row[] = [["Short name length", "u8"], ["Reserved", "u8"], ["Short name", 24]];
export const ENTRIES: Readonly<Record<number, readonly Row[]>> = {
  1: ENTRY,
  2: [...ENTRY, ["Extended attributes' size", "u32"]],
  3: [...ENTRY, ["Extended attributes' size", "u32"], ...SHORT],
  12: [ENTRY[0]!, ENTRY[1]!, ["Name length", "u32", octetCount]],
  37: [...ENTRY, ["Extended attributes' size", "u32"], ...SHORT, ["Reserved 2", "u16"], ["Number of the file", "u64"]],
  38: [...ENTRY, ["Extended attributes' size", "u32"], ["Reserved", "u32"], ["Number of the file", "u64"]],
};
