// Views of `netlab dump` that look into packets: explained, JSON, columns, totals, conversations, bare octets.
// To add a view: a function here and its case in dump/view.ts.
import { utf8Text } from "../../lib/base/bytes.ts";
import { UsageError } from "../../lib/base/errors.ts";
import { nearest, printable } from "../../lib/base/text.ts";
import { Conversations } from "../../lib/capture/view/conversations.ts";
import { PacketExplainer } from "../../lib/capture/view/explained.ts";
import { factsOf, noFacts } from "../../lib/capture/view/facts.ts";
import { hexDumpOf } from "../../lib/capture/file/hex_dump.ts";
import { FACT_NAMES, factNamed, writeFacts } from "../../lib/capture/view/json.ts";
import { TextBuffer } from "../../lib/capture/line/core/buffer.ts";
import type { Packet } from "../../lib/capture/packet.ts";
import { Statistics } from "../../lib/capture/view/statistics.ts";
import { dissectBlocks } from "../../lib/dissect/follow/bare.ts";
import { parseDecode, protocolNames, unknownProtocol } from "../../lib/dissect/follow/choose.ts";
import { messageJson } from "../../lib/dissect/view/json.ts";
import type { KeyLog } from "../../lib/dissect/security/key_log.ts";
import { maskMessage } from "../../lib/dissect/view/mask.ts";
import { messageLines } from "../../lib/dissect/view/message.ts";
import { columnsOf } from "../../lib/stream/columns.ts";
import { BATCH, colours, type DumpFlags, type InterfaceNames, type Output, type View } from "./output.ts";

/** Totals by protocol and conversation. */
export function statView(flags: DumpFlags, output: Output): View {
  const statistics = new Statistics();
  const facts = noFacts();
  return {
    packet: (packet) => statistics.add(packet, factsOf(packet, facts)),
    block: (block) => statistics.block(block),
    flush: () => {},
    end: () => output.lines(flags.json ? [JSON.stringify(statistics.json())] : statistics.lines()),
  };
}

/** Conversations instead of packets. */
export function followView(flags: DumpFlags, output: Output, keys: KeyLog): View {
  const conversations = new Conversations({
    decode: flags.decode.map(parseDecode),
    keys,
    mask: flags.mask,
    json: flags.json,
    colour: colours(flags),
  });
  return {
    packet: (packet) => output.lines(conversations.add(packet)),
    block: (block) => conversations.names.add(block),
    flush: () => {},
    end: () => output.lines(conversations.end()),
  };
}

function explainer(flags: DumpFlags, keys: KeyLog): PacketExplainer {
  const protocol = typeof flags.explain === "string" ? flags.explain.toLowerCase() : undefined;
  if (protocol !== undefined) checkProtocol(protocol);
  return new PacketExplainer({
    decode: flags.decode.map(parseDecode),
    keys,
    mask: flags.mask,
    depth: flags.depth,
    ...(flags.only.length === 0 ? {} : { only: flags.only }),
    protocol,
    colour: colours(flags) && !flags.json,
    width: columnsOf(Deno.stdout),
  });
}

/** Packets without the passwords in them. */
export function masker(flags: DumpFlags, keys: KeyLog): (packet: Packet) => Packet {
  const packets = explainer({ ...flags, explain: undefined }, keys);
  return (packet) => packets.explain(packet, () => "")?.packet ?? packet;
}

function checkProtocol(name: string): void {
  const known = protocolNames();
  if (!known.includes(name)) throw unknownProtocol(name, known);
}

/** Each octet explained, under the packet's line. */
export function explainView(
  flags: DumpFlags,
  output: Output,
  { linePrinter }: typeof import("./lines.ts"),
  names: InterfaceNames,
  keys: KeyLog,
): View {
  const packets = explainer(flags, keys);
  const printer = linePrinter({ ...flags, x: 0, X: 0, A: 0, v: 0, number: false, color: "never" }, names);
  return {
    packet(packet) {
      const heading = (shown: Packet) => {
        printer.print(shown);
        return utf8Text(printer.out.take()).trimEnd();
      };
      const explained = packets.explain(packet, heading);
      if (explained !== undefined) output.lines(explained.lines());
    },
    block: (block) => packets.names.add(block),
    flush: () => {},
    end: () => {},
  };
}

