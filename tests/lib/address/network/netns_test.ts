// Sockets and programs in another network namespace. Needs root and iproute2.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openOne, readWhole, testContext } from "../../../helpers/endpoint.ts";
import { canMakeNamespace, ip } from "../../../helpers/namespaces.ts";
import { which } from "../../../helpers/netlab.ts";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { compatError } from "../../../../lib/relay/compat.ts";
import { utf8, utf8Text } from "../../../../lib/base/bytes.ts";
import { inNamespace } from "../../../../lib/stream/libc/namespace.ts";
import { readAll } from "../../../helpers/streams.ts";

const space = `netlab-n${Deno.pid}`;
const able = await canMakeNamespace(space);

function inSpace(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `${name}${able ? "" : " [needs root and iproute2]"}`,
    ignore: !able,
    fn: async () => {
      await ip("netns", "add", space);
      try {
        await ip("-n", space, "link", "set", "lo", "up");
        await ip("-n", space, "addr", "add", "10.98.7.6/32", "dev", "lo");
        await fn();
        assertEquals(new Set(threads()).size, 1, "a thread stayed elsewhere");
      } finally {
        await ip("netns", "del", space);
      }
    },
  });
}

/** The namespace of each thread of this process. */
function threads(): string[] {
  return [...Deno.readDirSync("/proc/self/task")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/task/${name}/ns/net`)];
    } catch {
      return []; // It has ended while we looked.
    }
  });
}

for (
  const [listening, connecting] of [
    ["tcp-listen:0,bind=10.98.7.6", "tcp:"],
    ["udp-listen:0,bind=10.98.7.6", "udp:"],
    ["udp-recvfrom:0,bind=10.98.7.6", "udp-sendto:"],
    ["tls-listen:0,bind=10.98.7.6,self-signed,verify=0", "tls:"],
    ["ws-listen:0,bind=10.98.7.6", "ws:"],
    ["abstract-listen:netlab-there", "abstract-connect:"],
    ["abstract-recvfrom:netlab-there", "abstract-sendto:"],
  ] as const
) {
  inSpace(`netns= joins ${connecting} and ${listening} where netlab itself is not`, async () => {
    const context = testContext();
    const served = openOne(`${listening},netns=${space}`, context);
    const where = (await context.listening).replace(/^@|^vsock:/, "");
    const tls = connecting === "tls:" ? ",verify=0" : "";
    // UDP hears of nobody a moment later, UDP-SENDTO never.
    if (connecting !== "udp-sendto:") {
      await assertRejects(async () => {
        await using nobody = await openOne(`${connecting}${where}${tls},connect-timeout=1`);
        await nobody.write(utf8("x"));
        if (await nobody.read(new Uint8Array(9)) === null) throw new Error("Nobody");
      });
    }
    await using client = await openOne(`${connecting}${where}${tls},netns=${space}`);
    await client.write(utf8("ping"));
    await using server = await served;
    const view = new Uint8Array(9);
    assertEquals(utf8Text(view.slice(0, await server.read(view) ?? 0)), "ping");
    await server.write(utf8("pong"));
    assertEquals(utf8Text(view.slice(0, await client.read(view) ?? 0)), "pong");
  });
}

inSpace("netns= runs a program elsewhere, and takes a path", async () => {
  for (const options of ["", ",pty", ",f-setpipe-sz=65536", ",stderr"]) {
    assertMatch(await readWhole(`exec:ip -br addr,netns=${space}${options}`), /10\.98\.7\.6/, options);
  }
  assertMatch(await readWhole(`exec:ip -br addr,netns=/run/netns/${space}`), /10\.98\.7\.6/);
});

inSpace("inNamespace() comes back when what it called has failed", async () => {
  const own = threads();
  try {
    inNamespace(space, () => {
      throw new Error("no");
    });
  } catch (error) {
    assertEquals((error as Error).message, "no");
  }
  assertEquals(threads()[0], own[0]);
  await using program = await openOne("exec:ip -br addr", testContext({ use: "read" }));
  assertEquals(utf8Text(await readAll(program)).includes("10.98.7.6"), false);
});

/** Prints where it is before and after it tries to be at its argument. */
const TRIED = `
import { inNamespace } from ${JSON.stringify(import.meta.resolve("../../../../lib/stream/libc/namespace.ts"))};
const at = () => Deno.readLinkSync("/proc/thread-self/ns/net");
const own = at();
try {
  inNamespace(Deno.args[0], () => console.log("there"));
} catch (error) {
  console.log(error.name, error.message.replace(/".*"/, "_"));
}
console.log(at() === own ? "at home" : "away");
`;

const userSpaces = which("unshare") !== undefined && Deno.uid() === 0 &&
  (await new Deno.Command("unshare", { args: ["-Urn", "true"], stdin: "null", stdout: "null", stderr: "null" })
    .output())
    .success;

Deno.test({
  name: `root of a user namespace, who could not come back, enters none${userSpaces ? "" : " [needs unshare]"}`,
  ignore: !userSpaces,
  fn: async () => {
    const script = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(script, TRIED);
      // The other one is this user's own, the first one is not.
      const words = `unshare -n sh -c 'echo $$; exec sleep 60' | { read -r p; "$@" /proc/$p/ns/net; kill -s PIPE $p; }`;
      const { stdout } = await new Deno.Command("unshare", {
        args: ["-Ur", "sh", "-c", words, "sh", Deno.execPath(), "run", "-A", script],
        stdin: "null",
        stderr: "inherit",
      }).output();
      assertEquals(
        utf8Text(stdout),
        "NamespaceError Cannot enter the network namespace _: Operation not permitted: only root may\nat home\n",
      );
    } finally {
      await Deno.remove(script);
    }
  },
});

Deno.test({
  name: "netns= of a namespace that is not there is refused by its name, with --compat in socat's words",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    for (
      const address of [
        "tcp:127.0.0.1:1",
        "tcp-listen:0",
        "udp:127.0.0.1:1",
        "udp-recv:0",
        "exec:true",
        "abstract-recv:a",
      ]
    ) {
      const error = await assertRejects(() => openOne(`${address},netns=nosuch`), Error, undefined, address);
      assertMatch(error.message, /Cannot enter the network namespace "nosuch": No such file or directory/, address);
      assertEquals(
        compatError(error),
        "open(/run/netns/nosuch, O_RDONLY|O_CLOEXEC): No such file or directory",
        address,
      );
    }
  },
});

Deno.test("netns= with a proxy for datagrams is refused, as that association would be elsewhere", () => {
  try {
    parseEndpoint("udp:127.0.0.1:1,netns=x,via=socks5://127.0.0.1:1", { os: "linux" });
  } catch (error) {
    return assertMatch((error as Error).message, /"netns" cannot be had with "via"/);
  }
  throw new Error("taken");
});
