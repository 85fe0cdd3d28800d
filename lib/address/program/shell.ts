// The command line by which a shell runs a command, on each system. Pure.

/** What is started for a shell. */
export interface ShellStart {
  readonly words: readonly string[];
  /** Windows: the words are the command line as it stands, with no quotes added. */
  readonly raw: boolean;
}

/** The shell that everybody has. */
export const SH = "/bin/sh";

/** The system's shell: on Windows the one that `ComSpec` names. */
export function systemShell(windows: boolean, comSpec: string | undefined): string {
  return windows ? comSpec || "cmd.exe" : SH;
}

/**
 * Has `shell` run `command`, or without one take commands from its input. Windows' cmd.exe reads its command line itself:
 * with `/s` it takes one pair of quotes off, and leaves those within alone. Other shells have `-c`, PowerShell among them.
 */
export function shellStart(shell: string, command: string | undefined, windows: boolean): ShellStart {
  if (command === undefined) return { words: [shell], raw: false };
  return windows && /(?:^|[\\/])cmd(?:\.exe)?$/i.test(shell)
    ? { words: [shell, "/d", "/s", "/c", `"${command}"`], raw: true }
    : { words: [shell, "-c", command, ...shellName(shell)], raw: false };
}

/** What a shell calls itself in its messages, as `system` of the C library has it: without its path. */
function shellName(shell: string): string[] {
  const name = shell.slice(shell.lastIndexOf("/") + 1);
  // Others take the word for an argument of the command.
  return /^(?:ba|da|k|mk|z)?sh$/.test(name) ? [name] : [];
}
