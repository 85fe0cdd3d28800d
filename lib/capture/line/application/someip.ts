// SOME/IP in a line. Pure. AUTOSAR, SOME/IP Protocol Specification; the form is tcpdump's.
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";

const TYPES = names(
  "0 REQUEST|REQUEST_NO_RETURN|NOTIFICATION|32 TP_REQUEST|TP_REQUEST_NO_RETURN|TP_NOTIFICATION|128 RESPONSE|ERROR|" +
    "160 TP_RESPONSE|TP_ERROR",
);
const CODES = names(
  "0 E_OK|E_NOT_OK|E_UNKNOWN_SERVICE|E_UNKNOWN_METHOD|E_NOT_READY|E_NOT_REACHABLE|E_TIMEOUT|E_WRONG_PROTOCOL_VERSION|" +
    "E_WRONG_INTERFACE_VERSION|E_MALFORMED_MESSAGE|E_WRONG_MESSAGE_TYPE|E_E2E_REPEATED|E_E2E_WRONG_SEQUENCE|E_E2E|" +
    "E_E2E_NOT_AVAILABLE|E_E2E_NO_NEW_DATA",
);

/** A message of `length` octets at `at`. */
export function printSomeIp(l: Line, at: number, length: number): void {
  l.protocol = "someip";
  l.text("SOMEIP");
  if (length < 16) return l.invalid();
  const message = l.u32(at);
  l.text(`, service ${message >>> 16}, ${(message & 0x8000) !== 0 ? "event" : "method"} ${message & 0x7fff}`);
  l.text(`, len ${l.u32(at + 4)}`);
  const request = l.u32(at + 8);
  l.text(`, client ${request >>> 16}, session ${request & 0xffff}`);
  l.text(`, pver ${l.u8(at + 12)}`);
  l.text(`, iver ${l.u8(at + 13)}`);
  l.text(`, msgtype ${TYPES[l.u8(at + 14)] ?? "Unknown"}`);
  l.text(`, retcode ${CODES[l.u8(at + 15)] ?? "Unknown"}\n`);
}
