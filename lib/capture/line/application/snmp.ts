// SNMP in a line. Pure. RFC 1157, RFC 3416, RFC 3412, RFC 3414; the form is tcpdump's.
import { type Element, element, Ended, type Kind, printElement, printOctets, printString } from "./ber.ts";
import { hex, type Line } from "../core/line.ts";

const VERSIONS = ["SNMPv1", "SNMPv2c", "", "SNMPv3"];
const ERRORS =
  "noError|tooBig|noSuchName|badValue|readOnly|genErr|noAccess|wrongType|wrongLength|wrongEncoding|wrongValue|noCreation|inconsistentValue|resourceUnavailable|commitFailed|undoFailed|authorizationError|notWritable|inconsistentName"
    .split("|");
const TRAPS = "coldStart|warmStart|linkDown|linkUp|authenticationFailure|egpNeighborLoss|enterpriseSpecific".split("|");
const GET = 0, NEXT = 1, TRAP = 4, BULK = 5, INFORM = 6, TRAP2 = 7, REPORT = 8, SET = 3;

/** Elements of a sequence one after the other. */
class Parts {
  readonly #l: Line;
  readonly end: number;
  at: number;

  constructor(l: Line, at: number, end: number) {
    [this.#l, this.at, this.end] = [l, at, end];
  }

  /** The next one, which has to be of a kind; else `what` says so. */
  next(kind: Kind | undefined, what: string): Element {
    const found = element(this.#l, this.at, this.end);
    if (kind !== undefined && found.kind !== kind) {
      this.#l.text(what);
      printElement(this.#l, found);
      throw new Ended();
    }
    this.at = found.end;
    return found;
  }
}

/** Runs what may end early; what comes after is printed all the same. */
function upTo(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
  }
}

/** A message of `length` octets at `at`. */
export function printSnmp(l: Line, at: number, length: number): void {
  l.protocol = "snmp";
  l.text(" ");
  upTo(() => message(l, at, at + length));
}

function message(l: Line, at: number, end: number): void {
  const whole = new Parts(l, at, end).next("sequence", "[!init SEQ]");
  if (whole.end < end) l.text(`[${end - whole.end} extra after iSEQ]`);
  const parts = new Parts(l, whole.at, whole.end);
  const version = Number(parts.next("integer", "[version!=INT]").value);
  if (!VERSIONS[version]) return l.text(`SNMP [version = ${version}]`);
  const verbose = l.verbose > 0;
  if (verbose) l.text(`{ ${VERSIONS[version]} `);
  upTo(() => version === 3 ? version3(l, parts) : community(l, parts, version));
  if (verbose) l.text("} ");
}

function community(l: Line, parts: Parts, version: number): void {
  const name = parts.next("text", "[comm!=STR]");
  const isPublic = name.length === 6 && String.fromCharCode(...l.bytes.subarray(name.at, name.end)) === "public";
  if (!isPublic) {
    l.text("C=");
    printString(l, name.at, name.length);
    l.text(" ");
  }
  pdu(l, parts, version);
}

function pdu(l: Line, parts: Parts, version: number): void {
  const found = element(l, parts.at, parts.end);
  if (found.kind !== "pdu") return l.text("[no PDU]");
  if (found.end < parts.end) l.text(`[${parts.end - found.end} extra after PDU]`);
  if (l.verbose > 0) l.text("{ ");
  printElement(l, found);
  l.text(" ");
  if (version === 0 && found.id >= BULK) return l.text("[v2 PDU in v1 message]");
  if (version === 1 && found.id === TRAP) return l.text("[v1 PDU in v2 message]");
  const inside = new Parts(l, found.at, found.end);
  upTo(() => found.id === TRAP ? trap(l, inside) : request(l, inside, found.id));
  if (l.verbose > 0) l.text(" } ");
}

function request(l: Line, parts: Parts, id: number): void {
  const number = parts.next("integer", "[reqId!=INT]").value;
  if (l.verbose > 0) l.text(`R=${number} `);
  const asks = [GET, NEXT, SET, INFORM, TRAP2, REPORT].includes(id);
  const status = Number(parts.next("integer", "[errorStatus!=INT]").value);
  const word = ERRORS[status] ?? `err=${status >>> 0}`;
  if (asks && status !== 0) l.text(`[errorStatus(${word})!=0]`);
  else if (id === BULK) l.text(` N=${status}`);
  else if (status !== 0) l.text(` ${word}`);
  const failed = !asks && id !== BULK && status !== 0;
  const index = Number(parts.next("integer", "[errorIndex!=INT]").value);
  if (asks && index !== 0) l.text(`[errorIndex(${index})!=0]`);
  else if (id === BULK) l.text(` M=${index}`);
  else if (index !== 0) l.text(failed ? `@${index}` : `[errorIndex(${index}) w/o errorStatus]`);
  else if (failed) l.text("[errorIndex==0]");
  bindings(l, parts, id);
}

function trap(l: Line, parts: Parts): void {
  l.text(" ");
  printElement(l, parts.next("object", "[enterprise!=OID]"));
  l.text(" ");
  printElement(l, parts.next("address", "[agent-addr!=INETADDR]"));
  const generic = Number(parts.next("integer", "[generic-trap!=INT]").value);
  l.text(` ${TRAPS[generic] ?? `gt=${generic}`}`);
  const specific = Number(parts.next("integer", "[specific-trap!=INT]").value);
  if (generic === 6) l.text(` s=${specific}`);
  else if (specific !== 0) l.text(`[specific-trap(${specific})!=0]`);
  l.text(" ");
  printElement(l, parts.next("unsigned", "[time-stamp!=TIMETICKS]"));
  bindings(l, parts, TRAP);
}

/** Names with their values. */
function bindings(l: Line, parts: Parts, id: number): void {
  const { end } = parts;
  const list = parts.next("sequence", "[!SEQ of varbind]");
  if (list.end < end) l.text(`[${end - list.end} extra after SEQ of varbind]`);
  const asks = id === GET || id === NEXT || id === BULK;
  for (let at = list.at; at < list.end;) {
    l.text(" ");
    const pair = new Parts(l, at, list.end).next("sequence", "[!varbind]");
    const inside = new Parts(l, pair.at, pair.end);
    printElement(l, inside.next("object", "[objName!=OID]"));
    if (!asks) l.text("=");
    const value = inside.next(undefined, "");
    if (value.kind !== "null") {
      if (asks) l.text("[objVal!=NULL]");
      printElement(l, value);
    }
    at = pair.end;
  }
}

/** RFC 3412 6. */
function version3(l: Line, parts: Parts): void {
  const verbose = l.verbose > 0;
  const head = parts.next("sequence", "[!message]");
  if (verbose) l.text("{ ");
  const inside = new Parts(l, head.at, head.end);
  inside.next("integer", "[msgID!=INT]");
  inside.next("integer", "[msgMaxSize!=INT]");
  const set = inside.next("text", "[msgFlags!=STR]");
  if (set.length !== 1) return l.text(`[msgFlags size ${set.length}]`);
  const flags = l.u8(set.at);
  if (flags > 7 || flags === 2 || flags === 6) return l.text(`[msgFlags=0x${hex(flags, 2).toUpperCase()}]`);
  l.text(`F=${(flags & 1) !== 0 ? "a" : ""}${(flags & 2) !== 0 ? "p" : ""}${(flags & 4) !== 0 ? "r" : ""} `);
  const model = Number(inside.next("integer", "[msgSecurityModel!=INT]").value);
  if (inside.at < head.end) l.text(`[${head.end - inside.at} extra after message SEQ]`);
  if (verbose) l.text("} ");
  if (model !== 3) return l.text(`[security model ${model}]`);
  if (verbose) l.text("{ USM ");
  const security = parts.next("text", "[msgSecurityParameters!=STR]");
  upTo(() => userSecurity(l, security.at, security.end));
  if (verbose) l.text("} { ScopedPDU ");
  upTo(() => scoped(l, parts));
  if (verbose) l.text("} ");
}

/** RFC 3414 2.4. */
function userSecurity(l: Line, at: number, end: number): void {
  const whole = new Parts(l, at, end).next("sequence", "[!usm]");
  const parts = new Parts(l, whole.at, whole.end);
  parts.next("text", "[msgAuthoritativeEngineID!=STR]");
  const boots = parts.next("integer", "[msgAuthoritativeEngineBoots!=INT]").value;
  if (l.verbose > 0) l.text(`B=${boots} `);
  const time = parts.next("integer", "[msgAuthoritativeEngineTime!=INT]").value;
  if (l.verbose > 0) l.text(`T=${time} `);
  const user = parts.next("text", "[msgUserName!=STR]");
  l.text("U=");
  printString(l, user.at, user.length);
  l.text(" ");
  parts.next("text", "[msgAuthenticationParameters!=STR]");
  const before = parts.at;
  const last = parts.next("text", "[msgPrivacyParameters!=STR]");
  // What is left is counted as if the last part had not been taken.
  const rest = parts.end - last.end;
  if (last.end - before < rest) l.text(`[${rest - (last.end - before)} extra after usm SEQ]`);
}

/** RFC 3412 6.8. */
function scoped(l: Line, parts: Parts): void {
  const whole = parts.next("sequence", "[!scoped PDU]");
  const inside = new Parts(l, whole.at, whole.end);
  const engine = inside.next("text", "[contextEngineID!=STR]");
  l.text("E=");
  printOctets(l, engine.at, engine.length);
  l.text(" ");
  const name = inside.next("text", "[contextName!=STR]");
  l.text("C=");
  printString(l, name.at, name.length);
  l.text(" ");
  pdu(l, inside, 3);
}
