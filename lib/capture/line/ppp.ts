// PPP in a line: addresses and control octets, protocols, LCP and its relatives. Pure. RFC 1661, RFC 1662.
// The form is tcpdump's.
import type { Line } from "./line.ts";
import { unknownData } from "./hexdump.ts";

const PROTOCOLS: Record<number, string> = {
  0x0021: "IP",
  0x0023: "OSI",
  0x0029: "Appletalk",
  0x002b: "IPX",
  0x002d: "VJC",
  0x002f: "VJNC",
  0x0031: "Bridged PDU",
  0x003d: "ML",
  0x0057: "IP6",
  0x00fd: "Compressed",
  0x0281: "MPLS unicast",
  0x0283: "MPLS multicast",
  0x8021: "IPCP",
  0x8023: "OSINLCP",
  0x8057: "IP6CP",
  0x80fd: "CCP",
  0x8281: "MPLSCP",
  0xc021: "LCP",
  0xc023: "PAP",
  0xc025: "LQM",
  0xc223: "CHAP",
  0xc227: "EAP",
};
const CODES: Record<number, string> = {
  0: "Vendor-Extension",
  1: "Conf-Request",
  2: "Conf-Ack",
  3: "Conf-Nack",
  4: "Conf-Reject",
  5: "Term-Request",
  6: "Term-Ack",
  7: "Code-Reject",
  8: "Prot-Reject",
  9: "Echo-Request",
  10: "Echo-Reply",
  11: "Discard-Request",
  12: "Ident",
  13: "Time-Remain",
  14: "Reset-Req",
  15: "Reset-Ack",
};

/** A frame of `length` octets at `at`, with or without address and control octets. */
export function printPpp(l: Line, at: number, length: number): void {
  l.protocol = "ppp";
  const wire = length;
  if (length < 2) {
    l.text(" [|ppp]");
    return;
  }
  const head = l.u16(at);
  if (head === 0xff03 || head === 0xff7d) {
    at += 2;
    length -= 2;
  }
  if (length < 2) {
    l.text(" [|ppp]");
    return;
  }
  let protocol: number;
  if ((l.u8(at) & 1) !== 0) {
    protocol = l.u8(at);
    at++;
    length--;
  } else {
    protocol = l.u16(at);
    at += 2;
    length -= 2;
  }
  if (l.link) {
    l.text(`${PROTOCOLS[protocol] ?? "unknown"} (0x${protocol.toString(16).padStart(4, "0")}), length ${wire}: `);
  }
  printPppProtocol(l, protocol, at, length);
}

function printPppProtocol(l: Line, protocol: number, at: number, length: number): void {
  switch (protocol) {
    case 0x21:
      return l.layers.ip(l, at, length);
    case 0x57:
      return l.layers.ip6(l, at, length);
    case 0xc021:
    case 0x8021:
    case 0x8023:
    case 0x8057:
    case 0x80fd:
    case 0x8281:
      return control(l, protocol, at, length);
    case 0xc223: {
      l.protocol = "chap";
      if (length < 1) {
        l.text("[|chap]");
        return;
      }
      l.text(
        `CHAP, ${
          ({ 1: "Challenge", 2: "Response", 3: "Success", 4: "Failure" } as Record<number, string>)[l.u8(at)] ??
            `unknown (${l.u8(at)})`
        }`,
      );
      l.text(` (0x${l.u8(at).toString(16).padStart(2, "0")}), id ${l.u8(at + 1)}`);
      return;
    }
    case 0xc023:
      l.protocol = "pap";
      l.text(
        `PAP, ${
          ({ 1: "Auth-Req", 2: "Auth-ACK", 3: "Auth-NACK" } as Record<number, string>)[l.u8(at)] ??
            `unknown (${l.u8(at)})`
        }`,
      );
      l.text(` (0x${l.u8(at).toString(16).padStart(2, "0")}), id ${l.u8(at + 1)}`);
      return;
  }
  l.text(PROTOCOLS[protocol] ?? `unknown PPP protocol (0x${protocol.toString(16).padStart(4, "0")})`);
  unknownData(l, at, "\n\t", length);
}

function control(l: Line, protocol: number, at: number, length: number): void {
  if (length < 4) {
    l.text(` [|${(PROTOCOLS[protocol] ?? "ppp").toLowerCase()}]`);
    return;
  }
  const code = l.u8(at), size = l.u16(at + 2);
  l.text(
    `${PROTOCOLS[protocol]}, ${CODES[code] ?? "Unknown Opcode"} (0x${code.toString(16).padStart(2, "0")}), id ${
      l.u8(at + 1)
    }, length ${length + 2}`,
  );
  if (l.verbose === 0) return;
  l.text(`\n\tencoded length ${size} (=Option(s) length ${size - 4})`);
}
