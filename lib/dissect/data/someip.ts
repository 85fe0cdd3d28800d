// SOME/IP (AUTOSAR PRS_SOMEIPProtocol) with service discovery (PRS_SOMEIPServiceDiscoveryProtocol): the calls and
// events of the computers in a car. Pure.
import { FormatError } from "../../base/errors.ts";
import { names } from "../coding/names.ts";
import { readItems } from "../coding/shape.ts";
import { clip, counted, octetCount } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "PRS_SOMEIP 4.1.2";
const SD_REF = "PRS_SOMEIPSD 4.1.2";
const HEADER = 16;
/** Octets of a message that are believed. */
const LENGTH_LIMIT = 1 << 24;

const TYPES = names(`
  0 request; 1 request without return; 2 notification; 0x40 request acknowledged; 0x41 request without return acknowledged;
  0x42 notification acknowledged; 0x80 response; 0x81 error; 0xc0 response acknowledged; 0xc1 error acknowledged;
  0x20 request, a segment; 0x21 request without return, a segment; 0x22 notification, a segment;
  0xa0 response, a segment; 0xa1 error, a segment
`);
const CODES = names(`
  0 ok; 1 not ok; 2 unknown service; 3 unknown method; 4 not ready; 5 not reachable; 6 timeout; 7 wrong protocol version;
  8 wrong interface version; 9 malformed message; 10 wrong message type; 11 E2E repeated; 12 E2E wrong sequence;
  13 E2E error; 14 E2E not available; 15 E2E no new data
`);
const ENTRIES = names(`0 find service; 1 offer service; 4 find eventgroup; 5 publish eventgroup; 6 subscribe eventgroup;
  7 subscribe eventgroup acknowledged`);
const OPTIONS = names(`
  1 configuration; 2 load balancing; 3 protection; 4 IPv4 endpoint; 6 IPv6 endpoint; 0x14 IPv4 multicast; 0x16 IPv6 multicast;
  0x24 IPv4 SD endpoint; 0x26 IPv6 SD endpoint
`);
const TRANSPORTS: Readonly<Record<number, string>> = { 6: "TCP", 17: "UDP" };

const hex4 = (value: number) => `0x${value.toString(16).padStart(4, "0")}`;

/** Whether a message of SOME/IP may stand at `at`: its length, or `undefined`. */
function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + HEADER > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER);
  const length = view.getUint32(4);
  const fits = view.getUint8(12) === 1 && TYPES[view.getUint8(14)] !== undefined && view.getUint8(15) <= 0x5e;
  return fits && length >= 8 && length <= LENGTH_LIMIT ? length + 8 : undefined;
}

/** Whether messages follow each other up to the end. */
function isDatagram(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthAt(bytes, at);
    if (length === undefined) return false;
    at += length;
  }
  return at > 0 && at === bytes.length;
}

/** One message; gives its line. */
function message(tree: Tree): Words {
  const service = tree.u16(
    "Service ID",
    REF,
    (id) => id === 0xffff ? "service discovery, or a magic cookie" : hex4(id),
  );
  const method = tree.u16("Method ID", REF, (id) => id >= 0x8000 ? `event ${hex4(id)}` : hex4(id));
  const length = tree.u32("Length", REF, (octets) => `${counted(octets, "octet")} from the client ID on`);
  const client = tree.u16("Client ID", REF);
  const session = tree.u16("Session ID", REF);
  tree.u8("Protocol version", REF);
  tree.u8("Interface version", REF);
  const type = tree.u8("Message type", REF, TYPES);
  const code = tree.u8("Return code", "PRS_SOMEIP 4.2.6", CODES);
  const key = `someip ${service} ${method} ${client} ${session}`;
  const pair = (type & 0xdf) === 0 ? { asks: key } : (type & 0x80) !== 0 ? { answers: key } : {};
  const outcome = code === 0 ? "" : `: ${CODES[code] ?? `code ${code}`}`;
  const summary = `${hex4(service)}/${hex4(method)} ${TYPES[type] ?? `type ${type}`}${outcome}`;
  tree.said = { summary, ...pair };
  const said = tree.within("Message", length - 8, (part) => {
    if ((type & 0x20) !== 0) {
      const bits = part.u32("Offset and more", "PRS_SOMEIP 4.2.1.4", (word) => {
        return `${counted(word - word % 16, "octet")} before${word % 2 === 1 ? ", more follow" : ", the last"}`;
      });
      part.rest("Segment", "PRS_SOMEIP 4.2.1.4");
      return `, from ${bits - bits % 16} on`;
    }
    if (service === 0xffff && method === 0x8100) return `: ${discovery(part)}`;
    if (service === 0xffff && (method === 0 || method === 0x8000)) return ", magic cookie";
    const count = part.rest("Payload", "PRS_SOMEIP 4.1.3").length;
    return count === 0 ? "" : `, ${counted(count, "octet")}`;
  });
  return { summary: `${summary}${said ?? ""}`, ...pair };
}

