// NTS-KE (RFC 8915 4): what client and server of authenticated NTP agree on, over TLS that ALPN calls "ntske/1". Pure.
// To add a record: a line in `RECORDS`.
import { startsWith } from "../detect.ts";
import { readTlvs, type Shape, type TlvForm, type TlvTable, wordsOf } from "../coding/shape.ts";
import { counted } from "../coding/words.ts";
import type { Meaning, Tree } from "../tree.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";

const REF = "RFC 8915 4";
/** Octets of all records of a side; a server sends some kilobytes. */
const LENGTH_LIMIT = 65536;

/** Numbers of 16 bits up to the end. */
const numbers = (name: string, meaning: Meaning<number>): Shape => (tree: Tree) => {
  const said: string[] = [];
  while (tree.remaining >= 2) {
    const value = tree.u16(name, REF, meaning);
    said.push(tree.last.meaning === "unknown" ? String(value) : tree.last.meaning!);
  }
  return said.join(", ");
};

const RECORDS: TlvTable = {
  0: ["End of message", undefined, "RFC 8915 4.1.1"],
  1: ["Next protocol", numbers("Protocol", { 0: "NTPv4" }), "RFC 8915 4.1.2"],
  2: [
    "Error",
    [["Error", "u16", { 0: "unrecognized critical record", 1: "bad request", 2: "internal server error" }]],
    "RFC 8915 4.1.3",
  ],
  3: ["Warning", [["Warning", "u16"]], "RFC 8915 4.1.4"],
  4: [
    "AEAD algorithm",
    numbers("Algorithm", {
      15: "AEAD_AES_SIV_CMAC_256",
      16: "AEAD_AES_SIV_CMAC_384",
      17: "AEAD_AES_SIV_CMAC_512",
      30: "AEAD_AES_128_GCM_SIV",
      31: "AEAD_AES_256_GCM_SIV",
    }),
    "RFC 8915 4.1.5",
  ],
  5: ["New cookie", [["Cookie", "rest"]], "RFC 8915 4.1.6"],
  6: ["NTPv4 server", [["Server", "text"]], "RFC 8915 4.1.7"],
  7: ["NTPv4 port", [["Port", "u16"]], "RFC 8915 4.1.8"],
};
const FORM: TlvForm = {
  type: 2,
  length: 2,
  called: "Record",
  last: 0,
  mask: 0x7fff,
  bits: [["Critical", 0, 1], ["Record type", 1, 15, (type) => RECORDS[type]?.[0] ?? "unknown"]],
};

class NtsKe implements StreamDissector {
  /** Where the next record begins, by side, of those that were there when more had to come. */
  readonly #next: Record<Side, number> = { client: 0, server: 0 };

  /** All records up to the one that ends them are one message. */
  measure(bytes: Uint8Array, side: Side, _ended: boolean, scanned: number): number {
    let at = scanned === 0 ? 0 : this.#next[side];
    while (at + 4 <= bytes.length && at < LENGTH_LIMIT) {
      const last = (bytes[at]! & 0x7f) === 0 && bytes[at + 1] === 0;
      at += 4 + bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (last) return at;
    }
    this.#next[side] = at;
    return bytes.length >= LENGTH_LIMIT ? bytes.length : 0;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const found = readTlvs(tree, FORM, RECORDS, REF);
    const cookies = found.filter(({ type }) => type === 5).length;
    const said = [
      ...[2, 3].map((type) => [RECORDS[type]![0].toLowerCase(), wordsOf(found, type)]),
      ["", wordsOf(found, 1)],
      ["", wordsOf(found, 4)],
      ["server", wordsOf(found, 6)],
      ["port", wordsOf(found, 7)],
      ["", cookies === 0 ? undefined : counted(cookies, "cookie")],
    ].filter(([, words]) => words !== undefined && words !== "").map((words) => words.join(" ").trim()).join(", ");
    const summary = `${side === "client" ? "request" : "response"}: ${said}`;
    return side === "client" ? { summary, asks: "nts-ke" } : { summary, answers: "nts-ke" };
  }
}

export const NTS_KE: Protocol = {
  name: "nts-ke",
  title: "NTS-KE",
  ref: "RFC 8915",
  detect: (bytes) => startsWith(bytes, ["\x80\x01\0\x02\0\0", "\x80\x02\0\x02", "\x80\x03\0\x02"]),
  stream: () => new NtsKe(),
};
