// `netlab help`, `netlab COMMAND --help`, `netlab completions SHELL`: everything that is printed from the schemas.
import { UsageError } from "../lib/base/errors.ts";
import { nearest } from "../lib/base/text.ts";
import { ADDRESS_TYPES, addressType } from "../lib/address/list.ts";
import { COMMON_OPTIONS } from "../lib/address/common.ts";
import { type Command, defineCommand } from "../lib/options/command.ts";
import { HELP, OWN_HELP } from "../lib/dns/dig/help.ts";
import { addressOptionForms, columns, commandHelp, grouped, wrap } from "../lib/options/help.ts";
import { completionScript, type Shell, SHELLS } from "../lib/options/completion.ts";
import { type Schema, spellings } from "../lib/options/schema.ts";
import { DUMP } from "./dump/flags.ts";
import { RELAY } from "./relay/flags.ts";
import { SOCKS } from "./socks/flags.ts";

/** dig's words are BIND's and have a grammar of their own; here is only what completions and the overview need. */
const DIG = defineCommand({
  name: "dig",
  summary: "asks name servers, as BIND's dig does",
  usage: ["dig [@SERVER] [-p PORT] NAME [TYPE] [CLASS] [+OPTION ...]"],
  examples: [["dig @127.0.0.1 -p 1234 example.test MX +short", "ask a server on a port of your own"]],
  flags: {},
  completes: { words: digWords(OWN_HELP + HELP) },
});

/** The options that dig's help names. */
function digWords(help: string): string[] {
  const words = new Set([..."46bcfkmpqrtuvxy"].map((letter) => `-${letter}`));
  for (const [, no, name, value] of help.matchAll(/\+(\[no\])?([a-z][a-z0-9-]*)(=?)/g)) {
    words.add(`+${name}${value}`);
    if (no !== undefined) words.add(`+no${name}`);
  }
  return [...words];
}

/** Second names of addresses that people type rather than the first. */
const OFTEN: ReadonlySet<string> = new Set(["TLS", "TLS-LISTEN", "UNIX", "FILE", "CONNECT", "LISTEN"]);

/** The options of all addresses by their names. */
function allOptions(): Schema {
  const all: Record<string, Schema[string]> = { ...COMMON_OPTIONS };
  for (const { options } of ADDRESS_TYPES) for (const [name, option] of Object.entries(options)) all[name] ??= option;
  return all;
}

/** Every command, in the order of the overview. To add a command: its flags file here, its line in main.ts. */
export const COMMANDS: readonly Command[] = [
  {
    ...RELAY,
    completes: {
      words: ADDRESS_TYPES.flatMap(({ names, params }) =>
        names.filter((name, i) => i === 0 || OFTEN.has(name)).map((name) =>
          name.toLowerCase() + (params.min > 0 ? ":" : "")
        )
      ),
      parts: ADDRESS_TYPES.map(({ names, options }) => ({
        heads: [...names.map((name) => name.toLowerCase()), ...(names[0] === "GOPEN" ? ["*/*"] : [])],
        options: { ...COMMON_OPTIONS, ...options },
      })),
    },
  },
  SOCKS,
  DIG,
  DUMP,
] as readonly Command[];

/** The commands with the names of protocols as choices, for completions: to load them takes time. */
async function withProtocols(): Promise<Command[]> {
  const { protocolNames } = await import(import.meta.resolve("../lib/dissect/follow/choose.ts"));
  const choices = protocolNames();
  return COMMANDS.map((command) => ({
    ...command,
    flags: Object.fromEntries(
      Object.entries(command.flags).map(([name, option]) => [
        name,
        option.placeholder === "PROTOCOL" ? { ...option, type: { ...option.type, choices } } : option,
      ]),
    ),
  }));
}

/** Prints what was asked for; the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const [word = "help", ...rest] = argv;
  if (word === "completions") {
    const shell = rest[0];
    if (!SHELLS.includes(shell as Shell)) {
      const not = shell === undefined ? "name one" : `not "${shell}"`;
      throw new UsageError(`Completions are for ${SHELLS.join(", ")}: ${not}`, "for example: netlab completions bash");
    }
    await print(completionScript(shell as Shell, await withProtocols()));
    return 0;
  }
  const topic = word === "help" ? rest[0] : undefined;
  if (topic === undefined) {
    await print(overview());
    return 0;
  }
  const command = COMMANDS.find(({ name }) => name === topic);
  if (command === undefined) {
    if (/^address$/i.test(topic) || addressType(topic.replace(/:.*/, "")) !== undefined) {
      await print(addressHelp(topic));
      return 0;
    }
    const near = nearest(topic, COMMANDS.map(({ name }) => name));
    throw new UsageError(
      `Unknown command "${topic}"${near === undefined ? "" : `: did you mean "${near}"?`}`,
      "see: netlab help",
    );
  }
  if (command.name === "dig") return await (await import("./dig.ts")).run(["--help"]);
  if (rest[1]?.toUpperCase() === "FLAGS") await print(commandHelp(command, true));
  else if (command.name === "relay" && rest[1] === "--compat") {
    await print(rest[2] === undefined ? compatHelp() : compatHelp() + compatOptions());
  } else if (command.name === "relay" && rest[1] !== undefined) await print(addressHelp(rest[1]));
  else await print(commandHelp(command));
  return 0;
}

