// NetFlow 5 (Cisco "NetFlow Export Datagram Format"), NetFlow 9 (RFC 3954) and IPFIX (RFC 7011): flows that routers tell of.
// Templates say what the records after them hold; they are remembered for each conversation. Pure.
import { FormatError } from "../../base/errors.ts";
import { ipProtocolName } from "../coding/numbers.ts";
import { serviceName } from "../coding/ports.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import { ELEMENTS, type FieldKind, MEANINGS, SCOPES } from "./netflow_fields.ts";

const V5 = "NetFlow 5 header";
const V5_RECORD = "NetFlow 5 record";
/** Templates that a conversation may have. */
const TEMPLATE_LIMIT = 4096;
const TEMPLATE_FIELDS = 1024;
/** Records that the line names. */
const SHOWN = 3;

/** A field of a template. */
interface Spec {
  readonly id: number;
  /** Octets; 65535: said before each value (RFC 7011 7). */
  readonly length: number;
  readonly enterprise: number;
  readonly scope: boolean;
}
type Templates = Map<string, readonly Spec[]>;

const unixTime = (ms: number) => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ").replace(/(\.000)?Z$/, " UTC");
};
const flagNames = (bits: number) =>
  ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"].filter((_, bit) => (bits >> bit & 1) === 1).join(", ") ||
  "none";

/** The value of a field; gives it as text. */
function fieldValue(tree: Tree, spec: Spec, length: number, ref: string, nine: boolean): string {
  const [known, kind] = spec.enterprise === 0 ? ELEMENTS.get(spec.id) ?? [] : [];
  const name = spec.scope && nine ? `scope ${SCOPES[spec.id] ?? spec.id}` : known ?? label(spec);
  const number = (meaning?: (value: number) => string | undefined) => {
    tree.field(name, (reader) => {
      let value = 0n;
      for (const octet of reader.take(length, name)) value = value << 8n | BigInt(octet);
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }, (value) => ({ ref, meaning: typeof value === "number" ? meaning?.(value) : undefined }));
    return String(tree.last.value);
  };
  const as: FieldKind = spec.scope && nine ? "u" : kind ?? (length <= 8 ? "u" : "o");
  switch (as) {
    case "4":
      if (length === 4) return tree.ip(name, 4, ref);
      break;
    case "6":
      if (length === 16) return tree.ip(name, 16, ref);
      break;
    case "m":
      if (length === 6) return tree.mac(name, ref);
      break;
    case "t": {
      const text = tree.text(name, length, ref).replace(/\0+$/, "");
      tree.last.value = text;
      return text;
    }
    case "s":
      if (length === 4) return number((seconds) => unixTime(seconds * 1000));
      break;
    case "f":
      if (length === 8) return number(unixTime);
      break;
    case "n":
      if (length === 8) {
        const { bytes, offset } = tree.reader;
        tree.reader.need(8, name);
        const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8);
        const ms = (view.getUint32(0) - 2208988800) * 1000 + Math.round(view.getUint32(4) / 2 ** 32 * 1000);
        return number(() => unixTime(ms));
      }
      break;
    case "p":
      if (length <= 4) return number(ipProtocolName);
      break;
    case "b":
      if (length <= 2) return number(flagNames);
      break;
    case "o":
      break;
    default:
      if (length > 0 && length <= 8) {
        const meanings = MEANINGS[spec.id];
        return number((value) => meanings?.[value] ?? (/TransportPort$/.test(name) ? serviceName(value) : undefined));
      }
  }
  if (length === 0) return "";
  tree.bytes(name, length, ref);
  return counted(length, "octet");
}

const label = ({ id, enterprise }: Spec) =>
  enterprise === 0 ? `element ${id}` : `element ${id} of enterprise ${enterprise}`;

