import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../../lib/base/errors.ts";
import { convertLines } from "../../../../lib/address/opening/layers.ts";
import { parseAddressText } from "../../../../lib/address/words/grammar.ts";
import { joinedAddress, parseEndpoint } from "../../../../lib/address/list.ts";
import { latin1, latin1Text } from "../../../../lib/base/bytes.ts";

const words = (text: string) => {
  const { type, params, options } = parseAddressText(text)[0];
  return [type, [...params], options.map(({ name, value }) => value === undefined ? name : `${name}=${value}`)];
};

Deno.test("parseAddressText() splits type, parameters and options", () => {
  assertEquals(words("tcp-listen:1234,reuseaddr,fork"), ["tcp-listen", ["1234"], ["reuseaddr", "fork"]]);
  assertEquals(words("TCP:[::1]:80,bind=[::1]:5"), ["TCP", ["[::1]", "80"], ["bind=[::1]:5"]]);
  assertEquals(words("-"), ["-", [], []]);
  assertEquals(words("-,crnl"), ["-", [], ["crnl"]]);
  assertEquals(words("/tmp/a:b,append"), ["/tmp/a:b", [], ["append"]]);
});

Deno.test("parseAddressText() quotes, escapes and nests as socat does", () => {
  assertEquals(words('OPEN:"/tmp/zz,o"')[1], ["/tmp/zz,o"]);
  assertEquals(words("OPEN:/tmp/zz\\,o")[1], ["/tmp/zz,o"]);
  assertEquals(words("OPEN:/tmp/zz\\no")[1], ["/tmp/zz\no"]);
  assertEquals(words("OPEN:/tmp/zz(a,b)")[1], ["/tmp/zz(a,b)"]);
  assertEquals(words("OPEN:/tmp/zz[a,b:c]")[1], ["/tmp/zz[a,b:c]"]);
  assertEquals(words("OPEN:/tmp/zz{a,b}")[1], ["/tmp/zz{a,b}"]);
  assertEquals(words('OPEN:"/tmp/zz\\"q\\t"')[1], ['/tmp/zz"q\t']);
  assertEquals(words("OPEN:/tmp/\\e\\x41")[1], ["/tmp/ex41"]);
  assertEquals(words(`SYSTEM:(echo "a;)"; echo 'b]',)`)[1], [`(echo "a;)"; echo 'b]',)`]);
  assertEquals(words('SYSTEM:echo zz "a, b"')[1], ["echo zz a, b"]);
  assertEquals(words('SYSTEM:echo zz \\"a\\, b\\"')[1], ['echo zz "a, b"']);
});

Deno.test("parseAddressText() reads the two of READ!!WRITE", () => {
  const [left, right] = parseAddressText("STDIN!!tcp:host:80,crnl");
  assertEquals([left.type, right!.type, right!.params], ["STDIN", "tcp", ["host", "80"]]);
  assertEquals(parseAddressText("TEXT:hi there!")[0].params, ["hi there!"]);
});

Deno.test("parseAddressText() refuses what does not end", () => {
  for (const bad of ["", ":80", "tcp:'a", 'tcp:"a', "tcp:[::1", "tcp:a\\", "-!!", "-!!-!!-"]) {
    assertThrows(() => parseAddressText(bad), UsageError, undefined, bad);
  }
});

Deno.test("parseEndpoint() names the culprit and the nearest right word", () => {
  const message = (text: string) => assertThrows(() => parseEndpoint(text), UsageError).message;
  assertEquals(message("tcp-lisen:1"), 'Unknown address type "tcp-lisen": did you mean "TCP-LISTEN"?');
  assertEquals(
    message("tcp-listen:1,frok"),
    'Unknown option "frok" in address "tcp-listen:1,frok": did you mean "fork"?',
  );
  assertEquals(
    message("tcp:1"),
    'Wrong number of parameters in address "tcp:1" (1 instead of 2): write TCP:<host>:<port>',
  );
  assertEquals(
    message("tcp:a:1,connect-timeout=abc"),
    'Cannot parse option "connect-timeout" in address "tcp:a:1,connect-timeout=abc": "abc" is not a number of seconds ' +
      "or a duration such as 500ms, 2s or 1m",
  );
  assertEquals(message("tcp:a:1,connect-timeout").includes("it needs a value"), true);
  assertEquals(
    message("tcp:::1:80"),
    'Wrong number of parameters in address "tcp:::1:80" (4 instead of 2): write TCP:<host>:<port>, with an IPv6 address ' +
      "in brackets: [::1]",
  );
  assertEquals(
    message("tcp-listen:127.0.0.1:80"),
    'Wrong number of parameters in address "tcp-listen:127.0.0.1:80" (2 instead of 1): write ' +
      "TCP-LISTEN:<port>,bind=127.0.0.1 to listen there",
  );
  assertEquals(message("deno.json"), 'Unknown address type "deno.json": write ./deno.json for the file of this name');
  assertEquals(
    message("https://host/"),
    'Unknown address type "https": write tls:HOST:443 for a server, via=https://… for a proxy',
  );
  assertEquals(
    message("udp-recv:0,membership=300.0.0.1"),
    'Cannot parse option "membership" in address "udp-recv:0,membership=300.0.0.1": "300.0.0.1" is not ' +
      "GROUP[:INTERFACE], such as 224.1.2.3:eth0 or [ff02::5]:eth0",
  );
  assertStringIncludes(message("udp-recv:0,membership=127.0.0.1"), '"127.0.0.1" is no multicast group');
  for (const place of ["localhost:80", "127.0.0.1:80", "[::1]:80", "mailserver:25"]) {
    assertEquals(message(place), `Unknown address type "${place.slice(0, -3)}": did you mean "tcp:${place}"?`);
  }
  assertEquals(
    message("tcp:h:1,verify=0"),
    'Option "verify" does not fit address "tcp:h:1,verify=0": it belongs to OPENSSL, OPENSSL-LISTEN and 4 more',
  );
  assertEquals(
    message("ws:h:1,header=nothing"),
    'Cannot parse option "header" in address "ws:h:1,header=nothing": "nothing" is not NAME: VALUE',
  );
  assertEquals(message("tun:10.0.0.1/8"), 'Unknown address type "tun": netlab has no TUN devices; socat has them');
  for (const word of ["ip", "IP4-SENDTO", "ip6-recvfrom", "ip-dgram"]) {
    assertEquals(
      message(`${word}:127.0.0.1:253`),
      `Unknown address type "${word}": netlab has no raw IP sockets; socat has them`,
    );
  }
  for (const word of ["socket-connect", "SENDTO", "dgram"]) {
    assertEquals(
      message(`${word}:2:6:x00`),
      `Unknown address type "${word}": netlab has no generic sockets; socat has them`,
    );
  }
});

