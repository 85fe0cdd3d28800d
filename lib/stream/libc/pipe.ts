// Pipes of the C library to programs, for descriptors other than the three that the runtime gives them.
import { DescriptorStream } from "./descriptor.ts";
import { cString, type Libc, needLibc, SystemError } from "./libc.ts";

const F_SETFD = 2, FD_CLOEXEC = 1, F_SETFL = 4;

/** Our end of a pipe as a stream of one half, and the other end, which `handingDown` closes. */
export interface ProgramPipe {
  readonly stream: DescriptorStream;
  readonly other: number;
}

/** A pipe that a program reads from (`to`) or writes to (`from`); `owner`: the user who has to open it once more. */
export function programPipe(way: "to" | "from", label: string, owner: number | undefined): ProgramPipe {
  const libc = needLibc("A pipe to a program");
  const { call, n } = libc;
  const ends = new Int32Array(2);
  if (call.pipe(new Uint8Array(ends.buffer)) !== 0) throw new SystemError(libc, libc.errno(), "Cannot make a pipe");
  const [own, other] = way === "to" ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!];
  for (const fd of ends) call.fcntl_number(fd, F_SETFD, FD_CLOEXEC);
  call.fcntl_number(own, F_SETFL, n.O_NONBLOCK);
  if (owner !== undefined) call.chown(cString(`/dev/fd/${other}`), owner, 0xffff_ffff);
  const stream = new DescriptorStream(own, {
    readable: way === "from",
    writable: way === "to",
    nonBlocking: true,
    // A pipe has no half-close: its end is gone for good.
    ...(way === "to" ? { finish: (stream) => stream.close() } : {}),
  }, { label });
  return { stream, other };
}

/** Runs `start`, which starts a program before it returns: it inherits `fds`, no other program does. Closes them then. */
export function handingDown<T>(fds: readonly number[], start: () => T): T {
  const { call }: Libc = needLibc("Handing down a descriptor");
  for (const fd of fds) call.fcntl_number(fd, F_SETFD, 0);
  try {
    return start();
  } finally {
    for (const fd of fds) call.close(fd);
  }
}