/** A record by its template; gives its line. */
function record(tree: Tree, specs: readonly Spec[], ref: string, nine: boolean): string {
  return tree.group("Record", (group) => {
    const found = new Map<number, string>();
    const said: string[] = [];
    for (const spec of specs) {
      let { length } = spec;
      if (length === 0xffff) {
        length = tree.u8(
          "Length of the value",
          "RFC 7011 7",
          (octets) => octets === 255 ? "two octets follow" : undefined,
        );
        if (length === 255) length = tree.u16("Length of the value", "RFC 7011 7");
      }
      const text = fieldValue(tree, spec, length, ref, nine);
      if (spec.enterprise === 0 && !spec.scope) found.set(spec.id, text);
      if (said.length < 4) said.push(`${ELEMENTS.get(spec.id)?.[0] ?? label(spec)} ${text}`);
    }
    const from = found.get(8) ?? found.get(27), to = found.get(12) ?? found.get(28);
    const port = (id: number) => found.has(id) ? `:${found.get(id)}` : "";
    const protocol = found.get(4);
    group.meaning = clip(
      from === undefined || to === undefined
        ? said.join(", ")
        : `${protocol === undefined ? "" : `${ipProtocolName(Number(protocol))} `}${from}${port(7)} > ${to}${
          port(11)
        }` +
          `${found.has(2) ? `, ${counted(found.get(2)!, "packet")}` : ""}${
            found.has(1) ? `, ${counted(found.get(1)!, "octet")}` : ""
          }`,
      120,
    );
    return group.meaning;
  }, { ref });
}

/** The least octets that a record by a template has. */
const least = (specs: readonly Spec[]) => specs.reduce((sum, { length }) => sum + (length === 0xffff ? 1 : length), 0);

/** A template's fields. */
function specsOf(tree: Tree, count: number, scopes: number, ref: string, nine: boolean): Spec[] {
  const specs: Spec[] = [];
  if (count > TEMPLATE_FIELDS) throw new FormatError(`A template of ${counted(count, "field")}`, tree.offset);
  for (let i = 0; i < count; i++) {
    tree.group("Field", (group) => {
      const scope = i < scopes;
      let enterprise = 0;
      const meaning = (id: number) =>
        scope && nine
          ? SCOPES[id]
          : !nine && id >= 0x8000
          ? `element ${id & 0x7fff} of an enterprise`
          : ELEMENTS.get(id)?.[0];
      const type = tree.u16("Type", ref, meaning);
      const length = tree.u16(
        "Length",
        ref,
        (octets) => octets === 0xffff ? "before each value" : counted(octets, "octet"),
      );
      if (!nine && type >= 0x8000) enterprise = tree.u32("Enterprise", "RFC 7011 3.2");
      const spec: Spec = { id: !nine ? type & 0x7fff : type, length, enterprise, scope };
      group.meaning = `${scope ? "scope " : ""}${
        scope && nine
          ? SCOPES[type] ?? type
          : enterprise === 0
          ? ELEMENTS.get(spec.id)?.[0] ?? label(spec)
          : label(spec)
      }`;
      specs.push(spec);
    }, { ref });
  }
  return specs;
}

/** A set: templates, templates of options, or records. */
function set(tree: Tree, id: number, source: number, templates: Templates, nine: boolean): string {
  const ref = nine ? "RFC 3954 5.2" : "RFC 7011 3.4.1";
  const options = id === (nine ? 1 : 3);
  const said: string[] = [];
  if (id < 256) {
    while (tree.remaining >= 4) {
      // Zeros fill the set up.
      if (tree.reader.peek() === 0 && tree.reader.peek(1) === 0) break;
      tree.group(options ? "Options template" : "Template", (group) => {
        const number = tree.u16("Template ID", ref, () => "what sets of records name");
        let count: number, scopes = 0;
        if (options && nine) {
          scopes = tree.u16("Scope length", "RFC 3954 6.1") >> 2;
          count = scopes + (tree.u16("Option length", "RFC 3954 6.1") >> 2);
        } else {
          count = tree.u16("Fields", ref, (fields) => fields === 0 ? "none: the template is withdrawn" : undefined);
          if (options && count > 0) scopes = tree.u16("Scope fields", "RFC 7011 3.4.2.2");
        }
        const specs = specsOf(tree, count, scopes, ref, nine);
        if (specs.length === 0) templates.delete(`${source} ${number}`);
        else if (templates.size < TEMPLATE_LIMIT) templates.set(`${source} ${number}`, specs);
        group.meaning = `${number}, ${counted(count, "field")}`;
        said.push(`${options ? "options " : ""}template ${number}`);
      }, { ref });
    }
    if (tree.remaining > 0) tree.rest("Padding", ref);
    return said.join(", ");
  }
  const specs = templates.get(`${source} ${id}`);
  if (specs === undefined || least(specs) === 0) {
    tree.rest("Records", ref, "of a template that was not seen");
    return `records by template ${id}, which was not seen`;
  }
  let count = 0;
  while (tree.remaining >= least(specs)) {
    const line = record(tree, specs, nine ? "RFC 3954 8" : "RFC 7012", nine);
    if (count++ < SHOWN) said.push(line);
  }
  if (tree.remaining > 0) tree.rest("Padding", ref);
  return said.join("; ") + (count > SHOWN ? `; and ${count - SHOWN} more` : "");
}

