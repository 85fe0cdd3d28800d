import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { openOne } from "../../../helpers/endpoint.ts";
import { interop, netlabCommand, Running, runProgram } from "../../../helpers/netlab.ts";

/** Runs netlab by a shell that has opened descriptors for it. */
function byShell(redirections: string, ...args: string[]) {
  const { program, args: all } = netlabCommand(["relay", ...args]);
  return runProgram("/bin/sh", ["-c", `exec "$0" "$@" ${redirections}`, program, ...all], { stdin: "from stdin" });
}

Deno.test({
  name: "FD uses descriptors that netlab was started with, a bare number too",
  ignore: Deno.build.os !== "linux",
  async fn() {
    assertEquals((await byShell("7<&0", "-u", "fd:7", "-")).stdout, "from stdin");
    assertEquals((await byShell("8>&1", "-u", "-", "8")).stdout, "from stdin");
    assertEquals((await byShell("7<&0 8>&1", "7!!8", "exec:cat")).stdout, "from stdin");
  },
});

Deno.test({
  name: "FD refuses a descriptor of the runtime's own",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const open = () => [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((fd) => fd > 2);
    const before = open();
    using file = await Deno.open("/dev/null");
    // None that the tests were started with, nor the one that lists them, which is gone.
    const still = open();
    const own = open().filter((fd) => !before.includes(fd) && still.includes(fd));
    let refused = 0;
    for (const fd of own) {
      await assertRejects(() => openOne(`fd:${fd}`), Error, "netlab was not started with it").then(() => refused++);
      break;
    }
    assertEquals([refused, file.isTerminal()], [1, false]);
    assertThrows(() => parseEndpoint("fd:x"), UsageError, "not the number of a descriptor");
  },
});

interop("ACCEPT-FD serves the socket that systemd would pass", ["python3"], async () => {
  const { program, args } = netlabCommand(["relay", "accept-fd,fork", "exec:cat"]);
  const code = `
import socket, os, sys
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(5)
print("port", s.getsockname()[1], file=sys.stderr, flush=True)
os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
os.environ["LISTEN_FDS"] = "1"; os.environ["LISTEN_PID"] = str(os.getpid()); os.environ["LISTEN_FDNAMES"] = "web"
os.execv(sys.argv[1], sys.argv[1:])
`;
  await using server = new Running("python3", ["-c", code, program, ...args]);
  const port = Number((await server.line(/port (\d+)/))[1]);
  await server.line(/listening on descriptor 3/);
  for (const text of ["one", "two"]) {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(new TextEncoder().encode(text));
    await conn.closeWrite();
    const view = new Uint8Array(10);
    assertEquals(new TextDecoder().decode(view.subarray(0, (await conn.read(view))!)), text);
  }
  assertEquals((await server.stop()).status, 143);
});

Deno.test({
  name: "ACCEPT-FD without a socket, or with something else, says so",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { stderr, status } = await byShell("", "accept-fd", "-");
    assertMatch(stderr, /no socket was passed/);
    assertEquals(status, 1);
    const other = await byShell("", "accept-fd:0", "-");
    assertEquals([other.stderr, other.status], [
      "netlab: Cannot accept at descriptor 0: it is no socket that listens for connections\n",
      1,
    ]);
  },
});
