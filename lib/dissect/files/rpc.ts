// ONC RPC (RFC 5531) over UDP and, in records, over TCP: calls and replies, and the programs of nfs.ts inside. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { KINDS, NUMBERS, OPERATIONS, type Procedure, type Program, PROGRAMS, STATUS } from "./nfs.ts";
import { type Read, xdr } from "./xdr.ts";

const REF = "RFC 5531 9";
const NAMES: Readonly<Record<number, string>> = {
  100000: "port mapper",
  100003: "NFS",
  100005: "MOUNT",
  100021: "lock manager",
  100024: "status monitor",
  100227: "NFS ACL",
};
const FLAVORS: Readonly<Record<number, string>> = {
  0: "none",
  1: "user and groups (AUTH_SYS)",
  6: "GSS",
  7: "TLS wanted",
};
const ACCEPTED: Readonly<Record<number, string>> = {
  0: "success",
  1: "no such program",
  2: "no such version",
  3: "no such procedure",
  4: "arguments not understood",
  5: "failure of the server",
};
const LENGTH_LIMIT = 16 * 1024 * 1024;
const CALLS = 1024;

interface Call {
  readonly key: string;
  readonly procedure: number;
}

/** What is remembered of a conversation: the calls whose replies have not come. */
class Session {
  readonly #calls = new Map<number, Call>();

  message(tree: Tree): Words {
    const xid = tree.u32("Transaction", REF, () => "the reply repeats it");
    const type = tree.u32("Message type", REF, { 0: "call", 1: "reply" });
    tree.said = { summary: type === 0 ? "call" : "reply" };
    const line = type === 0 ? this.#call(tree, xid) : this.#reply(tree, xid);
    if (tree.remaining > 0) tree.rest("Data", REF);
    return { summary: clip(line, 200), ...(type === 0 ? { asks: `rpc ${xid}` } : { answers: `rpc ${xid}` }) };
  }

  #call(tree: Tree, xid: number): string {
    tree.u32("RPC version", REF);
    const program = tree.u32("Program", REF, NAMES), version = tree.u32("Version", REF);
    const key = `${program}.${version}`;
    const known = programOf(key);
    const procedure = tree.u32("Procedure", REF, (number) => procedureName(key, known, number));
    credentials(tree, "Credentials");
    credentials(tree, "Verifier");
    if (this.#calls.size >= CALLS) this.#calls.delete(this.#calls.keys().next().value!);
    this.#calls.set(xid, { key, procedure });
    const name = `${nameOf(key)} ${version} ${procedureName(key, known, procedure)}`;
    tree.said = { summary: name, asks: `rpc ${xid}` };
    if (key === "100003.4" && procedure === 1) return `NFS 4 ${compound(tree, false)}`;
    const row = known?.procedures[procedure];
    if (known === undefined || row === undefined) return name;
    return `${name} ${said(xdr(tree, row[1], procedureRef(known, procedure), KINDS, NUMBERS))}`.trim();
  }

  #reply(tree: Tree, xid: number): string {
    const call = this.#calls.get(xid);
    this.#calls.delete(xid);
    if (tree.u32("Reply", REF, { 0: "accepted", 1: "denied" }) === 1) {
      const why = tree.u32("Why", REF, { 0: "RPC version", 1: "login" });
      return why === 0 ? "denied: RPC version" : "denied: login";
    }
    credentials(tree, "Verifier");
    const state = tree.u32("State", REF, ACCEPTED);
    const known = call === undefined ? undefined : programOf(call.key);
    const name = call === undefined
      ? "reply"
      : `${nameOf(call.key)} ${procedureName(call.key, known, call.procedure)} reply`;
    tree.said = { summary: name, answers: `rpc ${xid}` };
    if (state !== 0) return `${name}: ${ACCEPTED[state] ?? state}`;
    if (call?.key === "100003.4" && call.procedure === 1) return `NFS 4 ${compound(tree, true)}`;
    const row = call === undefined ? undefined : known?.procedures[call.procedure];
    if (known === undefined || row === undefined) return name;
    return `${name}${results(tree, known, row, call!.procedure)}`;
  }
}

function programOf(key: string): Program | undefined {
  // Version 4 of the port mapper speaks like version 3.
  return PROGRAMS[key === "100000.4" ? "100000.3" : key];
}

function nameOf(key: string): string {
  const number = Number(key.split(".")[0]);
  return programOf(key)?.name ?? NAMES[number] ?? `program ${number}`;
}

function procedureName(key: string, program: Program | undefined, number: number): string {
  if (key === "100003.4") return number === 0 ? "NULL" : "COMPOUND";
  return program?.procedures[number]?.[0] ?? (number === 0 ? "NULL" : `procedure ${number}`);
}

/** A reply's results: after a status where the program has one. */
function results(tree: Tree, program: Program, row: Procedure, number: number): string {
  const ref = procedureRef(program, number);
  if (!program.status || number === 0) {
    const line = said(xdr(tree, row[2], ref, KINDS, NUMBERS));
    return line === "" ? "" : `: ${line}`;
  }
  const status = tree.u32("Status", ref, STATUS);
  const line = said(xdr(tree, status === 0 ? row[2] : row[3] ?? "", ref, KINDS, NUMBERS));
  return status === 0 ? (line === "" ? "" : ` ${line}`) : `: ${STATUS[status] ?? status}`;
}

