// ZooKeeper's client protocol (Apache ZooKeeper, "zookeeper.jute": the records of requests and answers), and its words of
// four letters. Pure. To add an operation: its line in `OPERATIONS`.
import { FormatError } from "../../base/errors.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const REF = "zookeeper.jute";
const LENGTH_LIMIT = 64 * 1024 * 1024;
const OPEN_LIMIT = 4096;
const LIST_LIMIT = 4096;

/** Operation by number: name, and the fields of request and answer: see `record`. */
const OPERATIONS: Readonly<Record<number, readonly [name: string, request: string, answer: string]>> = {
  0: ["notification", "", "event"],
  1: ["create", "path data acl flags", "path"],
  2: ["delete", "path version", ""],
  3: ["exists", "path watch", "stat"],
  4: ["getData", "path watch", "data stat"],
  5: ["setData", "path data version", "stat"],
  6: ["getACL", "path", "acl stat"],
  7: ["setACL", "path acl version", "stat"],
  8: ["getChildren", "path watch", "children"],
  9: ["sync", "path", "path"],
  11: ["ping", "", ""],
  12: ["getChildren2", "path watch", "children stat"],
  13: ["check", "path version", ""],
  14: ["multi", "multi", "multi"],
  15: ["create2", "path data acl flags", "path stat"],
  16: ["reconfig", "rest", "rest"],
  17: ["checkWatches", "path watcher", ""],
  18: ["removeWatches", "path watcher", ""],
  19: ["createContainer", "path data acl flags", "path stat"],
  20: ["deleteContainer", "path", ""],
  21: ["createTTL", "path data acl flags ttl", "path stat"],
  22: ["multiRead", "multi", "multi"],
  100: ["auth", "auth", ""],
  101: ["setWatches", "rest", ""],
  102: ["sasl", "data", "data"],
  103: ["getEphemerals", "path", "children"],
  104: ["getAllChildrenNumber", "path", "version"],
  105: ["setWatches2", "rest", ""],
  106: ["addWatch", "path mode", ""],
  107: ["whoAmI", "", "rest"],
  [-10]: ["createSession", "rest", "rest"],
  [-11]: ["closeSession", "", ""],
};
const ERRORS: Readonly<Record<number, string>> = {
  0: "ok",
  [-1]: "system error",
  [-2]: "runtime inconsistency",
  [-3]: "data inconsistency",
  [-4]: "connection lost",
  [-5]: "marshalling error",
  [-6]: "unimplemented",
  [-7]: "timeout",
  [-8]: "bad arguments",
  [-13]: "new configuration lacks a quorum",
  [-100]: "API error",
  [-101]: "no such node",
  [-102]: "not authorized",
  [-103]: "wrong version",
  [-108]: "no children of an ephemeral node",
  [-110]: "the node exists",
  [-111]: "the node has children",
  [-112]: "session expired",
  [-113]: "invalid callback",
  [-114]: "invalid ACL",
  [-115]: "login failed",
  [-116]: "closing",
  [-118]: "session moved",
  [-119]: "not allowed here",
  [-121]: "no such watcher",
  [-124]: "quota exceeded",
};
/** The identifiers that are no requests' numbers. */
const SPECIAL: Readonly<Record<number, string>> = {
  [-1]: "a notification",
  [-2]: "a ping",
  [-4]: "a login",
  [-8]: "watches set anew",
};
const EVENTS: Readonly<Record<number, string>> = {
  [-1]: "none",
  1: "node created",
  2: "node deleted",
  3: "data changed",
  4: "children changed",
};
const STATES: Readonly<Record<number, string>> = {
  [-112]: "expired",
  0: "disconnected",
  3: "connected",
  4: "login failed",
  5: "read only",
};
const FLAGS: Readonly<Record<number, string>> = {
  0: "stays",
  1: "ephemeral: goes with the session",
  2: "sequential",
  3: "ephemeral, sequential",
  4: "container",
  5: "until its time",
  6: "until its time, sequential",
};
/** Words of four letters that a client may send instead. */
const WORDS = "conf cons crst dirs dump envi gtmk hash isro lead mntr orst ruok srst srvr stat stmk wchc wchp wchs wcht"
  .split(" ");

const signed = (tree: Tree, name: string, meaning?: (value: number) => string | undefined) =>
  tree.field(name, (r) => r.u32() | 0, (value) => ({ ref: REF, meaning: meaning?.(value) }));

/** Octets with their length; text where they are text. */
function buffer(tree: Tree, name: string, secret = false): string {
  const length = signed(tree, `${name} length`, (octets) => octets < 0 ? "none" : undefined);
  if (length <= 0) return "";
  const bytes = tree.bytes(name, length, REF);
  if (secret) tree.last.secret = true;
  if (!looksLikeText(bytes)) return counted(length, "octet");
  tree.last.value = decodeText(bytes);
  return secret ? "" : decodeText(bytes);
}

