import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FormatError } from "../../../../lib/base/errors.ts";
import { type Acceptable, accepted, portFrom } from "../../../../lib/address/network/listen.ts";
import { parseEndpoint } from "../../../../lib/address/list.ts";
import { ask, openOne, testContext } from "../../../helpers/endpoint.ts";

Deno.test("portFrom() knows numbers, well-known names, and the system's own names", () => {
  assertEquals(portFrom("8080"), 8080);
  assertEquals(portFrom("HTTPS"), 443);
  assertThrows(() => portFrom("no-such-service"), FormatError, '"no-such-service"');
  assertThrows(() => portFrom("constructor"), FormatError, '"constructor"');
  assertThrows(() => portFrom(""), FormatError);
});

Deno.test({
  name: "portFrom() reads the system's list of services",
  ignore: !hasService("openvpn"),
  fn: () => assertEquals(portFrom("openvpn"), 1194),
});

function hasService(name: string): boolean {
  try {
    return Deno.readTextFileSync("/etc/services").includes(`\n${name}`);
  } catch {
    return false;
  }
}

Deno.test("sourceport on a listener admits peers with this port only", async () => {
  // A port that is free now; the listener is asked to admit it, then it connects.
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port: wanted } = probe.addr;
  probe.close();
  for (const spelled of ["sourceport", "sp"]) {
    const context = testContext();
    const serving = (async () => {
      for await (const stream of parseEndpoint(`tcp-listen:0,${spelled}=${wanted}`).open(context)) {
        await stream.write(new TextEncoder().encode("in"));
        await stream.close();
      }
    })();
    const port = (await context.listening).split(":").pop();
    const stranger = await ask(await openOne(`tcp:127.0.0.1:${port}`), "").catch(() => "");
    assertEquals(stranger, "");
    const friend = await openOne(`tcp:127.0.0.1:${port},sourceport=${wanted},reuseaddr`);
    assertEquals(await ask(friend, "").catch((error) => String(error)), "in");
    await serving;
    assert(context.lines.some((line) => line.includes("due to sourceport option")));
  }
});

Deno.test("accepted() ends with an only connection that was reset before it could be read, and with fork waits on", async () => {
  const taken = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 9 }, close() {} } as const;
  const first = async (fork: boolean) => {
    const results = [() => Promise.reject(new Deno.errors.NotConnected("gone")), () => Promise.resolve(taken)];
    const listener = { accept: (): Promise<Acceptable> => results.shift()!(), close() {} };
    const options = { range: [], deny: [], lowport: false, fork, "accept-timeout": undefined };
    for await (const conn of accepted(listener, "here", options, testContext())) return conn;
    return undefined;
  };
  await assertRejects(() => first(false), Error, "The only connection to here was reset by its peer");
  assertEquals(await first(true), taken);
});
