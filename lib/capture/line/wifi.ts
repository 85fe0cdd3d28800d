// IEEE 802.11 frames in a line, with or without radiotap. Pure. The form is tcpdump's.
import type { Line } from "./line.ts";
import { printLlc } from "./llc.ts";

const MANAGEMENT: Record<number, string> = {
  0: "Assoc Request",
  1: "Assoc Response",
  2: "ReAssoc Request",
  3: "ReAssoc Response",
  4: "Probe Request",
  5: "Probe Response",
  8: "Beacon",
  9: "ATIM",
  10: "Disassociation",
  11: "Authentication",
  12: "DeAuthentication",
  13: "Action",
};
const CONTROL: Record<number, string> = {
  7: "Control Wrapper",
  8: "BAR",
  9: "BA",
  10: "Power Save-Poll",
  11: "Request-To-Send",
  12: "Clear-To-Send",
  13: "Acknowledgment",
  14: "CF-End",
  15: "CF-End+CF-Ack",
};

/** A frame of `length` octets at `at`; gives the octets of its headers. */
export function printWifi(l: Line, at: number, length: number, caplen: number, radiotap: boolean): number {
  const start = at;
  if (radiotap) {
    l.protocol = "802.11_radio";
    if (caplen < 8) {
      l.text(" [|802.11]");
      return 0;
    }
    const header = l.u8(at + 2) | l.u8(at + 3) << 8;
    if (caplen < header) {
      l.text(" [|802.11]");
      return 0;
    }
    // Flags may say that a frame check sequence ends the frame.
    const present = l.u8(at + 4);
    if ((present & 2) !== 0 && l.u8(at + 7) < 0x80) {
      const flags = l.u8(at + ((present & 1) !== 0 ? 16 : 8));
      if ((flags & 0x10) !== 0) {
        length -= 4;
        if (l.end > at + length) l.end = at + length;
      }
    }
    at += header;
    length -= header;
  }
  l.protocol = "802.11";
  if (length < 2 || !l.has(at, 2)) {
    l.text(" [|802.11]");
    return at - start;
  }
  const control = l.u8(at), flags = l.u8(at + 1);
  const type = (control >> 2) & 3, subtype = control >> 4;
  const direction = flags & 3;
  if ((flags & 0x20) !== 0 && l.verbose > 0) l.text("More Data ");
  let header = 24;
  if (type === 0) header = 24;
  else if (type === 1) header = subtype === 12 || subtype === 13 ? 10 : 16;
  else if (type === 2) header = (direction === 3 ? 30 : 24) + ((subtype & 8) !== 0 ? 2 : 0);
  if (!l.has(at, header) || length < header) {
    l.text(" [|802.11]");
    return at - start;
  }
  const label = (name: string, from: number) => {
    l.text(name);
    l.mac(at + from);
    l.text(" ");
  };
  if (l.link || type !== 2) {
    if (type === 1) {
      label("RA:", 4);
      if (header === 16) label("TA:", 10);
    } else if (type === 0) {
      label("BSSID:", 16);
      label("DA:", 4);
      label("SA:", 10);
    } else if (direction === 0) {
      label("DA:", 4);
      label("SA:", 10);
      label("BSSID:", 16);
    } else if (direction === 1) {
      label("BSSID:", 4);
      label("SA:", 10);
      label("DA:", 16);
    } else if (direction === 2) {
      label("DA:", 4);
      label("BSSID:", 10);
      label("SA:", 16);
    } else {
      label("RA:", 4);
      label("TA:", 10);
      label("DA:", 16);
      label("SA:", 24);
    }
  }
  const body = at + header;
  switch (type) {
    case 0: {
      l.text(MANAGEMENT[subtype] ?? `Unhandled Management subtype(${subtype.toString(16)})`);
      const fixed = subtype === 8 || subtype === 5 ? 12 : subtype === 0 ? 4 : subtype === 4 ? 0 : -1;
      if (fixed >= 0) {
        let cursor = body + fixed;
        while (cursor + 2 <= l.end) {
          const id = l.u8(cursor), size = l.u8(cursor + 1);
          if (cursor + 2 + size > l.end) break;
          if (id === 0) {
            l.text(" (");
            l.safeText(cursor + 2, size);
            l.text(")");
          } else if (id === 1 && size > 0) {
            l.text(" [");
            for (let i = 0; i < size; i++) {
              const rate = l.u8(cursor + 2 + i);
              l.text(`${i > 0 ? " " : ""}${((rate & 127) / 2).toFixed(1)}${(rate & 128) !== 0 ? "*" : ""}`);
            }
            l.text(" Mbit]");
          }
          cursor += 2 + size;
        }
      }
      if ((subtype === 8 || subtype === 5) && l.has(body, 12)) {
        const capability = l.u8(body + 10);
        l.text((capability & 1) !== 0 ? " ESS" : " IBSS");
      }
      return body - start;
    }
    case 1:
      l.text(CONTROL[subtype] ?? `Unknown CTRL Subtype (0x${subtype.toString(16)})`);
      return body - start;
    case 2:
      if ((subtype & 4) !== 0) {
        l.text("Null");
        return body - start;
      }
      if ((flags & 0x40) !== 0) {
        l.text("Data");
        return body - start;
      }
      {
        const used = printLlc(l, body, at + length - body, -1);
        return body - start + Math.max(0, used);
      }
  }
  l.text(`Unknown type (${type})`);
  return body - start;
}
