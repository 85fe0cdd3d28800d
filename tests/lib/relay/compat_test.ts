import { assertEquals } from "@std/assert";
import { ConnectError, UsageError } from "../../../lib/base/errors.ts";
import { compatError, socketText } from "../../../lib/relay/compat.ts";

Deno.test("socketText() prints socket addresses as socat does", () => {
  assertEquals(
    [
      { host: "0.0.0.0", port: 1234 },
      { host: "localhost", port: 1 },
      { host: "::1", port: 80 },
      { host: "2001:db8::ff", port: 80 },
      "/tmp/socket",
    ].map(socketText),
    [
      "AF=2 0.0.0.0:1234",
      "AF=2 127.0.0.1:1",
      "AF=10 [0000:0000:0000:0000:0000:0000:0000:0001]:80",
      "AF=10 [2001:0db8:0000:0000:0000:0000:0000:00ff]:80",
      'AF=1 "/tmp/socket"',
    ],
  );
});

Deno.test("compatError() finds socat's words, and keeps ours where socat has none", () => {
  const refused = (target: string) => new ConnectError(target, "Connection refused", { reason: "refused" });
  for (
    const [error, words] of [
      [refused("127.0.0.1:1"), "connect(5, AF=2 127.0.0.1:1, 16): Connection refused"],
      [
        refused("[::1]:1"),
        "connect(5, AF=10 [0000:0000:0000:0000:0000:0000:0000:0001]:1, 28): Connection refused",
      ],
      [refused("/tmp/s"), 'connect(, AF=1 "/tmp/s", 8): Connection refused'],
      [
        new ConnectError("h.invalid:1", "no such name", { reason: "name-not-found" }),
        'getaddrinfo("h.invalid", "NULL", {1,0,1,6}, {}): Name or service not known',
      ],
      [
        new ConnectError("h:1", "the proxy replied no", { via: "socks5://p:1080", reason: "proxy" }),
        'Cannot connect to "h:1" through "socks5://p:1080": the proxy replied no',
      ],
      [new UsageError('Unknown address type "FOO": did you mean "FD"?'), 'unknown device/address "FOO"'],
      [
        new UsageError('Unknown address type "TUN": netlab has no TUN devices; socat has them'),
        'unknown device/address "TUN": netlab has no TUN devices; socat has them',
      ],
      [new Error('Cannot lock "/tmp/l": the lock file exists'), 'could not obtain lock "/tmp/l"'],
      [
        new UsageError('Cannot parse option "rcvbuf" in address "TCP:h:1,rcvbuf=x": "x" is not a size such as 4096'),
        'parseopts(): missing numerical value of option "rcvbuf=x"',
      ],
      [new Error("something else"), "something else"],
    ] as const
  ) assertEquals(compatError(error), words);
});

Deno.test("socat's words for places of VSOCK", () => {
  assertEquals(socketText("vsock:6000"), "AF=40 cid:4294967295 port:6000");
  assertEquals(
    compatError(new ConnectError("vsock:1:7", "Connection reset by peer", { reason: "other" })),
    "connect(5, AF=40 cid:1 port:7, 16): Connection reset by peer",
  );
  assertEquals(
    compatError(new Error("Cannot listen on vsock:1:7: Address already in use: stop the other program")),
    "bind(5, {AF=40 cid:1 port:7}, 16): Address already in use",
  );
});
