// OSPF version 2 in a line, with -v what it carries. Pure. RFC 2328; the form is tcpdump's.
// Advertisements stand in ospf_lsa.ts, version 3 in ospf6.ts.
import { counted } from "../../../base/text.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { LSA, LSA_HEADER, OPAQUE, OPTIONS, printAdvertisement, printAdvertisementHeader } from "./ospf_lsa.ts";
import { bits, names } from "../core/table.ts";

export const OSPF_TYPES = names("1 Hello|Database Description|LS-Request|LS-Update|LS-Ack");
const AUTHENTICATION = names("0 none|simple|MD5");
const DESCRIPTION = bits("0x4 Init|0x2 More|0x1 Master|0x8 OOBResync");
/** Octets that a cryptographic check adds. */
const DIGEST = 16;

/** A packet of `length` octets at `at`. */
export function printOspf(l: Line, at: number, length: number): void {
  l.protocol = "ospf2";
  const authentication = l.u16(at + 14);
  if (authentication === 2) {
    length -= DIGEST;
    l.end -= DIGEST;
  }
  const kind = l.u8(at + 1);
  const name = OSPF_TYPES[kind];
  l.text(`OSPFv${l.u8(at)}, ${name ?? `unknown LS-type ${kind}`}, length ${length}`);
  if (name === undefined || l.verbose === 0) return;
  const stated = l.u16(at + 2);
  if (length !== stated) l.text(` [len ${stated}]`);
  const end = at + Math.min(length, stated);
  l.text(`\n\tRouter-ID ${l.ip4Text(at + 4)}`);
  l.text(l.u32(at + 8) !== 0 ? `, Area ${l.ip4Text(at + 8)}` : ", Backbone Area");
  l.must(at + 16, 8);
  l.text(`, Authentication Type: ${AUTHENTICATION[authentication] ?? "unknown"} (${authentication})`);
  if (authentication === 1) {
    l.text("\n\tSimple text password: ");
    l.string(at + 16, 8);
  } else if (authentication === 2) {
    l.text(`\n\tKey-ID: ${l.u8(at + 18)}, Auth-Length: ${l.u8(at + 19)}, `);
    l.text(`Crypto Sequence Number: 0x${hex(l.u32(at + 20), 8)}`);
  } else if (authentication !== 0) return;
  if (l.u8(at) !== 2) return l.text(` ospf [version ${l.u8(at)}]`);
  body(l, kind, at + 24, end);
  if (length > stated) local(l, kind, at, length);
}

function body(l: Line, kind: number, at: number, end: number): void {
  switch (kind) {
    case 1:
      l.text(`\n\tOptions [${bitNames(OPTIONS, l.u8(at + 6), "none")}]`);
      l.text(`\n\t  Hello Timer ${l.u16(at + 4)}s, Dead Timer ${l.u32(at + 8)}s, Mask ${l.ip4Text(at)}, `);
      l.text(`Priority ${l.u8(at + 7)}`);
      if (l.u32(at + 12) !== 0) l.text(`\n\t  Designated Router ${l.ip4Text(at + 12)}`);
      if (l.u32(at + 16) !== 0) l.text(`, Backup Designated Router ${l.ip4Text(at + 16)}`);
      if (at + 20 < end) l.text("\n\t  Neighbor List:");
      for (let one = at + 20; one < end; one += 4) l.text(`\n\t    ${l.ip4Text(one)}`);
      return;
    case 2:
      l.text(`\n\tOptions [${bitNames(OPTIONS, l.u8(at + 2), "none")}]`);
      l.text(`, DD Flags [${bitNames(DESCRIPTION, l.u8(at + 3), "none")}]`);
      if (l.u16(at) !== 0) l.text(`, MTU: ${l.u16(at)}`);
      l.text(`, Sequence: 0x${hex(l.u32(at + 4), 8)}`);
      for (let one = at + 8; one < end && printAdvertisementHeader(l, one) >= 0; one += LSA_HEADER);
      return;
    case 3:
      for (; at < end; at += 12) {
        const type = l.u32(at);
        l.text(`\n\t  Advertising Router: ${l.ip4Text(at + 8)}, ${LSA[type] ?? "unknown"} LSA (${type})`);
        if (type >= 9 && type <= 11) {
          l.text(`, Opaque-Type: ${OPAQUE[l.u8(at + 4)] ?? "unknown"} LSA (${l.u8(at + 4)}), `);
          l.text(`Opaque-ID: ${l.u24(at + 5)}`);
        } else l.text(`, LSA-ID: ${l.ip4Text(at + 4)}`);
      }
      return;
    case 4: {
      const count = l.u32(at);
      l.text(`, ${counted(count, "LSA")}`);
      at += 4;
      for (let i = 1; i <= count; i++) {
        l.text(`\n\t  LSA #${i}`);
        at = printAdvertisement(l, at);
        if (at < 0) l.cut();
      }
      return;
    }
    case 5:
      for (; at < end && printAdvertisementHeader(l, at) >= 0; at += LSA_HEADER);
  }
}

/** Link-local signalling behind a packet. RFC 5613. */
function local(l: Line, kind: number, at: number, length: number): void {
  if (kind > 2 || (l.u8(at + (kind === 1 ? 30 : 26)) & 0x10) === 0) return;
  let offset = l.u16(at + 2);
  if (l.u16(at + 14) === 2) offset += l.u8(at + 19);
  if (offset >= length) return l.text("\n\t[LLS truncated]");
  const end = at + length;
  at += offset;
  l.text(`\n\t  LLS: checksum: 0x${hex(l.u16(at), 4)}, length: ${l.u16(at + 2)}`);
  at += 4;
  while (at < end) {
    const type = l.u16(at);
    let size = l.u16(at + 2);
    const name = ({ 1: "Extended Options", 2: "MD5 Authentication" } as Record<number, string>)[type];
    l.text(`\n\t    ${name ?? "Unknown TLV"} (${type}), length: ${size}`);
    at += 4;
    const wanted = type === 1 ? 4 : type === 2 ? 20 : size;
    if (size !== wanted) {
      l.text(` [should be ${wanted}]`);
      size = wanted;
    }
    if (type === 1) {
      l.text(
        `\n\t      Options: 0x${hex(l.u32(at), 8)} [${bitNames([[1, "LSDB resync"], [2, "Restart"]], l.u32(at), "?")}]`,
      );
    } else if (type === 2) l.text(`\n\t      Sequence number: 0x${hex(l.u32(at), 8)}`);
    at += size;
  }
}
