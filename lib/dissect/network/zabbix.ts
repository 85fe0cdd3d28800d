// Zabbix's protocol between agents, proxies, senders and servers (Zabbix documentation, "Protocols", Appendix 4): a header
// "ZBXD", then text or JSON, maybe compressed. Pure.
import { viewOf } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { decodeContent } from "../coding/coding.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, octetCount } from "../coding/words.ts";

const REF = "Zabbix protocol header";
const LENGTH_LIMIT = 1024 * 1024 * 1024;
const DECODED_LIMIT = 1024 * 1024;

/** The length in the header, which is eight octets where the flags say so. */
function lengthOf(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  return (bytes[4]! & 4) !== 0 ? Number(view.getBigUint64(5, true)) : view.getUint32(5, true);
}

/** What a body of JSON, or of plain text, says. */
function said(text: string): string {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const words: string[] = [];
    for (const name of ["request", "response", "host", "info", "version"]) {
      if (typeof body?.[name] === "string") {
        words.push(name === "request" ? String(body[name]) : `${name} ${body[name]}`);
      }
    }
    if (Array.isArray(body?.data)) words.push(counted(body.data.length, "value"));
    if (words.length > 0) return clip(words.join(", "), 140);
  } catch {
    // Keys and values of agents are plain text.
  }
  const [first, ...rest] = text.split("\0");
  return clip(first === "ZBX_NOTSUPPORTED" ? `not supported: ${rest.join(" ")}` : text, 120);
}

class Zabbix implements StreamDissector {
  measure(bytes: Uint8Array, _side: Side, ended: boolean): number {
    const guess = startsWith(bytes, ["ZBXD"]);
    if (guess === "no") {
      // Agents were once asked without a header.
      const line = bytes.indexOf(10);
      if (line === -1 && !ended) {
        if (bytes.length > 4096) throw new FormatError("Neither a header nor a line", 0);
        return 0;
      }
      return line === -1 ? bytes.length : line + 1;
    }
    if (bytes.length < 5) return 0;
    const header = (bytes[4]! & 4) !== 0 ? 21 : 13;
    if (bytes.length < header) return 0;
    const length = lengthOf(bytes);
    if (length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 5);
    return header + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const pair = side === "client" ? { asks: "zabbix" } : { answers: "zabbix" };
    if (tree.reader.peek() !== 0x5a || tree.reader.peek(1) !== 0x42) {
      const text = tree.word("Text", "\r\n", "Zabbix agent protocol");
      tree.lineEnd();
      return { summary: clip(text, 120), ...pair, text };
    }
    tree.text("Signature", 4, REF);
    const flags = tree.flags("Flags", 1, [
      ["Reserved", 0, 5],
      ["Lengths of eight octets", 5, 1],
      ["Compressed", 6, 1],
      ["Zabbix protocol", 7, 1],
    ], REF);
    const large = (flags & 4) !== 0, packed = (flags & 2) !== 0;
    const number = (name: string, meaning: (octets: number) => string | undefined) =>
      large ? Number(tree.u64Le(name, REF, (octets) => meaning(Number(octets)))) : tree.u32Le(name, REF, meaning);
    const length = number("Length", octetCount);
    number(
      packed ? "Length when decompressed" : "Reserved",
      (octets) => packed ? counted(octets, "octet") : undefined,
    );
    if (length === 0) return { summary: "(empty)", ...pair };
    const start = tree.offset;
    const bytes = tree.bytes("Data", Math.min(length, tree.remaining), REF, () => packed ? "compressed" : undefined);
    let text = packed ? undefined : decodeText(bytes);
    if (packed) {
      const decoded = decodeContent("deflate", bytes, DECODED_LIMIT)?.bytes ?? new Uint8Array(0);
      if (decoded.length > 0) {
        text = decodeText(decoded);
        tree.add({
          name: "Data as meant",
          offset: start,
          length: 0,
          meaning: "decompressed",
          buffer: decoded,
          children: [{ name: "Text", offset: 0, length: decoded.length, value: text }],
        });
      }
    } else tree.last.value = text!;
    return {
      summary: text === undefined ? counted(length, "octet") : said(text),
      ...pair,
      ...(text === undefined ? {} : { text }),
    };
  }
}

function detect(bytes: Uint8Array): Guess {
  const guess = startsWith(bytes, ["ZBXD"]);
  if (guess !== "yes") return guess === "maybe" ? "maybe" : bytes[0]! >= 32 && bytes[0]! < 127 ? "possible" : "no";
  return bytes.length < 5 ? "maybe" : (bytes[4]! & 1) === 1 && bytes[4]! < 8 ? "yes" : "no";
}

export const ZABBIX: Protocol = {
  name: "zabbix",
  title: "Zabbix",
  ref: "Zabbix protocols",
  tcp: [10050, 10051],
  detect,
  stream: () => new Zabbix(),
};