/** The parts that a line says. */
function said(found: Read): string {
  const words: string[] = [];
  for (const name of ["path", "name", "target", "address", "port"]) {
    const value = found.get(name);
    if (value !== undefined) words.push(name === "port" ? `port ${value}` : value);
  }
  const count = found.get("count"), offset = found.get("offset");
  if (offset !== undefined) words.push(`${count ?? "some"} octets at ${offset}`);
  else if (count !== undefined && found.has("end")) words.push(counted(count, "octet"));
  return words.join(" ");
}

/** The section about an operation of NFS 4: of version 4.0 up to 39, then of 4.1. */
function operationRef(number: number): string {
  if (number >= 3 && number <= 39) return `RFC 7530 16.${number - 2}`;
  return number >= 40 && number <= 58 ? `RFC 8881 18.${number - 7}` : "RFC 8881 18";
}

/** The section about a procedure: some programs have one for each, by its number. */
const procedureRef = ({ ref, numbered }: Program, number: number) => numbered === true ? `${ref}.${number}` : ref;

/** The operations of a COMPOUND, or their results (RFC 7530 15.2). */
function compound(tree: Tree, reply: boolean): string {
  const ref = "RFC 7530 15.2";
  const words: string[] = [];
  const status = reply ? tree.u32("Status", ref, STATUS) : 0;
  xdr(tree, "str:tag", ref, KINDS, NUMBERS);
  if (!reply) tree.u32("Minor version", ref);
  const count = tree.u32("Operations", ref);
  for (let i = 0; i < count && tree.remaining > 0; i++) {
    const whole = tree.group("Operation", (group) => {
      const number = tree.u32("Operation", ref, (code) => OPERATIONS[code]?.[0]);
      group.ref = operationRef(number);
      const row = OPERATIONS[number];
      const failed = reply && tree.u32("Status", group.ref, STATUS) !== 0;
      const description = failed ? "" : row?.[reply ? 2 : 1] ?? "rest:arguments";
      const line = said(xdr(tree, description, group.ref, KINDS, NUMBERS));
      group.meaning = `${row?.[0] ?? `operation ${number}`}${line === "" ? "" : ` ${clip(line, 80)}`}`;
      words.push(group.meaning);
      return !description.includes("rest:");
    }, { ref });
    // The length of what is not taken apart is not known: later operations lie in it.
    if (!whole) break;
  }
  return `${words.join(", ")}${reply ? " reply" : ""}${status === 0 ? "" : `: ${STATUS[status] ?? status}`}`;
}

/** Who calls, or the proof of it (RFC 5531 8.2). */
function credentials(tree: Tree, name: string): void {
  tree.group(name, (group) => {
    const flavor = tree.u32("Flavor", "RFC 5531 8.2", FLAVORS);
    const length = tree.u32("Length", "RFC 5531 8.2");
    group.meaning = FLAVORS[flavor] ?? `flavor ${flavor}`;
    if (length === 0) return;
    const padded = length + (4 - length % 4) % 4;
    tree.within(name, padded, (part) => {
      if (flavor === 1) {
        const found = xdr(part, "u32:stamp str:machine u32:user u32:group u32*:groups", "RFC 5531 A", {}, {});
        group.meaning = clip(`user ${found.get("user")}, group ${found.get("group")} of ${found.get("machine")}`);
      } else part.bytes("Data", part.remaining, "RFC 5531 8.2");
    });
  }, { ref: "RFC 5531 8.2" });
}

class Rpc implements StreamDissector {
  readonly #session = new Session();

  measure(bytes: Uint8Array): number {
    if (bytes.length < 4) return 0;
    const length = (bytes[0]! & 127) * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length > LENGTH_LIMIT || length === 0) throw new FormatError(`A record of ${counted(length, "octet")}`, 0);
    return 4 + length;
  }

  dissect(tree: Tree): Words {
    const word = tree.flags("Record mark", 4, [
      ["Last fragment", 0, 1],
      ["Length", 1, 31, (octets) => `${octets} octets follow`],
    ], "RFC 5531 11");
    if (word < 0x80000000) {
      tree.rest("Fragment", "RFC 5531 11", "goes on in the next record");
      return { summary: "fragment of a message" };
    }
    return this.#session.message(tree);
  }
}

/** A call of version 2, or a reply, from `at` on. */
function plausible(bytes: Uint8Array, at: number): Guess {
  const word = (i: number) =>
    (bytes[at + i]! << 24 | bytes[at + i + 1]! << 16 | bytes[at + i + 2]! << 8 | bytes[at + i + 3]!) >>> 0;
  if (bytes.length < at + 24) return "maybe";
  if (word(4) === 0) return word(8) === 2 && word(12) >= 100000 && word(12) < 101000 && word(16) < 16 ? "yes" : "no";
  return word(4) === 1 && word(8) <= 1 ? "possible" : "no";
}

export const RPC: Protocol = {
  name: "rpc",
  title: "ONC RPC",
  ref: "RFC 5531",
  tcp: [111, 2049],
  udp: [111, 2049],
  detect: (bytes) => bytes[0]! < 0x80 || (bytes[1] ?? 0) > 16 ? "no" : plausible(bytes, 4),
  detectDatagram: (bytes) => plausible(bytes, 0) === "yes",
  sideOf: (bytes) => bytes[bytes[0]! >= 0x80 ? 11 : 7] === 1 ? "server" : "client",
  stream: () => new Rpc(),
  datagram: (tree) => new Session().message(tree),
  session() {
    const session = new Session();
    return (tree: Tree, _context: DissectContext) => session.message(tree);
  },
};
