// NFS over RPC in a line: what is asked; answers stand in nfs_reply.ts. Pure. RFC 1094, RFC 1813, RFC 5531; the form is
// tcpdump's. To add a procedure: its name in `PROCEDURES`, its case in `asked` and in `answer` of nfs_reply.ts.
import { bitNames, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";
import { FILE_TYPES, handle, printName, timeText, WRITE_MODES } from "./nfs_parts.ts";
import { printAnswer } from "./nfs_reply.ts";
import type { Ports } from "../transport/ends.ts";

const PORT = 2049;
/** The last calls, also those sent again, whose answers are waited for. */
const CALLS_KEPT = 64;

/** Procedures by the numbers of version 3; what earlier versions had and version 3 has not is 25. */
const PROCEDURES = names(
  "0 null|getattr|setattr|lookup|access|readlink|read|write|create|mkdir|symlink|mknod|remove|rmdir|rename|link|" +
    "readdir|readdirplus|fsstat|fsinfo|pathconf|commit|25 nop",
);
const VERSION_2 = [0, 1, 2, 25, 3, 5, 6, 25, 7, 8, 12, 14, 15, 10, 9, 13, 16, 18];
const ACCESS = bits(
  "1 NFS_ACCESS_READ|2 NFS_ACCESS_LOOKUP|4 NFS_ACCESS_MODIFY|8 NFS_ACCESS_EXTEND|16 NFS_ACCESS_DELETE|" +
    "32 NFS_ACCESS_EXECUTE",
);
const BLOCK = 3, CHARACTER = 4;

/** A message of `length` octets at `at`; `false` when its ports do not say that it is of NFS. */
export function printNfs(l: Line, at: number, length: number, { sport, dport }: Ports): boolean {
  if (!l.has(at + 4, 4)) return false;
  const direction = l.u32(at + 4);
  const kind = dport === PORT && direction === 0 ? "request" : sport === PORT && direction === 1 ? "reply" : undefined;
  if (kind === undefined) return false;
  l.text(`NFS ${kind} xid ${l.u32(at)} `);
  l.protocol = "nfs";
  if (kind === "request") request(l, at, length);
  else reply(l, at, length);
  return true;
}

/** What tells a call from others: who asks whom, with which number. */
function callKey(l: Line, at: number, answer: boolean): string {
  const { source, addressSize } = l;
  const ends = [l.hexText(source, addressSize), l.hexText(source + addressSize, addressSize)];
  return `${l.u32(at)} ${(answer ? ends.reverse() : ends).join(" ")}`;
}

const procedureOf = (version: number, procedure: number) =>
  version === 3 || procedure >= 26 ? procedure : VERSION_2[procedure] ?? 25;

const named = (procedure: number) => ` ${PROCEDURES[procedure] ?? `proc-${procedure}`}`;

function request(l: Line, at: number, length: number): void {
  l.text(String(length));
  if (!l.has(at + 20, 4)) l.cut();
  const version = l.u32(at + 16);
  const key = callKey(l, at, false);
  l.calls.delete(key);
  l.calls.set(key, [++l.callCount, l.u32(at + 20), version]);
  for (const [oldest, [count]] of l.calls) {
    if (count > l.callCount - CALLS_KEPT) break;
    l.calls.delete(oldest);
  }
  const procedure = procedureOf(version, l.u32(at + 20));
  l.text(named(procedure));
  if (procedure > 0 && procedure < 22) new Call(l, version === 3).asked(procedure, argumentsOf(l, at, length));
}

/** Where the arguments of a call begin: behind the caller's credentials and verifier. */
function argumentsOf(l: Line, at: number, length: number): number {
  let from = at + 24;
  for (const last of [false, true]) {
    if (length < 8) l.cut();
    const size = l.u32(from + 4), padded = size + (-size & 3);
    if (!l.has(from + 8, padded) || 8 + padded > length || last && 8 + padded === length) l.cut();
    from += 8 + padded;
    length -= 8 + padded;
  }
  return from;
}

/** Reads the parts that calls and answers are made of, one after the other. */
class Call {
  readonly #l: Line;
  readonly #third: boolean;

  constructor(l: Line, third: boolean) {
    this.#l = l;
    this.#third = third;
  }

  asked(procedure: number, at: number): void {
    const l = this.#l, third = this.#third;
    switch (procedure) {
      case 3:
      case 8:
      case 9:
      case 12:
      case 13:
        this.#handleAndName(at);
        return;
      case 10: {
        at = this.#handleAndName(at);
        l.text(" ->");
        const attributes = third ? new Attributes(l, at) : undefined;
        printName(l, attributes?.end ?? at);
        if (l.verbose > 0) attributes?.print();
        return;
      }
      case 11: {
        at = this.#handleAndName(at);
        const type = l.u32(at), attributes = new Attributes(l, at + 4);
        l.text(` ${FILE_TYPES[type] ?? `unk-ft ${type}`}`);
        if (l.verbose === 0) return;
        if (type === CHARACTER || type === BLOCK) l.text(` ${l.u32(attributes.end)}/${l.u32(attributes.end + 4)}`);
        return attributes.print();
      }
      case 14:
        at = this.#handleAndName(at);
        l.text(" ->");
        this.#handleAndName(at);
        return;
    }
    at = handle(l, at, third);
    switch (procedure) {
      case 4: {
        const flags = l.u32(at);
        if ((flags & ~63) !== 0) l.text(` ${flags.toString(16).padStart(4, "0")}`);
        else if (flags === 63) l.text(" NFS_ACCESS_FULL");
        else if (flags !== 0) l.text(` ${bitNames(ACCESS, flags, "", "|")}`);
        return;
      }
      case 6:
        return l.text(third ? ` ${l.u32(at + 8)} bytes @ ${l.u64(at)}` : ` ${l.u32(at + 4)} bytes @ ${l.u32(at)}`);
      case 21:
        return l.text(` ${l.u32(at + 8)} bytes @ ${l.u64(at)}`);
      case 7:
        if (!third) {
          return l.text(` ${l.u32(at + 12)} (${l.u32(at + 8)}) bytes @ ${l.u32(at + 4)} (${l.u32(at)})`);
        }
        l.text(` ${l.u32(at + 16)} (${l.u32(at + 8)}) bytes @ ${l.u64(at)}`);
        if (l.verbose > 0) l.text(` <${WRITE_MODES[l.u32(at + 12)] ?? `#${l.u32(at + 12) | 0}`}>`);
        return;
      case 15:
        l.text(" ->");
        this.#handleAndName(at);
        return;
      case 16:
      case 17:
        if (procedure === 16 && !third) return l.text(` ${l.u32(at + 4)} bytes @ ${l.u32(at)}`);
        l.text(` ${l.u32(at + 16)} bytes @ ${BigInt.asIntN(64, l.u64(at))}`);
        if (l.verbose === 0) return;
        if (procedure === 17) l.text(` max ${l.u32(at + 20)}`);
        return l.text(` verf ${l.hexText(at + 8, 8)}`);
    }
  }

  #handleAndName(at: number): number {
    const l = this.#l;
    at = handle(l, at, this.#third);
    l.text(" ");
    return printName(l, at);
  }
}

/** Attributes to set, of which each may be missing. RFC 1813 2.6. */
class Attributes {
  readonly end: number;
  readonly #l: Line;
  readonly #words: string[] = [];
  readonly #times: string[] = [];

  constructor(l: Line, at: number) {
    this.#l = l;
    for (const [name, size] of [["mode", 4], ["uid", 4], ["gid", 4], ["", 4]] as const) {
      const set = l.u32(at) !== 0;
      at += 4;
      if (!set) continue;
      const value = l.u32(at);
      if (name !== "") this.#words.push(` ${name} ${value.toString(name === "mode" ? 8 : 10)}`);
      at += size;
    }
    for (const name of ["atime", "mtime"]) {
      const given = l.u32(at) === 2;
      at += 4;
      if (!given) continue;
      this.#times.push(` ${name} ${timeText(l, at)}`);
      at += 8;
    }
    this.end = at;
  }

  print(): void {
    this.#l.text(this.#words.join(""));
    if (this.#l.verbose > 1) this.#l.text(this.#times.join(""));
  }
}

const REFUSALS = names(
  "0 OK|Bogus Credentials (seal broken)|Rejected Credentials (client should begin new session)|" +
    "Bogus Verifier (seal broken)|Verifier expired or was replayed|Credentials are too weak|Bogus response verifier|" +
    "Unknown failure",
);

function reply(l: Line, at: number, length: number): void {
  if (!l.has(at + 8, 4)) l.cut();
  const status = l.u32(at + 8);
  if (status === 0) {
    l.text(`reply ok ${length}`);
    const call = l.calls.get(callKey(l, at, true));
    if (call === undefined) return;
    const [, procedure, version] = call, number = procedureOf(version, procedure);
    l.text(named(number));
    return printAnswer(l, number, at, length, version === 3);
  }
  if (status !== 1) return l.text(`reply Unknown rpc response code=${status} ${length}`);
  l.text(`reply ERR ${length}: `);
  if (!l.has(at + 12, 4)) l.cut();
  const reason = l.u32(at + 12);
  if (reason === 0) {
    if (!l.has(at + 20, 4)) l.cut();
    l.text(`RPC Version mismatch (${l.u32(at + 16)}-${l.u32(at + 20)})`);
  } else if (reason === 1) {
    if (!l.has(at + 16, 4)) l.cut();
    l.text(`Auth ${REFUSALS[l.u32(at + 16)] ?? `Invalid failure code ${l.u32(at + 16)}`}`);
  } else l.text(`Unknown reason for rejecting rpc message ${reason}`);
}
