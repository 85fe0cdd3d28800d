// WireGuard ("WireGuard: Next Generation Kernel Network Tunnel", 5.4): handshakes, cookies, transport data. Pure.
import { hex } from "../../base/hex.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const TYPES: Readonly<Record<number, readonly [name: string, ref: string, octets: number]>> = {
  1: ["Handshake initiation", "WireGuard 5.4.2", 148],
  2: ["Handshake response", "WireGuard 5.4.3", 92],
  3: ["Cookie reply", "WireGuard 5.4.7", 64],
  4: ["Transport data", "WireGuard 5.4.6", 32],
};

function macs(tree: Tree): void {
  const ref = "WireGuard 5.4.4";
  tree.bytes("MAC 1", 16, ref, () => "proves that the receiver's public key is known");
  tree.bytes("MAC 2", 16, ref, (bytes) => bytes.every((octet) => octet === 0) ? "no cookie" : "proves the cookie");
}

function datagram(tree: Tree): Words {
  const type = tree.u8("Type", "WireGuard 5.4", (code) => TYPES[code]?.[0] ?? "unknown");
  const [name, ref] = TYPES[type] ?? [`type ${type}`, "WireGuard 5.4", 0];
  tree.said = { summary: name };
  tree.bytes("Reserved", 3, ref);
  const index = (label: string) => hex(tree.bytes(label, 4, ref));
  switch (type) {
    case 1: {
      const sender = index("Sender index");
      tree.bytes("Ephemeral key", 32, ref, () => "of the initiator, for this handshake only");
      tree.bytes("Encrypted static key", 48, ref, () => "who the initiator is");
      tree.bytes("Encrypted timestamp", 28, ref, () => "TAI64N, against replays");
      macs(tree);
      return { summary: `${name} by ${sender}`, asks: `wg ${sender}` };
    }
    case 2: {
      const sender = index("Sender index"), receiver = index("Receiver index");
      tree.bytes("Ephemeral key", 32, ref, () => "of the responder, for this handshake only");
      tree.bytes("Encrypted nothing", 16, ref, () => "proves the keys");
      macs(tree);
      return { summary: `${name} by ${sender} to ${receiver}`, answers: `wg ${receiver}` };
    }
    case 3: {
      const receiver = index("Receiver index");
      tree.bytes("Nonce", 24, ref);
      tree.bytes("Encrypted cookie", 32, ref);
      return { summary: `${name} to ${receiver}` };
    }
    case 4: {
      const receiver = index("Receiver index");
      const counter = tree.field("Counter", (r) => r.u64Le(), () => ({ ref, meaning: "counts up, is the nonce" }));
      const count = tree.remaining - 16;
      if (count > 0) tree.bytes("Encrypted packet", count, ref);
      if (tree.remaining > 0) tree.rest("Authentication tag", ref);
      return {
        summary: `${name} to ${receiver}, number ${counter}, ${count <= 0 ? "keep-alive" : counted(count, "octet")}`,
      };
    }
  }
  return { summary: name };
}

/** The three reserved octets, and the lengths: fixed but for data, which come in blocks of 16. */
function detectDatagram(bytes: Uint8Array): boolean {
  const known = TYPES[bytes[0]!];
  if (known === undefined || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0) return false;
  // Data alone are too like other things.
  return bytes[0] !== 4 && bytes.length === known[2];
}

/** A message of a known type and length; data are filled up to blocks of 16 where that does not make them too long. */
function fits(bytes: Uint8Array): boolean {
  if (bytes[0] !== 4) return detectDatagram(bytes);
  return bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0 && bytes.length >= 32;
}

export const WIREGUARD: Protocol = {
  name: "wireguard",
  title: "WireGuard",
  ref: "WireGuard 5.4",
  udp: [51820],
  fits,
  detectDatagram,
  datagram,
};
