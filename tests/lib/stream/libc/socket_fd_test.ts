import { assert, assertEquals, assertThrows } from "@std/assert";
import { constants } from "node:os";
import { isAboutOnePeer } from "../../../../lib/address/network/listen.ts";
import { outOfDescriptors } from "../../../../lib/base/errors.ts";
import { findLibc, SystemError } from "../../../../lib/stream/libc/libc.ts";
import {
  getSocketNumber,
  localOf,
  openFinding,
  setSocketOption,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../../../lib/stream/libc/socket_fd.ts";
import { decodeSockaddr, encodeSockaddr } from "../../../../lib/stream/libc/sockaddr.ts";
import { LOOPBACKS } from "../../../helpers/netlab.ts";

const unix = Deno.build.os === "linux" || Deno.build.os === "darwin";
const SO_BROADCAST = Deno.build.os === "linux" ? 6 : 0x20;

function bind(hostname: string) {
  return openFinding(SOCK_DGRAM, () => Deno.listenDatagram({ transport: "udp", hostname, port: 0 }));
}

Deno.test({
  name: "openFinding() finds the descriptor of the runtime's socket",
  ignore: !unix,
  fn() {
    const libc = findLibc()!;
    for (const hostname of [...LOOPBACKS, "0.0.0.0"]) {
      const { socket, fd } = bind(hostname);
      const { hostname: host, port } = socket.addr as Deno.NetAddr;
      assertEquals(localOf(libc, fd!), { host, port });
      socket.close();
      assertEquals(localOf(libc, fd!), undefined);
    }
  },
});

Deno.test({
  name: "openFinding() is not misled by a socket that has the same address",
  ignore: Deno.build.os !== "linux",
  fn() {
    const open = (port: number) =>
      openFinding(
        SOCK_DGRAM,
        () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port, reuseAddress: true }),
      );
    const first = open(0), port = (first.socket.addr as Deno.NetAddr).port;
    const second = open(port), third = open(port);
    assertEquals(new Set([first.fd, second.fd, third.fd]).size, 3);
    // Each is itself: an option set through one descriptor is not seen through the others.
    const libc = findLibc()!;
    setSocketOption(libc, second.fd!, { option: "broadcast", level: SOL_SOCKET, name: SO_BROADCAST, value: 1 });
    assert(getSocketNumber(libc, second.fd!, SOL_SOCKET, SO_BROADCAST)! > 0);
    second.socket.close();
    assertEquals(getSocketNumber(libc, second.fd!, SOL_SOCKET, SO_BROADCAST), undefined);
    for (const { socket } of [first, third]) socket.close();
  },
});

Deno.test({
  name: "openFinding() says when there is no such descriptor, and hands the socket out even so",
  ignore: !unix,
  fn() {
    const { socket, fd } = openFinding(
      SOCK_STREAM,
      () => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    );
    assertEquals(fd, undefined);
    socket.close();
  },
});

Deno.test({
  name: "setSocketOption() fails in the system's words",
  ignore: !unix,
  fn() {
    const { socket, fd } = bind("127.0.0.1");
    try {
      assertThrows(
        () => setSocketOption(findLibc()!, fd!, { option: "nothing", level: 9999, name: 1, value: 1 }),
        SystemError,
        'Cannot set "nothing": ',
      );
    } finally {
      socket.close();
    }
  },
});

Deno.test({
  name: "what a listener outlasts is known by its code: no free descriptor, a peer that has gone",
  ignore: !unix,
  fn() {
    const { EMFILE, ENFILE, ECONNABORTED, ECONNRESET, EIO } = constants.errno;
    const errors = [EMFILE, ENFILE, ECONNABORTED, ECONNRESET, EIO].map((errno) => new SystemError(findLibc()!, errno));
    assertEquals(errors.map(outOfDescriptors), [true, true, false, false, false]);
    assertEquals(errors.map(isAboutOnePeer), [false, false, true, true, false]);
  },
});

Deno.test("encodeSockaddr() and decodeSockaddr() are inverse", () => {
  for (const host of ["127.0.0.1", "::1", "::ffff:1.2.3.4", "2001:db8::53"]) {
    assertEquals(decodeSockaddr(encodeSockaddr({ host, port: 0xabcd })), { host, port: 0xabcd });
  }
  const scope = (host: string) =>
    new Uint32Array(encodeSockaddr({ host, port: 1 }, (zone) => zone === "lo" ? 7 : 0).buffer)[6];
  assertEquals([scope("fe80::1%lo"), scope("fe80::1%12"), scope("fe80::1")], [7, 12, 0]);
});
