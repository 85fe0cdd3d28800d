// Packets explained octet by octet (`--explain`), as text or JSON. Pure. The trees are the dissectors'.
import { bold } from "@std/fmt/colors";
import type { Field } from "../../base/field.ts";
import { answerText } from "../../dissect/follow/message.ts";
import { fieldJson, messageJson } from "../../dissect/view/json.ts";
import { mask } from "../../dissect/view/mask.ts";
import { PacketDissector } from "../../dissect/follow/packet.ts";
import type { Decode } from "../../dissect/protocol.ts";
import type { KeyLog } from "../../dissect/security/key_log.ts";
import { explainLines, type ViewOptions } from "../../dissect/view/octets.ts";
import { printable } from "../../base/text.ts";
import { HostNames } from "../file/pcapng_blocks.ts";
import { type Packet, packetBytes } from "../packet.ts";

interface ExplainedOptions extends ViewOptions {
  readonly decode?: readonly Decode[];
  /** Secrets of TLS: what they open is explained. */
  readonly keys?: KeyLog | undefined;
  readonly mask?: boolean;
  /** Only packets that hold this protocol. */
  readonly protocol?: string | undefined;
}

/** What is to be shown of a packet. */
export interface Explained {
  readonly lines: () => string[];
  /** Keys for the packet's JSON object, beginning with a comma, without braces. */
  readonly json: () => string;
  /** The packet, with secrets hidden where that was asked for: to print its line. */
  readonly packet: Packet;
  /** Values of fields by name, case and punctuation aside: for columns. */
  readonly values: (name: string) => string[];
  /** Adds the names of all fields. */
  readonly names: (to: Set<string>) => void;
}

/** Names of fields that are kept to find the nearest of a misspelt one. */
const NAMES = 10_000;

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Explains packets one after the other and remembers their connections. */
export class PacketExplainer {
  readonly #options: ExplainedOptions;
  readonly #dissector: PacketDissector;
  /** Names of hosts, for addresses. */
  readonly names = new HostNames();

  constructor(options: ExplainedOptions = {}) {
    this.#options = options;
    this.#dissector = new PacketDissector({ decode: options.decode ?? [], keys: options.keys });
  }

  /** Says the names of addresses in headers. */
  #name(layers: readonly Field[]): void {
    for (const field of layers.flatMap((layer) => layer.children ?? [])) {
      const name = typeof field.value === "string" ? this.names.of(field.value) : undefined;
      if (name !== undefined) field.meaning ??= name;
    }
  }

  /** `undefined` for packets that are not to be shown. `heading` makes the line above. */
  explain(packet: Packet, heading: (packet: Packet) => string): Explained | undefined {
    const { mask: masked, protocol, colour } = this.#options;
    const own = packetBytes(packet).slice();
    const found = this.#dissector.dissect(packet.link, own, {
      originalLength: packet.length,
      timeMs: packet.seconds * 1000 + packet.nanos / 1e6,
      number: packet.number,
    });
    if (this.names.size > 0) this.#name(found.fields);
    if (protocol !== undefined && !found.facts.layers.includes(protocol)) return undefined;
    const hidden = masked ? mask(own, found.fields) : { bytes: own, fields: found.fields as readonly Field[] };
    const shown: Packet = { ...packet, bytes: hidden.bytes, start: 0, blockStart: 0, blockLength: 0 };
    return {
      packet: shown,
      lines: () => {
        const lines = explainLines(hidden.fields, hidden.bytes, this.#options);
        if (lines.length === 0) return [];
        const notes = found.messages.map((message) => {
          const answer = answerText(message);
          const clear = message.secrets.length === 0
            ? ""
            : masked
            ? " <- password in clear, masked"
            : " <- password in clear";
          return `${answer === "" ? "" : ` (${answer})`}${clear}`;
        }).join("");
        const head = `${packet.number}  ${heading(shown)}${notes}`;
        const comments = packet.comment === undefined
          ? []
          : packet.comment.split("\n").map((line) => `Comment: ${printable(line)}`);
        return [colour ? bold(head) : head, ...comments, ...lines, ""];
      },
      json: () => {
        const messages = found.messages.map((message) => {
          const { fields: _, ...words } = messageJson(message);
          return words;
        });
        return `,"layers":${JSON.stringify(found.facts.layers)},"fields":${
          JSON.stringify(hidden.fields.map(fieldJson))
        }` +
          (messages.length === 0 ? "" : `,"messages":${JSON.stringify(messages)}`);
      },
      values: (name) => {
        const wanted = plain(name), out: string[] = [];
        const visit = (field: Field) => {
          if (plain(field.name) === wanted && out.length < 100) {
            const value = field.value;
            out.push(
              value instanceof Uint8Array
                ? Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("")
                : value === undefined
                ? field.meaning ?? ""
                : String(value),
            );
          }
          field.children?.forEach(visit);
        };
        hidden.fields.forEach(visit);
        return out;
      },
      names: (to) => {
        const visit = (field: Field) => {
          if (to.size < NAMES) to.add(field.name);
          field.children?.forEach(visit);
        };
        hidden.fields.forEach(visit);
      },
    };
  }
}
