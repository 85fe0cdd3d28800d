// PIM version 2 in a line, with -v what it carries. Pure. RFC 7761; the form is tcpdump's. Version 1 stands in igmp.ts.
import { foldSum, pseudoSum, sumOctets } from "../core/checksum.ts";
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { spanText } from "../core/span.ts";
import { names } from "../core/table.ts";

const TYPES = names(
  "0 Hello|Register|Register Stop|Join / Prune|Bootstrap|Assert|Graft|Graft Acknowledgement|" +
    "Candidate RP Advertisement|Prune Refresh|DF Election|ECMP Redirect",
);
const HELLO = names(
  "1 Hold Time|LAN Prune Delay|18 DR Priority (Old)|DR Priority|Generation ID|State Refresh Capability|" +
    "Bi-Directional Capability|24 Address List|65001 Address List (Old)",
);
const ELECTION = names("1 Offer|Winner|Backoff|Pass");

/** A message of `length` octets at `at`. */
export function printPim(l: Line, at: number, length: number): void {
  l.protocol = "pim";
  const version = l.u8(at) >> 4, type = l.u8(at) & 15;
  if (version !== 2) return l.text(`PIMv${version}, length ${length}`);
  const name = TYPES[type] ?? "Unknown Type";
  if (l.verbose === 0) return l.text(`PIMv2, ${name}, length ${length}`);
  l.text(`PIMv2, length ${length}\n\t${name}`);
  l.protocol = "pimv2";
  const short = (least: number) => {
    l.text(`[length ${length} < ${least}]`);
    l.invalid();
  };
  if (length < 2) return short(2);
  const reserved = l.u8(at + 1);
  if ((reserved & 15) !== 0) l.text(", RFC2117-encoding");
  if (length < 4) return short(4);
  l.text(`, cksum 0x${hex(l.u16(at + 2), 4)} (${checksum(l, type, at, length)})`);
  new Message(l, at + 4, at + length, reserved & 15).print(type, reserved >> 4);
}

/** Registers are checked over their header only, by some over all. */
function checksum(l: Line, type: number, at: number, length: number): string {
  if (l.u16(at + 2) === 0) return "unverified";
  const right = (count: number) => {
    if (!l.has(at, count)) return undefined;
    const sum = l.ip.ver === 4 ? foldSum(sumOctets(l.bytes, at, count)) : pseudoSum(l, at, count, 103);
    return sum === 0xffff;
  };
  let result = right(type === 1 ? 8 : length);
  if (type === 1 && result === false) result = right(length);
  return result === undefined ? "unverified" : result ? "correct" : "incorrect";
}

/** What an address names. */
type Kind = "unicast" | "group" | "source";

/** The body of a message, read from front to back. */
class Message {
  readonly #l: Line;
  #at: number;
  readonly #end: number;
  readonly #size: number;

  /** `size` octets in each address where the header says so, else each says so itself. */
  constructor(l: Line, at: number, end: number, size: number) {
    this.#l = l;
    this.#at = at;
    this.#end = end;
    this.#size = size;
  }

