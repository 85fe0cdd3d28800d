import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { ConnectError, ProtocolError } from "../../../lib/base/errors.ts";
import { hex, parseHex } from "../../../lib/base/hex.ts";
import * as client from "../../../lib/socks/client.ts";
import { readExactly } from "../../../lib/stream/exact.ts";
import type { Stream } from "../../../lib/stream/stream.ts";
import { streamPair } from "../../helpers/streams.ts";

/** Plays a proxy: `<` is what it expects, `>` what it sends, one octet at a time where `slow`. */
async function play(proxy: Stream, script: string[], slow: boolean): Promise<void> {
  for (const line of script) {
    const bytes = parseHex(line.slice(1));
    if (line.startsWith("<")) assertEquals(hex(await readExactly(proxy, bytes.length)), hex(bytes));
    else if (slow) { for (const octet of bytes) await proxy.write(Uint8Array.of(octet)); }
    else await proxy.write(bytes);
  }
}

/** Runs `talk` against the script both at once and octet by octet, then sees that "DATA" is still to be read. */
async function withProxy<T>(script: string[], talk: (stream: Stream) => Promise<T>): Promise<T> {
  let last: T | undefined;
  for (const slow of [false, true]) {
    const [ours, theirs] = streamPair();
    const played = play(theirs, [...script, ">44415441"], slow).catch((error) => {
      if (!/pipe/i.test(String(error))) throw error;
    });
    try {
      last = await talk(ours);
      assertEquals(hex(await readExactly(ours, 4)), "44415441");
    } finally {
      await ours.close();
      await played;
    }
  }
  return last!;
}

Deno.test("socks4Connect() asks for an address and gives the bound one", async () => {
  const bound = await withProxy(
    ["<04 01 01bb c0000201 6d65 00", ">00 5a 0438 7f000001"],
    (stream) => client.socks4Connect(stream, { host: "192.0.2.1", port: 443 }, { user: "me" }),
  );
  assertEquals(bound, { type: "ipv4", host: "127.0.0.1", port: 1080 });
});

Deno.test("socks4Connect() cannot carry names nor IPv6", async () => {
  const [ours] = streamPair();
  await assertRejects(() => client.socks4Connect(ours, { host: "a.test", port: 1 }), ConnectError, "SOCKS4a");
  await assertRejects(() => client.socks4Connect(ours, { host: "::1", port: 1 }), ConnectError, "IPv6");
  await assertRejects(() => client.socks4aConnect(ours, { host: "::1", port: 1 }), ConnectError, "IPv6");
});

Deno.test("socks4aConnect() sends the name", async () => {
  await withProxy(
    ["<04 01 0050 00000001 00 612e74657374 00", ">00 5a 0000 00000000"],
    (stream) => client.socks4aConnect(stream, { host: "a.test", port: 80 }),
  );
});

for (
  const [code, words, reason] of [
    ["5b", '"request rejected or failed" (91)', "proxy"],
    ["5c", "(92)", "denied"],
    ["5d", "(93)", "denied"],
  ] as const
) {
  Deno.test(`socks4Connect() names reply ${code} in words`, async () => {
    const error = await assertRejects(
      () =>
        withProxy(
          ["<04 01 0050 c0000201 00", `>00 ${code} 0000 00000000`],
          (stream) => client.socks4Connect(stream, { host: "192.0.2.1", port: 80 }, { via: "p:1" }),
        ),
      ConnectError,
    ) as ConnectError;
    assertStringIncludes(error.message, 'Cannot connect to "192.0.2.1:80" through "p:1": the proxy replied ');
    assertStringIncludes(error.message, words);
    assertEquals(error.reason, reason);
  });
}

Deno.test("names travel as UTF-8", async () => {
  const to = { host: "ü.test", port: 80 };
  const name = "c3bc2e74657374";
  await withProxy(
    [`<04 01 0050 00000001 00 ${name} 00`, ">00 5a 0000 00000000"],
    (stream) => client.socks4aConnect(stream, to),
  );
  await withProxy(
    ["<05 01 00", ">05 00", `<05 01 00 03 07 ${name} 0050`, ">05 00 00 01 00000000 0000"],
    (stream) => client.socks5Connect(stream, to),
  );
});

Deno.test("relayAddress() puts the proxy's own address in place of any", () => {
  for (const [host, relay] of [["0.0.0.0", "p"], ["::", "p"], ["", "p"], ["192.0.2.1", "192.0.2.1"]] as const) {
    assertEquals(client.relayAddress({ type: "name", host, port: 7 }, "p"), { host: relay, port: 7 });
  }
});

Deno.test("socks5Connect() without a login", async () => {
  const bound = await withProxy(
    ["<05 01 00", ">05 00", "<05 01 00 03 06 612e74657374 0050", ">05 00 00 04 00000000000000000000000000000001 1234"],
    (stream) => client.socks5Connect(stream, { host: "a.test", port: 80 }),
  );
  assertEquals(bound, { type: "ipv6", host: "::1", port: 0x1234 });
});

Deno.test("socks5Connect() with user and password, and a bound name", async () => {
  const bound = await withProxy(
    [
      "<05 02 00 02",
      ">05 02",
      "<01 02 6d65 03 c3a979",
      ">01 00",
      "<05 01 00 01 7f000001 0050",
      ">05 00 00 03 01 78 0001",
    ],
    (stream) => client.socks5Connect(stream, { host: "127.0.0.1", port: 80 }, { user: "me", password: "éy" }),
  );
  assertEquals(bound, { type: "name", host: "x", port: 1 });
});

