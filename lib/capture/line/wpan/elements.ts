// Information elements of IEEE 802.15.4 in a line, taken apart with the fourth -v. Pure. IEEE 802.15.4-2020 7.4;
// the form is tcpdump's. To take one apart: a case in `headerElement` or `managementElement`.
import { hex, type Line } from "../core/line.ts";
import { little, pendingAddresses, superframe } from "./parts.ts";
import { names } from "../core/table.ts";

const HEADERS = names(
  "0 Vendor Specific Header IE|26 LE CSL IE|LE RIT IE|DSME PAN descriptor IE|Rendezvous Time IE|Time Correction IE|" +
    "33 Extended DSME PAN descriptor IE|Fragment Sequence Context Description IE|" +
    "Simplified Superframe Specification IE|Simplified GTS Specification IE|LECIM Capabilities IE|TRLE Descriptor IE|" +
    "RCC Capabilities IE|RCCN Descriptor IE|Global Time IE|Omnibus Header IE|DA IE|126 Header Termination 1 IE|" +
    "Header Termination 2 IE",
);
const GROUPS = names(
  "0 ESDU IE|MLME IE|Vendor Specific Nested IE|Multiplexed IE (802.15.9)|Omnibus Payload Group IE|IETF IE|" +
    "15 List termination",
);
const SHORT = names(
  "26 TSCH Synchronization IE|TSCH Slotframe and Link IE|TSCH Timeslot IE|Hopping timing IE|Enhanced Beacon Filter IE|" +
    "MAC Metrics IE|All MAC Metrics IE|Coexistence Specification IE|SUN Device Capabilities IE|SUN FSK Generic PHY IE|" +
    "Mode Switch Parameter IE|PHY Parameter Change IE|O-QPSK PHY Mode IE|PCA Allocation IE|" +
    "LECIM DSSS Operating Mode IE|LECIM FSK Operating Mode IE|43 TVWS PHY Operating Mode Description IE|" +
    "TVWS Device Capabilities IE|TVWS Device Category IE|TVWS Device Identiication IE|TVWS Device Location IE|" +
    "TVWS Channel Information Query IE|TVWS Channel Information Source IE|CTM IE|Timestamp IE|Timestamp Difference IE|" +
    "TMCTP Specification IE|RCC PHY Operating Mode IE",
);
const LONG = names("8 Vendor Specific MLME Nested IE|Channel Hopping IE");
const TIMESLOT =
  "CCA Offset|CCA|TX Offset|RX Offset|RX Ack Delay|TX Ack Delay|RX Wait|Ack Wait|RX TX|Max Ack|Max TX|Time slot Length"
    .split("|");
const LINK_OPTIONS = ["TX", "RX", "Shared", "Timekeeping", "Priority"];

const reserved = (number: number) => `Reserved 0x${hex(number, 2)}`;

function octets(l: Line, at: number, count: number): void {
  for (let i = 0; i < count; i++) l.text(`${hex(l.u8(at + i), 2)} `);
}

function data(l: Line, at: number, count: number): void {
  l.text("IE Data = ");
  octets(l, at, count);
}

function vendor(l: Line, at: number, count: number): void {
  if (count < 3) return l.text("[ERROR: Vendor OUI missing]");
  l.text(`OUI = 0x${l.hexText(at, 3)}, Data = `);
  octets(l, at + 3, count - 3);
}

/** Elements of the header in `left` octets: how many octets they take, below 0 when cut; whether others follow. */
export function headerElements(l: Line, at: number, left: number): { size: number; more: boolean } {
  let size = 0;
  do {
    if (left < 2) {
      l.text("[ERROR: Truncated header IE]");
      return { size: -1, more: false };
    }
    const word = little(l, at), count = word & 0x7f, id = word >> 7 & 0xff;
    if (word > 0x7fff) l.text("[ERROR: Header IE with type 1] ");
    if (id > 127) l.text(`Reserved Element ID ${hex(id, 2)}, length = ${count} `);
    else l.text(`\n\t${HEADERS[id] ?? reserved(id)} [${count === 0 ? "" : ` length = ${count}, `}`);
    if (left < 2 + count) {
      l.text("[ERROR: Truncated IE data]");
      return { size: -1, more: false };
    }
    if (count !== 0) {
      if (l.verbose > 3) headerElement(l, id, at + 2, count);
      else data(l, at + 2, count);
    }
    l.text("] ");
    size += 2 + count;
    at += 2 + count;
    left -= 2 + count;
    if (id === 126) return { size, more: true };
    if (id === 127) break;
  } while (left !== 0);
  return { size, more: false };
}

