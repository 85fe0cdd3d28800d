// The PROXY protocol, versions 1 and 2: who a relayed connection comes from, said in front of its data. Pure.
// Source: HAProxy's specification "The PROXY protocol", section 2.
import { FormatError } from "../../base/errors.ts";
import { byWord } from "../../base/text.ts";
import { measureLine, startsWith } from "../detect.ts";
import { serviceName } from "../coding/ports.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
const V1 = "PROXY 2.1", V2 = "PROXY 2.2";
/** Longest line of version 1, its end included. */
const LINE_LIMIT = 107;
const FAMILIES_1: Readonly<Record<string, string>> = byWord({
  TCP4: "TCP over IPv4",
  TCP6: "TCP over IPv6",
  UNKNOWN: "not told, the rest does not count",
});
const FAMILIES: Readonly<Record<number, string>> = { 0: "unspecified", 1: "IPv4", 2: "IPv6", 3: "Unix" };
const TRANSPORTS: Readonly<Record<number, string>> = { 0: "unspecified", 1: "stream", 2: "datagram" };
/** TLV by type: name, where it is defined, whether it is text. */
const TLVS: Readonly<Record<number, readonly [name: string, ref: string, text?: true]>> = {
  0x01: ["ALPN", "PROXY 2.2.1", true],
  0x02: ["Authority", "PROXY 2.2.2", true],
  0x03: ["CRC-32c", "PROXY 2.2.3"],
  0x04: ["No operation", "PROXY 2.2.4"],
  0x05: ["Unique identifier", "PROXY 2.2.5"],
  0x20: ["TLS", "PROXY 2.2.6"],
  0x30: ["Network namespace", "PROXY 2.2.7", true],
};
/** Inside of TLS (2.2.6). */
const TLS_TLVS: Readonly<Record<number, string>> = {
  0x21: "TLS version",
  0x22: "Common name of the client's certificate",
  0x23: "Cipher",
  0x24: "Signature algorithm",
  0x25: "Key algorithm",
};

function version1(tree: Tree): Words {
  tree.text("Signature", 5, V1, () => "PROXY protocol, version 1");
  tree.spaces(V1);
  const family = tree.word(
    "Family",
    " \r\n",
    V1,
    (word) => FAMILIES_1[word],
  );
  const words: string[] = [];
  for (const name of ["Source address", "Destination address", "Source port", "Destination port"]) {
    tree.spaces(V1);
    const port = name.endsWith("port");
    words.push(tree.word(name, " \r\n", V1, (word) => port ? serviceName(Number(word)) : undefined));
  }
  if (tree.remaining > 2) tree.word("More words", "\r\n", V1);
  tree.lineEnd(V1);
  const [source = "", destination = "", sport = "", dport = ""] = words;
  return {
    summary: family === "UNKNOWN" ? "version 1: sender not told" : clip(
      `version 1: from ${source} port ${sport} to ${destination} port ${dport}`,
      160,
    ),
  };
}

function tlv(tree: Tree): void {
  tree.group("Extension", (group) => {
    const type = tree.u8(
      "Type",
      "PROXY 2.2",
      (value) => TLVS[value]?.[0] ?? (value >= 0xe0 ? "of an application" : "unknown"),
    );
    const [name, ref, text] = TLVS[type] ?? [`Type ${type}`, "PROXY 2.2"];
    group.meaning = name;
    const length = tree.u16("Length", "PROXY 2.2");
    tree.within(name, length, (part) => {
      if (type === 0x20) return tls(part);
      if (part.remaining === 0) return;
      if (text) group.meaning = `${name}: ${clip(part.text("Value", length, ref))}`;
      else if (type === 0x03 && length === 4) part.u32("Checksum", ref);
      else part.bytes("Value", length, ref);
    });
  }, { ref: "PROXY 2.2" });
}

function tls(tree: Tree): void {
  const ref = "PROXY 2.2.6";
  tree.flags("Client", 1, [
    ["Reserved", 0, 5],
    ["Certificate in this session", 5, 1],
    ["Certificate in this connection", 6, 1],
    ["TLS", 7, 1],
  ], ref);
  tree.u32(
    "Verify",
    ref,
    (code) => code === 0 ? "a certificate was shown and believed" : "no certificate, or not believed",
  );
  while (tree.remaining > 0) {
    tree.group("TLS extension", (group) => {
      const type = tree.u8("Type", ref, TLS_TLVS);
      const length = tree.u16("Length", ref);
      const name = TLS_TLVS[type] ?? "Value";
      group.meaning = name;
      tree.within(name, length, (part) => {
        if (length > 0) group.meaning = `${name}: ${clip(part.text("Value", length, ref))}`;
      });
    }, { ref });
  }
}

function version2(tree: Tree): Words {
  tree.bytes("Signature", 12, V2, () => "PROXY protocol, version 2");
  const command = tree.flags("Version and command", 1, [
    ["Version", 0, 4],
    ["Command", 4, 4, ["LOCAL: of the proxy itself", "PROXY: on behalf of another"]],
  ], V2) & 15;
  const family = tree.flags("Family and transport", 1, [
    ["Family", 0, 4, FAMILIES],
    ["Transport", 4, 4, TRANSPORTS],
  ], V2) >> 4;
  const length = tree.u16("Length", V2, (octets) => `${counted(octets, "octet")} of addresses and extensions`);
  let summary = command === 0 ? "version 2: of the proxy itself" : "version 2: sender not told";
  tree.within("Addresses", length, (part) => {
    if (family === 1 || family === 2) {
      const octets = family === 1 ? 4 : 16;
      const source = part.ip("Source address", octets, V2), destination = part.ip("Destination address", octets, V2);
      const sport = part.u16("Source port", V2, serviceName), dport = part.u16("Destination port", V2, serviceName);
      summary = `version 2: from ${source} port ${sport} to ${destination} port ${dport}`;
    } else if (family === 3) {
      const paths = ["Source path", "Destination path"].map((name) =>
        part.field(name, (r) => new TextDecoder().decode(r.take(108, name)).replace(/\0[^]*$/, ""), () => ({ ref: V2 }))
      );
      summary = `version 2: from ${clip(paths[0]!)} to ${clip(paths[1]!)}`;
    }
    while (part.remaining > 0) tlv(part);
  });
  return { summary };
}

const stream = (): StreamDissector => ({
  measure(bytes, side) {
    if (side === "server") throw new FormatError("Only the side that connects sends a PROXY header", 0);
    if (bytes[0] !== 0x0d) {
      const length = measureLine(bytes.subarray(0, LINE_LIMIT));
      if (length === 0 && bytes.length >= LINE_LIMIT) {
        throw new FormatError(`A line of more than ${LINE_LIMIT} octets`, LINE_LIMIT);
      }
      return length;
    }
    return bytes.length < 16 ? 0 : 16 + bytes[14]! * 256 + bytes[15]!;
  },
  dissect(tree: Tree, { ports }: DissectContext): Words {
    const words = tree.reader.peek() === 0x0d ? version2(tree) : version1(tree);
    return { ...words, become: { protocol: "", ports } };
  },
});

function detect(bytes: Uint8Array): Guess {
  return startsWith(bytes, [SIGNATURE, "PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN"]);
}

export const PROXY_PROTOCOL: Protocol = {
  name: "proxy",
  title: "PROXY protocol",
  ref: "PROXY 2",
  precedes: true,
  detect,
  stream,
};
