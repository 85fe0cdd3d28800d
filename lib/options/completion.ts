// Shell completions from the schemas: bash, zsh, fish. Pure.
import { type Command, dashed } from "./command.ts";
import type { Option, Schema } from "./schema.ts";

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
/** One of them. */
export type Shell = typeof SHELLS[number];

const takesValue = ({ arity }: Option<unknown>) => arity === "one" || arity === "list";

/** An option with all its spellings. */
type Listed = readonly [names: readonly string[], option: Option<unknown>];

/** The options that are shown. */
function listed(schema: Schema): Listed[] {
  return Object.entries(schema).filter(([, option]) => !option.hidden)
    .map(([name, option]) => [[name, ...(option.aliases ?? [])], option]);
}

/** Spellings of a flag without dashes; of one that can be on by default also the one that switches it off. */
function flagNames(names: readonly string[], option: Option<unknown>): string[] {
  const on = option.arity === "switch" && option.fallback !== false;
  return on ? [...names, `no-${names[0]}`] : [...names];
}

/** What may stand behind a comma in an argument: names that take a value end in `=`. */
function partWords(schema: Schema): string {
  return listed(schema).map(([[name], option]) => takesValue(option) ? `${name}=` : name!).join(" ");
}

/** The beginnings of arguments (patterns, lower case) and what may stand behind a comma in each; at last in any other. */
function partsByHead(
  parts: NonNullable<Command["completes"]>["parts"] = [],
): [heads: readonly string[], words: string][] {
  const same = new Map<string, string[]>();
  for (const { heads, options } of parts) {
    const words = partWords(options);
    same.set(words, [...(same.get(words) ?? []), ...heads]);
  }
  const all = parts.length === 0 ? [] : [[["*"], partWords(optionsOf(parts))] as [string[], string]];
  return [...[...same].map(([words, heads]) => [heads, words] as [string[], string]), ...all];
}

function optionsOf(parts: NonNullable<Command["completes"]>["parts"] = []): Schema {
  return Object.assign({}, ...parts.map(({ options }) => options).reverse());
}

/** Options whose value is one of some words. */
function choicesOf(schema: Schema = {}): [names: readonly string[], choices: readonly string[]][] {
  return listed(schema).flatMap(([names, { type }]) => type.choices === undefined ? [] : [[names, type.choices]]);
}

/** Cases of what may stand behind each flag, and each option of an argument, that takes a value. */
function bashValues({ name, flags, completes }: Command): string[] {
  const line = (spellings: readonly string[], choices: readonly string[]) =>
    `    ${spellings.map((spelling) => `"${name} ${spelling}"`).join("|")}) words="${choices.join(" ")}" ;;`;
  return [
    ...listed(flags).flatMap(([names, option]) => {
      const { choices } = option.type, value = takesValue(option);
      if (!value && choices === undefined) return [];
      return [line(names.map(dashed).flatMap((flag) => value ? [flag, `${flag}=`] : [`${flag}=`]), choices ?? [])];
    }),
    ...choicesOf(optionsOf(completes?.parts)).map(([names, choices]) => line(names, choices)),
  ];
}

/** The case of what may begin an argument of a command. */
function bashWords({ name, flags, completes }: Command): string {
  const all = listed(flags).flatMap(([names, option]) => flagNames(names, option).map(dashed));
  return `    ${name}) words="${[...all, "--help", ...(completes?.words ?? [])].join(" ")}" ;;`;
}

