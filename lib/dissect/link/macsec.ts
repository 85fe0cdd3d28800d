// MACsec (IEEE 802.1AE 9): the tag that says how a frame is protected. Pure. What is encrypted stays closed.
import { etherTypeLayer, etherTypeName } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import { counted } from "../coding/words.ts";

export const MACSEC: Layer = {
  name: "macsec",
  title: "MACsec",
  ref: "IEEE 802.1AE 9",
  dissect(tree, packet): Next | undefined {
    const ref = "IEEE 802.1AE 9.3";
    const control = tree.flags("Tag control and association number", 1, [
      ["Version", 0, 1],
      ["End station", 1, 1],
      ["Secure channel identifier present", 2, 1],
      ["Single copy broadcast", 3, 1],
      ["Encrypted", 4, 1],
      ["Changed text", 5, 1],
      ["Association number", 6, 2],
    ], "IEEE 802.1AE 9.5");
    const short = tree.flags(
      "Short length",
      1,
      [["Reserved", 0, 2], ["Short length", 2, 6, (v) => v === 0 ? "48 octets or more" : counted(v, "octet")]],
      "IEEE 802.1AE 9.7",
      "",
    ) & 63;
    const number = tree.u32("Packet number", "IEEE 802.1AE 9.8");
    packet.summary = `MACsec ${(control & 8) !== 0 ? "encrypted" : "authenticated"}, association ${
      control & 3
    }, packet ${number}`;
    if ((control & 0x20) !== 0) {
      tree.group("Secure channel identifier", (group) => {
        const address = tree.mac("System identifier", "IEEE 802.1AE 9.9");
        group.meaning = `${address} port ${tree.u16("Port identifier", "IEEE 802.1AE 9.9")}`;
      }, { ref: "IEEE 802.1AE 9.9" });
    }
    const check = Math.min(16, tree.remaining);
    const secured = short === 0 ? tree.remaining - check : Math.min(short, tree.remaining - check);
    if ((control & 0x0c) === 0 && secured >= 2) {
      const type = tree.u16("EtherType", ref, etherTypeName);
      return { layer: etherTypeLayer(type), length: secured - 2, trailer: "Integrity check value" };
    }
    if (secured > 0) tree.bytes("Secure data", secured, "IEEE 802.1AE 9.10", () => "encrypted");
    if (tree.remaining > 0) tree.bytes("Integrity check value", Math.min(16, tree.remaining), "IEEE 802.1AE 9.11");
    return undefined;
  },
};