Deno.test("parseEndpoint() names the whole address in what its type has against it", () => {
  for (
    const [address, problem] of [
      ["socks5:proxy:host:x", '"x" is not a port number from 0 to 65535'],
      ["socks4:proxy::80", "the host is missing"],
      ["ws://host:x/path", '"x" is not a port number from 0 to 65535'],
      ["open:x,rdonly,wronly", 'options "rdonly", "wronly" and "rdwr" exclude each other'],
      ["exec:cat,pty,fdin=3", 'options "fdin" and "fdout" exclude "pty"'],
      ["udp:host:x", '"x" is not a port number from 0 to 65535'],
      ["udp-datagram:host:x", '"x" is not a port number from 0 to 65535'],
      ["udp-datagram::53", "the host is missing"],
      ["merge:gopher", 'unknown address type "gopher"'],
    ] as const
  ) {
    assertThrows(() => parseEndpoint(address), UsageError, `Cannot parse address "${address}": ${problem}`);
  }
});

Deno.test("parseEndpoint() takes types and options in any case, and the aliases", () => {
  for (
    const text of [
      "tcp-l:1",
      "TCP4-LISTEN:1,FORK",
      "Udp6:[::1]:1,SP=5",
      "tcp:h:http,NoDelay=0",
      "STDIO",
      "-,CRLF",
      "tcp://h:80",
      "tls://[::1]:443/",
      "udp-l://53",
    ]
  ) {
    parseEndpoint(text);
  }
});

Deno.test("convertLines() changes endings between all kinds", () => {
  const convert = (text: string, from: "lf" | "cr" | "crnl", to: "lf" | "cr" | "crnl") =>
    latin1Text(convertLines(latin1(text), from, to));
  assertEquals(convert("a\nb\n", "lf", "crnl"), "a\r\nb\r\n");
  assertEquals(convert("a\r\nb\r\n", "crnl", "lf"), "a\nb\n");
  assertEquals(convert("a\nb\n", "lf", "cr"), "a\rb\r");
  assertEquals(convert("a\rb\r", "cr", "lf"), "a\nb\n");
  assertEquals(convert("a\rb", "cr", "crnl"), "a\r\nb");
  assertEquals(convert("a\r\nb", "crnl", "cr"), "a\rb");
  assertEquals(convert("a\r\nb\n", "crnl", "crnl"), "a\r\nb\n");
});

Deno.test("parseAddressText() for Windows leaves backslashes in paths, and knows drives", () => {
  const words = (text: string) => {
    const { type, params, options } = parseAddressText(text, true)[0];
    return [type, [...params], options.map(({ name, value }) => value === undefined ? name : `${name}=${value}`)];
  };
  assertEquals(words("C:\\new\\a.txt,append"), ["C:\\new\\a.txt", [], ["append"]]);
  assertEquals(words("c:/new/a.txt"), ["c:/new/a.txt", [], []]);
  assertEquals(words('"C:\\a, b.txt",rdonly'), ["C:\\a, b.txt", [], ["rdonly"]]);
  assertEquals(words("\\\\server\\share\\t.txt"), ["\\\\server\\share\\t.txt", [], []]);
  assertEquals(words(".\\run\\x"), [".\\run\\x", [], []]);
  assertEquals(words("open:C:\\new\\t.txt")[1], ["C", "\\new\\t.txt"]);
  assertEquals(words("tls:host:1,cafile=C:\\t\\ca.pem,verify"), ["tls", ["host", "1"], [
    "cafile=C:\\t\\ca.pem",
    "verify",
  ]]);
  assertEquals(words("tcp:host:80"), ["tcp", ["host", "80"], []]);
  assertEquals(words("text:a\\nb")[1], ["a\nb"]);
  const [left, right] = parseAddressText("C:\\in.txt!!-", true);
  assertEquals([left.type, right!.type], ["C:\\in.txt", "-"]);
});

Deno.test("joinedAddress() finds the blank that parts an address", () => {
  for (
    const [words, whole] of [
      ["tcp-listen:1 fork -", "tcp-listen:1,fork"],
      ["tcp-listen:1, fork -", "tcp-listen:1,fork"],
      ["tcp-listen:1 ,fork -", "tcp-listen:1,fork"],
      ["tcp-listen:1 bind=::1 -", "tcp-listen:1,bind=::1"],
      ["tcp-listen 1 -", "tcp-listen:1"],
      ["tcp-listen:1 tcp localhost:2", "tcp:localhost:2"],
      ["tcp-listen:1 tcp:localhost:2 tcp:localhost:3", undefined],
      ["tcp-listen:1", undefined],
    ] as const
  ) {
    assertEquals(joinedAddress(words.split(" ")), whole, words);
  }
});
