// dig's command line: words, `-x` options, `+` options, several lookups, `~/.digrc` and batch lines. Pure.
// Options before the first name change the defaults that later lookups are cloned from; after a name they are its own.
import { DnsName } from "../name.ts";
import { parseClass, parseType, TYPE } from "../types.ts";
import { applyOption } from "./options.ts";
import {
  cloneLookup,
  defaultLookup,
  defaultSettings,
  DigExit,
  type DigOutput,
  fatal,
  type Lookup,
  type OctetText,
  type Server,
  type Settings,
  type SystemDefaults,
} from "./settings.ts";
import { numberUpTo, parseHmac, reverseName, strictIp } from "./values.ts";

/** What the banner and `-v` call the program: the dig whose words and text these are. */
export const DIG_VERSION = "9.18.49-netlab";

export const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]
`;

/** The addresses of a server's name, or why there are none ("not found"). */
export type FindAddresses = (name: string, families: { ipv4: boolean; ipv6: boolean }) => Promise<string[] | string>;

/** Options that stand alone and may be followed by more letters; options that take a value. */
const ALONE = "46dhimnruv";
const WITH_VALUE = "46bcdfhikmnpqrtvyx";
/** A name, a line: what dig has room for. */
const MAX_TEXT = 1023;

function usage(output: DigOutput): never {
  output.err(`${USAGE}\nUse "dig -h" (or "dig -h | more") for complete list of options\n`);
  throw new DigExit(1);
}

/** One run of dig: reads the command line, then batch lines one after another as they are asked for. */
export class DigArgs {
  readonly settings: Settings;
  readonly system: SystemDefaults;
  readonly defaults: Lookup;
  /** Lookups read and not yet taken. */
  readonly lookups: Lookup[] = [];
  readonly #output: DigOutput;
  readonly #findAddresses: FindAddresses;
  /** Prints the whole help text: another module, for it is long. */
  readonly #help: (output: DigOutput) => Promise<void>;
  #firstBanner = true;
  #serversGiven = 0;

  constructor(
    system: SystemDefaults,
    output: DigOutput,
    findAddresses: FindAddresses,
    help: (output: DigOutput) => Promise<void>,
  ) {
    this.system = system;
    this.settings = defaultSettings(system);
    this.defaults = defaultLookup(system, DnsName.root);
    this.#output = output;
    this.#findAddresses = findAddresses;
    this.#help = help;
  }

  /**
   * What must be known before anything else: `-r` (no `~/.digrc`), `-4` and `-6`; a malformed `-` option ends the run.
   */
  prepare(args: readonly OctetText[]): { digrc: boolean } {
    let digrc = true, only4 = false, only6 = false;
    for (let i = 0; i < args.length; i++) {
      if (!args[i]!.startsWith("-")) continue;
      let option = args[i]!.slice(1);
      for (; option !== "" && ALONE.includes(option[0]!); option = option.slice(1)) {
        if (option[0] === "r") digrc = false;
        if ((option[0] === "4" && only6) || (option[0] === "6" && only4)) {
          fatal(this.#output, "only one of -4 and -6 allowed");
        }
        only4 ||= option[0] === "4";
        only6 ||= option[0] === "6";
      }
      if (option === "") continue;
      if (!WITH_VALUE.includes(option[0]!)) this.#invalid(option);
      // The value is the next argument, which is not an option then.
      if (option.length === 1 && ++i === args.length) this.#invalid(option);
    }
    const { settings } = this;
    if (only4) settings.ipv6 = settings.netIpv6 = false;
    if (only6) settings.ipv4 = settings.netIpv4 = false;
    return { digrc };
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
    if (/^\s*(?:[#;]|$)/.test(line)) return;
    await this.#read(splitLine(line, 13), true, false);
  }

  #invalid(option: OctetText): never {
    this.#output.err(`Invalid option: -${option}\n`);
    return usage(this.#output);
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
    const found = await this.#resolve(given);
    if (typeof found !== "string") {
      this.#serversGiven = found.length;
      return found;
    }
    this.#serversGiven = 0;
    if (!inBatch) fatal(this.#output, `couldn't get address for '${given}': ${found}`);
    this.#output.err(`couldn't get address for '${given}': ${found}: skipping lookup\n`);
    return [];
  }

  async #resolve(given: OctetText): Promise<Server[] | string> {
    const { netIpv4, netIpv6 } = this.settings;
    const url = /^(udp|tcp|tls|https|http):\/\/(\[[^\]]*\]|[^:/?#]*)(?::(\d{1,5}))?([/?][^#]*)?$/i.exec(given);
    const host = url === null ? given : url[2]!.replace(/^\[|\]$/g, "");
    const percent = host.indexOf("%");
    const ip = strictIp(percent === -1 ? host : host.slice(0, percent));
    let addresses: string[] | string;
    if (ip?.family === 4 && percent === -1) addresses = [netIpv4 ? host : `::ffff:${host}`];
    else if (ip?.family === 6) addresses = netIpv6 ? [host] : "address family not supported";
    else addresses = await this.#findAddresses(host, { ipv4: netIpv4, ipv6: netIpv6 });
    if (typeof addresses === "string") return addresses;
    const base = { given: host };
    if (url === null) return addresses.map((address) => ({ ...base, address }));
    const transport = url[1]!.toLowerCase() as "udp" | "tcp" | "tls" | "https" | "http";
    const port = url[3] === undefined
      ? (this.settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport])
      : Number(url[3]);
    const path = transport.startsWith("http")
      ? { path: url[4] === undefined || url[4] === "/" ? "/dns-query" : url[4] }
      : {};
    return addresses.map((address) => ({ ...base, address, transport, port, ...path }));
  }

  /** Prints help or version and ends the run. */
  async helpAndEnd(): Promise<never> {
    await this.#help(this.#output);
    throw new DigExit(0);
  }

  get output(): DigOutput {
    return this.#output;
  }

  usage(): never {
    return usage(this.#output);
  }

  invalidDash(option: OctetText): never {
    return this.#invalid(option);
  }
}

