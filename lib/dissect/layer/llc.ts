// LLC (IEEE 802.2) and SNAP (IEEE 802 9.5): what stands behind a length in place of an EtherType. Pure.
//   destination access point (8), source access point (8), control (8 or 16), SNAP: organization (24), protocol (16)
import { ACCESS_POINTS, etherTypeLayer, etherTypeName, osiLayer, SNAP_PROTOCOLS } from "../coding/numbers.ts";
import type { Layer, Next } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "IEEE 802.2 5.2";
const SUPERVISORY = ["receive ready", "receive not ready", "reject", "reserved"];
/** Modifier bits of unnumbered frames, poll bit left out (IEEE 802.2 5.4.1). */
const UNNUMBERED: Readonly<Record<number, string>> = {
  0x03: "unnumbered information",
  0x0f: "disconnected mode",
  0x43: "disconnect",
  0x63: "unnumbered acknowledgement",
  0x6f: "set asynchronous balanced mode extended",
  0x87: "frame reject",
  0xaf: "exchange identification",
  0xe3: "test",
};

const accessPoint = (value: number) => ACCESS_POINTS[value & 0xfe]?.[0] ?? "unknown";

/** The control field: 8 bits of unnumbered frames, else 16. Gives its name and whether data follow at once. */
function control(tree: Tree, response: boolean): [name: string, information: boolean] {
  const first = tree.reader.peek() ?? 0;
  const end = response ? "Final" : "Poll";
  if ((first & 3) === 3) {
    const name = UNNUMBERED[first & 0xef] ?? "unknown";
    tree.flags(
      "Control",
      1,
      [["Modifier", 0, 3], [end, 3, 1], ["Modifier", 4, 2], [
        "Format",
        6,
        2,
        () => "unnumbered",
      ]],
      REF,
      name,
    );
    return [name, (first & 0xef) === 3];
  }
  if ((first & 1) === 1) {
    const name = SUPERVISORY[(first >> 2) & 3]!;
    tree.flags(
      "Control",
      2,
      [
        ["Reserved", 0, 4],
        ["Function", 4, 2, SUPERVISORY],
        ["Format", 6, 2, () => "supervisory"],
        ["Receive number", 8, 7],
        [end, 15, 1],
      ],
      REF,
      name,
    );
    return [name, false];
  }
  tree.flags(
    "Control",
    2,
    [
      ["Send number", 0, 7],
      ["Format", 7, 1, () => "information"],
      ["Receive number", 8, 7],
      [end, 15, 1],
    ],
    REF,
    "information",
  );
  return ["information", true];
}

export const LLC: Layer = {
  name: "llc",
  title: "LLC",
  ref: "IEEE 802.2",
  dissect(tree, packet): Next | undefined {
    const to = tree.flags(
      "Destination access point",
      1,
      [
        ["Address", 0, 7],
        ["Group", 7, 1, (v) => v === 1 ? "a group" : "individual"],
      ],
      "IEEE 802.2 3.3",
      accessPoint(tree.reader.peek() ?? 0),
    );
    const from = tree.flags(
      "Source access point",
      1,
      [
        ["Address", 0, 7],
        ["Response", 7, 1, (v) => v === 1 ? "response" : "command"],
      ],
      "IEEE 802.2 3.3",
      accessPoint(tree.reader.peek() ?? 0),
    );
    // Novell's frames have no LLC: the packet of IPX begins with its checksum of ones.
    if (to === 0xff && from === 0xff) {
      packet.summary = "IPX without LLC";
      return { layer: "data", length: tree.remaining };
    }
    const [name, information] = control(tree, (from & 1) === 1);
    packet.summary = information ? accessPoint(to) : `${accessPoint(to)}, ${name}`;
    if (name === "exchange identification" && tree.remaining >= 3) {
      const ref = "IEEE 802.2 5.4.1.1.2";
      tree.u8("Format identifier", ref, { 0x81: "basic format" });
      tree.flags("Service classes", 1, [["Reserved", 0, 3], ["Classes", 3, 5, {
        1: "class I",
        3: "classes I and II",
        5: "classes I and III",
        7: "all classes",
      }]], ref);
      tree.flags("Receive window", 1, [["Frames", 0, 7], ["Reserved", 7, 1]], ref);
      return undefined;
    }
    if (!information) return { layer: "data", length: tree.remaining };
    const layer = (to & 0xfe) === 0xfe ? osiLayer(tree.reader.peek()) : ACCESS_POINTS[to & 0xfe]?.[1] ?? "data";
    return { layer, length: tree.remaining };
  },
};

export const SNAP: Layer = {
  name: "snap",
  title: "SNAP",
  ref: "IEEE 802 9.5",
  dissect(tree, packet) {
    const ref = "IEEE 802 9.5";
    const organization = tree.u24("Organization", ref, {
      0: "EtherType follows",
      0x00000c: "Cisco",
      0x0000f8: "EtherType follows (Cisco)",
      0x0080c2: "IEEE 802.1",
      0x080007: "Apple",
    });
    const known = SNAP_PROTOCOLS[organization];
    if (organization === 0 || organization === 0xf8) {
      const type = tree.u16("Protocol type", ref, etherTypeName);
      packet.summary = etherTypeName(type);
      return { layer: type >= 0x600 ? etherTypeLayer(type) : "data", length: tree.remaining };
    }
    const type = tree.u16("Protocol type", ref, (value) => known?.[value]?.[0] ?? "unknown");
    packet.summary = known?.[type]?.[0] ?? `protocol ${type} of ${organization}`;
    const layer = known?.[type]?.[1] ?? "data";
    // A frame with its checksum behind it (RFC 2684 5.2).
    const checked = organization === 0x0080c2 && type === 1 && tree.remaining >= 4;
    return {
      layer,
      length: tree.remaining - (checked ? 4 : 0),
      ...(checked ? { trailer: "Frame checksum" } : {}),
    };
  },
};
