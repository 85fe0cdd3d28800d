// Files, FIFOs and devices by their path: OPEN, CREATE, GOPEN, named PIPE.
import { errorText, UsageError } from "../base/errors.ts";
import { integer, one, type Schema, toggle, type Values } from "../options/schema.ts";
import { DescriptorStream } from "../stream/descriptor.ts";
import { FileStream } from "../stream/file.ts";
import { cString, type Libc, needLibc, SystemError } from "../stream/libc.ts";
import { type Stream } from "../stream/stream.ts";
import { LOCK_OPTIONS, lockDescriptor, lockFile, wantsRecordLock } from "./file_lock.ts";
import { echoStream } from "./memory.ts";
import { defineAddress, once, type OpenContext, type Permission } from "./model.ts";
import { afterOpening, beforeOpening, changeMode, NAMED_OPTIONS, OFFSET, underUmask, unlinkAtClose } from "./named.ts";
import { setDevice, TERMINAL_OPTIONS, wantsTerminal } from "./terminal.ts";
import { connectUnixAny } from "./unix.ts";

const group = "Files";

/** Flags of opening, as socat spells them. */
export const OPEN_OPTIONS = {
  rdonly: toggle({ group, help: "Open for reading only", aliases: ["o-rdonly", "o_rdonly"] }),
  wronly: toggle({ group, help: "Open for writing only", aliases: ["o-wronly", "o_wronly"] }),
  rdwr: toggle({ group, help: "Open for reading and writing", aliases: ["o-rdwr", "o_rdwr"] }),
  append: toggle({ group, help: "Write at the end of the file", aliases: ["o-append"] }),
  creat: toggle({
    group,
    help: "Create it if it is not there",
    aliases: ["create", "o-create", "o_create", "o-creat"],
  }),
  excl: toggle({ group, help: "With creat: it must not be there", aliases: ["o-excl", "o_excl"] }),
  trunc: toggle({ group, help: "Empty it first", aliases: ["o-trunc"] }),
  seek: one(OFFSET, {
    group,
    help: "Start at this octet",
    aliases: ["lseek", "seek-set", "lseek64", "lseek64-set", "lseek32", "lseek32-set"],
  }),
  "seek-cur": one(OFFSET, { group, help: "Skip so many octets", aliases: ["lseek64-cur", "lseek32-cur"] }),
  "seek-end": one(OFFSET, { group, help: "Start so far from the end", aliases: ["lseek64-end", "lseek32-end"] }),
  ftruncate: one(integer(0, Number.MAX_SAFE_INTEGER, "SIZE"), {
    group,
    help: "Cut it to this size",
    aliases: ["truncate", "ftruncate64", "ftruncate32"],
  }),
  nonblock: toggle({
    group,
    help: "Do not wait for the other end of a FIFO",
    aliases: ["o-nonblock", "ndelay", "o-ndelay", "o_ndelay"],
  }),
  noatime: toggle({ group, help: "Reading does not change the time of access", aliases: ["o-noatime"] }),
  nofollow: toggle({ group, help: "Refuse a symbolic link", aliases: ["o-nofollow", "o_nofollow"] }),
  directory: toggle({
    group,
    help: "Refuse all but directories",
    aliases: ["o-directory", "o_directory"],
    hidden: true,
  }),
  noctty: toggle({ group, help: "Never become the controlling terminal", aliases: ["o-noctty", "o_noctty"] }),
  sync: toggle({
    group,
    help: "Write through to the disk",
    aliases: ["o-sync", "o_sync", "rsync", "o-rsync", "o_rsync"],
  }),
  dsync: toggle({ group, help: "Write data through to the disk", aliases: ["o-dsync", "o_dsync"] }),
  direct: toggle({ group, help: "Bypass the system's cache", aliases: ["o-direct", "o_direct"], hidden: true }),
  largefile: toggle({ group, help: "Always so", aliases: ["o-largefile", "o_largefile"], hidden: true }),
  async: toggle({ group, help: "Nothing here", aliases: ["o-async"], hidden: true }),
  cloexec: toggle({ group, help: "Always so", hidden: true }),
  ...LOCK_OPTIONS,
};
type OpenOptions = Values<typeof OPEN_OPTIONS & typeof NAMED_OPTIONS>;

const FILE_OPTIONS = { ...OPEN_OPTIONS, ...NAMED_OPTIONS, ...TERMINAL_OPTIONS };

/** What is at a path: through links. */
type Kind = "nothing" | "file" | "directory" | "fifo" | "socket" | "device";

