// Who may reach what: rules as text and as values, and how they are judged. Pure.
// A new condition is a line in CONDITIONS and a case in `matches`.
import { FormatError } from "../../base/errors.ts";
import { asciiName } from "../../base/host_name.ts";
import { parsePort } from "../../base/host_port.ts";
import {
  canonicalIp,
  type IpAddress,
  knownIp,
  parseLooseIp,
  parsePrefix,
  type Prefix,
  prefixContains,
  unmappedPrefix,
} from "../../base/ip.ts";
import { nearest } from "../../base/text.ts";

/** What a rule can speak of; `forward` is a plain HTTP request with an absolute URI. */
const RULE_COMMANDS = ["connect", "bind", "udp", "forward"] as const;
/** A command that a rule can be about. */
export type RuleCommand = typeof RULE_COMMANDS[number];

/** Conditions after the pattern, as `command=connect,udp`. */
const CONDITIONS = ["command", "user", "from"] as const;

/** One rule. Everything that it names must hold. */
export interface Rule {
  readonly action: "allow" | "deny" | "route";
  /** Address octets that the target lies in, or a name pattern, or nothing: any host. */
  readonly prefix?: Prefix | undefined;
  readonly name?: RegExp | undefined;
  /** Ranges of ports, both ends included; nothing: any port. */
  readonly ports?: readonly (readonly [number, number])[] | undefined;
  readonly commands?: readonly RuleCommand[] | undefined;
  readonly user?: RegExp | undefined;
  readonly from?: Prefix | undefined;
  /** With `route`: the proxies in the order of travel; none means directly. */
  readonly upstream?: readonly string[] | undefined;
  /** The rule as written. */
  readonly text: string;
  /** Where it was written: `--allow`, `rules.txt:3`. */
  readonly where: string;
}

/** What is asked: may this request reach this target. */
export interface Question {
  readonly command: RuleCommand;
  /** The name as the client gave it; `undefined` where it gave an address. */
  readonly name?: string | undefined;
  /** The address that would really be reached; `undefined` while (or because) it is not resolved here. */
  readonly ip?: IpAddress | undefined;
  readonly port: number;
  readonly user?: string | undefined;
  readonly client?: IpAddress | undefined;
}

function glob(pattern: string): RegExp {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}

function parsePorts(text: string, rule: string): [number, number][] {
  return text.split(",").map((part) => {
    const [low, high] = part.split("-", 2) as [string, string | undefined];
    const from = parsePort(low), to = high === undefined ? from : parsePort(high);
    if (from === undefined || to === undefined || from > to) {
      throw new FormatError(`"${part}" is not a port or a range of ports such as 8000-9000`, rule.indexOf(part));
    }
    return [from, to];
  });
}

/**
 * The prefix that a text spells; `undefined` for anything else. An IPv4-mapped one speaks of IPv4 addresses, which are always
 * judged in that form. A `FormatError` for what the system reads as another address, or as an address where we see a name.
 */
function prefixOf(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix === undefined ? parseLooseIp(text) !== undefined : /^(0\d|\d[\d.]*\.0\d)/.test(text)) {
    throw new FormatError(`"${text}" is an address in a spelling that programs read differently: write a.b.c.d`);
  }
  return prefix === undefined ? undefined : unmappedPrefix(prefix);
}

/** Splits `HOST[:PORTS]`: `*.example:443`, `10.0.0.0/8`, `[2001:db8::/32]:80`, `:8000-9000`, `*`. */
function parsePattern(text: string): Pick<Rule, "prefix" | "name" | "ports"> {
  let host = text, ports: string | undefined;
  if (text.includes("://")) throw new FormatError(`"${text}" is a URL: a rule names HOST[:PORTS]`);
  const bracket = /^\[([^\]]+)\](\/\d+)?(?::(.+))?$/.exec(text);
  if (bracket !== null) {
    host = bracket[1]! + (bracket[2] ?? "");
    ports = bracket[3];
    if (parsePrefix(host) === undefined) throw new FormatError(`"${host}" is not an IPv6 address or prefix`);
  } else if (parsePrefix(text) === undefined) {
    const colon = text.lastIndexOf(":");
    if (colon !== -1) [host, ports] = [text.slice(0, colon), text.slice(colon + 1)];
  }
  const range = ports === undefined || ports === "*" ? undefined : parsePorts(ports, text);
  if (host === "*" || host === "") return { ports: range };
  const prefix = prefixOf(host);
  if (prefix !== undefined) return { prefix, ports: range };
  if (/^[\d.]+-[\d.]+$/.test(host)) {
    throw new FormatError(`"${host}" is a range of addresses: write prefixes such as 10.0.0.0/8`);
  }
  const name = namePattern(host);
  if (name === undefined) throw new FormatError(`"${text}" is neither an address, a prefix nor a name`);
  return { name: glob(name), ports: range };
}

