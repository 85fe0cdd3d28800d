// SMPP 3.3, 3.4 and 5.0 ("Short Message Peer-to-Peer Protocol Specification v3.4"): PDUs between message centres and those
// who send and receive short messages. Pure. To add a PDU: its line in `PDUS`.
import { viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import { CODINGS, ERRORS, PDUS, STATES, TAGS } from "./smpp_names.ts";

const HEADER = "SMPP 3.2";
const BODY = "SMPP 4";
const LENGTH_LIMIT = 1024 * 1024;

const utf16 = new TextDecoder("utf-16be");

/** The text of a short message by its coding, or `undefined` where it is none. */
function textOf(bytes: Uint8Array, coding: number): string | undefined {
  if (coding === 8) return utf16.decode(bytes);
  if (coding === 3) return decodeText(bytes);
  return (coding === 0 || coding === 1) && looksLikeText(bytes) ? decodeText(bytes) : undefined;
}

/** The message, after the header in it where there is one; gives its text. */
function message(tree: Tree, count: number, coding: number, headed: boolean): string {
  if (count === 0) return "";
  return tree.part("Short message", count, (part, group) => {
    let note = "";
    if (headed && part.remaining > 0) {
      const length = part.u8("Length of the header", "TS 23.040 9.2.3.24");
      part.within("Header", Math.min(length, part.remaining), (header) => {
        while (header.remaining >= 2) {
          header.group("Element", (element) => {
            const id = header.u8("Element", "TS 23.040 9.2.3.24", {
              0: "one of several, 8 bits",
              4: "ports, 8 bits",
              5: "ports, 16 bits",
              8: "one of several, 16 bits",
            });
            const size = header.u8("Length", "TS 23.040 9.2.3.24");
            if ((id === 0 && size === 3) || (id === 8 && size === 4)) {
              const reference = id === 0
                ? header.u8("Reference", "TS 23.040 9.2.3.24.1")
                : header.u16("Reference", "TS 23.040 9.2.3.24.8");
              const total = header.u8("Parts", "TS 23.040 9.2.3.24.1"),
                number = header.u8("This part", "TS 23.040 9.2.3.24.1");
              note = `part ${number} of ${total} (${reference}): `;
              element.meaning = note.slice(0, -2);
            } else if (size > 0) header.bytes("Data", size, "TS 23.040 9.2.3.24");
          }, { ref: "TS 23.040 9.2.3.24" });
        }
      });
    }
    const bytes = part.rest("Text", "SMPP 5.2.22");
    const text = bytes.length === 0 ? "" : textOf(bytes, coding);
    if (text !== undefined && bytes.length > 0) part.last.value = text;
    group.meaning = clip(text === undefined ? `${note}${counted(bytes.length, "octet")}` : note + text, 100);
    return group.meaning;
  }, "SMPP 5.2.22") ?? "";
}

/** Parameters that may be left out, to the end. */
function optional(tree: Tree, coding: number): Map<string, string> {
  const found = new Map<string, string>();
  while (tree.remaining >= 4) {
    tree.group("Optional parameter", (group) => {
      const tag = tree.u16("Tag", "SMPP 5.3.2", (number) => TAGS[number]?.[0]);
      const length = tree.u16("Length", "SMPP 5.3.1");
      const [name, kind] = TAGS[tag] ?? [`tag 0x${tag.toString(16)}`, "octets"];
      group.meaning = name;
      let text = "";
      if (tag === 0x0424) text = message(tree, length, coding, false);
      else if (kind === "number" && (length === 1 || length === 2 || length === 4)) {
        text = String(
          length === 1
            ? tree.u8("Value", "SMPP 5.3.2")
            : length === 2
            ? tree.u16("Value", "SMPP 5.3.2")
            : tree.u32("Value", "SMPP 5.3.2"),
        );
      } else if (length > 0) {
        const bytes = tree.bytes("Value", length, "SMPP 5.3.2");
        const plain = bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;
        if (kind === "text" && looksLikeText(plain)) tree.last.value = text = decodeText(plain);
      }
      if (text !== "") group.meaning = clip(`${name}: ${text}`, 120);
      if (text !== "" && !found.has(name)) found.set(name, text);
    }, { ref: "SMPP 5.3" });
  }
  return found;
}

/** A telephone number, with its type and numbering plan. */
function address(tree: Tree, name: string): string {
  tree.u8(`${name}: type`, "SMPP 5.2.5", {
    0: "unknown",
    1: "international",
    2: "national",
    3: "network",
    4: "subscriber",
    5: "letters",
    6: "abbreviated",
  });
  tree.u8(`${name}: plan`, "SMPP 5.2.6", {
    0: "unknown",
    1: "ISDN",
    3: "data",
    4: "telex",
    6: "land mobile",
    8: "national",
    9: "private",
    14: "Internet",
    18: "WAP",
  });
  return tree.zeroText(name, "SMPP 5.2.8");
}

/** What the fields of a body tell those behind them, and the line. */
interface Told {
  readonly said: string[];
  coding: number;
  /** The text begins with a header. */
  headed: boolean;
}
type ReadField = (tree: Tree, told: Told) => void;

const zeroText = (name: string, ref: string): ReadField => (tree) => void tree.zeroText(name, ref);

const password: ReadField = (tree, { said }) => {
  if (tree.zeroText("Password", "SMPP 5.2.2") === "") return;
  tree.last.secret = true;
  said.push("password in clear");
};

const messageClass: ReadField = (tree, told) => {
  const word = tree.flags("Message class", 1, [
    ["Reply path", 0, 1],
    ["Header in the text", 1, 1],
    ["Kind", 2, 4, {
      0: "a message",
      1: "delivery receipt",
      2: "delivery acknowledgement",
      4: "user acknowledgement",
    }],
    ["Mode", 6, 2, { 0: "default", 1: "datagram", 2: "transaction", 3: "store and forward" }],
  ], "SMPP 5.2.12");
  told.headed = (word & 0x40) !== 0;
  if ((word & 0x3c) === 4) told.said.push("(delivery receipt)");
};

const receiptsWanted: ReadField = (tree) => {
  tree.flags("Receipts wanted", 1, [
    ["Reserved", 0, 3],
    ["Notification on the way", 3, 1],
    ["Acknowledgement", 4, 2],
    ["Delivery receipt", 6, 2, { 0: "none", 1: "of success and failure", 2: "of failure" }],
  ], "SMPP 5.2.17");
};

const shortMessage: ReadField = (tree, { said, coding, headed }) => {
  const length = tree.u8("Length of the message", "SMPP 5.2.21");
  const text = message(tree, length, coding, headed);
  if (text !== "") said.push(`: ${text}`);
};

const messageId: ReadField = (tree, { said }) => {
  const id = tree.zeroText("Message", "SMPP 5.2.23");
  if (id !== "") said.push(`message ${id}`);
};

const finalState: ReadField = (tree, { said }) => {
  tree.zeroText("Final since", "SMPP 4.8.2");
  said.push(STATES[tree.u8("State", "SMPP 5.2.28", STATES)] ?? "unknown");
  tree.u8("Network error", "SMPP 4.8.2");
};

/** The fields of bodies by their words in `PDUS`. */
const FIELDS: Readonly<Record<string, ReadField>> = {
  system: (tree, { said }) => said.push(tree.zeroText("System", BODY)),
  password,
  type: zeroText("System type", "SMPP 5.2.3"),
  version: (tree) => tree.u8("Version", "SMPP 5.2.4", (octet) => `${octet >> 4}.${octet & 15}`),
  range: (tree) => address(tree, "Address range"),
  service: zeroText("Service", "SMPP 5.2.11"),
  source: (tree, { said }) => said.push(`from ${address(tree, "Source")}`),
  target: (tree, { said }) => said.push(`to ${address(tree, "Destination")}`),
  esm: messageClass,
  protocol: (tree) => {
    tree.u8("Protocol", "SMPP 5.2.13");
    tree.u8("Priority", "SMPP 5.2.14");
  },
  times: (tree) => {
    tree.zeroText("Scheduled for", "SMPP 5.2.15");
    tree.zeroText("Valid until", "SMPP 5.2.16");
  },
  receipt: receiptsWanted,
  replace: (tree) => tree.u8("Replace", "SMPP 5.2.18", { 0: "no", 1: "the one that is there" }),
  coding: (tree, told) => told.coding = tree.u8("Coding", "SMPP 5.2.19", CODINGS),
  default: (tree) => tree.u8("Predefined message", "SMPP 5.2.20"),
  text: shortMessage,
  id: messageId,
  final: finalState,
};

/** The fields of a body in their order (see `PDUS`), then its optional parameters; gives what the line says. */
function body(tree: Tree, shape: string): string[] {
  const told: Told = { said: [], coding: 0, headed: false }, { said } = told;
  for (const field of shape.split(" ")) {
    if (field === "" || tree.remaining === 0) break;
    FIELDS[field]!(tree, told);
  }
  const found = optional(tree, told.coding);
  const payload = found.get("message payload");
  if (payload !== undefined) said.push(`: ${payload}`);
  if (found.has("receipted message")) said.push(`of message ${found.get("receipted message")}`);
  return said;
}

class Smpp implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes.length < 4) return 0;
    const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length < 16 || length > LENGTH_LIMIT) throw new FormatError(`A PDU of ${counted(length, "octet")}`, 0);
    return length;
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    tree.u32("Length", HEADER, octetCount);
    const command = tree.u32("Command", "SMPP 5.1.2", (id) => PDUS[id]?.[0]);
    const status = tree.u32("Status", "SMPP 5.1.3", ERRORS);
    const sequence = tree.u32("Sequence number", "SMPP 5.1.4", () => "the answer repeats it");
    const answer = command >= 0x80000000;
    const [name, shape] = PDUS[command] ?? [`command 0x${command.toString(16)}`, ""];
    const silent = name === "outbind" || name === "alert_notification";
    const pair: Pick<Words, "asks" | "answers"> = silent
      ? {}
      : answer
      ? { answers: `smpp ${sequence}` }
      : { asks: `smpp ${sequence}` };
    const error = status === 0 ? "" : ` error ${ERRORS[status] ?? `0x${status.toString(16)}`}`;
    tree.said = { summary: `${name} ${sequence}${error}`, ...pair };
    const said = body(tree, shape);
    if (tree.remaining > 0) tree.rest("Data", BODY);
    return {
      summary: clip(`${name} ${sequence}${error} ${said.join(" ")}`.replaceAll(" : ", ": ").trim(), 200),
      ...pair,
    };
  }
}

/** A length, a command and a status that fit. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== 0 || (bytes[1] ?? 0) !== 0) return "no";
  if (bytes.length < 16) return "maybe";
  const view = viewOf(bytes);
  const length = view.getUint32(0), command = view.getUint32(4), status = view.getUint32(8);
  if (length < 16 || length > 4096 || PDUS[command] === undefined || (command < 0x80000000 && status !== 0)) {
    return "no";
  }
  // A client begins with a login, whose texts end with zeros.
  const login = command === 1 || command === 2 || command === 9;
  if (side === "server" || !login) return "possible";
  if (bytes.length < length) return "maybe";
  return bytes[length - 1] === 0 && bytes.subarray(16, length).filter((octet) => octet === 0).length >= 4
    ? "yes"
    : "no";
}

export const SMPP: Protocol = {
  name: "smpp",
  title: "SMPP",
  ref: "SMPP 3.4",
  tcp: [2775],
  detect,
  sideOf: (bytes) => bytes[4]! >= 128 ? "server" : "client",
  stream: () => new Smpp(),
};
