// TCP_NODELAY for connections of the runtime's TLS listener, which has no such option: Linux hands it down from the
// listening socket. Without it an answer in two small writes takes 40 ms, as the second waits for the first to be
// acknowledged. Not pure; where it cannot be done nothing is done.
import { findLibc } from "./libc.ts";

const IPPROTO_TCP = 6, TCP_NODELAY = 1;
/** Descriptors that are looked at: a listener is opened early. */
const HIGHEST = 4096;

/** Loads what `sendAtOnce` needs: while the permission (`ffi`) is still there. */
export function prepareNoDelay(): void {
  if (Deno.build.os === "linux") findLibc();
}

/** Makes connections that the listener on `port` accepts send small segments at once. */
export function sendAtOnce(port: number): void {
  const libc = Deno.build.os === "linux" ? findLibc() : undefined;
  if (libc === undefined) return;
  const address = new Uint8Array(128), size = new Uint32Array(1), on = new Uint8Array(new Int32Array([1]).buffer);
  for (let fd = 3; fd < HIGHEST; fd++) {
    size[0] = address.length;
    if (libc.call.getsockname(fd, address, new Uint8Array(size.buffer)) !== 0) continue;
    // The family stands in the machine's order, 2 or 10; the port in network order.
    const family = address[0]! | address[1]!;
    if ((family !== 2 && family !== 10) || ((address[2]! << 8) | address[3]!) !== port) continue;
    if (libc.call.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, on, on.length) === 0) return;
  }
}
