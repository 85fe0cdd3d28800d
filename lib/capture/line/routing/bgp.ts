// BGP over TCP, with -v its messages. Pure. RFC 4271; the form is tcpdump's.
// To add a message: its name in `MESSAGES` and its case in `message`.
import { attributeHead, printAttribute, SUBSEQUENT_FAMILIES } from "./bgp_attributes.ts";
import { asText, hasPaths, prefix, Short, want } from "./bgp_routes.ts";
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line, type Names } from "../core/line.ts";
import { ADDRESS_FAMILIES } from "../core/names.ts";
import { names } from "../core/table.ts";

const MESSAGES = names("1 Open|Update|Notification|Keepalive|Route Refresh");
const CAPABILITIES = names(
  "1 Multiprotocol Extensions|Route Refresh|Cooperative Route Filtering|Multiple Routes to a Destination|" +
    "Extended Next Hop Encoding|8 Multiple Labels|64 Graceful Restart|32-Bit AS Number|67 Dynamic Capability|" +
    "Multisession BGP|Multiple Paths|Enhanced Route Refresh|Long-lived Graceful Restart|128 Route Refresh (Cisco)",
);
const ERRORS = names(
  "1 Message Header Error|OPEN Message Error|UPDATE Message Error|Hold Timer Expired|Finite State Machine Error|Cease|" +
    "Capability Message Error",
);
/** What an error is in detail, by its number. */
const DETAILS: Readonly<Record<number, Names>> = {
  1: names("1 Connection Not Synchronized|Bad Message Length|Bad Message Type"),
  2: names(
    "1 Unsupported Version Number|Bad Peer AS|Bad BGP Identifier|Unsupported Optional Parameter|Authentication Failure|" +
      "Unacceptable Hold Time|Capability Message Error",
  ),
  3: names(
    "1 Malformed Attribute List|Unrecognized Well-known Attribute|Missing Well-known Attribute|Attribute Flags Error|" +
      "Attribute Length Error|Invalid ORIGIN Attribute|AS Routing Loop|Invalid NEXT_HOP Attribute|" +
      "Optional Attribute Error|Invalid Network Field|Malformed AS_PATH",
  ),
  5: names("0 Unspecified Error|In OpenSent State|In OpenConfirm State|In Established State"),
  6: names(
    "1 Maximum Number of Prefixes Reached|Administrative Shutdown|Peer Unconfigured|Administrative Reset|" +
      "Connection Rejected|Other Configuration Change|Connection Collision Resolution",
  ),
  7: names(
    "1 Invalid Action Value|Invalid Capability Length|Malformed Capability Value|Unsupported Capability Code",
  ),
};
const HEADER = 19;

/** Messages among the octets from `at` to the end of what was captured. */
export function printBgp(l: Line, at: number): void {
  l.protocol = "bgp";
  l.text(": BGP");
  if (l.verbose === 0) return;
  let seen = at;
  while (at < l.end) {
    if (l.bytes[at] !== 0xff) {
      at++;
      continue;
    }
    if (!l.has(at, 16)) return;
    if (!isMarker(l, at)) {
      at++;
      continue;
    }
    if (!l.has(at, HEADER)) return l.text(" [|bgp]");
    if (seen !== at) l.text(" [|bgp]");
    const length = l.u16(at + 16);
    if (length < HEADER) return l.text(`\nmessage length ${length} < ${HEADER} (invalid)`);
    if (!l.has(at, length)) return l.text(`\n[|BGP ${MESSAGES[l.u8(at + 18)] ?? "Unknown Message Type"}]`);
    message(l, at, length);
    at += length;
    seen = at;
  }
}

function isMarker(l: Line, at: number): boolean {
  for (let i = 0; i < 16; i++) if (l.bytes[at + i] !== 0xff) return false;
  return true;
}

