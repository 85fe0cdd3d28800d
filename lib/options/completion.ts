// Shell completions from the schemas: bash, zsh, fish. Pure.
import { type Command, dashed } from "./command.ts";
import type { Option, Schema } from "./schema.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = typeof SHELLS[number];

const takesValue = ({ arity }: Option<unknown>) => arity === "one" || arity === "list";

/** Listed options with all their spellings. */
function listed(schema: Schema): [names: readonly string[], option: Option<unknown>][] {
  return Object.entries(schema).filter(([, option]) => !option.hidden)
    .map(([name, option]) => [[name, ...(option.aliases ?? [])], option]);
}

/** Spellings of a flag without dashes; of one that can be on by default also the one that switches it off. */
function flagNames(names: readonly string[], option: Option<unknown>): string[] {
  const on = option.arity === "switch" && option.fallback !== false;
  return on ? [...names, `no-${names[0]}`] : [...names];
}

/** What may stand behind a comma in an argument: names that take a value end in `=`. */
function partWords(schema: Schema = {}): string[] {
  return listed(schema).map(([[name], option]) => takesValue(option) ? `${name}=` : name!);
}

/** Options whose value is one of some words. */
function choicesOf(schema: Schema = {}): [names: readonly string[], choices: readonly string[]][] {
  return listed(schema).flatMap(([names, { type }]) => type.choices === undefined ? [] : [[names, type.choices]]);
}

function bash(commands: readonly Command[]): string {
  const values: string[] = [], words: string[] = [];
  for (const { name, flags, completes } of commands) {
    for (const [names, choices] of choicesOf(flags)) {
      const cases = names.map((spelling) => `"${name} ${dashed(spelling)}"`).join("|");
      values.push(`    ${cases}) words="${choices.join(" ")}" ;;`);
    }
    for (const [names, choices] of choicesOf(completes?.options)) {
      const cases = names.map((spelling) => `"${name} ${spelling}"`).join("|");
      values.push(`    ${cases}) words="${choices.join(" ")}" ;;`);
    }
    const files = listed(flags).filter(([, { type }]) => type.file).flatMap(([names]) => names);
    if (files.length > 0) {
      values.push(`    ${files.map((file) => `"${name} ${dashed(file)}"`).join("|")}) words= ;;`);
    }
    const all = listed(flags).flatMap(([names, option]) => flagNames(names, option).map(dashed));
    const parts = partWords(completes?.options);
    words.push(
      `      ${name}) words="${[...all, "--help", ...(completes?.words ?? [])].join(" ")}"` +
        `${parts.length === 0 ? "" : ` parts="${parts.join(" ")}"`} ;;`,
    );
  }
  // Bash takes "=" and ":" for ends of words.
  return `# bash completion for netlab: eval "$(netlab completions bash)"
_netlab() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" of= words=none parts=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(" ")} help completions --version --help" -- "$cur"))
    return
  fi
  if [ "$cur" = = ]; then cur= of="\${prev##*,}"
  elif [ "$prev" = = ]; then of="\${COMP_WORDS[COMP_CWORD-2]##*,}"
  else case "$prev" in -*) of="$prev" ;; esac
  fi
  case "\${COMP_WORDS[1]} $of" in
${values.join("\n")}
  esac
  if [ "$words" = none ]; then
    case "\${COMP_WORDS[1]}" in
${words.join("\n")}
      completions) words="${SHELLS.join(" ")}" ;;
      help) words="${commands.map((c) => c.name).join(" ")}" ;;
    esac
  fi
  case "$cur" in
    *,*) COMPREPLY=($(compgen -P "\${cur%,*}," -W "$parts" -- "\${cur##*,}")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
  esac
  case "\${COMPREPLY[0]}" in *[:=] | *,*) compopt -o nospace 2>/dev/null ;; esac
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -F _netlab netlab
`;
}

const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll("[", "\\[").replaceAll("]", "\\]");

