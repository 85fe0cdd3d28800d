// OSI network protocols in a line: CLNP and ES-IS; IS-IS in a file of its own. Pure. ISO 8473, ISO 9542; the form is tcpdump's.
import { bitNames, hex, type Line, type Names } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";
import { printIsis } from "../routing/isis.ts";
import { checksumText, nsapText } from "./osi_text.ts";
import { printQ933 } from "../link/q933.ts";
import { NLPIDS } from "../core/names.ts";
import { bits, names } from "../core/table.ts";

/** A packet of `length` octets at `at`, from its protocol identifier on. */
export function printOsi(l: Line, at: number, length: number): void {
  l.protocol = "isoclns";
  const kind = l.u8(at);
  if (l.link) l.text(`OSI NLPID ${NLPIDS[kind] ?? "Unknown"} (0x${hex(kind, 2)}): `);
  switch (kind) {
    case 0x08:
      return printQ933(l, at + 1, length - 1);
    case 0x81:
      if (!printClnp(l, at, length)) unknownData(l, at, "\n\t", length);
      return;
    case 0x82:
      return printEsis(l, at, length);
    case 0x83:
      if (!printIsis(l, at, length)) unknownData(l, at, "\n\t", length);
      return;
    case 0xcc:
      return l.layers.ip(l, at + 1, length - 1);
    case 0x8e:
      return l.layers.ip6(l, at + 1, length - 1);
    case 0xcf:
      l.layers.etherType(l, 0x880b, at + 1, length - 1);
      return;
    case 0:
      return l.text(`${l.link ? "" : ", "}length: ${length}`);
  }
  if (!l.link) l.text(`OSI NLPID 0x${hex(kind, 2)} unknown`);
  l.text(`${l.link ? "" : ", "}length: ${length}`);
  if (length > 1) unknownData(l, at, "\n\t", length);
}

const CLNP = names("1 Error Report|28 Data|MD|Echo Request|Echo Response");
const CLNP_FLAGS = bits("0x80 Segmentation permitted|0x40 more Segments|0x20 request Error Report");
const CLNP_OPTIONS = names(
  "193 Discard Reason|195 QoS Maintenance|197 Security|200 Source Routing|203 Route Recording|Padding|Priority",
);
const SCOPES = names("64 Source Address Specific|128 Destination Address Specific|192 Globally unique");
const QOS = bits(
  "0x20 reserved|0x10 sequencing vs. delay|0x8 congested|0x4 delay vs. cost|0x2 error vs. delay|0x1 error vs. cost",
);
const CLASSES = names("0 General|8 Address|Source Routeing|Lifetime|PDU Discarded|Reassembly");
const REASONS: Readonly<Record<number, Names>> = {
  0: names(
    "0 Reason not specified|Protocol procedure error|Incorrect checksum|PDU discarded due to congestion|" +
      "Header syntax error (cannot be parsed)|Segmentation needed but not permitted|Incomplete PDU received|" +
      "Duplicate option",
  ),
  8: names("0 Destination address unreachable|Destination address unknown"),
  9: names(
    "0 Unspecified source routeing error|Syntax error in source routeing field|" +
      "Unknown address in source routeing field|Path not acceptable",
  ),
  10: names("0 Lifetime expired while data unit in transit|Lifetime expired during reassembly"),
  11: names(
    "0 Unsupported option not specified|Unsupported protocol version|Unsupported security option|" +
      "Unsupported source routeing option|Unsupported recording of route option",
  ),
  12: names("0 Reassembly interference"),
};

