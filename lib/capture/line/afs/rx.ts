// Rx, the calls of AFS, in a line. Pure. The form is tcpdump's; calls are kept until their answers come.
import { bitNames, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";
import { printParts } from "./parts.ts";
import { type Service, SERVICES, UBIK } from "./services.ts";
import type { Ports } from "../transport/ends.ts";

const HEADER = 28;
const DATA = 1, ACK = 2, ABORT = 4, FROM_CLIENT = 1;

const TYPES = names("1 data|ack|busy|abort|ackall|challenge|response|debug|params|13 version");
const FLAGS = bits("1 <client-init>|2 <req-ack>|4 <last-pckt>|8 <more-pckts>|16 <free-pckt>");
const SIXTH_FLAG = 32;
const REASONS = names(
  "1 ack requested|duplicate packet|out of sequence|exceeds window|no buffer space|ping|ping response|delay|idle",
);
const FILE_ERRORS = names(
  "101 salvage volume|no such vnode|no such volume|volume exist|no service|volume offline|voline online|diskfull|" +
    "diskquota exceeded|volume busy|volume moved|AFS IO error|4294967196 restarting fileserver",
);

/** A packet of Rx in the `length` octets of a datagram at `at`. */
export function printRx(l: Line, at: number, length: number, { sport, dport }: Ports): void {
  l.protocol = "rx";
  if (!l.has(at, HEADER)) return l.text(` [|rx] (${length})`);
  const type = l.u8(at + 20), flags = l.u8(at + 21), first = l.u32(at + 12) === 1, ip = l.ip.at;
  l.text(` rx ${TYPES[type] ?? `type ${type}`}`);
  if (l.verbose > 0) header(l, at, type, flags);
  if (type === DATA && first && (flags & FROM_CLIENT) !== 0) {
    if (l.has(at + HEADER, 4)) {
      l.rxCalls.add(l.u32(at + 8), l.u32(ip + 12), l.u32(ip + 16), dport, l.u16(at + 26), l.u32(at + HEADER));
    }
    const service = SERVICES[dport];
    if (service !== undefined) printCall(l, at, length, service);
  } else if ((type === DATA && first || type === ABORT) && (flags & FROM_CLIENT) === 0) {
    const operation = l.rxCalls.find(l.u32(at + 8), l.u32(ip + 16), l.u32(ip + 12), sport, l.u16(at + 26));
    const service = operation === undefined ? undefined : SERVICES[sport];
    if (service !== undefined) printReply(l, at, length, service, operation!);
  } else if (type === ACK) printAck(l, at, length);
  l.text(` (${length})`);
}

function header(l: Line, at: number, type: number, flags: number): void {
  const word = (place: number) => l.u32(at + place);
  if (l.verbose > 1) l.text(` cid ${word(4).toString(16).padStart(8, "0")} call# ${word(8)}`);
  l.text(` seq ${word(12)} ser ${word(16)}`);
  if (l.verbose > 2) l.text(` secindex ${l.u8(at + 23)} serviceid ${l.u16(at + 26)}`);
  if (l.verbose < 2) return;
  const told = [bitNames(FLAGS, flags, "", ",")];
  if ((flags & SIXTH_FLAG) !== 0 && type === ACK) told.push("<slow-start>");
  if ((flags & SIXTH_FLAG) !== 0 && type === DATA) told.push("<jumbogram>");
  const text = told.filter((name) => name !== "").join(",");
  if (text !== "") l.text(` ${text}`);
}

function printCall(l: Line, at: number, length: number, service: Service): void {
  if (length <= HEADER) return;
  const operation = l.u32(at + HEADER);
  l.text(` ${service.name}`);
  const told = owner(service, operation);
  if (told !== service) l.text(` ${told.name}`);
  l.text(` call ${told.operations[operation] ?? `op#${operation}`}`);
  parts(l, at + HEADER + 4, told, told.calls.get(operation));
}

function printReply(l: Line, at: number, length: number, service: Service, operation: number): void {
  if (length < HEADER || length === HEADER && !service.bare) return;
  l.text(` ${service.name}`);
  const told = owner(service, operation), type = l.u8(at + 20);
  if (told !== service) l.text(` ${told.name}`);
  l.text(` reply ${told.operations[operation] ?? `op#${operation}`}`);
  at += HEADER;
  if (type === DATA) parts(l, at, told, told.replies.get(operation));
  else if (service === SERVICES[7000]) {
    const error = l.u32(at);
    l.text(` error ${FILE_ERRORS[error] ?? `#${error | 0}`}`);
  } else if (told === UBIK && operation === 10000) parts(l, at, told, "vote_yes until D");
  else parts(l, at, told, "errcode I");
}

/** Whose operation it is: the service's, or that of the database behind it. */
function owner(service: Service, operation: number): Service {
  return service.ubik === true && UBIK.operations[operation] !== undefined ? UBIK : service;
}

function parts(l: Line, at: number, service: Service, text: string | undefined): void {
  if (text !== undefined && !printParts(l, at, text, service.longest)) l.text(` [|${service.name}]`);
}

function printAck(l: Line, at: number, length: number): void {
  if (length < HEADER) return;
  at += HEADER;
  if (!l.has(at, 18)) return l.text(" [|ack]");
  if (l.verbose > 2) l.text(` bufspace ${l.u16(at)} maxskew ${l.u16(at + 2)}`);
  const first = l.u32(at + 4), reason = l.u8(at + 16), count = l.u8(at + 17);
  l.text(` first ${first} serial ${l.u32(at + 12)} reason ${REASONS[reason] ?? `#${reason}`}`);
  at += 18;
  if (!l.has(at, count)) return l.text(" [|ack]");
  ranges(l, at, count, first, 1, "acked");
  ranges(l, at, count, first, 0, "nacked");
  at += count + 3;
  if (l.verbose < 2) return;
  for (const name of ["ifmtu", "maxmtu", "rwind", "maxpackets"]) {
    if (!l.has(at, 4)) return;
    l.text(` ${name} ${l.u32(at)}`);
    at += 4;
  }
}

/** Numbers of the packets whose octet in a list is `kind`, those in a row together. */
function ranges(l: Line, at: number, count: number, first: number, kind: number, name: string): void {
  const told: string[] = [], number = (i: number) => first + i >>> 0;
  for (let i = 0; i < count; i++) {
    if (l.u8(at + i) !== kind) continue;
    const start = i;
    while (i + 1 < count && l.u8(at + i + 1) === kind) i++;
    told.push(start === i ? `${number(start)}` : `${number(start)}-${number(i)}`);
  }
  if (told.length > 0) l.text(` ${name} ${told.join(",")}`);
}
