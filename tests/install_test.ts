// `deno task install`, from a copy of the sources: the command that it makes does what the sources do, what is loaded when
// it is asked for included.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mask } from "./helpers/dig_compare.ts";
import { netlab, type Outcome, Running, runProgram } from "./helpers/netlab.ts";
import { OddServer } from "./helpers/odd_server.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const root = `${import.meta.dirname}/../`;
const data = `${root}tests/data`;

/** Whether `deno bundle` works here: its bundler is fetched when it is first used. */
async function bundlerThere(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a.ts`, "export {};\n");
  const { success } = await runDeno(["bundle", "--quiet", "-o", `${folder}/a.js`, `${folder}/a.ts`]);
  await Deno.remove(folder, { recursive: true });
  return success;
}

async function runDeno(args: string[], env: Record<string, string> = {}): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env, stdin: "null" }).output();
  return { success, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** A copy of the sources, with a command made of it. */
class Installed implements AsyncDisposable {
  readonly folder: string;
  /** What the installation printed. */
  readonly text: string;

  private constructor(folder: string, text: string) {
    this.folder = folder;
    this.text = text;
  }

  /** `change` is made to the copy before the command is made of it. */
  static async make(change: (folder: string) => Promise<void> = async () => {}): Promise<Installed> {
    const folder = await Deno.makeTempDir({ prefix: "netlab's copy " });
    for (const part of ["cmd", "lib", "tests/tasks"]) await copy(root + part, `${folder}/${part}`);
    for (const file of ["main.ts", "deno.json", "deno.lock"]) await Deno.copyFile(root + file, `${folder}/${file}`);
    await change(folder);
    return new Installed(folder, await Installed.again(folder));
  }

  /** Makes the command of the sources as they are now; gives what is printed. */
  static async again(folder: string): Promise<string> {
    // The folder is named from where the caller stands: the task in which this test runs has told its own.
    const { success, text } = await runDeno(
      ["task", "--quiet", "--config", `${folder}/deno.json`, "install", "../bin"],
      { INIT_CWD: `${folder}/cmd` },
    );
    if (!success) throw new Error(text);
    return text;
  }

  get program(): string {
    return `${this.folder}/bin/netlab`;
  }

  run(args: string[]): Promise<Outcome> {
    return runProgram(this.program, args, { cwd: "/" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const SOURCES = ["cmd", "lib", "main.ts"];
const bundler = await bundlerThere();

Deno.test({
  name: `deno task install makes a command that does what the sources do${bundler ? "" : " [needs deno bundle]"}`,
  ignore: !bundler || Deno.build.os === "windows",
  async fn(t) {
    assertStringIncludes(readme, "task install` makes a command");
    await using installed = await Installed.make();
    assertStringIncludes(installed.text, `Made ${installed.program}\n`);
    assert(!installed.text.includes("from source"), installed.text);
    // Nothing of it is taken from the sources.
    const { folder } = installed, away = `${folder}/away`;
    await Deno.mkdir(away);
    for (const part of SOURCES) await Deno.rename(`${folder}/${part}`, `${away}/${part}`);
    const same = async (args: string[], differs: (text: string) => string = (text) => text) => {
      const [ours, source] = [await installed.run(args), await netlab(args)];
      const kept = ({ status, stdout, stderr }: Outcome) => [status, differs(stdout), differs(stderr)];
      assertEquals(kept(ours), kept(source), args.join(" "));
      return ours;
    };

    await t.step("words that are no command's", async () => {
      await same(["--version"]);
      await same(["help"]);
      await same([]);
      await same(["nonsense"]);
    });
    await t.step("started from a directory that is gone", async () => {
      const words = 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && "$2" --version';
      const { status, stderr } = await runProgram("sh", ["-c", words, "sh", folder, installed.program]);
      assertEquals(status, 1);
      assertMatch(stderr, /netlab: The current directory is gone: go to another one first\n$/);
    });
    await t.step("dig", async () => {
      await using server = OddServer.start();
      const asked = ["dig", "@127.0.0.1", "-p", String(server.port), "plain.odd.test"];
      const plain = await same(asked, mask);
      assertMatch(plain.stdout, /status: NOERROR/);
      for (const option of ["+short", "+yaml", "+tcp", "+explain", "+idnin", "-h"]) {
        await same([...asked, "+qid=1", "+nocookie", option], mask);
      }
      const names = `${folder}/names.txt`;
      await Deno.writeTextFile(names, "plain.odd.test\nede20.odd.test MX\n");
      await same([...asked.slice(0, -1), "+qid=1", "+nocookie", "-f", names], mask);
      const silent = await same([...asked.slice(0, -1), "drop.odd.test", "+time=1", "+tries=1"], mask);
      assertMatch(silent.stdout, /timed out/);
      await same(["dig", "@127.0.0.1", "-p", "what"]);
    });
    await t.step("dig keeps what it compiled in a cache of its own, unless one is named", async () => {
      const home = `${folder}/home`, named = `${folder}/named`;
      for (const [dir, made] of [["", `${home}/.cache/netlab-dig`], [named, named]] as const) {
        const env = { HOME: home, XDG_CACHE_HOME: "", DENO_DIR: dir };
        const { code } = await new Deno.Command(installed.program, { args: ["dig", "-v"], env, stderr: "null" })
          .output();
        assertEquals(code, 0);
        assert((await Deno.stat(`${made}/v8_code_cache_v2`)).isFile);
      }
    });
    await t.step("dump", async () => {
      const plain = await same(["dump", "-r", `${data}/captures/ftp.pcap`]);
      assertMatch(plain.stdout, /FTP/);
      await same(["dump", "-r", `${data}/captures/ftp.pcap`, "-V"]);
      await same(["dump", "-r", `${data}/capture/protocols.pcap.gz`, "udp"]);
      await same(["dump", "-r", `${data}/captures/ftp.pcap`, "no such filter"]);
      await same(["dump", "--help"]);
    });
    await t.step("relay over TLS and through socks, each showing what passes", async () => {
      const listener = Deno.listenTls({
        hostname: "127.0.0.1",
        port: 0,
        cert: await Deno.readTextFile(`${data}/tls/leaf.crt`),
        key: await Deno.readTextFile(`${data}/tls/leaf.key`),
      });
      const serving = (async () => {
        const conn = await listener.accept();
        await conn.read(new Uint8Array(4096));
        await conn.write(new TextEncoder().encode("the answer\n"));
        conn.close();
      })();
      await using proxy = new Running(installed.program, ["socks", "--port", "0", "-v"]);
      const target = `tls:localhost:${listener.addr.port}`;
      await using relay = new Running(installed.program, [
        "relay",
        "-v",
        "tcp-listen:0,bind=127.0.0.1,fork",
        `${target},via=socks5://127.0.0.1:${await proxy.port()},cafile=${data}/tls/ca.crt`,
      ]);
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: await relay.port() });
      await conn.write(new TextEncoder().encode("the question\n"));
      const answer = new Uint8Array(100);
      assertEquals(new TextDecoder().decode(answer.subarray(0, (await conn.read(answer))!)), "the answer\n");
      conn.close();
      await serving;
      listener.close();
      await relay.line(/the question/);
      await proxy.line(/->.*bytes|length=/);
      await same(["relay", "nonsense:1", "-"]);
    });
    await t.step("relays that may read no file any more", async () => {
      for (const [listening, connecting] of [["proxy-protocol=v1", "proxy-protocol=v1"], ["tos=8", "tos=8"]]) {
        await using relay = new Running(installed.program, ["relay", `tcp-listen:0,${listening}`, "pipe"]);
        const target = `tcp:127.0.0.1:${await relay.port()},${connecting}`;
        const asked = await runProgram(installed.program, ["relay", "-d0", "-", target], { stdin: "and back" });
        assertEquals([asked.stdout, asked.stderr, asked.status], ["and back", "", 0]);
      }
    });
    await t.step("socks", async () => {
      await same(["socks", "--port"]);
    });
    await t.step("again: what runs goes on, and what is gone is told", async () => {
      for (const part of SOURCES) await Deno.rename(`${away}/${part}`, `${folder}/${part}`);
      await again(installed);
    });
  },
});

