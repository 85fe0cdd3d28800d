// IEEE 802.15.4 frames in a line (ZigBee, Thread, 6LoWPAN). Pure. IEEE 802.15.4-2020; the form is tcpdump's.
// Information elements stand in elements.ts, commands in commands.ts, what sniffers put before frames in sniffers.ts.
import { commandText, printCommand } from "./commands.ts";
import { headerElements, payloadElements } from "./elements.ts";
import { dumped, showsUnexplained } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { addressText, little, pendingAddresses, set, superframe } from "./parts.ts";

const TYPES = ["Beacon", "Data", "ACK", "Command", "Reserved", "Multipurpose", "Fragment", "Extended"];
/** Octets of an address by its mode; below 0 for the one that is reserved. */
const ADDRESSES = [0, -1, 2, 8];
/** Octets of a message integrity code by level of security. */
const CODES = [0, 4, 8, 16, 0, 4, 8, 16];

/** What is left of a frame while it is read. */
interface Rest {
  at: number;
  left: number;
}

/** Frames as a sniffer captured them. */
export function printWpan(l: Line, at: number): number {
  return frame(l, at, l.end - at);
}

/** Octets that nobody explains, where they are asked for. */
export function shown(l: Line, at: number, length: number): void {
  if (showsUnexplained(l)) dumped(l, at, length);
}

/** A frame of `size` octets; 1 when it could be read to its end. */
export function frame(l: Line, at: number, size: number): number {
  l.protocol = "802.15.4";
  if (size < 2) {
    l.text(" [|802.15.4]");
    return size;
  }
  const control = little(l, at), type = control & 7;
  l.text(`IEEE 802.15.4 ${TYPES[type]} packet `);
  if (type < 4) return plain(l, control, type, at, size);
  return type === 5 ? multipurpose(l, control, at, size) : 0;
}

function plain(l: Line, control: number, type: number, start: number, size: number): number {
  const version = control >> 12 & 3;
  const check = checked(l, start, size, size < 4 ? "none" : "both");
  const rest: Rest = { at: start, left: size - check.size };
  l.text(`v${version} `);
  const flags =
    "3 Security Enabled|4 Frame Pending|5 AR|6 PAN ID Compression|8 Sequence Number Suppression|9 IE present";
  if (l.verbose > 2) l.text(flagText(control, flags));
  const unnumbered = set(control, 8);
  if (unnumbered && version < 2) {
    l.text("[ERROR: Sequence number suppressed on frames where version < 2]");
  }
  if (!sequence(l, rest, unnumbered ? 2 : 3, !unnumbered, "seq suppressed ")) return 0;
  const to = ADDRESSES[control >> 10 & 3]!, from = ADDRESSES[control >> 14 & 3]!, compressed = set(control, 6);
  if (!modes(l, to, from)) return 0;
  if (version < 2 && compressed && (to === 0 || from === 0)) {
    l.text("[ERROR: PAN ID Compression != 0, and only one address with frame version < 2]");
  }
  let toPan = to > 0, fromPan = from > 0 && !compressed;
  if (version >= 2) {
    if (compressed) toPan = to === 0 ? from === 0 : from > 0 && !(to === 8 && from === 8);
    else if (from === 8 && to > 0) fromPan = false;
  }
  if (!target(l, rest, toPan, to)) return 0;
  if (fromPan) {
    if (rest.left < 2) return truncated(l, "dst_pan");
    l.text(`${hex(little(l, rest.at), 4)}:`);
    pass(rest, 2);
  } else l.text("-:");
  if (!address(l, rest, from)) return 0;
  l.text(" ");
  if (!body(l, rest, set(control, 3), set(control, 9), check)) return 0;
  if (type === 0 && version < 2 && !beacon(l, rest)) return 1;
  if (type === 3) {
    if (rest.left < 1) l.text("[ERROR: Truncated before Command ID]");
    else {
      const command = l.u8(rest.at);
      l.text(`Command ID = ${commandText(command)} `);
      pass(rest, 1);
      if (rest.left !== 0) pass(rest, Math.max(0, printCommand(l, command, rest.at, rest.left)));
    }
  }
  shown(l, rest.at, rest.left);
  return 1;
}

