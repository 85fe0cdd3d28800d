// Bluetooth Low Energy as sniffers hear it (Bluetooth Core 5.4, Vol 6 Part B 2): packets of the air, with what receivers
// measured before them (LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR). Pure.
import { names } from "../coding/names.ts";
import { hex } from "../../base/hex.ts";
import { counted } from "../coding/words.ts";
import type { Layer, PacketState } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";
import { advertised, channelData, readAddress } from "./bluetooth_data.ts";

const REF = "Bluetooth Vol 6 Part B 2";
/** The access address that advertisements are sent under. */
const ADVERTISING = 0x8e89bed6;

const ADVERTISEMENTS: Readonly<Record<number, string>> = {
  0: "ADV_IND",
  1: "ADV_DIRECT_IND",
  2: "ADV_NONCONN_IND",
  3: "SCAN_REQ",
  4: "SCAN_RSP",
  5: "CONNECT_IND",
  6: "ADV_SCAN_IND",
  7: "ADV_EXT_IND",
  8: "AUX_CONNECT_RSP",
};
const MEANINGS: Readonly<Record<number, string>> = {
  0: "anybody may connect",
  1: "one device may connect",
  2: "nobody may connect",
  3: "asks for more",
  4: "tells more",
  5: "connects",
  6: "anybody may ask for more",
  7: "extended",
};

const CONTROL = names(`
  0x00 LL_CONNECTION_UPDATE_IND; 0x01 LL_CHANNEL_MAP_IND; 0x02 LL_TERMINATE_IND; 0x03 LL_ENC_REQ; 0x04 LL_ENC_RSP;
  0x05 LL_START_ENC_REQ; 0x06 LL_START_ENC_RSP; 0x07 LL_UNKNOWN_RSP; 0x08 LL_FEATURE_REQ; 0x09 LL_FEATURE_RSP;
  0x0a LL_PAUSE_ENC_REQ; 0x0b LL_PAUSE_ENC_RSP; 0x0c LL_VERSION_IND; 0x0d LL_REJECT_IND; 0x0e LL_PERIPHERAL_FEATURE_REQ;
  0x0f LL_CONNECTION_PARAM_REQ; 0x10 LL_CONNECTION_PARAM_RSP; 0x11 LL_REJECT_EXT_IND; 0x12 LL_PING_REQ;
  0x13 LL_PING_RSP; 0x14 LL_LENGTH_REQ; 0x15 LL_LENGTH_RSP; 0x16 LL_PHY_REQ; 0x17 LL_PHY_RSP; 0x18 LL_PHY_UPDATE_IND
`);

const quarters: Meaning<number> = (units) => `${units * 1.25} ms`;

/** An advertisement: its head says what it is. */
function advertisement(tree: Tree): string {
  const ref = "Bluetooth Vol 6 Part B 2.3";
  const head = tree.flags(
    "Header",
    1,
    [
      ["Receiver's address random", 0, 1],
      ["Sender's address random", 1, 1],
      ["Channel selection 2", 2, 1],
      ["Reserved", 3, 1],
      ["Type", 4, 4, (type) => MEANINGS[type]],
    ],
    ref,
    ADVERTISEMENTS[(tree.reader.peek() ?? 0) & 15],
  );
  const type = head & 15, length = tree.u8("Length", ref);
  const name = ADVERTISEMENTS[type] ?? `type ${type}`;
  const said = tree.within("Payload", Math.min(length, Math.max(0, tree.remaining - 3)), (part) => {
    if (type === 7 || type > 7) {
      part.rest("Extended header and data", "Bluetooth Vol 6 Part B 2.3.4");
      return "";
    }
    const from = readAddress(part, type === 3 || type === 5 ? "Scanner or initiator" : "Advertiser", ref);
    if (type === 1 || type === 3 || type === 5) {
      const to = readAddress(part, type === 1 ? "Target" : "Advertiser", ref);
      if (type === 5) connection(part);
      part.rest("Octets", ref);
      return `${from} > ${to}`;
    }
    return `${from} ${part.remaining > 0 ? advertised(part) : ""}`.trim();
  }) ?? "";
  return `${name} ${said}`.trim();
}

