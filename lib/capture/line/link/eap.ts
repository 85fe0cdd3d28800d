// EAP over LAN (802.1X) and EAP by itself in a line. Pure. IEEE 802.1X, RFC 3748; the form is tcpdump's.
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const FRAMES = names("0 EAP packet|EAPOL start|EAPOL logoff|EAPOL key|Encapsulated ASF alert");
const CODES = names("1 Request|Response|Success|Failure");
const TYPES = names(
  "0 No proposed|Identity|Notification|Nak|MD5-challenge|OTP|GTC|13 TLS|18 SIM|21 TTLS|23 AKA|43 FAST|" +
    "254 Expanded types|Experimental",
);
const TLS_FLAGS = bits("0x80 L bit|0x40 More fragments bit|0x20 Start bit");
const AKA = names(
  "1 Challenge|Auth reject|4 Sync failure|Identity|10 Start|Challenge|Notification|Reauth|Client error",
);

/** A frame at `at`. */
export function printEapol(l: Line, at: number): void {
  l.protocol = "eap";
  l.need(at, 4);
  const type = l.u8(at + 1), size = l.u16(at + 2);
  l.text(`${FRAMES[type] ?? "unknown"} (${type}) v${l.u8(at)}, len ${size}`);
  if (l.verbose < 1 || type !== 0) return;
  if (size === 0) l.cut();
  l.text(", ");
  printEap(l, at + 4, size);
}

/** A message of `length` octets at `at`. */
export function printEap(l: Line, at: number, length: number): void {
  const code = l.u8(at), size = l.u16(at + 2);
  if (size !== length) return l.text("EAP fragment?");
  l.text(`${CODES[code] ?? "unknown"} (${code}), id ${l.u8(at + 1)}, len ${size}`);
  if (size < 4) return l.text(" (too short for EAP header)");
  l.need(at, size);
  if (code !== 1 && code !== 2) return;
  if (size < 5) return l.text(" (too short for EAP request/response)");
  const type = l.u8(at + 4);
  l.text(`\n\t\t Type ${TYPES[type] ?? "unknown"} (${type})`);
  switch (type) {
    case 1:
      if (size <= 5) return;
      l.text(", Identity: ");
      return l.string(at + 5, size - 5);
    case 2:
      if (size < 6) return l.text(" (too short for EAP Notification request/response)");
      l.text(", Notification: ");
      return l.string(at + 5, size - 5);
    case 3:
      if (size < 6) return l.text(" (too short for EAP Legacy NAK request/response)");
      for (let i = 5; i < size; i++) {
        l.text(`${i > 5 ? "," : ""} ${TYPES[l.u8(at + i)] ?? "unknown"} (${l.u8(at + i)})`);
      }
      return;
    case 13:
    case 21:
    case 43: {
      const name = type === 43 ? "FAST" : "TLS/TTLS";
      if (size < 6) return l.text(` (too short for EAP ${name} request/response)`);
      const flags = l.u8(at + 5);
      if (type !== 13) l.text(` ${type === 21 ? "TTLS" : "FAST"}v${flags & 7}`);
      l.text(` flags [${bitNames(TLS_FLAGS, flags, "none")}] 0x${hex(flags, 2)}`);
      if ((flags & 0x80) === 0) return;
      if (size < 10) return l.text(` (too short for EAP ${name} request/response with length)`);
      return l.text(`, len ${l.u32(at + 6)}`);
    }
    case 18:
    case 23:
      if (size < 6) return l.text(" (too short for EAP SIM/AKA request/response)");
      return l.text(` subtype [${AKA[l.u8(at + 5)] ?? "unknown"}] 0x${hex(l.u8(at + 5), 2)}`);
  }
}