function bash(commands: readonly Command[]): string {
  const heads = commands.flatMap(({ completes }) =>
    partsByHead(completes?.parts).map(([of, parts]) => `    ${of.join("|")}) words="${parts}" ;;`)
  );
  // Bash takes "=" and ":" for ends of words (COMP_WORDBREAKS), and puts back what stands before.
  return `# bash completion for netlab: eval "$(netlab completions bash)"
_netlab_lower() { case "$1" in *[A-Z]*) printf %s "$1" | tr A-Z a-z ;; *) printf %s "$1" ;; esac; }
_netlab() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" whole i of= value words=none word prefix
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(" ")} help completions --version --help" -- "$cur"))
    return
  fi
  # The word as it stands on the line, and what of it is typed now: the value of a flag or option, or a part of it.
  whole="$cur"
  for ((i = COMP_CWORD; i > 2; i--)); do
    case "\${COMP_WORDS[i]}" in
      [:=]*) ;;
      *) case "\${COMP_WORDS[i-1]}" in *[:=]) ;; *) break ;; esac ;;
    esac
    whole="\${COMP_WORDS[i-1]}$whole"
  done
  prev="\${COMP_WORDS[i-1]}"
  whole="\${whole#[\\"\\']}"
  value="\${whole##*,}"
  case "$whole" in
    --*=*) of="\${whole%%=*}=" value="\${whole#*=}" ;;
    *,*) case "$value" in *=*) of="\${value%%=*}" value="\${value#*=}" ;; *) of=, ;; esac ;;
    *:*) of=: value="\${whole##*:}" ;;
    *) case "$prev" in -?*) of="$prev" ;; esac ;;
  esac
  case "$cur" in [:=]) cur= ;; esac
  case "$cur" in *"$value") prefix="\${cur%"$value"}" ;; *) value="$cur" prefix= ;; esac
  case "\${COMP_WORDS[1]} $of" in
    *" :") words= ;;
    *" ,") words=part ;;
${commands.flatMap(bashValues).join("\n")}
    *" "[!-]*) words= ;;
  esac
  if [ "$words" = none ]; then case "\${COMP_WORDS[1]}" in
${commands.map(bashWords).join("\n")}
    completions) words="${SHELLS.join(" ")}" ;;
    help) words="${commands.map((c) => c.name).join(" ")}" ;;
  esac; fi
  whole="\${whole##*!!}"
  if [ "$words" = part ]; then case "$(_netlab_lower "\${whole%%[:,]*}")" in
${heads.join("\n")}
  esac; fi
  case "$value" in [A-Z]*) words="$(printf %s "$words" | tr a-z A-Z)" ;; esac
  # Without a word of ours bash completes files by itself, but for one in a word that it does not cut.
  while IFS= read -r word; do
    if [ -z "$words" ] && [ -d "$word" ]; then word="$word/"; fi
    COMPREPLY+=("$prefix$word")
  done < <(if [ -n "$words" ]; then compgen -W "$words" -- "$value"; elif [ -n "$prefix" ]; then compgen -f -- "$value"; fi)
  case "\${COMPREPLY[0]:+$of}\${COMPREPLY[0]}" in ,* | *[:=/]) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _netlab -o default netlab
`;
}

const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll("[", "\\[").replaceAll("]", "\\]");

/** A flag for `_arguments`, in each of its spellings. */
function zshFlags([names, option]: Listed): string[] {
  const { type } = option;
  const placeholder = quoted((option.placeholder ?? type.placeholder ?? "VALUE").replaceAll(":", " "));
  const action = type.choices === undefined ? (type.file ? "_files" : "") : `(${type.choices.join(" ")})`;
  return flagNames(names, option).map((spelling) => {
    const [joint, value] = takesValue(option)
      ? [spelling.length === 1 ? "+" : spelling.length > 2 ? "=" : "", `:${placeholder}:${action}`]
      : spelling.length > 2 && type.choices !== undefined
      ? ["=-", `::${placeholder}:${action}`]
      : ["", ""];
    return `'*${dashed(spelling)}${joint}[${quoted(option.help)}]${value}'`;
  });
}

/** The case of one command. */
function zshCase({ name, flags, completes }: Command): string {
  const specs = listed(flags).flatMap(zshFlags).join(" ");
  return completes === undefined
    ? `    ${name}) _arguments -s ${specs} '*:argument:_files' ;;`
    : `    ${name}) _arguments -s ${specs} '*--help[Show the help]' '*:argument:_netlab_${name}' ;;`;
}

/** The function that completes arguments of one command. */
function zshFunction({ name, completes }: Command): string {
  if (completes === undefined) return "";
  const choices = choicesOf(optionsOf(completes.parts)).map(([names, words]) =>
    `      ${names.join("|")}) compadd -- ${words.join(" ")} ;;`
  );
  const heads = partsByHead(completes.parts).map(([of, words]) =>
    `      ${of.join("|")}) compadd $any -S '' -- ${words} ;;`
  );
  return `_netlab_${name}() {
  local -a any=(-M 'm:{a-zA-Z}={A-Za-z}')
  local head=\${(L)\${\${PREFIX##*!!}%%[:,]*}}
  if compset -P '*,'; then
    if [[ $PREFIX != *=* ]]; then case $head in
${heads.join("\n")}
    esac; return; fi
    local option=\${PREFIX%%=*}
    compset -P '*='
    case $option in
${[...choices, "      *) _files ;;"].join("\n")}
    esac
    return
  fi
  compadd $any -S '' -- ${completes.words.join(" ")}
  compset -P '*:'
  _files
}
`;
}