function zsh(commands: readonly Command[]): string {
  const functions: string[] = [];
  const cases = commands.map(({ name, flags, completes }) => {
    const specs = listed(flags).flatMap(([names, option]) =>
      flagNames(names, option).map((spelling) => {
        const { type } = option;
        const placeholder = quoted((option.placeholder ?? type.placeholder ?? "VALUE").replaceAll(":", " "));
        const action = type.choices === undefined ? (type.file ? "_files" : "") : `(${type.choices.join(" ")})`;
        const value = takesValue(option) ? `:${placeholder}:${action}` : "";
        return `'*${dashed(spelling)}[${quoted(option.help)}]${value}'`;
      })
    );
    if (completes === undefined) return `    ${name}) _arguments -s ${specs.join(" ")} '*:argument:_files' ;;`;
    const choices = choicesOf(completes.options).map(([names, words]) =>
      `      ${names.join("|")}) compadd -- ${words.join(" ")} ;;`
    );
    functions.push(`_netlab_${name}() {
  if compset -P '*,'; then
    if [[ $PREFIX != *=* ]]; then compadd -S '' -- ${partWords(completes.options).join(" ")}; return; fi
    local option=\${PREFIX%%=*}
    compset -P '*='
    case $option in
${[...choices, "      *) _files ;;"].join("\n")}
    esac
    return
  fi
  compadd -S '' -- ${completes.words.join(" ")}
  compset -P '*:'
  _files
}
`);
    return `    ${name}) _arguments -s ${specs.join(" ")} '*--help[Show the help]' '*:argument:_netlab_${name}' ;;`;
  });
  return `#compdef netlab
# zsh completion for netlab: netlab completions zsh > "\${fpath[1]}/_netlab"
${functions.join("")}_netlab() {
  local -a commands
  commands=(${
    commands.map((c) => `'${c.name}:${quoted(c.summary)}'`).join(" ")
  } 'help:Show help' 'completions:Print shell completions')
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join("\n")}
    completions) _values shell ${SHELLS.join(" ")} ;;
    help) _describe command commands ;;
  esac
}
_netlab "$@"
`;
}

function fish(commands: readonly Command[]): string {
  const q = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = ["# fish completion for netlab: netlab completions fish | source", "complete -c netlab -f"];
  for (const { name: command, summary, flags, completes } of commands) {
    lines.push(`complete -c netlab -n __fish_use_subcommand -a ${command} -d ${q(summary)}`);
    const only = `-n '__fish_seen_subcommand_from ${command}'`;
    for (const [names, option] of listed(flags)) {
      const forms = flagNames(names, option).map((spelling) =>
        `${spelling.length === 1 ? "-s" : spelling.length === 2 ? "-o" : "-l"} ${q(spelling)}`
      ).join(" ");
      const value = !takesValue(option)
        ? ""
        : option.type.choices !== undefined
        ? ` -x -a ${q(option.type.choices.join(" "))}`
        : option.type.file
        ? " -r -F"
        : " -x";
      lines.push(`complete -c netlab ${only} ${forms}${value} -d ${q(option.help)}`);
    }
    if (completes === undefined) continue;
    const part = "(string replace -r '^.*,' '' -- $word)";
    lines.push(
      `function __netlab_${command}`,
      "  set -l word (commandline -ct)",
      "  set -l head (string match -r '^.*,' -- $word)",
      `  if test -z "$head"`,
      `    printf '%s\\n' ${completes.words.map(q).join(" ")}`,
      "    return",
      "  end",
      `  switch ${part}`,
      ...choicesOf(completes.options).flatMap(([names, words]) => [
        `    case ${names.map((name) => q(`${name}=*`)).join(" ")}`,
        `      for choice in ${words.join(" ")}`,
        `        echo $head(string replace -r '=.*' = -- ${part})$choice`,
        "      end",
      ]),
      "    case '*'",
      `      for option in ${partWords(completes.options).join(" ")}`,
      "        echo $head$option",
      "      end",
      "  end",
      "end",
      `complete -c netlab ${only} -a '(__netlab_${command})'`,
    );
  }
  lines.push(`complete -c netlab -n '__fish_seen_subcommand_from completions' -a ${q(SHELLS.join(" "))}`);
  return lines.join("\n") + "\n";
}

/** The completion script of a shell for all commands. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return shell === "bash" ? bash(commands) : shell === "zsh" ? zsh(commands) : fish(commands);
}
