// BFD: whether the path to a neighbor works (RFC 5880; over UDP RFC 5881, RFC 5883, RFC 7130). Pure.
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "RFC 5880 4.1";
const DIAGNOSTICS: Readonly<Record<number, string>> = {
  0: "no diagnostic",
  1: "control detection time expired",
  2: "echo function failed",
  3: "neighbor signaled session down",
  4: "forwarding plane reset",
  5: "path down",
  6: "concatenated path down",
  7: "administratively down",
  8: "reverse concatenated path down",
};
const STATES = ["administratively down", "down", "initializing", "up"];
const AUTHENTICATION: Readonly<Record<number, string>> = {
  1: "password in clear",
  2: "keyed MD5",
  3: "meticulous keyed MD5",
  4: "keyed SHA-1",
  5: "meticulous keyed SHA-1",
};
const interval = (us: number) => `${us / 1000} ms`;

function bfd(tree: Tree): Words {
  const first = tree.flags(
    "Version and diagnostic",
    1,
    [
      ["Version", 0, 3],
      ["Diagnostic", 3, 5, DIAGNOSTICS],
    ],
    REF,
    "",
  );
  const second = tree.flags("State and flags", 1, [
    ["State", 0, 2, STATES],
    ["Poll", 2, 1],
    ["Final", 3, 1],
    ["Control plane independent", 4, 1],
    ["Authentication present", 5, 1],
    ["Demand", 6, 1],
    ["Multipoint", 7, 1],
  ], REF);
  const state = STATES[second >> 6]!;
  const summary = `BFD ${state}${
    (first & 31) === 0 ? "" : `, ${DIAGNOSTICS[first & 31] ?? `diagnostic ${first & 31}`}`
  }${(second & 0x20) !== 0 ? ", poll" : (second & 0x10) !== 0 ? ", final" : ""}`;
  tree.said = { summary };
  tree.u8("Detection multiplier", REF);
  tree.u8("Length", REF);
  const mine = tree.u32("My discriminator", REF);
  const yours = tree.u32("Your discriminator", REF, (v) => v === 0 ? "not known yet" : undefined);
  tree.u32("Desired minimum transmit interval", REF, interval);
  tree.u32("Required minimum receive interval", REF, interval);
  tree.u32("Required minimum echo receive interval", REF, (us) => us === 0 ? "wants no echo packets" : interval(us));
  if ((second & 4) !== 0) {
    const ref = "RFC 5880 4.2";
    tree.group("Authentication", (group) => {
      const type = tree.u8("Authentication type", ref, AUTHENTICATION);
      const length = tree.u8("Authentication length", ref);
      group.meaning = AUTHENTICATION[type] ?? `type ${type}`;
      tree.u8("Key ID", ref);
      tree.within("Authentication data", Math.max(0, length - 3), (part) => {
        if (type === 1 && part.remaining > 0) {
          part.text("Password", part.remaining, ref);
          part.last.secret = true;
        } else if (type >= 2 && type <= 5) {
          const where = type <= 3 ? "RFC 5880 4.3" : "RFC 5880 4.4";
          part.u8("Reserved", where);
          part.u32("Sequence number", where);
          part.rest("Digest", where);
        } else part.rest("Data", ref);
      });
    }, { ref });
  }
  return { summary: `${summary}, ${mine} to ${yours}` };
}

/** Whether a datagram is a control packet: its own length stands in it. */
const fits = (bytes: Uint8Array) =>
  bytes.length >= 24 && bytes[0]! >> 5 === 1 && bytes[3]! >= 24 && bytes[3]! <= bytes.length;

export const BFD: Protocol = {
  name: "bfd",
  title: "BFD",
  ref: "RFC 5880",
  udp: [3784, 4784, 6784],
  fits,
  datagram: bfd,
};

/** What a system sends to itself by way of its neighbor is its own business (RFC 5880 5). */
function echo(tree: Tree): Words {
  const count = tree.remaining;
  tree.rest("Echoed data", "RFC 5880 5");
  return { summary: `BFD echo, ${counted(count, "octet")}` };
}

export const BFD_ECHO: Protocol = { name: "bfd-echo", title: "BFD echo", ref: "RFC 5880", udp: [3785], datagram: echo };
