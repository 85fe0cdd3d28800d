// Options that every address takes, and those that listening and connecting addresses share.
// What the common ones change about a stream is in layers.ts.
import {
  attached,
  choice,
  DURATION,
  FILE,
  integer,
  list,
  one,
  SIZE,
  TEXT,
  toggle,
  triState,
  type Values,
} from "../options/schema.ts";
import { PROCESS_OPTIONS } from "./program/process.ts";

const group = "Any address";

/** To add one: a key here, and what it does in `applyCommon` of layers.ts (or where it is used). */
export const COMMON_OPTIONS = {
  crnl: toggle({ group, help: "Lines here end in CR LF, on the other side in LF", aliases: ["crlf"] }),
  cr: toggle({ group, help: "Lines here end in CR, on the other side in LF" }),
  ignoreeof: toggle({ group, help: "Read on after end-of-file, as tail -f does", aliases: ["ignore-eof", "ignoreof"] }),
  readbytes: one(SIZE, { group, help: "End-of-file after so many octets", aliases: ["bytes"] }),
  "null-eof": toggle({ group, help: "An empty datagram is end-of-file", aliases: ["nulleof"] }),
  "shut-none": toggle({ group, help: "Never send end-of-file", aliases: ["shutnone"] }),
  "shut-down": toggle({
    group,
    help: "Send end-of-file by shutting the writing half down (the default of sockets)",
    aliases: ["shutdown"],
  }),
  "shut-close": toggle({ group, help: "Send end-of-file by closing", aliases: ["shutclose"] }),
  "shut-null": toggle({ group, help: "Send an empty datagram as end-of-file", aliases: ["shutnull"] }),
  "end-close": toggle({ group, help: "At the end only close, never shut down", aliases: ["endclose", "close"] }),
  escape: one(integer(0, 255, "CODE"), { group, help: "This octet in what is read ends the input: 0x0f for Ctrl-O" }),
  retry: one(integer(), { group, help: "Try so often again to open, listen or connect" }),
  interval: one(DURATION, { group, help: "Wait so long before trying again (default 1)", aliases: ["intervall"] }),
  forever: toggle({ group, help: "Try again for ever" }),
  "cool-write": toggle({
    group,
    help: "A peer that has gone is no error (so without --compat)",
    aliases: ["coolwrite"],
  }),
  "children-shutup": attached(integer(0, 4), {
    group,
    help: "With fork: what happens to single connections is logged so many levels lower (default 1)",
    placeholder: "LEVELS",
    aliases: ["child-shutup"],
  }),
  nonblock: toggle({
    group,
    help: "Always so",
    aliases: ["o-nonblock", "ndelay", "o-ndelay", "o_ndelay"],
    hidden: true,
  }),
  cloexec: toggle({ group, help: "Always so", hidden: true }),
  async: toggle({ group, help: "Always so", aliases: ["o-async"], hidden: true }),
  chdir: one(FILE, {
    group,
    help: "Its relative paths, and those of its files, are seen from this directory",
    placeholder: "DIR",
    aliases: ["cd"],
  }),
  ...PROCESS_OPTIONS,
  lockfile: one(FILE, { group, help: "Create this file while netlab runs; fail when it exists" }),
  waitlock: one(FILE, { group, help: "The same, but wait until it is gone" }),
};
/** Their values. */
export type CommonOptions = Values<typeof COMMON_OPTIONS>;

/** Which IP version: `pf=ip4`. */
const PROTOCOL_FAMILY = choice(["ip4", "ip6", "ipv4", "ipv6", "inet", "inet6", "2", "10"]);

/** 4, 6 or neither: from a type's name (`TCP4`), the `pf` option, then the command line. */
export function familyOf(name: string, pf: string | undefined, fallback: 4 | 6 | undefined): 4 | 6 | undefined {
  if (/^(?:TCP|UDP|OPENSSL|SSL)4/.test(name)) return 4;
  if (/^(?:TCP|UDP|OPENSSL|SSL)6/.test(name)) return 6;
  if (pf === undefined) return fallback;
  return /6|10/.test(pf) ? 6 : 4;
}

/** Which addresses of a name are connected to: those of a family, or those first that the command line prefers. */
export function familiesOf(
  name: string,
  pf: string | undefined,
  preferred: 4 | 6 | undefined,
): { family: 4 | 6 | undefined; prefer: 4 | 6 | undefined } {
  return { family: familyOf(name, pf, undefined), prefer: preferred };
}

