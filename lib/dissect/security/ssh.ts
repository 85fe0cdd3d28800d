// SSH (RFC 4253): identification, key exchange in clear; after NEWKEYS all is encrypted. Pure.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { measureLine, startsWith } from "../detect.ts";
import type { DissectContext, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";

const MESSAGES = names(`
  1 DISCONNECT; 2 IGNORE; 3 UNIMPLEMENTED; 4 DEBUG; 5 SERVICE_REQUEST; 6 SERVICE_ACCEPT; 7 EXT_INFO; 20 KEXINIT;
  21 NEWKEYS; 30 first message of the key exchange; 31 second message of the key exchange;
  32 third message of the key exchange; 33 fourth message of the key exchange; 34 request of a group
`);
const REASONS = names(`
  1 not allowed to connect; 2 protocol error; 3 key exchange failed; 5 MAC error; 6 compression error;
  7 service not available; 8 protocol version not supported; 9 host key not verifiable; 10 connection lost;
  11 by the application; 12 too many connections; 13 authentication cancelled; 14 no more ways to authenticate;
  15 illegal user name
`);
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
    if (length > PACKET_LIMIT || length < 5) throw new FormatError(`A packet of ${counted(length, "octet")}`, 0);
    return 4 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const state = this.#sides[side];
    if (state.encrypted) {
      const count = tree.remaining;
      tree.rest("Encrypted packets", "RFC 4253 6");
      return { summary: `encrypted, ${counted(count, "octet")}` };
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
    const length = tree.u32("Packet length", ref, octetCount);
    const padding = tree.u8("Padding length", ref, octetCount);
    const inside = length - padding - 1;
    if (inside < 1) throw new FormatError("More padding than packet", tree.offset - 1);
    const summary =
      tree.within("Payload", Math.min(inside, tree.remaining), (part) => this.#payload(part, side, state)) ??
        "malformed packet";
    if (tree.remaining > 0) tree.bytes("Padding", Math.min(padding, tree.remaining), ref, () => "fills the packet up");
    return {
      summary,
      ...(/^KEX .* (INIT|REQUEST)$/.test(summary)
        ? { asks: "kex" }
        : /^KEX .* (REPLY|GROUP)/.test(summary)
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
        tree.u32("Reason", ref, REASONS);
        const said = text(tree, "Description", ref);
        text(tree, "Language", ref);
        return `${name} ${clip(said)}`;
      }
      case 20: {
        const ref = "RFC 4253 7.1";
        tree.bytes("Cookie", 16, ref, () => "random, so that neither side alone makes the keys");
        this.#lists[side] = LISTS.map((list) => text(tree, list, ref));
        tree.u8("First packet follows", ref, { 0: "no", 1: "yes, guessed before the other side's lists came" });
        tree.u32("Reserved", ref);
        return `${name}${this.#agreed()}`;
      }
      case 21:
        state.encrypted = true;
        return `${name}: encrypted from here on`;
      case 2:
        text(tree, "Data", "RFC 4253 11.2");
        return name;
      case 3:
        tree.u32("Packet", "RFC 4253 11.4", () => "the number of the packet that was not understood");
        return name;
      case 4: {
        tree.u8("Always show", "RFC 4253 11.3", { 0: "no", 1: "yes" });
        const said = text(tree, "Message", "RFC 4253 11.3");
        text(tree, "Language", "RFC 4253 11.3");
        return `${name} ${clip(said)}`;
      }
      case 5:
      case 6:
        return `${name} ${clip(text(tree, "Service", "RFC 4253 10"))}`;
    }
    if (type >= 30 && type <= 49) return this.#exchange(tree, type);
    tree.rest("Data", "RFC 4253 11");
    return name;
  }

  /** Messages of the key exchange: what they are depends on the algorithm agreed on. */
  #exchange(tree: Tree, type: number): string {
    const method = this.#methods()[0] ?? "";
    if (method.includes("group-exchange")) {
      const ref = "RFC 4419 3";
      switch (type) {
        case 34:
          tree.u32("Smallest group", ref, (bits) => counted(bits, "bit"));
          tree.u32("Group wanted", ref, (bits) => counted(bits, "bit"));
          tree.u32("Largest group", ref, (bits) => counted(bits, "bit"));
          return "KEX DH GEX REQUEST";
        case 31:
          number(tree, "Prime", ref);
          number(tree, "Generator", ref);
          return "KEX DH GEX GROUP";
        case 32:
          number(tree, "Client's public key", ref);
          return "KEX DH GEX INIT";
      }
    }
    const [name, ref] = method.includes("group-exchange")
      ? ["KEX DH GEX", "RFC 4419 3"]
      : method.startsWith("diffie-hellman")
      ? ["KEX DH", "RFC 4253 8"]
      : method.startsWith("sntrup")
      ? ["KEX hybrid", "draft-ietf-sshm-ntruprime-ssh"]
      : /mlkem|kyber/.test(method)
      ? ["KEX hybrid", "draft-ietf-sshm-mlkem-hybrid-kex"]
      : method.startsWith("curve")
      ? ["KEX ECDH", "RFC 8731 3"]
      : ["KEX ECDH", "RFC 5656 4"];
    const key = name.startsWith("KEX DH") ? number : (part: Tree, label: string, where: string) => {
      const length = part.u32(`${label} length`, where);
      if (length > 0) part.bytes(label, length, where);
    };
    if (type === 30) {
      key(tree, "Client's public key", ref);
      return `${name} INIT`;
    }
    if (type !== 31 && type !== 33) {
      tree.rest("Data", ref);
      return `KEX message ${type}`;
    }
    let kind = "";
    tree.part("Host key", tree.u32("Host key length", ref), (part) => {
      kind = text(part, "Algorithm", "RFC 4253 6.6");
      part.rest("Key data", "RFC 4253 6.6");
    }, ref);
    key(tree, "Server's public key", ref);
    tree.part("Signature", tree.u32("Signature length", ref), (part) => {
      text(part, "Algorithm", "RFC 4253 6.6");
      part.rest("Signature data", "RFC 4253 6.6");
    }, ref);
    return `${name} REPLY, host key ${clip(kind, 40)}`;
  }

  /** What both lists lead to: of each, the client's first that the server has as well (RFC 4253 7.1). */
  #methods(): string[] {
    const { client, server } = this.#lists;
    if (client === undefined || server === undefined) return [];
    return client.map((list, i) => {
      const offered = new Set(server[i]!.split(","));
      return list.split(",").find((name) => offered.has(name)) ?? "none in common";
    });
  }

  #agreed(): string {
    const methods = this.#methods().slice(0, 3);
    return methods.length === 0 ? "" : `, agreed: ${clip(methods.join(" "), 140)}`;
  }
}

/** A number of any size (RFC 4251 5). */
function number(tree: Tree, name: string, ref: string): void {
  const length = tree.u32(`${name} length`, ref);
  if (length > 0) tree.bytes(name, length, ref, () => `a number of ${counted(length * 8, "bit")} at most`);
}

export const SSH: Protocol = {
  name: "ssh",
  title: "SSH",
  ref: "RFC 4253",
  tcp: [22, 2222],
  detect: (bytes) => startsWith(bytes, ["SSH-2.0-", "SSH-1.99-", "SSH-1.5-"]),
  stream: () => new Ssh(),
};