function headerElement(l: Line, id: number, at: number, count: number): void {
  const truncated = (name: string) => l.text(`[ERROR: Truncated ${name} IE]`);
  switch (id) {
    case 0:
      return vendor(l, at, count);
    case 26:
      if (count < 4) return truncated("CSL");
      l.text(`CSL Phase = ${little(l, at)}, CSL Period = ${little(l, at + 2)}`);
      if (count >= 6) l.text(`, Rendezvous time = ${little(l, at + 4)}`);
      if (count !== 4 && count !== 6) l.text(" [ERROR: CSL IE length wrong]");
      return;
    case 27:
      if (count < 4) return truncated("RIT");
      l.text(`Time to First Listen = ${l.u8(at)}, # of Repeat Listen = ${l.u8(at + 1)}, `);
      return l.text(`Repeat Listen Interval = ${little(l, at + 2)}`);
    case 28:
    case 33:
      return network(l, at, count, id === 33);
    case 29:
      if (count !== 4) return l.text("[ERROR: Length != 2]");
      return l.text(`Rendezvous time = ${little(l, at)}, Wake-up Interval = ${little(l, at + 2)}`);
    case 30: {
      if (count !== 2) return l.text("[ERROR: Length != 2]");
      const value = little(l, at);
      return l.text(`${value > 0x7fff ? "Negative " : ""}Ack time correction = ${(value << 20) >> 20}, `);
    }
  }
  data(l, at, count);
}

/** The descriptor of a DSME network. */
function network(l: Line, at: number, count: number, extended: boolean): void {
  if (count < 2) return l.text("[ERROR: Truncated DSME PAN IE]");
  l.text(superframe(l, little(l, at)));
  if (count < 3) return l.text("[ERROR: Truncated before pending addresses field]");
  const pending = pendingAddresses(l, at + 2, count - 2);
  if (pending < 0) return;
  let from = 2 + pending, hopping = false;
  const cut = (need: number, text: string) => {
    if (count >= from + need) return false;
    l.text(`[ERROR: Truncated ${text}]`);
    return true;
  };
  const size = extended ? 2 : 1;
  if (cut(size, "before DSME Superframe Specification")) return;
  const word = little(l, at + from, size);
  from += size;
  const bits = extended ? word >> 4 : word;
  l.text(
    `Multi-superframe Order = ${extended ? word & 0xff : word & 15}, Channel ${
      (bits & 16) !== 0 ? "hopping" : "adaptation"
    } mode`,
  );
  if ((bits & 64) !== 0) l.text(", CAP reduction enabled");
  if ((bits & 128) !== 0) l.text(", Deferred beacon enabled");
  if (extended && (bits & 256) !== 0) {
    l.text(", Hopping Sequence Present");
    hopping = true;
  }
  const spaced = (need: number, text: string) => {
    if (count >= from + need) return false;
    l.text(` [ERROR: Truncated ${text}]`);
    return true;
  };
  if (spaced(8, "before Time synchronization specification")) return;
  l.text(`Beacon timestamp = ${little(l, at + from, 6)}, offset = ${little(l, at + from + 6)}`);
  from += 8;
  if (spaced(4, "before Beacon Bitmap")) return;
  const map = little(l, at + from + 2);
  l.text(`SD Index = ${little(l, at + from)}, Bitmap len = ${map}, `);
  from += 4;
  if (spaced(map, "in SD bitmap")) return;
  l.text(" SD Bitmap = ");
  octets(l, at + from, map);
  from += map;
  if (spaced(5, "before Channel hopping specification")) return;
  const offsets = little(l, at + from + 4);
  l.text(`Hopping Seq ID = ${l.u8(at + from)}, PAN Coordinator BSN = ${l.u8(at + from + 1)}, `);
  l.text(`Channel offset = ${little(l, at + from + 2)}, Bitmap length = ${offsets}, `);
  from += 5;
  if (spaced(offsets, "in Channel offset bitmap")) return;
  l.text(" Channel offset bitmap = ");
  octets(l, at + from, offsets);
  from += offsets;
  if (!hopping || spaced(1, "in Hopping Sequence length")) return;
  const steps = l.u8(at + from++);
  l.text(`Hopping Seq length = ${steps} [ `);
  if (spaced(steps * 2, "in Channel offset bitmap")) return;
  for (let i = 0; i < steps; i++) l.text(`${hex(little(l, at + from + i * 2), 2)} `);
  l.text("]");
}

