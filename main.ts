// netlab: see, carry and speak network protocols. Dispatch, the one place that prints a fatal error, the exit status.
import { errorChain, UsageError } from "./lib/base/errors.ts";
import { nearest, printable } from "./lib/base/text.ts";
import { VERSION } from "./lib/base/version.ts";

/** What the file of a command exports. */
interface CommandModule {
  run(argv: readonly string[]): Promise<number>;
  /** Of dump: its arguments as those of a relay, when they are two addresses. */
  asRelay?(argv: readonly string[]): string[] | undefined;
}

/**
 * The files of the commands, each loaded when it is called for: by a name that the runtime does not follow, or it would
 * take in the modules of all of them at every start. `deno.json` names them for `deno compile`.
 */
const load: Record<"relay" | "socks" | "dig" | "dump" | "help", () => Promise<CommandModule>> = {
  relay: () => import(import.meta.resolve("./cmd/relay.ts")),
  socks: () => import(import.meta.resolve("./cmd/socks.ts")),
  dig: () => import(import.meta.resolve("./cmd/dig.ts")),
  dump: () => import(import.meta.resolve("./cmd/dump.ts")),
  help: () => import(import.meta.resolve("./cmd/help.ts")),
};

/** Runs a command line; the exit status. Modules are loaded when their command is called for. */
async function dispatch(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === "-V" || command === "--version" || command === "version") {
    console.log(`netlab ${VERSION}`);
    return 0;
  }
  if (command === "dig") return (await load.dig()).run(rest);
  const asked = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  const help = asked.findIndex((arg) => arg === "--help" || /^-(?:h{1,3}|\?{1,3})$/.test(arg));
  if (
    command === undefined || command === "help" || command === "--help" || command === "-h" || command === "-?" ||
    command === "completions" || help !== -1
  ) {
    // socat's -hh and -hhh list the addresses and options too.
    const flag = command === "relay" ? asked[help] ?? "" : "";
    const all = /^-(?:hh|\?\?)/.test(flag), compat = /^-[h?]/.test(flag) && asked.includes("--compat");
    const topics = [...(compat ? ["--compat"] : []), ...(all ? ["ADDRESS"] : compat ? [] : asked.slice(help + 1))];
    return (await load.help()).run(help !== -1 ? ["help", command!, ...topics] : argv);
  }
  if (asked[0] === "--version") return await dispatch(["-V"]);
  if (command === "relay" && asked.includes("-V") && !asked.includes("--compat")) return await dispatch(["-V"]);
  switch (command) {
    case "relay":
    case "socks":
      return (await load[command]()).run(rest);
    case "dump": {
      const dump = await load.dump();
      // Two addresses in place of a filter: stand between them and explain.
      const relayed = dump.asRelay?.(rest);
      return relayed === undefined ? dump.run(rest) : (await load.relay()).run(relayed);
    }
  }
  const near = nearest(command, ["relay", "socks", "dig", "dump", "help", "completions"]);
  throw new UsageError(
    `Unknown command "${command}"${near === undefined ? "" : `: did you mean "${near}"?`}`,
    "see: netlab help",
  );
}

/** Runs a command line to its end and says what went wrong; the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    const [message] = errorChain(error);
    const hint = error instanceof UsageError && error.hint !== undefined ? ` (${error.hint})` : "";
    console.error(`netlab: ${printable(message ?? "failed")}${hint}`);
    if (Deno.permissions.querySync({ name: "env" }).state === "granted" && Deno.env.get("NETLAB_DEBUG")) {
      console.error(error);
    }
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