/** The words of a line, at most `most` of them. */
function splitLine(line: OctetText, most: number): OctetText[] {
  return line.split(/[ \t\r\n]+/).filter((word) => word !== "").slice(0, most);
}

/** Reads the words of one line: the command line, a line of a batch file, a line of `~/.digrc`. */
class LineReader {
  readonly #run: DigArgs;
  readonly #words: readonly OctetText[];
  /** The words as the banner shows them. */
  readonly #shown: OctetText[];
  readonly #batch: boolean;
  readonly #config: boolean;
  /** The lookup that options are for. */
  #lookup: Lookup;
  /** The next name needs a lookup of its own. */
  #needClone: boolean;
  #firstName = true;
  /** Bare words may be types and classes: until `-t` or `-c` says otherwise. */
  #openTypeClass = true;

  constructor(run: DigArgs, words: readonly OctetText[], batch: boolean, config: boolean) {
    this.#run = run;
    this.#words = words;
    this.#shown = words.slice();
    this.#batch = batch;
    this.#config = config;
    const own = batch && !config;
    this.#lookup = own ? cloneLookup(run.defaults) : run.defaults;
    this.#needClone = !own;
  }

  async read(): Promise<void> {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word.startsWith("%")) break;
      if (word.startsWith("@")) {
        const servers = await this.#run.servers(word.slice(1), this.#batch && !this.#config);
        if (servers.length === 0) {
          const { lookups } = this.#run;
          const at = lookups.indexOf(this.#lookup);
          if (at !== -1) lookups.splice(at, 1);
          return;
        }
        this.#lookup.servers.push(...servers);
      } else if (word.startsWith("+")) {
        this.#plus(word.slice(1));
        // The reference cuts an empty value off, and what is read already is shown so.
        this.#shown[i] = word.replace(/^(\+=*[^=]+)=$/, "$1");
      } else if (word.startsWith("-")) {
        if (await this.#dash(word.slice(1), words[i + 1])) i++;
      } else this.#bareWord(word);
    }
    this.#end();
  }

