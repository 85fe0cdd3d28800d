// The face of `netlab socks`: what its help, completions and reference are made of.
import { FormatError } from "../../lib/base/errors.ts";
import { parseHostPort } from "../../lib/base/host_port.ts";
import { parsePrefix } from "../../lib/base/ip.ts";
import { WATCH_FLAGS } from "../../lib/observe/watch_flags.ts";
import { defineCommand } from "../../lib/options/command.ts";
import {
  choice,
  count,
  DURATION,
  FILE,
  integer,
  list,
  one,
  PORT,
  SIZE,
  TEXT,
  toggle,
  triState,
  type Values,
  type ValueType,
} from "../../lib/options/schema.ts";
import { parseRule, type Rule } from "../../lib/socks/policy/rules.ts";

const where = "Where";
const speak = "Protocols";
const access = "Who may reach what";
const onward = "Onward";
const limits = "Limits";
const see = "Watching";
const runs = "Running";

/** A rule and its place among all rules of the command line: first match wins whatever flag it came by. */
interface OrderedRule {
  readonly rule: Rule;
  readonly order: number;
}

let order = 0;

function rule(action: Rule["action"], flag: string): ValueType<OrderedRule> {
  return { placeholder: "RULE", parse: (text) => ({ rule: parseRule(action, text, flag), order: order++ }) };
}

/** A listening address. */
export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  /** Instead of host and port: the path of a Unix socket. */
  readonly path?: string;
}

const LISTEN: ValueType<ListenPlace> = {
  placeholder: "HOST:PORT|unix:PATH",
  parse(text) {
    if (text.startsWith("unix:")) {
      if (text.length === 5) throw new FormatError('"unix:" needs a path');
      return { host: "", port: 0, path: text.slice(5) };
    }
    const { host, port } = /^\d+$/.test(text) ? { host: "localhost", port: PORT.parse(text) } : parseHostPort(text);
    return { host: host === "" || host === "*" ? "0.0.0.0" : host, port };
  },
};

const PREFIXES: ValueType<string> = {
  placeholder: "PREFIX",
  parse(text) {
    for (const word of text.split(/[\s,]+/)) {
      if (word !== "" && parsePrefix(word) === undefined) {
        throw new FormatError(`"${word}" is not an address or a prefix such as 10.0.0.0/8`);
      }
    }
    return text;
  },
};

const TARGET: ValueType<{ host: string; port: number }> = {
  placeholder: "HOST:PORT",
  parse: (text) => parseHostPort(text, undefined),
};

