import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { type AddressInfo, createServer } from "node:net";
import { latin1, latin1Text } from "../../../lib/base/bytes.ts";
import {
  freePort,
  interop,
  LOOPBACKS,
  netlab,
  netlabCommand,
  NO_SUCH_NAME,
  Running,
  runProgram,
  startNetlab,
  tcpServer,
  which,
} from "../../helpers/netlab.ts";

const socat = which("socat") ?? "socat";
const linux = Deno.build.os === "linux";

/** Log lines without time and process number. */
const bare = (text: string) =>
  text.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm, "").replace(/^(\S+?)\[\d+\]/gm, "$1[PID]");

/** Connects as soon as somebody listens: socat says so a moment before. */
async function reach(hostname: string, port: number): Promise<Deno.TcpConn> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.connect({ hostname, port });
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

interop("--compat: what socat cannot do is said in socat's words, with its status", ["socat"], async () => {
  const dead = freePort();
  await using taken = tcpServer(async () => {});
  for (
    const args of [
      ["-"],
      ["-", "-", "-"],
      ["-q", "-", "-"],
      ["-T"],
      ["-t", "abc", "-", "PIPE"],
      ["-", "NOSUCH:1"],
      ["-", "TCP:127.0.0.1"],
      ["-", "TCP:127.0.0.1:1:2"],
      ["-", "TCP:127.0.0.1:1,nosuchoption"],
      ["-", `TCP:127.0.0.1:${dead}`],
      ["-", `TCP4:127.0.0.1:${dead}`],
      ["-", `TCP6:[::1]:${dead}`],
      ["-", `TCP:${NO_SUCH_NAME}:1`],
      [`TCP4-LISTEN:${taken.port},bind=127.0.0.1`, "-"],
      ["TCP4-LISTEN:0,bind=192.0.2.77", "-"],
      ["-", "UNIX-CONNECT:/nonexistent/netlab/socket"],
      ["-", "UNIX-CONNECT:no-such-name-here"],
      ["-u", "OPEN:/nonexistent/netlab/file,rdonly", "-"],
      ["-", "TCP:127.0.0.1:"],
      ["-", "TCP:127.0.0.1:1,ttl=abc"],
      ["-", "TCP:127.0.0.1:1,ttl=9x"],
      ["-", "TCP-LISTEN:1,fork=x"],
      ["-", "TCP:127.0.0.1:1,bind=192.0.2.77"],
      ["-", "TCP6:127.0.0.1:1"],
      ["-", "TCP4:[::1]:1"],
      ["-", "UNIX-LISTEN:/nonexistent/netlab/socket"],
      ["-", "ABSTRACT-CONNECT:no-such-name"],
      ["-d", "-", "TCP-LISTEN:0,bind=127.0.0.1,accept-timeout=0.05"],
      ["-u", 'FILE:ab"cd', "-"],
      ["-u", "-", "EXEC:cat,fdout=1"],
      ["-b", "9223372036854775808", "-", "PIPE"],
    ]
  ) {
    const ours = await netlab(["relay", "--compat", ...args], { stdin: "x" });
    const theirs = await runProgram(socat, args, { stdin: "x" });
    // The flags of open(2) depend on the system, the number of a socket on what the tests were started with.
    const text = (stderr: string) =>
      bare(stderr).replace(/(open\(".*?"), 0\d*, 0666\)/, "$1)").replace(/(connect|bind)\(\d+,/, "$1(N,");
    assertEquals(
      [ours.status, ours.stdout, text(ours.stderr)],
      [theirs.status, theirs.stdout, text(theirs.stderr)],
      args.join(" "),
    );
  }
});

interop("--compat -d -d: the lines of a listener's life are socat's", ["socat"], async () => {
  const lines = async (program: string, before: string[], args: string[], port: number) => {
    await using running = new Running(program, [...before, "-d", "-d", ...args]);
    await running.line(/listening on/);
    using conn = await reach(args[0]!.startsWith("TCP6") ? "::1" : "127.0.0.1", port);
    const mine = conn.localAddr.port;
    await conn.write(latin1("hello"));
    await conn.read(new Uint8Array(10));
    await conn.closeWrite();
    await running.end();
    return bare(running.stderr.join("\n")).replaceAll(`:${mine}`, ":PEER").replaceAll(`:${port}`, ":PORT")
      // Descriptor numbers, and what only a program that forks has to say.
      .replace(/\[\d+,\d+\]/g, "[N,N]").replace(/\(fd \d+\)/g, "(fd N)").split("\n")
      .filter((line) => !/unnamed pipe|forked off|childdied/.test(line));
  };
  const { program, args } = {
    program: Deno.execPath(),
    args: ["run", "-A", "-q", `${import.meta.dirname}/../../../main.ts`, "relay", "--compat"],
  };
  for (const host of LOOPBACKS) {
    const type = host === "::1" ? "TCP6-LISTEN" : "TCP4-LISTEN";
    const [one, two] = [freePort(), freePort()];
    assertEquals(
      await lines(program, args, [`${type}:${one}`, "PIPE"], one),
      await lines(socat, [], [`${type}:${two}`, "PIPE"], two),
    );
  }
});

Deno.test("--compat: no start-up and connection lines without -d, listeners are on all interfaces, -t is half a second", async () => {
  const port = freePort();
  await using program = startNetlab(["relay", "--compat", "-lp", "mine", `TCP4-LISTEN:${port},fork`, "PIPE"]);
  {
    // Another address of loopback: only a listener on all interfaces is there.
    using conn = await reach("127.0.0.2", port);
    await conn.write(latin1("x"));
    await conn.read(new Uint8Array(1));
  }
  await program.stop();
  // As socat 1.8, which warns without -d too.
  assertEquals(program.stderr.map((line) => line.replace(/^.*\] /, "")), ["W exiting on signal 15"]);

  // A server that answers late is not waited for; without --compat it is.
  await using late = tcpServer(async (conn) => {
    const buffer = new Uint8Array(10);
    while (await conn.read(buffer) !== null);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await conn.write(latin1("late"));
  });
  const [cut, waited] = await Promise.all([
    netlab(["relay", "--compat", "-", `TCP:127.0.0.1:${late.port}`], { stdin: "q" }),
    netlab(["relay", "-", `TCP:127.0.0.1:${late.port}`], { stdin: "q" }),
  ]);
  assertEquals([cut.status, cut.stdout, waited.stdout], [0, "", "late"]);
});