/** The header, and the sets of versions 9 and 10. */
function sets(tree: Tree, templates: Templates, nine: boolean): Words {
  const ref = nine ? "RFC 3954 5.1" : "RFC 7011 3.1";
  const count = tree.u16(
    nine ? "Records" : "Length",
    ref,
    nine ? undefined : (octets) => `${counted(octets, "octet")} in all`,
  );
  if (nine) tree.u32("Uptime", ref, (ms) => counted(ms / 1000, "second"));
  tree.u32("Time", ref, (seconds) => unixTime(seconds * 1000));
  const number = tree.u32("Sequence number", ref);
  const source = tree.u32(nine ? "Source ID" : "Observation domain", ref);
  const head = `${nine ? "NetFlow 9" : "IPFIX"} ${number}`;
  tree.said = { summary: head };
  const said: string[] = [];
  const end = nine ? tree.remaining : Math.min(tree.remaining, count - 16);
  tree.within("Sets", Math.max(0, end), (part) => {
    while (part.remaining >= 4) {
      const id = part.reader.peek()! * 256 + part.reader.peek(1)!;
      const length = part.reader.peek(2)! * 256 + part.reader.peek(3)!;
      part.part("Set", Math.max(4, length), (inside, group) => {
        inside.u16("Set ID", nine ? "RFC 3954 5.2" : "RFC 7011 3.3.2", (value) => kindOf(value, nine));
        inside.u16("Length", nine ? "RFC 3954 5.2" : "RFC 7011 3.3.2", octetCount);
        if (length < 4) inside.flaw("A length of 4 octets at least");
        else {
          const line = set(inside, id, source, templates, nine);
          group.meaning = clip(line, 160);
          said.push(line);
        }
      });
    }
  });
  return { summary: clip(`${head}: ${said.join("; ")}`, 240) };
}

const kindOf = (id: number, nine: boolean) =>
  id === (nine ? 0 : 2)
    ? "templates"
    : id === (nine ? 1 : 3)
    ? "templates of options"
    : id >= 256
    ? `records by template ${id}`
    : undefined;

