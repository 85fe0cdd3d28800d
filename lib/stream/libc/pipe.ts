// Pipes and pairs of sockets of the C library to programs, for what the runtime's three descriptors are not.
import { DescriptorStream } from "./descriptor.ts";
import { cString, type Libc, needLibc, SystemError } from "./libc.ts";
import { AF_UNIX } from "./sockaddr.ts";
import { SOCK_DGRAM, SOCK_STREAM } from "./socket_fd.ts";

const F_SETFD = 2, FD_CLOEXEC = 1, F_SETFL = 4;

/** Sets the system's buffer of a pipe, on Linux. Throws what the system says. */
export function setPipeSize(libc: Libc, fd: number, size: number | undefined): void {
  const F_SETPIPE_SZ = 1031;
  if (size !== undefined && libc.call.fcntl_number(fd, F_SETPIPE_SZ, size) < 0) {
    throw new SystemError(libc, libc.errno(), `Cannot set the size of the pipe to ${size}`);
  }
}

/** Our end of a pipe as a stream of one half, and the other end, which `handingDown` closes. */
export interface ProgramPipe {
  readonly stream: DescriptorStream;
  readonly other: number;
}

/**
 * A pipe that a program reads from (`to`) or writes to (`from`), with a buffer of so many octets; `owner`: the user who has to
 * open it once more.
 */
export function programPipe(
  way: "to" | "from",
  label: string,
  { owner, size }: { readonly owner: number | undefined; readonly size: number | undefined },
): ProgramPipe {
  const libc = needLibc("A pipe to a program");
  const { call, n } = libc;
  const ends = new Int32Array(2);
  if (call.pipe(new Uint8Array(ends.buffer)) !== 0) throw new SystemError(libc, libc.errno(), "Cannot make a pipe");
  const [own, other] = way === "to" ? [ends[1]!, ends[0]!] : [ends[0]!, ends[1]!];
  for (const fd of ends) call.fcntl_number(fd, F_SETFD, FD_CLOEXEC);
  call.fcntl_number(own, F_SETFL, n.O_NONBLOCK);
  setPipeSize(libc, own, size);
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

const SHUT_RD = 0, SHUT_WR = 1;

/**
 * A pair of Unix sockets of this type (1 stream, 2 datagrams, 5 packets): our end, and a program's, which `handingDown` closes.
 * `ended` is called when the program is gone: nobody else tells it of datagrams.
 */
export function programSocket(type: number, label: string): ProgramPipe & { ended(): void } {
  const libc = needLibc("A socket to a program");
  const { call, n } = libc;
  const ends = new Int32Array(2);
  if (call.socketpair(AF_UNIX, type, 0, new Uint8Array(ends.buffer)) !== 0) {
    throw new SystemError(libc, libc.errno(), `Cannot make a pair of sockets of type ${type}`);
  }
  const [own, other] = [ends[0]!, ends[1]!];
  for (const fd of ends) call.fcntl_number(fd, F_SETFD, FD_CLOEXEC);
  call.fcntl_number(own, F_SETFL, n.O_NONBLOCK);
  let gone = false;
  const stream = new DescriptorStream(
    own,
    {
      readable: true,
      writable: true,
      nonBlocking: true,
      emptyEnds: type !== SOCK_DGRAM,
      isOver: () => gone,
      // The other end of datagrams hears of no end.
      ...(type === SOCK_DGRAM ? {} : { finish: () => void call.shutdown(own, SHUT_WR) }),
    },
    { label },
    type === SOCK_STREAM ? "bytes" : "datagrams",
  );
  const ended = () => {
    gone = true;
    if (!stream.closed) call.shutdown(own, SHUT_RD);
  };
  return { stream, other, ended };
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
