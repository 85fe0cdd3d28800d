// SCTP in a line: each chunk. Pure. RFC 9260; the form is tcpdump's. To add a chunk type: its name in `CHUNKS`.
import { hex, type Line } from "../core/line.ts";
import { showsUnexplained, unexplained } from "../core/hexdump.ts";
import { printForces } from "../sdn/forces.ts";
import { names } from "../core/table.ts";
import { printM3ua } from "../application/m3ua.ts";
import { printEnds } from "./ends.ts";

const CHUNKS = names(
  "0 DATA|INIT|INIT ACK|SACK|HB REQ|HB ACK|ABORT|SHUTDOWN|SHUTDOWN ACK|OP ERR|COOKIE ECHO|COOKIE ACK|ECN ECHO|" +
    "ECN CWR|SHUTDOWN COMPLETE|0xc0 FOR CUM TSN|REL CTRL|REL CTRL ACK",
);
/** IANA: SCTP payload protocol identifiers, those that tcpdump knows. */
const PAYLOADS = names(
  "1 ISDN Q.921|M2UA|M3UA|SUA|M2PA|V5.2|H.248|BICC|TALI|DUA|ASAP|ENRP|H.323|Q.IPC|SIMCO|DDPSC|DDPSSC|S1AP|RUA|HNBAP|" +
    "ForCES HP|ForCES MP|ForCES LP|SBc-AP|NBAP|27 X2AP",
);
const M3UA = 3, FORCES_FIRST = 21, FORCES_LAST = 23;
const FORCES = names("6704 ForCES HP|ForCES MP|ForCES LP");

/** A packet of `length` octets at `at`. */
export function printSctp(l: Line, at: number, length: number): void {
  l.protocol = "sctp";
  if (length < 12) return l.text(`truncated-sctp - ${12 - length} bytes missing!`);
  l.need(at, 12);
  printEnds(l, at, 132);
  l.text("sctp");
  // What one chunk is known to carry, those behind it do too.
  const carried = { forces: false };
  for (const port of [l.u16(at), l.u16(at + 2)]) {
    if (FORCES[port] === undefined) continue;
    l.text(`[${FORCES[port]}]`);
    carried.forces = true;
  }
  at += 12;
  let left = length - 12;
  for (let number = 1; left > 0; number++) {
    const before = l.verbose > 1 ? "\n\t" : number === 1 ? " (" : ", (";
    if (left < 4) return l.text(`${before}${number}) [chunk descriptor cut off at end of packet]`);
    l.need(at, 4);
    const size = l.u16(at + 2), padding = -size & 3;
    if (size < 4) return l.text(`${before}${number}) [Bad chunk length ${size}, < size of chunk descriptor]`);
    if (left < padding) return l.text(`${before}${number}) [Bad chunk length ${size}, > remaining data in packet]`);
    l.need(at, size);
    const type = l.u8(at);
    l.text(`${before}${number}) [${CHUNKS[type] ?? `Unknown chunk type: 0x${hex(type)}`}] `);
    const whole = chunk(l, type, at, size, carried);
    l.protocol = "sctp";
    if (!whole) return l.text(`bogus chunk length ${size}]`);
    l.need(at + size, padding);
    at += size + padding;
    // A chunk that is longer than what is left was captured all the same: what follows it is looked at, too.
    left -= size + padding;
    if (left < 0) left = l.end - at + 1;
  }
}

/** What a chunk of `size` octets says; `false` when it is too short to say it. */
function chunk(l: Line, type: number, at: number, size: number, carried: { forces: boolean }): boolean {
  switch (type) {
    case 0: {
      const flags = l.u8(at + 1) & 7;
      if (flags !== 0) l.text(`${flags & 4 ? "(U)" : ""}${flags & 2 ? "(B)" : ""}${flags & 1 ? "(E)" : ""} `);
      if (size < 16) return false;
      const protocol = l.u32(at + 12);
      l.text(`[TSN: ${l.u32(at + 4)}] [SID: ${l.u16(at + 8)}] [SSEQ ${l.u16(at + 10)}] `);
      l.text(`[PPID ${PAYLOADS[protocol] ?? `0x${hex(protocol)}`}] `);
      if (size === 16) return false;
      carried.forces ||= protocol >= FORCES_FIRST && protocol <= FORCES_LAST;
      if (carried.forces) printForces(l, at + 16, size - 16);
      else if (l.verbose > 1 && protocol === M3UA) printM3ua(l, at + 16, size - 16);
      else if (l.verbose > 1) {
        l.text(showsUnexplained(l) ? "[Payload:" : "[Payload");
        unexplained(l, at + 16, size - 16);
        l.text("]");
      }
      return true;
    }
    case 1:
    case 2:
      if (size < 20) return false;
      l.text(`[init tag: ${l.u32(at + 4)}] [rwnd: ${l.u32(at + 8)}] [OS: ${l.u16(at + 12)}] `);
      l.text(`[MIS: ${l.u16(at + 14)}] [init TSN: ${l.u32(at + 16)}] `);
      return true;
    case 3:
      return size >= 16 && acknowledgement(l, at, at + size);
  }
  return true;
}

function acknowledgement(l: Line, at: number, end: number): boolean {
  const acknowledged = l.u32(at + 4), gaps = l.u16(at + 12), twice = l.u16(at + 14);
  l.text(`[cum ack ${acknowledged}] [a_rwnd ${l.u32(at + 8)}] [#gap acks ${gaps}] [#dup tsns ${twice}] `);
  at += 16;
  for (let i = 1; i <= gaps && at < end; i++, at += 4) {
    if (end - at < 4) return false;
    const from = (acknowledged + l.u16(at)) >>> 0, to = (acknowledged + l.u16(at + 2)) >>> 0;
    l.text(`\n\t\t[gap ack block #${i}: start = ${from}, end = ${to}] `);
  }
  for (let i = 1; i <= twice && at < end; i++, at += 4) {
    if (end - at < 4) return false;
    l.text(`\n\t\t[dup TSN #${i}: ${l.u32(at)}] `);
  }
  return true;
}
