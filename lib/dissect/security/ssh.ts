// SSH (RFC 4253): identification, key exchange in clear; after NEWKEYS all is encrypted. Pure.
import { FormatError } from "../../base/errors.ts";
import { measureLine, startsWith } from "../detect.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../words.ts";

const MESSAGES: Readonly<Record<number, string>> = {
  1: "DISCONNECT",
  2: "IGNORE",
  3: "UNIMPLEMENTED",
  4: "DEBUG",
  5: "SERVICE_REQUEST",
  6: "SERVICE_ACCEPT",
  7: "EXT_INFO",
  20: "KEXINIT",
  21: "NEWKEYS",
  30: "KEX request (ECDH INIT)",
  31: "KEX reply (ECDH REPLY)",
  32: "KEX DH GEX INIT",
  33: "KEX DH GEX REPLY",
  34: "KEX DH GEX REQUEST",
};
const LISTS = [
  "Key exchange algorithms",
  "Host key algorithms",
  "Encryption client to server",
  "Encryption server to client",
  "MAC client to server",
  "MAC server to client",
  "Compression client to server",
  "Compression server to client",
  "Languages client to server",
  "Languages server to client",
];
/** RFC 4253 6.1 asks for 35,000; OpenSSH takes 256 KiB. */
const PACKET_LIMIT = 256 * 1024;

interface Direction {
  banner: boolean;
  encrypted: boolean;
}

function text(tree: Tree, name: string, ref: string): string {
  const length = tree.u32(`${name} length`, ref);
  return length === 0 ? "" : tree.text(name, length, ref);
}

class Ssh implements StreamDissector {
  readonly #sides: Record<Side, Direction> = {
    client: { banner: false, encrypted: false },
    server: { banner: false, encrypted: false },
  };
  #lists: Partial<Record<Side, string[]>> = {};

  measure(bytes: Uint8Array, side: Side, _ended: boolean, scanned: number): number {
    const state = this.#sides[side];
    if (state.encrypted) return bytes.length;
    if (!state.banner) return measureLine(bytes, scanned);
    if (bytes.length < 4) return 0;
    const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length > PACKET_LIMIT || length < 5) throw new FormatError(`A packet of ${length} octets`, 0);
    return 4 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const state = this.#sides[side];
    if (state.encrypted) {
      const count = tree.remaining;
      tree.rest("Encrypted packets", "RFC 4253 6");
      return { summary: `encrypted, ${count} octets` };
    }
    if (!state.banner) return this.#line(tree, state);
    return this.#packet(tree, side, state);
  }

  #line(tree: Tree, state: Direction): Words {
    const ref = "RFC 4253 4.2";
    if (startsWith(tree.reader.bytes, ["SSH-"]) !== "yes") {
      const line = tree.word("Line before the identification", "\r\n", ref);
      tree.lineEnd(ref);
      return { summary: clip(line, 120), text: line };
    }
    state.banner = true;
    tree.text("Prefix", 4, ref);
    const version = tree.word("Protocol version", "-\r\n", ref);
    if (tree.remaining > 0 && tree.reader.peek() === 0x2d) tree.bytes("Separator", 1, ref);
    const software = tree.word("Software", " \r\n", ref);
    tree.spaces(ref);
    const comment = tree.word("Comment", "\r\n", ref);
    tree.lineEnd(ref);
    const summary = clip(`SSH-${version}-${software}${comment === "" ? "" : ` ${comment}`}`, 160);
    return { summary, text: summary };
  }

  #packet(tree: Tree, side: Side, state: Direction): Words {
    const ref = "RFC 4253 6";
    const length = tree.u32("Packet length", ref, (octets) => `${octets} octets`);
    const padding = tree.u8("Padding length", ref, (octets) => `${octets} octets`);
    const inside = length - padding - 1;
    if (inside < 1) throw new FormatError("More padding than packet", tree.offset - 1);
    const summary =
      tree.within("Payload", Math.min(inside, tree.remaining), (part) => this.#payload(part, side, state)) ??
        "malformed packet";
    if (tree.remaining > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), ref);
    return {
      summary,
      ...(summary.startsWith("KEX request")
        ? { asks: "kex" }
        : summary.startsWith("KEX reply")
        ? { answers: "kex" }
        : {}),
    };
  }

  #payload(tree: Tree, side: Side, state: Direction): string {
    const type = tree.u8("Message", "RFC 4250 4.1", MESSAGES);
    const name = MESSAGES[type] ?? `message ${type}`;
    switch (type) {
      case 1: {
        const ref = "RFC 4253 11.1";
        tree.u32("Reason", ref);
        const said = text(tree, "Description", ref);
        text(tree, "Language", ref);
        return `${name} ${clip(said)}`;
      }
      case 20: {
        const ref = "RFC 4253 7.1";
        tree.bytes("Cookie", 16, ref);
        this.#lists[side] = LISTS.map((list) => text(tree, list, ref));
        tree.u8("First packet follows", ref, { 0: "no", 1: "yes" });
        tree.u32("Reserved", ref);
        return `${name}${this.#agreed()}`;
      }
      case 21:
        state.encrypted = true;
        return `${name}: encrypted from here on`;
      case 30:
        text(tree, "Client's ephemeral key", "RFC 5656 4");
        return name;
      case 31: {
        const ref = "RFC 5656 4";
        const size = tree.u32("Host key length", ref);
        let kind = "";
        tree.part("Host key", size, (key) => {
          kind = text(key, "Algorithm", "RFC 4253 6.6");
          key.rest("Key data", "RFC 4253 6.6");
        }, ref);
        text(tree, "Server's ephemeral key", ref);
        const signature = tree.u32("Signature length", ref);
        tree.part("Signature", signature, (part) => {
          text(part, "Algorithm", "RFC 4253 6.6");
          part.rest("Signature data", "RFC 4253 6.6");
        }, ref);
        return `${name}, host key ${clip(kind, 40)}`;
      }
    }
    tree.rest("Data", "RFC 4253 11");
    return name;
  }

  /** What both lists lead to: the client's first that the server has as well. */
  #agreed(): string {
    const { client, server } = this.#lists;
    if (client === undefined || server === undefined) return "";
    const words = [0, 1, 2].map((i) => {
      const offered = new Set(server[i]!.split(","));
      return client[i]!.split(",").find((name) => offered.has(name)) ?? "none in common";
    });
    return `, agreed: ${clip(words.join(" "), 140)}`;
  }
}

export const SSH: Protocol = {
  name: "ssh",
  title: "SSH",
  ref: "RFC 4253",
  tcp: [22, 2222],
  detect: (bytes) => startsWith(bytes, ["SSH-2.0-", "SSH-1.99-", "SSH-1.5-"]),
  stream: () => new Ssh(),
};