/** A pattern in the letters in which names are judged; `undefined` for what no name can match. */
function namePattern(host: string): string | undefined {
  const labels = plainName(host).split(".").map((label) =>
    /\P{ASCII}/u.test(label) && label.includes("*") ? undefined : asciiName(label)
  );
  const name = labels.join(".");
  return !labels.includes(undefined) && /^[\w*?.-]+$/.test(name) ? name : undefined;
}

/** A name as names are compared: lower case, without the dot at the end. */
function plainName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/**
 * One rule without its action: `PATTERN [command=…] [user=…] [from=…] [URL…]`. The pattern is `HOST[:PORTS]`; HOST a
 * prefix, an address, a name with `*` and `?`, or `*`; PORTS as `443`, `80,443` or `8000-9000`. `route` ends with the
 * proxies in the order of travel, or `direct`. Anything else is a `FormatError`.
 */
export function parseRule(action: Rule["action"], text: string, where: string): Rule {
  const words = text.trim().split(/\s+/).filter((word) => word !== "");
  const rule: { -readonly [K in keyof Rule]: Rule[K] } = { action, text: text.trim(), where };
  const upstream: string[] = [];
  words.forEach((word, index) => {
    const equals = /^([a-z-]+)=(.*)$/s.exec(word);
    if (index > 0 && (word.includes("://") || word === "direct")) {
      if (action !== "route") throw new FormatError(`"${word}" belongs to a route, not to "${action}"`);
      if (word !== "direct") upstream.push(word);
      return;
    }
    if (equals === null) {
      if (index > 0) throw new FormatError(`"${word}" is not a condition: ${CONDITIONS.join("=, ")}=`);
      Object.assign(rule, parsePattern(word));
      return;
    }
    const [key, value] = equals.slice(1) as [string, string];
    switch (key) {
      case "command":
        rule.commands = value.split(",").map((command) => {
          const known = RULE_COMMANDS.find((one) => one === command || (one === "udp" && command === "associate"));
          if (known === undefined) {
            throw new FormatError(`"${command}" is not a command: ${RULE_COMMANDS.join(", ")}`);
          }
          return known;
        });
        break;
      case "user":
        if (value === "") throw new FormatError('"user=" names nobody: write user=ann, or user=*');
        rule.user = glob(value);
        break;
      case "from": {
        const prefix = prefixOf(value);
        if (prefix === undefined) throw new FormatError(`"${value}" is not an address or prefix`);
        rule.from = prefix;
        break;
      }
      default: {
        const near = nearest(key, CONDITIONS);
        throw new FormatError(
          `"${key}" is not a condition${
            near === undefined ? `: ${CONDITIONS.join(", ")}` : `: did you mean "${near}"?`
          }`,
        );
      }
    }
  });
  if (words.length === 0) throw new FormatError(`"${action}" needs a pattern such as *.example:443 or 10.0.0.0/8`);
  if (action === "route") {
    if (upstream.length === 0 && words[words.length - 1] !== "direct") {
      throw new FormatError(`A route ends with a proxy such as socks5h://host:1080, or "direct"`);
    }
    rule.upstream = upstream;
  }
  return rule;
}

/** What a rules file says. */
export interface RulesFile {
  readonly rules: readonly Rule[];
  /** Clients that may connect at all; empty: no such line. */
  readonly clients: readonly Prefix[];
}

/**
 * A rules file: a rule a line (`allow PATTERN …`, `deny PATTERN …`, `route PATTERN URL…`, `clients PREFIX…`), `#` starts
 * a comment. A `FormatError` names file and line.
 */