Deno.test("--compat -V tells socat's features, as scripts look for them", async () => {
  const { stdout } = await netlab(["relay", "--compat", "-V"]);
  assertMatch(stdout, /^netlab \d/);
  assertMatch(stdout, /^socat version 1\.8\.\d+\.\d+$/m);
  for (const feature of ["TCP", "OPENSSL", "PTY", "ABSTRACT_UNIXSOCKET"]) {
    assertMatch(stdout, new RegExp(`^ {2}#define WITH_${feature} 1$`, "m"));
  }
  assertMatch(stdout, /^ {2}#undef WITH_SCTP$/m);
  assertEquals((await netlab(["relay", "-V"])).stdout.split("\n").length, 2);
});

Deno.test({
  name: "a network device that is not there is named and said in words",
  ignore: !linux,
  async fn() {
    const { status, stderr } = await netlab(["relay", "-", "udp:127.0.0.1:9,so-bindtodevice=no-such-one"]);
    assertEquals(status, 1);
    assertMatch(stderr, /: Cannot set "so-bindtodevice": No such device$/m);
  },
});

Deno.test("--compat -h has every flag and every name of an address in small letters, -hhh every option too", async () => {
  const help = async (flag: string) => (await netlab(["relay", "--compat", flag])).stdout;
  const short = await help("-h");
  for (const name of ["socks4", "tcp4-listen", "unix-client", "openssl-listen"]) {
    assertMatch(short, new RegExp(`^ {6}${name}:<`, "m"));
  }
  const names = [...short.replace(/^[^]*address-head:/, "").matchAll(/^ {6}([\w-]+)/gm)].map(([, name]) => name!);
  assertEquals(names, names.toSorted());
  assertMatch(short, /^ {6}accept-fd:<number>$/m);
  assert(!short.includes("so-bindtodevice"));
  assertEquals((await netlab(["help", "relay", "--compat"])).stdout, short);
  for (const flag of [/^ {2}-0 /m, /^ {2}-S N /m]) assertMatch(short, flag);
  const [, options] = (await help("-hhh")).split("   opts:\n");
  const spelled = [...options!.matchAll(/^ {6}(\S+)\t/gm)].map(([, name]) => name!);
  assertEquals(spelled, spelled.toSorted());
  for (const name of ["so-bindtodevice", "ip-recvttl", "pty-wait-slave", "o-direct"]) {
    assert(spelled.includes(name), name);
  }
  const { stdout } = await netlab(["relay", "--compat", "--help", "TCP-LISTEN"]);
  assertMatch(stdout, /^TCP-LISTEN:<port>\n/);
});

Deno.test("--compat -d -d says that a side is at its end when it is, and of no side that is not", async () => {
  await using program = startNetlab(["relay", "--compat", "-d", "-d", "tcp-listen:0,bind=127.0.0.1", "text:"]);
  const [, port] = await program.line(/listening on AF=2 127\.0\.0\.1:(\d+)/);
  const client = await reach("127.0.0.1", Number(port));
  await program.line(/socket 2 \(fd 5\) is at EOF$/);
  assertEquals(program.stderr.filter((line) => line.includes("socket 1 (fd 6) is at EOF")), []);
  client.close();
  await program.line(/exiting with status 0$/);
  const { stderr } = await netlab(["relay", "--compat", "-u", "-d", "-d", "-", "/dev/null"], { stdin: "x" });
  assertEquals(stderr.match(/socket . \(fd .\) is at EOF/g), ["socket 1 (fd 0) is at EOF"]);
});

Deno.test("--compat -v: dumps have no connection numbers under fork", async () => {
  await using program = startNetlab(["relay", "--compat", "-d", "-d", "-v", "TCP4-LISTEN:0,fork", "PIPE"]);
  const port = Number((await program.line(/socat\[\d+\] N listening on AF=2 0\.0\.0\.0:(\d+)$/))[1]);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(latin1("hello\n"));
  await program.line(/^< .* {2}length=6 from=0 to=5$/);
  assertMatch(
    (await program.line(/accepting connection/)).input,
    /N accepting connection from AF=2 127\.0\.0\.1:\d+ on AF=2 127\.0\.0\.1:\d+$/,
  );
  program.child.kill("SIGTERM");
  await program.line(/N exit\(143\)$/);
  assertEquals(program.stderr.slice(-4).map((line) => line.replace(/^.*?\] /, "")), [
    "N socat_signal(): handling signal 15",
    "W exiting on signal 15",
    "N socat_signal(): finishing signal 15",
    "N exit(143)",
  ]);
});

