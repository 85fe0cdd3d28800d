// OpenVPN's own framing (draft of the OpenVPN wire protocol; OpenVPN's "ssl_pkt.h"): opcodes, sessions, acknowledgements. Pure.
// With tls-auth and tls-crypt what follows the session ID is not to be told without the keys: it stays octets.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "OpenVPN protocol";
const OPCODES: Readonly<Record<number, readonly [name: string, kind: "control" | "ack" | "data" | "data2"]>> = {
  1: ["hard reset of a client, version 1", "control"],
  2: ["hard reset of a server, version 1", "control"],
  3: ["soft reset: new keys", "control"],
  4: ["control", "control"],
  5: ["acknowledgement", "ack"],
  6: ["data, version 1", "data"],
  7: ["hard reset of a client", "control"],
  8: ["hard reset of a server", "control"],
  9: ["data", "data2"],
  10: ["hard reset of a client, with tls-crypt-v2", "control"],
  11: ["control with a wrapped key", "control"],
};

/** Acknowledged packets, then the session that sent them. Nothing when the octets cannot be that. */
function acknowledgements(tree: Tree): boolean {
  const count = tree.reader.peek() ?? 255;
  if (count > 8 || 1 + count * 4 + (count > 0 ? 8 : 0) > tree.remaining) return false;
  tree.u8("Acknowledged packets", REF);
  for (let i = 0; i < count; i++) tree.u32("Acknowledged packet ID", REF);
  if (count > 0) tree.bytes("Remote session ID", 8, REF);
  return true;
}

function packet(tree: Tree): Words {
  const first = tree.flags("Opcode and key ID", 1, [
    ["Opcode", 0, 5, (code) => OPCODES[code]?.[0]],
    ["Key ID", 5, 3],
  ], REF);
  const [name, kind] = OPCODES[first >> 3] ?? [`opcode ${first >> 3}`, "data"];
  tree.last.meaning = name;
  tree.said = { summary: name };
  if (kind === "data" || kind === "data2") {
    const peer = kind === "data2" ? tree.u24("Peer ID", REF, (id) => id === 0xffffff ? "none" : undefined) : undefined;
    const count = tree.remaining;
    tree.rest("Encrypted packet", REF);
    return { summary: `${name}${peer === undefined ? "" : ` of peer ${peer}`}, ${counted(count, "octet")}` };
  }
  const session = hex(tree.bytes("Session ID", 8, REF));
  if (!acknowledgements(tree)) {
    tree.rest("Protected octets", REF, "by tls-auth or tls-crypt");
    return { summary: `${name}, session ${session}, protected` };
  }
  if (kind === "ack") {
    tree.rest("More octets", REF);
    return { summary: `${name}, session ${session}` };
  }
  const id = tree.u32("Packet ID", REF);
  const count = tree.remaining;
  const tls = count > 5 && tree.reader.peek() === 22 && tree.reader.peek(1) === 3;
  tree.rest("TLS octets", REF, tls ? "a record of a handshake begins" : undefined);
  return {
    summary: `${name}, session ${session}, packet ${id}${count === 0 ? "" : `, ${counted(count, "octet")} of TLS`}`,
  };
}

/** Over TCP each packet has its length before it. */
const stream = (): StreamDissector => ({
  measure(bytes) {
    if (bytes.length < 2) return 0;
    const length = bytes[0]! * 256 + bytes[1]!;
    if (length === 0) throw new FormatError("An empty OpenVPN packet", 0);
    return 2 + length;
  },
  dissect(tree) {
    tree.u16("Length", REF, (octets) => `${octets} octets follow`);
    return packet(tree);
  },
});

/** The first packet of a client: a hard reset with no acknowledgements, packet 0. */
const isReset = (bytes: Uint8Array, at = 0) =>
  bytes.length === at + 14 && bytes[at] === 0x38 && bytes.subarray(at + 9).every((octet) => octet === 0);

/** An opcode that there is at `at`. */
const known = (bytes: Uint8Array, at = 0) => OPCODES[bytes[at]! >> 3] !== undefined;

export const OPENVPN: Protocol = {
  name: "openvpn",
  title: "OpenVPN",
  ref: REF,
  tcp: [1194],
  udp: [1194],
  detect: (bytes): Guess => {
    if (bytes[0] !== 0 || (bytes.length > 1 && bytes[1] !== 14) || (bytes.length > 2 && bytes[2] !== 0x38)) {
      return bytes.length < 3 || (bytes[0]! < 8 && known(bytes, 2)) ? "possible" : "no";
    }
    return bytes.length < 16 ? "maybe" : isReset(bytes.subarray(0, 16), 2) ? "yes" : "possible";
  },
  fits: (bytes) => known(bytes),
  detectDatagram: (bytes) => isReset(bytes),
  stream,
  datagram: packet,
};