export function parseRulesFile(text: string, file: string): RulesFile {
  const rules: Rule[] = [], clients: Prefix[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") return;
    const where = `${file}:${index + 1}`;
    const [word, rest] = [line.split(/\s+/, 1)[0]!, line.replace(/^\S+\s*/, "")];
    try {
      if (word === "allow" || word === "deny" || word === "route") rules.push(parseRule(word, rest, where));
      else if (word === "clients") {
        const some = parseClients(rest.split(/[\s,]+/));
        if (some.length === 0) throw new FormatError('"clients" names nobody: write clients 192.0.2.0/24');
        clients.push(...some);
      } else {
        const near = nearest(word, ["allow", "deny", "route", "clients"]);
        throw new FormatError(
          `"${word}" is not a word of a rules file${near === undefined ? "" : `: did you mean "${near}"?`}`,
        );
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`${where}: ${error.message}`, error.offset, { cause: error });
    }
  });
  return { rules, clients };
}

/** Prefixes of clients. */
export function parseClients(texts: readonly string[]): Prefix[] {
  return texts.filter((text) => text !== "").map((text) => {
    const prefix = prefixOf(text);
    if (prefix === undefined) throw new FormatError(`"${text}" is not an address or prefix`);
    return prefix;
  });
}

/** Whether a rule speaks of this question; `undefined`: that depends on the address, which is not known yet. */
function matches(rule: Rule, question: Question): boolean | undefined {
  const { port, command } = question;
  if (rule.ports !== undefined && !rule.ports.some(([from, to]) => port >= from && port <= to)) return false;
  if (rule.commands !== undefined && !rule.commands.includes(command)) return false;
  if (rule.user !== undefined && (question.user === undefined || !rule.user.test(question.user))) return false;
  if (rule.from !== undefined) {
    if (question.client === undefined || !prefixContains(rule.from, canonicalIp(question.client))) return false;
  }
  if (rule.name !== undefined) return question.name !== undefined && rule.name.test(plainName(question.name));
  if (rule.prefix === undefined) return true;
  if (question.ip === undefined) return undefined;
  if (prefixContains(rule.prefix, canonicalIp(question.ip))) return true;
  // An address with an IPv4 one inside is also denied, but not allowed, as what it looks like.
  return rule.action === "deny" && prefixContains(rule.prefix, question.ip);
}

/** How a question was decided. */
export interface Verdict {
  /** `undefined`: only the address can tell. */
  readonly allowed: boolean | undefined;
  /** The rule that decided; `undefined` where none spoke. */
  readonly rule?: Rule | undefined;
}

/**
 * The first rule that matches decides. Where none does: refused if there is any `allow`, else allowed. `resolving` says
 * that an unknown address will be known later: then `undefined` where it can make a difference. Without it, rules about
 * addresses do not match such a target.
 */
export function judge(rules: readonly Rule[], question: Question, resolving = false): Verdict {
  let allowlist = false;
  // What a rule that waits for the address would say.
  let pending: "allow" | "deny" | "either" | undefined;
  for (const rule of rules) {
    if (rule.action === "route") continue;
    allowlist ||= rule.action === "allow";
    const matched = matches(rule, question);
    if (matched === true) {
      const unsure = pending !== undefined && pending !== rule.action;
      return unsure ? { allowed: undefined } : { allowed: rule.action === "allow", rule };
    }
    if (matched === undefined && resolving) {
      pending = pending === undefined || pending === rule.action ? rule.action : "either";
    }
  }
  const unsure = pending !== undefined && (pending === "allow") === allowlist;
  return unsure || pending === "either" ? { allowed: undefined } : { allowed: !allowlist };
}

/** The first route that matches, if one does; `"address"`: that depends on the address, which is not known yet. */
export function routeOf(rules: readonly Rule[], question: Question): Rule | "address" | undefined {
  for (const rule of rules) {
    if (rule.action !== "route") continue;
    const matched = matches(rule, question);
    if (matched === true) return rule;
    if (matched === undefined) return "address";
  }
  return undefined;
}

/** Whether a client may connect at all. */
export function admits(clients: readonly Prefix[], client: IpAddress): boolean {
  const ip = canonicalIp(client);
  return clients.length === 0 || clients.some((prefix) => prefixContains(prefix, ip));
}

/** Strict address of a host text, in the form in which it is judged. */
export function judgedIp(host: string): IpAddress | undefined {
  const ip = knownIp(host);
  return ip === undefined ? undefined : canonicalIp(ip);
}
