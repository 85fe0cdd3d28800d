import { assertEquals, assertRejects } from "@std/assert";
import { admission } from "../../../../lib/address/network/admission.ts";
import { UsageError } from "../../../../lib/base/errors.ts";

const anybody = { range: [], deny: [], lowport: false };

Deno.test("admission() judges by prefix, name, privileged port and source port", async () => {
  const peer = { host: "127.0.0.1", port: 2000 };
  assertEquals((await admission(anybody))(peer), undefined);
  assertEquals((await admission({ ...anybody, range: ["10.0.0.0/8"] }))(peer), "due to range option");
  for (const range of ["localhost", "localhost:255.255.255.255", "localhost/8"]) {
    const admits = await admission({ ...anybody, range: [range] });
    assertEquals(admits(peer), undefined, range);
    assertEquals(admits({ ...peer, host: "10.0.0.1" }), "due to range option", range);
  }
  await assertRejects(() => admission({ ...anybody, range: ["300.0.0.1"] }), UsageError, "is not a range");
  await assertRejects(() => admission({ ...anybody, range: ["localhost/99"] }), UsageError, "localhost/99");
  assertEquals((await admission({ ...anybody, deny: ["127.0.0.0/8"] }))(peer), "due to deny option");
  assertEquals((await admission({ ...anybody, lowport: true }))(peer), "due to lowport option");
  assertEquals((await admission({ ...anybody, sourceport: 2001 }))(peer), "due to sourceport option");
  assertEquals((await admission({ ...anybody, sourceport: 2000 }))(peer), undefined);
});

Deno.test("admission() takes IPv4 for itself in either spelling, of the range as of the peer", async () => {
  const hosts = ["10.1.1.1", "::ffff:10.1.1.1", "64:ff9b::10.1.1.1", "8.8.8.8", "::ffff:8.8.8.8", "fd00::1"];
  for (
    const [range, inside] of [
      ["10.0.0.0/8", hosts.slice(0, 3)],
      ["[::ffff:10.0.0.0]/104", hosts.slice(0, 3)],
      ["[::ffff:0:0]/96", hosts.slice(0, 5)],
      ["[64:ff9b::]/96", ["64:ff9b::10.1.1.1"]],
      ["[fd00::]/8", ["fd00::1"]],
    ] as const
  ) {
    for (const [options, admitting] of [[{ range: [range] }, true], [{ deny: [range] }, false]] as const) {
      const admits = await admission({ ...anybody, ...options });
      const admitted = hosts.filter((host) => admits({ host, port: 1 }) === undefined);
      assertEquals(admitted, hosts.filter((host) => inside.some((one) => one === host) === admitting), range);
    }
  }
});

Deno.test("admission() takes ranges of a file, and never an empty list for everybody", async () => {
  const file = await Deno.makeTempFile();
  try {
    const peer = { host: "127.0.0.3", port: 1 }, range = [`file:${file}`];
    await Deno.writeTextFile(file, "# friends\n10.0.0.0/8, 192.0.2.1\n\n127.0.0.3/32  # this one\n");
    assertEquals((await admission({ ...anybody, range }))(peer), undefined);
    assertEquals((await admission({ ...anybody, range }))({ ...peer, host: "127.0.0.4" }), "due to range option");
    assertEquals((await admission({ ...anybody, deny: range }))(peer), "due to deny option");
    await Deno.writeTextFile(file, "# nobody\n");
    await assertRejects(() => admission({ ...anybody, range }), Error, "the file names nobody");
    await assertRejects(
      () => admission({ ...anybody, deny: ["file:/nonexistent/netlab/list"] }),
      Error,
      "No such file",
    );
  } finally {
    await Deno.remove(file);
  }
});
