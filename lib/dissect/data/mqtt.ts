// MQTT 3.1.1 and 5 (OASIS): control packets, properties. Pure.
import { FormatError } from "../../base/errors.ts";
import { contentText } from "../coding/content.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const REF = "MQTT 2.1";
const TYPES = [
  "reserved",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "AUTH",
];
const RETURN_CODES = [
  "accepted",
  "unacceptable protocol version",
  "identifier rejected",
  "server unavailable",
  "bad user name or password",
  "not authorized",
];
const REASONS: Readonly<Record<number, string>> = {
  0x00: "success",
  0x01: "granted QoS 1",
  0x02: "granted QoS 2",
  0x04: "disconnect with will",
  0x10: "no matching subscribers",
  0x11: "no subscription existed",
  0x18: "continue authentication",
  0x19: "re-authenticate",
  0x80: "unspecified error",
  0x81: "malformed packet",
  0x82: "protocol error",
  0x83: "implementation specific error",
  0x84: "unsupported protocol version",
  0x85: "client identifier not valid",
  0x86: "bad user name or password",
  0x87: "not authorized",
  0x88: "server unavailable",
  0x89: "server busy",
  0x8a: "banned",
  0x8b: "server shutting down",
  0x8c: "bad authentication method",
  0x8d: "keep alive timeout",
  0x8e: "session taken over",
  0x8f: "topic filter invalid",
  0x90: "topic name invalid",
  0x91: "packet identifier in use",
  0x92: "packet identifier not found",
  0x93: "receive maximum exceeded",
  0x94: "topic alias invalid",
  0x95: "packet too large",
  0x96: "message rate too high",
  0x97: "quota exceeded",
  0x98: "administrative action",
  0x99: "payload format invalid",
  0x9a: "retain not supported",
  0x9b: "QoS not supported",
  0x9c: "use another server",
  0x9d: "server moved",
  0x9e: "shared subscriptions not supported",
  0x9f: "connection rate exceeded",
  0xa0: "maximum connect time",
  0xa1: "subscription identifiers not supported",
  0xa2: "wildcards not supported",
};
/** Property: name and kind: octet, u16, u32, varint, text, octets, pair. */
const PROPERTIES: Readonly<Record<number, readonly [name: string, kind: string]>> = {
  0x01: ["Payload format", "u8"],
  0x02: ["Message expiry", "u32"],
  0x03: ["Content type", "text"],
  0x08: ["Response topic", "text"],
  0x09: ["Correlation data", "octets"],
  0x0b: ["Subscription identifier", "varint"],
  0x11: ["Session expiry", "u32"],
  0x12: ["Assigned client identifier", "text"],
  0x13: ["Server keep alive", "u16"],
  0x15: ["Authentication method", "text"],
  0x16: ["Authentication data", "octets"],
  0x17: ["Request problem information", "u8"],
  0x18: ["Will delay", "u32"],
  0x19: ["Request response information", "u8"],
  0x1a: ["Response information", "text"],
  0x1c: ["Server reference", "text"],
  0x1f: ["Reason", "text"],
  0x21: ["Receive maximum", "u16"],
  0x22: ["Topic alias maximum", "u16"],
  0x23: ["Topic alias", "u16"],
  0x24: ["Maximum QoS", "u8"],
  0x25: ["Retain available", "u8"],
  0x26: ["User property", "pair"],
  0x27: ["Maximum packet size", "u32"],
  0x28: ["Wildcards available", "u8"],
  0x29: ["Subscription identifiers available", "u8"],
  0x2a: ["Shared subscriptions available", "u8"],
};

/** What the numbers of a property mean. */
function propertyMeaning(id: number, value: number): string | undefined {
  if ([0x02, 0x11, 0x13, 0x18].includes(id)) return value === 0xffffffff ? "for ever" : `${value} seconds`;
  if (id === 0x01) return value === 1 ? "UTF-8 text" : "octets";
  if (id === 0x27) return `${value} octets`;
  if ([0x17, 0x19, 0x25, 0x28, 0x29, 0x2a].includes(id)) return value === 0 ? "no" : "yes";
  return undefined;
}

/** A variable byte integer (MQTT 1.5.5). */
function varint(tree: Tree, name: string, ref: string): number {
  return tree.field(name, (reader) => {
    let value = 0;
    for (let scale = 1, i = 0; i < 4; i++, scale *= 128) {
      const octet = reader.u8();
      value += (octet & 127) * scale;
      if (octet < 128) return value;
    }
    throw new FormatError(`${name} takes more than four octets`, reader.offset);
  }, () => ({ ref }));
}

