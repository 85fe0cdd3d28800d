// Asks Linux why a datagram could not be delivered (ICMP "port unreachable"), through the C library. Not pure.
// The runtime's sockets never tell. Used for servers on other machines only: loading the C library costs milliseconds.
import type { RefusalCheck } from "./udp.ts";

const SOL_SOCKET = 1, SO_ERROR = 4, IPPROTO_IP = 0, IP_RECVERR = 11, IPPROTO_IPV6 = 41, IPV6_RECVERR = 25;
/** Most descriptors that are looked at. */
const DESCRIPTORS = 256;

/** The one error that ends the waiting; others (a host that does not answer ARP) may pass, and the reference waits on. */
const ECONNREFUSED = 111;

/** Makes checks for sockets, by their local port. `undefined` where the C library cannot be used. */
export function loadRefusalChecks(): ((localPort: number) => RefusalCheck | undefined) | undefined {
  if (Deno.build.os !== "linux") return undefined;
  let symbols;
  try {
    ({ symbols } = Deno.dlopen("libc.so.6", {
      getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
      getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
      setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    }));
  } catch {
    return undefined;
  }
  const { getsockname, getsockopt, setsockopt } = symbols;
  return (localPort) => {
    const address = new Uint8Array(28), length = new Uint32Array(1), one = new Int32Array([1]);
    for (let fd = 3; fd < DESCRIPTORS; fd++) {
      length[0] = address.length;
      if (getsockname(fd, address, length) !== 0 || ((address[2]! << 8) | address[3]!) !== localPort) continue;
      // An unconnected socket hears of errors only when it asks to.
      const six = new Uint16Array(address.buffer, 0, 1)[0] === 10;
      const done = six
        ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, one, 4)
        : setsockopt(fd, IPPROTO_IP, IP_RECVERR, one, 4);
      if (done !== 0) return undefined;
      const error = new Int32Array(1);
      return () => {
        length[0] = 4;
        const asked = getsockopt(fd, SOL_SOCKET, SO_ERROR, error, length) === 0;
        return asked && error[0] === ECONNREFUSED ? "connection refused" : undefined;
      };
    }
    return undefined;
  };
}
