import { assert, assertEquals } from "@std/assert";
import { isInherited } from "../../../../lib/stream/libc/descriptor.ts";
import { needLibc } from "../../../../lib/stream/libc/libc.ts";
import { bindUnixDatagram, unixSocketAddress, unixSocketPath } from "../../../../lib/stream/libc/unix_datagram.ts";

Deno.test({
  name: "bindUnixDatagram(): no program that is started meanwhile has the socket",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const libc = needLibc("This test");
    const fd = bindUnixDatagram(`\0netlab-test-${Deno.pid}`);
    try {
      assertEquals(isInherited(libc, fd), false);
      const socket = await Deno.readLink(`/proc/self/fd/${fd}`);
      const { stdout } = await new Deno.Command("sh", { args: ["-c", "ls -l /proc/self/fd"] }).output();
      assertEquals(new TextDecoder().decode(stdout).includes(socket), false);
    } finally {
      libc.call.close(fd);
    }
  },
});

Deno.test("unixSocketPath() reads what unixSocketAddress() wrote", () => {
  for (const path of ["/tmp/socket", "\0abstract", "\0with\0zero", "é"]) {
    assertEquals(unixSocketPath(unixSocketAddress(path)), path);
  }
  assert(unixSocketPath(new Uint8Array([1, 0])) === undefined);
  // macOS: length, family, and as much as a `sockaddr` has.
  assert(unixSocketPath(new Uint8Array([16, 1, ...new Uint8Array(14)])) === undefined);
});