Deno.test("--compat -d -d says who connects to a Unix socket, and who sends a packet", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const compat = (...args: string[]) => startNetlab(["relay", "--compat", "-d", "-d", ...args]);
    const told = async (listen: string, listening: string, send: string) => {
      await using server = compat(listen, "PIPE");
      await server.line(new RegExp(`N ${listening} on AF=`));
      const { stderr } = await netlab(["relay", "--compat", "-d", "-d", "-", send], { stdin: "x" });
      await server.line(/exiting with status 0$/);
      return [...server.stderr, ...stderr.split("\n")].filter((line) => / from (?:AF|local)|prepared/.test(line))
        .map((line) => line.replace(/^.*? N /, "").replaceAll(folder, ""));
    };
    assertEquals(await told(`UNIX-LISTEN:${folder}/s`, "listening", `UNIX:${folder}/s`), [
      'accepting connection from AF=1 "<anon>" on AF=1 "/s"',
      'successfully connected from local address AF=1 "<anon>"',
    ]);
    assertEquals(await told(`UNIX-LISTEN:${folder}/s`, "listening", `UNIX:${folder}/s,bind=${folder}/c`), [
      'accepting connection from AF=1 "/c" on AF=1 "/s"',
      'successfully connected from local address AF=1 "/c"',
    ]);
    assertEquals(await told(`UNIX-RECVFROM:${folder}/r`, "receiving", `UNIX-SENDTO:${folder}/r,bind=${folder}/c`), [
      'receiving packet from AF=1 "/c"',
      'successfully prepared local socket AF=1 "/c"',
    ]);
    const port = freePort();
    const [received] = await told(`UDP4-RECVFROM:${port},bind=127.0.0.1`, "receiving", `UDP:127.0.0.1:${port}`);
    assertMatch(received!, /^receiving packet from AF=2 127\.0\.0\.1:\d+$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("levels: -d0 to -d4, -dd and -d -d", async () => {
  const lettersOf = async (...flags: string[]) => {
    const { stderr } = await netlab(["relay", ...flags, "-", "PIPE"], { stdin: "x" });
    return [...new Set([...stderr.matchAll(/\] ([EWNID]) /g)].map((match) => match[1]))].join("");
  };
  assertEquals(await lettersOf("--compat"), "");
  for (const flags of [["-dd"], ["-d", "-d"], ["-d2"], ["-ddd"], ["-d3"], ["-d4"]]) {
    assertEquals((await lettersOf("--compat", ...flags)).includes("N"), true, flags.join(" "));
  }
  assertEquals(await lettersOf("--compat", "-d1"), "");
  assertEquals((await netlab(["relay", "-d0", "-", "PIPE"], { stdin: "x" })).stderr, "");
  assertEquals(await lettersOf("-d"), "I");
});

Deno.test("every flag of socat 1.8 is understood, or refused in one line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const flags of [
        ["-D"],
        ["--experimental"],
        ["--statistics"],
        ["-S", "0x80000000"],
        ["-T", "-1"],
        ["-S0x89de"],
        ["-ls"],
        ["-lpname"],
        ["-lp", "name"],
        ["-lu"],
        ["-lh"],
        [`-lf${folder}/log`],
        ["-lf", `${folder}/log`],
        ["-v"],
        ["-x"],
        ["-r", `${folder}/r`],
        ["-R", `${folder}/R`],
        ["-b100"],
        ["-b", "8192"],
        ["-s"],
        ["-t1"],
        ["-t", "0.2"],
        ["-T3"],
        ["-T", "3.5"],
        ["-u"],
        ["-U"],
        ["-g"],
        ["-L", `${folder}/lock`],
        ["-W", `${folder}/lock`],
        ["-0"],
        ["-4"],
        ["-6"],
      ]
    ) {
      const right = flags[0] === "-U" ? "TEXT:x" : "PIPE";
      const { status, stderr } = await netlab(["relay", ...flags, "-", right], { stdin: "x" });
      assertEquals(status, 0, `${flags.join(" ")}: ${stderr}`);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["R", "log", "r"]);
    for (const flag of ["-ly", "-lm", "-lylocal0"]) {
      const { status, stderr } = await netlab(["relay", flag, "-", "PIPE"], { stdin: "x" });
      // Where the system has a syslog it is used.
      if (status !== 0) assertMatch(stderr, /^netlab: Cannot log to syslog: .*-lf\n$/);
    }
    for (const flag of ["-h", "-hh", "-hhh", "-?", "-??"]) {
      const { status, stdout, stderr } = await netlab(["relay", flag]);
      assertEquals([status, stderr, stdout.length > 500], [0, "", true], flag);
    }
    assertMatch((await netlab(["relay", "-V"])).stdout, /^netlab \d/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "-D names the open descriptors, -lu and -lh change the lines",
  ignore: !linux,
  async fn() {
    const { stderr } = await netlab(["relay", "-D", "-lu", "-lh", "-", "PIPE"], {
      stdin: "x",
      env: { HOSTNAME: "here" },
    });
    assertMatch(stderr, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6} here netlab\[\d+\] N descriptor 0: \S/m);
  },
});