function zsh(commands: readonly Command[]): string {
  return `#compdef netlab
# zsh completion for netlab, behind compinit: eval "$(netlab completions zsh)", or once: netlab completions zsh > "\${fpath[1]}/_netlab"
${commands.map(zshFunction).join("")}_netlab() {
  local -a commands
  commands=(${
    commands.map((c) => `'${c.name}:${quoted(c.summary)}'`).join(" ")
  } 'help:Show help' 'completions:Print shell completions')
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${commands.map(zshCase).join("\n")}
    completions) _values shell ${SHELLS.join(" ")} ;;
    help) _describe command commands ;;
  esac
}
if [[ \${funcstack[1]} == _netlab ]]; then _netlab "$@"; else compdef _netlab netlab; fi
`;
}

const fishQuoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** A flag of `command`. */
function fishFlag(only: string, [names, option]: Listed): string {
  const forms = flagNames(names, option).map((spelling) =>
    `${spelling.length === 1 ? "-s" : spelling.length === 2 ? "-o" : "-l"} ${fishQuoted(spelling)}`
  ).join(" ");
  const { choices, file } = option.type;
  const value = !takesValue(option)
    ? choices === undefined ? "" : ` -a ${fishQuoted(choices.join(" "))}`
    : choices !== undefined
    ? ` -x -a ${fishQuoted(choices.join(" "))}`
    : file
    ? " -r -F"
    : " -x";
  return `complete -c netlab ${only} ${forms}${value} -d ${fishQuoted(option.help)}`;
}

/** The function that completes arguments of one command, and its use. */
function fishArguments(
  only: string,
  name: string,
  { words, parts }: NonNullable<Command["completes"]>,
): string[] {
  return [
    `function __netlab_${name}`,
    "  set -l word (commandline -ct)",
    "  set -l head (string match -r '^.*,' -- $word)",
    `  if test -z "$head"`,
    `    printf '%s\\n' ${words.map(fishQuoted).join(" ")}`,
    "    return",
    "  end",
    "  set -l part (string replace -r '^.*,' '' -- $word)",
    "  switch $part",
    ...choicesOf(optionsOf(parts)).flatMap(([names, choices]) => [
      `    case ${names.map((name) => fishQuoted(`${name}=*`)).join(" ")}`,
      `      printf '%s\\n' $head(string replace -r '=.*' = -- $part)${`{${choices.join(",")}}`}`,
      "      return",
    ]),
    "  end",
    "  switch (string lower -- (string replace -r '[:,].*' '' -- (string replace -r '^.*!!' '' -- $word)))",
    ...partsByHead(parts).flatMap(([of, options]) => [
      `    case ${of.map(fishQuoted).join(" ")}`,
      `      printf '%s\\n' $head{${options.replaceAll(" ", ",")}}`,
    ]),
    "  end",
    "end",
    `complete -c netlab ${only} -a '(__netlab_${name})'`,
  ];
}

function fish(commands: readonly Command[]): string {
  const first = "-n __fish_use_subcommand";
  const names = fishQuoted(commands.map(({ name }) => name).join(" "));
  return [
    "# fish completion for netlab: netlab completions fish | source",
    // Files complete where a value or a path stands, and where dig and dump have them.
    "function __netlab_no_file",
    "  set -l words (commandline -opc)",
    "  string match -qr '^(-[fkr]|help)$' -- $words[-1]; and return 1",
    "  not string match -qr '[:=/.][^,]*$' -- (commandline -ct)",
    "end",
    "complete -c netlab -n __netlab_no_file -f",
    `complete -c netlab ${first} -a help -d 'Show help'`,
    `complete -c netlab ${first} -a completions -d 'Print shell completions'`,
    `complete -c netlab -n '__fish_seen_subcommand_from help' -f -a ${names}`,
    ...commands.flatMap(({ name, summary, flags, completes }) => {
      const only = `-n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c netlab ${first} -a ${name} -d ${fishQuoted(summary)}`,
        ...listed(flags).map((flag) => fishFlag(only, flag)),
        `complete -c netlab ${only} -l help -d 'Show the help'`,
        ...(completes === undefined ? [] : fishArguments(only, name, completes)),
      ];
    }),
    `complete -c netlab -n '__fish_seen_subcommand_from completions' -f -a ${fishQuoted(SHELLS.join(" "))}`,
    "",
  ].join("\n");
}

/** The completion script of a shell for all commands. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return shell === "bash" ? bash(commands) : shell === "zsh" ? zsh(commands) : fish(commands);
}
