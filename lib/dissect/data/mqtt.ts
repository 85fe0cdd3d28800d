// MQTT 3.1.1 and 5 (OASIS): control packets, properties. Pure.
import { FormatError } from "../../base/errors.ts";
import { contentText } from "../coding/content.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";
import {
  DISCONNECT_REASONS,
  FLAGS,
  GRANTED,
  PROPERTIES,
  propertyMeaning,
  REASONS,
  RETURN_CODES,
  SUBACK_REASONS,
  TYPES,
  VERSIONS,
} from "./mqtt_names.ts";

const REF = "MQTT 2.1";
/** Topics by alias that are remembered. */
const ALIAS_LIMIT = 1024;
const QOS = ["at most once", "at least once", "exactly once", "reserved"];
const SUBSCRIPTION: readonly BitRow[] = [["Reserved", 0, 6], ["QoS at most", 6, 2, QOS]];
const SUBSCRIPTION_5: readonly BitRow[] = [
  ["Reserved", 0, 2],
  ["Retain handling", 2, 2, ["sent at once", "sent where the subscription is new", "not sent"]],
  ["Retain as published", 4, 1],
  ["No local", 5, 1],
  ["QoS at most", 6, 2, QOS],
];
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

/** Reads properties; gives the topic alias, where there is one. */
function properties(tree: Tree, name = "Properties"): number | undefined {
  const ref = "MQTT5 2.2.2";
  let alias: number | undefined;
  const length = varint(tree, `${name} length`, ref);
  if (length === 0) return undefined;
  tree.part(name, length, (part) => {
    while (part.remaining > 0) {
      part.group("Property", (group) => {
        const id = part.u8("Identifier", ref, (value) => PROPERTIES[value]?.[0] ?? "unknown");
        const [label, kind] = PROPERTIES[id] ?? ["unknown", ""];
        group.meaning = label;
        const meaning = (value: number) => propertyMeaning(id, value);
        if (kind === "u8") part.u8(label, ref, meaning);
        else if (kind === "u16") {
          const word = part.u16(label, ref, meaning);
          if (id === 0x23) alias = word;
        } else if (kind === "u32") part.u32(label, ref, meaning);
        else if (kind === "varint") varint(part, label, ref);
        else if (kind === "text") group.meaning += `: ${clip(text(part, label, ref))}`;
        else if (kind === "octets") octets(part, label, ref);
        else if (kind === "pair") {
          group.meaning += `: ${clip(`${text(part, "Name", ref)}=${text(part, "Value", ref)}`)}`;
        } else throw new FormatError(`${id} is no property`, part.offset - 1);
      });
    }
  }, ref);
  return alias;
}

/** What a packet begins with. */
interface Head {
  readonly type: number;
  readonly flags: number;
  readonly name: string;
  readonly ref: string;
  readonly side: Side;
}

/** What follows a message or its release. */
function acknowledgement(tree: Tree, { type, name, ref }: Head): Words {
  const id = tree.u16("Packet identifier", ref);
  if (tree.remaining > 0) tree.u8("Reason", ref, REASONS);
  if (tree.remaining > 0) properties(tree);
  const pair = type === 6 ? { asks: `release ${id}` } : { answers: `${type === 7 ? "release" : "publish"} ${id}` };
  return { summary: `${name} ${id}`, ...pair };
}

/** DISCONNECT, and AUTH, which has the same form. */
function reasonOnly(tree: Tree, { type, name, ref }: Head): Words {
  const reasons: Readonly<Record<number, string>> = type === 14 ? DISCONNECT_REASONS : REASONS;
  const code = tree.remaining > 0 ? tree.u8("Reason", ref, reasons) : undefined;
  if (tree.remaining > 0) properties(tree);
  return { summary: code === undefined || code === 0 ? name : `${name} ${REASONS[code] ?? code}` };
}

class Mqtt implements StreamDissector {
  #version = 4;
  /** Topics that a side gave a number to (MQTT5 3.3.2.3.4). */
  readonly #aliases: Record<Side, Map<number, string>> = { client: new Map(), server: new Map() };

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

  dissect(tree: Tree, { side }: DissectContext): Words {
    const type = (tree.reader.peek() ?? 0) >> 4;
    const publish: readonly BitRow[] = [
      ["DUP", 4, 1, (v) => v === 1 ? "sent again" : "not set"],
      ["QoS", 5, 2, QOS],
      ["RETAIN", 7, 1],
    ];
    const first = tree.flags("Packet type and flags", 1, [
      ["Type", 0, 4, (value) => TYPES[value]],
      ...type === 3 ? publish : [["Reserved", 4, 4, (v) => `always ${v}`] as BitRow],
    ], REF);
    tree.last.meaning = TYPES[type]!;
    const wanted = FLAGS[type] ?? 0;
    if (type !== 3 && (first & 15) !== wanted) {
      tree.last.children!.at(-1)!.meaning = `must be ${wanted}`;
      tree.flaw(`The flags of ${TYPES[type]} must be ${wanted} (MQTT 2.1.3)`);
    }
    varint(tree, "Remaining length", REF);
    tree.last.meaning = "octets that follow";
    tree.said = { summary: TYPES[type]! };
    return this.#packet(tree, { type, flags: first & 15, name: TYPES[type]!, ref: `MQTT 3.${type}`, side });
  }

