// Asks the dig on this machine for the text of every record of the corpus in every layout, and rewrites `tests/data/dns/records.json`.
// deno run --allow-all tests/helpers/dns_golden.ts     (after a change of `tests/data/dns/records.tsv`; look at the diff)
import { encodeMessage, parseMessage, recordOf } from "../../lib/dns/message.ts";
import { parseName } from "../../lib/dns/name.ts";
import type { Rdata } from "../../lib/dns/rdata.ts";
import { parseRdata } from "../../lib/dns/rdata_text.ts";
import type { TextStyle } from "../../lib/dns/records/shape.ts";
import { className, parseClass, parseType, TYPE, typeName } from "../../lib/dns/types.ts";
import { hex } from "../../lib/base/hex.ts";
import { latin1Text } from "../../lib/base/bytes.ts";

const DATA = new URL("../data/dns/", import.meta.url);

/** dig's arguments and our style for each layout. */
export const LAYOUTS: Readonly<Record<string, { args: readonly string[]; style: TextStyle }>> = {
  plain: { args: [], style: {} },
  rrcomments: { args: ["+rrcomments"], style: { comments: true } },
  multiline: { args: ["+multiline"], style: { multiline: true, comments: true, width: 48 } },
  multilineBare: { args: ["+multiline", "+norrcomments"], style: { multiline: true, width: 48 } },
  nocrypto: { args: ["+nocrypto"], style: { crypto: false } },
  unknown: { args: ["+unknownformat"], style: { unknownFormat: true } },
  unknownMultiline: {
    args: ["+unknownformat", "+multiline"],
    style: { unknownFormat: true, multiline: true, comments: true, width: 48 },
  },
  expandaaaa: { args: ["+expandaaaa"], style: { expandAaaa: true } },
  nosplit: { args: ["+nosplit"], style: { width: 0 } },
  // dig takes three characters more than it is told.
  split20: { args: ["+multiline", "+split=20"], style: { multiline: true, comments: true, width: 23 } },
};

/** The instant that signature times are read against. */
export const GOLDEN_NOW = 1_800_000_000;

/** A record of the golden file: its octets, and its text in the layouts where that differs from the plain one. */
export interface GoldenRecord {
  readonly rdclass: number;
  readonly type: number;
  readonly source: string;
  readonly wire: string;
  readonly text: { readonly plain: string; readonly [layout: string]: string };
}

/** Class, type and text of each line of the corpus. */
export async function corpus(): Promise<{ rdclass: number; type: number; source: string; rdata: Rdata }[]> {
  const text = await Deno.readTextFile(new URL("records.tsv", DATA));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [classText, typeText, source] = line.split("\t") as [string, string, string];
    const rdclass = parseClass(classText)!, type = parseType(typeText)!;
    return { rdclass, type, source, rdata: parseRdata(type, rdclass, source) };
  });
}

/** What dig prints of these records, all of one class, with these arguments: one text for each. */
export async function askDig(records: readonly Rdata[], args: readonly string[]): Promise<string[]> {
  const [first] = records;
  const owner = (type: number) => parseName(type === TYPE.NSEC3 ? "2t7b4g4vsa5smi47k61mv5bv1a22bojr." : "r.");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = (async () => {
    using conn = await listener.accept();
    const query = new Uint8Array(4096);
    const length = await conn.read(query) ?? 0;
    const { id, questions } = parseMessage(query.subarray(2, length));
    const answers = records.map((rdata) => recordOf(owner(rdata.type), 3600, rdata));
    const message = encodeMessage({ id, qr: true, aa: true, rd: true, questions, answers }, { compress: false });
    const framed = new Uint8Array(message.length + 2);
    framed.set([message.length >> 8, message.length & 0xff]);
    framed.set(message, 2);
    for (let at = 0; at < framed.length;) at += await conn.write(framed.subarray(at));
    await conn.read(query); // until dig has it all
  })();
  const { stdout } = await new Deno.Command("dig", {
    args: [
      "@127.0.0.1",
      "-p",
      String(listener.addr.port),
      ..."+tcp +nocmd +nostats +noquestion +nocomments +tries=1 +noidnout -r".split(" "),
      ...args,
      "-c",
      className(first!.rdclass),
      "-q",
      "r.",
      "-t",
      "TXT",
    ],
  }).output();
  await serve;
  return splitRecords(latin1Text(stdout), records, args.includes("+unknownformat"));
}

/** dig's lines joined to records, each without owner, TTL, class and type. */
function splitRecords(text: string, records: readonly Rdata[], unknown: boolean): string[] {
  const joined: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("\t")) joined[joined.length - 1] += `\n${line}`;
    else if (line !== "" && !line.startsWith(";")) joined.push(line);
  }
  return joined.map((line, i) => {
    const { type, rdclass } = records[i]!;
    const words = unknown ? `CLASS${rdclass}[ \t]TYPE${type}` : `${className(rdclass)}[ \t]${typeName(type)}`;
    return line.replace(new RegExp(`^\\S+\\s+3600 *\\s*${words}[ \t]?`), "");
  });
}

/** Records in lots that fit one message and are of one class. */
export function lots<T extends { rdata: Rdata }>(records: readonly T[]): T[][] {
  const all: T[][] = [];
  let octets = 0;
  for (const record of records) {
    const last = all.at(-1);
    octets += record.rdata.wire.length + 60;
    if (last === undefined || last[0]!.rdata.rdclass !== record.rdata.rdclass || octets > 30_000) {
      all.push([record]);
      octets = record.rdata.wire.length + 60;
    } else last.push(record);
  }
  return all;
}

if (import.meta.main) {
  const records: GoldenRecord[] = [];
  for (const lot of lots(await corpus())) {
    const texts: Record<string, string[]> = {};
    for (const [layout, { args }] of Object.entries(LAYOUTS)) {
      texts[layout] = await askDig(lot.map((r) => r.rdata), args);
    }
    lot.forEach(({ rdclass, type, source, rdata }, i) => {
      const plain = texts.plain![i]!;
      const text: { plain: string; [layout: string]: string } = { plain };
      for (const [layout, list] of Object.entries(texts)) if (list[i] !== plain) text[layout] = list[i]!;
      records.push({ rdclass, type, source, wire: hex(rdata.wire), text });
    });
  }
  const lines = records.map((record) => JSON.stringify(record)).join(",\n");
  await Deno.writeTextFile(new URL("records.json", DATA), `[\n${lines}\n]\n`);
}
