// Novell's IPX in a line: addresses, service and route announcements. Pure. The form is tcpdump's.
import { hex, type Line } from "../core/line.ts";

/** A datagram at `at`. */
export function printIpx(l: Line, at: number, _length: number): void {
  l.protocol = "ipx";
  if (!l.link) l.text("IPX ");
  l.text(`${address(l, at + 18)}.${hex(l.u16(at + 28), 4)} > `);
  l.text(`${address(l, at + 6)}.${hex(l.u16(at + 16), 4)}: `);
  const length = l.u16(at + 2);
  if (length < 30) {
    l.text(`[length ${length} < 30]`);
    return l.invalid();
  }
  payload(l, l.u16(at + 16), at + 30, length - 30);
}

const address = (l: Line, at: number) => `${hex(l.u32(at), 8)}.${l.macText(at + 4)}`;

function payload(l: Line, socket: number, at: number, length: number): void {
  switch (socket) {
    case 0x0451:
      return l.text(`ipx-ncp ${length}`);
    case 0x0452:
      return services(l, at, length);
    case 0x0453:
      return routes(l, at, length);
    case 0x0455:
      return l.text(`ipx-netbios ${length}`);
    case 0x0456:
      return l.text(`ipx-diags ${length}`);
    case 0x0553:
      return l.text(`ipx-nwlink-dgm ${length}`);
  }
  l.text(`ipx-#${hex(socket)} ${length}`);
}

/** Service advertising. */
function services(l: Line, at: number, length: number): void {
  const command = l.u16(at);
  const end = at + length;
  if (length < 2) return l.invalid();
  at += 2;
  const kind = () => hex(l.u16(at), 4);
  if (command === 1 || command === 3) return l.text(`ipx-sap-${command === 1 ? "req" : "nearest-req"} ${kind()}`);
  if (command !== 2 && command !== 4) return l.text(`ipx-sap-?${hex(command)}`);
  l.text(command === 2 ? "ipx-sap-resp" : "ipx-sap-nearest-resp");
  for (let i = 0; i < 8 && at < end; i++) {
    if (end - at < 2) return l.invalid();
    l.text(` ${kind()} '`);
    at += 2;
    if (end - at < 48) {
      l.text("'");
      return l.invalid();
    }
    l.string(at, 48);
    l.text("'");
    at += 48;
    if (end - at < 10) return l.invalid();
    l.text(` addr ${address(l, at)}`);
    at += 10;
    // Socket and hops are not told.
    l.must(at, 4);
    if (end - at < 4) return l.invalid();
    at += 4;
  }
}

function routes(l: Line, at: number, length: number): void {
  const command = l.u16(at);
  const end = at + length;
  if (length < 2) return l.invalid();
  at += 2;
  if (command !== 1 && command !== 2) return l.text(`ipx-rip-?${hex(command)}`);
  l.text(command === 1 ? "ipx-rip-req" : "ipx-rip-resp");
  for (let i = 0; i < (command === 1 ? 1 : 50) && at < end; i++) {
    if (end - at < 8) return l.invalid();
    l.text(` ${hex(l.u32(at), 8)}/${l.u16(at + 4)}.${l.u16(at + 6)}`);
    at += 8;
  }
}
