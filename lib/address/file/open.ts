// Opening what is at a path: a regular file by the runtime, FIFOs, devices and what has flags of its own by the C library.
import { errorCode, errorText } from "../../base/errors.ts";
import { AlignedStream } from "../../stream/libc/aligned.ts";
import { DescriptorStream } from "../../stream/libc/descriptor.ts";
import { FileStream } from "../../stream/file.ts";
import { cString, type Libc, needLibc, SystemError } from "../../stream/libc/libc.ts";
import { setPipeSize } from "../../stream/libc/pipe.ts";
import type { Stream } from "../../stream/stream.ts";
import { lockDescriptor, lockFile, wantsRecordLock } from "./lock.ts";
import type { OpenOptions } from "./options.ts";
import type { OpenContext } from "../model.ts";
import { afterOpening, beforeOpening, underUmask, unlinkAtClose } from "./named.ts";
import { setDevice } from "./terminal.ts";

/** What is at a path: through links. */
export type Kind = "nothing" | "file" | "directory" | "fifo" | "socket" | "device";

/** What stands at a path: a symbolic link is followed. */
export function kindOf(path: string): Kind {
  try {
    const info = Deno.statSync(path);
    if (info.isFile) return "file";
    if (info.isDirectory) return "directory";
    return info.isFifo ? "fifo" : info.isSocket ? "socket" : "device";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return "nothing";
    // Windows' devices (NUL, COM1) tell nothing of themselves: opening them will say whether they are there.
    if (Deno.build.os === "windows") return "file";
    throw new Error(`Cannot open "${path}": ${errorText(error)}`, { cause: error });
  }
}

/** Whether only the C library can do what the options ask for. */
export function wantsLibc(options: OpenOptions): boolean {
  return options.noatime || options.nofollow || options.noctty || options.sync || options.dsync || options.direct ||
    options.directory || options["f-setpipe-sz"] !== undefined || wantsRecordLock(options);
}

/** The half of a file that is open. */
type Way = "read" | "write" | "both";

/** How it is opened: by option, else by the half that is used. */
export function access(options: OpenOptions, use: OpenContext["use"]): Way {
  if (options.rdwr) return "both";
  if (options.rdonly) return "read";
  if (options.wronly) return "write";
  return use ?? "both";
}

