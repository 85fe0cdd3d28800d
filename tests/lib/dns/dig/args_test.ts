import { assertEquals, assertThrows } from "@std/assert";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { BatchLines } from "../../../../lib/dns/dig/batch.ts";
import { DigArgs, lookOver } from "../../../../lib/dns/dig/args.ts";
import { DigExit } from "../../../../lib/dns/dig/defaults.ts";
import type { Lookup, SystemDefaults } from "../../../../lib/dns/dig/settings.ts";
import { TYPE } from "../../../../lib/dns/types.ts";

const SYSTEM: SystemDefaults = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };

interface Read {
  readonly lookups: Lookup[];
  readonly args: DigArgs;
  readonly out: string;
  readonly err: string;
  readonly status: number | undefined;
}

/** Reads a command line; names of servers are found at 192.0.2.53. */
async function read(line: string, config = "", batch: string[] = []): Promise<Read> {
  let out = "", err = "", status: number | undefined;
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const words = line.split(" ").filter((word) => word !== "");
  const args = new DigArgs(
    lookOver(words, output),
    SYSTEM,
    output,
    (name) => Promise.resolve(name.endsWith(".invalid") ? "not found" : ["192.0.2.53"]),
    () => Promise.resolve(),
  );
  try {
    await args.readConfig(config);
    await args.readCommandLine(words);
    for (const text of batch) await args.readBatchLine(text);
  } catch (error) {
    if (!(error instanceof DigExit)) throw error;
    status = error.status;
  }
  return { lookups: args.lookups, args, out, err, status };
}

Deno.test("DigArgs: options before the first name are for all, after a name for that one", async () => {
  const { lookups } = await read("+nocookie a.test +dnssec b.test MX +nord");
  assertEquals(
    lookups.map(({ name, type, dnssec, recurse, sendCookie }) => [name, type, dnssec, recurse, sendCookie]),
    [
      ["a.test", TYPE.A, true, true, false],
      ["b.test", TYPE.MX, false, false, false],
    ],
  );
});

Deno.test("DigArgs: clusters and values in the same word", async () => {
  const { lookups, args, status } = await read("-4up53 -tMX a.test");
  assertEquals(status, undefined);
  assertEquals([args.settings.port, args.settings.ipv6, lookups[0]!.microseconds, lookups[0]!.type], [
    53,
    false,
    true,
    TYPE.MX,
  ]);
});

Deno.test("DigArgs: -x reverses addresses and whatever stands between dots", async () => {
  const names = async (line: string) => (await read(line)).lookups.map(({ name, type }) => `${name} ${type}`);
  assertEquals(await names("-x 192.0.2.1"), ["1.2.0.192.in-addr.arpa. 12"]);
  assertEquals(await names("-x 10.0-127.2"), ["2.0-127.10.in-addr.arpa. 12"]);
  assertEquals((await names("-x 2001:db8::1"))[0]!.slice(0, 8), "1.0.0.0.");
});

Deno.test("DigArgs: abbreviations as dig takes them", async () => {
  const { lookups, args, status } = await read("a.test +mu +shor +nosta +ad +nocl +tim=7 +ret=1 +ig");
  assertEquals(status, undefined);
  const [lookup] = lookups;
  assertEquals(
    [lookup!.multiline, args.settings.short, lookup!.ad, lookup!.noClass, args.settings.timeout, lookup!.retries],
    [true, true, true, true, 7, 2],
  );
  assertEquals(lookup!.ignoreTruncation, true);
  const http = async (word: string) => {
    const { https, httpPlain, httpGet, httpPath } = (await read(`${word} a.test`)).lookups[0]!;
    return `${https} ${httpPlain} ${httpGet} ${httpPath}`;
  };
  assertEquals(await http("+httPS"), "true false false /dns-query");
  assertEquals(await http("+htTp-plaIN-g=/x"), "true true true /x");
  // Only a small letter tells the method.
  assertEquals([await http("+https-Get"), await http("+https-")], Array(2).fill("true false false /dns-query"));
  assertEquals((await read("+https +noht a.test")).lookups[0]!.https, false);
  for (const word of ["+a", "+id", "+http", "+http-p", "+Https", "+edn", "+Multiline", "+tls-", "+no"]) {
    assertEquals((await read(`${word} a.test`)).status, 1, word);
  }
});