export const SOCKS = defineCommand({
  name: "socks",
  summary: "serves SOCKS 4, 4a, 5 and HTTP proxy clients on one port",
  usage: [
    "socks [FLAGS]",
    "socks --why HOST:PORT [--client ADDRESS] [--user NAME] [FLAGS]",
    "socks --add-user NAME --users FILE",
  ],
  examples: [
    ["socks --port 1080", "SOCKS 4, 4a, 5 and HTTP CONNECT on one port, loopback only"],
    ["socks --listen 0.0.0.0:1080 --users users.txt", "the world may come, with a password"],
    ["socks --port 1080 --via socks5h://tor:9050", "a translating proxy: HTTP or SOCKS in, SOCKS out"],
    ["socks --port 1080 -v", "and watch what passes"],
    ["socks --port 1080 --allow '*.example:443' --deny 10.0.0.0/8", "only what a rule allows"],
  ],
  flags: {
    port: one(PORT, { group: where, help: "Listen on this port of loopback (default 1080)", aliases: ["p"] }),
    listen: list(LISTEN, { group: where, help: "Listen there; may be given several times" }),
    "open-proxy": toggle({
      group: where,
      help: "Serve strangers: everybody who reaches the port can use it, and what they do bears your address",
    }),
    "proxy-protocol": toggle({ group: where, help: "Connections begin with a PROXY protocol header (v1 or v2)" }),
    cert: one(FILE, {
      group: where,
      help: "Certificate (PEM): take TLS as well, with SOCKS or HTTP inside; SIGHUP reads it again",
    }),
    key: one(FILE, { group: where, help: "Its key (default: in the file of --cert)" }),

    socks4: triState({ group: speak, help: "SOCKS 4 (--no-socks4: not)" }),
    socks4a: triState({ group: speak, help: "SOCKS 4a (--no-socks4a: not)" }),
    socks5: triState({ group: speak, help: "SOCKS 5 (--no-socks5: not)" }),
    http: triState({ group: speak, help: "HTTP CONNECT (--no-http: not)" }),
    forward: triState({ group: speak, help: "HTTP requests with an absolute URI (--no-forward: not)" }),
    bind: triState({ group: speak, help: "The command BIND (--no-bind: not)" }),
    udp: triState({ group: speak, help: "The command UDP ASSOCIATE (--no-udp: not)" }),
    ident: toggle({ group: speak, help: "SOCKS 4: the user id must be what the client's identd says" }),

    clients: list(PREFIXES, { group: access, help: "Only these clients may connect" }),
    allow: list(rule("allow", "--allow"), {
      group: access,
      help: "HOST[:PORTS] [command=…] [user=…] [from=…] that may be reached; with any, all else may not",
    }),
    deny: list(rule("deny", "--deny"), {
      group: access,
      help: "What may not be reached; of all rules the first that matches decides",
    }),
    rules: one(FILE, {
      group: access,
      help: "A file of rules (allow, deny, route, clients), after those of the command line; SIGHUP reads it again",
    }),
    "allow-private": toggle({
      group: access,
      help: "Clients beyond loopback may reach loopback, link-local and private addresses and this host",
    }),
    user: list(TEXT, {
      group: access,
      placeholder: "NAME:PASSWORD",
      help: "A user, to try things out: the password is visible in the process list",
    }),
    users: one(FILE, { group: access, help: "A file of users (name:hash[:options]); SIGHUP reads it again" }),
    "add-user": one(TEXT, { group: access, placeholder: "NAME", help: "Ask for a password, add to --users, and end" }),
    why: one(TARGET, { group: access, help: "Say what would happen to a request for this target, and end" }),
    client: one(TEXT, { group: access, placeholder: "ADDRESS", help: "With --why: the client (default 127.0.0.1)" }),
    command: one(choice(["connect", "bind", "udp", "forward"]), {
      group: access,
      help: "With --why: the command (default connect)",
    }),

    via: list(TEXT, {
      group: onward,
      placeholder: "URL",
      help: "Go on through this proxy (socks5h://, socks5://, socks4a://, http:// …); several in the order of travel",
    }),
    route: list(rule("route", "--route"), {
      group: onward,
      help: "HOST[:PORTS] … URL: targets with a proxy of their own, or direct",
    }),

    "handshake-timeout": one(DURATION, { group: limits, help: "For the handshake in all", fallback: 10_000 }),
    "connect-timeout": one(DURATION, { group: limits, help: "For reaching the target", fallback: 30_000 }),
    "idle-timeout": one(DURATION, {
      group: limits,
      help: "For silence in both directions (0: none)",
      fallback: 600_000,
    }),
    "bind-timeout": one(DURATION, { group: limits, help: "For the peer of a BIND to come", fallback: 180_000 }),
    "max-connections": one(integer(), { group: limits, help: "Granted connections in all (0: any)", fallback: 10_000 }),
    "max-per-client": one(integer(), { group: limits, help: "Of one client address (0: any)", fallback: 4096 }),
    "max-udp-targets": one(integer(1), {
      group: limits,
      help: "Addresses that one UDP association can talk to at a time; it has three sockets whatever their number",
      fallback: 1024,
    }),
    rate: one(SIZE, {
      group: limits,
      help: "Octets per second of a connection in each direction (0: any)",
      fallback: 0,
    }),

    v: toggle({ group: see, help: "Show the data as text, with direction, time and counters", aliases: ["verbose"] }),
    x: toggle({ group: see, help: "Show the data as hex; with -v as hex and text side by side", aliases: ["hex"] }),
    ...WATCH_FLAGS,
    metrics: one(TEXT, {
      group: see,
      placeholder: "[HOST:]PORT",
      help: "Serve /metrics (Prometheus) and /healthz there, on loopback unless a host is given",
    }),

    grace: one(DURATION, {
      group: runs,
      help: "After SIGINT or SIGTERM let running connections finish for so long",
      fallback: 5000,
    }),
    d: count({ group: runs, help: "Log more; -d0 logs nothing" }),
    lf: one(FILE, { group: runs, help: "Append the log to a file; SIGHUP opens it again" }),
    lp: one(TEXT, { group: runs, help: "Program name in the log", fallback: "netlab" }),
    log: one(choice(["text", "json"]), { group: runs, help: "Form of the log", fallback: "text" }),
  },
  notes: [
    "Users can also come from the variable NETLAB_SOCKS_USERS: NAME:PASSWORD, separated by spaces or lines.",
    "Sockets of systemd (LISTEN_FDS) are served besides --port and --listen, or instead where neither is given.",
    "Clients beyond loopback cannot reach loopback, link-local or private addresses nor this host, whatever name leads " +
    "there, unless --allow-private is given.",
  ],
});

/** What the flags hold once they are parsed. */
export type Flags = Values<typeof SOCKS.flags>;