/** `false` when the octets want to be seen. */
function printClnp(l: Line, at: number, length: number, depth = 0): boolean {
  l.protocol = "clnp";
  l.need(at, 9);
  const first = at;
  const header = l.u8(at + 1);
  const says = (text: string) => {
    l.text(text);
    return false;
  };
  if (!l.link) l.text("CLNP");
  if (l.u8(at + 2) !== 1) return says(`version ${l.u8(at + 2)} packet not supported`);
  if (header > length) return says(` length indicator(${header}) > PDU size (${length})!`);
  if (header < 9) {
    return says(` length indicator ${header} < min PDU size:${l.hexText(at, l.end - at).toUpperCase()}`);
  }
  const end = at + header;
  const type = l.u8(at + 4) & 31, flags = l.u8(at + 4) & 0xe0;
  const kind = CLNP[type] ?? `unknown (${type})`;
  const short = "li < size of fixed part of CLNP header and addresses";
  at += 9;
  const parts: [number, number][] = [];
  for (let i = 0; i < 2; i++) {
    if (end - at < 1) return says(short);
    const size = l.u8(at);
    if (end - at - 1 < size) return says(short);
    l.need(at + 1, size);
    parts.push([at + 1, size]);
    at += 1 + size;
  }
  const [to, from] = parts as [[number, number], [number, number]];
  const comma = l.link ? "" : ", ";
  if (l.verbose < 1) {
    l.text(`${comma}${nsapText(l, ...from)} > ${nsapText(l, ...to)}, ${kind}, length ${length}`);
    return true;
  }
  const life = l.u8(first + 3), checksum = l.u16(first + 7);
  l.text(`${comma}length ${length}\n\t${kind} PDU, hlen: ${header}, v: ${l.u8(first + 2)}, `);
  l.text(`lifetime: ${life >> 1}.${(life % 2) * 5}s, Segment PDU length: ${l.u16(first + 5)}, `);
  l.text(`checksum: 0x${hex(checksum, 4)}${checksumText(l, first, checksum, 7, header)}`);
  l.text(`\n\tFlags [${bitNames(CLNP_FLAGS, flags, "none")}]`);
  l.text(`\n\tsource address (length ${from[1]}): ${nsapText(l, ...from)}`);
  l.text(`\n\tdest   address (length ${to[1]}): ${nsapText(l, ...to)}`);
  if ((flags & 0x80) !== 0) {
    if (end - at < 6) return says("li < size of fixed part of CLNP header, addresses, and segment part");
    l.need(at, 6);
    l.text(`\n\tData Unit ID: 0x${hex(l.u16(at), 4)}, Segment Offset: ${l.u16(at + 2)}, `);
    l.text(`Total PDU Length: ${l.u16(at + 4)}`);
    at += 6;
  }
  while (at < end) {
    if (end - at < 2) return says(", bad opts/li");
    const option = l.u8(at), size = l.u8(at + 1);
    at += 2;
    if (size > end - at) return says(`, opt (${option}) too long`);
    l.need(at, size);
    l.text(`\n\t  ${CLNP_OPTIONS[option] ?? "Unknown"} Option #${option}, length ${size}, value: `);
    if (!clnpOption(l, option, at, size)) return says(", bad opt len");
    if (l.verbose > 1) unknownData(l, at, "\n\t  ", size);
    at += size;
  }
  if ((type === 1 || type === 31) && depth < 8 && l.u8(at) === 0x81) {
    l.text("\n\t-----original packet-----\n\t");
    if (at - first < length) printClnp(l, at, length - header, depth + 1);
  } else if (length > at - first) {
    l.text(`\n\t  undecoded non-header data, length ${length - header}`);
    unknownData(l, at, "\n\t  ", length - (at - first));
  }
  return true;
}

/** `false` when it is too short. */
function clnpOption(l: Line, option: number, at: number, size: number): boolean {
  const scope = () => SCOPES[l.u8(at) & 0xc0] ?? "Reserved";
  switch (option) {
    case 200:
    case 203: {
      if (size < 2) return false;
      l.text(`${["partial", "complete"][l.u8(at)] ?? "Unknown"} `);
      l.text(option === 200 ? "source routing" : "recording of route in progress");
      const offset = l.u8(at + 1);
      if (offset === 0) l.text(" Bad NSAP offset (0)");
      else if (offset - 1 > size) l.text(" Bad NSAP offset (past end of option)");
      else {
        for (let i = offset - 1; i < size;) {
          const length = l.u8(at + i);
          if (size - i < length + 1) {
            l.text("\n\t    NSAP address goes past end of option");
            break;
          }
          if (length > 0) l.text(`\n\t    NSAP address (length ${length}): ${nsapText(l, at + i + 1, length)}`);
          i += length + 1;
        }
      }
      return true;
    }
    case 205:
      if (size < 1) return false;
      l.text(`0x${hex(l.u8(at) & 15)}`);
      return true;
    case 195:
      if (size < 1) return false;
      l.text(`\n\t    Format Code: ${scope()}`);
      if ((l.u8(at) & 0xc0) === 0xc0) l.text(`\n\t    QoS Flags [${bitNames(QOS, l.u8(at) & 0x3f, "none")}]`);
      return true;
    case 197:
      if (size < 2) return false;
      l.text(`\n\t    Format Code: ${scope()}, Security-Level ${l.u8(at + 1)}`);
      return true;
    case 193: {
      if (size < 1) return false;
      const major = l.u8(at) >> 4, minor = l.u8(at) & 15;
      l.text(`\n\t    Class: ${CLASSES[major] ?? "Unknown"} Error (0x${hex(major)}), `);
      l.text(`${REASONS[major]?.[minor] ?? "Unknown"} (0x${hex(minor)})`);
      return true;
    }
    case 204:
      l.text("padding data");
      return true;
  }
  unknownData(l, at, "\n\t  ", size);
  return true;
}