function multipurpose(l: Line, control: number, start: number, size: number): number {
  const check = checked(l, start, size, size < 3 ? "none" : size > 4 ? "both" : "short");
  const rest: Rest = { at: start, left: size - check.size };
  const long = set(control, 3);
  if (long) {
    l.text(`v${control >> 12 & 3} `);
    const flags =
      "9 Security Enabled|11 Frame Pending|14 AR|8 PAN ID Present|10 Sequence Number Suppression|15 IE present";
    if (l.verbose > 2) l.text(flagText(control, flags));
    const unnumbered = set(control, 10);
    if (!sequence(l, rest, unnumbered ? 2 : 3, !unnumbered, "")) return 0;
  } else {
    const number = l.u8(start + 1);
    pass(rest, 2);
    if (l.verbose > 0) l.text(`seq ${hex(number, 2)} `);
  }
  const to = ADDRESSES[control >> 4 & 3]!, from = ADDRESSES[control >> 6 & 3]!;
  if (!modes(l, to, from) || !target(l, rest, long && set(control, 8), to)) return 0;
  l.text(" -:");
  if (!address(l, rest, from)) return 0;
  l.text(" ");
  if (!body(l, rest, long && set(control, 9), long && set(control, 15), check)) return 0;
  shown(l, rest.at, rest.left);
  return 1;
}

function flagText(control: number, table: string): string {
  return table.split("|").map((entry) => {
    const blank = entry.indexOf(" ");
    return set(control, Number(entry.slice(0, blank))) ? `${entry.slice(blank + 1)}, ` : "";
  }).join("");
}

function pass(rest: Rest, count: number): void {
  rest.at += count;
  rest.left -= count;
}

function truncated(l: Line, what: string): 0 {
  l.text(`[ERROR: Truncated before ${what}]`);
  return 0;
}

/** The control octets and the sequence number; `false` when they are cut. */
function sequence(l: Line, rest: Rest, count: number, numbered: boolean, without: string): boolean {
  const number = numbered ? l.u8(rest.at + 2) : 0;
  if (l.verbose > 0) l.text(numbered ? `seq ${hex(number, 2)} ` : without);
  if (rest.left < count) {
    l.text(" [|802.15.4]");
    return false;
  }
  pass(rest, count);
  return true;
}

function modes(l: Line, to: number, from: number): boolean {
  if (from < 0) l.text("[ERROR: Invalid src address mode]");
  else if (to < 0) l.text("[ERROR: Invalid dst address mode]");
  return from >= 0 && to >= 0;
}

/** `1234:0001 < `: network and address of the receiver. */
function target(l: Line, rest: Rest, pan: boolean, size: number): boolean {
  if (pan) {
    if (rest.left < 2) return truncated(l, "dst_pan") !== 0;
    l.text(`${hex(little(l, rest.at), 4)}:`);
    pass(rest, 2);
  } else l.text("-:");
  if (!address(l, rest, size)) return false;
  l.text(" < ");
  return true;
}

function address(l: Line, rest: Rest, size: number): boolean {
  if (rest.left < size) return truncated(l, "dst_addr") !== 0;
  l.text(addressText(l, rest.at, size));
  pass(rest, size);
  return true;
}

/** Security, information elements and the check of a frame; `false` when they break off. */
function body(l: Line, rest: Rest, secured: boolean, elements: boolean, check: Check): boolean {
  let level = 0;
  if (secured) {
    const used = security(l, rest.at, rest.left);
    if (used.size < 0) return false;
    l.must(rest.at, used.size);
    level = used.level;
    pass(rest, used.size);
  }
  const code = CODES[level]!;
  if (rest.left < code) return truncated(l, "MIC") !== 0;
  rest.left -= code;
  const codeAt = rest.at + rest.left;
  let more = false;
  if (elements) {
    const found = headerElements(l, rest.at, rest.left);
    if (found.size < 0) return false;
    pass(rest, found.size);
    more = found.more;
  }
  if (more && level >= 4) l.text("Payload IEs present, but encrypted, cannot print ");
  else if (more) {
    const used = payloadElements(l, rest.at, rest.left);
    if (used < 0) return false;
    pass(rest, used);
  }
  if (l.verbose <= 2) return true;
  if (code !== 0) l.text(`\n\tMIC ${l.hexText(codeAt, code)} `);
  if (check.stands === check.right) l.text(`FCS ${hex(check.stands)} `);
  else l.text(`wrong FCS ${hex(check.stands)} vs ${hex(check.right)} (assume no FCS stored) `);
  return true;
}

