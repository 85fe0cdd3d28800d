// Help and reference text from schemas: for the terminal, and as Markdown for the README. Pure.
import { type Command, dashed } from "./command.ts";
import type { Option, Schema } from "./schema.ts";

/** Wraps `text` to `width` columns, each line after the first indented. */
export function wrap(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${indent}`);
}

function placeholderOf(option: Option<unknown>): string | undefined {
  return option.placeholder ?? option.type.placeholder;
}

/** `-v, --verbose`, `-b SIZE`, spelled as typed. */
function flagForms(name: string, option: Option<unknown>): string {
  const spelled = [name, ...(option.aliases ?? [])].sort((a, b) => a.length - b.length).map(dashed).join(", ");
  if (option.arity === "attached") return `${spelled}[${name.length > 2 ? "=" : ""}${placeholderOf(option)}]`;
  return option.arity === "one" || option.arity === "list" ? `${spelled} ${placeholderOf(option)}` : spelled;
}

function fallbackWords(option: Option<unknown>): string {
  const value = option.fallback;
  if (value === undefined || value === false || Array.isArray(value)) return "";
  return option.help.includes("default") ? "" : ` (default ${option.type.print?.(value) ?? value})`;
}

/** Two columns. */
export function columns(rows: readonly (readonly [string, string])[], left = 26): string {
  return rows.map(([first, second]) => {
    const head = `  ${wrap(first, 76, "  ")}`;
    const body = wrap(second, 78 - left - 2, " ".repeat(left + 2));
    return head.length > left ? `${head}\n${" ".repeat(left + 2)}${body}` : `${head.padEnd(left + 2)}${body}`;
  }).join("\n");
}

/** Options by their group, in the order of the schema. */
export function grouped(schema: Schema): Map<string, [string, Option<unknown>][]> {
  const groups = new Map<string, [string, Option<unknown>][]>();
  // Names that are numbers come first in every record: here last, lest they change the order of the groups.
  const entries = Object.entries(schema);
  const isNumber = ([name]: [string, unknown]) => /^\d+$/.test(name);
  for (const [name, option] of [...entries.filter((entry) => !isNumber(entry)), ...entries.filter(isNumber)]) {
    if (option.hidden) continue;
    const group = option.group ?? "Flags";
    groups.set(group, [...(groups.get(group) ?? []), [name, option]]);
  }
  return groups;
}

/** `netlab COMMAND --help`: examples first. `all`: with the flags that few need. */
export function commandHelp(command: Command, all = false): string {
  const rare = all ? [] : command.rare ?? [];
  const parts = [
    wrap(`netlab ${command.name}: ${command.summary}`, 78),
    `Usage:\n${command.usage.map((line) => `  netlab ${line}`).join("\n")}`,
    `Examples:\n${command.examples.map(([line, does]) => `  netlab ${line}\n      ${does}`).join("\n")}`,
  ];
  for (const [group, options] of grouped(command.flags)) {
    const shown = options.filter(([name]) => !rare.includes(name));
    if (shown.length === 0) continue;
    parts.push(
      `${group}:\n${
        columns(shown.map(([name, option]) => [flagForms(name, option), option.help + fallbackWords(option)]))
      }`,
    );
  }
  if (rare.length > 0) {
    const names = rare.filter((name) => !command.flags[name]?.hidden).map(dashed).join(" ");
    parts.push(wrap(`More flags (netlab ${command.name} --help FLAGS explains them): ${names}`, 78));
  }
  for (const note of command.notes ?? []) parts.push(wrap(note, 78));
  return parts.join("\n\n") + "\n";
}

const cell = (text: string) => text.replaceAll("|", "\\|");

/** A Markdown table of options with what each means. */
function table(heading: string, schema: Schema, forms: (name: string, option: Option<unknown>) => string): string {
  const rows = Object.entries(schema).filter(([, option]) => !option.hidden).map(([name, option]) =>
    `| \`${cell(forms(name, option))}\` | ${cell(option.help + fallbackWords(option))} |`
  );
  return [`| ${heading} | meaning |`, "|---|---|", ...rows].join("\n");
}

/** A Markdown table of a command's flags. */
export function flagTable(schema: Schema): string {
  return table("flag", schema, flagForms);
}

/** `name=VALUE`, `name[=VALUE]` or `name`, with the other spellings. */
export function addressOptionForms(name: string, option: Option<unknown>): string {
  const { arity } = option, value = `=${placeholderOf(option)}`;
  const takes = arity === "attached" ? `[${value}]` : arity === "one" || arity === "list" ? value : "";
  return [name, ...(option.aliases ?? [])].join(", ") + takes;
}

/** A Markdown table of address options. */
export function addressOptionTable(schema: Schema): string {
  return table("option", schema, addressOptionForms);
}