for (
  const [code, words, reason] of [
    ["02", '"connection not allowed by ruleset" (2)', "denied"],
    ["03", '"network unreachable" (3)', "network-unreachable"],
    ["04", '"host unreachable" (4)', "host-unreachable"],
    ["05", '"connection refused" (5)', "refused"],
    ["06", '"TTL expired" (6)', "timed-out"],
    ["07", '"command not supported" (7)', "proxy"],
    ["7f", '"unassigned reply" (127)', "proxy"],
  ] as const
) {
  Deno.test(`socks5Connect() names reply ${code} in words`, async () => {
    const error = await assertRejects(
      () =>
        withProxy(
          ["<05 01 00", ">05 00", "<05 01 00 01 7f000001 0050", `>05 ${code} 00 01 00000000 0000`],
          (stream) => client.socks5Connect(stream, { host: "127.0.0.1", port: 80 }),
        ),
      ConnectError,
    ) as ConnectError;
    assertEquals(error.message, `Cannot connect to "127.0.0.1:80": the proxy replied ${words}`);
    assertEquals(error.reason, reason);
  });
}

Deno.test("socks5Connect() says who wants a login, and who refuses it", async () => {
  const to = { host: "127.0.0.1", port: 80 };
  // The second insists on it unasked.
  for (const choice of [">05ff", ">0502"]) {
    await assertRejects(
      () => withProxy(["<050100", choice], (stream) => client.socks5Connect(stream, to)),
      ConnectError,
      "wants a login",
    );
  }
  await assertRejects(
    () => withProxy(["<050100", ">0501"], (stream) => client.socks5Connect(stream, to)),
    ProtocolError,
    "not offered",
  );
  await assertRejects(
    () =>
      withProxy(
        ["<05020002", ">0502", "<0101610162", ">0101"],
        (stream) => client.socks5Connect(stream, to, { user: "a", password: "b" }),
      ),
    ConnectError,
    "refused user and password",
  );
});

Deno.test("socks5Connect() says who else answers as the peer does", async () => {
  const answers = [[">48545450", "an HTTP proxy"], [">150301", "a server of TLS"], [
    ">5353482d",
    "an SSH server",
  ]] as const;
  for (const [answer, words] of answers) {
    await assertRejects(
      () => withProxy(["<050100", answer], (stream) => client.socks5Connect(stream, { host: "127.0.0.1", port: 80 })),
      ProtocolError,
      `, as the answer of ${words} does`,
    );
  }
});

Deno.test("socks5Connect() takes a refusal that ends after its code", async () => {
  const [ours, theirs] = streamPair();
  const played = play(theirs, ["<050100", ">0500", "<05010001 7f000001 0050", ">05050001"], false)
    .then(() => theirs.close());
  await assertRejects(
    () => client.socks5Connect(ours, { host: "127.0.0.1", port: 80 }),
    ConnectError,
    "connection refused",
  );
  await played;
});

Deno.test("socks5Bind() and socks4Bind() give both replies", async () => {
  const peer = await withProxy(
    ["<050100", ">0500", "<05 02 00 01 c0000202 0000", ">05 00 00 01 c0000201 1234", ">05 00 00 01 c0000202 4321"],
    async (stream) => {
      const binding = await client.socks5Bind(stream, { host: "192.0.2.2", port: 0 });
      assertEquals(binding.bound.port, 0x1234);
      return binding.accepted();
    },
  );
  assertEquals(peer, { type: "ipv4", host: "192.0.2.2", port: 0x4321 });
  const peer4 = await withProxy(
    ["<04 02 0000 c0000202 00", ">00 5a 1234 c0000201", ">00 5a 4321 c0000202"],
    async (stream) => (await client.socks4Bind(stream, { host: "192.0.2.2", port: 0 })).accepted(),
  );
  assertEquals(peer4.port, 0x4321);
});

Deno.test("every handshake ends with an error on any garbage and any cut", async () => {
  const to = { host: "127.0.0.1", port: 80 };
  const talks = [client.socks4Connect, client.socks4aConnect, client.socks5Connect];
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.nat(2), async (garbage, which) => {
    if (which < 2 && garbage[1] === 0x5a) garbage[1] = 0;
    if (which === 2 && garbage[0] === 5 && garbage[1] === 0) garbage[1] = 1;
    const [ours, theirs] = streamPair();
    const sent = theirs.write(garbage).then(() => theirs.closeWrite(), () => {});
    const drained = theirs.read(new Uint8Array(600)).catch(() => {});
    const error = await assertRejects(() => talks[which]!(ours, to));
    assertEquals(error instanceof ConnectError || error instanceof ProtocolError, true, String(error));
    await ours.close();
    await theirs.close();
    await Promise.all([sent, drained]);
  }));
});

Deno.test("a handshake ends when its signal is aborted", async () => {
  const [ours, theirs] = streamPair();
  const abort = new AbortController();
  const drained = theirs.read(new Uint8Array(100)).then(() => abort.abort(new Error("Enough")));
  await assertRejects(
    () => client.socks5Connect(ours, { host: "127.0.0.1", port: 80 }, { signal: abort.signal }),
    Error,
    "Enough",
  );
  await drained;
});