function message(l: Line, at: number, length: number): void {
  const type = l.u8(at + 18);
  l.text(`\n\t${MESSAGES[type] ?? "Unknown"} Message (${type}), length: ${length}`);
  try {
    switch (type) {
      case 1:
        return open(l, at, length);
      case 2:
        return update(l, at + HEADER, at + length);
      case 3:
        return notification(l, at + HEADER, length - HEADER);
      case 4:
        return;
      case 5:
        if (length < 23) return;
        l.text(`\n\t  ${familyText(l, at + HEADER, 3)}`);
        if (l.verbose > 1) unknownData(l, at, "\n\t  ", length);
        return;
    }
    l.text(`\n\t  no Message ${type} decoder`);
    unknownData(l, at, "\n\t  ", length);
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    l.text(" [|bgp]");
  }
}

/** A family at `at` and its part, `apart` octets on. */
function familyText(l: Line, at: number, apart: number): string {
  const family = l.u16(at), part = l.u8(at + apart);
  return `AFI ${ADDRESS_FAMILIES[family] ?? "Unknown"} (${family}), SAFI ${
    SUBSEQUENT_FAMILIES[part] ?? "Unknown"
  } (${part})`;
}

function open(l: Line, at: number, length: number): void {
  if (length < 29) throw new Short();
  l.text(`\n\t  Version ${l.u8(at + 19)}, my AS ${asText(l, l.u16(at + 20))}, Holdtime ${l.u16(at + 22)}s, `);
  const size = l.u8(at + 28);
  l.text(`ID ${l.ip4Text(at + 24)}\n\t  Optional parameters, length: ${size}`);
  const options = at + 29;
  for (let i = 0; i < size;) {
    want(l, options + i, 2);
    if (length - 29 < 2 + i) throw new Short();
    const type = l.u8(options + i), octets = l.u8(options + i + 1);
    if (2 + i + octets > size) {
      return l.text(`\n\t     Option ${type}, length: ${octets}, goes past the end of the options`);
    }
    const name = names("1 Authentication Information|Capabilities Advertisement")[type] ?? "Unknown";
    l.text(`\n\t    Option ${name} (${type}), length: ${octets}`);
    if (type === 2) capabilities(l, options + i + 2, octets);
    else l.text(`\n\t      no decoder for option ${type}`);
    i += 2 + octets;
  }
}

function capabilities(l: Line, at: number, length: number): void {
  try {
    for (const end = at + length; at < end;) {
      want(l, at, 2);
      const type = l.u8(at), size = l.u8(at + 1);
      l.text(`\n\t      ${CAPABILITIES[type] ?? "Unknown"} (${type}), length: ${size}`);
      want(l, at + 2, size);
      if (!capability(l, type, at + 2, size)) return;
      if (l.verbose > 1 && size !== 0) unknownData(l, at + 2, "\n\t\t", size);
      at += 2 + size;
    }
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    l.text(" [|bgp]");
  }
}

/** `false` when nothing after it can be read. RFC 5492. */
function capability(l: Line, type: number, at: number, length: number): boolean {
  const least = type === 1 || type === 65 ? 4 : type === 64 ? 2 : 0;
  if (length < least) {
    l.text(` (too short, < ${least})`);
    return false;
  }
  switch (type) {
    case 1:
      l.text(`\n\t\t${familyText(l, at, 3)}`);
      return true;
    case 2:
    case 71:
    case 128:
      return true;
    case 8:
      for (let i = 0; length - i >= 4; i += 4) {
        l.text(`\n\t\t${familyText(l, at + i, 2)}, Count: ${l.u8(at + i + 3)}`);
      }
      return true;
    case 64:
      l.text(`\n\t\tRestart Flags: [${(l.u8(at) & 0x80) !== 0 ? "R" : "none"}], Restart Time ${l.u16(at) & 0xfff}s`);
      for (let i = 2; length - i >= 4; i += 4) {
        const kept = (l.u8(at + i + 3) & 0x80) !== 0 ? "yes" : "no";
        l.text(`\n\t\t  ${familyText(l, at + i, 2)}, Forwarding state preserved: ${kept}`);
      }
      return true;
    case 65:
      l.text(`\n\t\t 4 Byte AS ${asText(l, l.u32(at))}`);
      return true;
    case 69:
      if (length === 0) l.text(" (bogus)");
      for (let i = 0; i < length; i += 4) {
        if (length - i < 4) {
          l.invalid();
          break;
        }
        const way = l.u8(at + i + 3);
        const words = names("1 Receive|Send|Both")[way] ?? `Bogus (0x${hex(way, 2)})`;
        l.text(`\n\t\t${familyText(l, at + i, 2)}, Send/Receive: ${words}`);
      }
      return true;
  }
  l.text(`\n\t\tno decoder for Capability ${type}`);
  if (l.verbose <= 1) unknownData(l, at, "\n\t\t", length);
  return true;
}