function kindOf(path: string): Kind {
  try {
    const info = Deno.statSync(path);
    if (info.isFile) return "file";
    if (info.isDirectory) return "directory";
    return info.isFifo ? "fifo" : info.isSocket ? "socket" : "device";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "nothing";
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** Whether only the C library can do what the options ask for. */
function wantsLibc(options: OpenOptions): boolean {
  return options.noatime || options.nofollow || options.noctty || options.sync || options.dsync || options.direct ||
    options.directory || wantsRecordLock(options);
}

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
  return needs;
}

/** How it is opened: by option, else by the half that is used. */
function access(options: OpenOptions, use: OpenContext["use"]): "read" | "write" | "both" {
  if (options.rdwr) return "both";
  if (options.rdonly) return "read";
  if (options.wronly) return "write";
  return use ?? "both";
}

function check(params: readonly string[], options: OpenOptions): void {
  if (params[0] === "") throw new UsageError("A path is missing");
  if ([options.rdonly, options.wronly, options.rdwr].filter(Boolean).length > 1) {
    throw new UsageError('Options "rdonly", "wronly" and "rdwr" exclude each other');
  }
}

/** A regular file by the runtime. */
async function openRegular(path: string, options: OpenOptions, context: OpenContext): Promise<Stream> {
  const wanted = access(options, context.use);
  const created = options.creat && kindOf(path) === "nothing";
  const flags = (way: "read" | "write" | "both"): Deno.OpenOptions => {
    const write = way !== "read" || options.trunc || options.creat || options.append || options.ftruncate !== undefined;
    return {
      read: way !== "write",
      write: write && !options.append,
      append: options.append,
      create: options.creat && !options.excl,
      createNew: options.creat && options.excl,
      truncate: options.trunc && !options.append,
      ...(options.mode === undefined || Deno.build.os === "windows" ? {} : { mode: options.mode }),
    };
  };
  let file: Deno.FsFile, way = wanted;
  try {
    file = underUmask(options, () => Deno.openSync(path, flags(wanted)));
  } catch (error) {
    // Both ways was only our guess: what may be read but not written is opened for reading, and the reverse.
    const refused = error instanceof Deno.errors.PermissionDenied || /read-only file system/i.test(errorText(error));
    if (!refused || wanted !== "both" || options.rdwr) throw openError(path, error);
    try {
      file = Deno.openSync(path, { read: true });
      way = "read";
    } catch {
      try {
        file = Deno.openSync(path, { ...flags("write"), read: false });
        way = "write";
      } catch {
        throw openError(path, error);
      }
    }
  }
  try {
    if (options.trunc && options.append) file.truncateSync(0);
    await lockFile(file, path, options);
    await position(path, options, (offset, from) => file.seekSync(offset, from));
    if (options.ftruncate !== undefined) file.truncateSync(options.ftruncate);
    afterOpening(path, options, created);
  } catch (error) {
    file.close();
    throw openError(path, error);
  }
  const unlink = unlinkAtClose(path, options, false);
  return new FileStream(file, { readable: way !== "write", writable: way !== "read", onClose: unlink }, {
    label: `file:${path}`,
  });
}

function position(
  _path: string,
  options: OpenOptions,
  seek: (offset: number, from: Deno.SeekMode) => number,
): void {
  if (options.seek !== undefined) seek(options.seek, Deno.SeekMode.Start);
  if (options["seek-cur"] !== undefined) seek(options["seek-cur"], Deno.SeekMode.Current);
  if (options["seek-end"] !== undefined) seek(options["seek-end"], Deno.SeekMode.End);
}

/** The flags of `open` in the system's numbers. */
function flagsOf(libc: Libc, options: OpenOptions, way: "read" | "write" | "both"): number {
  const { n } = libc;
  let flags = n.O_CLOEXEC | (way === "both" ? n.O_RDWR : way === "read" ? n.O_RDONLY : n.O_WRONLY);
  if (options.append) flags |= n.O_APPEND;
  if (options.creat) flags |= n.O_CREAT;
  if (options.excl) flags |= n.O_EXCL;
  if (options.trunc) flags |= n.O_TRUNC;
  if (options.noatime) flags |= n.O_NOATIME;
  if (options.nofollow) flags |= n.O_NOFOLLOW;
  if (options.directory) flags |= n.O_DIRECTORY;
  if (options.noctty) flags |= n.O_NOCTTY;
  if (options.sync) flags |= n.O_SYNC;
  if (options.dsync) flags |= n.O_DSYNC;
  if (options.direct) flags |= n.O_DIRECT;
  return flags;
}

/** A FIFO has no reader yet; the same number everywhere. */
const ENXIO = 6;

/** A FIFO or device, or a file with flags that the runtime does not know. */
async function openRaw(
  path: string,
  kind: Kind,
  options: OpenOptions & Readonly<Record<string, unknown>>,
  context: OpenContext,
  unlinkDefault = false,
): Promise<Stream> {
  const libc = needLibc(`Opening "${path}"`);
  const { n, call } = libc;
  const wanted = access(options, context.use);
  const special = kind === "fifo" || kind === "device";
  const name = cString(path);
  const open = async (way: "read" | "write" | "both"): Promise<number> => {
    const flags = flagsOf(libc, options, way) | (special ? n.O_NONBLOCK | (kind === "device" ? n.O_NOCTTY : 0) : 0);
    // A FIFO's other end may come later: readers open at once and wait for data below; writers try again.
    for (;;) {
      const fd = underUmask(options, () => call.open(name, flags, options.mode ?? 0o666));
      if (fd >= 0) return fd;
      const errno = libc.errno();
      const waits = errno === ENXIO && kind === "fifo" && way === "write" && !options.nonblock;
      if (!waits || context.signal.aborted) throw new SystemError(libc, errno);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  let fd: number, way = wanted;
  const created = options.creat && kind === "nothing";
  try {
    try {
      fd = await open(wanted);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== n.EACCES || wanted !== "both" || options.rdwr) throw error;
      way = "read";
      fd = await open(way).catch(() => {
        way = "write";
        return open(way);
      }).catch(() => {
        throw error;
      });
    }
  } catch (error) {
    throw openError(path, error);
  }
  let restore = () => {};
  try {
    await lockDescriptor(libc, fd, path, options, context.signal);
    await position(path, options, (offset, from) => Number(call.lseek(fd, BigInt(offset), from)));
    if (options.ftruncate !== undefined && call.ftruncate(fd, BigInt(options.ftruncate)) !== 0) {
      throw new SystemError(libc, libc.errno());
    }
    afterOpening(path, options, created);
    if (kind === "device") restore = setDevice(path, options);
  } catch (error) {
    call.close(fd);
    throw openError(path, error);
  }
  const unlink = unlinkAtClose(path, options, unlinkDefault);
  const onClose = () => {
    restore();
    unlink();
  };
  const halves = { readable: way !== "write", writable: way !== "read", nonBlocking: special, onClose };
  const label = `${kind === "nothing" ? "file" : kind}:${path}`;
  // Before the first writer has come to a FIFO, nothing to read is not its end: poll knows the difference.
  const pollFirst = kind === "fifo" && way === "read" && !options.nonblock;
  return new DescriptorStream(fd, { ...halves, pollFirst }, { label });
}

function openError(path: string, error: unknown): Error {
  const text = errorText(error).replace(/, open '.*'$|: open '.*'$/, "");
  if (text.startsWith("Cannot ")) return error as Error;
  return new Error(`Cannot open "${path}": ${text}`, { cause: error });
}

async function openPath(
  path: string,
  options: OpenOptions & Readonly<Record<string, unknown>>,
  context: OpenContext,
  unlinkDefault = false,
): Promise<Stream> {
  try {
    beforeOpening(path, options);
  } catch (error) {
    throw openError(path, error);
  }
  const kind = kindOf(path);
  if (kind === "directory") throw new Error(`Cannot open "${path}": Is a directory`);
  if (kind === "socket") {
    throw new Error(`Cannot open "${path}": it is a socket: write UNIX-CONNECT:${path} or GOPEN:${path}`);
  }
  if (kind === "fifo" || kind === "device" || wantsLibc(options)) {
    return await openRaw(path, kind, options, context, unlinkDefault);
  }
  return await openRegular(path, options, context);
}

/** OPEN. */
export const OPEN = defineAddress({
  names: ["OPEN", "FILE"],
  syntax: "OPEN:<path>",
  summary: "Opens a file, FIFO or device",
  params: { min: 1, max: 1, rest: true },
  options: FILE_OPTIONS,
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
  needs: needsOf,
  check,
  open: ({ params: [path], options, context }) =>
    once(() =>
      openPath(path!, { ...options, creat: true, trunc: !options.append, wronly: true }, { ...context, use: "write" })
    ),
});

/** GOPEN, and what a bare path means. */
export const GOPEN = defineAddress({
  names: ["GOPEN"],
  syntax: "GOPEN:<path> or <path with a slash>",
  summary: "Opens whatever is there: a file (to append), FIFO, terminal, Unix socket; creates a file where nothing is",
  params: { min: 1, max: 1, rest: true },
  options: FILE_OPTIONS,
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
      return openPath(path!, { ...options, creat: options.creat || writes, append: writes }, context);
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
