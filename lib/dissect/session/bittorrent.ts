// BitTorrent's peer protocol (BEP 3) with the fast (BEP 6) and the extension messages (BEP 10). Pure.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { startsWith } from "../detect.ts";
import type { Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, looksLikeText } from "../coding/words.ts";

const MESSAGES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["choke", "BEP 3"],
  1: ["unchoke", "BEP 3"],
  2: ["interested", "BEP 3"],
  3: ["not interested", "BEP 3"],
  4: ["have", "BEP 3"],
  5: ["bitfield", "BEP 3"],
  6: ["request", "BEP 3"],
  7: ["piece", "BEP 3"],
  8: ["cancel", "BEP 3"],
  9: ["port", "BEP 5"],
  13: ["suggest piece", "BEP 6"],
  14: ["have all", "BEP 6"],
  15: ["have none", "BEP 6"],
  16: ["reject request", "BEP 6"],
  17: ["allowed fast", "BEP 6"],
  20: ["extended", "BEP 10"],
};
/** A message of more octets than this is none. */
const LENGTH_LIMIT = 0x1000000;

class BitTorrent implements StreamDissector {
  readonly #started: Record<Side, boolean> = { client: false, server: false };

  measure(bytes: Uint8Array, side: Side): number {
    if (!this.#started[side]) return 68;
    if (bytes.length < 4) return 0;
    const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 0);
    return 4 + length;
  }

  dissect(tree: Tree, { side }: { side: Side }): Words {
    if (!this.#started[side]) {
      this.#started[side] = true;
      return handshake(tree, side);
    }
    const length = tree.u32("Length", "BEP 3", (octets) => octets === 0 ? "keep-alive" : counted(octets, "octet"));
    if (length === 0) return { summary: "keep-alive" };
    const type = tree.u8("Type", "BEP 3", (code) => MESSAGES[code]?.[0] ?? "unknown");
    const [name, ref] = MESSAGES[type] ?? [`message ${type}`, "BEP 3"];
    switch (type) {
      case 4:
      case 13:
      case 17:
        return { summary: `${name} ${tree.u32("Piece", ref)}` };
      case 5: {
        const bits = tree.rest("Pieces", ref, "one bit for each piece that is there");
        const set = bits.reduce((sum, octet) => sum + octet.toString(2).replaceAll("0", "").length, 0);
        return { summary: `${name}, ${set} pieces` };
      }
      case 6:
      case 8:
      case 16: {
        const piece = tree.u32("Piece", ref), begin = tree.u32("Begin", ref), count = tree.u32("Length", ref);
        const key = `piece ${piece} ${begin}`;
        return {
          summary: `${name} ${piece} from ${begin}, ${counted(count, "octet")}`,
          ...(type === 6 ? { asks: key } : {}),
        };
      }
      case 7: {
        const piece = tree.u32("Piece", ref), begin = tree.u32("Begin", ref);
        const data = tree.rest("Block", ref);
        return {
          summary: `${name} ${piece} from ${begin}, ${counted(data.length, "octet")}`,
          answers: `piece ${piece} ${begin}`,
        };
      }
      case 9:
        return { summary: `${name} ${tree.u16("DHT port", ref)}` };
      case 20: {
        const id = tree.u8("Extended type", ref, (code) => code === 0 ? "handshake" : "as the handshake says");
        const bytes = tree.rest("Bencoded data", ref);
        if (looksLikeText(bytes)) tree.last.value = new TextDecoder().decode(bytes);
        return { summary: `${name} ${id === 0 ? "handshake" : id}, ${counted(bytes.length, "octet")}` };
      }
    }
    tree.rest("Data", ref);
    return { summary: name };
  }
}

function handshake(tree: Tree, side: Side): Words {
  tree.u8("Name length", "BEP 3");
  tree.text("Protocol name", 19, "BEP 3");
  tree.flags("Reserved octets 1 to 4", 4, [["Azureus messages", 0, 1], ["Reserved", 1, 31]], "BEP 3");
  tree.flags("Reserved octets 5 to 8", 4, [
    ["Reserved", 0, 11],
    ["Extension messages", 11, 1],
    ["Reserved", 12, 17],
    ["Fast extension", 29, 1],
    ["XBT peer exchange", 30, 1],
    ["DHT", 31, 1],
  ], "BEP 4");
  const hash = hex(tree.bytes("Info hash", 20, "BEP 3", () => "which torrent"));
  const peer = tree.field("Peer ID", (r) => r.text(20), (text) => ({ ref: "BEP 20", meaning: client(text) }));
  return {
    summary: `handshake for ${hash.slice(0, 16)}… by ${clip(client(peer) ?? peer.slice(0, 8), 40)}`,
    ...(side === "client" ? { asks: "handshake" } : { answers: "handshake" }),
  };
}

/** `-TR4000-`: client and version. */
function client(id: string): string | undefined {
  const match = /^-([A-Za-z]{2})(\w{4})-/.exec(id);
  if (match === null) return undefined;
  const names: Readonly<Record<string, string>> = {
    TR: "Transmission",
    qB: "qBittorrent",
    DE: "Deluge",
    lt: "libtorrent (rTorrent)",
    LT: "libtorrent",
    UT: "µTorrent",
    AZ: "Azureus",
    KT: "KTorrent",
  };
  return `${names[match[1]!] ?? match[1]} ${match[2]}`;
}

export const BITTORRENT: Protocol = {
  name: "bittorrent",
  title: "BitTorrent",
  ref: "BEP 3",
  tcp: [6881, 51413],
  detect: (bytes): Guess => startsWith(bytes, ["\u0013BitTorrent protocol"]),
  stream: () => new BitTorrent(),
};
