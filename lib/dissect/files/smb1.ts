// SMB 1 (MS-CIFS, MS-SMB): header, words and bytes of each command, several in one message. Pure.
import { hex } from "../../base/hex.ts";
import { readRows, utf16Text } from "../coding/rows.ts";
import { clip, counted, decodeText } from "../coding/words.ts";
import type { DissectContext, Message, Words } from "../protocol.ts";
import { callsIn, type Pipes } from "./pipes.ts";
import type { Tree } from "../tree.ts";
import { securityToken } from "./ntlm.ts";
import { CHAINED, COMMANDS, HEADER_FLAGS, HEADER_FLAGS_2, PIPES, TRANSACTIONS, WORDS } from "./smb1_names.ts";
import { STATUS } from "./smb2_names.ts";

const HEADER = "MS-CIFS 2.2.3.1";
const REMEMBERED = 1024;

/** What is known of the message that a command stands in. */
interface About {
  readonly response: boolean;
  readonly unicode: boolean;
  readonly start: number;
  readonly key: string;
  readonly context: DissectContext;
}

type Values = ReadonlyMap<string, number | string>;
const numberOf = (values: Values, name: string) => Number(values.get(name) ?? 0);

/** One conversation's SMB 1: what requests were about, until their responses. */
export class Smb1 {
  readonly #asked = new Map<string, string>();
  readonly #files = new Map<number, string>();
  readonly #pipes: Pipes;
  #dialects: readonly string[] = [];
  /** Calls of the message at hand. */
  #calls: Message[] = [];

  constructor(pipes: Pipes) {
    this.#pipes = pipes;
  }

  /** A message from its protocol octets on. */
  message(tree: Tree, context: DissectContext): Words {
    const { side } = context;
    this.#calls = [];
    const start = tree.offset;
    tree.bytes("Protocol", 4, HEADER, () => "SMB 1");
    const first = tree.u8("Command", HEADER, (code) => COMMANDS[code] ?? "unknown");
    const status = tree.u32Le("Status", HEADER, (code) => STATUS[code] ?? "unknown");
    const response = (tree.flagsLe("Flags", 1, HEADER_FLAGS, HEADER) & 0x80) !== 0;
    const unicode = (tree.flagsLe("Flags 2", 2, HEADER_FLAGS_2, HEADER) & 0x8000) !== 0;
    tree.u16Le("Process, high", HEADER);
    tree.bytes("Signature", 8, HEADER, (bytes) => bytes.every((octet) => octet === 0) ? "not signed" : undefined);
    tree.u16Le("Reserved", HEADER);
    const share = tree.u16Le("Tree", HEADER, () => "which share"), process = tree.u16Le("Process", HEADER);
    tree.u16Le("User", HEADER, () => "which login");
    const multiplex = tree.u16Le("Multiplex", HEADER, () => "the response repeats it");
    const key = `smb1 ${share} ${process} ${multiplex} ${first}`;
    // The tree of a connect is in its response only.
    const pairKey = `smb1 ${process} ${multiplex} ${first}`;
    const pair = (side === "client") !== response ? (response ? { answers: pairKey } : { asks: pairKey }) : {};
    tree.said = { summary: `SMB 1 ${COMMANDS[first] ?? first}`, ...pair };
    const failed = response && status !== 0 && status !== 0xc0000016;
    const lines: string[] = [];
    for (let command = first; command !== 0xff && tree.remaining >= 3 && lines.length < 8;) {
      const said = this.#command(tree, command, { response, unicode, start, key, failed, context });
      lines.push(said.line);
      if (said.next === 0xff || said.at < tree.offset - start) break;
      const gap = said.at - (tree.offset - start);
      if (gap > 0 && gap <= tree.remaining) tree.bytes("Padding", gap, HEADER);
      command = said.next;
    }
    if (tree.remaining > 0) tree.rest("Padding", HEADER);
    const how = failed ? `: ${STATUS[status] ?? `status 0x${status.toString(16)}`}` : "";
    return {
      summary: clip(`SMB 1 ${lines.join("; ")}${response ? " response" : ""}${how}`, 200),
      ...pair,
      inner: this.#calls,
    };
  }