Deno.test("DigArgs: our own words do not take dig's away", async () => {
  const { args } = await read(
    "a.test +json +explain +status +timing +parallel=8 +via=socks5h://127.0.0.1:1 +via=http://b:2",
  );
  const { json, explain, status, timing, parallel, via } = args.settings;
  assertEquals({ json, explain, status, timing, parallel, via }, {
    json: true,
    explain: true,
    status: true,
    timing: true,
    parallel: 8,
    via: ["socks5h://127.0.0.1:1", "http://b:2"],
  });
  // "+stat" is stats, "+v" is vc, "+pa=8" is padding.
  const { lookups } = await read("a.test +nostat +v +pa=8");
  assertEquals([lookups[0]!.stats, lookups[0]!.tcp, lookups[0]!.padding], [false, true, 8]);
});

Deno.test("DigArgs: words of later versions are taken, or answered with what to write", async () => {
  const { lookups } = await read("a.test +showallmessages +zoneversion b.test +noshowt +nozonev");
  assertEquals(
    lookups.map((l) => [l.showQuery, l.showBadCookie, l.showBadVersion, l.showTruncated, l.ednsOptions.length]),
    [[true, true, true, true, 1], [false, false, false, false, 0]],
  );
  const idn = (await read("a.test +idn b.test +noidn")).lookups.map((l) => [l.idnIn, l.idnOut]);
  assertEquals(idn, [[true, true], [false, false]]);
  for (const word of ["+quic", "+svcparamkeycompat"]) {
    const { err, status } = await read(`a.test ${word}`);
    assertEquals([/is not offered/.test(err), status], [true, 1], word);
  }
  assertEquals((await read("a.test +noquic")).status, undefined);
});

Deno.test("DigArgs: +proxy takes two addresses of one family, with ports", async () => {
  const proxies = async (words: string) => (await read(`a.test ${words}`)).lookups[0]?.proxy;
  const addresses = (source: string, from: number, destination: string, to: number) => ({
    source: { host: source, port: from },
    destination: { host: destination, port: to },
  });
  assertEquals(await proxies("+proxy"), { plain: false, addresses: undefined });
  assertEquals(await proxies("+proxy-p=192.0.2.1-192.0.2.2#7"), {
    plain: true,
    addresses: addresses("192.0.2.1", 0, "192.0.2.2", 7),
  });
  assertEquals(await proxies("+proxy=2001:DB8:0::1#5-2001:db8::2"), {
    plain: false,
    addresses: addresses("2001:db8::1", 5, "2001:db8::2", 53),
  });
  assertEquals(await proxies("+proxy=192.0.2.1-192.0.2.2 +noproxy-plain"), undefined);
  for (
    const [value, words] of [
      ["192.0.2.1", "PROXY source and destination addresses cannot be parsed"],
      ["192.0.2.1#x-192.0.2.2", "PROXY source and destination addresses cannot be parsed"],
      ["192.0.2.1-192.0.2.2#6-7", "PROXY source and destination addresses cannot be parsed"],
      ["localhost-192.0.2.2", "Cannot get PROXY source address: failure"],
      ["192.0.2.1-192.0.2", "Cannot get PROXY destination address: failure"],
      ["192.0.2.1-2001:db8::1", "PROXY source and destination addresses must be of the same type"],
    ]
  ) {
    const { err, status } = await read(`a.test +proxy=${value}`);
    assertEquals([err.split("\n").slice(0, 2), status], [[`dig: ${words}`, "Invalid option: +proxy"], 1], value);
  }
  const port = await read("a.test +proxy=192.0.2.1#65536-192.0.2.2");
  assertEquals([port.err, port.status], ["dig: Couldn't parse port number\n", 1]);
});

Deno.test("DigArgs: wrong values end the run in dig's words", async () => {
  const bufsize = await read("a.test +bufsize=70000");
  assertEquals([bufsize.out, bufsize.err, bufsize.status], [
    "invalid buffer size '70000': out of range\n",
    "dig: Couldn't parse buffer size\n",
    10,
  ]);
  const port = await read("-p x a.test");
  assertEquals([port.out, port.err, port.status], [
    "invalid port number 'x': not a valid number\n",
    "dig: Couldn't parse port number\n",
    1,
  ]);
  assertEquals((await read("a.test +nosuch=1")).err.split("\n")[0], "Invalid option: +nosuch");
});

