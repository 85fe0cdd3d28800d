// Other network namespaces (network_namespaces(7), setns(2)): entered for the moment in which a socket is made or a program
// is started, which stay there for good. Linux only.
import { cString, type Libc, needLibc, SystemError } from "./libc.ts";

const CLONE_NEWNET = 0x4000_0000;

/** The file of a namespace: of a name that `ip netns` gave, or a path (`/proc/<pid>/ns/net`). */
function fileOf(name: string): string {
  return name.startsWith("/") ? name : `/run/netns/${name}`;
}

function openFile(libc: Libc, path: string): number {
  const { O_RDONLY, O_CLOEXEC } = libc.n;
  const fd = libc.call.open(cString(path), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) throw new SystemError(libc, libc.errno());
  return fd;
}

/** A namespace that cannot be entered: nothing was opened in it. */
export class NamespaceError extends Error {
  override readonly name = "NamespaceError";
}

/**
 * Calls `make` in the namespace `name`. Only this thread is there meanwhile, and a thread that it starts: `make` must do its
 * work by the calls that it makes itself, before it returns. Throws a `NamespaceError`.
 */
export function inNamespace<T>(name: string, make: () => T): T {
  const libc = needLibc("Another network namespace");
  const { setns, close } = libc.call;
  if (setns === null) throw new NamespaceError("Network namespaces are Linux' alone");
  const enter = (fd: number) => {
    if (setns(fd, CLONE_NEWNET) !== 0) throw new SystemError(libc, libc.errno());
  };
  const own = openFile(libc, "/proc/thread-self/ns/net");
  try {
    try {
      const other = openFile(libc, fileOf(name));
      try {
        enter(other);
      } finally {
        close(other);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const advice = /permitted|denied/.test(why) ? ": only root may" : "";
      throw new NamespaceError(`Cannot enter the network namespace "${name}": ${why}${advice}`, { cause: error });
    }
    try {
      return make();
    } finally {
      enter(own);
    }
  } finally {
    close(own);
  }
}
