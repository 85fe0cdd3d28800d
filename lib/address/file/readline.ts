// READLINE: standard input and output with lines that are edited and remembered, where somebody sits at a terminal.
import { errorText, FormatError } from "../../base/errors.ts";
import { FILE, one, TEXT, toggle, type ValueType } from "../../options/schema.ts";
import { HISTORY_SIZE, LineEditorStream } from "../../stream/line_editor.ts";
import { StdioStream } from "../../stream/stdio.ts";
import { atExit } from "../at_exit.ts";
import { defineAddress, once } from "../model.ts";

const PATTERN: ValueType<RegExp> = {
  placeholder: "PATTERN",
  parse(text) {
    try {
      return new RegExp(text);
    } catch {
      throw new FormatError(`"${text}" is not a regular expression`);
    }
  },
};

const group = "Line editing";

const OPTIONS = {
  history: one(FILE, { group, help: "File that keeps the lines", aliases: ["history-file"] }),
  prompt: one(TEXT, { group, help: "Prompt, instead of the last words of the peer" }),
  noprompt: toggle({ group, help: "No prompt" }),
  noecho: one(PATTERN, { group, help: "After a prompt like this what is typed is not shown, nor remembered" }),
};

function remembered(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "").slice(-HISTORY_SIZE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Error(`Cannot read the lines of earlier times from "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** READLINE. */
export const READLINE = defineAddress({
  names: ["READLINE"],
  syntax: "READLINE",
  summary: "Standard input and output; at a terminal lines are edited, and remembered",
  params: { min: 0, max: 0 },
  options: OPTIONS,
  // The editor looks at $TERM; Ctrl-C is a signal again.
  needs: (_, { history }) => ["env", "run", ...(history === undefined ? [] : ["read", "write"] as const)],
  open: ({ options: { history, prompt, noprompt, noecho }, context }) =>
    once(async () => {
      // What is drawn belongs on a terminal, not into a file.
      if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
        return new StdioStream({ input: true, output: "stdout" }, { label: "stdio" });
      }
      const editor = await LineEditorStream.open({
        prompt: noprompt ? "" : prompt,
        noEcho: noecho,
        history: history === undefined ? [] : remembered(history),
        onInterrupt: () => Deno.kill(Deno.pid, "SIGINT"),
      });
      atExit(() => {
        void editor.close();
        if (history === undefined) return;
        try {
          Deno.writeTextFileSync(history, editor.history.join("\n") + "\n", { mode: 0o600 });
        } catch (error) {
          context.log.warning(`Cannot keep the lines in "${history}": ${errorText(error)}`);
        }
      });
      return editor;
    }),
});