Deno.test("DigArgs: servers by name, by address, by URL", async () => {
  const { lookups } = await read("@ns.test @tls://192.0.2.1 @https://[2001:db8::1]:8443/x{?dns} a.test");
  assertEquals(lookups[0]!.servers, [
    { given: "ns.test", address: "192.0.2.53" },
    { given: "192.0.2.1", address: "192.0.2.1", transport: "tls", port: 853 },
    { given: "2001:db8::1", address: "2001:db8::1", transport: "https", port: 8443, path: "/x" },
  ]);
  // A number is no address of the other family, whatever its spelling; in brackets it is a name.
  assertEquals((await read("-6 @[::1] a.test")).lookups[0]!.servers[0]!.address, "192.0.2.53");
  assertEquals((await read("-6 @[127.0.0.1] a.test")).lookups[0]!.servers[0]!.address, "192.0.2.53");
  assertEquals((await read("-6 @127.1 a.test")).err, "dig: couldn't get address for '127.1': failure\n");
  const none = await read("@none.invalid a.test");
  assertEquals([none.err, none.status], ["dig: couldn't get address for 'none.invalid': not found\n", 1]);
});

Deno.test("DigArgs: ~/.digrc stands before the command line and asks for nothing", async () => {
  const { lookups } = await read("a.test", "+noall +answer\nname.test MX\n");
  assertEquals(lookups.map(({ name, comments, answer, type }) => [name, comments, answer, type]), [
    ["a.test", false, true, TYPE.MX],
  ]);
});

Deno.test("DigArgs: -4 and -6 choose among the system's servers on the command line only", async () => {
  const servers = async (line: string, config = "") =>
    (await read(line, config)).args.system.servers.map(({ address }) => address);
  assertEquals(await servers("a.test"), ["::1", "127.0.0.1"]);
  assertEquals(await servers("-4 a.test"), ["127.0.0.1"]);
  assertEquals(await servers("a.test -ur6"), ["::1"]);
  assertEquals(await servers("a.test", "-6\n"), ["::1", "127.0.0.1"]);
});

Deno.test("BatchLines: comments and blank lines are passed over everywhere", async () => {
  const lines = new BatchLines(
    ReadableStream.from(["# no\na.te", "st\n\n  ; no\r\n \t\nb.test\n;", "no\nc.test"].map(utf8)),
  );
  const read: string[] = [];
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) read.push(line);
  assertEquals(read, ["a.test", "b.test", "c.test"]);
});

Deno.test("DigArgs: batch lines take the options of the command line, and +tcp", async () => {
  const { lookups } = await read("-f file +dnssec", "", ["a.test +tcp", "-x 192.0.2.1 +short"]);
  assertEquals(lookups.map(({ name, tcp, dnssec }) => [name, tcp, dnssec]), [
    ["a.test", true, true],
    ["1.2.0.192.in-addr.arpa.", false, true],
  ]);
});

Deno.test("DigArgs: the banner names words, servers and global options, once", async () => {
  const { lookups } = await read("@192.0.2.1 a.test b.test");
  assertEquals(
    lookups[0]!.banner.replace(/DiG \S+/, "DiG V"),
    "\n; <<>> DiG V <<>> @192.0.2.1 a.test b.test\n; (1 server found)\n;; global options: +cmd\n",
  );
  assertEquals(lookups[1]!.banner, "");
});

Deno.test("DigArgs: the banner shows options without empty values, as they were read", async () => {
  const shown = async (line: string) => /<<>> (?=\+)(.*)/.exec((await read(line)).lookups[0]!.banner)?.[1];
  assertEquals(await shown("+bufsize= a.test"), "+bufsize a.test");
  assertEquals(await shown("+ednsopt=:10: a.test"), "+ednsopt=:10 a.test");
  assertEquals(await shown("+ednsopt=10:0102 a.test"), "+ednsopt=10:0102 a.test");
});

Deno.test("DigArgs: a NUL ends a line of a batch file", async () => {
  const { lookups } = await read("-f file", "", ["a.test MX\0 b.test"]);
  assertEquals(lookups.map(({ name, type }) => [name, type]), [["a.test", 15]]);
});

Deno.test("lookOver() refuses -4 with -6 and options without value", () => {
  const output = { out: () => {}, err: () => {} };
  assertThrows(() => lookOver(["-4", "-6"], output), DigExit);
  assertThrows(() => lookOver(["-p"], output), DigExit);
  assertEquals(lookOver(["-r", "-6u6"], output), { digrc: false, debug: false, family: 6 });
});

Deno.test("DigArgs: a URL that names no way to a server is refused with what it should be", async () => {
  const scheme = await read("@ftp://192.0.2.1 a.test");
  assertEquals([scheme.status, /udp:\/\/.*https:\/\//.test(scheme.err)], [1, true]);
  const port = await read("@udp://192.0.2.1:99999 a.test");
  assertEquals([port.status, port.err.endsWith(": a port is at most 65535\n")], [1, true]);
});
