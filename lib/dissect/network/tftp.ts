// TFTP (RFC 1350) with options (RFC 2347, 2348, 2349, 7440). Pure.
// An answer comes from another port than 69: what a request says is awaited at the client's port.
import { byWord } from "../../base/text.ts";
import type { DissectContext, Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, looksLikeText } from "../coding/words.ts";

const OPCODES: Readonly<Record<number, readonly [name: string, meaning: string, ref: string]>> = {
  1: ["RRQ", "read request", "RFC 1350 5"],
  2: ["WRQ", "write request", "RFC 1350 5"],
  3: ["DATA", "a block of the file", "RFC 1350 5"],
  4: ["ACK", "acknowledgement", "RFC 1350 5"],
  5: ["ERROR", "error", "RFC 1350 5"],
  6: ["OACK", "options accepted", "RFC 2347"],
};
const ERRORS: Readonly<Record<number, string>> = {
  0: "not defined, see the message",
  1: "file not found",
  2: "access violation",
  3: "disk full",
  4: "illegal operation",
  5: "unknown transfer ID",
  6: "file already exists",
  7: "no such user",
  8: "options refused",
};
const OPTIONS: Readonly<Record<string, readonly [meaning: (value: string) => string, ref: string]>> = byWord({
  blksize: [(value) => `blocks of ${counted(value, "octet")}`, "RFC 2348"],
  timeout: [(value) => `again after ${counted(value, "second")}`, "RFC 2349"],
  tsize: [(value) => value === "0" ? "how long is the file?" : `the file has ${counted(value, "octet")}`, "RFC 2349"],
  windowsize: [(value) => `${counted(value, "block")} for one acknowledgement`, "RFC 7440"],
});
const MODES: Readonly<Record<string, string>> = byWord({
  netascii: "text, lines end in CR LF",
  octet: "octets as they are",
  mail: "to a user, obsolete",
});

function options(tree: Tree): string {
  const words: string[] = [];
  while (tree.remaining > 0) {
    tree.group("Option", (group) => {
      const name = tree.zeroText("Name", "RFC 2347");
      const [meaning, ref] = OPTIONS[name.toLowerCase()] ?? [() => "", "RFC 2347"];
      const value = tree.zeroText("Value", ref);
      group.ref = ref;
      group.meaning = meaning(clip(value, 20)) || clip(`${name}=${value}`);
      words.push(clip(`${name}=${value}`));
    });
  }
  return words.length === 0 ? "" : ` (${clip(words.join(", "), 120)})`;
}

function datagram(tree: Tree, { side, ports }: DissectContext): Words {
  const opcode = tree.u16("Opcode", "RFC 1350 5", (code) => OPCODES[code]?.[1] ?? "unknown");
  const [name, , ref] = OPCODES[opcode] ?? [`opcode ${opcode}`, "", "RFC 1350 5"];
  tree.said = { summary: name };
  const client = side === "client";
  switch (opcode) {
    case 1:
    case 2: {
      const file = tree.zeroText("Filename", ref);
      const mode = tree.zeroText("Mode", ref, (word) => MODES[word.toLowerCase()]);
      const summary = `${name} "${clip(file)}" ${clip(mode, 20)}${options(tree)}`;
      return {
        summary,
        asks: opcode === 1 ? "data 1" : "ack 0",
        ...(ports.client === undefined ? {} : { expects: [{ port: ports.client, protocol: "tftp", side }] }),
      };
    }
    case 3: {
      const block = tree.u16("Block", ref);
      const count = tree.remaining;
      const data = tree.rest("Data", ref);
      const text = looksLikeText(data) && count > 0 ? new TextDecoder().decode(data) : undefined;
      if (text !== undefined) tree.last.value = text;
      return {
        summary: `${name} ${block}, ${counted(count, "octet")}${count < 512 ? ", the last if blocks have 512" : ""}`,
        ...(client ? { asks: `ack ${block}` } : { answers: `data ${block}` }),
        ...(text === undefined ? {} : { text }),
      };
    }
    case 4: {
      const block = tree.u16("Block", ref);
      return { summary: `${name} ${block}`, ...(client ? { asks: `data ${block + 1}` } : { answers: `ack ${block}` }) };
    }
    case 5: {
      const code = tree.u16("Error code", ref, ERRORS);
      const message = tree.zeroText("Message", ref);
      return { summary: `${name} ${code}: ${clip(message, 120) || ERRORS[code] || "unknown"}` };
    }
    case 6:
      return { summary: `${name}${options(tree)}` };
  }
  return { summary: name };
}

/** A request: two texts that end in zero octets, the second a mode. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0 || bytes.length < 9 || (bytes[1] !== 1 && bytes[1] !== 2) || bytes.at(-1) !== 0) return false;
  const end = bytes.indexOf(0, 2);
  if (end <= 2) return false;
  const mode = new TextDecoder().decode(bytes.subarray(end + 1, bytes.indexOf(0, end + 1)));
  return MODES[mode.toLowerCase()] !== undefined && looksLikeText(bytes.subarray(2, end));
}

export const TFTP: Protocol = {
  name: "tftp",
  title: "TFTP",
  ref: "RFC 1350",
  udp: [69],
  detectDatagram,
  datagram,
};
