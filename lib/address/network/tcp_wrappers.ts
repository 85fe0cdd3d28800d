// Whom /etc/hosts.allow and /etc/hosts.deny admit (tcp wrappers, hosts_access(5)): the first match in the one admits, the
// first in the other refuses, and who is in neither is admitted. Pure.
// What cannot be judged here (names by their domain, user names, commands) is refused as a whole: a guard is never left out.
import { FormatError } from "../../base/errors.ts";
import { canonicalIp, parseIp, parsePrefix, type Prefix, prefixContains } from "../../base/ip.ts";

/** A client pattern: what it says of an address; names are to be resolved first. */
type Pattern = { readonly kind: "all" } | { readonly kind: "prefix"; readonly prefix: Prefix } | {
  readonly kind: "name";
  readonly name: string;
};

/** `LIST EXCEPT (LIST EXCEPT …)`. */
interface List<P> {
  readonly any: readonly P[];
  readonly except: List<P> | undefined;
}

/** A line of a table. */
export interface WrapperRule {
  readonly daemons: List<string>;
  readonly clients: List<Pattern>;
  /** What its third field says instead of the table. */
  readonly verdict: "allow" | "deny" | undefined;
}

function listOf<P>(words: readonly string[], parse: (word: string) => P): List<P> {
  const at = words.findIndex((word) => word.toUpperCase() === "EXCEPT");
  const any = (at === -1 ? words : words.slice(0, at)).map(parse);
  return { any, except: at === -1 ? undefined : listOf(words.slice(at + 1), parse) };
}

function patternOf(word: string): Pattern {
  if (word.toUpperCase() === "ALL") return { kind: "all" };
  const [, six, bits = ""] = /^\[(.*)\](\/\d+)?$/.exec(word) ?? [];
  const partial = /^(\d{1,3}\.){1,3}$/.test(word) ? word.split(".").filter((part) => part !== "") : undefined;
  const text = six !== undefined
    ? six + bits
    : partial !== undefined
    ? `${[...partial, "0", "0", "0"].slice(0, 4).join(".")}/${partial.length * 8}`
    : word.replace(/^(\d+\.\d+\.\d+\.\d+)\/(\d+\.\d+\.\d+\.\d+)$/, "$1:$2");
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return { kind: "prefix", prefix };
  if (/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(word) && !/^(LOCAL|KNOWN|UNKNOWN|PARANOID)$/i.test(word)) {
    return { kind: "name", name: word };
  }
  throw new FormatError(`"${word}" cannot be judged here: write addresses, prefixes or whole names`);
}

/** Colons outside of brackets part the fields. */
function fieldsOf(line: string): string[] {
  const fields = [""];
  let inBrackets = false;
  for (const char of line) {
    if (char === "[" || char === "]") inBrackets = char === "[";
    if (char === ":" && !inBrackets) fields.push("");
    else fields[fields.length - 1] += char;
  }
  return fields.map((field) => field.trim());
}

/** The rules of a table. A `FormatError` names the line that cannot be used. */
export function parseWrapperTable(text: string): WrapperRule[] {
  return text.replace(/\\\n/g, " ").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const [daemons, clients, option = "", ...more] = fieldsOf(line);
      const verdict = /^(allow|deny)$/i.exec(option)?.[0].toLowerCase() as WrapperRule["verdict"];
      if (clients === undefined || more.length > 0 || (option !== "" && verdict === undefined)) {
        throw new FormatError(`"${line}" is not "daemons : clients", with allow or deny after it`);
      }
      const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== "");
      return {
        daemons: listOf(words(daemons!), (word) => word),
        clients: listOf(words(clients), patternOf),
        verdict,
      };
    });
}

/** The names that the rules hold. */
export function namesIn(rules: readonly WrapperRule[]): string[] {
  const of = ({ any, except }: List<Pattern>): string[] => [
    ...any.flatMap((pattern) => pattern.kind === "name" ? [pattern.name] : []),
    ...(except === undefined ? [] : of(except)),
  ];
  return [...new Set(rules.flatMap(({ clients }) => of(clients)))];
}

/** Whether a peer is admitted to one of `daemons`. `addressesOf`: of a name in the rules. */
export function wrappersAdmit(
  tables: { readonly allow: readonly WrapperRule[]; readonly deny: readonly WrapperRule[] },
  daemons: readonly string[],
  host: string,
  addressesOf: (name: string) => readonly string[],
): boolean {
  const parsed = parseIp(host);
  if (parsed === undefined) return false;
  const ip = canonicalIp(parsed);
  const same = (other: string) => {
    const address = parseIp(other);
    return address !== undefined && prefixContains({ ip: canonicalIp(address), bits: address.bytes.length * 8 }, ip);
  };
  const covers = (pattern: Pattern): boolean =>
    pattern.kind === "all" ||
    (pattern.kind === "prefix"
      ? prefixContains(pattern.prefix, ip) || prefixContains(pattern.prefix, parsed)
      : addressesOf(pattern.name).some(same));
  const has = <P>({ any, except }: List<P>, test: (item: P) => boolean): boolean =>
    any.some(test) && !(except !== undefined && has(except, test));
  const serves = (word: string) => word.toUpperCase() === "ALL" || daemons.includes(word);
  const matches = ({ daemons, clients }: WrapperRule) => has(daemons, serves) && has(clients, covers);
  const allowed = tables.allow.find(matches);
  if (allowed !== undefined) return allowed.verdict !== "deny";
  const denied = tables.deny.find(matches);
  return denied === undefined || denied.verdict === "allow";
}