function five(tree: Tree): Words {
  const count = tree.u16("Records", V5);
  tree.u32("Uptime", V5, (ms) => counted(ms / 1000, "second"));
  tree.u32("Time", V5, (seconds) => unixTime(seconds * 1000));
  tree.u32("Nanoseconds", V5);
  const number = tree.u32("Sequence number", V5, () => "flows before these");
  tree.u8("Engine type", V5);
  tree.u8("Engine ID", V5);
  tree.u16("Sampling", V5, (word) => word === 0 ? "none" : `mode ${word >> 14}, one of ${word & 0x3fff}`);
  const said: string[] = [];
  tree.said = { summary: `NetFlow 5 ${number}` };
  for (let i = 0; i < count; i++) {
    tree.group("Record", (group) => {
      const ref = V5_RECORD;
      const from = tree.ip("Source address", 4, ref), to = tree.ip("Destination address", 4, ref);
      tree.ip("Next hop", 4, ref);
      tree.u16("Interface in", ref);
      tree.u16("Interface out", ref);
      const packets = tree.u32("Packets", ref), octets = tree.u32("Octets", ref);
      tree.u32("First", ref, () => "uptime at its first packet, in milliseconds");
      tree.u32("Last", ref, () => "uptime at its last packet, in milliseconds");
      const sport = tree.u16("Source port", ref, serviceName), dport = tree.u16("Destination port", ref, serviceName);
      tree.u8("Padding", ref);
      tree.u8("TCP flags", ref, flagNames);
      const protocol = tree.u8("Protocol", ref, ipProtocolName);
      tree.u8("Type of service", ref);
      tree.u16("Source AS", ref);
      tree.u16("Destination AS", ref);
      tree.u8("Source prefix length", ref);
      tree.u8("Destination prefix length", ref);
      tree.u16("Padding", ref);
      group.meaning = `${ipProtocolName(protocol)} ${from}:${sport} > ${to}:${dport}, ${counted(packets, "packet")}, ${
        counted(octets, "octet")
      }`;
      if (said.length < SHOWN) said.push(group.meaning);
    }, { ref: V5_RECORD });
  }
  const more = count > SHOWN ? `; and ${count - SHOWN} more` : "";
  return { summary: clip(`NetFlow 5 ${number}: ${said.join("; ")}${more}`, 240) };
}

function message(tree: Tree, templates: Templates): Words {
  const version = tree.u16("Version", "RFC 3954 5.1", { 5: "NetFlow 5", 9: "NetFlow 9", 10: "IPFIX" });
  if (version === 5) return five(tree);
  if (version === 9 || version === 10) return sets(tree, templates, version === 9);
  tree.rest("Data");
  return { summary: `version ${version}` };
}

const word = (bytes: Uint8Array, at: number) => bytes[at]! * 256 + bytes[at + 1]!;

/** Whether sets fill the octets from `at` on. */
function walks(bytes: Uint8Array, at: number, first: number): boolean {
  let count = 0;
  for (; at + 4 <= bytes.length; count++) {
    const id = word(bytes, at), length = word(bytes, at + 2);
    if (length < 4 || id < 256 && id !== first && id !== first + 1) return false;
    at += length;
  }
  return count > 0 && at === bytes.length;
}

function detectDatagram(bytes: Uint8Array): boolean {
  if (bytes.length < 20) return false;
  const version = word(bytes, 0);
  if (version === 5) return bytes.length === 24 + 48 * word(bytes, 2) && word(bytes, 2) <= 30;
  if (version === 9) return word(bytes, 2) > 0 && walks(bytes, 20, 0);
  return version === 10 && word(bytes, 2) === bytes.length && walks(bytes, 16, 2);
}

function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0 || (bytes.length > 1 && bytes[1] !== 10)) return "no";
  return bytes.length >= 4 && word(bytes, 2) < 20 ? "no" : "possible";
}

/** IPFIX over TCP: one message after the other. */
class Ipfix implements StreamDissector {
  readonly #templates: Templates = new Map();

  measure(bytes: Uint8Array): number {
    if (bytes.length < 4) return 0;
    if (word(bytes, 0) !== 10 || word(bytes, 2) < 16) throw new FormatError("No header of an IPFIX message", 0);
    return word(bytes, 2);
  }

  dissect(tree: Tree): Words {
    return message(tree, this.#templates);
  }
}

export const NETFLOW: Protocol = {
  name: "netflow",
  title: "NetFlow",
  ref: "RFC 7011",
  tcp: [4739],
  udp: [2055, 4739, 9995, 9996],
  detect,
  fits: (bytes) => bytes[0] === 0 && [5, 9, 10].includes(bytes[1]!),
  detectDatagram,
  stream: () => new Ipfix(),
  datagram: (tree) => message(tree, new Map()),
  session: () => {
    const templates: Templates = new Map();
    return (tree: Tree, _context: DissectContext) => message(tree, templates);
  },
};
