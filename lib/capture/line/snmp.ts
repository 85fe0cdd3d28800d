// SNMP versions 1 and 2 in a line. Pure. RFC 3416, ITU-T X.690; the form is tcpdump's.
import type { Line } from "./line.ts";

const SNMP: Record<number, string> = {
  0xa0: "GetRequest",
  0xa1: "GetNextRequest",
  0xa2: "GetResponse",
  0xa3: "SetRequest",
  0xa4: "Trap",
  0xa5: "GetBulk",
  0xa6: "Inform",
  0xa7: "V2Trap",
  0xa8: "Report",
};
/** A length and the offset after it, of a BER element at `at`. ITU-T X.690. */
function ber(l: Line, at: number): { tag: number; body: number; length: number } {
  const tag = l.u8(at);
  let length = l.u8(at + 1), body = at + 2;
  if (length > 127) {
    const octets = length & 127;
    length = 0;
    for (let i = 0; i < octets && i < 4; i++) length = length * 256 + l.u8(body + i);
    body += octets;
  }
  return { tag, body, length };
}

/** RFC 3416; versions 1 and 2 only. */
export function printSnmp(l: Line, at: number, length: number): boolean {
  l.protocol = "snmp";
  const end = Math.min(l.end, at + length);
  if (end - at < 10 || l.bytes[at] !== 0x30) return false;
  const message = ber(l, at);
  const version = ber(l, message.body);
  if (version.tag !== 2 || version.length !== 1) return false;
  const number = l.u8(version.body);
  if (number > 1) return false;
  const community = ber(l, version.body + version.length);
  const pdu = ber(l, community.body + community.length);
  const name = SNMP[pdu.tag];
  if (community.tag !== 4 || name === undefined) return false;
  if (l.verbose > 0) l.text(` { SNMPv${number === 0 ? "1" : "2c"}`);
  let text = "";
  for (let i = 0; i < community.length; i++) text += String.fromCharCode(l.u8(community.body + i));
  if (text !== "public" && text !== "private") {
    l.text(' C="');
    l.safeText(community.body, community.length);
    l.text('"');
  }
  l.text(l.verbose > 0 ? ` { ${name}(${pdu.length}) ` : ` ${name}(${pdu.length}) `);
  if (pdu.tag === 0xa4) return true;
  const request = ber(l, pdu.body);
  const status = ber(l, request.body + request.length);
  const index = ber(l, status.body + status.length);
  if (l.verbose > 0) {
    let id = 0;
    for (let i = 0; i < request.length && i < 4; i++) id = id * 256 + l.u8(request.body + i);
    l.text(`R=${id} `);
  }
  const code = status.length === 1 ? l.u8(status.body) : 0;
  if (pdu.tag === 0xa5) {
    l.text(` N=${code} M=${index.length === 1 ? l.u8(index.body) : 0}`);
  } else if (code !== 0) l.text(` error=${code}`);
  const list = ber(l, index.body + index.length);
  let cursor = list.body;
  const listEnd = Math.min(list.body + list.length, end);
  for (let n = 0; cursor < listEnd && n < 200; n++) {
    const pair = ber(l, cursor);
    const oid = ber(l, pair.body);
    if (oid.tag !== 6) break;
    l.out.char(32);
    let sub = 0;
    for (let i = 0; i < oid.length; i++) {
      const octet = l.u8(oid.body + i);
      sub = sub * 128 + (octet & 127);
      if ((octet & 128) !== 0) continue;
      if (i === 0) l.text(`.${Math.min(2, Math.floor(sub / 40))}.${sub - 40 * Math.min(2, Math.floor(sub / 40))}`);
      else l.text(`.${sub}`);
      sub = 0;
    }
    const value = ber(l, oid.body + oid.length);
    if (value.tag !== 5 && pdu.tag !== 0xa0 && pdu.tag !== 0xa1 && pdu.tag !== 0xa5) {
      l.text("=");
      if (value.tag === 4) {
        l.text('"');
        l.safeText(value.body, value.length);
        l.text('"');
      } else if (value.tag === 0x40 && value.length === 4) l.ip4(value.body);
      else if (value.tag === 6) {
        let id = 0;
        for (let i = 0; i < value.length; i++) {
          const octet = l.u8(value.body + i);
          id = id * 128 + (octet & 127);
          if ((octet & 128) !== 0) continue;
          if (i === 0) l.text(`.${Math.min(2, Math.floor(id / 40))}.${id - 40 * Math.min(2, Math.floor(id / 40))}`);
          else l.text(`.${id}`);
          id = 0;
        }
      } else {
        let number = 0;
        for (let i = 0; i < value.length && i < 6; i++) number = number * 256 + l.u8(value.body + i);
        l.text(String(number));
      }
    }
    if (pair.length === 0) break;
    cursor = pair.body + pair.length;
  }
  if (l.verbose > 0) l.text(" } } ");
  return true;
}
