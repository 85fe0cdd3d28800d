// EAP over a LAN (IEEE 802.1X 11): EAP packets, keys of WPA (IEEE 802.11 12.7.2), key agreement of MACsec (IEEE 802.1X 11.11). Pure.
//   version (8), packet type (8), length (16), body
import { eapPacket } from "../security/eap.ts";
import { hex } from "../../base/hex.ts";
import { keyEncapsulation, rsnElement } from "./rsn.ts";
import type { Layer } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "IEEE 802.1X 11.3";
const TYPES: Readonly<Record<number, string>> = {
  0: "EAP packet",
  1: "start",
  2: "logoff",
  3: "key",
  4: "alert",
  5: "MACsec key agreement",
  6: "announcement",
  7: "announcement to one",
  8: "announcement request",
};

/** Elements of key data, in clear (IEEE 802.11 12.7.2): RSN and those of vendors. */
function keyData(tree: Tree): void {
  const ref = "IEEE 802.11 12.7.2";
  const kinds: Readonly<Record<number, string>> = {
    48: "RSN",
    54: "mobility domain",
    221: "key data encapsulation",
    244: "RSN extension",
  };
  while (tree.remaining >= 2) {
    if (tree.reader.peek() === 221 && tree.reader.peek(1) === 0) {
      tree.rest("Padding", ref);
      return;
    }
    tree.group("Element", (group) => {
      const kind = tree.u8("Element identifier", ref, kinds);
      const length = tree.u8("Length", ref);
      group.meaning = kinds[kind] ?? `element ${kind}`;
      const words = tree.within("Element", length, (part) => {
        const said = kind === 48 ? rsnElement(part) : kind === 221 && length >= 4 ? keyEncapsulation(part) : undefined;
        part.rest("Value", ref);
        return said;
      });
      if (words !== undefined && words !== "") group.meaning += `: ${words}`;
    }, { ref });
  }
}

/** A key frame of WPA; gives which message of the handshake it is. */
function key(tree: Tree): string | undefined {
  const ref = "IEEE 802.11 12.7.2";
  const kind = tree.u8("Descriptor type", ref, { 1: "RC4 key", 2: "RSN key", 254: "WPA key" });
  if (kind === 1 || tree.remaining < 94) {
    tree.rest("Key", REF);
    return undefined;
  }
  const flags = tree.flags("Key information", 2, [
    ["Reserved", 0, 3],
    ["Encrypted key data", 3, 1],
    ["Request", 4, 1],
    ["Error", 5, 1],
    ["Secure", 6, 1],
    ["MIC", 7, 1],
    ["Acknowledge", 8, 1],
    ["Install", 9, 1],
    ["Key index", 10, 2],
    ["Pairwise", 12, 1],
    ["Descriptor version", 13, 3],
  ], ref);
  tree.u16("Key length", ref);
  tree.u64("Replay counter", ref);
  tree.bytes("Nonce", 32, ref);
  tree.bytes("Initialization vector", 16, ref);
  tree.bytes("Receive sequence counter", 8, ref);
  tree.bytes("Reserved", 8, ref);
  // The suite says how long the code is; with 192 bits it has 24 octets, and the length behind it shows that.
  const at = (octets: number) => (tree.reader.peek(octets) ?? 0) * 256 + (tree.reader.peek(octets + 1) ?? 0);
  const octets = at(16) !== tree.remaining - 18 && at(24) === tree.remaining - 26 ? 24 : 16;
  tree.bytes("MIC", octets, ref);
  const length = tree.u16("Key data length", ref);
  if (length > 0) {
    tree.part("Key data", length, (part) => {
      if ((flags & 0x1000) !== 0) part.rest("Encrypted key data", ref);
      else keyData(part);
      part.rest("Octets", ref);
    }, ref);
  }
  tree.rest("Octets", ref);
  const [acknowledge, mic, pairwise, secure] = [0x80, 0x100, 0x08, 0x200].map((bit) => (flags & bit) !== 0);
  if (!pairwise) return acknowledge ? "group key message 1 of 2" : "group key message 2 of 2";
  if (acknowledge) return `key message ${mic ? 3 : 1} of 4`;
  return `key message ${secure && length === 0 ? 4 : 2} of 4`;
}

const SETS: Readonly<Record<number, string>> = {
  1: "Live peer list",
  2: "Potential peer list",
  3: "MACsec SAK use",
  4: "Distributed SAK",
  5: "Distributed CAK",
  6: "Key management domain",
  7: "Announcement",
  8: "Extended packet numbers",
  255: "ICV indicator",
};

/** By the last octet of 00-80-c2-00-01-00-00 and so on (IEEE 802.1AE 14). */
const SUITES: Readonly<Record<number, string>> = {
  1: "GCM-AES-128",
  2: "GCM-AES-256",
  3: "GCM-AES-XPN-128",
  4: "GCM-AES-XPN-256",
};

function memberId(tree: Tree, name: string): string {
  return hex(tree.bytes(name, 12, "IEEE 802.1X 11.11"));
}

