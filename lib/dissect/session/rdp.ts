// RDP (MS-RDPBCGR 2.2.1): how a connection begins, in TPKT (RFC 1006) and X.224; then TLS. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const TPKT = "RFC 1006 6", X224 = "X.224 13";
const KINDS: Readonly<Record<number, string>> = {
  0xe0: "connection request",
  0xd0: "connection confirm",
  0x80: "disconnect request",
  0xf0: "data",
};
const PROTOCOLS: readonly BitRow[] = [
  ["Reserved", 0, 27],
  ["Entra ID (RDSAAD)", 27, 1],
  ["CredSSP with early user authorization", 28, 1],
  ["RDSTLS", 29, 1],
  ["CredSSP (NLA)", 30, 1],
  ["TLS", 31, 1],
];
const FAILURES: Readonly<Record<number, string>> = {
  1: "TLS required by the server",
  2: "TLS not allowed by the server",
  3: "no certificate on the server",
  4: "inconsistent flags",
  5: "CredSSP required by the server",
  6: "TLS with a client certificate required",
};

const chosen = (word: number) =>
  word === 0
    ? "RDP's own security"
    : word === 1
    ? "TLS"
    : word === 2 || word === 8
    ? "CredSSP over TLS"
    : `protocol ${word}`;

/** Words are in little-endian order: the bits are shown in the order of their number. */
function protocols(tree: Tree, name: string, ref: string): number {
  const word = tree.u32Le(name, ref);
  const field = tree.last;
  const set: string[] = [];
  field.children = PROTOCOLS.map(([label, first, count]) => {
    const value = Math.floor(word / 2 ** (32 - first - count)) % 2 ** count;
    if (count === 1 && value === 1) set.push(label);
    return {
      name: label,
      offset: field.offset,
      length: 4,
      value,
      bits: [first, count],
      meaning: count === 1 && value === 1 ? "yes" : "no",
    };
  });
  field.meaning = set.length === 0 ? "RDP's own security" : set.join(", ");
  return word;
}

class Rdp implements StreamDissector {
  measure(bytes: Uint8Array): number {
    // Fast-path messages have their length in one or two octets.
    if (bytes[0] !== 3) {
      if (bytes.length < 3) return 0;
      const length = bytes[1]! >= 128 ? (bytes[1]! & 127) * 256 + bytes[2]! : bytes[1]!;
      if (length < 2) throw new FormatError(`A message of ${counted(length, "octet")}`, 1);
      return length;
    }
    if (bytes.length < 4) return 0;
    const length = bytes[2]! * 256 + bytes[3]!;
    if (length < 7) throw new FormatError(`A TPKT of ${counted(length, "octet")} is too short: 7 at least`, 2);
    return length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (tree.reader.peek() !== 3) {
      tree.rest("Fast-path octets", "MS-RDPBCGR 2.2.8.1.2");
      return { summary: `fast path, ${counted(tree.reader.bytes.length, "octet")}` };
    }
    tree.u8("Version", TPKT);
    tree.u8("Reserved", TPKT);
    tree.u16("Length", TPKT, () => "octets with this head");
    tree.u8("Length indicator", X224, () => "octets of the X.224 head that follow");
    const code = tree.u8("Type", X224, (value) => KINDS[value & 0xf0]) & 0xf0;
    const name = KINDS[code] ?? `X.224 type ${code >> 4}`;
    tree.said = { summary: name };
    if (code === 0xf0) {
      tree.u8("End of the message", X224, (value) => (value & 0x80) !== 0 ? "yes" : "more follows");
      const count = tree.remaining;
      tree.rest("MCS octets", "T.125");
      return { summary: `${name}, ${counted(count, "octet")}` };
    }
    tree.u16("Destination reference", X224);
    tree.u16("Source reference", X224);
    tree.u8("Class", X224);
    const words: string[] = [];
    if (side === "client" && tree.remaining > 0 && tree.reader.peek() !== 1) {
      const line = tree.word(
        "Routing token or cookie",
        "\r\n",
        "MS-RDPBCGR 2.2.1.1",
        (text) => text.startsWith("Cookie: mstshash=") ? "user name" : undefined,
      );
      tree.lineEnd("MS-RDPBCGR 2.2.1.1");
      words.push(line);
    }
    let tls = false;
    if (tree.remaining >= 8) {
      const ref = side === "client" ? "MS-RDPBCGR 2.2.1.1.1" : "MS-RDPBCGR 2.2.1.2.1";
      const type = tree.u8("Negotiation type", ref, { 1: "request", 2: "response", 3: "failure" });
      tree.u8("Flags", ref);
      tree.u16Le("Length", ref);
      if (type === 3) {
        const failure = tree.u32Le("Failure code", "MS-RDPBCGR 2.2.1.2.2", FAILURES);
        words.push(`refused: ${FAILURES[failure] ?? failure}`);
      } else {
        const word = protocols(tree, type === 1 ? "Requested protocols" : "Selected protocol", ref);
        words.push(type === 1 ? `offers ${tree.last.meaning}` : chosen(word));
        tls = type === 2 && word !== 0;
      }
    }
    tree.rest("More data", "MS-RDPBCGR 2.2.1.1");
    return {
      summary: clip(`${name}${words.length === 0 ? "" : `: ${words.join(", ")}`}`, 160),
      ...(code === 0xe0 ? { asks: "rdp" } : code === 0xd0 ? { answers: "rdp" } : {}),
      ...(tls ? { become: { protocol: "tls" } } : {}),
    };
  }
}

/** A TPKT with an X.224 connection request that fills it. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== 3 || (bytes.length > 1 && bytes[1] !== 0)) return "no";
  if (bytes.length < 7) return bytes.length < 2 ? "no" : "maybe";
  const length = bytes[2]! * 256 + bytes[3]!;
  const fits = bytes[4] === length - 5 && bytes[5] === (side === "client" ? 0xe0 : 0xd0);
  if (!fits) return "possible";
  const cookie = decodeText(bytes.subarray(11, 18));
  return side === "server" || length === 11 || bytes[11] === 1 || cookie === "Cookie:" ? "yes" : "possible";
}

export const RDP: Protocol = {
  name: "rdp",
  title: "RDP",
  ref: "MS-RDPBCGR 2.2.1",
  tcp: [3389],
  detect,
  stream: () => new Rdp(),
};