/** Elements of the payload in `left` octets: how many octets they take, below 0 when cut. */
export function payloadElements(l: Line, at: number, left: number): number {
  let size = 0;
  do {
    if (left < 2) {
      l.text("[ERROR: Truncated header IE]");
      return -1;
    }
    const word = little(l, at), count = word & 0x3ff, group = word >> 11 & 15, body = at + 2;
    if (word <= 0x7fff) l.text("[ERROR: Payload IE with type 0] ");
    l.text(`\n\t${GROUPS[group] ?? reserved(group)} [${count === 0 ? "" : ` length = ${count}, `}`);
    if (left < 2 + count) {
      l.text("[ERROR: Truncated IE data]");
      return -1;
    }
    if (count !== 0) {
      if (l.verbose <= 3) data(l, body, count);
      else if (group === 1) management(l, body, count);
      else if (group === 2) vendor(l, body, count);
      else if (group === 3) multiplexed(l, body, count);
      else if (group === 5) {
        l.text(`Subtype ID = 0x${hex(l.u8(body), 2)}, Subtype content = `);
        octets(l, body + 1, count - 1);
      } else data(l, body, count);
    }
    l.text("]\n\t");
    size += 2 + count;
    at += 2 + count;
    left -= 2 + count;
    if (group === 15) break;
  } while (left > 0);
  return size;
}

function management(l: Line, at: number, left: number): void {
  do {
    if (left < 2) return l.text("[ERROR: Truncated MLME IE]");
    const word = little(l, at), long = word > 0x7fff;
    const count = long ? word & 0x3ff : word & 0xff, id = long ? word >> 11 & 15 : word >> 8 & 0x7f;
    const unnamed = !long && id < 16 ? `Reserved for long format 0x${hex(id)}` : reserved(id);
    l.text(`\n\t\t${(long ? LONG : SHORT)[id] ?? unnamed} [ length = ${count}, `);
    if (left < 2 + count) return l.text("[ERROR: Truncated IE data]");
    if (count !== 0) managementElement(l, id, at + 2, count);
    l.text("] ");
    at += 2 + count;
    left -= 2 + count;
  } while (left > 0);
}

function managementElement(l: Line, id: number, at: number, count: number): void {
  switch (id) {
    case 8:
      return vendor(l, at, count);
    case 9:
      return hopping(l, at, count);
    case 26:
      if (count < 6) l.text("[ERROR: Length != 6]");
      return l.text(`ASN = ${hex(little(l, at, 5), 10)}, Join Metric = ${l.u8(at + 5)} `);
    case 27:
      return slotframes(l, at, count);
    case 28: {
      if (count !== 1 && count !== 25 && count !== 27) {
        l.text("[ERROR: Length not 1, 25, or 27]\n\t\t\t");
        return data(l, at, count);
      }
      l.text(`Time slot ID = ${l.u8(at)}`);
      let from = at + 1;
      for (const [i, name] of count === 1 ? [] : TIMESLOT.entries()) {
        const size = count === 27 && i > 9 ? 3 : 2;
        l.text(`, ${name} = ${little(l, from, size)}`);
        from += size;
      }
      return l.text(" ");
    }
  }
  data(l, at, count);
}

