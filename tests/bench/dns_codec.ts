// Decoding and encoding of DNS messages beside npm's dns-packet, the quickest codec there, in one process by turns.
// To add a message: a line in `MESSAGES`.
import { Buffer } from "node:buffer";
import { ednsRecord } from "../../lib/dns/model.ts";
import { explainMessage } from "../../lib/dns/explain.ts";
import { encodeMessage, type MessageParts, parseMessage, recordOf } from "../../lib/dns/message.ts";
import { parseName } from "../../lib/dns/name.ts";
import { parseRdata } from "../../lib/dns/rdata_text.ts";
import { CLASS, TYPE } from "../../lib/dns/types.ts";
import { alone, beside, printTable, rounds, type Row } from "./table.ts";

const www = parseName("www.example.test.");
const record = (type: number, text: string) => recordOf(www, 300, parseRdata(type, CLASS.IN, text));
const answer = (type: number, ...texts: string[]): MessageParts => ({
  id: 4711,
  qr: true,
  rd: true,
  ra: true,
  questions: [{ name: www, type, rdclass: CLASS.IN }],
  answers: texts.map((text) => record(type, text)),
  additionals: [ednsRecord({})],
});

/** Answers of the kinds that resolvers give most. */
const MESSAGES: readonly (readonly [what: string, parts: MessageParts])[] = [
  ["small answer (2 A, EDNS)", answer(TYPE.A, "192.0.2.1", "192.0.2.2")],
  ["5 MX", answer(TYPE.MX, ...[1, 2, 3, 4, 5].map((n) => `${n}0 mail${n}.example.test.`))],
  ["20 AAAA", answer(TYPE.AAAA, ...Array.from({ length: 20 }, (_, n) => `2001:db8::${n + 1}`))],
];

/** The face of npm's dns-packet. */
interface DnsPacket {
  decode(bytes: Buffer): unknown;
  encode(packet: unknown): Buffer;
}

/** Calls a second, measured for `ms` after a warm-up. */
function rate(call: () => unknown, ms = 200): number {
  for (let i = 0; i < 5000; i++) call();
  const start = performance.now();
  let calls = 0;
  do {
    for (let i = 0; i < 500; i++) call();
    calls += 500;
  } while (performance.now() - start < ms);
  return calls / (performance.now() - start) * 1000;
}

/** Reads everything that dns-packet's decode makes: names and data of all records as text. */
function readAll(bytes: Uint8Array): number {
  const message = parseMessage(bytes);
  let length = 0;
  for (const { name } of message.questions) length += name.toString().length;
  for (const record of message.answers) length += record.name.toString().length + record.rdata.text().length;
  return length + (message.edns?.udpSize ?? 0);
}

/** The rows of the table; empty when dns-packet cannot be had. */
async function measure(): Promise<Row[]> {
  const specifier = "npm:dns-packet@5.6.1";
  const peer = ((await import(specifier)) as { default: DnsPacket }).default;
  const rows: Row[] = [];
  const add = async (what: string, ours: () => unknown, theirs: () => unknown, target = "") => {
    const [a, b] = await rounds(
      5,
      () => Promise.resolve(rate(ours)),
      () => Promise.resolve(rate(theirs)),
    ) as [number, number];
    const text = (value: number) => `${Math.round(value / 1000)}k/s`;
    rows.push(beside(what, text, a, b, target));
  };
  for (const [what, parts] of MESSAGES) {
    const bytes = encodeMessage(parts), buffer = Buffer.from(bytes);
    await add(
      `decode ${what}`,
      () => parseMessage(bytes),
      () => peer.decode(buffer),
      what.startsWith("small") ? "4" : "",
    );
    await add(`decode ${what}, all as text`, () => readAll(bytes), () => peer.decode(buffer));
  }
  const [, parts] = MESSAGES[0]!;
  const packet = peer.decode(Buffer.from(encodeMessage(parts)));
  await add("encode small answer", () => encodeMessage(parts), () => peer.encode(packet));
  const bytes = encodeMessage(parts);
  rows.push(
    alone("explain small answer (every octet named)", `${Math.round(rate(() => explainMessage(bytes)) / 1000)}k/s`),
  );
  return rows;
}

if (import.meta.main) printTable("DNS codec beside dns-packet 5.6.1", await measure());
