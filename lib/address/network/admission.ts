// Whom a listener admits: ranges of addresses, names, files of them, the tcp wrappers, the port that a peer comes from.
import { errorText, UsageError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { canonicalIp, parseIp, parsePrefix, type Prefix, prefixContains, unmappedPrefix } from "../../base/ip.ts";
import type { Log } from "../../base/log.ts";
import { resolveHost } from "../../dial/tcp.ts";
import { namesIn, parseWrapperTable, wrappersAdmit } from "./tcp_wrappers.ts";

function notRange(text: string): UsageError {
  return new UsageError(
    `"${text}" is not a range of addresses`,
    "write 10.0.0.0/8, 10.0.0.0:255.0.0.0, [fd00::]/8 or a name",
  );
}

/** The options of the tcp wrappers. */
export interface Wrappers {
  readonly tcpwrap?: string | true | undefined;
  readonly "tcpwrap-etc"?: string | undefined;
  readonly "allow-table"?: string | undefined;
  readonly "deny-table"?: string | undefined;
}

/** Whether the tcp wrappers are asked. */
function wantsWrappers(options: Wrappers): boolean {
  return options.tcpwrap !== undefined || options["tcpwrap-etc"] !== undefined ||
    options["allow-table"] !== undefined || options["deny-table"] !== undefined;
}

/** Whom the tables admit: read once, when the listener opens. A file that is not there is an empty table. */
async function wrappers(options: Wrappers): Promise<(host: string) => boolean> {
  const folder = options["tcpwrap-etc"] ?? "/etc";
  const table = (path: string) => {
    try {
      return parseWrapperTable(Deno.readTextFileSync(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new Error(`Cannot use the table "${path}": ${errorText(error)}`, { cause: error });
    }
  };
  const allow = table(options["allow-table"] ?? `${folder}/hosts.allow`);
  const deny = table(options["deny-table"] ?? `${folder}/hosts.deny`);
  const names = new Map(
    await Promise.all(
      namesIn([...allow, ...deny]).map(async (name) => [name, await resolveHost(name, undefined)] as const),
    ),
  );
  const daemons = typeof options.tcpwrap === "string" ? [options.tcpwrap] : ["netlab", "socat"];
  return (host) => wrappersAdmit({ allow, deny }, daemons, host, (name) => names.get(name) ?? []);
}

/** The options that `admission` looks at. */
export interface Admission extends Wrappers {
  readonly range: readonly string[];
  readonly deny: readonly string[];
  readonly lowport: boolean;
  readonly sourceport?: number | undefined;
}

const FILE_RANGE = /^file:/i;

/** Whether files say who is admitted. */
export function readsLists(options: Readonly<Record<string, unknown>>): boolean {
  return wantsWrappers(options as Wrappers) ||
    [options.range, options.deny].flat().some((range) => typeof range === "string" && FILE_RANGE.test(range));
}

/** Reads these files, to see whether they can be used. */
export function readLists(options: Readonly<Record<string, unknown>>): void {
  for (const range of [options.range, options.deny].flat()) if (typeof range === "string") spelledOut(range);
}

/** A range, or those of a file (`file:PATH`): one or more a line, after `#` what is said of them. */
function spelledOut(range: string): string[] {
  if (!FILE_RANGE.test(range)) return [range];
  const path = range.replace(FILE_RANGE, "");
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "No such file or directory" : errorText(error);
    throw new Error(`Cannot use the range "${range}": ${why}`, { cause: error });
  }
  const ranges = text.split("\n").flatMap((line) =>
    line.replace(/#.*/, "").split(/[\s,]+/).filter((word) => word !== "")
  );
  // An empty list would admit everybody, or refuse nobody.
  if (ranges.length === 0) throw new Error(`Cannot use the range "${range}": the file names nobody`);
  return ranges;
}

/** Tells whether a peer is admitted; made once, so that names are resolved once. */
export async function admission(
  options: Admission,
): Promise<(peer: HostPort | undefined) => string | undefined> {
  const prefixesOf = async (texts: readonly string[]): Promise<Prefix[]> =>
    (await Promise.all(
      texts.flatMap(spelledOut).map(async (text) => {
        const prefix = parsePrefix(text);
        if (prefix !== undefined) return [prefix];
        // A name, alone or with a mask: localhost:255.0.0.0, localhost/8.
        const [, name = text, mask = ""] = /^([^:/]+)(:\d+\.\d+\.\d+\.\d+|\/\d+)$/.exec(text) ?? [];
        // No name ends in a number (RFC 3696, 2).
        if (/(?:^|\.)\d+$/.test(name)) throw notRange(text);
        const hosts = await resolveHost(name, mask === "" ? undefined : 4).catch((error) => {
          throw new Error(`Cannot use the range "${text}": the name "${name}" does not resolve`, { cause: error });
        });
        return hosts.map((host) => {
          const prefix = parsePrefix(host + mask);
          // Never to be left out: an empty list would admit everybody.
          if (prefix === undefined) throw notRange(text);
          return prefix;
        });
      }),
    )).flat().map(unmappedPrefix);
  const allowed = await prefixesOf(options.range), denied = await prefixesOf(options.deny);
  const admits = wantsWrappers(options) ? await wrappers(options) : undefined;
  return (peer) => {
    if (peer === undefined) return undefined;
    if (admits !== undefined && !admits(peer.host)) return "due to tcpwrapper option";
    if (denied.length > 0 || allowed.length > 0) {
      const parsed = parseIp(peer.host);
      // As it is written, and as what it really is.
      const forms = parsed === undefined ? [] : [parsed, canonicalIp(parsed)];
      const inside = (list: Prefix[]) => list.some((prefix) => forms.some((ip) => prefixContains(prefix, ip)));
      if (inside(denied)) return "due to deny option";
      if (allowed.length > 0 && !inside(allowed)) return "due to range option";
    }
    if (options.sourceport !== undefined && peer.port !== options.sourceport) return "due to sourceport option";
    if (options.lowport && peer.port >= 1024) return "due to lowport option";
    return undefined;
  };
}

/** Tells whether a sender's datagrams are taken, and the log of each that is not; made once, as `admission()`. */
export async function datagramAdmission(options: Admission, log: Log): Promise<(sender: HostPort) => boolean> {
  const admits = await admission(options);
  return (sender) => {
    const refusal = admits(sender);
    if (refusal !== undefined) log.warning(`Refusing datagram from ${formatHostPort(sender)} ${refusal}`);
    return refusal === undefined;
  };
}
