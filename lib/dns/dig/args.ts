// dig's command line: words, `-x` options, `+` options, several lookups, `~/.digrc` and batch lines. Pure.
// Options before the first name change the defaults that later lookups are cloned from; after a name they are its own.
import { DnsName } from "../name.ts";
import { LineReader, type LineRun } from "./line.ts";
import { type FindAddresses, resolveServer } from "./server.ts";
import { defaultLookup, defaultSettings, DigExit, type DigOutput, fatal } from "./settings.ts";
import type { Lookup, OctetText, Server, Settings, SystemDefaults } from "./settings.ts";
import { ALONE, DIG_VERSION, invalidDash, MAX_TEXT, WITH_VALUE } from "./words.ts";

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
    system: SystemDefaults,
    output: DigOutput,
    findAddresses: FindAddresses,
    help: (output: DigOutput) => Promise<void>,
  ) {
    this.system = system;
    this.settings = defaultSettings(system);
    this.defaults = defaultLookup(system, DnsName.root);
    this.output = output;
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
          fatal(this.output, "only one of -4 and -6 allowed");
        }
        only4 ||= option[0] === "4";
        only6 ||= option[0] === "6";
      }
      if (option === "") continue;
      if (!WITH_VALUE.includes(option[0]!)) invalidDash(this.output, option);
      // The value is the next argument, which is not an option then.
      if (option.length === 1 && ++i === args.length) invalidDash(this.output, option);
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

/** The words of a line, at most `most` of them. */
function splitLine(line: OctetText, most: number): OctetText[] {
  return line.split(/[ \t\r\n]+/).filter((word) => word !== "").slice(0, most);
}
