// RADIUS in a line, with -v the attributes. Pure. RFC 2865 and the RFCs of the attributes; the form is tcpdump's.
// To add an attribute: a line in `ATTRIBUTES` (radius_attributes.ts); its form says how the value is written.
import { clockText, localClock, twoDigits } from "../core/time.ts";
import { printEap } from "../link/eap.ts";
import { unknownData } from "../core/hexdump.ts";
import { bitNames, hex, type Line, TRUNCATED } from "../core/line.ts";
import { ENTERPRISES } from "../core/names.ts";
import { ntpTimeText } from "./ntp.ts";
import { ATTRIBUTES, ERROR_CAUSES, type Form } from "./radius_attributes.ts";
import { names } from "../core/table.ts";

const CODES = names(
  "1 Access-Request|Access-Accept|Access-Reject|Accounting-Request|Accounting-Response|11 Access-Challenge|" +
    "Status-Server|Status-Client|40 Disconnect-Request|Disconnect-ACK|Disconnect-NAK|CoA-Request|CoA-ACK|CoA-NAK|" +
    "255 Reserved",
);
const VLAN_TAGS = names("49 Tagged|Untagged");
const OPERATORS = names("48 TADIG|REALM|E212|ICC");
const MOBILITY = [
  [1, "MIP6_INTEGRATED"],
  [2, "LOCAL_HOME_AGENT_ASSIGNMENT"],
  [2 ** 40, "PMIP6_SUPPORTED"],
  [2 ** 41, "IP4_HOA_SUPPORTED"],
  [2 ** 42, "LOCAL_MAG_ROUTING_SUPPORTED"],
  [2 ** 43, "ASSIGN_LOCAL_IP"],
  [2 ** 44, "MIP4_SUPPORTED"],
  [2 ** 45, "OPTIMIZED_IDLE_MODE_MOBILITY"],
  [2 ** 46, "GTPv2_SUPPORTED"],
  [2 ** 47, "IP4_TRANSPORT_SUPPORTED"],
  [2 ** 48, "IP4_HOA_ONLY_SUPPORTED"],
  [2 ** 49, "INTER_MAG_ROUTING_SUPPORTED"],
] as const;
const POLICY: (readonly [number, string])[] = [
  ...Array.from({ length: 15 }, (_, i) => [1 << i, `MBZ-${15 - i}`] as const),
  [0x8000, "Retransmission Allowed"],
];

/** A message of `length` octets at `at`. */
export function printRadius(l: Line, at: number, length: number): void {
  l.protocol = "radius";
  l.need(at, 20);
  const code = l.u8(at), size = Math.min(l.u16(at + 2), length);
  if (l.u16(at + 2) < 20) l.cut();
  const name = `${CODES[code] ?? "Unknown Command"} (${code}), id: 0x${hex(l.u8(at + 1), 2)}`;
  if (l.verbose < 1) return l.text(`RADIUS, ${name} length: ${size}`);
  l.text(`RADIUS, length: ${size}\n\t${name}, Authenticator: ${l.hexText(at + 4, 16)}`);
  attributes(l, at + 20, at + size);
}

function attributes(l: Line, at: number, end: number): void {
  while (at < end) {
    if (end - at < 2) l.cut();
    l.need(at, 2);
    const type = l.u8(at), length = l.u8(at + 1);
    const known = ATTRIBUTES[type];
    l.text(`\n\t  ${known?.[0] ?? "Unknown"} Attribute (${type}), length: ${length}`);
    if (length < 2) return l.text(" (bogus, must be >= 2)");
    if (length > end - at) return l.text(" (bogus, goes past end of packet)");
    l.text(", Value: ");
    if (known !== undefined && length > 2) {
      try {
        value(l, type, known[1], known[2], at + 2, length - 2);
      } catch (error) {
        // A value asked for as a whole: what comes behind it is told all the same.
        if (error !== TRUNCATED || !l.checked) throw error;
        l.checked = false;
        l.text(" [|radius]");
      }
    }
    if (l.verbose > 1) unknownData(l, at + 2, "\n\t    ", length - 2);
    at += length;
  }
}

