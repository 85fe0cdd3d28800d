// Signalling of Frame Relay links in a line: calls, and whether links and circuits live. Pure. ITU-T Q.933;
// the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names(
  "0 ESC to National|Alert|Call proceeding|Progress|5 Setup|7 Connect|15 Connect ACK|0x45 Disconnect|Restart|" +
    "0x4d Release|Restart ACK|0x5a Release Complete|0x75 Status Enquiry|0x7d Status Reply",
);
const ELEMENTS = names(
  "1 ANSI Report Type|3 ANSI Link Verify|7 ANSI PVC Status|0x19 ANSI Link Verify|0x51 CCITT Report Type|" +
    "0x53 CCITT Link Verify|0x57 CCITT PVC Status",
);
const REPORTS = names("0 Full Status|Link verify|Async PVC Status");
const isShift = (octet: number) => (octet & 0xf0) === 0x90;
const isLocking = (shift: number) => (shift & 8) === 0;

/** A message of `length` octets at `at`. */
export function printQ933(l: Line, at: number, length: number): void {
  l.protocol = "q.933";
  if (!l.link) l.text("Q.933");
  const end = at + length, comma = l.link ? "" : ", ";
  const there = (count = 1) => end - at >= count && l.has(at, count);
  const cut = (text: string) => l.text(`${text} [|q.933]`);
  const sized = `length ${length}`;
  if (!there()) return cut(comma + sized);
  const calls = l.u8(at++) & 15, call = at;
  for (let i = 0; i < calls; i++, at++) if (!there()) return cut(comma + sized);
  if (!there()) return cut(comma + sized);
  const message = l.u8(at++);
  let set = 0, ansi = false, once = 0, back = 0;
  if (at < end) {
    if (!there()) return cut(comma + sized);
    const shift = l.u8(at);
    if (isShift(shift)) {
      at++;
      set = shift & 7;
      if (isLocking(shift)) ansi = set === 5;
      else once = 1;
    }
  }
  l.text(`${comma}${ansi ? "ANSI" : "CCITT"}, codeset ${set}`);
  if (calls > 1 || calls === 1 && l.u8(at) !== 0) l.text(`, Call Ref: 0x${l.hexText(call, calls)}`);
  const name = MESSAGES[message];
  if (l.verbose > 0) l.text(`, ${name ?? "unknown message"} (0x${hex(message, 2)}), ${sized}`);
  else l.text(`, ${name ?? `unknown message 0x${hex(message, 2)}`}`);
  const short = () => cut(l.verbose > 0 ? "" : `, ${sized}`);
  while (at < end) {
    if (once === 1) once = 2;
    else if (once === 2) [set, once] = [back, 0];
    if (!there()) return short();
    const code = l.u8(at++);
    if ((code & 0x80) !== 0) {
      if (!isShift(code)) continue;
      if (isLocking(code)) once = 0;
      else [once, back] = [1, set];
      set = code & 7;
      continue;
    }
    if (!there()) return short();
    const size = l.u8(at++), known = set === 0 || set === 5;
    if (l.verbose > 0) {
      l.text(`\n\t${known ? ELEMENTS[code] ?? "unknown" : "unknown"} IE (0x${hex(code, 2)}), length ${size}: `);
    }
    if (code === 0 || size === 0) return;
    if (!there(size)) return short();
    if (known && element(l, code, at, size)) {
      if (l.verbose > 1) unknownData(l, at, "\n\t  ", size);
    } else if (l.verbose > 0) unknownData(l, at, "\n\t", size);
    at += size;
  }
  if (l.verbose === 0) l.text(`, ${sized}`);
}

/** One element; `false` when nothing is known of it. */
function element(l: Line, code: number, at: number, size: number): boolean {
  const comma = l.verbose > 0 ? "" : ", ";
  switch (ELEMENTS[code]?.split(" ")[1]) {
    case "Report":
      if (l.verbose > 0) l.text(`${REPORTS[l.u8(at)] ?? "unknown"} (${l.u8(at)})`);
      return true;
    case "Link":
      if (size < 2) l.text(`${comma}Invalid LINK VERIFY IE`);
      else {
        const padded = (value: number) => String(value).padStart(3);
        l.text(`${comma}TX Seq: ${padded(l.u8(at))}, RX Seq: ${padded(l.u8(at + 1))}`);
      }
      return true;
    case "PVC": {
      // The address ends with the first octet whose top bit is set, and one octet of status comes last.
      const octets = [...l.bytes.subarray(at, at + size)];
      const ends = octets.map((octet) => octet >> 7);
      if (size < 3 || size > 5 || ends.indexOf(1) !== size - 2 || ends[size - 1] !== 1) {
        l.text(`${comma}Invalid DLCI in PVC STATUS IE`);
        return true;
      }
      let number = (octets[0]! & 0x3f) << 4 | (octets[1]! & 0x78) >> 3;
      if (size === 4) number = number << 6 | (octets[2]! & 0x7e) >> 1;
      else if (size === 5) number = number << 13 | octets[2]! & 0x7f | (octets[3]! & 0x7e) >> 1;
      const status = octets[size - 1]!;
      l.text(`${comma}DLCI ${number}: status ${(status & 8) !== 0 ? "New, " : ""}`);
      l.text((status & 2) !== 0 ? "Active" : "Inactive");
      return true;
    }
  }
  return false;
}