Deno.test("-s leaves out options that it does not know, -g takes those of other addresses", async () => {
  const sloppy = await netlab(["relay", "-s", "-", "PIPE,nosuchoption=1"], { stdin: "x" });
  assertEquals([sloppy.status, sloppy.stdout], [0, "x"]);
  assertMatch(sloppy.stderr, / W Unknown option "nosuchoption" in address "PIPE,nosuchoption=1".*left out/);
  const strict = await netlab(["relay", "-", "STDOUT,reuseport"]);
  assertEquals(strict.status, 2);
  assertMatch(
    strict.stderr,
    /Option "reuseport" does not fit address "STDOUT,reuseport": it belongs to TCP-LISTEN, OPENSSL-LISTEN and/,
  );
  assertEquals((await netlab(["relay", "-g", "-u", "-", "STDOUT,reuseport"], { stdin: "x" })).stdout, "x");
});

Deno.test("-L fails when the lock file exists, -W waits for it, both remove it at the end", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lock = `${folder}/lock`;
    await Deno.writeTextFile(lock, "");
    const refused = await netlab(["relay", "-L", lock, "-", "PIPE"], { stdin: "x" });
    assertEquals([refused.status, refused.stdout], [1, ""]);
    assertMatch(refused.stderr, /^netlab: Cannot lock ".*": the lock file exists: another program holds it\n$/);
    await using waiting = startNetlab(["relay", "-W", lock, "tcp-listen:0", "PIPE"]);
    await using other = startNetlab(["relay", "tcp-listen:0", "PIPE"]);
    await other.port();
    assertEquals(waiting.stderr, []);
    await Deno.remove(lock);
    await waiting.port();
    assertMatch(await Deno.readTextFile(lock), /^\d+\n$/);
    await waiting.stop();
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a program that fails is the exit status",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { status, stderr } = await netlab(["relay", "-", "SYSTEM:exit 7"]);
    assertEquals(status, 7);
    assertMatch(stderr, /exited with status 7/);
    assertEquals((await netlab(["relay", "--compat", "-", "SYSTEM:exit 7"])).status, 1);
    const logged = await netlab(["relay", "--compat", "-d", "-d", "-", "SYSTEM:cat; exit 7"], { stdin: "x" });
    assertMatch(logged.stderr, /exited with status 7\n[^]* N exit\(1\)\n$/);
    assert(!logged.stderr.includes("exiting with status 0"));
    const killed = async (...args: string[]) => (await netlab(["relay", ...args, "-", "SYSTEM:kill -9 $$"])).status;
    assertEquals([await killed(), await killed("--compat")], [137, 0]);
    assertEquals((await netlab(["relay", "-", "SYSTEM:exit 0"])).status, 0);
    assertEquals((await netlab(["relay", "-", "EXEC:/nonexistent/program"])).status, 1);
  },
});

