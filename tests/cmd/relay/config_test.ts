import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import { inFolder, tlsData } from "../../helpers/files.ts";
import { freePort, listening, needing, netlab, startNetlab, tcpServer } from "../../helpers/netlab.ts";

/** A file in a folder of its own, for the length of a test. */
async function configFile(name: string, text: string): Promise<AsyncDisposable & { path: string }> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/${name}`, text);
  return {
    path: `${folder}/${name}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const connect = (port: number) => Deno.connect({ hostname: "127.0.0.1", port });

async function say(conn: Deno.Conn, text: string): Promise<string> {
  await conn.write(latin1(text));
  const buffer = new Uint8Array(1000);
  const count = await conn.read(buffer);
  return count === null ? "" : latin1Text(buffer.subarray(0, count));
}

const TOML = `# comments are welcome
[[relay]]
name = "web"
left = "tcp-listen:8080,fork"
right = "tcp:localhost:80"
verbose = true
linger = "2s"

[[relay]]
name = "echo"
left = "tcp-listen:8081,fork"
right = "echo"
T = 30
`;

Deno.test("relay --config --check says OK for TOML, for JSON with comments, as list and as record", async () => {
  const json = `{ // comment
    "relays": [{ "name": "a", "left": "-", "right": "echo", "hex": true, }, /* two */ { "name": "b", "addresses": ["-", "echo"] }] }`;
  const record = '{ "a": { "left": "-", "right": "echo", "verbose": true } }';
  for (
    const [name, text, count] of [["r.toml", TOML, "2 relays"], ["r.jsonc", json, "2 relays"], ["r", record, "1 relay"]]
  ) {
    await using file = await configFile(name!, text!);
    const { status, stdout, stderr } = await netlab(["relay", "--config", file.path, "--check"]);
    assertEquals([status, stdout, stderr], [0, `OK: ${count} in ${file.path}\n`, ""]);
  }
});

Deno.test("relay --config names every mistake with file and relay, opens nothing, and ends with 2", async () => {
  await using file = await configFile(
    "bad.jsonc",
    `[{ "name": "a", "left": "tcp-lisen:1", "right": "echo", "verbos": true },
      { "left": "echo" },
      { "name": "a", "left": "-", "right": "echo,frok" },
      { "name": "c", "left": "-", "right": "echo", "T": "abc", "u": true, "U": true },
      7]`,
  );
  for (const flags of [["--check"], []]) {
    const { status, stdout, stderr } = await netlab(["relay", "--config", file.path, ...flags]);
    assertEquals([status, stdout], [2, ""]);
    for (
      const problem of [
        'relay "a": Unknown address type "tcp-lisen": did you mean "TCP-LISTEN"?',
        'relay "a": unknown key "verbos": did you mean "verbose"?',
        'relay number 2: it needs a name: name = "web"',
        "relay number 2: its right address is missing",
        'relay "a": there are two of this name',
        'relay "a": Unknown option "frok" in address "echo,frok"',
        'relay "c": cannot parse "T": "abc" is not a number of seconds',
        "relay number 5: it is no record",
      ]
    ) assertStringIncludes(stderr, `netlab: ${file.path}: ${problem}`);
  }
});

Deno.test("relay --config names certificates that cannot be used, and opens nothing", async () => {
  const entry = (name: string, left: string, right: string) => ({ name, left, right });
  await using file = await configFile(
    "r.json",
    JSON.stringify([
      entry("a", "tls-listen:0,fork,cert=/nonexistent/a.pem", "echo"),
      entry("b", "tcp-listen:0,fork", "tls:localhost:1,cafile=/nonexistent/b.pem"),
      entry("c", "tcp-listen:0,fork", "tcp:localhost:1,via=https://localhost:1?cafile=/nonexistent/c.pem"),
    ]),
  );
  for (const flags of [["--check"], []]) {
    const { status, stdout, stderr } = await netlab(["relay", "--config", file.path, ...flags]);
    assertEquals([status, stdout], [2, ""]);
    assertStringIncludes(stderr, `relay "a": Cannot read cert "/nonexistent/a.pem": No such file or directory`);
    for (const name of ["b", "c"]) {
      assertStringIncludes(stderr, `relay "${name}": Cannot read cafile "/nonexistent/${name}.pem"`);
    }
  }
});

