// Telnet (RFC 854): text with commands in it, and the negotiation of options (RFC 855). Pure.
import { names } from "../coding/names.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

const IAC = 255, SB = 250, SE = 240;
const COMMANDS = names(`
  236 end of file; 237 suspend; 238 abort; 239 end of record; 240 SE; 241 no operation; 242 data mark; 243 break;
  244 interrupt process; 245 abort output; 246 are you there; 247 erase character; 248 erase line; 249 go ahead; 250 SB;
  251 WILL; 252 WON'T; 253 DO; 254 DON'T; 255 IAC
`);
const OPTIONS: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["binary", "RFC 856"],
  1: ["echo", "RFC 857"],
  3: ["suppress go ahead", "RFC 858"],
  5: ["status", "RFC 859"],
  6: ["timing mark", "RFC 860"],
  18: ["logout", "RFC 727"],
  23: ["send location", "RFC 779"],
  24: ["terminal type", "RFC 1091"],
  25: ["end of record", "RFC 885"],
  31: ["window size", "RFC 1073"],
  32: ["terminal speed", "RFC 1079"],
  33: ["remote flow control", "RFC 1372"],
  34: ["linemode", "RFC 1184"],
  35: ["X display location", "RFC 1096"],
  36: ["environment (old)", "RFC 1408"],
  37: ["authentication", "RFC 2941"],
  38: ["encryption", "RFC 2946"],
  39: ["environment", "RFC 1572"],
  40: ["TN3270E", "RFC 2355"],
  42: ["character set", "RFC 2066"],
  44: ["com port control", "RFC 2217"],
  70: ["MSSP", "MUD server status"],
  86: ["MCCP2", "MUD compression"],
};

const optionName = (option: number) => OPTIONS[option]?.[0] ?? "unknown";
const optionRef = (option: number | undefined) => OPTIONS[option ?? -1]?.[1] ?? "RFC 855";

/** Octets of the command at `at`; 0 while it is incomplete. */
function commandLength(bytes: Uint8Array, at: number): number {
  const command = bytes[at + 1];
  if (command === undefined) return 0;
  if (command >= 251 && command <= 254) return bytes.length < at + 3 ? 0 : 3;
  if (command !== SB) return 2;
  for (let i = bytes.indexOf(IAC, at + 2); i !== -1; i = bytes.indexOf(IAC, i + 2)) {
    if (bytes[i + 1] === SE) return i + 2 - at;
    if (bytes[i + 1] === undefined) return 0;
    if (bytes[i + 1] !== IAC) return i - at;
  }
  return bytes.length - at > 4096 ? bytes.length - at : 0;
}

/** A row of commands is one message, so is the text between. */
function measure(bytes: Uint8Array): number {
  if (bytes[0] !== IAC) {
    const next = bytes.indexOf(IAC);
    return next === -1 ? bytes.length : next;
  }
  let at = 0;
  while (bytes[at] === IAC) {
    const length = commandLength(bytes, at);
    if (length === 0) break;
    at += length;
  }
  return at;
}

function subnegotiation(tree: Tree, length: number): string {
  const option = tree.u8("Option", "RFC 855", optionName);
  const ref = optionRef(option);
  const left = Math.max(0, length - 3);
  if (option === 31 && left >= 4) {
    const width = tree.u16("Columns", ref), height = tree.u16("Rows", ref);
    if (left > 4) tree.bytes("Data", left - 4, ref);
    return `${optionName(option)} ${width} by ${height}`;
  }
  if ([24, 32, 35, 39, 42].includes(option) && left > 0) {
    const kind = tree.u8("Kind", ref, { 0: "is", 1: "send", 2: "info" });
    const text = left > 1 ? tree.text("Text", left - 1, ref) : "";
    return `${optionName(option)}${kind === 1 ? ": send" : ` is ${clip(text)}`}`;
  }
  if (left > 0) tree.bytes("Data", left, ref);
  return optionName(option);
}

/** The text between commands. What is typed after a prompt for the password is a secret up to the line's end. */
class Telnet implements StreamDissector {
  #password = false;

  measure(bytes: Uint8Array): number {
    return measure(bytes);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (tree.reader.peek() === IAC) return commands(tree);
    if (side === "server") {
      const text = tree.text("Text", tree.remaining, "RFC 854");
      // An echoed line end does not end the prompt.
      if (text.trim() !== "") this.#password = /pass(word|phrase)[^\n]*:\s*$/i.test(text.slice(-80));
      return { summary: `text: ${clip(text.trimEnd(), 100)}`, text };
    }
    if (!this.#password) {
      const text = tree.text("Text", tree.remaining, "RFC 854");
      return { summary: `text: ${clip(text.trimEnd(), 100)}`, text };
    }
    const word = tree.word("Password", "\r\n", "RFC 854");
    if (word !== "") tree.last.secret = true;
    if (tree.remaining > 0) {
      this.#password = false;
      tree.rest("Line end", "RFC 854");
    }
    return { summary: word === "" ? "end of the password" : "password in clear" };
  }
}

function commands(tree: Tree): Words {
  const lines: string[] = [];
  while (tree.remaining > 0) {
    tree.group("Command", (group) => {
      const { reader } = tree;
      const length = commandLength(reader.bytes.subarray(0, reader.end), reader.offset) || reader.remaining;
      tree.u8("IAC", "RFC 854", () => "a command follows");
      const command = tree.u8("Command", "RFC 854", COMMANDS);
      let line = COMMANDS[command] ?? String(command);
      if (command >= 251 && command <= 254) {
        group.ref = optionRef(reader.peek());
        line += ` ${optionName(tree.u8("Option", group.ref, optionName))}`;
      } else if (command === SB && length > 2) {
        const ended = reader.bytes[reader.offset + length - 3] === SE;
        line += ` ${subnegotiation(tree, length - (ended ? 2 : 0))}`;
        if (ended) {
          tree.u8("IAC", "RFC 854");
          tree.u8("End", "RFC 855", COMMANDS);
        }
      }
      group.meaning = line;
      lines.push(line);
    });
  }
  return { summary: clip(lines.join(", "), 160) };
}

function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== IAC) return "possible";
  if (bytes.length < 3) return "maybe";
  return bytes[1]! >= 250 && bytes[1]! <= 254 && bytes[2]! < 50 ? "yes" : "no";
}

export const TELNET: Protocol = {
  name: "telnet",
  title: "Telnet",
  ref: "RFC 854",
  tcp: [23],
  detect,
  stream: () => new Telnet(),
};
