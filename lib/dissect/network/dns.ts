// DNS (RFC 1035) over UDP, TCP (RFC 7766), multicast (RFC 6762) and LLMNR (RFC 4795). The tree is lib/dns's own. Pure.
import { formatIp } from "../../base/ip.ts";
import { ByteReader } from "../../base/reader.ts";
import { explainMessage } from "../../dns/explain.ts";
import { readName, skipName } from "../../dns/name.ts";
import { opcodeName, rcodeName, registeredTypeName, TYPE } from "../../dns/types.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";
import { isNetbiosName } from "./nbns.ts";

/** Answers that the line names. */
const SHOWN = 4;

/** The data of a record that one word can say: addresses and names. */
function rdataText(reader: ByteReader, type: number): string | undefined {
  if (type === TYPE.A && reader.remaining === 4) return formatIp({ family: 4, bytes: reader.rest() });
  if (type === TYPE.AAAA && reader.remaining === 16) return formatIp({ family: 6, bytes: reader.rest() });
  if (type === TYPE.CNAME || type === TYPE.NS || type === TYPE.PTR) {
    return `${registeredTypeName(type)} ${readName(reader)}`;
  }
  if (type === TYPE.MX) return `MX ${reader.u16()} ${readName(reader)}`;
  if (type === TYPE.SRV) {
    const [, , port] = [reader.u16(), reader.u16(), reader.u16()];
    return `SRV ${readName(reader)}:${port}`;
  }
  return undefined;
}

/** The line for a message: what is asked or answered, in words. */
function words(bytes: Uint8Array, start: number, end: number): Words {
  // Compression pointers count from the start of the message.
  const reader = new ByteReader(bytes.subarray(start, end));
  let summary = "DNS message", key = "", response = false;
  try {
    const id = reader.u16(), flags = reader.u16();
    const [questions, answers] = [reader.u16(), reader.u16()];
    reader.skip(4);
    const opcode = (flags >> 11) & 15;
    response = (flags & 0x8000) !== 0;
    const kind = opcode === 0
      ? (response ? "answer" : "query")
      : `${opcodeName(opcode)} ${response ? "answer" : "request"}`;
    const truncated = (flags & 0x0200) !== 0 ? ", truncated" : "";
    key = `dns ${id}`;
    summary = `${kind} ${id}`;
    if (response) summary += `: ${rcodeName(flags & 15) ?? `code ${flags & 15}`}`;
    for (let i = 0; i < Math.min(questions, 4); i++) {
      const name = readName(reader).toString();
      summary += `${i === 0 ? "" : ","} ${clip(name, 120)} ${registeredTypeName(reader.u16())}`;
      reader.skip(2);
    }
    summary += truncated;
    const shown: string[] = [];
    for (let i = 0; questions <= 4 && i < Math.min(answers, SHOWN); i++) {
      skipName(reader);
      const type = reader.u16();
      reader.skip(6);
      const length = reader.u16();
      // Names in the data may point to before it.
      const data = new ByteReader(reader.bytes, reader.offset, reader.offset + Math.min(length, reader.remaining));
      shown.push(rdataText(data, type) ?? registeredTypeName(type));
      reader.skip(length);
    }
    if (answers > 0) {
      summary += ` = ${clip(shown.join(", "), 160)}${answers > SHOWN ? ` and ${answers - SHOWN} more` : ""}`;
    } else if (response) summary += ", no answers";
    return response ? { summary, answers: key } : { summary, asks: key };
  } catch {
    if (key === "") return { summary };
    return { summary: `${summary} (malformed)`, ...(response ? { answers: key } : { asks: key }) };
  }
}

/** The tree of a message that fills the rest of `tree`. */
function message(tree: Tree): Words {
  const { bytes, offset, end } = tree.reader;
  const root = explainMessage(bytes, offset, end);
  for (const child of root.children ?? []) tree.add(child);
  if (root.error !== undefined) tree.current.error ??= root.error;
  tree.reader.offset = end;
  return words(bytes, offset, end);
}

/** Whether octets look like a message: counts and flags that make sense. */
function plausible(bytes: Uint8Array, start = 0): boolean {
  if (bytes.length < start + 17) return false;
  const u16 = (at: number) => bytes[start + at]! * 256 + bytes[start + at + 1]!;
  const opcode = (u16(2) >> 11) & 15;
  if (opcode > 6 || (u16(2) & 0x0040) !== 0 || u16(4) !== 1 || u16(6) > 64 || u16(8) > 64 || u16(10) > 16) return false;
  if (isNetbiosName(bytes.subarray(start + 12))) return false;
  if ((u16(2) & 0x8000) === 0 && (u16(6) !== 0 || (u16(2) & 15) !== 0)) return false;
  try {
    const reader = new ByteReader(bytes, start + 12);
    skipName(reader);
    reader.skip(2);
    const rdclass = reader.u16() & 0x7fff;
    return rdclass >= 1 && rdclass <= 255;
  } catch {
    return false;
  }
}

/** Whether a datagram on DNS's port can be a message, of those with faults in them too: an operation, few questions, a name. */
function fits(bytes: Uint8Array): boolean {
  if (bytes.length < 12 || (bytes[2]! >> 3 & 15) > 6 || bytes[4] !== 0 || bytes[5]! > 64) return false;
  const first = bytes[12] ?? 0;
  return first < 0x40 || first >= 0xc0;
}

function detect(bytes: Uint8Array): Guess {
  // A query over TCP is short; text is not.
  if (bytes[0]! > 0x08) return "no";
  if (bytes.length < 6) return "maybe";
  const length = bytes[0]! * 256 + bytes[1]!;
  if (length < 17 || (bytes[4]! & 0x78) > 0x30 || (bytes[5]! & 0x40) !== 0) return "no";
  if (bytes.length >= 8 && (bytes[6] !== 0 || bytes[7] !== 1)) return "no";
  if (bytes.length < Math.min(length + 2, 60)) return "maybe";
  return plausible(bytes, 2) ? "yes" : "no";
}

const stream = (): StreamDissector => ({
  measure: (bytes) => bytes.length < 2 ? 0 : 2 + bytes[0]! * 256 + bytes[1]!,
  dissect(tree) {
    const length = tree.u16("Length", "RFC 1035 4.2.2", (octets) => `${octets} octets follow`);
    if (length === 0) return { summary: "empty DNS message" };
    return message(tree);
  },
});

export const DNS: Protocol = {
  name: "dns",
  title: "DNS",
  ref: "RFC 1035",
  tcp: [53, 5353],
  udp: [53, 5353, 5355],
  detect,
  fits,
  detectDatagram: (bytes) => plausible(bytes),
  stream,
  datagram: message,
};