function value(
  l: Line,
  type: number,
  form: Form,
  words: Readonly<Record<number, string>> | undefined,
  at: number,
  length: number,
): void {
  const size = { number: 4, address: 4, address6: 16, time: 4, vector: 8, home: 17 } as Partial<Record<Form, number>>;
  const wanted = size[form];
  if (wanted !== undefined && length !== wanted) return l.text(`ERROR: length ${length} != ${wanted}`);
  switch (form) {
    case "text":
      return text(l, type, at, length);
    case "number":
      return number(l, type, words, at);
    case "address": {
      const address = l.u32(at);
      const special = type === 8 || type === 14;
      if (special && address === 0xffff_ffff) return l.text("User Selected");
      if (special && address === 0xffff_fffe) return l.text("NAS Select");
      return l.ip4(at);
    }
    case "address6":
      return l.ip6(at);
    case "prefix6":
      return prefix(l, at, length);
    case "home":
      l.need(at, length);
      if (l.u8(at) > 128) return l.text(`ERROR: netmask ${l.u8(at)} not in range (0..128)`);
      return l.text(`${l.ip6Text(at + 1)}/${l.u8(at)}`);
    case "time":
      return l.text(timeText(l.u32(at)));
    case "vector": {
      l.text("[");
      const bits = l.u64(at);
      return l.text(`${MOBILITY.filter(([bit]) => (bits & BigInt(bit)) !== 0n).map(([, word]) => word).join(", ")}]`);
    }
    case "vendor":
      return vendor(l, at, length);
    case "operator":
      l.need(at, length);
      if (length < 2) return l.text(`ERROR: length ${length} < 2`);
      l.text(`[${OPERATORS[l.u8(at)] ?? `unknown namespace ${l.u8(at)}`}] `);
      return l.octets(at + 1, length - 1);
    case "location":
      return location(l, at, length);
    case "place":
      l.need(at, length);
      if (length < 3) return l.text(`ERROR: length ${length} < 3`);
      l.text(`index ${l.u16(at)}, location`);
      return places(l, at + 2, length - 2);
    case "policy":
      l.need(at, length);
      if (length < 10) return l.text(`ERROR: length ${length} < 10`);
      l.text(`flags [${bitNames(POLICY, l.u16(at), "none")}], retention expires ${ntpTimeText(l, at + 2)}`);
      if (length > 10) {
        l.text(', note well "');
        l.octets(at + 10, length - 10);
        l.text('"');
      }
      return;
    case "strange":
      return strange(l, type, at, length);
  }
}

/** Text with points for what does not print, up to a NUL; some attributes have a tag before it. RFC 2868. */
function text(l: Line, type: number, at: number, length: number): void {
  l.need(at, length);
  const end = at + length;
  switch (type) {
    case 69: {
      if (length < 3) l.cut();
      const tag = l.u8(at++);
      l.text(tag > 0 && tag <= 0x1f ? `Tag[${tag}] ` : "Tag[Unused] ");
      l.text(`Salt ${l.u16(at)} `);
      at += 2;
      break;
    }
    case 66:
    case 67:
    case 81:
    case 82:
    case 90:
    case 91: {
      const tag = l.u8(at);
      if (tag > 0x1f) break;
      l.text(tag === 0 ? "Tag[Unused] " : `Tag[${tag}] `);
      at++;
      break;
    }
    case 58:
      l.text(`${VLAN_TAGS[l.u8(at)] ?? "Unknown tag"} (0x${hex(l.u8(at), 2)}) `);
      at++;
      break;
    case 79:
      return printEap(l, at, length);
  }
  printable(l, at, end, true);
}

function printable(l: Line, at: number, end: number, terminated: boolean): void {
  for (; at < end; at++) {
    const octet = l.u8(at);
    if (octet === 0 && terminated) return;
    l.out.char(octet >= 32 && octet < 127 ? octet : 46);
  }
}

