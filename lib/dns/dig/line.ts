// One line of words for dig: the command line, a line of a batch file, a line of `~/.digrc`. Pure.
import { formatIp } from "../../base/ip.ts";
import { once } from "../../base/late.ts";
import { cloneLookup, DigExit, fatal } from "./defaults.ts";
import type { DigOutput, Lookup, OctetText, Server, Settings } from "./settings.ts";
import { numberUpTo, parseHmac, reverseName, strictIp } from "./values.ts";
import { parseClass, parseType, TYPE } from "../types.ts";

/** What the banner and `-v` call the program: the dig whose words and text these are. */
export const DIG_VERSION = "9.18.49-netlab";

export const USAGE = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]
`;

/** Options that stand alone and may be followed by more letters; options that take a value. */
export const ALONE = "46dhimnruv";
export const WITH_VALUE = "46bcdfhikmnpqrtvyx";
/** A name, a line: what dig has room for. */
export const MAX_TEXT = 1023;

/** Prints how dig is called and ends the run with status 1. */
function usage(output: DigOutput): never {
  output.err(`${USAGE}\nUse "dig -h" (or "dig -h | more") for complete list of options\n`);
  throw new DigExit(1);
}

/** The same behind the `-` option that cannot be used. */
export function invalidDash(output: DigOutput, option: OctetText): never {
  output.err(`Invalid option: -${option}\n`);
  return usage(output);
}

/** `+` options: most of this file is read without any of them. */
const options = once<typeof import("./options.ts")>(() => import(import.meta.resolve("./options.ts")));

/** The run of dig that a line is read for. */
export interface LineRun {
  readonly settings: Settings;
  readonly output: DigOutput;
  /** The lookup that others are cloned from. */
  readonly defaults: Lookup;
  /** Lookups read and not yet taken. */
  readonly lookups: Lookup[];
  /** Sets the banner on the first lookup of a line. */
  greet(lookup: Lookup, words: readonly OctetText[]): void;
  /** The addresses of `@server`; none when there are none, which ends the run unless it stands in a batch line. */
  servers(given: OctetText, inBatch: boolean): Promise<Server[]>;
  /** Prints the help and ends the run. */
  helpAndEnd(): Promise<never>;
}

/** Reads the words of one line. */
export class LineReader {
  readonly #run: LineRun;
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

  constructor(run: LineRun, words: readonly OctetText[], batch: boolean, config: boolean) {
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
      this.#debug(`main parsing ${word}`);
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
        await this.#plus(word.slice(1));
        // The reference cuts an empty value off, as the empty data of an EDNS option, and what is read already is shown so.
        this.#shown[i] = word.replace(/^(\+=*[^=]+)=$/, "$1").replace(/^(\+=*ednso[^=]*=:*[^:]+):$/i, "$1");
      } else if (word.startsWith("-")) {
        if (await this.#dash(word.slice(1), words[i + 1])) i++;
      } else this.#bareWord(word);
    }
    this.#end();
  }

  /** `-d`: a step of the run, in dig's words. */
  #debug(text: OctetText): void {
    if (this.#run.settings.debug) this.#run.output.err(`${text}\n`);
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

  async #plus(text: OctetText): Promise<void> {
    const { applyOption } = await options();
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
    }, () => usage(this.#run.output));
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
    this.#debug(`looking up ${lookup.name}`);
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
    lookup.ixfrSerial = value;
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
            if (!"debug".startsWith(option.toLowerCase())) invalidDash(this.#run.output, option);
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
    if (option === "" || value === undefined) invalidDash(this.#run.output, option);
    this.#dashValue(option, value);
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
        invalidDash(this.#run.output, option);
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
      port = given;
    }
    const ip = strictIp(host);
    if (ip?.family === 6 && settings.ipv6) settings.netIpv4 = false;
    else if (ip?.family === 4 && settings.ipv4) settings.netIpv6 = false;
    else fatal(output, `invalid address ${value}`);
    settings.bind = { address: formatIp(ip), port };
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
    if (parts === null) usage(this.#run.output);
    const [, first = "", second = "", third] = parts;
    if (third === undefined) {
      settings.keyAlgorithm = "hmac-md5";
      settings.keyBits = 0;
      settings.keyName = first;
      settings.keySecret = second;
      return;
    }
    const hmac = parseHmac(output, first);
    settings.keyBits = hmac?.bits ?? 0;
    if (hmac !== undefined) settings.keyAlgorithm = hmac.algorithm;
    settings.keyName = second;
    settings.keySecret = third;
  }
}
