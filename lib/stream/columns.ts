// How wide the terminal is that text goes to.

/** Columns of the terminal behind `stream`: what COLUMNS says, where it may be read, or its size; `undefined` when it is no terminal. */
export function columnsOf(stream: { isTerminal(): boolean }): number | undefined {
  if (!stream.isTerminal()) return undefined;
  const readable = Deno.permissions.querySync({ name: "env", variable: "COLUMNS" }).state === "granted";
  const told = readable ? Number(Deno.env.get("COLUMNS")) : 0;
  if (Number.isInteger(told) && told > 0) return told;
  try {
    // A terminal of no size (a serial line) says 0.
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}
