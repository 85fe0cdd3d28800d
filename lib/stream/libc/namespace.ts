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

function enter(libc: Libc, fd: number): void {
  if (libc.call.setns!(fd, CLONE_NEWNET) !== 0) throw new SystemError(libc, libc.errno());
}

/** Goes to the namespace `name`. The descriptor of the one that is left: to enter it again, and to close. */
function leaveFor(libc: Libc, name: string): number {
  const open: number[] = [];
  try {
    for (const path of ["/proc/thread-self/ns/net", fileOf(name)]) open.push(openFile(libc, path));
    // First netlab's own: who may not enter that one would not come back (root of a user namespace, whose it is not).
    for (const fd of open) enter(libc, fd);
    return open.shift()!;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const advice = /permitted|denied/.test(why) ? ": only root may" : "";
    throw new NamespaceError(`Cannot enter the network namespace "${name}": ${why}${advice}`, { cause: error });
  } finally {
    for (const fd of open) libc.call.close(fd);
  }
}

/**
 * Calls `make` in the namespace `name`. Only this thread is there meanwhile, and a thread that it starts: `make` must do its
 * work by the calls that it makes itself, before it returns. Throws a `NamespaceError`.
 */
export function inNamespace<T>(name: string, make: () => T): T {
  const libc = needLibc("Another network namespace");
  if (libc.call.setns === null) throw new NamespaceError("Network namespaces are Linux' alone");
  const own = leaveFor(libc, name);
  try {
    return make();
  } finally {
    try {
      enter(libc, own);
    } finally {
      libc.call.close(own);
    }
  }
}
