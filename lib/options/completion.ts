// Shell completions from the schemas: bash, zsh, fish. Pure.
import { type Command, dashed } from "./command.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = typeof SHELLS[number];

function flagWords(command: Command): string[] {
  return Object.entries(command.flags).filter(([, option]) => !option.hidden)
    .flatMap(([name, option]) => [name, ...(option.aliases ?? [])].map(dashed));
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) =>
    `    ${command.name}) words="${[...flagWords(command), ...(command.completes ?? [])].join(" ")}" ;;`
  );
  return `# bash completion for netlab: eval "$(netlab completions bash)"
_netlab() {
  local cur words
  cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((c) => c.name).join(" ")} help completions --version --help" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    completions) words="${SHELLS.join(" ")}" ;;
    help) words="${commands.map((c) => c.name).join(" ")}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "\${COMPREPLY[0]}" in *:) compopt -o nospace 2>/dev/null ;; esac
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -F _netlab netlab
`;
}

const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll("[", "\\[").replaceAll("]", "\\]");

function zsh(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const flags = Object.entries(command.flags).filter(([, option]) => !option.hidden).flatMap(([name, option]) =>
      [name, ...(option.aliases ?? [])].map((spelling) => {
        const value = option.arity === "one" || option.arity === "list"
          ? `:${quoted((option.placeholder ?? option.type.placeholder ?? "VALUE").replaceAll(":", " "))}:${
            option.type.choices === undefined
              ? (option.type.file ? "_files" : "")
              : `(${option.type.choices.join(" ")})`
          }`
          : "";
        return `'*${dashed(spelling)}[${quoted(option.help)}]${value}'`;
      })
    );
    const words = (command.completes ?? []).map((word) => word.replaceAll(":", "\\:")).join(" ");
    return `    ${command.name}) _arguments -s ${flags.join(" ")} '*:argument:(${words})' ;;`;
  });
  return `#compdef netlab
# zsh completion for netlab: netlab completions zsh > "\${fpath[1]}/_netlab"
_netlab() {
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
  for (const command of commands) {
    lines.push(`complete -c netlab -n __fish_use_subcommand -a ${command.name} -d ${q(command.summary)}`);
    const only = `-n '__fish_seen_subcommand_from ${command.name}'`;
    for (const [name, option] of Object.entries(command.flags)) {
      if (option.hidden) continue;
      const forms = [name, ...(option.aliases ?? [])].map((spelling) =>
        spelling.length === 1 ? `-s ${spelling}` : spelling.length === 2 ? `-o ${spelling}` : `-l ${spelling}`
      ).join(" ");
      const value = option.arity === "one" || option.arity === "list"
        ? option.type.choices === undefined
          ? (option.type.file ? " -r -F" : " -x")
          : ` -x -a ${q(option.type.choices.join(" "))}`
        : "";
      lines.push(`complete -c netlab ${only} ${forms}${value} -d ${q(option.help)}`);
    }
    if (command.completes !== undefined) lines.push(`complete -c netlab ${only} -a ${q(command.completes.join(" "))}`);
  }
  lines.push(`complete -c netlab -n '__fish_seen_subcommand_from completions' -a ${q(SHELLS.join(" "))}`);
  return lines.join("\n") + "\n";
}

/** The completion script of a shell for all commands. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return shell === "bash" ? bash(commands) : shell === "zsh" ? zsh(commands) : fish(commands);
}