Deno.test({
  name: "--statistics at the end and SIGUSR2 now, in socat's words",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { stderr } = await netlab(["relay", "--statistics", "-u", "-", "STDOUT"], { stdin: "hello" });
    assertMatch(
      stderr,
      /STATISTICS: left to right: 1 packets\(s\), 5 byte\(s\)\n.*STATISTICS: right to left: 0 packets\(s\), 0 byte\(s\)\n/,
    );
    const lines = async (...args: string[]) =>
      bare((await netlab(["relay", "--statistics", ...args], { stdin: "" })).stderr).match(
        /(?<=\] )[A-Z] [^:\n]*(?:: [^:\n]*)?/g,
      );
    assertEquals((await lines("-u", "-", "STDOUT"))?.length, 3);
    const toRight = "I STATISTICS: left to right", toLeft = "I STATISTICS: right to left";
    for (
      const [args, directions] of [
        [["-", "PIPE"], [toRight, toLeft]],
        [["-u", "-", "STDOUT"], [toRight]],
        [["-U", "STDOUT", "-"], [toLeft]],
      ] as const
    ) {
      assertEquals(await lines("--compat", ...args), ["W statistics are experimental", ...directions]);
    }
    await using program = startNetlab(["relay", "tcp-listen:0,fork", "PIPE"]);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: await program.port() });
    const buffer = new Uint8Array(20);
    for (let i = 0; i < 2; i++) {
      await conn.write(latin1("01234"));
      assertEquals(latin1Text(buffer.subarray(0, (await conn.read(buffer))!)), "01234");
    }
    // Of connections that are open, too: of this one the first answer at least.
    program.child.kill("SIGUSR2");
    await program.line(/STATISTICS: right to left: [12] packets\(s\), +\d+ byte\(s\)$/);
    await program.line(/STATISTICS: connections: 1, failed: 0, open: 1$/);
    await conn.closeWrite();
    await program.line(/octets sent/);
    program.child.kill("SIGUSR2");
    await program.line(/STATISTICS: left to right: 2 packets\(s\), 10 byte\(s\)$/);
    await program.line(/STATISTICS: connections: 1, failed: 0, open: 0$/);
  },
});

Deno.test("passwords in addresses do not reach the log", async () => {
  const proxy = freePort();
  await using program = startNetlab([
    "relay",
    "tcp-listen:0,fork",
    `tcp:127.0.0.1:1,via=http://me:secret@127.0.0.1:${proxy}`,
  ]);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: await program.port() });
  await conn.read(new Uint8Array(1));
  conn.close();
  await program.line(/ E #1 /);
  await program.stop();
  const text = program.stderr.join("\n");
  assertNotMatch(text, /secret/);
  assertStringIncludes(text, `127.0.0.1:${proxy}`);
  assert(!text.includes("    at "), text);
});

