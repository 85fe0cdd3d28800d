// Cisco's queries for VLANs in a line, with -v what is asked and answered. Pure. The form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const MESSAGES = names("1 Request, Join Port|Response, VLAN|Request, Reconfirm|Response, Reconfirm");
const ERRORS = names("0 No error|3 Access denied|Shutdown port|Wrong VTP domain");
const OBJECTS = names(
  "0xc01 Client IP Address|Port Name|VLAN Name|VTP Domain|Ethernet Packet|MAC Null|0xc08 MAC Address",
);

/** A message of `length` octets at `at`. */
export function printVqp(l: Line, at: number, length: number): void {
  l.protocol = "vqp";
  l.must(at, 8);
  if (length < 8) return l.invalid();
  const version = l.u8(at), type = l.u8(at + 1), error = l.u8(at + 2), items = l.u8(at + 3);
  if (version !== 1) return l.text(`VQP version ${version} packet not supported`);
  const message = `${MESSAGES[type] ?? `unknown (${type})`} Message, error-code ${
    ERRORS[error] ?? "unknown"
  } (${error})`;
  if (l.verbose === 0) return l.text(`VQPv${version} ${message}, length ${length}`);
  l.text(`\n\tVQPv${version}, ${message}, seq 0x${hex(l.u32(at + 4), 8)}, items ${items}, length ${length}`);
  const end = at + length;
  at += 8;
  for (let left = items; left > 0 && at < end; left--) {
    l.must(at, 6);
    if (end - at < 6) return l.invalid();
    const kind = l.u32(at), size = l.u16(at + 4);
    at += 6;
    l.text(`\n\t  ${OBJECTS[kind] ?? "Unknown"} Object (0x${hex(kind, 8)}), length ${size}, value: `);
    if (kind === 0 || size === 0) return;
    l.must(at, size);
    if (size > end - at) return l.invalid();
    if (kind === 0xc01) {
      if (size !== 4) return l.invalid();
      l.text(`${l.ip4Text(at)} (0x${hex(l.u32(at), 8)})`);
    } else if (kind === 0xc06 || kind === 0xc08) {
      if (size !== 6) return l.invalid();
      l.mac(at);
    } else if (OBJECTS[kind] !== undefined) l.string(at, size);
    else if (l.verbose === 1) unknownData(l, at, "\n\t    ", size);
    at += size;
  }
}
