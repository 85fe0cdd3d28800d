import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/base/errors.ts";
import { defineCommand, parseCommand } from "../../../lib/options/command.ts";
import { completionScript, SHELLS } from "../../../lib/options/completion.ts";
import { addressOptionForms, commandHelp, flagTable } from "../../../lib/options/help.ts";
import {
  attached,
  choice,
  count,
  DURATION,
  FILE,
  integer,
  list,
  one,
  SIZE,
  TEXT,
  toggle,
} from "../../../lib/options/schema.ts";

const COMMAND = defineCommand({
  name: "test",
  summary: "tests",
  usage: ["test [FLAGS]"],
  examples: [["test -v", "shows"]],
  flags: {
    v: toggle({ help: "Verbose", aliases: ["verbose"] }),
    d: count({ help: "More" }),
    lf: one(FILE, { help: "Log file" }),
    b: one(SIZE, { help: "Block", fallback: 8192 }),
    t: one(DURATION, { help: "Time" }),
    port: one(integer(1, 65535), { help: "Port" }),
    allow: list(TEXT, { help: "Allow" }),
    log: one(choice(["text", "json"]), { help: "Form", fallback: "text" }),
  },
});
const parse = (...argv: string[]) => parseCommand(COMMAND, argv);

Deno.test("parseCommand() reads socat's short forms", () => {
  const { values, args } = parse("-vdd", "-d", "-lf", "x.log", "-b1k", "-t0.5", "-", "tcp:a:1");
  assertEquals(values, { v: true, d: 3, lf: "x.log", b: 1024, t: 500, port: undefined, allow: [], log: "text" });
  assertEquals(args, ["-", "tcp:a:1"]);
  assertEquals(parse("-d0").values.d, 0);
  assertEquals(parse("-d3", "-lfx").values.lf, "x");
});

Deno.test("parseCommand() reads long forms, lists in order, and -- ", () => {
  const { values, args } = parse("--allow=a", "--allow", "b", "--log", "JSON", "--no-verbose", "--", "-v");
  assertEquals([values.allow, values.log, values.v, args], [["a", "b"], "json", false, ["-v"]]);
});

Deno.test("parseCommand() takes values that begin with a dash or look like numbers", () => {
  assertEquals(parse("--lf=-").values.lf, "-");
  assertEquals(parse("--allow", "007").values.allow, ["007"]);
});

Deno.test("parseCommand() names the culprit", () => {
  const message = (...argv: string[]) => assertThrows(() => parse(...argv), UsageError).message;
  assertEquals(message("--verbos"), 'Unknown flag "--verbos": did you mean "--verbose"?');
  assertEquals(message("--no-verbos"), 'Unknown flag "--no-verbos": did you mean "--no-verbose"?');
  assertEquals(message("--no-prt"), 'Unknown flag "--no-prt"');
  assertEquals(message("-z"), 'Unknown flag "-z"');
  assertEquals(message("--port"), 'Flag "--port" needs a value');
  assertEquals(message("--port=0"), 'Cannot parse flag "--port": "0" is not a whole number from 1 to 65535');
  assertEquals(message("-t", "abc").includes('Cannot parse flag "-t": "abc" is not a number of seconds'), true);
  assertEquals(message("--log=xml"), 'Cannot parse flag "--log": "xml" is not one of text, json');
});

Deno.test("help, tables and completions come from the schema", () => {
  const help = commandHelp(COMMAND);
  for (const part of ["netlab test -v", "-v, --verbose", "-b SIZE", "(default 8192)", "--allow TEXT"]) {
    assertStringIncludes(help, part);
  }
  assertStringIncludes(flagTable(COMMAND.flags), "| `--log text\\|json` | Form (default text) |");
  assertEquals(addressOptionForms("seek", attached(integer(0), { help: "Offset", aliases: ["at"] })), "seek, at[=N]");
  for (const shell of SHELLS) assertStringIncludes(completionScript(shell, [COMMAND]), "netlab");
});
