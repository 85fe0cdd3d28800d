// Sockets between virtual machines and their host, in a line. Pure. Linux vsockmon; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { unknownData } from "../core/hexdump.ts";

const TRANSPORTS = ["UNKNOWN", "NO_INFO", "VIRTIO"];
const OPERATIONS = ["UNKNOWN", "CONNECT", "DISCONNECT", "CONTROL", "PAYLOAD"];
const VIRTIO = ["INVALID", "REQUEST", "RESPONSE", "RST", "SHUTDOWN", "RW", "CREDIT UPDATE", "CREDIT REQUEST"];
/** Octets of vsockmon's header, and of virtio's behind it. */
const HEADER = 32, VIRTIO_HEADER = 44;

/** A packet of `caplen` captured octets at `at`; gives the octets of its header. */
export function printVsock(l: Line, at: number, caplen: number): number {
  l.protocol = "vsock";
  if (caplen < HEADER) {
    l.text(" [|vsock]");
    return caplen;
  }
  const operation = l.u16le(at + 24), transport = l.u16le(at + 26);
  const size = HEADER + (transport === 2 ? VIRTIO_HEADER : 0);
  l.text(TRANSPORTS[transport] ?? `Invalid transport (${transport})`);
  const whole = caplen >= size;
  if (l.verbose === 0) l.text(" ");
  else if (whole) {
    if (transport === 2) virtio(l, at + HEADER);
    l.text("\n\t");
  }
  l.text(`${l.u64le(at)}.${l.u32le(at + 16)} > ${l.u64le(at + 8)}.${l.u32le(at + 20)} `);
  l.text(`${OPERATIONS[operation] ?? ` invalid op (${operation})`}, length ${caplen}`);
  if (l.verbose > 0 && !whole) l.text(" [|vsock]");
  else if (l.verbose > 1 && operation === 4) {
    if (caplen > size) {
      l.text("\n");
      unknownData(l, at + size, "\t", caplen - size);
    } else l.text(" [|vsock]");
  }
  return HEADER;
}

function virtio(l: Line, at: number): void {
  const type = l.u16le(at + 28), operation = l.u16le(at + 30);
  l.text(` (len ${l.u32le(at + 24)}, type ${type === 1 ? "STREAM" : `Invalid type (${type})`}`);
  l.text(`, op ${VIRTIO[operation] ?? `Invalid op (${operation})`}, flags ${hex(l.u32le(at + 32))}`);
  l.text(`, buf_alloc ${l.u32le(at + 36)}, fwd_cnt ${l.u32le(at + 40)})`);
}