/** The body of a parameter set. */
function parameters(tree: Tree, type: number): string | undefined {
  const ref = "IEEE 802.1X 11.11";
  if (type === 1 || type === 2) {
    let count = 0;
    for (; tree.remaining >= 16; count++) {
      memberId(tree, "Member identifier");
      tree.u32("Message number", ref);
    }
    return `${count} ${count === 1 ? "peer" : "peers"}`;
  }
  if (type === 3 && tree.remaining >= 40) {
    for (const age of ["Latest", "Old"]) {
      memberId(tree, `${age} key server member identifier`);
      tree.u32(`${age} key number`, ref);
      tree.u32(`${age} lowest acceptable packet number`, ref);
    }
  } else if (type === 4 && tree.remaining >= 28) {
    tree.u32("Key number", ref);
    if (tree.remaining >= 32) tree.u64("Cipher suite", ref, (suite) => SUITES[Number(suite & 0xffn)]);
    tree.rest("Wrapped SAK", ref);
  } else if (type === 5) {
    if (tree.remaining >= 24) tree.bytes("Wrapped CAK", 24, ref);
    if (tree.remaining > 0) tree.rest("CAK name", ref);
  } else if (type === 8 && tree.remaining >= 8) {
    tree.u32("Suspension time", ref);
    tree.u32("Latest lowest acceptable packet number, high", ref);
  }
  return undefined;
}

/** Key agreement: the basic parameter set, others, and a check value over all. */
function agreement(tree: Tree): string {
  const ref = "IEEE 802.1X 11.11";
  let words = "MKA";
  const pad = (length: number) => {
    const count = Math.min((4 - length % 4) % 4, tree.remaining);
    if (count > 0) tree.bytes("Padding", count, ref);
  };
  tree.group("Basic parameter set", (group) => {
    tree.u8("MKA version", ref);
    const priority = tree.u8("Key server priority", ref);
    const flags = tree.flags("Flags and length", 2, [
      ["Key server", 0, 1],
      ["MACsec desired", 1, 1],
      ["MACsec capability", 2, 2, [
        "not implemented",
        "integrity",
        "integrity and confidentiality",
        "confidentiality with an offset too",
      ]],
      ["Body length", 4, 12],
    ], ref);
    const length = flags & 0xfff;
    tree.within("Basic parameter set", length, (part) => {
      const address = part.mac("System identifier", ref);
      const port = part.u16("Port identifier", ref);
      memberId(part, "Actor's member identifier");
      const number = part.u32("Actor's message number", ref);
      part.u32("Algorithm agility", ref, { 0x0080c201: "IEEE 802.1X-2010" });
      if (part.remaining > 0) part.bytes("CAK name", part.remaining, ref);
      group.meaning = `${address} port ${port}, message ${number}, priority ${priority}`;
    });
    pad(length);
    words = `MKA ${group.meaning ?? ""}`;
  }, { ref });
  while (tree.remaining > 16) {
    const type = tree.reader.peek()!;
    tree.group(SETS[type] ?? `Parameter set ${type}`, (group) => {
      tree.u8("Parameter set type", ref, SETS);
      const bits = type === 3
        ? [
          ["Latest association number", 0, 2],
          ["Latest, transmits", 2, 1],
          ["Latest, receives", 3, 1],
          [
            "Old association number",
            4,
            2,
          ],
          ["Old, transmits", 6, 1],
          ["Old, receives", 7, 1],
          ["Plain transmit", 8, 1],
          ["Plain receive", 9, 1],
          [
            "Reserved",
            10,
            1,
          ],
          ["Delay protect", 11, 1],
          ["Body length", 12, 12],
        ] as const
        : type === 4
        ? [["Distributed association number", 0, 2], ["Confidentiality offset", 2, 2], ["Reserved", 4, 8], [
          "Body length",
          12,
          12,
        ]] as const
        : [["Reserved", 0, 12], ["Body length", 12, 12]] as const;
      const length = tree.flags("Flags and length", 3, bits, ref) & 0xfff;
      const said = tree.within("Parameter set", length, (part) => {
        const text = parameters(part, type);
        part.rest("Value", ref);
        return text;
      });
      if (said !== undefined) group.meaning = said;
      pad(length);
    }, { ref });
  }
  tree.rest("Integrity check value", ref);
  return words;
}

export const EAPOL: Layer = {
  name: "eapol",
  title: "802.1X",
  ref: REF,
  dissect(tree, packet) {
    tree.u8("Protocol version", REF, { 1: "2001", 2: "2004", 3: "2010" });
    const type = tree.u8("Packet type", REF, TYPES);
    const length = tree.u16("Length", REF);
    packet.summary = `EAPOL ${TYPES[type] ?? `type ${type}`}`;
    if (length === 0) return undefined;
    const text = tree.part("Body", length, (part) => {
      if (type === 0) return eapPacket(part);
      if (type === 5) return agreement(part);
      if (type === 3) {
        const which = key(part);
        return which === undefined ? undefined : `EAPOL ${which}`;
      }
      part.rest("Body", REF);
      return undefined;
    }, REF);
    if (text !== undefined) packet.summary = text;
    return undefined;
  },
};
