// CIP (ODVA "CIP Networks Library", Volume 1): what is asked of which object of a device, and how it went. Pure.
// To add a service: an entry in `SERVICES`.
import { names } from "../coding/names.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import type { BitRow, Tree } from "../tree.ts";

const REF = "CIP 2-4";
const PATH = "CIP C-1.4";

/** Services of any object (CIP A-4). */
const SERVICES = names(`
  0x01 Get Attributes All; 0x02 Set Attributes All; 0x03 Get Attribute List; 0x04 Set Attribute List; 0x05 Reset;
  0x06 Start; 0x07 Stop; 0x08 Create; 0x09 Delete; 0x0a Multiple Service Packet; 0x0d Apply Attributes;
  0x0e Get Attribute Single; 0x10 Set Attribute Single; 0x11 Find Next Object Instance; 0x14 Error Response;
  0x15 Restore; 0x16 Save; 0x17 NOP; 0x18 Get Member; 0x19 Set Member; 0x1a Insert Member; 0x1b Remove Member
`);
/** Those of the connection manager, class 6 (CIP 3-5.5), and those of tags, which are named or of class 0x6b. */
const MANAGER: Readonly<Record<number, string>> = {
  0x4e: "Forward Close",
  0x52: "Unconnected Send",
  0x54: "Forward Open",
  0x5a: "Get Connection Owner",
  0x5b: "Large Forward Open",
};
const TAGS: Readonly<Record<number, string>> = {
  0x4c: "Read Tag",
  0x4d: "Write Tag",
  0x52: "Read Tag Fragmented",
  0x53: "Write Tag Fragmented",
};
const STATUS = names(`
  0x00 success; 0x01 connection failure; 0x02 resource unavailable; 0x03 invalid parameter value;
  0x04 path segment error; 0x05 path destination unknown; 0x06 partial transfer; 0x07 connection lost;
  0x08 service not supported; 0x09 invalid attribute value; 0x0a attribute list error; 0x0b already in that state;
  0x0c object state conflict; 0x0d object already exists; 0x0e attribute not settable; 0x0f privilege violation;
  0x10 device state conflict; 0x11 reply data too large; 0x13 not enough data; 0x14 attribute not supported;
  0x15 too much data; 0x16 object does not exist; 0x1a routing failure, request too large;
  0x1b routing failure, response too large; 0x1e embedded service error; 0x1f vendor specific error;
  0x20 invalid parameter; 0x25 key failure in path; 0x26 path size invalid; 0x28 invalid member ID
`);
const CLASSES = names(`
  0x01 Identity; 0x02 Message Router; 0x03 DeviceNet; 0x04 Assembly; 0x05 Connection; 0x06 Connection Manager;
  0x37 File; 0x6b Symbol; 0x6c Template; 0xa1 Tag; 0xf4 Port; 0xf5 TCP/IP Interface; 0xf6 Ethernet Link
`);
const TYPES = names(`
  0xa0 structure; 0xc1 BOOL; 0xc2 SINT; 0xc3 INT; 0xc4 DINT; 0xc5 LINT; 0xc6 USINT; 0xc7 UINT; 0xc8 UDINT; 0xc9 ULINT;
  0xca REAL; 0xcb LREAL; 0xd0 STRING; 0xd1 BYTE; 0xd2 WORD; 0xd3 DWORD; 0xd4 LWORD; 0xda SHORT STRING
`);
const LOGICAL = ["Class", "Instance", "Member", "Connection point", "Attribute", "Special", "Service", "Extended"];

const SEGMENTS = ["port", "logical", "network", "symbolic", "data", "data type", "data type", "reserved"];

/** What the bits of a segment's first octet mean depends on its kind. */
function segmentBits(first: number): readonly BitRow[] {
  const kind: BitRow = ["Segment type", 0, 3, SEGMENTS];
  if (first >> 5 === 0) return [kind, ["Extended link address", 3, 1], ["Port", 4, 4]];
  if (first >> 5 !== 1) return [kind, ["Segment subtype", 3, 5]];
  return [kind, ["Logical type", 3, 3, LOGICAL], ["Logical format", 6, 2, [
    "8 bits",
    "16 bits",
    "32 bits",
    "reserved",
  ]]];
}

/** A path of segments: `Identity, instance 1`, `SCADA[0]`. */
function path(tree: Tree): string {
  const said: string[] = [];
  while (tree.remaining > 0) {
    tree.group("Segment", (group) => {
      const first = tree.flags("Segment", 1, segmentBits(tree.reader.peek() ?? 0), PATH, "");
      if (first >> 5 === 1 && (first >> 2 & 7) !== 5) {
        const kind = LOGICAL[first >> 2 & 7]!, size = first & 3;
        const meaning = (value: number) => kind === "Class" ? CLASSES[value] : undefined;
        if (size > 0 && tree.remaining > 0) tree.u8("Padding", PATH);
        const value = size === 0
          ? tree.u8(kind, PATH, meaning)
          : size === 1
          ? tree.u16Le(kind, PATH, meaning)
          : tree.u32Le(kind, PATH);
        group.meaning = kind === "Member"
          ? `[${value}]`
          : kind === "Class"
          ? CLASSES[value] ?? `class ${value}`
          : `${kind.toLowerCase()} ${value}`;
      } else if (first === 0x91) {
        const length = tree.u8("Name length", PATH);
        group.meaning = clip(tree.text("Name", length, PATH));
        if (length % 2 === 1 && tree.remaining > 0) tree.u8("Padding", PATH);
      } else if (first >> 5 === 0) {
        const link = (first & 0x10) === 0 ? 1 : tree.u8("Link address size", PATH);
        const port = (first & 15) === 15 ? tree.u16Le("Port", PATH) : first & 15;
        tree.bytes("Link address", Math.min(link, tree.remaining), PATH);
        if (link > 1 && link % 2 === 1 && tree.remaining > 0) tree.u8("Padding", PATH);
        group.meaning = `port ${port}`;
      } else tree.rest("Rest of the path", PATH);
      if (group.meaning !== undefined) said.push(group.meaning);
    }, { ref: PATH });
  }
  return said.join(", ").replaceAll(", [", "[");
}

