// OpenFlow between switches and their controllers in a line, messages under it with -v. Pure. ONF TS-001, TS-006;
// the form is tcpdump's. The versions stand in openflow10.ts and openflow13.ts.
import { hex, type Line } from "../core/line.ts";
import { Cursor, guarded, type Kind } from "./messages.ts";
import { KINDS_10 } from "./openflow10.ts";
import { KINDS_13 } from "./openflow13.ts";

const VERSIONS: Readonly<Record<number, string>> = { 1: "1.0", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.4", 6: "1.5" };
const HEADER = 8;

/** Messages in the `length` octets of a segment at `at`. */
export function printOpenFlow(l: Line, at: number, length: number): void {
  l.protocol = "openflow";
  l.text(": OpenFlow");
  const c = new Cursor(l, at, length);
  while (c.left > 0) {
    const version = c.u8();
    l.text(`\n\tversion ${VERSIONS[version] ?? `unknown (0x${hex(version, 2)})`}`);
    if (c.left < 1) return partial(c);
    const type = c.u8();
    const kind = version === 1 ? KINDS_10[type] : version === 4 ? KINDS_13[type] : undefined;
    l.text(`, type ${kind?.name ?? `unknown (0x${hex(type, 2)})`}`);
    if (c.left < 2) return partial(c);
    const size = c.u16();
    l.text(`, length ${size}${size < HEADER ? " (too short!)" : ""}`);
    if (c.left < 4) return partial(c);
    l.text(`, xid 0x${hex(c.u32(), 8)}`);
    if (size < HEADER) {
      l.invalid();
      return l.must(c.at, c.left);
    }
    const body = size - HEADER;
    message(c, kind, body);
    if (body > c.left) return;
    c.skip(body);
  }
}

function partial(c: Cursor): void {
  c.text(" (end of TCP payload)");
  c.l.must(c.at, c.left);
}

function message(c: Cursor, kind: Kind | undefined, size: number): void {
  const { l } = c;
  if (kind !== undefined) {
    const { least = 0, exactly = size, print } = kind;
    if (size < least || size !== exactly) l.invalid();
    else if (l.verbose > 0 && print !== undefined) return guarded(new Cursor(l, c.at, size), print);
  }
  l.must(c.at, size);
}
