import { assert, assertEquals } from "@std/assert";
import { compileFilter, filterCondition } from "../../../../lib/capture/filter/filter.ts";
import { FormatError } from "../../../../lib/base/errors.ts";
import { kernelFilter } from "../../../../lib/capture/live/kernel_filter.ts";
import { LINK, packetBytes } from "../../../../lib/capture/packet.ts";
import { filterTexts, protocolsCapture, readAll } from "../../../helpers/capture.ts";

/** What the kernel answers when it is asked for what is not in the octets. */
type Ask = (offset: number) => number;

/** Runs classic BPF as the kernel does; the octets are those that a packet socket has. */
function run(program: Uint8Array, packet: Uint8Array, length: number, ask: Ask): boolean {
  const view = new DataView(program.buffer), data = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const cells = new Uint32Array(16);
  let a = 0, x = 0;
  const alu: Record<number, (b: number) => number> = {
    0x00: (b) => a + b,
    0x10: (b) => a - b,
    0x20: (b) => Math.imul(a, b),
    0x30: (b) => Math.floor(a / b),
    0x40: (b) => a | b,
    0x50: (b) => a & b,
    0x60: (b) => a << b,
    0x70: (b) => a >>> b,
    0x90: (b) => a % b,
    0xa0: (b) => a ^ b,
  };
  for (let i = 0;; i++) {
    const code = view.getUint16(i * 8, true), k = view.getUint32(i * 8 + 4, true);
    const operand = (code & 8) !== 0 ? x : k;
    switch (code & 7) {
      case 0: {
        const size = [4, 2, 1][(code & 0x18) >> 3]!;
        const mode = code & 0xe0;
        if (mode === 0x00) a = k;
        else if (mode === 0x60) a = cells[k]!;
        else if (mode === 0x80) a = length;
        else if (mode === 0x20 && k >= 0xffff_f000) a = ask(k - 0xffff_f000);
        else {
          const at = mode === 0x40 ? x + k : k;
          if (at + size > data.byteLength) return false;
          a = size === 4 ? data.getUint32(at) : size === 2 ? data.getUint16(at) : data.getUint8(at);
        }
        break;
      }
      case 2:
        cells[k] = a;
        break;
      case 4:
        if ((code & 0xf0) === 0x30 || (code & 0xf0) === 0x90) { if (operand === 0) return false; }
        a = alu[code & 0xf0]!(operand) >>> 0;
        break;
      case 5: {
        if (code === 5) i += k;
        else {
          const yes = (code & 0xf0) === 0x10 ? a === operand : (code & 0xf0) === 0x20 ? a > operand : a >= operand;
          i += yes ? program[i * 8 + 2]! : program[i * 8 + 3]!;
        }
        break;
      }
      case 6:
        return k !== 0;
      case 7:
        x = a;
    }
  }
}

const { packets } = readAll(protocolsCapture());

Deno.test("kernelFilter() says of every packet what our own function says", () => {
  let programs = 0;
  for (
    const text of [...filterTexts(), "outbound", "inbound and udp", "ip[ip[0] & 15] = 1 or udp[2:2] * 2 > len - 4"]
  ) {
    let cond, predicate;
    try {
      cond = filterCondition(text, LINK.ETHERNET, { live: true });
      predicate = compileFilter(text, LINK.ETHERNET, { live: true });
    } catch (error) {
      assert(error instanceof FormatError);
      continue;
    }
    const program = kernelFilter(cond, LINK.ETHERNET, false);
    if (program === undefined) continue;
    programs++;
    for (const packet of packets) {
      const bytes = packetBytes(packet), out = packet.number % 2 === 0;
      const expected = predicate(packet.bytes, packet.start, packet.caplen, packet.length, out ? 2 : 1);
      assertEquals(run(program, bytes, packet.length, () => out ? 4 : 0), expected, `${text}: ${packet.number}`);
    }
  }
  assert(programs > 200, `${programs} programs`);
});

Deno.test("kernelFilter() asks the kernel for the fields of a cooked header", () => {
  const head = new Uint8Array(20);
  for (
    const text of ["ip", "tcp port 80", "arp", "outbound", "ifindex 7", "ip6 or udp", "len > 60", "ether proto 0x800"]
  ) {
    const cond = filterCondition(text, LINK.LINUX_SLL2, { live: true });
    const predicate = compileFilter(text, LINK.LINUX_SLL2, { live: true });
    const program = kernelFilter(cond, LINK.LINUX_SLL2, false)!;
    for (const packet of packets) {
      const bytes = packetBytes(packet);
      if (bytes.length < 14) continue;
      const [kind, index] = [packet.number % 5, packet.number % 8];
      head.set(bytes.subarray(12, 14));
      head.set([0, 0, 0, index, 0, 1, kind, 6], 4);
      const cooked = new Uint8Array([...head, ...bytes.subarray(14)]);
      const expected = predicate(cooked, 0, cooked.length, cooked.length, kind === 4 ? 2 : 1);
      const ask = (offset: number) =>
        offset === 0 ? bytes[12]! << 8 | bytes[13]! : offset === 4 ? kind : offset === 8 ? index : 1;
      assertEquals(run(program, bytes.subarray(14), bytes.length - 14, ask), expected, `${text}: ${packet.number}`);
    }
  }
});

Deno.test("kernelFilter() lets tagged packets pass, and leaves to us what it cannot do", () => {
  const program = kernelFilter(filterCondition("vlan and tcp", LINK.ETHERNET, { live: true }), LINK.ETHERNET, true)!;
  assertEquals(run(program, new Uint8Array(60), 60, (offset) => offset === 0x30 ? 1 : 0), true);
  assertEquals(run(program, new Uint8Array(60), 60, () => 0), false);
  const many = Array.from({ length: 300 }, (_, i) => `host 10.0.${i >> 8}.${i & 255}`).join(" or ");
  for (const text of ["ip protochain 6", "ether[0] >> ether[1] = 1", many]) {
    const cond = filterCondition(text, LINK.ETHERNET, { live: true });
    assertEquals(kernelFilter(cond, LINK.ETHERNET, false), undefined, text.slice(0, 30));
  }
});