  /** The topic of a message that may have a number in its place. */
  #topic(topic: string, alias: number | undefined, side: Side): string {
    const known = this.#aliases[side];
    if (alias === undefined) return topic;
    if (topic === "") return known.get(alias) ?? `(topic alias ${alias})`;
    if (known.size < ALIAS_LIMIT) known.set(alias, topic);
    return topic;
  }

  #packet(tree: Tree, head: Head): Words {
    const { type, name, ref } = head;
    switch (type) {
      case 1:
        return this.#connect(tree);
      case 2:
        return this.#connected(tree, head);
      case 3:
        return this.#publish(tree, head);
      case 4:
      case 5:
      case 6:
      case 7:
        return acknowledgement(tree, head);
      case 8:
      case 10:
        return this.#subscribe(tree, head);
      case 9:
      case 11:
        return this.#subscribed(tree, head);
      case 12:
        return { summary: name, asks: "ping" };
      case 13:
        return { summary: name, answers: "ping" };
      case 14:
      case 15:
        return reasonOnly(tree, head);
    }
    tree.rest("Data", ref);
    return { summary: name };
  }

  #connected(tree: Tree, { name, ref }: Head): Words {
    tree.flags("Acknowledge flags", 1, [
      ["Reserved", 0, 7],
      ["Session present", 7, 1, (flag) => flag === 0 ? "a new session" : "the session goes on"],
    ], "MQTT 3.2.2.1");
    const five = this.#version === 5;
    const code = tree.u8(five ? "Reason" : "Return code", ref, five ? REASONS : (value) => RETURN_CODES[value]);
    if (five && tree.remaining > 0) properties(tree);
    return { summary: `${name} ${(five ? REASONS[code] : RETURN_CODES[code]) ?? code}`, answers: "connect" };
  }

  #publish(tree: Tree, { name, ref, flags, side }: Head): Words {
    const topic = text(tree, "Topic", ref);
    const qos = (flags >> 1) & 3;
    const id = qos > 0 ? tree.u16("Packet identifier", ref) : 0;
    const alias = this.#version === 5 ? properties(tree) : undefined;
    const at = tree.offset;
    const payload = tree.rest("Payload", ref);
    const shown = contentText(payload, "");
    if (shown !== undefined && tree.last.offset === at) tree.last.value = shown;
    const what = payload.length === 0
      ? "(empty)"
      : shown === undefined
      ? counted(payload.length, "octet")
      : clip(shown, 80);
    return {
      summary: `${name} ${clip(this.#topic(topic, alias, side), 80)}: ${what}`,
      ...(qos > 0 ? { asks: `publish ${id}` } : {}),
      ...(shown === undefined ? {} : { text: shown }),
    };
  }

  #subscribe(tree: Tree, { type, name, ref }: Head): Words {
    const five = this.#version === 5;
    const id = tree.u16("Packet identifier", ref);
    if (five) properties(tree);
    const topics: string[] = [];
    while (tree.remaining > 0) {
      topics.push(text(tree, "Topic filter", ref));
      if (type === 8) tree.flags("Options", 1, five ? SUBSCRIPTION_5 : SUBSCRIPTION, ref);
    }
    return { summary: `${name} ${clip(topics.join(", "), 120)}`, asks: `subscribe ${id}` };
  }

  #subscribed(tree: Tree, { type, name, ref }: Head): Words {
    const five = this.#version === 5;
    const id = tree.u16("Packet identifier", ref);
    if (five) properties(tree);
    const reasons: Readonly<Record<number, string>> = type === 11 ? REASONS : five ? SUBACK_REASONS : GRANTED;
    const said: string[] = [];
    while (tree.remaining > 0) said.push(reasons[tree.u8("Reason", ref, reasons)] ?? "unknown");
    return { summary: clip(`${name} ${id} ${said.join(", ")}`.trim(), 120), answers: `subscribe ${id}` };
  }

  #connect(tree: Tree): Words {
    const ref = "MQTT 3.1.2";
    text(tree, "Protocol name", ref);
    const octet = tree.u8("Protocol version", ref, VERSIONS);
    this.#version = octet & 0x7f;
    const flags = tree.flags("Connect flags", 1, [
      ["User name", 0, 1],
      ["Password", 1, 1],
      ["Will retain", 2, 1],
      ["Will QoS", 3, 2, QOS],
      ["Will", 5, 1],
      [this.#version === 5 ? "Clean start" : "Clean session", 6, 1],
      ["Reserved", 7, 1],
    ], ref);
    tree.u16("Keep alive", ref, (s) => s === 0 ? "never" : counted(s, "second"));
    if (this.#version === 5) properties(tree);
    const id = text(tree, "Client identifier", "MQTT 3.1.3");
    if ((flags & 4) !== 0) {
      if (this.#version === 5) properties(tree, "Will properties");
      text(tree, "Will topic", "MQTT 3.1.3");
      const will = octets(tree, "Will payload", "MQTT 3.1.3");
      const shown = contentText(will, "");
      if (will.length > 0 && shown !== undefined) tree.last.value = shown;
    }
    const user = (flags & 0x80) !== 0 ? text(tree, "User name", "MQTT 3.1.3") : undefined;
    if ((flags & 0x40) !== 0) {
      if (text(tree, "Password", "MQTT 3.1.3") !== "") tree.last.secret = true;
    }
    return {
      summary: `CONNECT ${VERSIONS[octet] ?? octet} as ${id === "" ? "(no identifier)" : clip(id, 60)}` +
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
