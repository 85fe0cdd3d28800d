// dig's command line: words, `-x` options, `+` options, several lookups, `~/.digrc` and batch lines. Pure.
// Options before the first name change the defaults that later lookups are cloned from; after a name they are its own.
import { ALONE, DIG_VERSION, invalidDash, LineReader, type LineRun, MAX_TEXT, WITH_VALUE } from "./line.ts";
import { defaultLookup, defaultSettings, DigExit, fatal } from "./defaults.ts";
import type { DigOutput, Lookup, OctetText, Server, Settings, SystemDefaults } from "./settings.ts";
import { strictIp } from "./values.ts";
import { parseLooseIp } from "../../base/ip.ts";
import { DnsName } from "../name.ts";

/**
 * The addresses of a server's name, or of a link named (`fe80::1%eth0`: `fe80::1%2`); or why there are none ("not found",
 * "failure").
 */
export type FindAddresses = (name: string, families: { ipv4: boolean; ipv6: boolean }) => Promise<string[] | string>;

/**
 * The addresses behind `@given`: of an address, a name, or a URL with transport, port and path; or why there are none, in
 * dig's words.
 */
async function resolveServer(
  given: OctetText,
  settings: Settings,
  findAddresses: FindAddresses,
): Promise<Server[] | string> {
  const { netIpv4, netIpv6 } = settings;
  const url = /^(udp|tcp|tls|https|http):\/\/(\[[^\]]*\]|[^:/?#]*)(?::(\d{1,5}))?([/?][^#]*)?$/i.exec(given);
  if (url === null && /^[a-z][a-z0-9+.-]*:\/\//i.test(given)) {
    return "a server's URL is udp://, tcp://, tls://, https:// or http:// with host, port and, for HTTP, path";
  }
  if (Number(url?.[3] ?? 0) > 65535) return "a port is at most 65535";
  const host = url === null ? given : url[2]!.replace(/^\[|\]$/g, "");
  const percent = host.indexOf("%");
  const ip = strictIp(percent === -1 ? host : host.slice(0, percent));
  let addresses: string[] | string;
  if (ip?.family === 4 && percent === -1) addresses = [netIpv4 ? host : `::ffff:${host}`];
  else if (ip?.family === 6) {
    // Links have names only where addresses are of a link; elsewhere they are numbers.
    const zone = percent === -1 ? "0" : host.slice(percent + 1);
    addresses = !netIpv6
      ? "address family not supported"
      : /^\d/.test(zone)
      ? [host]
      : /^fe[89ab]/i.test(host)
      ? await findAddresses(host, { ipv4: false, ipv6: true })
      : "failure";
  } else if (!netIpv4 && !/[[:]/.test(host) && parseLooseIp(host) !== undefined) addresses = "failure";
  else addresses = await findAddresses(host, { ipv4: netIpv4, ipv6: netIpv6 });
  if (typeof addresses === "string") return addresses;
  const base = { given: host };
  if (url === null) return addresses.map((address) => ({ ...base, address }));
  const transport = url[1]!.toLowerCase() as "udp" | "tcp" | "tls" | "https" | "http";
  const port = url[3] === undefined
    ? (settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport])
    : Number(url[3]);
  // A template of RFC 8484 4.1 is as good as its path: where the question goes is known.
  const path = (url[4] ?? "").replace(/\{\?dns\}$/, "");
  const asked = transport.startsWith("http") ? { path: path === "" || path === "/" ? "/dns-query" : path } : {};
  return addresses.map((address) => ({ ...base, address, transport, port, ...asked }));
}

/** What must be known of a command line before anything else is looked at. */
export interface FirstLook {
  /** Without `-r`: `~/.digrc` counts. */
  readonly digrc: boolean;
  readonly debug: boolean;
  /** `-4` or `-6`. */
  readonly family: 4 | 6 | undefined;
}

/** Looks a command line over; a malformed `-` option ends the run. */
export function lookOver(args: readonly OctetText[], output: DigOutput): FirstLook {
  let digrc = true, debug = false, family: 4 | 6 | undefined;
  for (let i = 0; i < args.length; i++) {
    if (!args[i]!.startsWith("-")) continue;
    let option = args[i]!.slice(1);
    for (; option !== "" && ALONE.includes(option[0]!); option = option.slice(1)) {
      if (option[0] === "r") digrc = false;
      if (option[0] === "d") debug = true;
      const asked = option[0] === "4" ? 4 : option[0] === "6" ? 6 : undefined;
      if (asked !== undefined && family === 10 - asked) fatal(output, "only one of -4 and -6 allowed");
      family ??= asked;
    }
    if (option === "") continue;
    if (!WITH_VALUE.includes(option[0]!)) invalidDash(output, option);
    // The value is the next argument, which is not an option then.
    if (option.length === 1 && ++i === args.length) invalidDash(output, option);
  }
  return { digrc, debug, family };
}

/**
 * The system's servers that may be asked, this machine when there are none: `-4` and `-6` count where they stand on the
 * command line, not in `~/.digrc` or a batch file.
 */
function usableServers(servers: readonly Server[], family: 4 | 6 | undefined): readonly Server[] {
  const fits = ({ address }: Server) => family === undefined || address.includes(":") === (family === 6);
  const usable = servers.filter(fits);
  const loopback = ["::1", "127.0.0.1"].map((address) => ({ address, given: address }));
  return usable.length > 0 ? usable : loopback.filter(fits);
}

/** One run of dig: reads the command line, then batch lines one after another as they are asked for. */
export class DigArgs implements LineRun {
  readonly settings: Settings;
  readonly system: SystemDefaults;
  readonly defaults: Lookup;
  /** Lookups read and not yet taken. */
  readonly lookups: Lookup[] = [];
  readonly output: DigOutput;
  readonly #findAddresses: FindAddresses;
  /** Prints the whole help text: another module, for it is long. */
  readonly #help: (output: DigOutput) => Promise<void>;
  #firstBanner = true;
  #serversGiven = 0;

  constructor(
    { debug, family }: FirstLook,
    system: SystemDefaults,
    output: DigOutput,
    findAddresses: FindAddresses,
    help: (output: DigOutput) => Promise<void>,
  ) {
    this.system = { ...system, servers: usableServers(system.servers, family) };
    const settings = this.settings = defaultSettings(system);
    settings.debug = debug;
    if (family === 4) settings.ipv6 = settings.netIpv6 = false;
    if (family === 6) settings.ipv4 = settings.netIpv4 = false;
    this.defaults = defaultLookup(system, DnsName.root);
    this.output = output;
    this.#findAddresses = findAddresses;
    this.#help = help;
  }

  /** Reads `~/.digrc`: each line as if it stood before the command line's own words; names in it are passed over. */
  async readConfig(text: OctetText): Promise<void> {
    for (const line of text.split("\n")) {
      const words = splitLine(line, 61);
      if (words.length > 0) await this.#read(words, true, true);
    }
  }

  /** Reads the command line. */
  async readCommandLine(args: readonly OctetText[]): Promise<void> {
    await this.#read(args, false, false);
  }

  /** Reads a line of a batch file: nothing for a comment or a blank line. */
  async readBatchLine(line: OctetText): Promise<void> {
    await this.#read(splitLine(line, 13), true, false);
  }

  async #read(words: readonly OctetText[], batch: boolean, config: boolean): Promise<void> {
    const reader = new LineReader(this, words, batch, config);
    await reader.read();
  }

  /** The banner for the first name of a line; sets it on the lookup. */
  greet(lookup: Lookup, words: readonly OctetText[]): void {
    const { settings } = this;
    if (!settings.printCommand) return;
    const first = this.#firstBanner;
    let text = `${first ? "\n" : ""}; <<>> DiG ${DIG_VERSION} <<>>`;
    for (const word of words) text += ` ${word}`.slice(0, MAX_TEXT);
    text += "\n";
    if (first && this.#serversGiven !== 0) {
      text += `; (${this.#serversGiven} server${this.#serversGiven > 1 ? "s" : ""} found)\n`;
    }
    if (first) {
      text += `;; global options:${settings.short ? " +short" : ""} +cmd\n`;
      this.#firstBanner = false;
    }
    lookup.banner = text.slice(0, MAX_TEXT);
  }

  /** The addresses of `@server`; none when there are none, which ends the run unless it stands in a batch line. */
  async servers(given: OctetText, inBatch: boolean): Promise<Server[]> {
    const found = await resolveServer(given, this.settings, this.#findAddresses);
    if (typeof found !== "string") {
      this.#serversGiven = found.length;
      return found;
    }
    this.#serversGiven = 0;
    if (!inBatch) fatal(this.output, `couldn't get address for '${given}': ${found}`);
    this.output.err(`couldn't get address for '${given}': ${found}: skipping lookup\n`);
    return [];
  }

  /** Prints the help and ends the run. */
  async helpAndEnd(): Promise<never> {
    await this.#help(this.output);
    throw new DigExit(0);
  }
}

/** The words of a line, at most `most` of them; a NUL ends the line. */
function splitLine(line: OctetText, most: number): OctetText[] {
  return line.replace(/\0[^]*/, "").split(/[ \t\r\n]+/).filter((word) => word !== "").slice(0, most);
}
