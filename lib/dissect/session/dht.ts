// BitTorrent's distributed hash table (BEP 5): who has what, asked among peers, in bencoding (BEP 3). Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import { formatIp } from "../../base/ip.ts";
import { decodeText, looksLikeText } from "../coding/words.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "BEP 5";
const CODING = "BEP 3";
const DEPTH_LIMIT = 16;
/** What the keys of a message and of its arguments mean. */
const KEYS: Readonly<Record<string, string>> = byWord({
  a: "Arguments",
  e: "Error",
  q: "Query",
  r: "Response",
  t: "Transaction ID",
  v: "Client",
  y: "Kind",
  ro: "Read only",
  id: "Node ID",
  target: "Node wanted",
  info_hash: "Torrent",
  token: "Token",
  port: "Port",
  implied_port: "Port of the datagram counts",
  nodes: "Nodes",
  nodes6: "IPv6 nodes",
  values: "Peers",
  want: "Kinds of nodes wanted",
});

/** What a message says, by key: of texts and numbers the value, of lists how many. */
type Said = Map<string, string>;

/** One value in bencoding, named for its key. */
function value(tree: Tree, key: string, said: Said, depth = 0): string {
  const first = tree.reader.peek();
  const name = KEYS[key] ?? (key === "" ? "Message" : "Value");
  if (depth > DEPTH_LIMIT) throw new FormatError("Lists in lists too deep", tree.offset);
  if (first === 0x69) {
    tree.text("Number follows", 1, CODING);
    const number = tree.word(name, "e", REF);
    tree.text("End", 1, CODING);
    said.set(key, number);
    return number;
  }
  if (first === 0x6c || first === 0x64) {
    return tree.group(name, (group) => {
      tree.text(first === 0x64 ? "Dictionary begins" : "List begins", 1, CODING);
      let count = 0;
      for (; tree.reader.peek() !== 0x65; count++) {
        const inner = first === 0x64 ? string(tree, "Key", (text) => KEYS[text]) : key;
        const words = value(tree, inner, said, depth + 1);
        if (key === "e") said.set("error", `${said.get("error") ?? ""} ${words}`);
      }
      tree.text("End", 1, CODING);
      if (first === 0x6c) {
        said.set(key, String(count));
        group.meaning = String(count);
      }
      return group.meaning ?? "";
    }, { ref: key === "" ? REF : CODING });
  }
  const octets = lengthOf(tree);
  if (key === "nodes" || key === "nodes6") {
    const size = key === "nodes" ? 26 : 38;
    tree.group(name, (group) => {
      let count = 0;
      for (const end = tree.offset + octets; end - tree.offset >= size; count++) {
        tree.group("Node", (node) => {
          tree.bytes("Node ID", 20, REF);
          node.meaning = endpoint(tree, size - 22);
        }, { ref: REF });
      }
      group.meaning = String(count);
      said.set(key, String(count));
    }, { ref: REF });
    const rest = octets % size;
    if (rest > 0) tree.bytes("Octets", rest, REF);
    return "";
  }
  if (key === "values" && (octets === 6 || octets === 18)) return endpoint(tree, octets - 2);
  const bytes = tree.reader.bytes.subarray(tree.offset, tree.offset + octets);
  const text = looksLikeText(bytes) && bytes.length > 0 && key !== "id";
  if (octets === 0) return "";
  if (text) tree.text(name, octets, REF);
  else tree.bytes(name, octets, REF);
  const words = text ? decodeText(bytes) : hex(bytes);
  said.set(key, words);
  return words;
}

/** An address and a port. */
function endpoint(tree: Tree, octets: number): string {
  const { bytes, offset } = tree.reader;
  const family = octets === 4 ? 4 : 6;
  const host = formatIp({ family, bytes: bytes.subarray(offset, offset + octets) });
  tree.ip("Address", octets === 4 ? 4 : 16, REF);
  const port = tree.u16("Port", REF);
  return family === 4 ? `${host}:${port}` : `[${host}]:${port}`;
}

/** The decimal length before a text, with its colon. */
function lengthOf(tree: Tree): number {
  const digits = tree.word("Length", ":", CODING);
  if (!/^\d{1,5}$/.test(digits)) {
    throw new FormatError("Neither a number, a text, a list nor a dictionary", tree.offset);
  }
  tree.text("Separator", 1, CODING);
  return Number(digits);
}

function string(tree: Tree, name: string, meaning: (text: string) => string | undefined): string {
  const octets = lengthOf(tree);
  return octets === 0 ? "" : tree.text(name, octets, CODING, meaning);
}

function datagram(tree: Tree): Words {
  const said: Said = new Map();
  value(tree, "", said);
  const kind = said.get("y"), id = said.get("t") ?? "";
  const about = said.get("info_hash") ?? said.get("target");
  const words = kind === "q"
    ? `${said.get("q") ?? "query"}${about === undefined ? "" : ` ${about}`}`
    : kind === "e"
    ? `error${said.get("error") ?? ""}`
    : `response${said.has("values") ? `, peers ${said.get("values")}` : ""}${
      said.has("nodes") ? `, nodes ${said.get("nodes")}` : ""
    }`;
  return { summary: `DHT ${words}`, ...(kind === "q" ? { asks: id } : { answers: id }) };
}

/** A dictionary to the last octet that says which kind of message it is. */
function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes.length < 20 || bytes[0] !== 0x64 || bytes[1] !== 0x31 || bytes[2] !== 0x3a) return false;
  if (bytes.at(-1) !== 0x65) return false;
  const text = new TextDecoder("latin1").decode(bytes);
  return /^d1:[aerqt]/.test(text) && /1:y1:[qre]/.test(text) && text.includes("1:t");
}

export const DHT: Protocol = {
  name: "dht",
  title: "BitTorrent DHT",
  ref: REF,
  detectDatagram,
  datagram,
};
