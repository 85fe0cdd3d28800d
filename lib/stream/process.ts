// The process around a command: signals, permissions that are given up.
import { findLibc } from "./libc/libc.ts";

/** Signals that ask a program to stop, with the exit status that tells which it was. */
const STOP_SIGNALS: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  // Ctrl+Break, and the window of the console that is closed.
  ? [["SIGINT", 130], ["SIGBREAK", 149], ["SIGHUP", 129]]
  : [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]];

/**
 * Calls `stop` with the exit status of each signal that asks to stop. Gives back what ends the watch. With `hangup`
 * SIGHUP means that instead (not on Windows, where it means that the console is closed).
 */
export function onStopSignals(stop: (status: number) => void, hangup?: () => void): () => void {
  const undo: (() => void)[] = [];
  for (const [signal, status] of STOP_SIGNALS) {
    const listener = signal === "SIGHUP" && hangup !== undefined && Deno.build.os !== "windows"
      ? hangup
      : () => stop(status);
    Deno.addSignalListener(signal, listener);
    undo.push(() => Deno.removeSignalListener(signal, listener));
  }
  return () => undo.forEach((end) => end());
}

/** Calls `tell` on SIGUSR2 (not SIGUSR1: the runtime opens a debugger on it). Gives back what ends the watch. */
export function onStatisticsSignal(tell: () => void): () => void {
  if (Deno.build.os === "windows") return () => {};
  Deno.addSignalListener("SIGUSR2", tell);
  return () => Deno.removeSignalListener("SIGUSR2", tell);
}

const ALL = ["run", "read", "write", "net", "env", "sys", "ffi", "import"] as const;

/**
 * Gives up, for good, every permission of the runtime that is not in `kept`. `libc` is none: it has the C library loaded
 * first, which is then used without any. With `all` nothing is given up.
 */
export function keepPermissions(kept: Iterable<string>): void {
  const needed = new Set(kept);
  if (needed.has("libc")) findLibc();
  if (needed.has("all")) return;
  for (const name of ALL) {
    if (!needed.has(name)) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
  }
}