function list(tree: Tree, name: string, item: () => string): string {
  const count = signed(tree, name, (number) => number < 0 ? "none" : undefined);
  const out: string[] = [];
  for (let i = 0; i < Math.min(count, LIST_LIMIT); i++) out.push(item());
  return out.slice(0, 8).join(" ") + (out.length > 8 ? " …" : "");
}

/** When a node was made and changed, how often, how large it is. */
function stat(tree: Tree): void {
  tree.group("Stat", () => {
    const time = (ms: bigint) => {
      const date = new Date(Number(ms));
      return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
    };
    tree.u64("Created in", REF, () => "number of the transaction");
    tree.u64("Changed in", REF);
    tree.u64("Created at", REF, time);
    tree.u64("Changed at", REF, time);
    signed(tree, "Version");
    signed(tree, "Children version");
    signed(tree, "ACL version");
    tree.u64("Ephemeral owner", REF, (session) => session === 0n ? "none: it stays" : "the session that it goes with");
    signed(tree, "Data length");
    signed(tree, "Number of children");
    tree.u64("Children changed in", REF);
  }, { ref: REF });
}

function aclEntry(tree: Tree): string {
  return tree.group("ACL", (group) => {
    tree.flags("Permissions", 4, [
      ["Reserved", 0, 27],
      ["Admin", 27, 1],
      ["Delete", 28, 1],
      ["Create", 29, 1],
      ["Write", 30, 1],
      ["Read", 31, 1],
    ], REF);
    group.meaning = `${buffer(tree, "Scheme")}:${buffer(tree, "Identity")}`;
    return group.meaning;
  }, { ref: REF });
}

function event(tree: Tree): string {
  const type = signed(tree, "Event", (kind) => EVENTS[kind]);
  signed(tree, "State", (state) => STATES[state]);
  return `${EVENTS[type] ?? type} ${buffer(tree, "Path")}`.trim();
}

function login(tree: Tree): string {
  signed(tree, "Type");
  const scheme = buffer(tree, "Scheme");
  buffer(tree, "Credentials", true);
  return `${scheme} login, password in clear`;
}

/** Fields by their words in the schemas: what to say of one, if anything. */
const FIELDS: Readonly<Record<string, (tree: Tree, answer: boolean) => string | void>> = {
  path: (tree) => buffer(tree, "Path"),
  data: (tree) => clip(buffer(tree, "Data"), 60),
  version: (tree) => void signed(tree, "Version", (number) => number === -1 ? "any" : undefined),
  flags: (tree) => void signed(tree, "Flags", (bits) => FLAGS[bits]),
  ttl: (tree) => void tree.u64("Time to live", REF, (ms) => `${ms} milliseconds`),
  watch: (tree) => void tree.u8("Watch", REF, { 0: "no", 1: "changes are to be told" }),
  watcher: (tree) => void signed(tree, "Watcher kind", (kind) => ({ 1: "children", 2: "data", 3: "any" })[kind]),
  mode: (tree) => void signed(tree, "Mode", (kind) => ({ 0: "persistent", 1: "persistent, all below" })[kind]),
  stat,
  children: (tree) => list(tree, "Children", () => buffer(tree, "Child")),
  acl: (tree) => void list(tree, "ACL entries", () => aclEntry(tree)),
  event,
  auth: login,
  multi,
  rest: (tree) => void tree.rest("Data", REF),
};

/** Reads the fields named in `schema`; gives what to say of them. */
function record(tree: Tree, schema: string, answer = false): string[] {
  const said: string[] = [];
  for (const field of schema.split(" ")) {
    if (tree.remaining === 0) break;
    const word = FIELDS[field]?.(tree, answer) ?? "";
    if (word !== "") said.push(word);
  }
  return said;
}

/** Operations in one: each with a header of type, whether it is the end, and error. */
function multi(tree: Tree, answers: boolean): string {
  const said: string[] = [];
  for (;;) {
    const ends = tree.group("Part", (group) => {
      const type = signed(tree, "Operation", (number) => number === -1 ? "none" : OPERATIONS[number]?.[0]);
      const done = tree.u8("End", REF, { 0: "no", 1: "yes" }) !== 0;
      const error = signed(tree, "Error", (code) => ERRORS[code]);
      if (done) return true;
      const [name, request, answer] = OPERATIONS[type] ?? [`error ${error}: ${ERRORS[error] ?? "unknown"}`, "", ""];
      const schema = type === -1 ? "version" : answers ? answer : request;
      group.meaning = `${name} ${record(tree, schema, answers).join(" ")}`.trim();
      said.push(group.meaning);
      return false;
    }, { ref: REF });
    if (ends || tree.remaining === 0) return clip(said.join(", "), 140);
  }
}

class ZooKeeper implements StreamDissector {
  readonly #begun: Record<Side, boolean> = { client: false, server: false };
  /** Operations whose answers have not come, by their identifiers. */
  readonly #open = new Map<number, number>();
  #word = false;