/** What a connection will be like (2.3.3.1). */
function connection(tree: Tree): void {
  const ref = "Bluetooth Vol 6 Part B 2.3.3.1";
  tree.group("Connection", () => {
    tree.u32Le("Access address", ref, (word) => `0x${word.toString(16).padStart(8, "0")}`);
    tree.bytes("CRC initialization", 3, ref);
    tree.u8("Window size", ref, quarters);
    tree.u16Le("Window offset", ref, quarters);
    tree.u16Le("Interval", ref, quarters);
    tree.u16Le("Latency", ref);
    tree.u16Le("Timeout", ref, (units) => `${units * 10} ms`);
    tree.bytes("Channels in use", 5, ref);
    tree.u8("Hop and clock accuracy", ref, (octet) => `hop ${octet & 31}`);
  }, { ref });
}

/** A packet of a connection. */
function data(tree: Tree): string {
  const ref = "Bluetooth Vol 6 Part B 2.4";
  const head = tree.flags("Header", 1, [
    ["Reserved", 0, 3],
    ["More data", 3, 1],
    ["Sequence number", 4, 1],
    ["Next expected", 5, 1],
    ["Kind", 6, 2, ["reserved", "continued or empty", "first of L2CAP", "control"]],
  ], ref);
  const kind = head & 3, length = tree.u8("Length", ref);
  return tree.within("Payload", Math.min(length, Math.max(0, tree.remaining - 3)), (part) => {
    if (kind === 2 && part.remaining >= 4) return channelData(part);
    if (kind === 3 && part.remaining > 0) {
      const code = part.u8("Operation", "Bluetooth Vol 6 Part B 2.4.2", (octet) => CONTROL[octet]);
      part.rest("Parameters", "Bluetooth Vol 6 Part B 2.4.2");
      return CONTROL[code] ?? `control ${code}`;
    }
    const count = part.remaining;
    part.rest("Octets", ref);
    return count === 0 ? "empty" : `continued, ${counted(count, "octet")}`;
  }) ?? "data";
}

/** From the access address on. */
function air(tree: Tree, packet: PacketState): undefined {
  const address = tree.u32Le("Access address", REF, (word) => word === ADVERTISING ? "advertising" : "of a connection");
  const shown = hex(Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address));
  const said = address === ADVERTISING ? advertisement(tree) : `connection ${shown}: ${data(tree)}`;
  packet.summary += said;
  if (tree.remaining >= 3) tree.bytes("Checksum", 3, "Bluetooth Vol 6 Part B 2.1.4");
  if (tree.remaining > 0) tree.rest("Octets", REF);
  return undefined;
}

const signed = (octet: number) => octet > 127 ? octet - 256 : octet;

const measured: Layer["dissect"] = (tree, packet) => {
  const ref = "LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR";
  const channel = tree.u8("Channel", ref, (value) => `${2402 + value * 2} MHz`);
  tree.u8("Signal", ref, (octet) => `${signed(octet)} dBm`);
  tree.u8("Noise", ref, (octet) => `${signed(octet)} dBm`);
  tree.u8("Wrong bits of the access address", ref);
  tree.u32Le("Access address expected", ref);
  tree.flagsLe("Flags", 2, ["dewhitened", "signal valid", "noise valid", "decrypted", "expected address valid"], ref);
  packet.summary = `channel ${channel} `;
  return air(tree, packet);
};

export const BLUETOOTH_AIR: Layer = {
  name: "bluetooth-air",
  title: "Bluetooth Low Energy",
  ref: REF,
  dissect: (tree, packet) => air(tree, packet),
};
export const BLUETOOTH_MEASURED: Layer = {
  name: "bluetooth-measured",
  title: "Bluetooth Low Energy",
  ref: REF,
  dissect: measured,
};
