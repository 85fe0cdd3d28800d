import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { namesIn, parseWrapperTable, wrappersAdmit } from "../../../../lib/address/network/tcp_wrappers.ts";
import { FormatError } from "../../../../lib/base/errors.ts";
import { ask, openOne, testContext } from "../../../helpers/endpoint.ts";

const addressesOf = (name: string) => name === "localhost" ? ["127.0.0.1", "::1"] : [];
const admits = (allow: string, deny: string, host: string, daemon = "netlab") =>
  wrappersAdmit({ allow: parseWrapperTable(allow), deny: parseWrapperTable(deny) }, [daemon], host, addressesOf);

Deno.test("tcp wrappers: the first match in allow admits, the first in deny refuses, nobody else is refused", () => {
  const closed = "ALL: ALL";
  assertEquals(admits("", "", "192.0.2.1"), true);
  assertEquals(admits("", closed, "192.0.2.1"), false);
  for (
    const [allow, host, admitted] of [
      ["netlab: 127.0.0.1", "127.0.0.1", true],
      ["netlab: 127.0.0.1", "127.0.0.2", false],
      ["other: ALL", "127.0.0.1", false],
      ["other, netlab : 10.1. 127.", "127.9.9.9", true],
      ["netlab: 10.1.", "10.2.0.1", false],
      ["ALL: 192.0.2.0/24", "192.0.2.200", true],
      ["ALL: 192.0.2.0/255.255.255.0", "192.0.3.1", false],
      ["ALL: [::2]", "::2", true],
      ["ALL: [2001:db8::]/32", "2001:db8::7", true],
      ["ALL: [::2]", "::1", false],
      ["ALL: localhost", "127.0.0.1", true],
      ["ALL: localhost", "::ffff:127.0.0.1", true],
      ["ALL: localhost", "127.0.0.2", false],
      ["ALL EXCEPT netlab: ALL", "127.0.0.1", false],
      ["ALL: 127. EXCEPT 127.0.0.2", "127.0.0.2", false],
      ["ALL: 127. EXCEPT 127.0.0.0/24 EXCEPT 127.0.0.2", "127.0.0.2", true],
      ["# a comment\n\nALL: 127.0.0.1 \\\n 127.0.0.2", "127.0.0.2", true],
      ["ALL: 127.0.0.1 : deny\nALL: 127.", "127.0.0.1", false],
    ] as const
  ) assertEquals(admits(allow, closed, host), admitted, `${allow} ${host}`);
  assertEquals(admits("", "ALL: 127. : allow\nALL: ALL", "127.0.0.1"), true);
  assertEquals(namesIn(parseWrapperTable("a: b.example 10. EXCEPT c.example")), ["b.example", "c.example"]);
});

Deno.test("tcp wrappers: what cannot be judged is refused as a whole", () => {
  for (
    const line of ["netlab", "a: .example", "a: LOCAL", "a: user@host", "a: b : spawn x", "a: /file", "a: PARANOID"]
  ) {
    assertThrows(() => parseWrapperTable(line), FormatError, undefined, line);
  }
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      parseWrapperTable(text);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }));
});

Deno.test("a listener with tables admits whom they admit, and does not open with one that it cannot judge", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/hosts.allow`, "script: 127.0.0.2\n");
    await Deno.writeTextFile(`${folder}/hosts.deny`, "ALL: ALL\n");
    const context = testContext();
    const first = openOne(`tcp-listen:0,tcpwrap=script,tcpwrap-etc=${folder}`, context);
    const where = await context.listening;
    assertEquals(await ask(await openOne(`tcp:${where}`), "x").catch(() => ""), "");
    await using client = await openOne(`tcp:${where},bind=127.0.0.2`);
    await using served = await first;
    assertEquals(served.about.remote?.host, "127.0.0.2");
    assertEquals(context.lines.filter((line) => line.includes("due to tcpwrapper option")).length, 1);
    await client.close();
    await Deno.writeTextFile(`${folder}/hosts.deny`, "ALL: .example\n");
    await assertRejects(() => openOne(`udp-recvfrom:0,tcpwrap-etc=${folder}`), Error, '".example" cannot be judged');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
