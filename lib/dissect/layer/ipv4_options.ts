// Options of IPv4 (RFC 791 3.1; IANA "IP Option Numbers"). To add one: a line in `OPTIONS`. Pure.
import { readShape, type Shape } from "../coding/shape.ts";
import { midnight } from "../coding/words.ts";
import type { Tree } from "../tree.ts";

const REF = "RFC 791 3.1";

/** Addresses of a route: those before the pointer are used. */
const route: Shape = (tree) => {
  const start = tree.offset;
  const pointer = tree.u8("Pointer", REF);
  const words: string[] = [];
  while (tree.remaining >= 4) {
    const unused = tree.offset - start + 3 >= pointer;
    const address = tree.ip("Address", 4, REF, () => unused ? "not used yet" : undefined);
    if (!unused) words.push(address);
  }
  return words.join(", ");
};

const OVERFLOW = ["timestamps only", "addresses and timestamps", "reserved", "for the addresses given"] as const;
const timestamps: Shape = (tree) => {
  tree.u8("Pointer", REF);
  const flags = tree.flags(
    "Overflow and flag",
    1,
    [["Overflow", 0, 4, (n) => `${n} routers had no room`], ["Flag", 4, 4, {
      0: OVERFLOW[0],
      1: OVERFLOW[1],
      3: OVERFLOW[3],
    }]],
    REF,
    "",
  ) & 15;
  while (tree.remaining >= 4) {
    if (flags !== 0) tree.ip("Address", 4, REF);
    if (tree.remaining >= 4) tree.u32("Timestamp", REF, midnight);
  }
  return undefined;
};

/** Labels of CIPSO (FIPS 188): domain of interpretation, then tags. */
const commercial: Shape = (tree) => {
  const ref = "FIPS 188";
  tree.u32("Domain of interpretation", ref);
  while (tree.remaining >= 2) {
    tree.group("Tag", () => {
      const type = tree.u8("Tag type", ref, {
        1: "bit map",
        2: "enumerated",
        5: "ranged",
        6: "permissive bit map",
        7: "free form",
      });
      const length = tree.u8("Tag length", ref);
      tree.within("Tag", Math.max(0, length - 2), (part) => {
        if (type >= 1 && type <= 5 && part.remaining >= 2) {
          part.u8("Alignment", ref);
          part.u8("Sensitivity level", ref);
        }
        part.rest(type === 1 ? "Categories" : "Value", ref);
      });
    }, { ref });
  }
  return undefined;
};

/** Type, with its copy bit and class: name, where it is defined, value. */
const OPTIONS: Readonly<Record<number, readonly [name: string, ref: string, shape?: Shape]>> = {
  0: ["End of options", REF],
  1: ["No operation", REF],
  7: ["Record route", REF, route],
  11: ["MTU probe", "RFC 1063", [["MTU", "u16"]]],
  12: ["MTU reply", "RFC 1063", [["MTU", "u16"]]],
  25: ["Quick-start", "RFC 4782 3.1", [
    ["Function and rate", 1, [["Function", 0, 4, { 0: "request", 8: "report" }], [
      "Rate",
      4,
      4,
    ]]],
    ["TTL", "u8"],
    ["Nonce", "u32"],
  ]],
  30: ["Experiment", "RFC 4727 2.5"],
  68: ["Timestamp", REF, timestamps],
  82: ["Traceroute", "RFC 1393 2.2", [["Identifier", "u16"], ["Outbound hops", "u16"], ["Return hops", "u16"], [
    "Originator",
    "ip4",
  ]]],
  94: ["Experiment", "RFC 4727 2.5"],
  130: ["Security", "RFC 1108 2", [["Classification", "u8", {
    0x3d: "top secret",
    0x5a: "secret",
    0x96: "confidential",
    0xab: "unclassified",
  }], ["Protection authority", "rest"]]],
  131: ["Loose source route", REF, route],
  133: ["Extended security", "RFC 1108 3", [["Format code", "u8"], ["Information", "rest"]]],
  134: ["Commercial security", "FIPS 188", commercial],
  136: ["Stream identifier", REF, [["Stream", "u16"]]],
  137: ["Strict source route", REF, route],
  145: ["Extended internet protocol", "RFC 1385"],
  147: ["Address extension", "RFC 1475 8.1.1"],
  148: ["Router alert", "RFC 2113", [[
    "Value",
    "u16",
    (v) => v === 0 ? "every router examines the packet" : v <= 65502 ? "assigned (RFC 5350)" : "experimental",
  ]]],
  149: ["Selective directed broadcast", "RFC 1770 4", [["Address", "ip4s"]]],
  151: ["Dynamic packet state", "RFC 6814"],
  152: ["Upstream multicast packet", "RFC 6814"],
  158: ["Experiment", "RFC 4727 2.5"],
  222: ["Experiment", "RFC 4727 2.5"],
};
const CLASSES = ["control", "reserved", "debugging and measurement", "reserved"];

/** One option; gives its type. */
function option(tree: Tree): number {
  const type = tree.reader.peek()!;
  const [name, ref, shape] = OPTIONS[type] ?? [`Option ${type}`, REF];
  tree.group(name, (group) => {
    tree.flags(
      "Type",
      1,
      [
        ["Copied", 0, 1, (v) => v === 1 ? "into all fragments" : "into the first fragment only"],
        ["Class", 1, 2, CLASSES],
        ["Number", 3, 5],
      ],
      REF,
      OPTIONS[type] === undefined ? "unknown" : name.toLowerCase(),
    );
    if (type <= 1) return;
    const length = tree.u8("Length", ref);
    const words = tree.within(name, Math.max(0, length - 2), (part) => readShape(part, group, shape, ref));
    if (words !== undefined && words !== "") group.meaning = words;
  }, { ref });
  return type;
}

/** The options in `length` octets. */
export function ipv4Options(tree: Tree, length: number): void {
  tree.part("Options", length, (part) => {
    while (part.remaining > 0 && option(part) !== 0);
    part.rest("Padding", REF);
  }, REF);
}