/** A regular file by the runtime. */
async function openRegular(path: string, options: OpenOptions, context: OpenContext): Promise<Stream> {
  const wanted = access(options, context.use);
  const created = options.creat && kindOf(path) === "nothing";
  const append = options.append === true;
  const flags = (way: Way): Deno.OpenOptions => {
    const write = way !== "read" || options.trunc || options.creat || append || options.ftruncate !== undefined;
    return {
      read: way !== "write",
      write: write && !append,
      append,
      create: options.creat && !options.excl,
      createNew: options.creat && options.excl,
      truncate: options.trunc && !append,
      ...(options.mode === undefined || Deno.build.os === "windows" ? {} : { mode: options.mode }),
    };
  };
  let file: Deno.FsFile, way = wanted;
  try {
    file = underUmask(options, () => Deno.openSync(path, flags(wanted)));
  } catch (error) {
    // Both ways was only our guess: what may be read but not written is opened for reading, and the reverse.
    const refused = error instanceof Deno.errors.PermissionDenied || errorCode(error) === "EROFS";
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
    if (options.ftruncate !== undefined) file.truncateSync(options.ftruncate);
    position(options, (offset, from) => file.seekSync(offset, from));
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

function position(options: OpenOptions, seek: (offset: number, from: Deno.SeekMode) => number): void {
  if (options.seek !== undefined) seek(options.seek, Deno.SeekMode.Start);
  if (options["seek-cur"] !== undefined) seek(options["seek-cur"], Deno.SeekMode.Current);
  const end = options["seek-end"];
  if (end !== undefined) seek(end === true ? 0 : end, Deno.SeekMode.End);
}

/** Options that are flags of `open`, by the system's names for them. */
const FLAGS = [
  ["append", "O_APPEND"],
  ["creat", "O_CREAT"],
  ["excl", "O_EXCL"],
  ["trunc", "O_TRUNC"],
  ["noatime", "O_NOATIME"],
  ["nofollow", "O_NOFOLLOW"],
  ["directory", "O_DIRECTORY"],
  ["noctty", "O_NOCTTY"],
  ["sync", "O_SYNC"],
  ["dsync", "O_DSYNC"],
  ["direct", "O_DIRECT"],
] as const;

/** The flags of `open` in the system's numbers. */
function flagsOf({ n }: Libc, options: OpenOptions, way: Way): number {
  let flags = n.O_CLOEXEC | (way === "both" ? n.O_RDWR : way === "read" ? n.O_RDONLY : n.O_WRONLY);
  for (const [option, flag] of FLAGS) if (options[option]) flags |= n[flag];
  return flags;
}

/** A FIFO has no reader yet; the same number everywhere. */
const ENXIO = 6;

/** The descriptor of a path, and which way it is open: the way that is asked for, or where both was a guess what may be. */
async function openDescriptor(
  libc: Libc,
  path: string,
  kind: Kind,
  options: OpenOptions,
  context: OpenContext,
): Promise<{ readonly fd: number; readonly way: Way }> {
  const { n, call } = libc;
  const name = cString(path);
  const own = isSpecialKind(kind) ? n.O_NONBLOCK | (kind === "device" ? n.O_NOCTTY : 0) : 0;
  const open = async (way: Way): Promise<{ fd: number; way: Way }> => {
    const flags = flagsOf(libc, options, way) | own;
    // A FIFO's other end may come later: readers open at once and wait for data below; writers try again.
    for (;;) {
      const fd = underUmask(options, () => call.open(name, flags, options.mode ?? 0o666));
      if (fd >= 0) return { fd, way };
      const errno = libc.errno();
      const waits = errno === ENXIO && kind === "fifo" && way === "write" && !options.nonblock;
      if (!waits || context.signal.aborted) throw new SystemError(libc, errno);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const wanted = access(options, context.use);
  try {
    return await open(wanted);
  } catch (error) {
    const guessed = wanted === "both" && !options.rdwr;
    if (!(error instanceof SystemError) || error.errno !== n.EACCES || !guessed) throw error;
    return await open("read").catch(() => open("write")).catch(() => {
      throw error;
    });
  }
}

function isSpecialKind(kind: Kind): boolean {
  return kind === "fifo" || kind === "device";
}

/** A FIFO or device, or a file with flags that the runtime does not know. */
export async function openRaw(
  path: string,
  kind: Kind,
  options: OpenOptions & Readonly<Record<string, unknown>>,
  context: OpenContext,
  unlinkDefault = false,
): Promise<Stream> {
  const libc = needLibc(`Opening "${path}"`), { call } = libc;
  const created = options.creat && kind === "nothing";
  const { fd, way } = await openDescriptor(libc, path, kind, options, context).catch((error) => {
    throw openError(path, error);
  });
  let restore = () => {};
  try {
    setPipeSize(libc, fd, options["f-setpipe-sz"]);
    await lockDescriptor(libc, fd, path, options, context.signal);
    if (options.ftruncate !== undefined && call.ftruncate(fd, BigInt(options.ftruncate)) !== 0) {
      throw new SystemError(libc, libc.errno());
    }
    position(options, (offset, from) => Number(call.lseek(fd, BigInt(offset), from)));
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
  const halves = { readable: way !== "write", writable: way !== "read", nonBlocking: isSpecialKind(kind), onClose };
  const label = `${kind === "nothing" ? "file" : kind}:${path}`;
  // Before the first writer has come to a FIFO, nothing to read is not its end: poll knows the difference.
  const pollFirst = kind === "fifo" && way === "read" && !options.nonblock;
  const stream = new DescriptorStream(fd, { ...halves, pollFirst }, { label });
  return options.direct ? new AlignedStream(stream) : stream;
}

/** Says which path could not be opened; what says so already is left alone. */
export function openError(path: string, error: unknown): Error {
  const text = errorText(error).replace(/, open '.*'$|: open '.*'$/, "");
  if (text.startsWith("Cannot ")) return error as Error;
  return new Error(`Cannot open "${path}": ${text}`, { cause: error });
}

/** Opens a path as its options say. The caller owns the stream. */
export async function openPath(
  path: string,
  options: OpenOptions & Readonly<Record<string, unknown>>,
  context: OpenContext,
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
  if (isSpecialKind(kind) || wantsLibc(options)) {
    return await openRaw(path, kind, options, context);
  }
  return await openRegular(path, options, context);
}