Deno.test("--compat: a signal ends a session that has no end at once", async () => {
  await using program = startNetlab(["relay", "--compat", "-d", "-d", "udp4-listen:0,bind=127.0.0.1", "PIPE"]);
  const port = Number((await program.line(/listening on .*:(\d+)$/))[1]);
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await client.send(latin1("x"), { transport: "udp", hostname: "127.0.0.1", port });
  await client.receive();
  const began = performance.now();
  program.child.kill("SIGTERM");
  assertEquals((await program.child.status).code, 143);
  // Without --compat it is given five seconds.
  assert(performance.now() - began < 4500);
  client.close();
});

Deno.test("--compat: what ends it stands in its log, wherever that is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const dead = freePort();
    const ended = async (...flags: string[]) => {
      const { status, stderr } = await netlab(["relay", "--compat", ...flags, "-", `TCP4:127.0.0.1:${dead}`]);
      assertEquals(status, 1, flags.join(" "));
      return bare(stderr);
    };
    const refused = `E connect(5, AF=2 127.0.0.1:${dead}, 16): Connection refused\n`;
    assertEquals(await ended("-lf", `${folder}/log`), "");
    assertEquals(bare(await Deno.readTextFile(`${folder}/log`)), `socat[PID] ${refused}`);
    assertEquals((await ended("-lh", "-lp", "name")).replace(/^\S+ (\w+)\[\d+\]/, "$1[PID]"), `name[PID] ${refused}`);
    assertEquals(await ended("-lynosuch"), 'socat[PID] E unknown syslog facility "nosuch"\n');
    assertEquals(await ended("-lx"), 'socat[PID] E unknown log option "-lx"; use option "-h" for help\n');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("children-shutup: what happens to single connections is logged so many levels lower", async () => {
  for (
    const [flags, option, level] of [
      [["--compat"], "", "E"],
      [["--compat"], ",children-shutup", "W"],
      [["--compat", "-dd"], ",children-shutup=2", "N"],
      [[], ",children-shutup", "W"],
    ] as const
  ) {
    const port = freePort();
    await using program = startNetlab([
      "relay",
      "-dd",
      ...flags,
      `tcp4-listen:0,fork${option}`,
      `tcp:127.0.0.1:${port}`,
    ]);
    const [, listening] = await program.line(/listening on .*:(\d+)$/);
    using conn = await Deno.connect({ port: Number(listening) });
    const [, said] = await program.line(/ ([A-Z]) .*Connection refused/);
    assertEquals(said, level);
    assertEquals(await conn.read(new Uint8Array(1)), null);
  }
});

Deno.test("-r and -R with variables of the connection in their names: files for each", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const name = `${folder}/$PROGNAME-$TIMESTAMP.$MICROS-\${AB_PEERPORT}-$SOCAT_PEERADDR-$$-$NOSUCH`;
    await using program = startNetlab([
      "relay",
      "-lp",
      "ab",
      "-r",
      `${name}.in`,
      "-R",
      `${name}.out`,
      "tcp-listen:0,fork",
      "pipe",
    ]);
    const port = await program.port();
    for (const text of ["one", "two"]) {
      using conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(latin1(text));
      assertEquals(await conn.read(new Uint8Array(9)), 3);
      const own = conn.localAddr.port;
      const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((file) => file.includes(`-${own}-`))
        .sort();
      assertEquals(files.length, 2);
      for (const file of files) {
        assertMatch(file, /^ab-\d{8}T\d{6}\.\d{6}-\d+-127\.0\.0\.1-\d+-\.(?:in|out)$/);
        assertEquals(await Deno.readTextFile(`${folder}/${file}`), text);
      }
      assertEquals(files[0]!.replace(/in$/, ""), files[1]!.replace(/out$/, ""));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a signal that a program takes does not end netlab; with --compat others are logged, as -S asks",
  ignore: !linux,
  async fn() {
    const takes = `EXEC:"sh -c 'echo up >&2; exec cat'",sigint,setsid`;
    for (
      const [flags, status, said] of [[[], 130, "was ended by SIGINT"], [
        ["--compat"],
        1,
        "exited on signal 2",
      ]] as const
    ) {
      await using program = startNetlab(["relay", ...flags, "PIPE", takes]);
      await program.line(/^up$/);
      const ended = await program.stop("SIGINT");
      assertEquals(ended.status, status);
      assertStringIncludes(program.stderr.join("\n"), said);
    }
    for (
      const [signal, flags, status, said] of [
        ["SIGTERM", [], 143, "W exiting on signal 15"],
        ["SIGQUIT", [], 131, "E exiting on signal 3"],
        ["SIGSYS", ["-S", "0x80000000"], 159, "E exiting on signal 31"],
        ["SIGTERM", ["-S", "0"], 143, undefined],
      ] as const
    ) {
      await using program = startNetlab(["relay", "--compat", ...flags, "PIPE", "SYSTEM:echo up >&2; cat"]);
      await program.line(/^up$/);
      const ended = await program.stop(signal);
      assertEquals(ended.status, status);
      assertEquals(
        program.stderr.filter((line) => line !== "up").map((line) => line.replace(/^.*\] /, "")),
        said === undefined ? [] : [said],
      );
    }
  },
});

