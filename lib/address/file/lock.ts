// Locks on open files: of whole files (flock), and of records (fcntl), each to try or to wait for.
import { one, SIZE, toggle, type Values } from "../../options/schema.ts";
import { type Libc, SystemError } from "../../stream/libc/libc.ts";
import { setPipeSize } from "../../stream/libc/pipe.ts";

const group = "Files";

/** To add one: a key here, and its place in `lockDescriptor`. */
export const LOCK_OPTIONS = {
  lock: toggle({
    group,
    help: "Wait for a write lock on the file (fcntl)",
    aliases: ["lockw", "f-setlkw", "f-setlkw-wr", "setlkw", "setlkw-wr"],
  }),
  setlk: toggle({ group, help: "Take a write lock or fail", aliases: ["f-setlk", "f-setlk-wr", "setlk-wr"] }),
  "setlk-rd": toggle({ group, help: "Take a read lock or fail", aliases: ["f-setlk-rd"] }),
  "setlkw-rd": toggle({ group, help: "Wait for a read lock", aliases: ["f-setlkw-rd"] }),
  flock: toggle({ group, help: "Wait for the file for oneself (flock)", aliases: ["flock-ex"] }),
  "flock-nb": toggle({ group, help: "Take the file for oneself or fail", aliases: ["flock-ex-nb"] }),
  "flock-sh": toggle({ group, help: "Wait for the file, shared" }),
  "flock-sh-nb": toggle({ group, help: "Take the file, shared, or fail" }),
};
type LockOptions = Values<typeof LOCK_OPTIONS>;

/** Whether a record lock is asked for, which only the C library has. */
export function wantsRecordLock(options: LockOptions): boolean {
  return options.lock || options.setlk || options["setlk-rd"] || options["setlkw-rd"];
}

const taken = (path: string) => new Error(`Cannot lock "${path}": another program holds the lock`);

/** The whole-file locks, by the runtime. */
export async function lockFile(file: Deno.FsFile, path: string, options: LockOptions): Promise<void> {
  if (options.flock) await file.lock(true);
  if (options["flock-sh"]) await file.lock(false);
  if (options["flock-nb"] && !file.tryLockSync(true)) throw taken(path);
  if (options["flock-sh-nb"] && !file.tryLockSync(false)) throw taken(path);
}

/** All locks, by the C library. Waiting ends with the signal. */
export async function lockDescriptor(
  libc: Libc,
  fd: number,
  path: string,
  options: LockOptions,
  signal: AbortSignal,
): Promise<void> {
  const { call, n } = libc;
  const until = async (attempt: () => number, wait: boolean): Promise<void> => {
    for (;;) {
      if (attempt() === 0) return;
      const errno = libc.errno();
      if (errno !== n.EAGAIN && errno !== n.EACCES) throw new SystemError(libc, errno, `Cannot lock "${path}"`);
      if (!wait || signal.aborted) throw taken(path);
      // A lock that is waited for inside the system could not be given up.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const record = (type: "read" | "write") => () => call.fcntl(fd, n.F_SETLK, flockRecord(type));
  if (options.lock) await until(record("write"), true);
  if (options.setlk) await until(record("write"), false);
  if (options["setlk-rd"]) await until(record("read"), false);
  if (options["setlkw-rd"]) await until(record("read"), true);
  const LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4;
  if (options.flock) await until(() => call.flock(fd, LOCK_EX | LOCK_NB), true);
  if (options["flock-nb"]) await until(() => call.flock(fd, LOCK_EX | LOCK_NB), false);
  if (options["flock-sh"]) await until(() => call.flock(fd, LOCK_SH | LOCK_NB), true);
  if (options["flock-sh-nb"]) await until(() => call.flock(fd, LOCK_SH | LOCK_NB), false);
}

/** `struct flock` for the whole file: type, whence, start, length, process. */
function flockRecord(type: "read" | "write"): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  if (Deno.build.os === "darwin") view.setInt16(20, type === "read" ? 1 : 3, true);
  else view.setInt16(0, type === "read" ? 0 : 1, true);
  return bytes;
}

/** The buffer of a pipe (fcntl, F_SETPIPE_SZ). */
export const PIPE_SIZE_OPTION = {
  "f-setpipe-sz": one(SIZE, {
    group,
    help: "Size of the system's buffer of a pipe (Linux)",
    aliases: ["setpipe-sz", "pipesz"],
  }),
};

/** Flags of a descriptor that is open already (fcntl, F_SETFL). */
export const FLAG_OPTIONS = {
  ...PIPE_SIZE_OPTION,
  append: toggle({ group, help: "Write at the end of the file", aliases: ["o-append"] }),
  noatime: toggle({ group, help: "Reading does not change the time of access", aliases: ["o-noatime"] }),
};

/** Whether anything is asked for that is done to a descriptor which is open already. */
export function wantsDescriptor(options: LockOptions & Values<typeof FLAG_OPTIONS>): boolean {
  return options["f-setpipe-sz"] !== undefined || options.append || options.noatime || wantsRecordLock(options) ||
    options.flock || options["flock-nb"] ||
    options["flock-sh"] || options["flock-sh-nb"];
}

/** Sets flags and takes locks on a descriptor that is open already. */
export async function prepareDescriptor(
  libc: Libc,
  fd: number,
  options: LockOptions & Values<typeof FLAG_OPTIONS>,
  signal: AbortSignal,
): Promise<void> {
  const { call, n } = libc;
  const F_GETFL = 3, F_SETFL = 4;
  const more = (options.append ? n.O_APPEND : 0) | (options.noatime ? n.O_NOATIME : 0);
  if (more !== 0 && call.fcntl_number(fd, F_SETFL, call.fcntl_number(fd, F_GETFL, 0) | more) !== 0) {
    throw new SystemError(libc, libc.errno(), `Cannot set the flags of descriptor ${fd}`);
  }
  setPipeSize(libc, fd, options["f-setpipe-sz"]);
  await lockDescriptor(libc, fd, `descriptor ${fd}`, options, signal);
}
