// Files, FIFOs and devices by their path: OPEN, CREATE, GOPEN, named PIPE.
import { UsageError } from "../../base/errors.ts";
import type { Schema } from "../../options/schema.ts";
import { cString, needLibc, SystemError } from "../../stream/libc/libc.ts";
import { isSpecial } from "../../stream/process.ts";
import { access, type Kind, kindOf, openError, openPath, openRaw, wantsLibc } from "./open.ts";
import { OPEN_OPTIONS, type OpenOptions } from "./options.ts";
import { echoStream } from "../inside/memory.ts";
import { defineAddress, once, type Permission } from "../model.ts";
import { beforeOpening, changeEarly, changeMode, NAMED_OPTIONS, underUmask } from "./named.ts";
import { TERMINAL_OPTIONS, wantsTerminal } from "./terminal.ts";
import { connectUnixAny } from "../unix/stream.ts";

const FILE_OPTIONS = { ...OPEN_OPTIONS, ...NAMED_OPTIONS, ...TERMINAL_OPTIONS };

function needsOf([path]: readonly string[], options: OpenOptions & Readonly<Record<string, unknown>>): Permission[] {
  const needs: Permission[] = ["read", "write"];
  let kind: Kind = "nothing";
  try {
    kind = kindOf(path!);
  } catch {
    // Opening will say it.
  }
  if (kind === "fifo" || kind === "device" || wantsLibc(options)) needs.push("ffi");
  if (kind === "socket") needs.push("net", "ffi");
  if (wantsTerminal(options)) needs.push("run", "env");
  if (options.umask !== undefined) needs.push("sys");
  // The runtime opens these only for a program that may do everything.
  if (isSpecial(path!)) needs.push("all");
  return needs;
}

function check(params: readonly string[], options: OpenOptions): void {
  if (params[0] === "") throw new UsageError("A path is missing");
  if ([options.rdonly, options.wronly, options.rdwr].filter(Boolean).length > 1) {
    throw new UsageError('Options "rdonly", "wronly" and "rdwr" exclude each other');
  }
}

/** OPEN. */
export const OPEN = defineAddress({
  names: ["OPEN", "FILE"],
  syntax: "OPEN:<path>",
  summary: "Opens a file, FIFO or device",
  params: { min: 1, max: 1, rest: true },
  options: FILE_OPTIONS,
  shared: "written",
  needs: needsOf,
  check,
  open: ({ params: [path], options, context }) => once(() => openPath(path!, options, context)),
});

/** CREATE. */
export const CREATE = defineAddress({
  names: ["CREATE", "CREAT"],
  syntax: "CREATE:<path>",
  summary: "Creates a file, or empties the one that is there, and writes to it",
  params: { min: 1, max: 1, rest: true },
  options: FILE_OPTIONS,
  shared: "written",
  needs: needsOf,
  check,
  open: ({ params: [path], options, context }) =>
    once(() => {
      if (context.use === "read") throw new Error(`Cannot open "${path}": CREATE is for writing; OPEN reads a file`);
      return openPath(
        path!,
        { ...options, creat: true, trunc: !options.append, wronly: true },
        { ...context, use: "write" },
      );
    }),
});

/** GOPEN, and what a bare path means. */
export const GOPEN = defineAddress({
  names: ["GOPEN"],
  syntax: "GOPEN:<path> or <path with a slash>",
  summary: "Opens whatever is there: a file (to append), FIFO, terminal, Unix socket; creates a file where nothing is",
  params: { min: 1, max: 1, rest: true },
  options: FILE_OPTIONS,
  shared: "written",
  needs: needsOf,
  check,
  open: ({ params: [path], options, context }) =>
    once(() => {
      if (!options["unlink-early"] && !options.unlink && kindOf(path!) === "socket") {
        return connectUnixAny({ path: path!, abstract: false }, context);
      }
      const writes = access(options, context.use) !== "read";
      // socat makes what it is to read, too: the pair read!!write of one new file needs it.
      if (context.compat && !writes && kindOf(path!) === "nothing") {
        try {
          Deno.openSync(path!, { write: true, createNew: true, mode: options.mode ?? 0o666 }).close();
        } catch (error) {
          throw openError(path!, error);
        }
      }
      return openPath(path!, { ...options, creat: options.creat || writes, append: options.append ?? writes }, context);
    }),
});

/** Options of PIPE that have a meaning with a name only. */
const PIPE_OPTIONS: typeof FILE_OPTIONS & Schema = FILE_OPTIONS;

/** PIPE, with and without a name. */
export const PIPE = defineAddress({
  names: ["PIPE", "FIFO", "ECHO"],
  syntax: "PIPE or PIPE:<path>",
  summary: "A named pipe, made if it is not there; without a name gives back what it is given",
  params: { min: 0, max: 1, rest: true },
  options: PIPE_OPTIONS,
  needs: (params, { umask }) =>
    params.length === 0 ? [] : ["read", "write", "ffi", ...(umask === undefined ? [] : ["sys" as const])],
  open: ({ params: [path], options, context }) =>
    once(async () => {
      if (path === undefined) return echoStream("pipe");
      try {
        beforeOpening(path, options);
      } catch (error) {
        throw openError(path, error);
      }
      const kind = kindOf(path);
      if (kind === "nothing") {
        const libc = needLibc(`PIPE:${path}`);
        if (underUmask(options, () => libc.call.mkfifo(cString(path), options.mode ?? 0o666)) !== 0) {
          throw openError(path, new SystemError(libc, libc.errno()));
        }
        try {
          changeEarly(path, options);
          if (options.mode !== undefined) changeMode(path, options.mode);
          return await openRaw(path, "fifo", options, context, true);
        } catch (error) {
          Deno.removeSync(path);
          throw error;
        }
      }
      return await openPath(path, options, context);
    }),
});