  measure(bytes: Uint8Array, side: Side, ended: boolean): number {
    // The server closes after its answer to a word.
    if (this.#word) return side === "client" || ended ? bytes.length : 0;
    if (bytes.length < 4) return 0;
    if (side === "client" && WORDS.includes(decodeText(bytes.subarray(0, 4)))) return 4;
    const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length < 4 || length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 0);
    return 4 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (this.#word && side === "server") {
      const text = tree.text("Answer", tree.remaining, REF);
      return { summary: clip(text.trimEnd(), 120), answers: "word", text };
    }
    if (this.#word) {
      tree.rest("After the word", "ZooKeeper four letter words");
      return { summary: "line end" };
    }
    const letters = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 4));
    if (side === "client" && !this.#begun.client && WORDS.includes(letters)) {
      this.#word = true;
      tree.text("Word", 4, "ZooKeeper four letter words");
      return { summary: letters, asks: "word" };
    }
    tree.u32("Length", REF, (octets) => `${octets} octets follow`);
    const first = !this.#begun[side];
    this.#begun[side] = true;
    if (first) return side === "client" ? connect(tree) : connected(tree);
    return side === "client" ? this.#request(tree) : this.#answer(tree);
  }

  #request(tree: Tree): Words {
    const id = signed(tree, "Identifier", (number) => SPECIAL[number] ?? "the answer repeats it");
    const type = signed(tree, "Operation", (number) => OPERATIONS[number]?.[0]);
    const [name, schema] = OPERATIONS[type] ?? [`operation ${type}`, "rest"];
    if (this.#open.size >= OPEN_LIMIT) this.#open.delete(this.#open.keys().next().value!);
    this.#open.set(id, type);
    tree.said = { summary: name, asks: `zookeeper ${id}` };
    return { summary: clip(`${name} ${record(tree, schema).join(" ")}`.trim(), 180), asks: `zookeeper ${id}` };
  }

  #answer(tree: Tree): Words {
    const id = signed(tree, "Identifier", (number) => SPECIAL[number] ?? "that of the request");
    const zxid = tree.u64("Transaction", REF, () => "the last one that this server has seen");
    const error = signed(tree, "Error", (code) => ERRORS[code]);
    const type = id === -1 ? 0 : this.#open.get(id);
    this.#open.delete(id);
    const [name, , schema] = type === undefined
      ? ["answer", "", "rest"]
      : OPERATIONS[type] ?? [`operation ${type}`, "", "rest"];
    const pair = id === -1 ? {} : { answers: `zookeeper ${id}` };
    const title = id === -1 ? name : `${name} answer`;
    tree.said = { summary: title, ...pair };
    const said = error !== 0 ? `error ${error}: ${ERRORS[error] ?? "unknown"}` : record(tree, schema, true).join(" ");
    if (tree.remaining > 0) tree.rest("Data", REF);
    return {
      summary: clip(`${title} ${said}`.trim() + (zxid > 0n && said === "" ? ` (transaction ${zxid})` : ""), 180),
      ...pair,
    };
  }
}

function connect(tree: Tree): Words {
  signed(tree, "Protocol version");
  tree.u64("Last transaction seen", REF);
  const timeout = signed(tree, "Timeout", (ms) => `${ms} milliseconds`);
  const session = tree.u64("Session", REF, (id) => id === 0n ? "a new one" : "goes on");
  buffer(tree, "Session password");
  if (tree.remaining > 0) tree.u8("Read only", REF, { 0: "no", 1: "will do" });
  return {
    summary: `connect, ${session === 0n ? "a new session" : `session 0x${session.toString(16)}`}, timeout ${timeout}ms`,
    asks: "connect",
  };
}

function connected(tree: Tree): Words {
  signed(tree, "Protocol version");
  const timeout = signed(tree, "Timeout", (ms) => ms === 0 ? "the session has expired" : `${ms} milliseconds`);
  const session = tree.u64("Session", REF);
  buffer(tree, "Session password");
  if (tree.remaining > 0) tree.u8("Read only", REF, { 0: "no", 1: "yes" });
  const said = timeout === 0 ? "session expired" : `session 0x${session.toString(16)}, timeout ${timeout}ms`;
  return { summary: `connected, ${said}`, answers: "connect" };
}

/** The first message: 44 or 45 octets, protocol version 0, a password of 16 octets. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server") return bytes[0] === 0 ? "possible" : "no";
  if (bytes[0] !== 0) return startsWith(bytes, WORDS) === "no" ? "no" : "possible";
  if (bytes.length > 3 && (bytes[1] !== 0 || bytes[2] !== 0 || (bytes[3] !== 44 && bytes[3] !== 45))) return "no";
  if (bytes.length < 32) return "maybe";
  const zero = bytes.subarray(4, 8).every((octet) => octet === 0);
  return zero && bytes[28] === 0 && bytes[29] === 0 && bytes[30] === 0 && bytes[31] === 16 ? "yes" : "no";
}

export const ZOOKEEPER: Protocol = {
  name: "zookeeper",
  title: "ZooKeeper",
  ref: REF,
  tcp: [2181],
  detect,
  stream: () => new ZooKeeper(),
};