  /** The words and the bytes of one command; which one follows, and where. */
  #command(
    tree: Tree,
    command: number,
    about: About & { failed: boolean },
  ): { line: string; next: number; at: number } {
    const { response, key } = about;
    const ref = "MS-CIFS 2.2.4", name = COMMANDS[command] ?? `command 0x${hex(Uint8Array.of(command))}`;
    let next = 0xff, at = 0, line = name;
    tree.group(name[0]!.toUpperCase() + name.slice(1), (group) => {
      const count = tree.u8("Word count", ref);
      let values: Values = new Map();
      let setup = -1;
      tree.within("Words", count * 2, (part) => {
        if (CHAINED.has(command) && part.remaining >= 4) {
          next = part.u8("Next command", ref, (code) => code === 0xff ? "none" : COMMANDS[code]);
          part.u8("Reserved", ref);
          at = part.u16Le("Next command's offset", ref);
        }
        const known = WORDS[command]?.[response ? "response" : "request"];
        const rows = Array.isArray(known)
          ? (count >= 10 ? known : undefined)
          : (known as Record<number, []> | undefined)?.[count];
        if (rows !== undefined) values = readRows(part, rows, ref);
        if (!response && values.has("File")) this.#remember(`${key} file`, this.#file(numberOf(values, "File")));
        if (!response && (command === 0x32 || command === 0x25) && part.remaining >= 2) {
          setup = part.u16Le("Function", ref, command === 0x32 ? TRANSACTIONS : PIPES);
          if (command === 0x25 && part.remaining >= 2) {
            const file = part.u16Le("File", ref);
            values = new Map([...values, ["Pipe", file]]);
            this.#remember(`${key} file`, this.#file(file));
          }
        }
        if (part.remaining > 0) part.rest("Words", ref);
      });
      const octets = tree.u16Le("Byte count", ref);
      const said = tree.within("Bytes", Math.min(octets, tree.remaining), (part) => {
        const words = about.failed ? "" : this.#bytes(part, command, values, setup, about);
        if (part.remaining > 0) part.rest("Bytes", ref);
        return words;
      }) ?? "";
      line = `${name}${said === "" ? "" : ` ${said}`}`;
      group.meaning = line;
      if (!response && said !== "") {
        this.#remember(`${key} ${command}`, said);
      }
    }, { ref });
    return { line, next, at };
  }

  /** What the bytes of a command hold; its words. */
  #bytes(
    tree: Tree,
    command: number,
    values: Values,
    setup: number,
    { response, unicode, start, key, context }: About,
  ): string {
    const ref = "MS-CIFS 2.2.4";
    const text = (name: string) => this.#text(tree, name, unicode, start, ref);
    const number = (name: string) => numberOf(values, name);
    switch (command) {
      case 0x72: {
        if (!response) {
          const names: string[] = [];
          while (tree.remaining > 1) {
            tree.u8("Format", ref, { 2: "dialect" });
            names.push(tree.zeroText("Dialect", ref));
          }
          this.#dialects = names;
          return names.join(", ");
        }
        const chosen = this.#dialects[number("Dialect")] ?? `dialect ${number("Dialect")}`;
        if (number("Capabilities") >= 0x80000000 && tree.remaining >= 16) {
          tree.bytes("Server", 16, "MS-SMB 2.2.4.5.2.1");
          if (tree.remaining > 0) securityToken(tree, tree.remaining, "MS-SMB 2.2.4.5.2.1");
        } else {
          const octets = Math.min(number("Challenge length"), tree.remaining);
          if (octets > 0) tree.bytes("Challenge", octets, ref);
        }
        return chosen;
      }
      case 0x73: {
        const token = number("Token length");
        let said = "";
        if (token > 0 && token <= tree.remaining) said = securityToken(tree, token, "MS-SMB 2.2.4.6.1");
        for (const kind of ["ANSI", "Unicode"]) {
          const octets = Math.min(number(`${kind} password length`), tree.remaining);
          if (octets > 0) {
            tree.bytes(`${kind} password`, octets, ref);
            tree.last.secret = true;
          }
        }
        const names = !response && values.has("ANSI password length") ? ["Account", "Domain"] : [];
        for (const name of [...names, "System", "LAN manager"]) {
          const value = tree.remaining > 0 ? text(name) : "";
          if (name === "Account") said = `"${clip(value)}"`;
        }
        return said;
      }
      case 0x75: {
        if (response) {
          const service = tree.remaining > 0 ? tree.zeroText("Service", ref) : "";
          if (tree.remaining > 0) text("File system");
          return service;
        }
        const octets = Math.min(number("Password length"), tree.remaining);
        if (octets > 0) tree.bytes("Password", octets, ref);
        const path = text("Path");
        if (tree.remaining > 0) tree.zeroText("Service", ref);
        return path;
      }
      case 0xa2: {
        if (response) {
          const name = this.#asked.get(`${key} ${command}`) ?? "";
          this.#files.set(number("File"), name);
          return `${name} is file ${number("File")}`.trim();
        }
        return text("Name");
      }
      case 0x04:
        return response ? "" : this.#file(number("File"));
      case 0x2e:
      case 0x2f: {
        const length = number("Data length") + number("Data length, high") * 65536;
        if (!response && command === 0x2e) {
          return `${counted(number("Length"), "octet")} at ${number("Offset")} of ${this.#file(number("File"))}`;
        }
        if (response && command === 0x2f) return counted(length, "octet");
        const pad = number("Data offset") - (tree.offset - start);
        if (pad > 0 && pad <= tree.remaining) tree.bytes("Padding", pad, ref);
        const there = Math.min(length, tree.remaining);
        if (there > 0) tree.bytes("Data", there, ref);
        const calls = this.#calling(
          tree,
          response ? this.#asked.get(`${key} file`) ?? "" : this.#file(number("File")),
          there,
          context,
        );
        if (calls !== "") return calls;
        return `${counted(length, "octet")}${
          response ? "" : ` at ${number("Offset")} of ${this.#file(number("File"))}`
        }`;
      }
      case 0x25:
      case 0x32:
        return this.#transaction(tree, command, values, setup, { response, unicode, start, key, context });
      case 0x2b:
        return "";
      case 0x06:
      case 0x00:
      case 0x01:
      case 0x10:
        if (response || tree.remaining < 2) return "";
        tree.u8("Format", ref, { 4: "text" });
        return text("Name");
    }
    return "";
  }

  #remember(key: string, said: string): void {
    this.#asked.set(key, said);
    if (this.#asked.size > REMEMBERED) this.#asked.delete(this.#asked.keys().next().value!);
  }

  #file(id: number): string {
    const name = this.#files.get(id);
    return name === undefined || name === "" ? `file ${id}` : name;
  }

  /** Parameters and data, where the words say that they stand. */
  #transaction(
    tree: Tree,
    command: number,
    values: Values,
    setup: number,
    { response, unicode, start, key, context }: About,
  ): string {
    const ref = command === 0x32 ? "MS-CIFS 2.2.6" : "MS-CIFS 2.2.5";
    const pipe = numberOf(values, "Pipe");
    let said = response ? this.#asked.get(`${key} ${command}`) ?? "" : "";
    if (!response) {
      const name = tree.remaining > 0 && command === 0x25 ? this.#text(tree, "Name", unicode, start, ref) : "";
      said = [
        command === 0x32 ? TRANSACTIONS[setup] ?? `function ${setup}` : name,
        command === 0x25 ? PIPES[setup] ?? "" : "",
      ]
        .filter((word) => word !== "").join(", ");
    }
    for (
      const [name, size, offset] of [["Parameters", "Parameters", "Parameter offset"], [
        "Data",
        "Data length",
        "Data offset",
      ]] as const
    ) {
      const gap = numberOf(values, offset) - (tree.offset - start), octets = numberOf(values, size);
      if (octets === 0 || gap < 0 || gap + octets > tree.remaining) continue;
      if (gap > 0) tree.bytes("Padding", gap, ref);
      tree.bytes(name, octets, ref);
      if (name === "Data" && command === 0x25) {
        const file = response ? this.#asked.get(`${key} file`) ?? "" : this.#file(pipe);
        const calls = this.#calling(tree, file, octets, context);
        if (calls !== "") said = calls;
      }
    }
    return said;
  }

  /** Calls in the `octets` read last, of a pipe. */
  #calling(tree: Tree, file: string, octets: number, context: DissectContext): string {
    const { bytes, offset } = tree.reader;
    const calls = this.#pipes.data(tree, file, bytes.subarray(offset - octets, offset), context);
    this.#calls.push(...calls);
    return callsIn(calls);
  }

  /** Text up to its zero: of two octets each, on an even offset, or of one. */
  #text(tree: Tree, name: string, unicode: boolean, start: number, ref: string): string {
    if (!unicode) {
      const zero = tree.reader.bytes.subarray(0, tree.reader.end).indexOf(0, tree.offset);
      return zero === -1 ? decodeText(tree.rest(name, ref)) : tree.zeroText(name, ref);
    }
    if ((tree.offset - start) % 2 === 1 && tree.remaining > 0) tree.bytes("Padding", 1, ref);
    const { bytes, offset, end } = tree.reader;
    let at = offset;
    while (at + 1 < end && (bytes[at] !== 0 || bytes[at + 1] !== 0)) at += 2;
    const octets = Math.min(at + 2, end) - offset;
    return octets <= 0 ? "" : utf16Text(tree, name, octets & ~1 || octets, ref).replace(/\0+$/, "");
  }
}