async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

function overview(): string {
  return [
    "netlab: see, carry and speak network protocols",
    `Commands:\n${columns(COMMANDS.map(({ name, summary }) => [name, summary]), 12)}`,
    `Examples:\n${COMMANDS.map(({ examples }) => `  netlab ${examples[0]![0]}\n      ${examples[0]![1]}`).join("\n")}`,
    wrap(
      "netlab COMMAND --help explains a command; netlab relay --help ADDRESS lists what relay can open. " +
        "netlab completions bash|zsh|fish prints shell completions; netlab --version the version.",
      78,
    ),
  ].join("\n\n") + "\n";
}

function optionLines(schema: Schema): string {
  return columns(
    Object.entries(schema).filter(([, option]) => !option.hidden).map(([name, option]) => [
      addressOptionForms(name, option),
      option.help,
    ]),
  );
}

/** An option by any of its names, and the addresses that take it. */
function optionHelp(word: string): string | undefined {
  const found = new Map<string, string[]>();
  const look = (schema: Schema, type: string) => {
    for (const [name, option] of Object.entries(schema)) {
      if (option.hidden || ![name, ...(option.aliases ?? [])].includes(word)) continue;
      const text = columns([[addressOptionForms(name, option), option.help]]);
      found.set(text, [...(found.get(text) ?? []), type]);
    }
  };
  look(COMMON_OPTIONS, "any address");
  for (const { names, options } of ADDRESS_TYPES) look(options, names[0]!);
  if (found.size === 0) return undefined;
  const parts = [...found].map(([text, types]) => `${text}\n  ${wrap(`Of: ${types.join(", ")}`, 76, "  ")}`);
  return parts.join("\n\n") + "\n";
}

/**
 * `relay --compat -h`: all flags, and each name of each address in small letters, in order, as scripts look for them. Whoever
 * looks there whether a word is taken finds those too that other lists leave out.
 */
function compatHelp(): string {
  const flags = Object.entries(RELAY.flags).map(([name, option]) => [name, { ...option, hidden: false }]);
  const heads = ADDRESS_TYPES.flatMap(({ names }) => names).sort().map((name) =>
    `      ${name.toLowerCase()}${/:.*?(?= or |$)/.exec(addressType(name)!.syntax) ?? ""}`
  );
  const listed: Command = { ...RELAY, flags: Object.fromEntries(flags) };
  return `${commandHelp(listed, true)}\n   address-head:\n${heads.join("\n")}\n`;
}

/** What `-hh` adds: each name of each option, in order, with what it means behind a tab. */
function compatOptions(): string {
  const options = allOptions();
  const lines = [...spellings(options)].map(([name, main]) => `      ${name}\t${options[main]!.help}`);
  return `   opts:\n${lines.sort().join("\n")}\n`;
}

/** All address types with their options, or one type (or one option) in full. */
function addressHelp(topic: string): string {
  const type = addressType(topic.replace(/:.*/, ""));
  if (type !== undefined) {
    return [
      `${type.syntax}\n  ${type.summary}`,
      `Names: ${type.names.join(", ")}`,
      ...(Object.keys(type.options).length === 0 ? [] : [`Options:\n${optionLines(type.options)}`]),
      `Options of any address:\n${optionLines(COMMON_OPTIONS)}`,
    ].join("\n\n") + "\n";
  }
  if (topic.toUpperCase() !== "ADDRESS") {
    const option = optionHelp(topic.toLowerCase().replace(/=.*/, ""));
    if (option !== undefined) return option;
    const near = nearest(topic.toUpperCase(), ADDRESS_TYPES.flatMap(({ names }) => names));
    throw new UsageError(
      `Unknown address type or option "${topic}"${near === undefined ? "" : `: did you mean "${near}"?`}`,
      "see: netlab relay --help ADDRESS",
    );
  }
  return [
    wrap(
      "An address is TYPE:parameter:parameter,option=value,option. Types and options may be written in any case. " +
        "Quotes and backslashes protect colons and commas; brackets go around IPv6 addresses. READ!!WRITE reads from " +
        "one address and writes to another.",
      78,
    ),
    `Types:\n${columns(ADDRESS_TYPES.map(({ syntax, summary }) => [syntax, summary]), 34)}`,
    ...[...grouped(allOptions())].map(([group, options]) =>
      `${group}:\n${columns(options.map(([name, option]) => [addressOptionForms(name, option), option.help]), 34)}`
    ),
    "netlab relay --help TCP-LISTEN shows one type with its names and options, --help bind one option.",
  ].join("\n\n") + "\n";
}