/** The auxiliary security header: its octets, below 0 when it is cut. */
function security(l: Line, at: number, left: number): { size: number; level: number } {
  const cut = (what: string) => {
    truncated(l, what);
    return { size: -1, level: 0 };
  };
  if (left < 1) return cut("Aux Security Header");
  const control = l.u8(at), level = control & 7, mode = control >> 3 & 3;
  let size = 1;
  if (l.verbose > 0) l.text(`\n\tSecurity Level ${level}, Key Id Mode ${mode}, `);
  const word = (from: number) => hex(little(l, from, 4), 8);
  if (!set(control, 5)) {
    if (left - size < 4) return cut("Frame Counter");
    if (l.verbose > 1) l.text(`Frame Counter 0x${word(at + size)} `);
    size += 4;
  }
  if (mode === 0) {
    if (l.verbose > 1) l.text("Implicit");
    return { size, level };
  }
  if (mode > 1) {
    // A source of eight octets is passed by four, and a letter is printed for nothing, as tcpdump has it.
    if (left - size < (mode === 2 ? 4 : 8)) return cut("Key Source");
    const from = at + size;
    if (l.verbose > 1 && mode === 2) {
      l.text(`KeySource 0x${hex(little(l, from), 4)}:${hex(little(l, from + 2))}4x, `);
    } else if (l.verbose > 1) l.text(`KeySource ${addressText(l, from, 8)}, `);
    size += 4;
  }
  if (left - size < 1) return cut("Key Index");
  if (l.verbose > 1) l.text(`KeyIndex 0x${hex(l.u8(at + size), 2)}, `);
  return { size: size + 1, level };
}

/** A beacon's announcements; `false` when they break off. */
function beacon(l: Line, rest: Rest): boolean {
  if (rest.left < 2) return truncated(l, "beacon information") !== 0;
  l.text(superframe(l, little(l, rest.at)));
  pass(rest, 2);
  if (rest.left < 1) return truncated(l, "GTS info") !== 0;
  const slots = guaranteed(l, rest.at, rest.left);
  if (slots < 0) return false;
  pass(rest, slots);
  if (rest.left < 1) return truncated(l, "pending addresses") !== 0;
  const pending = pendingAddresses(l, rest.at, rest.left);
  if (pending < 0) return false;
  l.must(rest.at, pending);
  pass(rest, pending);
  return true;
}

function guaranteed(l: Line, at: number, left: number): number {
  const count = l.u8(at) & 7, size = 2 + count * 3;
  if (count === 0) {
    if (l.verbose > 0) l.text("\n\tGTS Descriptor Count = 0, ");
    return 1;
  }
  if (left < size) {
    l.text(" [ERROR: Truncated GTS Info List]");
    return -1;
  }
  if (l.verbose < 2) return size;
  l.text(`GTS Descriptor Count = ${count}, GTS Directions Mask = ${hex(l.u8(at + 1) & 0x7f, 2)}, [ `);
  for (let i = 0; i < count; i++) {
    const from = at + 2 + i * 3, slot = l.u8(from + 1);
    l.text(`[ ${addressText(l, from, 2)}, Start slot = ${slot & 15}, Length = ${slot >> 4} ] `);
  }
  l.text("]");
  return size;
}

/** The check at the end of a frame: how long it is, 0 when there is none, what stands there and what would be right. */
interface Check {
  readonly size: number;
  readonly stands: number;
  readonly right: number;
}

function checked(l: Line, at: number, size: number, kinds: "none" | "short" | "both"): Check {
  if (kinds === "none") return { size: 0, stands: 0, right: 0 };
  if (kinds === "both") {
    const end = at + size - 4,
      stands = little(l, end, 4),
      right = check32(l, at, size - 4);
    if (stands === right) return { size: 4, stands, right };
  }
  const stands = little(l, at + size - 2), right = check16(l, at, size - 2);
  return { size: stands === right ? 2 : 0, stands, right };
}

/** CRC of ITU-T, octets from their lowest bit. */
function check16(l: Line, at: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum ^= l.u8(at + i);
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) !== 0 ? sum >>> 1 ^ 0x8408 : sum >>> 1;
  }
  return sum;
}

/** CRC-32 that begins with 0 and ends as it is, as tcpdump computes it. */
function check32(l: Line, at: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum ^= l.u8(at + i);
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) !== 0 ? sum >>> 1 ^ 0xedb88320 : sum >>> 1;
  }
  return sum >>> 0;
}