/** Text behind a length of two octets. */
function text(tree: Tree, name: string, ref: string): string {
  const length = tree.u16(`${name} length`, ref);
  return length === 0 ? "" : tree.text(name, length, ref);
}

function octets(tree: Tree, name: string, ref: string): Uint8Array {
  const length = tree.u16(`${name} length`, ref);
  return length === 0 ? new Uint8Array(0) : tree.bytes(name, length, ref);
}

function properties(tree: Tree, name = "Properties"): void {
  const ref = "MQTT5 2.2.2";
  const length = varint(tree, `${name} length`, ref);
  if (length === 0) return;
  tree.part(name, length, (part) => {
    while (part.remaining > 0) {
      part.group("Property", (group) => {
        const id = part.u8("Identifier", ref, (value) => PROPERTIES[value]?.[0] ?? "unknown");
        const [label, kind] = PROPERTIES[id] ?? ["unknown", ""];
        group.meaning = label;
        const meaning = (value: number) => propertyMeaning(id, value);
        if (kind === "u8") part.u8(label, ref, meaning);
        else if (kind === "u16") part.u16(label, ref, meaning);
        else if (kind === "u32") part.u32(label, ref, meaning);
        else if (kind === "varint") varint(part, label, ref);
        else if (kind === "text") group.meaning += `: ${clip(text(part, label, ref))}`;
        else if (kind === "octets") octets(part, label, ref);
        else if (kind === "pair") {
          group.meaning += `: ${clip(`${text(part, "Name", ref)}=${text(part, "Value", ref)}`)}`;
        } else throw new FormatError(`${id} is no property`, part.offset - 1);
      });
    }
  }, ref);
}

class Mqtt implements StreamDissector {
  #version = 4;

  measure(bytes: Uint8Array): number {
    let length = 0;
    for (let i = 1, scale = 1; i <= 4; i++, scale *= 128) {
      const octet = bytes[i];
      if (octet === undefined) return 0;
      length += (octet & 127) * scale;
      if (octet < 128) return 1 + i + length;
    }
    throw new FormatError("The remaining length takes more than four octets", 1);
  }

  dissect(tree: Tree, _context: DissectContext): Words {
    const type = (tree.reader.peek() ?? 0) >> 4;
    const publish = type === 3;
    const first = tree.flags("Packet type and flags", 1, [
      ["Type", 0, 4, (value) => TYPES[value]],
      ["DUP", 4, 1, publish ? (v) => v === 1 ? "sent again" : "not set" : undefined],
      ["QoS", 5, 2, publish ? ["at most once", "at least once", "exactly once"] : undefined],
      ["RETAIN", 7, 1],
    ], REF);
    tree.last.meaning = TYPES[type]!;
    varint(tree, "Remaining length", REF);
    tree.last.meaning = "octets that follow";
    tree.said = { summary: TYPES[type]! };
    return this.#packet(tree, type, first & 15);
  }