  /** A line without a name asks for the servers of the root. */
  #end(): void {
    const { lookups, settings } = this.#run;
    if (settings.batch !== undefined && !this.#batch) return;
    if (lookups.length > 0 || this.#config) return;
    const lookup = this.#ownLookup();
    lookup.name = ".";
    lookup.type = TYPE.NS;
    lookup.typeSet = true;
    this.#queue(lookup);
  }

  /** The lookup for the next name. */
  #ownLookup(): Lookup {
    if (this.#needClone) this.#lookup = cloneLookup(this.#run.defaults);
    this.#needClone = true;
    return this.#lookup;
  }

  #queue(lookup: Lookup): void {
    lookup.traceRoot = lookup.trace || lookup.nsSearch;
    lookup.newSearch = true;
    if (this.#firstName) {
      this.#run.greet(lookup, this.#shown);
      this.#firstName = false;
    }
    this.#run.lookups.push(lookup);
  }

  #plus(text: OctetText): void {
    const { settings, output, defaults, lookups } = this.#run;
    this.#lookup = applyOption(text, {
      lookup: this.#lookup,
      settings,
      output,
      isDefault: this.#lookup === defaults,
      startDns64: () => {
        const lookup = this.#ownLookup();
        lookup.dns64prefix = true;
        lookup.name = "ipv4only.arpa";
        lookups.push(lookup);
        return lookup;
      },
    }, () => this.#run.usage());
  }

  #bareWord(word: OctetText): void {
    if (this.#openTypeClass) {
      if (/^ixfr=/i.test(word)) return this.#setIxfr(word.slice(5));
      const type = parseType(word);
      if (type === TYPE.IXFR) {
        this.#run.output.err(";; Warning, ixfr requires a serial number\n");
        return;
      }
      if (type !== undefined) return this.#setType(type, true);
      const rdclass = parseClass(word);
      if (rdclass !== undefined) {
        if (this.#lookup.classSet) this.#run.output.err(";; Warning, extra class option\n");
        this.#lookup.rdclass = rdclass;
        this.#lookup.classSet = true;
        return;
      }
    }
    if (!this.#config) this.#name(word);
  }

  #name(text: OctetText): void {
    const lookup = this.#ownLookup();
    lookup.name = text.slice(0, MAX_TEXT);
    this.#queue(lookup);
  }

  #setIxfr(serial: OctetText): void {
    const { settings, output } = this.#run;
    const lookup = this.#lookup;
    if (lookup.typeSet) output.err(";; Warning, extra type option\n");
    const value = numberUpTo(output, serial, 0xffffffff, "serial number");
    if (value === undefined) fatal(output, "Couldn't parse serial number");
    lookup.type = TYPE.IXFR;
    lookup.typeSet = true;
    lookup.ixfrSerial = value!;
    lookup.question = settings.plusQuestion;
    lookup.comments = settings.plusComments;
    if (!lookup.tcpSet) lookup.tcp = true;
  }

  #setType(type: number, mark: boolean): void {
    const { settings, output } = this.#run;
    const lookup = this.#lookup;
    if (lookup.typeSet) output.err(";; Warning, extra type option\n");
    lookup.type = type;
    if (mark) lookup.typeSet = true;
    if (type === TYPE.AXFR) {
      lookup.question = settings.plusQuestion;
      lookup.comments = settings.plusComments;
    }
    if (type === TYPE.ANY && !lookup.tcpSet) lookup.tcp = true;
    lookup.ixfrSerial = 0;
  }

  /** Carries out `-option`; true when `next` was its value. */
  async #dash(text: OctetText, next: OctetText | undefined): Promise<boolean> {
    const { settings, output } = this.#run;
    let option = text;
    for (; option !== "" && ALONE.includes(option[0]!); option = option.slice(1)) {
      switch (option[0]) {
        case "4":
          if (!settings.ipv4) fatal(output, "can't find IPv4 networking");
          settings.ipv6 = settings.netIpv6 = false;
          break;
        case "6":
          if (!settings.ipv6) fatal(output, "can't find IPv6 networking");
          settings.ipv4 = settings.netIpv4 = false;
          break;
        case "d":
          if (option.length === 1 || !WITH_VALUE.includes(option[1]!)) {
            if (!"debug".startsWith(option.toLowerCase())) this.#run.invalidDash(option);
            return false;
          }
          break;
        case "h":
          await this.#run.helpAndEnd();
          break;
        case "u":
          this.#lookup.microseconds = true;
          break;
        case "v":
          output.err(`DiG ${DIG_VERSION}\n`);
          throw new DigExit(0);
      }
      if (option.length === 1) return false;
    }
    const fromNext = option.length === 1;
    const value = fromNext ? next : option.slice(1);
    if (option === "" || value === undefined) this.#run.invalidDash(option);
    this.#dashValue(option, value!);
    return fromNext;
  }

  #dashValue(option: OctetText, value: OctetText): void {
    const { settings, output } = this.#run;
    const lookup = this.#lookup;
    switch (option[0]) {
      case "b":
        this.#setSource(value);
        return;
      case "c": {
        if (lookup.classSet) output.err(";; Warning, extra class option\n");
        this.#openTypeClass = false;
        const rdclass = parseClass(value);
        if (rdclass === undefined) output.err(`;; Warning, ignoring invalid class ${value}\n`);
        else {
          lookup.rdclass = rdclass;
          lookup.classSet = true;
        }
        return;
      }
      case "f":
        settings.batch = value;
        return;
      case "k":
        settings.keyFile = value.slice(0, MAX_TEXT);
        return;
      case "p": {
        const port = numberUpTo(output, value, 65535, "port number");
        if (port === undefined) fatal(output, "Couldn't parse port number");
        settings.port = port;
        return;
      }
      case "q":
        if (!this.#config) this.#name(value);
        return;
      case "t": {
        this.#openTypeClass = false;
        if (/^ixfr=/i.test(value)) return this.#setIxfr(value.slice(5));
        const type = parseType(value);
        if (type === undefined || type === TYPE.IXFR) {
          output.err(`;; Warning, ignoring invalid type ${value}\n`);
        } else this.#setType(type, !this.#config);
        return;
      }
      case "x":
        this.#reverse(value);
        return;
      case "y":
        this.#setKey(value);
        return;
      default:
        this.#run.invalidDash(option);
    }
  }

  #setSource(value: OctetText): void {
    const { settings, output } = this.#run;
    const hash = value.indexOf("#");
    const host = hash === -1 ? value : value.slice(0, hash);
    let port = 0;
    if (hash !== -1) {
      const given = numberUpTo(output, value.slice(hash + 1), 65535, "port number");
      if (given === undefined) fatal(output, "Couldn't parse port number");
      port = given!;
    }
    const ip = strictIp(host);
    if (ip?.family === 6 && settings.ipv6) settings.netIpv4 = false;
    else if (ip?.family === 4 && settings.ipv4) settings.netIpv6 = false;
    else fatal(output, `invalid address ${value}`);
    settings.bind = { address: host, port };
  }

  #reverse(value: OctetText): void {
    const lookup = this.#ownLookup();
    const name = reverseName(value);
    if (name === undefined) {
      this.#run.output.err(`Invalid IP address ${value}\n`);
      throw new DigExit(1);
    }
    lookup.name = name;
    if (!lookup.typeSet) lookup.type = TYPE.PTR;
    if (!lookup.classSet) lookup.rdclass = 1;
    this.#queue(lookup);
  }

  #setKey(value: OctetText): void {
    const { settings, output } = this.#run;
    const parts = /^:*([^:]+):+([^:]+)(?::([^]+))?/.exec(value);
    if (parts === null) this.#run.usage();
    const [, first, second, third] = parts as RegExpExecArray;
    if (third === undefined) {
      settings.keyAlgorithm = "hmac-md5";
      settings.keyBits = 0;
      settings.keyName = first!;
      settings.keySecret = second!;
      return;
    }
    const hmac = parseHmac(output, first!);
    settings.keyBits = hmac?.bits ?? 0;
    if (hmac !== undefined) settings.keyAlgorithm = hmac.algorithm;
    settings.keyName = second!;
    settings.keySecret = third;
  }
}
