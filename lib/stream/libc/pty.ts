// Pseudo-terminals of the C library.
import { cString, type Libc, needLibc, SystemError } from "./libc.ts";

const F_SETFD = 2, FD_CLOEXEC = 1, F_SETFL = 4;

/** A new pseudo-terminal: the descriptor of our end (non-blocking), and the path of the terminal. */
export interface PseudoTerminal {
  readonly master: number;
  readonly path: string;
  readonly libc: Libc;
}

/** Makes a pseudo-terminal. The caller owns `master`. Throws where there is no C library or no terminal left. */
export function openPty(): PseudoTerminal {
  const libc = needLibc("A pseudo-terminal");
  const { call, n } = libc;
  // Further flags are Linux's: POSIX has these two.
  const master = call.posix_openpt(n.O_RDWR | n.O_NOCTTY);
  if (master < 0) throw new SystemError(libc, libc.errno(), "Cannot make a pseudo-terminal");
  call.fcntl_number(master, F_SETFD, FD_CLOEXEC);
  call.fcntl_number(master, F_SETFL, n.O_RDWR | n.O_NONBLOCK);
  try {
    if (call.grantpt(master) !== 0 || call.unlockpt(master) !== 0) {
      throw new SystemError(libc, libc.errno(), "Cannot make a pseudo-terminal");
    }
    const name = call.ptsname(master);
    if (name === null) throw new SystemError(libc, libc.errno(), "Cannot name a pseudo-terminal");
    return { master, path: Deno.UnsafePointerView.getCString(name), libc };
  } catch (error) {
    call.close(master);
    throw error;
  }
}

/** Opens the terminal itself, so that it does not end before a program has opened it. The caller closes it. */
export function holdTerminal({ libc, path }: PseudoTerminal): number {
  const fd = libc.call.open(cString(path), libc.n.O_RDWR | libc.n.O_NOCTTY | libc.n.O_CLOEXEC, 0);
  if (fd < 0) throw new SystemError(libc, libc.errno(), `Cannot open "${path}"`);
  return fd;
}

/** Whether keys make signals (`isig`). Who reads keys as they are switches that off; who edits lines by himself does not. */
export function keysSignal({ libc, master }: PseudoTerminal): boolean {
  // `struct termios`: four sets of flags, of which these are in the last. The rest is of no interest.
  const settings = new Uint8Array(256);
  if (libc.call.tcgetattr(master, settings) !== 0) return true;
  const flags = new DataView(settings.buffer);
  return Deno.build.os === "darwin" ? (flags.getUint32(24, true) & 0x80) !== 0 : (flags.getUint32(12, true) & 1) !== 0;
}