type Explained = ReturnType<PacketExplainer["explain"]>;

/** Gathers what `write` says of packets. Where they are explained, those that nothing is told of are left out. */
function gathered(
  output: Output,
  packets: PacketExplainer | undefined,
  write: (out: TextBuffer, packet: Packet, explained: Explained) => void,
): View {
  const out = new TextBuffer();
  const flush = () => {
    if (out.at > 0) output.write(out.take());
  };
  return {
    packet(packet) {
      const explained = packets?.explain(packet, () => "");
      if (packets !== undefined && explained === undefined) return;
      write(out, packet, explained);
      if (out.at > BATCH) flush();
    },
    flush,
    end: flush,
  };
}

/** One object for each packet. */
export function jsonView(flags: DumpFlags, output: Output, keys: KeyLog): View {
  const facts = noFacts();
  const packets = flags.explain === undefined ? undefined : explainer(flags, keys);
  return gathered(output, packets, (out, packet, explained) => {
    writeFacts(out, packet, factsOf(packet, facts));
    if (explained !== undefined) out.text(explained.json());
    out.text("}\n");
  });
}

/** Columns. */
export function columnView(flags: DumpFlags, output: Output, keys: KeyLog): View {
  const names = flags.fields!.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) {
    throw new UsageError('Flag "--fields" names no field', `for example: --fields ts,src,dst,len`);
  }
  const columns = names.map((name) => ({ name, write: factNamed(name) }));
  const packets = columns.every(({ write }) => write !== undefined) ? undefined : explainer(flags, keys);
  const facts = noFacts();
  // A name that was misspelt is a column that stays empty: fields have no list but what packets hold.
  const unseen = new Set(columns.filter(({ write }) => write === undefined).map(({ name }) => name));
  const seen = new Set<string>();
  let some = false;
  const view = gathered(output, packets, (out, packet, explained) => {
    some = true;
    factsOf(packet, facts);
    for (let i = 0; i < columns.length; i++) {
      if (i > 0) out.char(9);
      const { name, write } = columns[i]!;
      if (write !== undefined) write(out, packet, facts);
      else {
        const values = explained!.values(name);
        if (values.length > 0) unseen.delete(name);
        else if (unseen.has(name)) explained!.names(seen);
        out.text(printable(values.join(",")));
      }
    }
    out.char(10);
  });
  return {
    ...view,
    end() {
      view.end();
      if (some && unseen.size > 0) console.error(`netlab: ${unknownFields([...unseen], seen)}`);
    },
  };
}

/** What is said of columns that no packet filled, when `seen` are the names of the fields that packets have. */
function unknownFields(names: readonly string[], seen: ReadonlySet<string>): string {
  const said = names.map((name) => {
    const near = nearest(name, [...FACT_NAMES, ...seen]);
    return `"${printable(name)}"${near === undefined ? "" : ` (did you mean "${printable(near)}"?)`}`;
  });
  return `No packet has a field ${said.join(" or ")}`;
}

/** `--bytes`: standard input, or what a hex dump in it spells, explained as a protocol. */
export async function explainBytes(name: string, flags: DumpFlags, output: Output): Promise<void> {
  const protocol = name.toLowerCase();
  checkProtocol(protocol);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of Deno.stdin.readable) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 64 << 20) throw new UsageError("Standard input holds more than 64 MiB", "give one message at a time");
  }
  const input = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    input.set(chunk, at);
    at += chunk.length;
  }
  const blocks = hexDumpOf(input) ?? [{ bytes: input }];
  for (const found of dissectBlocks(protocol, blocks)) {
    const message = flags.mask ? maskMessage(found) : found;
    output.lines(
      flags.json ? [JSON.stringify(messageJson(message))] : messageLines(message, {
        colour: colours(flags),
        width: columnsOf(Deno.stdout),
        depth: flags.depth,
        ...(flags.only.length === 0 ? {} : { only: flags.only }),
      }),
    );
  }
}
