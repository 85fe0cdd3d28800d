// `deno task docs`: rewrites the README's reference, which is made from the schemas, between their marks.
import { ADDRESS_TYPES } from "../../lib/address/list.ts";
import { COMMON_OPTIONS } from "../../lib/address/common.ts";
import { LAYERS } from "../../lib/dissect/layers.ts";
import { PROTOCOLS } from "../../lib/dissect/list.ts";
import { addressOptionTable, flagTable } from "../../lib/options/help.ts";
import { COMMANDS } from "../../cmd/help.ts";
import type { Schema } from "../../lib/options/schema.ts";

const README = new URL("../../README.md", import.meta.url);

const cell = (text: string) => text.replaceAll("|", "\\|");

function addressTable(): string {
  return [
    "| address | other names | what it does |",
    "|---|---|---|",
    ...ADDRESS_TYPES.map(({ syntax, names, summary }) => {
      const shown = syntax.split(/[:,[ ]/)[0];
      const others = names.filter((name) => name !== shown).map((name) => `\`${name}\``).join(" ");
      return `| \`${cell(syntax)}\` | ${others} | ${cell(summary)} |`;
    }),
  ].join("\n");
}

function optionTables(): string {
  const groups = new Map<string, Record<string, Schema[string]>>();
  for (const schema of [COMMON_OPTIONS, ...ADDRESS_TYPES.map(({ options }) => options)] as Schema[]) {
    for (const [name, option] of Object.entries(schema)) {
      const group = option.group ?? "Other";
      const options = groups.get(group) ?? {};
      options[name] ??= option;
      groups.set(group, options);
    }
  }
  return [...groups].map(([group, options]) => `**${group}**\n\n${addressOptionTable(options)}`).join("\n\n");
}

/** Names as typed, titles and usual ports of everything that can be explained; the layers below by name. */
function protocolList(): string {
  const entries = PROTOCOLS.map(({ name, title, tcp = [], udp = [] }) => {
    const both = tcp.filter((port) => udp.includes(port));
    const ports = [
      ...both,
      ...tcp.filter((port) => !both.includes(port)),
      ...udp.filter((port) => !both.includes(port)).map((port) => `${port}/udp`),
    ];
    return `\`${name}\`${title.toLowerCase() === name ? "" : ` ${title}`}${
      ports.length === 0 ? "" : ` (${ports.join(", ")})`
    }`;
  }).sort();
  const layers = LAYERS.map(({ name }) => name).filter((name) => name !== "data");
  return `${entries.join(" · ")}\n\nLayers of packets: ${layers.join(", ")}.`;
}

const flagsOf = (name: string) => flagTable(COMMANDS.find((command) => command.name === name)!.flags);

/** What stands between `<!-- made: NAME -->` and `<!-- end -->`. */
const PARTS: Record<string, () => string> = {
  "relay flags": () => flagsOf("relay"),
  "addresses": addressTable,
  "address options": optionTables,
  "socks flags": () => flagsOf("socks"),
  "dump flags": () => flagsOf("dump"),
  "protocols": protocolList,
};

/** The page with every made part as it should be. */
export function remake(text: string): string {
  return text.replace(/(<!-- made: ([\w ]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, open, name: string, close) => {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`Nothing makes the part "${name}" of the README`);
    return `${open}\n${part()}\n\n${close}`;
  });
}

if (import.meta.main) {
  await Deno.writeTextFile(README, remake(await Deno.readTextFile(README)));
}