function hopping(l: Line, at: number, count: number): void {
  const cut = (need: number) => {
    if (count >= need) return false;
    l.text("[ERROR: IE truncated]");
    return true;
  };
  l.text(`Hopping Sequence ID = ${l.u8(at)}`);
  if (count === 1 || cut(8)) return;
  const page = l.u8(at + 1), channels = little(l, at + 2);
  l.text(`Channel Page = ${page}, Number of Channels = ${channels}, `);
  l.text(`Phy Configuration = 0x${hex(little(l, at + 4, 4), 8)}, `);
  let from = 8;
  if (page === 9 || page === 10) {
    const map = channels + 7 >> 3;
    if (cut(from + map)) return;
    l.text(`Extended bitmap = 0x${l.hexText(at + from, map)}, `);
    from += map;
  }
  if (cut(from + 2)) return;
  const steps = little(l, at + from);
  l.text(`Hopping Seq length = ${steps} [ `);
  from += 2;
  if (count < from + steps * 2) return l.text(" [ERROR: IE truncated]");
  for (let i = 0; i < steps; i++) l.text(`${hex(little(l, at + from + i * 2), 2)} `);
  l.text("]");
  from += steps * 2;
  if (!cut(from + 2)) l.text(`Current hop = ${little(l, at + from)}`);
}

function slotframes(l: Line, at: number, count: number): void {
  const frames = l.u8(at);
  l.text(`Slotframes = ${frames} `);
  let from = 1;
  for (let i = 0; i < frames; i++) {
    if (count < from + 4) return l.text("[ERROR: Truncated IE before slotframes]");
    const links = l.u8(at + from + 3);
    l.text(`\n\t\t\t[ Handle ${l.u8(at + from)}, size = ${little(l, at + from + 1)}, links = ${links} `);
    from += 4;
    for (let j = 0; j < links; j++) {
      if (count < from + 5) {
        l.text("[ERROR: Truncated IE links]");
        break;
      }
      const options = l.u8(at + from + 4);
      l.text(`\n\t\t\t\t[ Timeslot =  ${little(l, at + from)}, Offset = ${little(l, at + from + 2)}, Options = `);
      for (const [bit, name] of LINK_OPTIONS.entries()) if ((options >> bit & 1) !== 0) l.text(`${name} `);
      l.text("] ");
      from += 5;
    }
    l.text("] ");
  }
}

function multiplexed(l: Line, at: number, count: number): void {
  const type = l.u8(at) & 7, transaction = l.u8(at) >> 3, tid = `tid = 0x${hex(transaction, 2)}, `;
  let from = 1;
  switch (type) {
    case 0:
      l.text("Type = Full upper layer fragment, ");
      if (count < 3) return l.text("[ERROR: Multiplex ID missing]");
      l.text(`${tid}Multiplex ID = 0x${hex(little(l, at + 1), 4)}, `);
      from = 3;
      break;
    case 1:
      l.text("Type = Full upper layer fragment with small Multiplex ID, ");
      l.text(`Multiplex ID = 0x${hex(transaction, 4)}, `);
      break;
    case 2:
    case 4: {
      if (count < 2) return l.text("[ERROR: fragment number missing]");
      const number = l.u8(at + 1);
      l.text(`Type = ${type === 4 ? "Last" : number === 0 ? "First" : "Middle"} fragment, ${tid}`);
      l.text(`fragment = 0x${hex(number, 2)}, `);
      from = 2;
      if (number !== 0) break;
      if (count < 6) return l.text("[ERROR: Total upper layer size or multiplex ID missing]");
      l.text(`Total upper layer size = 0x${hex(little(l, at + 2), 4)}, `);
      l.text(`Multiplex ID = 0x${hex(little(l, at + 4), 4)}, `);
      from = 6;
      break;
    }
    case 6:
      l.text(`Type = Abort, ${tid}`);
      if (count === 1) return l.text("no max size given");
      if (count === 3) return l.text(`max size = 0x${hex(little(l, at + 1), 4)}`);
      l.text(`invalid length = ${count} (not 1 or 3)Abort data = `);
      return octets(l, at + 1, count - 1);
    default:
      l.text(`Type = ${type} (Reserved), ${tid}`);
  }
  l.text("Upper layer data = ");
  octets(l, at + from, count - from);
}