  get #left(): number {
    return this.#end - this.#at;
  }

  #need(count: number): void {
    if (this.#left < count) this.#l.cut();
  }

  /** The same, and ends the line where they were not captured. */
  #whole(count: number): void {
    this.#need(count);
    this.#l.need(this.#at, count);
  }

  #u8(): number {
    this.#need(1);
    return this.#l.u8(this.#at++);
  }

  #u16(): number {
    this.#need(2);
    this.#at += 2;
    return this.#l.u16(this.#at - 2);
  }

  #u32(): number {
    this.#need(4);
    this.#at += 4;
    return this.#l.u32(this.#at - 4);
  }

  /** Writes an address. RFC 7761 section 4.9.1. */
  #address(kind: Kind): void {
    const l = this.#l;
    let size = this.#size;
    if (size === 0) {
      this.#need(2);
      const family = l.u8(this.#at);
      if (family !== 1 && family !== 2) l.cut();
      if (l.u8(this.#at + 1) !== 0) l.cut();
      size = family === 1 ? 4 : 16;
      this.#at += 2;
    } else if (size !== 4 && size !== 16) l.cut();
    const text = (at: number) => size === 4 ? l.ip4Text(at) : l.ip6Text(at);
    if (kind === "unicast") {
      this.#whole(size);
      l.text(text(this.#at));
      this.#at += size;
      return;
    }
    this.#whole(size + 2);
    const flags = l.u8(this.#at), mask = l.u8(this.#at + 1);
    l.text(text(this.#at + 2));
    if (mask !== size * 8) l.text(`/${mask}`);
    if (flags !== 0) {
      if (kind === "group") l.text(`(0x${hex(flags, 2)})`);
      else {
        l.text(`(${(flags & 4) !== 0 ? "S" : ""}${(flags & 2) !== 0 ? "W" : ""}${(flags & 1) !== 0 ? "R" : ""}`);
        if ((flags & 0xf8) !== 0) l.text(`+0x${hex(flags & 0xf8, 2)}`);
        l.text(")");
      }
    }
    this.#at += size + 2;
  }

  #named(name: string, kind: Kind): void {
    this.#l.text(name);
    this.#address(kind);
  }

  print(type: number, subtype: number): void {
    const l = this.#l;
    switch (type) {
      case 0:
        while (this.#left > 0) if (!this.#option()) return;
        return;
      case 1:
        return this.#register();
      case 2:
        this.#named(" group=", "group");
        return this.#named(" source=", "unicast");
      case 3:
      case 6:
      case 7:
        return this.#join(type !== 7);
      case 4:
        return this.#bootstrap();
      case 5: {
        this.#named(" group=", "group");
        this.#named(" src=", "unicast");
        this.#whole(8);
        const preference = this.#u32();
        if (preference >>> 31 !== 0) l.text(" RPT");
        return l.text(` pref=${preference & 0x7fffffff} metric=${this.#u32()}`);
      }
      case 8: {
        const count = this.#u8();
        l.text(` prefix-cnt=${count}`);
        l.text(` prio=${this.#u8()}`);
        l.text(` holdtime=${spanText(this.#u16())}`);
        this.#named(" RP=", "unicast");
        for (let i = 0; i < count && this.#left > 0; i++) this.#named(` Group${i}=`, "group");
        return;
      }
      case 9:
        this.#named(" src=", "unicast");
        this.#named(" grp=", "group");
        this.#named(" forwarder=", "unicast");
        return l.text(` TUNR ${spanText(this.#u16())}`);
      case 10: {
        l.text(`\n\t  ${ELECTION[subtype] ?? "Unknown"},`);
        this.#named(" rpa=", "unicast");
        l.text(` sender pref=${this.#u32()}`);
        l.text(` sender metric=${this.#u32()}`);
        if (subtype !== 3 && subtype !== 4) return;
        const who = subtype === 3 ? "offer" : "new winner";
        this.#named(`\n\t  ${who} addr=`, "unicast");
        l.text(` ${who} pref=${this.#u32()}`);
        l.text(` ${who} metric=${this.#u32()}`);
        if (subtype === 3) l.text(` interval ${this.#u16()}ms`);
        return;
      }
    }
    l.text(` [type ${type}]`);
  }

  /** An option of a hello; `false` when it is wrong. */
  #option(): boolean {
    const l = this.#l;
    this.#need(4);
    const type = this.#u16(), size = this.#u16();
    l.text(`\n\t  ${HELLO[type] ?? "Unknown"} Option (${type}), length ${size}, Value: `);
    this.#need(size);
    const at = this.#at;
    l.need(at, size);
    const wrong = (right: number) => {
      l.text(`[option length ${size} != ${right}]`);
      l.invalid();
      return false;
    };
    switch (type) {
      case 1:
        if (size !== 2) return wrong(2);
        l.text(spanText(l.u16(at)));
        break;
      case 2: {
        if (size !== 4) return wrong(4);
        const delay = l.u16(at);
        l.text(`\n\t    T-bit=${delay >> 15}, LAN delay ${delay & 0x7fff}ms, Override interval ${l.u16(at + 2)}ms`);
        break;
      }
      case 18:
      case 19:
        if (size === 0) l.text("Bi-Directional Capability (Old)");
        else if (size === 4) l.text(String(l.u32(at)));
        else return wrong(4);
        break;
      case 20:
        if (size !== 4) return wrong(4);
        l.text(`0x${hex(l.u32(at), 8)}`);
        break;
      case 21:
        if (size !== 4) return wrong(4);
        l.text(`v${l.u8(at)}`);
        if (l.u8(at + 1) !== 0) l.text(`, interval ${spanText(l.u8(at + 1))}`);
        if (l.u16(at + 2) !== 0) l.text(` ?0x${hex(l.u16(at + 2), 4)}?`);
        break;
      case 22:
        break;
      case 24:
      case 65001:
        if (l.verbose > 1) { while (this.#at < at + size) this.#named("\n\t    ", "unicast"); }
        break;
      default:
        if (l.verbose <= 1) unknownData(l, at, "\n\t    ", size);
    }
    if (l.verbose > 1) unknownData(l, at, "\n\t    ", size);
    this.#at = at + size;
    return true;
  }

  #register(): void {
    const l = this.#l;
    const flags = this.#u32();
    l.text(`, Flags [ ${flags === 0x80000000 ? "Border" : flags === 0x40000000 ? "Null" : "none"} ]\n\t`);
    this.#need(1);
    const at = this.#at, version = l.u8(at) >> 4;
    if (version === 0) l.text(`IP-Null-header ${l.ip4Text(at + 12)} > ${l.ip4Text(at + 16)}`);
    else if (version === 4) l.layers.ip(l, at, this.#left);
    else if (version === 6) l.layers.ip6(l, at, this.#left);
    else l.text(`IP ver ${version}`);
  }

  #join(withTimes: boolean): void {
    const l = this.#l;
    if (withTimes) this.#named(", upstream-neighbor: ", "unicast");
    this.#whole(4);
    this.#u8();
    const groups = this.#u8(), hold = this.#u16();
    l.text(`\n\t  ${groups} group(s)`);
    if (withTimes) l.text(`, holdtime: ${hold === 0xffff ? "infinite" : spanText(hold)}`);
    for (let i = 1; i <= groups; i++) {
      this.#named(`\n\t    group #${i}: `, "group");
      this.#whole(4);
      const joined = this.#u16(), pruned = this.#u16();
      l.text(`, joined sources: ${joined}, pruned sources: ${pruned}`);
      for (let j = 1; j <= joined; j++) this.#named(`\n\t      joined source #${j}: `, "source");
      for (let j = 1; j <= pruned; j++) this.#named(`\n\t      pruned source #${j}: `, "source");
    }
  }

  #bootstrap(): void {
    const l = this.#l;
    l.text(` tag=${hex(this.#u16())}`);
    l.text(` hashmlen=${this.#u8()}`);
    l.text(` BSRprio=${this.#u8()}`);
    this.#named(" BSR=", "unicast");
    for (let i = 0; this.#left > 0; i++) {
      this.#named(` (group${i}: `, "group");
      l.text(` RPcnt=${this.#u8()}`);
      const count = this.#u8();
      l.text(` FRPcnt=${count}`);
      this.#u16();
      for (let j = 0; j < count && this.#left > 0; j++) {
        this.#named(` RP${j}=`, "unicast");
        l.text(`,holdtime=${spanText(this.#u16())}`);
        l.text(`,prio=${this.#u8()}`);
        this.#u8();
      }
      l.text(")");
    }
  }
}
