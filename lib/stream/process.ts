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

/** Signals that somebody takes for himself, with how many do. */
const taken = new Map<Deno.Signal, number>();

/** `take` is called on `signal`, which is not meant for the whole program then (`isTaken`). Gives back what ends that. */
export function takeSignal(signal: Deno.Signal, take: () => void): () => void {
  const count = (by: number) => void taken.set(signal, (taken.get(signal) ?? 0) + by);
  Deno.addSignalListener(signal, take);
  count(1);
  return () => {
    Deno.removeSignalListener(signal, take);
    count(-1);
  };
}

/** Whether the signal that `onStopSignals` tells of by this exit status was taken by somebody. */
export function isTaken(status: number): boolean {
  return STOP_SIGNALS.some(([signal, code]) => code === status && (taken.get(signal) ?? 0) > 0);
}

/** Linux' signals by their numbers that can be asked for, beside those that stop and those that the runtime has. */
const OTHER_SIGNALS: readonly (readonly [number, Deno.Signal])[] = [
  [3, "SIGQUIT"],
  [5, "SIGTRAP"],
  [6, "SIGABRT"],
  [14, "SIGALRM"],
  [16, "SIGSTKFLT"],
  [18, "SIGCONT"],
  [20, "SIGTSTP"],
  [21, "SIGTTIN"],
  [22, "SIGTTOU"],
  [23, "SIGURG"],
  [24, "SIGXCPU"],
  [25, "SIGXFSZ"],
  [26, "SIGVTALRM"],
  [27, "SIGPROF"],
  [28, "SIGWINCH"],
  [29, "SIGIO"],
  [30, "SIGPWR"],
  [31, "SIGSYS"],
];

/** Calls `stop` with the exit status of each signal whose bit is in `mask`. Gives back what ends the watch. Linux only. */
export function onSignalsOf(mask: number, stop: (status: number) => void): () => void {
  if (Deno.build.os !== "linux") return () => {};
  const undo = OTHER_SIGNALS.filter(([number]) => (mask >>> number) & 1).map(([number, signal]) => {
    const listener = () => stop(128 + number);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
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

/**
 * Whether the runtime opens `path` for nobody who gave up any permission: it stands below /dev, /proc or /sys, or is
 * reached there by links. /dev/shm and what a shell names /dev/fd/63 are among them.
 */
export function isSpecial(path: string): boolean {
  // What is not there yet is where its folder is.
  for (const place of [path, path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "."]) {
    try {
      return /^\/(?:dev|proc|sys)(?:\/|$)/.test(Deno.realPathSync(place));
    } catch {
      // Looked at by its folder, or not there at all.
    }
  }
  return false;
}