interop("--compat: -0 and SOCAT_DEFAULT_LISTEN_IP say where to listen", ["IPv6"], async () => {
  for (
    const [flags, env, hosts] of [
      [[], { SOCAT_DEFAULT_LISTEN_IP: "6" }, ["::1"]],
      [[], { SOCAT_DEFAULT_LISTEN_IP: "0" }, ["::1", "127.0.0.1"]],
      [["-0"], {}, ["::1", "127.0.0.1"]],
    ] as const
  ) {
    for (const hostname of hosts) {
      await using program = startNetlab(["relay", "--compat", "-dd", ...flags, "tcp-listen:0", "PIPE"], { env });
      const port = Number((await program.line(/listening on .*:(\d+)$/))[1]);
      using conn = await Deno.connect({ hostname, port });
      await conn.write(latin1("six"));
      const answer = new Uint8Array(3);
      await conn.read(answer);
      assertEquals(latin1Text(answer), "six");
    }
  }
});

interop("--compat: a peer that resets is at its end, one that takes nothing any more is an error, as in socat", [
  "socat",
], async () => {
  const resets = async () => {
    const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
      target: `TCP:127.0.0.1:${port}`,
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
    };
  };
  for (const ours of [true, false]) {
    const run = (args: string[], stdin?: string) =>
      ours
        ? netlab(["relay", "--compat", ...args], stdin === undefined ? {} : { stdin })
        : runProgram(socat, args, stdin === undefined ? {} : { stdin });
    await using server = await resets();
    const reset = await run(["-d", "-,ignoreeof", server.target], "x");
    assertEquals(reset.status, 0, reset.stderr);
    assertMatch(reset.stderr, /W read\(\d.*\): Connection reset by peer/);
    const { program, args } = ours ? netlabCommand(["relay", "--compat"]) : { program: socat, args: [] };
    const headOf = (to: string) =>
      runProgram("sh", [
        "-c",
        `{ "$@" -u "SYSTEM:yes 2>/dev/null" ${to}; echo "status $?" >&2; } | head -1`,
        "sh",
        program,
        ...args,
      ]);
    const closed = await headOf("-");
    assertEquals(closed.stdout, "y\n");
    assertMatch(closed.stderr, /E write\(1.*\): Broken pipe\n/);
    assertMatch(closed.stderr, /^status 1$/m);
    assertMatch((await headOf("-,cool-write")).stderr, /^status 0$/m);
  }
});

Deno.test("--compat: an empty datagram is the end of a UDP peer, and is sent as such", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const client = netlab(["relay", "--compat", "-t", "9", "-", `UDP:127.0.0.1:${port}`], { stdin: "hello" });
  const [first, peer] = await socket.receive();
  assertEquals(latin1Text(first), "hello");
  assertEquals((await socket.receive())[0].length, 0);
  await socket.send(new Uint8Array(0), peer);
  assertEquals((await client).status, 0);
  socket.close();
  const listening = freePort();
  await using server = startNetlab([
    "relay",
    "--compat",
    "-dd",
    "-u",
    `UDP-LISTEN:${listening},bind=127.0.0.1`,
    "STDOUT",
  ]);
  await server.line(/listening on UDP/);
  await netlab(["relay", "--compat", "-", `UDP:127.0.0.1:${listening}`], { stdin: "all" });
  assertEquals(latin1Text((await server.end()).stdout), "all");
});