function discovery(tree: Tree): string {
  tree.flags(
    "Flags",
    1,
    [["Reboot", 0, 1], ["Unicast", 1, 1], ["Explicit initial data", 2, 1], ["Reserved", 3, 5]],
    SD_REF,
  );
  tree.u24("Reserved", SD_REF);
  const words: string[] = [];
  const entries = tree.u32("Length of entries", SD_REF, octetCount);
  tree.within("Entries", entries, (part) => {
    while (part.remaining > 0) words.push(entry(part));
  });
  const options = tree.u32("Length of options", SD_REF, octetCount);
  tree.within("Options", options, (part) => {
    while (part.remaining > 0) words.push(option(part));
  });
  return clip(words.join("; "), 200);
}

function entry(tree: Tree): string {
  return tree.group("Entry", (group) => {
    const ref = "PRS_SOMEIPSD 4.1.2.3";
    group.ref = ref;
    const type = tree.u8("Type", ref, ENTRIES);
    tree.u8("Index of first options", ref);
    tree.u8("Index of second options", ref);
    tree.flags("Numbers of options", 1, [["First options", 0, 4], ["Second options", 4, 4]], ref);
    const [service, instance] = readItems(tree, [
      ["Service ID", "u16", hex4],
      ["Instance ID", "u16", (id) => id === 0xffff ? "all" : undefined],
      ["Major version", "u8", (version) => version === 0xff ? "any" : undefined],
    ], ref);
    const ttl = tree.u24("TTL", ref, (value) => {
      return value === 0
        ? "stopped, or refused"
        : value === 0xffffff
        ? "until the next reboot"
        : counted(value, "second");
    });
    let what = ENTRIES[type] ?? `entry ${type}`;
    if (ttl === 0 && type !== 0) what = type === 7 ? "subscription refused" : `stop: ${what}`;
    let detail = "";
    if (type < 4) tree.u32("Minor version", ref, (version) => version === 0xffffffff ? "any" : undefined);
    else {
      tree.flags("Counter", 2, [["Initial data requested", 8, 1], ["Reserved", 9, 3], ["Counter", 12, 4]], ref);
      detail = ` eventgroup ${hex4(tree.u16("Eventgroup ID", ref))}`;
    }
    return group.meaning = `${what} ${hex4(Number(service))} instance ${hex4(Number(instance))}${detail}`;
  });
}

function option(tree: Tree): string {
  return tree.group("Option", (group) => {
    const ref = "PRS_SOMEIPSD 4.1.2.4";
    group.ref = ref;
    const length = tree.u16("Length", ref, (octets) => `${counted(octets, "octet")} after the type`);
    const type = tree.u8("Type", ref, OPTIONS);
    const name = OPTIONS[type] ?? `option ${type}`;
    const said = tree.within(name, length, (part) => {
      part.flags("Discardable", 1, [["Discardable", 0, 1], ["Reserved", 1, 7]], ref);
      if (type === 1) return configuration(part, ref);
      if (type === 2) return readItems(part, [["Priority", "u16"], ["Weight", "u16"]], ref).join(", ");
      const six = (type & 2) !== 0;
      if ((type & 4) === 0 || part.remaining < (six ? 20 : 8)) return "";
      const address = part.ip("Address", six ? 16 : 4, ref);
      part.u8("Reserved", ref);
      const transport = part.u8("Transport", ref, TRANSPORTS);
      const port = part.u16("Port", ref);
      return `${six ? `[${address}]` : address}:${port} ${TRANSPORTS[transport] ?? transport}`;
    });
    return group.meaning = `${name}${said === undefined || said === "" ? "" : ` ${said}`}`;
  });
}

/** Texts with their lengths, up to an empty one (as in DNS-SD). */
function configuration(tree: Tree, ref: string): string {
  const words: string[] = [];
  for (;;) {
    const length = tree.u8("Text length", ref);
    if (length === 0) break;
    words.push(tree.text("Text", length, ref));
  }
  return clip(words.join(" "), 80);
}

function datagram(tree: Tree, _context: DissectContext): Words {
  let first: Words | undefined, summary = "";
  while (tree.remaining > 0) {
    const words = tree.group("Message", (group) => {
      const words = message(tree);
      group.meaning = words.summary;
      return words;
    }, { ref: REF });
    // A datagram has room for 4,000 of them.
    if (summary.length < 240) summary += `${first === undefined ? "" : "; "}${words.summary}`;
    first ??= words;
    tree.said = { ...first, summary };
  }
  return { ...first, summary: clip(summary, 240) };
}

class SomeIp implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes.length < HEADER) return 0;
    const length = lengthAt(bytes, 0);
    if (length === undefined) throw new FormatError("This is no message of SOME/IP", 0);
    return length;
  }

  dissect(tree: Tree): Words {
    return message(tree);
  }
}

function detect(bytes: Uint8Array): Guess {
  // Nothing in it is sure: elsewhere than on its ports nobody is to wait for more of it.
  return bytes.length >= HEADER && lengthAt(bytes, 0) === undefined ? "no" : "possible";
}

export const SOMEIP: Protocol = {
  name: "someip",
  title: "SOME/IP",
  ref: "PRS_SOMEIP 4",
  tcp: [30490, 30491, 30501],
  udp: [30490, 30491, 30501],
  detect,
  fits: (bytes) => lengthAt(bytes, 0) !== undefined,
  detectDatagram: isDatagram,
  stream: () => new SomeIp(),
  datagram,
};
