import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ADDRESS_TYPES, parseEndpoint } from "../../../../lib/address/list.ts";
import { COMMON_OPTIONS } from "../../../../lib/address/common.ts";
import { socatOnly } from "../../../../lib/address/words/elsewhere.ts";
import { UsageError } from "../../../../lib/base/errors.ts";
import { spellings } from "../../../../lib/options/schema.ts";
import { openOne, readWhole, testContext } from "../../../helpers/endpoint.ts";
import { needing } from "../../../helpers/netlab.ts";

Deno.test("socatOnly() tells what is ignored and what is refused", () => {
  assertEquals(socatOnly("sndbuf")?.fate, "ignored");
  assertEquals(socatOnly("SO-BindToDevice")?.fate, "refused");
  assertEquals(socatOnly("nonsense"), undefined);
});

Deno.test("parseEndpoint() says why it does not take an option that changes what passes", () => {
  assertThrows(
    () => parseEndpoint("tcp:h:1,ip-hdrincl"),
    UsageError,
    "socat has it, the runtime cannot set it",
  );
});

Deno.test("-s leaves out what is refused, but nothing that keeps somebody out", () => {
  const skipped: string[] = [];
  const sloppy = { sloppy: true, skipped: (message: string) => skipped.push(message) };
  parseEndpoint("tcp-listen:1,ip-hdrincl", sloppy);
  assertEquals(skipped.length, 1);
  assertThrows(() => parseEndpoint("pipe,tcpwrap=x", sloppy), UsageError, "tcpwrap");
});

Deno.test("an option that changes nothing that matters is ignored with a word in the log", async () => {
  const context = testContext();
  const stream = await openOne("pipe,sndbuf=1000", context);
  await stream.close();
  assertMatch(context.lines.join(""), /"sndbuf" .* ignored/);
});

Deno.test("parseEndpoint() says of an option of other addresses that it does not fit", () => {
  assertThrows(() => parseEndpoint("pipe,so-bindtodevice=lo"), UsageError, "it belongs to");
  assertThrows(() => parseEndpoint("pipe,mss=500"), UsageError, "it belongs to");
});

Deno.test("--compat takes what socat takes of an address where it means nothing, and no more", async () => {
  // Some of these are on Linux alone.
  const os = "linux", compat = { compat: true, os };
  for (
    const address of [
      "tcp:h:1,mode=600,append,user=nobody,umask=077,flock",
      "exec:true,so-bindtodevice=lo,keepalive,perm=600,group=root",
      "unix-listen:s,broadcast,connect-timeout=1",
      "fd:0,mode=600",
    ]
  ) {
    parseEndpoint(address, compat);
    assertThrows(() => parseEndpoint(address, { os }), UsageError, "it belongs to", address);
  }
  for (
    const address of ["pipe,keepalive", "exec:true,nodelay", "tcp:h:1,unlink", "open:x,broadcast", "tcp:h:1,nonsense"]
  ) {
    assertThrows(() => parseEndpoint(address, compat), UsageError, undefined, address);
  }
  const context = testContext({ compat: true });
  await (await openOne("stall,mode=600", context)).close();
  assertMatch(context.lines.join(""), /"mode" .* means nothing there: ignored/);
});

Deno.test("--compat: a path has its colons protected, as socat wants it", () => {
  const os = "linux";
  for (const address of ["open:a:b", "unix-listen:a:b", "abstract-listen:::::", "pipe:a:b", "gopen:a:b"]) {
    parseEndpoint(address, { os });
    assertThrows(() => parseEndpoint(address, { compat: true, os }), UsageError, "Wrong number of parameters", address);
  }
  for (const address of ["open:a\\:b", "unix-listen:'a:b'", "system:echo a:b"]) {
    parseEndpoint(address, { compat: true, os });
  }
});

Deno.test({
  name: "--compat: user= of a program is of its channel, as in socat; su= is who it runs as",
  ignore: Deno.build.os === "windows",
  async fn() {
    const context = testContext({ use: "read", compat: true });
    assertEquals((await readWhole("exec:id -u,user=nobody", context)).trim(), String(Deno.uid()));
  },
});

Deno.test("names that are empty, and terminal options where there is no terminal, are refused by name", () => {
  for (
    const [address, words] of [
      ["tcp:h:1,so-bindtodevice=", "is not the name of a network interface"],
      ["unix:s,bind=", "is not the name of a socket"],
      ["exec:cat,rawer", 'such as "rawer" need the option "pty"'],
      ["exec:cat,echo=0", 'such as "echo" need the option "pty"'],
      ["fd:5,b9600", 'such as "b9600" are for FD:0'],
    ] as const
  ) assertThrows(() => parseEndpoint(address, { os: "linux" }), UsageError, words);
});

Deno.test({
  ...needing("an IPv6 listener on loopback that is to take IPv4 as well says that it does not", "Linux", "IPv6"),
  async fn() {
    for (
      const [options, warned] of [["ipv6only=0", true], ["ipv6only=0,bind=[::]", false], ["ipv6only=1", false]] as const
    ) {
      const address = `tcp6-listen:0,${options}`;
      const context = testContext();
      const opening = openOne(address, context).catch(() => {});
      await context.listening;
      context.stop();
      await opening;
      assertEquals(/W ipv6-v6only=0 does nothing on ::1/.test(context.lines.join("")), warned, address);
      assertEquals(parseEndpoint(address).warnings(context).some((text) => text.includes("ipv6-v6only")), warned);
    }
  },
});

Deno.test("INET and its like are TCP", () => {
  for (const name of ["INET:h:1", "inet4:h:1", "INET6-LISTEN:1", "INET-L:1"]) {
    assertMatch(parseEndpoint(name).type.names[0]!, /^TCP/);
  }
  assertThrows(() => parseEndpoint("INETX:h:1"), UsageError, "Unknown address type");
});

Deno.test({
  ...needing("every option of the installed socat is known, one way or another", "socat"),
  fn() {
    const known = new Set<string>();
    for (const schema of [COMMON_OPTIONS, ...ADDRESS_TYPES.map(({ options }) => options)]) {
      for (const name of spellings(schema).keys()) known.add(name.toLowerCase());
    }
    const help = new TextDecoder().decode(new Deno.Command("socat", { args: ["-hhh"] }).outputSync().stdout);
    const options = help.slice(help.indexOf("opt:\n")).split("\n").slice(1).map((line) => line.trim().split(/\s/)[0]!);
    assert(options.length > 500);
    assertEquals(options.filter((name) => name !== "" && !known.has(name) && socatOnly(name) === undefined), []);
  },
});
