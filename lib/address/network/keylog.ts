// `keylog=FILE`: the runtime writes session keys only when the environment names the file before it starts, so the
// program starts itself once more. Not pure.

/** The file that an address names, or `undefined`. */
function keylogFile(addresses: readonly string[]): string | undefined {
  for (const address of addresses) {
    const file = /,\s*keylog\s*=\s*"?([^,"]+)/i.exec(address)?.[1];
    if (file !== undefined && file !== "") return file;
  }
  return undefined;
}

/** Signals that whoever stops the first program means for the second. */
const PASSED_ON: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];

/**
 * Runs this very command line again with SSLKEYLOGFILE set, when one of the addresses asks for keys and it is not set so
 * already; gives the exit status. `undefined`: nothing to do.
 */
export async function restartForKeylog(addresses: readonly string[]): Promise<number | undefined> {
  const file = keylogFile(addresses);
  if (file === undefined || Deno.env.get("SSLKEYLOGFILE") === file) return undefined;
  const standalone = (Deno.build as { standalone?: boolean }).standalone === true;
  const self = standalone ? [] : ["run", "--allow-all", "--no-prompt", "--quiet", Deno.mainModule];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...self, ...Deno.args],
    env: { SSLKEYLOGFILE: file },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const listeners = PASSED_ON.map((signal) => {
    const pass = () => {
      try {
        child.kill(signal);
      } catch {
        // Ended already.
      }
    };
    Deno.addSignalListener(signal, pass);
    return () => Deno.removeSignalListener(signal, pass);
  });
  try {
    return (await child.status).code;
  } finally {
    listeners.forEach((remove) => remove());
  }
}