function number(l: Line, type: number, words: Readonly<Record<number, string>> | undefined, at: number): void {
  if (type === 56) {
    l.text(`${VLAN_TAGS[l.u8(at)] ?? "Unknown tag"} (0x${hex(l.u8(at), 2)}) `);
    return l.text(String(l.u24(at + 1)));
  }
  const full = l.u32(at);
  const tag = l.u8(at) === 0 ? "Tag[Unused] " : `Tag[${l.u8(at)}] `;
  if (words !== undefined) {
    const tagged = type === 64 || type === 65;
    const found = tagged ? l.u24(at + 1) : full;
    return l.text(`${tagged ? tag : ""}${words[found] ?? `#${found}`}`);
  }
  switch (type) {
    case 23:
      return l.text(full === 0xffff_fffe ? "NAS Select" : String(full));
    case 27:
    case 28:
    case 41:
    case 46:
    case 85:
      return l.text(durationText(full));
    case 37:
      return l.text(full === 0 ? "Unnumbered" : String(full));
    case 38:
      return l.text(full === 0 ? "NAS assigned" : String(full));
    case 83:
      return l.text(`${tag}${l.u24(at + 1)}`);
  }
  l.text(String(full));
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${twoDigits(seconds)} secs`;
  return seconds < 3600 ? `${clockText(seconds).slice(3)} min` : `${clockText(seconds)} hours`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As ctime() of C has it, in local time. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)}`;
  return `${day} ${localClock(date)} ${date.getFullYear()}`;
}

function prefix(l: Line, at: number, length: number): void {
  if (length < 2 || length > 18) return l.text(`ERROR: length ${length} not in range (2..18)`);
  l.need(at, length);
  const bits = l.u8(at + 1);
  if (bits > 128) return l.text(`ERROR: netmask ${bits} not in range (0..128)`);
  const address = new Uint8Array(16);
  address.set(l.bytes.subarray(at + 2, at + length));
  l.out.ip6(address, 0);
  l.text(`/${bits}${bits > 8 * (length - 2) ? " (inconsistent prefix length)" : ""}`);
}

function vendor(l: Line, at: number, length: number): void {
  if (length < 4) l.cut();
  const id = l.u32(at), end = at + length;
  l.text(`Vendor: ${ENTERPRISES[id] ?? "Unknown"} (${id})`);
  at += 4;
  while (end - at >= 2) {
    const type = l.u8(at), size = l.u8(at + 1);
    const head = `\n\t    Vendor Attribute: ${type}, Length: `;
    if (size < 2) return l.text(`${head}${size} (bogus, must be >= 2)`);
    if (size > end - at) return l.text(`${head}${size} (bogus, goes past end of vendor-specific attribute)`);
    l.need(at + 2, size - 2);
    l.text(`${head}${size - 2}, Value: `);
    printable(l, at + 2, at + size, false);
    at += size;
  }
}

/** RFC 5580 4.2. */
function location(l: Line, at: number, length: number): void {
  l.need(at, length);
  if (length < 21) return l.text(`ERROR: length ${length} < 21`);
  const code = l.u8(at + 2), entity = l.u8(at + 3);
  l.text(`index ${l.u16(at)}, code ${["Civic", "Geospatial"][code] ?? `Unknown (${code})`}, entity `);
  l.text(`${["User", "RADIUS"][entity] ?? `Unknown (${entity})`}, sighting time ${ntpTimeText(l, at + 4)}, `);
  l.text(`time to live ${ntpTimeText(l, at + 12)}, method "`);
  l.octets(at + 20, length - 20);
  l.text('"');
}

/** Octets in hex and as text, sixteen a row. */
function places(l: Line, at: number, length: number): void {
  for (let row = 0; row < length; row += 16) {
    const count = Math.min(16, length - row);
    let digits = "", seen = "";
    for (let i = 0; i < count; i++) {
      const octet = l.u8(at + row + i);
      digits += `${i % 2 === 0 ? " " : ""}${hex(octet, 2)}`;
      seen += octet > 32 && octet < 127 ? String.fromCharCode(octet) : ".";
    }
    l.text(`\n\t    0x${hex(row, 4)}: ${digits.padEnd(40)}  ${seen}`);
  }
}

function strange(l: Line, type: number, at: number, length: number): void {
  const digits = (from: number, count: number) => l.hexText(from, count).toUpperCase();
  switch (type) {
    case 70:
      if (length !== 16) return l.text(`ERROR: length ${length} != 16`);
      return l.text(`User_challenge (${digits(at, 8)}) User_resp(${digits(at + 8, 8)})`);
    case 71:
      if (length !== 14) return l.text(`ERROR: length ${length} != 14`);
      l.text(`User ${l.u8(at) === 0 ? "cannot" : "can"} change password, Min password length: ${l.u8(at + 1)}`);
      l.text(`, created at: ${digits(at + 2, 4)}, expires in: ${digits(at + 6, 4)}`);
      return l.text(`, Current Time: ${digits(at + 10, 4)}`);
    case 84:
      if (length < 8) return l.text(`ERROR: length ${length} != 8`);
      return l.text(digits(at, 8));
    case 101: {
      if (length !== 4) return l.text(`Error: length ${length} != 4`);
      const cause = l.u32(at);
      return l.text(`Error cause ${cause}: ${ERROR_CAUSES[cause] ?? `Error-Cause ${cause} not known`}`);
    }
  }
}