const listening = "Listening addresses";

/** Tables of the tcp wrappers. */
const WRAPPER_OPTIONS = {
  tcpwrap: attached(TEXT, {
    group: listening,
    help: "Only peers whom /etc/hosts.allow and /etc/hosts.deny admit to this daemon (default netlab, and socat)",
    placeholder: "NAME",
    aliases: ["tcpwrapper", "tcpwrappers", "libwrap", "wrap"],
  }),
  "tcpwrap-etc": one(FILE, {
    group: listening,
    help: "Directory of these two tables",
    placeholder: "DIRECTORY",
    aliases: ["tcpwrap-dir"],
  }),
  "allow-table": one(FILE, {
    group: listening,
    help: "Instead of hosts.allow",
    aliases: ["hosts-allow", "tcpwrap-hosts-allow-table"],
  }),
  "deny-table": one(FILE, {
    group: listening,
    help: "Instead of hosts.deny",
    aliases: ["hosts-deny", "tcpwrap-hosts-deny-table"],
  }),
};

/** Options of addresses that wait for peers. */
export const LISTEN_OPTIONS = {
  fork: toggle({ group: listening, help: "Serve many peers, each by itself" }),
  bind: one(TEXT, {
    group: listening,
    help: "Listen on this address (default loopback; 0.0.0.0 or [::] for all)",
    placeholder: "HOST[:PORT]",
  }),
  range: list(TEXT, {
    group: listening,
    help: "Only peers of this prefix or name, or of those in a file: file:PATH",
    placeholder: "PREFIX",
    aliases: ["allow"],
  }),
  deny: list(TEXT, {
    group: listening,
    help: "No peers of this prefix or name, or of those in file:PATH",
    placeholder: "PREFIX",
  }),
  "max-children": one(integer(1), {
    group: listening,
    help: "At most so many connections at once",
    aliases: ["maxchildren"],
  }),
  pf: one(PROTOCOL_FAMILY, { group: listening, help: "IP version", aliases: ["protocol-family"] }),
  reuseaddr: triState({
    group: listening,
    help: "Listen on a port that was in use a moment ago (always on)",
    aliases: ["so-reuseaddr"],
  }),
  reuseport: toggle({ group: listening, help: "Share the port with other processes", aliases: ["so-reuseport"] }),
  backlog: one(integer(), {
    group: listening,
    help: "Length of the queue of waiting connections (default 4096)",
  }),
  "accept-timeout": one(DURATION, {
    group: listening,
    help: "Give up when nobody connects for so long",
    aliases: ["listen-timeout"],
  }),
  lowport: toggle({
    group: listening,
    help: "Only peers whose source port is below 1024",
  }),
  sourceport: one(integer(0, 65535, "PORT"), {
    group: listening,
    help: "Only peers with this source port",
    aliases: ["sp"],
  }),
  ...WRAPPER_OPTIONS,
};

const connecting = "Connecting addresses";

/** Options of addresses that connect. */
export const CONNECT_OPTIONS = {
  bind: one(TEXT, { group: connecting, help: "Connect from this source address", placeholder: "HOST[:PORT]" }),
  sourceport: one(integer(0, 65535, "PORT"), { group: connecting, help: "Connect from this port", aliases: ["sp"] }),
  pf: one(PROTOCOL_FAMILY, { group: connecting, help: "IP version", aliases: ["protocol-family"] }),
  "connect-timeout": one(DURATION, {
    group: connecting,
    help: "Give up connecting, through proxies and TLS too, after so long",
  }),
  lowport: toggle({ group: connecting, help: "Connect from a source port below 1024 (root only)" }),
  reuseaddr: triState({
    group: connecting,
    help: "Reuse a source port that was in use a moment ago",
    aliases: ["so-reuseaddr"],
  }),
};

/** Options of connecting addresses that may connect again and again. */
export const FORK_CONNECT_OPTIONS = {
  fork: toggle({
    group: connecting,
    help: "Connect again for ever, with interval= between, each connection by itself",
  }),
  "max-children": one(integer(1), {
    group: connecting,
    help: "With fork: at most so many connections at once",
    aliases: ["maxchildren"],
  }),
};
