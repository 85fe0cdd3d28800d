// What management frames of IEEE 802.11 say. Pure. IEEE 802.11 clause 9; the form is tcpdump's.
// To add an action: its case in `action`.
import { hex, type Line } from "../core/line.ts";
import { initializationVector } from "./radiotap.ts";
import { names } from "../core/table.ts";
import { REASONS, STATUSES } from "./wifi_codes.ts";
import type { WifiHeader } from "./wifi_header.ts";

const SUBTYPES = names(
  "0 Assoc Request|Assoc Response|ReAssoc Request|ReAssoc Response|Probe Request|Probe Response|8 Beacon|ATIM|" +
    "Disassociation|Authentication|DeAuthentication|Action",
);
const AUTHENTICATIONS = ["Open System", "Shared Key", "EAP"];

/** The elements of a frame that lines show. */
interface Elements {
  network?: readonly [at: number, length: number];
  rates?: readonly [at: number, length: number];
  channel?: number;
  /** Whether all of them were there. */
  whole: boolean;
}

function elements(l: Line, at: number, length: number): Elements {
  const found: Elements = { whole: true };
  const end = at + length;
  while (at < end) {
    const short = !l.has(at, 2) || end - at < 2;
    const size = short ? 0 : l.u8(at + 1);
    if (short || !l.has(at + 2, size) || end - at < size + 2) {
      found.whole = false;
      break;
    }
    const id = l.u8(at);
    if (id === 0 && size > 32 || id === 1 && size > 16 || id === 16 && size > 253 || id === 5 && size > 254) {
      found.whole = false;
      break;
    }
    if (id === 0) found.network ??= [at + 2, size];
    else if (id === 1 && size > 0) found.rates ??= [at + 2, size];
    else if (id === 3 && size === 1) found.channel ??= l.u8(at + 2);
    at += 2 + size;
  }
  return found;
}

function printNetwork(l: Line, { network }: Elements): void {
  if (network === undefined) return;
  l.text(" (");
  l.string(...network);
  l.text(")");
}

function printRates(l: Line, { rates }: Elements): void {
  if (rates === undefined) return;
  const [at, count] = rates;
  for (let i = 0; i < count; i++) {
    const rate = l.u8(at + i);
    l.text(`${i === 0 ? " [" : " "}${((rate & 127) / 2).toFixed(1)}${(rate & 128) !== 0 ? "*" : ""}`);
  }
  l.text(" Mbit]");
}

const status = (code: number) => STATUSES[code] ?? "n/a";
const reason = (code: number) => REASONS[code] ?? "Reserved";

/** A body of `length` octets behind its header; gives whether all of it could be read. */
export function managementBody(l: Line, header: WifiHeader, length: number): boolean {
  const { subtype } = header, at = header.at + header.size;
  l.text(SUBTYPES[subtype] ?? `Unhandled Management subtype(${hex(subtype)})`);
  if ((header.flags & 0x40) !== 0) {
    if (!l.has(at, 4)) return false;
    l.text(initializationVector(l, at));
    return true;
  }
  /** Octets before the elements. */
  const fixed = ({ 0: 4, 1: 6, 2: 10, 3: 6, 4: 0, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2, 13: 2 } as Record<number, number>)[
    subtype
  ];
  if (fixed === undefined) return true;
  if (!l.has(at, fixed) || length < fixed) return false;
  const from = l.link ? "" : ` (${l.macText(header.at + 10)})`;
  switch (subtype) {
    case 10:
      l.text(`: ${reason(l.u16le(at))}`);
      return true;
    case 12:
      l.text(`${from}: ${reason(l.u16le(at))}`);
      return true;
    case 13:
      l.text(`${from}: ${action(l.u8(at), l.u8(at + 1))}`);
      return true;
  }
  const found = elements(l, at + fixed, length - fixed);
  const capability = subtype === 4 ? 0 : l.u16le(at + (subtype === 5 || subtype === 8 ? 10 : 0));
  const secured = (capability & 0x10) !== 0;
  switch (subtype) {
    case 1:
    case 3:
      l.text(` AID(${hex(l.u16le(at + 4) & 0x3fff)}) :${secured ? " PRIVACY " : ""}: `);
      l.text(status(l.u16le(at + 2)));
      return found.whole;
    case 2:
      printNetwork(l, found);
      l.text(` AP : ${l.macText(at + 4)}`);
      return found.whole;
    case 11: {
      const algorithm = l.u16le(at), number = l.u16le(at + 2);
      const answer = number % 2 === 1 ? status(l.u16le(at + 4)) : "";
      const challenge = algorithm === 1 && (number === 2 || number === 3) ? " [Challenge Text] " : ": ";
      l.text(` (${AUTHENTICATIONS[algorithm] ?? "Reserved"})-${hex(number)}${challenge}${answer}`);
      return found.whole;
    }
  }
  printNetwork(l, found);
  printRates(l, found);
  if (subtype === 8) l.text((capability & 1) !== 0 ? " ESS" : " IBSS");
  if (subtype === 8 || subtype === 5) {
    if (found.channel !== undefined) l.text(` CH: ${found.channel}`);
    if (secured) l.text(", PRIVACY");
  }
  return found.whole;
}

const BLOCK = names("0 ADDBA Request|ADDBA Response|DELBA"), THROUGHPUT = names("0 TxChWidth|MIMOPwrSave");
const MESH = names(
  "0 MeshLink|HWMP|Gate Announcement|Congestion Control|MCCA Setup Request|MCCA Setup Reply|" +
    "MCCA Advertisement Request|MCCA Advertisement|MCCA Teardown|TBTT Adjustment Request|TBTT Adjustment Response",
);
const MULTIHOP = names("0 Proxy Update|Proxy Update Confirmation");
const PROTECTED = names(
  "1 Peering Open|Peering Confirm|Peering Close|Group Key Inform|Group Key Acknowledge",
);

function action(category: number, code: number): string {
  const other = `Act#${code}`;
  switch (category) {
    case 0:
      return `Spectrum Management ${other}`;
    case 1:
      return `QoS ${other}`;
    case 2:
      return `DLS ${other}`;
    case 3:
      return `BA ${BLOCK[code] ?? other}`;
    case 7:
      return `HT ${THROUGHPUT[code] ?? other}`;
    case 13:
      return `MeshAction ${MESH[code] ?? other}`;
    case 14:
      return `MultiohopAction ${MULTIHOP[code] ?? other}`;
    case 15:
      return `SelfprotectAction ${PROTECTED[code] ?? other}`;
    case 127:
      return `Vendor ${other}`;
  }
  return `Reserved(${category}) ${other}`;
}