  #packet(tree: Tree, type: number, flags: number): Words {
    const five = this.#version === 5;
    const name = TYPES[type]!;
    const ref = `MQTT 3.${type}`;
    switch (type) {
      case 1:
        return this.#connect(tree);
      case 2: {
        tree.u8("Session present", ref, (flag) => (flag & 1) === 0 ? "a new session" : "the session goes on");
        const code = tree.u8(five ? "Reason" : "Return code", ref, five ? REASONS : (value) => RETURN_CODES[value]);
        if (five && tree.remaining > 0) properties(tree);
        return { summary: `${name} ${(five ? REASONS[code] : RETURN_CODES[code]) ?? code}`, answers: "connect" };
      }
      case 3: {
        const topic = text(tree, "Topic", ref);
        const qos = (flags >> 1) & 3;
        const id = qos > 0 ? tree.u16("Packet identifier", ref) : 0;
        if (five) properties(tree);
        const at = tree.offset;
        const payload = tree.rest("Payload", ref);
        const shown = contentText(payload, "");
        if (shown !== undefined && tree.last.offset === at) tree.last.value = shown;
        const what = payload.length === 0
          ? "(empty)"
          : shown === undefined
          ? `${payload.length} octets`
          : clip(shown, 80);
        return {
          summary: `${name} ${clip(topic, 80)}: ${what}`,
          ...(qos > 0 ? { asks: `publish ${id}` } : {}),
          ...(shown === undefined ? {} : { text: shown }),
        };
      }
      case 4:
      case 5:
      case 6:
      case 7: {
        const id = tree.u16("Packet identifier", ref);
        if (tree.remaining > 0) tree.u8("Reason", ref, REASONS);
        if (tree.remaining > 0) properties(tree);
        return {
          summary: `${name} ${id}`,
          ...(type === 4 || type === 5
            ? { answers: `publish ${id}` }
            : type === 6
            ? { asks: `release ${id}` }
            : { answers: `release ${id}` }),
        };
      }
      case 8:
      case 10: {
        const id = tree.u16("Packet identifier", ref);
        if (five) properties(tree);
        const topics: string[] = [];
        while (tree.remaining > 0) {
          const topic = text(tree, "Topic filter", ref);
          topics.push(topic);
          if (type === 10) continue;
          tree.flags("Options", 1, [
            ["Reserved", 0, 2],
            ["Retain handling", 2, 2],
            ["Retain as published", 4, 1],
            ["No local", 5, 1],
            ["QoS at most", 6, 2],
          ], ref);
        }
        return { summary: `${name} ${clip(topics.join(", "), 120)}`, asks: `subscribe ${id}` };
      }
      case 9:
      case 11: {
        const id = tree.u16("Packet identifier", ref);
        if (five) properties(tree);
        while (tree.remaining > 0) tree.u8("Reason", ref, REASONS);
        return { summary: `${name} ${id}`, answers: `subscribe ${id}` };
      }
      case 12:
        return { summary: name, asks: "ping" };
      case 13:
        return { summary: name, answers: "ping" };
      case 14:
      case 15: {
        const code = tree.remaining > 0 ? tree.u8("Reason", ref, REASONS) : undefined;
        if (tree.remaining > 0) properties(tree);
        return { summary: code === undefined || code === 0 ? name : `${name} ${REASONS[code] ?? code}` };
      }
    }
    tree.rest("Data", ref);
    return { summary: name };
  }

  #connect(tree: Tree): Words {
    const ref = "MQTT 3.1.2";
    text(tree, "Protocol name", ref);
    this.#version = tree.u8("Protocol version", ref, { 3: "3.1", 4: "3.1.1", 5: "5" });
    const flags = tree.flags("Connect flags", 1, [
      ["User name", 0, 1],
      ["Password", 1, 1],
      ["Will retain", 2, 1],
      ["Will QoS", 3, 2],
      ["Will", 5, 1],
      ["Clean start", 6, 1],
      ["Reserved", 7, 1],
    ], ref);
    tree.u16("Keep alive", ref, (s) => s === 0 ? "never" : `${s} seconds`);
    if (this.#version === 5) properties(tree);
    const id = text(tree, "Client identifier", "MQTT 3.1.3");
    if ((flags & 4) !== 0) {
      if (this.#version === 5) properties(tree, "Will properties");
      text(tree, "Will topic", "MQTT 3.1.3");
      octets(tree, "Will payload", "MQTT 3.1.3");
    }
    const user = (flags & 0x80) !== 0 ? text(tree, "User name", "MQTT 3.1.3") : undefined;
    if ((flags & 0x40) !== 0) {
      if (text(tree, "Password", "MQTT 3.1.3") !== "") tree.last.secret = true;
    }
    const version = this.#version === 5 ? "5" : this.#version === 4 ? "3.1.1" : "3.1";
    return {
      summary: `CONNECT ${version} as ${id === "" ? "(no identifier)" : clip(id, 60)}` +
        `${user === undefined ? "" : `, user ${clip(user, 40)}`}${(flags & 0x40) === 0 ? "" : ", password in clear"}`,
      asks: "connect",
    };
  }
}

function detect(bytes: Uint8Array): Guess {
  if (bytes[0] !== 0x10) return bytes[0]! >> 4 === 2 ? "possible" : "no";
  const head = decodeText(bytes.subarray(1, 14));
  if (head.includes("\0\u0004MQTT") || head.includes("\0\u0006MQIsdp")) return "yes";
  return bytes.length < 12 ? "maybe" : "no";
}

export const MQTT: Protocol = {
  name: "mqtt",
  title: "MQTT",
  ref: "MQTT",
  tcp: [1883],
  detect,
  sideOf: (bytes) => [0x20, 0x90, 0xb0, 0xd0].includes(bytes[0]! & 0xf0) ? "server" : "client",
  stream: () => new Mqtt(),
};