/** Parts of services whose data is a table; of others it is octets. */
function requestData(tree: Tree, name: string): string {
  if (name === "Multiple Service Packet") return multiple(tree);
  if (name === "Unconnected Send" && tree.remaining >= 4) return unconnectedSend(tree);
  if (name === "Read Tag" && tree.remaining >= 2) return counted(tree.u16Le("Elements", REF), "element");
  if (name === "Read Tag Fragmented" && tree.remaining >= 6) {
    const elements = tree.u16Le("Elements", REF);
    return `${counted(elements, "element")} from octet ${tree.u32Le("Offset", REF)}`;
  }
  if (name === "Write Tag" && tree.remaining >= 4) {
    const type = tree.u16Le("Data type", REF, (value) => TYPES[value]), count = tree.u16Le("Elements", REF);
    return `${TYPES[type] ?? `type ${type}`}, ${counted(count, "element")}`;
  }
  return "";
}

/** A message for a device that this one passes it to. */
function unconnectedSend(tree: Tree): string {
  const ref = "CIP 3-5.5.4";
  tree.flags("Priority and tick time", 1, [["Reserved", 0, 3], ["Priority", 3, 1], ["Tick time", 4, 4]], ref, "");
  tree.u8("Timeout ticks", ref);
  const size = tree.u16Le("Message size", ref, octetCount);
  const said = tree.part("Message", size, cipMessage, ref) ?? "";
  if (size % 2 === 1 && tree.remaining > 0) tree.u8("Padding", ref);
  if (tree.remaining >= 2) {
    const words = tree.u8("Route path size", ref, (value) => counted(value * 2, "octet"));
    tree.u8("Reserved", ref);
    if (words > 0) tree.part("Route path", words * 2, path, PATH);
  }
  return said;
}

/** Several messages in one: where each begins, then they. */
function multiple(tree: Tree): string {
  const start = tree.offset, count = tree.u16Le("Number of services", "CIP A-4.10"), at: number[] = [];
  for (let i = 0; i < count && tree.remaining >= 2; i++) at.push(tree.u16Le("Offset", "CIP A-4.10"));
  const said: string[] = [];
  at.forEach((from, i) => {
    const begin = start + from, end = i + 1 < at.length ? start + at[i + 1]! : tree.reader.end;
    if (begin < tree.offset || end <= begin || end > tree.reader.end) return;
    if (begin > tree.offset) tree.bytes("Octets", begin - tree.offset, "CIP A-4.10");
    said.push(tree.part("Service", end - begin, cipMessage, "CIP A-4.10") ?? "");
  });
  return said.length > 3 ? `${said.slice(0, 3).join("; ")}; ${said.length - 3} more` : said.join("; ");
}

/** The name of a service, by what its path begins with: its own services are those of a class. */
function serviceName(service: number, [kind, of]: readonly (number | undefined)[]): string {
  const own = kind === 0x91 || kind === 0x20 && of === 0x6b ? TAGS : kind === 0x20 && of === 6 ? MANAGER : {};
  return SERVICES[service] ?? own[service] ?? `service 0x${service.toString(16)}`;
}

/** A request or a response, up to the end of `tree`; in words. */
export function cipMessage(tree: Tree): string {
  const first = tree.flags("Service", 1, [["Response", 0, 1], ["Service code", 1, 7]], REF, "");
  const service = first & 0x7f, field = tree.last;
  if (first < 0x80) {
    const size = tree.u8("Request path size", REF, (words) => counted(words * 2, "octet"));
    const begins = [tree.reader.peek(), tree.reader.peek(1)];
    const to = size === 0 ? "" : tree.part("Request path", size * 2, path, PATH) ?? "";
    const name = field.meaning = serviceName(service, begins), data = requestData(tree, name);
    tree.rest("Data", REF);
    const where = name === "Unconnected Send" || to === "" ? "" : ` ${to}`;
    return tree.current.meaning = clip(`${name}${where}${data === "" ? "" : `: ${data}`}`, 160);
  }
  // A response names no object: a tag is known by the type of its data.
  const type = (tree.reader.peek(3) ?? 0) | (tree.reader.peek(4) ?? 0) << 8;
  const tag = service === 0x4c && tree.reader.peek(1) === 0 && tree.reader.peek(2) === 0 && TYPES[type] !== undefined;
  const name = field.meaning = `${serviceName(service, tag ? [0x91] : [])} response`;
  tree.u8("Reserved", REF);
  const status = tree.u8("General status", "CIP B-1", (value) => STATUS[value] ?? "unknown");
  const extra = tree.u8("Additional status size", REF, (words) => counted(words * 2, "octet"));
  if (extra > 0) tree.bytes("Additional status", extra * 2, REF);
  let said = status === 0 ? "" : `: ${STATUS[status] ?? `status ${status}`}`;
  if (service === 0x0a && (status === 0 || status === 0x1e) && tree.remaining >= 2) said += `: ${multiple(tree)}`;
  else if (tag) {
    tree.u16Le("Data type", REF, TYPES);
    said += ` ${TYPES[type]}, ${counted(tree.remaining, "octet")}`;
  }
  tree.rest("Data", REF);
  return tree.current.meaning = clip(`${name}${said}`, 160);
}
