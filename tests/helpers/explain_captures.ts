// The explained text of the captures in tests/data/captures, and the helper that rewrites it:
//   deno run --allow-read --allow-write tests/helpers/explain_captures.ts
// Review the difference before you commit it.
import type { Field } from "../../lib/base/field.ts";
import { messageLines } from "../../lib/dissect/view/message.ts";
import { PacketDissector } from "../../lib/dissect/follow/packet.ts";
import { explainLines } from "../../lib/dissect/view/octets.ts";
import { readPcap } from "./pcap.ts";

const FOLDER = new URL("../data/captures/", import.meta.url);
/** Captures about the layers below TCP and UDP: every packet whole. Of the others: the messages of applications. */
const WHOLE = new Set(["frames", "lan", "nflog", "null", "ppp", "raw", "sll", "sll2", "wifi"]);
/** Captures about what stands directly on frames or IP: the layers behind those that carry it, these only with options. */
const INSIDE = new Set([
  "eapol",
  "eigrp",
  "isis",
  "multicast",
  "options",
  "ospf",
  "ospf6",
  "ptp",
  "sctp",
  "switches",
  "vrrp",
]);
const CARRIERS = ["Ethernet", "IPv4", "IPv6", "LLC", "SNAP", "UDP"];

/** Whether a layer only carries: it has nothing but fields and words of bits. */
const carries = ({ name, children = [] }: Field) =>
  CARRIERS.includes(name) && !children.some((child) => child.children?.some(({ bits }) => bits === undefined));

/** Names of the captures, without ".pcap". */
export function captureNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) => name.endsWith(".pcap"))
    .map((name) => name.slice(0, -5)).sort();
}

/** The octets of a capture. */
export function readCapture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`${name}.pcap`, FOLDER));
}

/** The explained text of a capture as it should be. */
export function goldenText(name: string): string {
  return Deno.readTextFileSync(new URL(`${name}.txt`, FOLDER));
}

/** The explained text of a capture as it is. */
export function explainCapture(name: string): string {
  const { linkType, packets } = readPcap(readCapture(name));
  const dissector = new PacketDissector();
  const lines: string[] = [];
  packets.forEach((packet, index) => {
    const number = index + 1;
    const result = dissector.dissect(linkType, packet.bytes, {
      originalLength: packet.length,
      timeMs: packet.timeMs,
      number,
    });
    if (WHOLE.has(name) || INSIDE.has(name)) {
      lines.push(`${number} ${result.facts.layers.join("/")}: ${result.summary}`);
      const fields = WHOLE.has(name) ? result.fields : result.fields.filter((field) => !carries(field));
      lines.push(...explainLines(fields, packet.bytes, { rows: 8 }), "");
    } else for (const message of result.messages) lines.push(...messageLines(message, { rows: 8 }), "");
  });
  return lines.map((line) => line.trimEnd()).join("\n");
}

if (import.meta.main) {
  for (const name of captureNames()) Deno.writeTextFileSync(new URL(`${name}.txt`, FOLDER), explainCapture(name));
}