const ESIS = names("2 ESH|4 ISH|6 redirect");
const ESIS_OPTIONS = names(
  "129 Protocols supported|195 QoS Maintenance|197 Security|ES Configuration Time|205 Priority|225 Addressk Mask|" +
    "SNPA Mask",
);

/** ISO 9542. */
function printEsis(l: Line, at: number, length: number): void {
  l.protocol = "esis";
  if (!l.link) l.text("ES-IS");
  if (length <= 2) return l.text(l.quiet ? "bad pkt!" : "no header at all!");
  l.need(at, 9);
  const header = l.u8(at + 1), version = l.u8(at + 2);
  if (version !== 1) return l.text(` version ${version} packet not supported`);
  if (header > length) return l.text(` length indicator(${header}) > PDU size (${length})!`);
  if (header < 11) {
    return l.text(` length indicator ${header} < min PDU size:${l.hexText(at, l.end - at).toUpperCase()}`);
  }
  const type = l.u8(at + 4) & 31;
  const comma = l.link ? "" : ", ";
  if (l.verbose < 1) return l.text(`${comma}${ESIS[type] ?? `unknown type (${type})`}, length ${length}`);
  l.text(`${comma}length ${length}\n\t${ESIS[type] ?? `unknown type: ${type}`} (${type}), v: ${version}`);
  l.text(`, checksum: 0x${hex(l.u16(at + 7), 4)}${checksumText(l, at, l.u16(at + 7), 7, header)}`);
  l.text(`, holding time: ${l.u16(at + 5)}s, length indicator: ${header}`);
  if (l.verbose > 1) unknownData(l, at, "\n\t", 9);
  let end = at + header;
  at += 9;
  /** The octets of the next address, or `undefined` when the header ends before. */
  const next = (): [number, number] | undefined => {
    l.need(at, 1);
    if (end - at < 1) return undefined;
    const size = l.u8(at);
    l.need(at + 1, size);
    if (end - at - 1 < size) return undefined;
    at += 1 + size;
    return [at - size, size];
  };
  if (type === 6) {
    const target = next();
    if (target === undefined) return l.text(", bad redirect/li");
    l.text(`\n\t  ${nsapText(l, ...target)}`);
    const link = next();
    // Of the third the octet that counts its octets is not counted itself, as tcpdump has it.
    if (link !== undefined && end > at) end++;
    const net = link === undefined ? undefined : next();
    if (link === undefined || net === undefined) return l.text(", bad redirect/li");
    l.text(`\n\t  SNPA (length: ${link[1]}): ${link[1] === 0 ? "<empty>" : l.macText(...link)}`);
    if (net[1] !== 0) l.text(`\n\t  NET (length: ${net[1]}) ${nsapText(l, ...net)}`);
  } else if (type === 2) {
    l.need(at, 1);
    if (end - at < 1) return l.text(", bad esh/li");
    const count = l.u8(at++);
    l.text(`\n\t  Number of Source Addresses: ${count}`);
    for (let i = 0; i < count; i++) {
      const net = next();
      if (net === undefined) return l.text(", bad esh/li");
      l.text(`\n\t  NET (length: ${net[1]}): ${nsapText(l, ...net)}`);
    }
  } else if (type === 4) {
    const net = next();
    if (net === undefined) return l.text(", bad ish/li");
    l.text(`\n\t  NET (length: ${net[1]}): ${nsapText(l, ...net)}`);
  } else {
    if (l.verbose <= 1 && l.has(at, 1)) unknownData(l, at, "\n\t  ", l.end - at);
    return;
  }
  while (at < end) {
    if (end - at < 2) return l.text(", bad opts/li");
    const option = l.u8(at), size = l.u8(at + 1);
    at += 2;
    if (size > end - at) return l.text(`, opt (${option}) too long`);
    l.text(`\n\t  ${ESIS_OPTIONS[option] ?? "Unknown"} Option #${option}, length ${size}, value: `);
    if (option === 198) l.text(size === 2 ? `${l.u16(at)}s` : "(bad length)");
    else if (option === 129) {
      for (let i = 0; i < size; i++) {
        l.text(`${NLPIDS[l.u8(at + i)] ?? "unknown"} (0x${hex(l.u8(at + i), 2)})${i < size - 1 ? ", " : ""}`);
      }
    } else unknownData(l, at, "\n\t  ", size);
    if (l.verbose > 1) unknownData(l, at, "\n\t  ", size);
    at += size;
  }
}