/** Prefixes of IPv4 from `at` to `end`; gives whether all were read. */
function routes(l: Line, at: number, end: number, withdrawn: boolean): boolean {
  const paths = hasPaths(l, at, end - at, 32);
  while (at < end) {
    let path = 0;
    if (paths) {
      if (end - at < 4) {
        if (withdrawn) return false;
        throw new Short();
      }
      path = l.u32(at);
      at += 4;
    }
    const found = prefix(l, at, end - at, 4);
    if (found === "illegal") {
      l.text("\n\t    (illegal prefix length)");
      return false;
    }
    if (typeof found === "string") throw new Short();
    l.text(`\n\t    ${found[0]}${paths ? `   Path Id: ${path}` : ""}`);
    at += found[1];
  }
  return true;
}

function update(l: Line, at: number, end: number): void {
  const room = (count: number) => {
    if (end - at < count) throw new Short();
  };
  room(2);
  const withdrawn = l.u16(at);
  at += 2;
  room(withdrawn);
  let none = withdrawn === 0;
  if (withdrawn > 1) {
    l.text("\n\t  Withdrawn routes:");
    none = routes(l, at, at + withdrawn, true);
  }
  at += withdrawn;
  room(2);
  const size = l.u16(at);
  at += 2;
  if (none && size === 0 && at === end) return l.text("\n\t  End-of-Rib Marker (empty NLRI)");
  room(size);
  const last = at + size;
  while (at < last) {
    room(2);
    const flags = l.u8(at);
    const head = attributeHead(l, at, last - at, "\n\t  ");
    if (head === undefined) {
      l.text("\n\t  [path attrs too short]");
      break;
    }
    if (flags !== 0) l.text(": ");
    if (last - head.value < head.length) {
      l.text(" [path attrs too short]");
      break;
    }
    printAttribute(l, head.type, head.value, head.length);
    at = head.value + head.length;
  }
  if (last >= end) return;
  l.text("\n\t  Updated routes:");
  routes(l, last, end, false);
}

function notification(l: Line, at: number, length: number): void {
  l.need(at, 2);
  if (length < 2) return;
  const error = l.u8(at), detail = l.u8(at + 1);
  l.text(`, ${ERRORS[error] ?? "Unknown Error"} (${error})`);
  const words = DETAILS[error];
  if (words === undefined) return;
  l.text(`${error === 5 || error === 7 ? "" : ","} subcode ${words[detail] ?? "Unknown"} (${detail})`);
  if (error !== 6) return;
  if (detail === 1 && length >= 9) l.text(`, ${familyText(l, at + 2, 2)}, Max Prefixes: ${l.u32(at + 5)}`);
  if ((detail !== 2 && detail !== 4) || length < 3) return;
  // RFC 9003.
  const size = l.u8(at + 2);
  let used = 0;
  if (size > length - 3) l.text(", invalid Shutdown Communication length");
  else if (size === 0) {
    l.text(", empty Shutdown Communication");
    used = 1;
  } else {
    l.text(`, Shutdown Communication (length: ${size}): "`);
    l.octets(at + 3, size);
    l.text('"');
    used = size + 1;
  }
  const rest = length - 2 - used;
  if (rest <= 0) return;
  l.text(`, Data: (length: ${rest})`);
  for (let row = 0; row < rest; row += 16) {
    l.text(`\n\t\t0x${hex(row, 4)}: `);
    for (let i = row; i < Math.min(rest, row + 16); i++) {
      l.text(`${i % 2 === 0 ? " " : ""}${hex(l.u8(at + 2 + used + i), 2)}`);
    }
  }
}
