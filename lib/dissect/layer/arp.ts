// ARP (RFC 826) and reverse ARP (RFC 903). Pure.
import { etherTypeName } from "../coding/numbers.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { hex } from "../../base/hex.ts";

const REF = "RFC 826";
const OPERATIONS: Record<number, string> = {
  1: "request",
  2: "reply",
  3: "reverse request",
  4: "reverse reply",
  8: "inverse request",
  9: "inverse reply",
};

function protocolAddress(tree: Tree, name: string, length: number): string {
  if (length === 4) return tree.ip(name, 4, REF);
  return hex(tree.bytes(name, length, REF), ":");
}

export const ARP: Layer = {
  name: "arp",
  title: "ARP",
  ref: "RFC 826",
  dissect(tree, packet) {
    tree.u16("Hardware type", REF, { 1: "Ethernet", 6: "IEEE 802", 15: "frame relay", 32: "InfiniBand" });
    tree.u16("Protocol type", REF, etherTypeName);
    const hardware = tree.u8("Hardware address length", REF);
    const protocol = tree.u8("Protocol address length", REF);
    const operation = tree.u16("Operation", REF, OPERATIONS);
    const senderMac = tree.mac("Sender hardware address", REF, undefined, hardware);
    const sender = protocolAddress(tree, "Sender protocol address", protocol);
    tree.mac("Target hardware address", REF, (mac) => /^[0:]*$/.test(mac) ? "to be found" : undefined, hardware);
    const target = protocolAddress(tree, "Target protocol address", protocol);
    if (packet.facts.src === undefined) Object.assign(packet.facts, { src: sender, dst: target, proto: "arp" });
    if (operation === 1 && sender !== target) packet.pair = { key: `arp ${sender} ${target}`, answer: false };
    if (operation === 2) packet.pair = { key: `arp ${target} ${sender}`, answer: true };
    packet.summary = operation === 1
      ? sender === target ? `${sender} announces itself` : `who has ${target}? tell ${sender}`
      : operation === 2
      ? `${sender} is at ${senderMac}`
      : OPERATIONS[operation] ?? `operation ${operation}`;
    return undefined;
  },
};
