// One line for each packet, as `tcpdump -n` writes it. Pure: text goes into a buffer that the caller empties.
// Where things are: core/ what all printers are written with (begin with core/line.ts and core/table.ts); link/ what a
// packet begins with, wifi/ 802.11, wpan/ 802.15.4, bridge/ what switches tell each other, network/ IP and its companions, routing/,
// tunnel/, transport/, sdn/ OpenFlow, application/.
// To add a protocol: a printer `printX(l, at, length)` in the folder of its layer, and a line in the list that it is
// found by: link type in link/links.ts, EtherType in link/ether.ts, IP protocol in network/payload.ts, UDP port in
// transport/datagrams.ts, TCP port in transport/tcp_payload.ts.
import type { Packet } from "../packet.ts";
import type { TextBuffer } from "./core/buffer.ts";
import { printEther, printEtherType } from "./link/ether.ts";
import { asciiDump, hexDump } from "./core/hexdump.ts";
import { printIp } from "./network/ip.ts";
import { printPayload } from "./network/payload.ts";
import { printIp6 } from "./network/ip6.ts";
import { type Layers, Line, type LineOptions, NO_IP, TRUNCATED } from "./core/line.ts";
import { linkHeader, printLink } from "./link/links.ts";
import { TimeStamps } from "./core/time.ts";

const LAYERS: Layers = {
  ip: printIp,
  ip6: printIp6,
  ether: printEther,
  etherType: printEtherType,
  payload: printPayload,
};

/** The longest packet that is looked at. */
const LONGEST = 262_144;

/** Prints packets; keeps what lines refer back to (first sequence numbers, times before). */
export class LinePrinter {
  readonly #line: Line;
  readonly #times: TimeStamps;
  #count = 0;

  constructor(options: LineOptions = {}) {
    this.#line = new Line(options, LAYERS);
    this.#times = new TimeStamps(this.#line.options.time, this.#line.options.nano);
  }

  /** What was printed and not yet taken. */
  get out(): TextBuffer {
    return this.#line.out;
  }

  /** Appends the packet's line, with its line feed. */
  print(packet: Packet): void {
    const l = this.#line;
    const { out, options } = l;
    if (options.numbers) {
      const text = String(++this.#count);
      out.text(`${" ".repeat(Math.max(0, 5 - text.length))}${text}  `);
    }
    if (packet.caplen === 0 || packet.length < packet.caplen || packet.length > LONGEST) return this.#refuse(packet);
    const coloured = options.colour && options.time !== 1;
    if (coloured) out.text("\x1b[36m");
    this.#times.write(out, packet);
    if (coloured) out.text("\x1b[0m");
    l.bytes = packet.bytes;
    l.start = packet.start;
    l.end = packet.start + packet.caplen;
    l.depth = 0;
    l.checked = false;
    l.header = 0;
    l.ip = NO_IP;
    const { end } = l;
    let header = 0;
    try {
      header = printLink(l, packet.link, packet.start, packet.length);
    } catch (error) {
      if (error !== TRUNCATED) throw error;
      out.text(` [|${l.protocol}]`);
      header = l.checked ? linkHeader(packet) || l.header : 0;
    }
    l.end = end;
    if (options.hexAscii > 0 || options.hex > 0 || options.ascii > 0) this.#dump(packet, header);
    out.char(10);
  }

  /** Lengths that cannot be. */
  #refuse(packet: Packet): void {
    const { caplen, length } = packet;
    const wrong: string[] = [];
    if (caplen === 0) wrong.push(" caplen==0");
    if (length === 0) wrong.push(" len==0");
    else if (length < caplen) wrong.push(` len(${length}) < caplen(${caplen})`);
    if (length > LONGEST) wrong.push(` len(${length}) > ${LONGEST}`);
    this.#line.text(`[Invalid header:${wrong.join(",")}]\n`);
  }

  #dump(packet: Packet, header: number): void {
    const { out, options } = this.#line;
    const { bytes, start, caplen } = packet;
    const skip = Math.min(header, caplen);
    if (options.hexAscii > 0) {
      const from = options.hexAscii > 1 ? 0 : skip;
      hexDump(out, bytes, start + from, caplen - from);
    } else if (options.hex > 0) {
      const from = options.hex > 1 ? 0 : skip;
      hexDump(out, bytes, start + from, caplen - from, false);
    } else {
      const from = options.ascii > 1 ? 0 : skip;
      if (from < caplen) asciiDump(out, bytes, start + from, caplen - from);
    }
  }
}