/** What was installed is installed once more: what runs goes on, and what is gone is told. */
async function again(installed: Installed): Promise<void> {
  const { folder, program } = installed;
  await using relay = new Running(program, [
    "relay",
    "tcp-listen:0,fork",
    `tls:127.0.0.1:1,cafile=${data}/tls/ca.crt`,
  ]);
  const port = await relay.port();
  // The part that connects by TLS is loaded with the first connection.
  const file = `${folder}/lib/dial/tls/client.ts`;
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, `${text}\nDeno.env.get("OTHER");\n`);
  const parts = async () => (await Array.fromAsync(Deno.readDir(`${folder}/.bundle/relay`))).length;
  const before = await parts();
  await Deno.chmod(folder, 0o755);
  await Installed.again(folder);
  assert(await parts() > before);
  assertEquals((await Deno.stat(`${folder}/.bundle`)).mode! & 0o777, (await Deno.stat(folder)).mode! & 0o777);
  // Where everybody may read the bundles, everybody may run what runs them.
  const runtime = /^deno='(.*)'$/m.exec((await Deno.readTextFile(program)).replaceAll(`'\\''`, "\0"))![1]!;
  const closed: string[] = [];
  for (let at = runtime.replaceAll("\0", "'"); at !== "/"; at = at.replace(/\/[^/]*$/, "") || "/") {
    if (((await Deno.stat(at)).mode! & 0o001) === 0) closed.push(at);
  }
  assertEquals(closed, []);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await relay.line(/Cannot connect to "127\.0\.0\.1:1": Connection refused/);
  conn.close();

  await Deno.remove(`${folder}/.bundle`, { recursive: true });
  const { status, stdout, stderr } = await installed.run(["relay", "-", "-"]);
  assertEquals([status, stdout], [1, ""]);
  assertMatch(stderr, /^netlab: Cannot read .*\.bundle\/help\/netlab\.js: run 'deno task install' again .*\n$/);
}

Deno.test("deno task install says its usage for anything but one folder, and makes none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [args, status] of [[["--help"], 0], [["-x"], 2], [["a", "b"], 2]] as const) {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "--config", `${root}deno.json`, "install", ...args],
        env: { INIT_CWD: folder },
        stdin: "null",
      }).output();
      assertEquals(code, status, args.join(" "));
      assertMatch(new TextDecoder().decode(stderr), /^Usage: deno task install \[FOLDER\]: .+\n$/);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "deno task install runs the sources where they cannot be bundled, and says why",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using installed = await Installed.make((folder) => Deno.writeTextFile(`${folder}/cmd/socks.ts`, "export {"));
    assertMatch(installed.text, /^It runs from source and starts slower, because `deno bundle` .+$/m);
    assertEquals(await installed.run(["--version"]), await netlab(["--version"]));
  },
});