Deno.test("relay --config --check finds two relays at the same place; a free port is none", async () => {
  const entry = (name: string, left: string) => ({ name, left, right: "echo" });
  await using file = await configFile(
    "r.json",
    JSON.stringify([
      entry("one", "tcp-listen:8080,fork"),
      entry("two", "udp-listen:8080,fork"),
      entry("three", "tcp4-l:8080,bind=127.0.0.1"),
      entry("four", "tcp-listen:0"),
      entry("five", "tcp-listen:0"),
    ]),
  );
  const { status, stderr } = await netlab(["relay", "--config", file.path, "--check"]);
  assertEquals([status, stderr], [
    2,
    `netlab: ${file.path}: relay "three": relay "one" listens on TCP 127.0.0.1:8080 already\n`,
  ]);
});

Deno.test("relay --config --plan explains every relay by its name", async () => {
  await using file = await configFile("r.toml", TOML);
  const { status, stdout } = await netlab(["relay", "--config", file.path, "--plan"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^relay web\n {2}left: tcp-listen:8080,fork\n {4}1\. Listen on TCP 127\.0\.0\.1:8080/);
  assertMatch(stdout, /\n\nrelay echo\n {2}left: /);
});

Deno.test("relay --config refuses what is neither TOML nor JSON, an empty file, a missing one", async () => {
  for (
    const [name, text, problem] of [
      ["x.toml", "a = \n", "Parse error"],
      ["x.json", '{ "a": ', "Cannot parse JSONC: unexpected end of JSONC on line 1, column 7"],
      ["x.json", '{ // first\n "a": 1,,\n}', 'unexpected token "," on line 2, column 9'],
      ["x.toml", "", "it holds no relays"],
      ["x", "[[relay]]\nname = 3\nleft = '-'\nright = 'echo'\n", 'relay number 1: it needs a name: name = "web"'],
      ["x.toml", '[a]\nleft = "-"\nright = "echo"\n[ a ]\nleft = "-"\n', "x.toml: line 4: there are two tables [a]"],
      ["x.toml", "[[relay]]\nT = 1\n[[relay]]\nT = 1\nT=2\n", 'x.toml: line 5: "T" stands twice in one table'],
      ["x.toml", "[a]\nleft = 'echo';\n", 'x.toml: Parse error on line 2, column 13: Unexpected character: ";"'],
      [
        "x.json",
        '{ "a": {\n"b": "{a}", // "b": 1\n"a": { "b": 2 }, "b" : 3 } }',
        'line 3: "b" stands twice in one object',
      ],
      ["x.json", "3", "it is no list of relays"],
    ]
  ) {
    await using file = await configFile(name!, text!);
    const { status, stderr } = await netlab(["relay", "--config", file.path, "--check"]);
    assertEquals(status, 2);
    assertStringIncludes(stderr, problem!);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  }
  await using watching = await configFile(
    "w.toml",
    '[a]\nleft = "-"\nright = "echo"\nexplain = "htp"\n[b]\nleft = "-"\nright = "echo"\nexplain-to = "f"\n' +
      '[c]\nleft = "-"\nright = "echo"\nexplain = true\n[d]\nleft = "-"\nright = "echo"\nexplain = false\n',
  );
  const watched = await netlab(["relay", "--config", watching.path, "--check"]);
  assertEquals([watched.status, watched.stderr.trimEnd().split("\n").length], [2, 2]);
  assertMatch(
    watched.stderr,
    /relay "a": Unknown protocol "htp": did you mean "http"\?\n.*relay "b": Flag "--explain-to" does nothing/,
  );
  const missing = await netlab(["relay", "--config", "/nonexistent/file.toml"]);
  assertEquals([missing.status, missing.stderr], [
    2,
    'netlab: Cannot read "/nonexistent/file.toml": No such file or directory\n',
  ]);
  const both = await netlab(["relay", "--config", "x.toml", "-", "-"]);
  assertEquals(both.status, 2);
  assertMatch(both.stderr, /the addresses stand in the file/);
});

Deno.test("relay --config takes a file that begins with a byte order mark", async () => {
  for (const [name, text] of [["x.toml", "[a]\r\nleft = 'pipe'\r\n"], ["x", '{ "a": { "left": "pipe" } }']] as const) {
    await using file = await configFile(name, `\uFEFF${text}`);
    const { stderr } = await netlab(["relay", "--config", file.path, "--check"]);
    assertStringIncludes(stderr, `${name}: relay "a": its right address is missing`);
  }
});

Deno.test("relay --config: names stand in the log and in the dumps", async () => {
  await using file = await configFile(
    "r.toml",
    '[[relay]]\nname = "one"\nleft = "tcp-listen:0,fork"\nright = "echo"\nv = true\n' +
      '[[relay]]\nname = "two"\nleft = "tcp-listen:0,fork"\nright = "echo"\n',
  );
  await using program = startNetlab(["relay", "--config", file.path]);
  const one = Number((await program.line(/N one: listening on 127\.0\.0\.1:(\d+)/))[1]);
  const two = Number((await program.line(/N two: listening on 127\.0\.0\.1:(\d+)/))[1]);
  for (const port of [one, two]) {
    using conn = await connect(port);
    assertEquals(await say(conn, "hello\n"), "hello\n");
  }
  await program.line(/^> .* {2}length=6 from=0 to=5 {2}one #1 127\.0\.0\.1:\d+$/);
  await program.line(/N one: #1 127\.0\.0\.1:\d+ -> echo: 6 octets sent, 6 received/);
  await program.line(/N two: #1 127\.0\.0\.1:\d+ -> echo: 6 octets sent, 6 received/);
  assert(!program.stderr.some((line) => line.includes("two #1")));
  assertEquals((await program.stop()).status, 143);
});

Deno.test("relay --config: relays that cannot be opened end the start with 1 and all reasons", async () => {
  await using taken = tcpServer(async () => {});
  await using taken2 = tcpServer(async () => {});
  await using file = await configFile(
    "r.json",
    JSON.stringify([
      { name: "good", left: "tcp-listen:0,fork", right: "echo" },
      { name: "first", left: `tcp-listen:${taken.port},fork`, right: "echo" },
      { name: "second", left: `tcp-listen:${taken2.port},fork`, right: "echo" },
    ]),
  );
  const { status, stderr } = await netlab(["relay", "--config", file.path, "-d0"]);
  assertEquals(status, 1);
  assertMatch(
    stderr,
    /^netlab: 2 of 3 relays cannot be opened: relay "first": Cannot listen on \S+: Address already in use.*; relay "second": Cannot listen/,
  );
});

Deno.test("relay --config: SIGHUP keeps the connections of what did not change, and takes up what did", async () => {
  const changing = freePort(), removed = freePort();
  await using server = tcpServer(async (conn) => {
    await conn.write(latin1("new"));
  });
  const entries = (second: Record<string, unknown>[]) =>
    JSON.stringify([{ name: "same", left: "tcp-listen:0,fork", right: "echo" }, ...second]);
  await using file = await configFile(
    "r.json",
    entries([
      { name: "changed", left: `tcp-listen:${changing},fork`, right: "echo" },
      { name: "removed", left: `tcp-listen:${removed},fork`, right: "echo" },
    ]),
  );
  await using program = startNetlab(["relay", "--config", file.path, "--grace", "60"]);
  const same = Number((await program.line(/same: listening on 127\.0\.0\.1:(\d+)/))[1]);
  await listening(changing);
  await listening(removed);
  using kept = await connect(same);
  assertEquals(await say(kept, "a"), "a");
  using old = await connect(changing);
  assertEquals(await say(old, "b"), "b");

  // A file with a mistake changes nothing.
  await Deno.writeTextFile(file.path, entries([{ name: "changed", left: "tcp-lisen:1", right: "echo" }]));
  program.child.kill("SIGHUP");
  await program.line(/not reloaded: the relays go on as they are/);
  {
    using conn = await connect(changing);
    assertEquals(await say(conn, "still"), "still");
  }
  await Deno.writeTextFile(
    file.path,
    entries([
      { name: "changed", left: `tcp-listen:${changing},fork`, right: `tcp:127.0.0.1:${server.port}` },
      { name: "added", left: "tcp-listen:0,fork", right: "echo" },
    ]),
  );
  program.child.kill("SIGHUP");
  await program.line(/Reloaded: 1 added, 1 changed, 1 removed, 1 unchanged/);
  const added = Number((await program.line(/added: listening on 127\.0\.0\.1:(\d+)/))[1]);
  while (program.stderr.filter((line) => / changed: listening on /.test(line)).length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The unchanged relay and the connection of the changed one live on; new connections find the new relay.
  assertEquals(await say(kept, "c"), "c");
  assertEquals(await say(old, "d"), "d");
  {
    using conn = await connect(changing);
    const buffer = new Uint8Array(10);
    assertEquals(latin1Text(buffer.subarray(0, (await conn.read(buffer))!)), "new");
  }
  {
    using conn = await connect(added);
    assertEquals(await say(conn, "e"), "e");
  }
  assertEquals(await connect(removed).then((conn) => (conn.close(), "open"), () => "closed"), "closed");

  // A port that somebody else has is tried for, with a word.
  await Deno.writeTextFile(file.path, entries([{ name: "taken", left: `tcp-listen:${server.port}`, right: "echo" }]));
  program.child.kill("SIGHUP");
  await program.line(/ W taken: .*already in use.*: trying for 3 s$/);

  // What needs a permission that was given up cannot be taken up.
  await Deno.writeTextFile(file.path, entries([{ name: "program", left: "tcp-listen:0,fork", right: "exec:cat" }]));
  program.child.kill("SIGHUP");
  await program.line(/relay "program": it needs the permission "run", given up at the start: restart netlab/);
  program.child.kill("SIGTERM");
  await program.line(/same: Stopping: 1 connection may finish/);
  program.child.kill("SIGTERM");
  assertEquals((await program.end()).status, 143);
});

Deno.test({
  ...needing("relay --config: after SIGHUP a changed relay listens on the same Unix socket", "Linux"),
  fn: () =>
    inFolder(async (folder) => {
      for (const options of ["", ",unlink-early", ",unlink-early,unlink-close=0", ",backlog=5"]) {
        const path = `${folder}/socket`, left = `unix-listen:${path},fork${options}`;
        const entry = (right: string) => JSON.stringify([{ name: "a", left, right }]);
        await using file = await configFile("r.json", entry("text:before"));
        await using program = startNetlab(["relay", "--config", file.path]);
        await program.line(/a: listening on/);
        const told = async () => {
          using conn = await Deno.connect({ transport: "unix", path });
          const buffer = new Uint8Array(10);
          return latin1Text(buffer.subarray(0, (await conn.read(buffer))!));
        };
        assertEquals(await told(), "before", options);
        await Deno.writeTextFile(file.path, entry("text:after"));
        program.child.kill("SIGHUP");
        await program.line(/Reloaded: 0 added, 1 changed/);
        await program.lines(/a: (?:listening on|Cannot listen)/, 2);
        assertEquals(await told(), "after", options);
        program.child.kill("SIGTERM");
        await program.end();
        await Deno.remove(path).catch(() => {});
      }
    }),
});

Deno.test("relay --config: SIGHUP takes up no certificate that is not there, and the relay goes on", async () => {
  const port = freePort();
  const entry = (cert: string) =>
    JSON.stringify([{ name: "a", left: `tls-listen:${port},fork,verify=0,cert=${cert}`, right: "echo" }]);
  await using file = await configFile("r.json", entry(tlsData("leaf.pem")));
  await using program = startNetlab(["relay", "--config", file.path]);
  await listening(port);
  await Deno.writeTextFile(file.path, entry("/nonexistent/x.pem"));
  program.child.kill("SIGHUP");
  await program.line(/relay "a": Cannot read cert "\/nonexistent\/x\.pem"/);
  await program.line(/not reloaded: the relays go on as they are/);
  using _conn = await connect(port);
});

Deno.test("relay --config: relays that end by themselves end the program", async () => {
  await using file = await configFile("r.json", '[{"name":"a","left":"TEXT:x","right":"STDOUT","u":true}]');
  const { status, stdout } = await netlab(["relay", "--config", file.path]);
  assertEquals([status, stdout], [0, "x"]);
});
