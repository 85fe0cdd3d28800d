// The local addresses against socat at the other end, curl and ncat: the same words, the same results.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { utf8Text } from "../../../lib/base/bytes.ts";
import { openOne } from "../../helpers/endpoint.ts";
import {
  freePort,
  interop,
  netlab,
  netlabCommand,
  Running,
  runProgram,
  startNetlab,
  tcpServer,
} from "../../helpers/netlab.ts";
import { inFolder } from "../../helpers/files.ts";
import { readAll } from "../../helpers/streams.ts";

/** socat, started; returns when it listens. */
async function startSocat(...args: string[]): Promise<Running> {
  const socat = new Running("socat", ["-d", "-d", ...args]);
  await socat.line(/listening on|receiving on|PTY is/);
  return socat;
}

interop("UNIX-CONNECT to socat's UNIX-LISTEN, and the reverse", ["socat"], () =>
  inFolder(async (folder) => {
    const path = `${folder}/socket`;
    {
      await using _socat = await startSocat(`UNIX-LISTEN:${path}`, "EXEC:tr a-z A-Z");
      assertEquals((await netlab(["relay", "-", `UNIX-CONNECT:${path}`], { stdin: "to socat" })).stdout, "TO SOCAT");
    }
    await using server = startNetlab(["relay", `unix-listen:${path},unlink-early,fork,mode=600`, "exec:tr a-z A-Z"]);
    await server.line(/listening on/);
    const asked = await runProgram("socat", ["-t", "5", "-", `UNIX-CONNECT:${path}`], { stdin: "from socat" });
    assertEquals(asked.stdout, "FROM SOCAT");
    const client = await runProgram("socat", ["-t", "5", "-", `UNIX-CLIENT:${path}`], { stdin: "again" });
    assertEquals(client.stdout, "AGAIN");
    assertEquals((await server.stop()).status, 143);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

interop("ABSTRACT sockets are those of socat", ["socat"], async () => {
  const name = `netlab-interop-${Deno.pid}`;
  await using _socat = await startSocat(`ABSTRACT-LISTEN:${name}`, "EXEC:cat");
  assertEquals((await netlab(["relay", "-", `abstract-connect:${name}`], { stdin: "x" })).stdout, "x");
});

interop("Unix datagrams to and from socat", ["socat"], () =>
  inFolder(async (folder) => {
    const path = `${folder}/dgram`;
    {
      await using socat = await startSocat(`UNIX-RECVFROM:${path}`, "EXEC:cat");
      const stream = await openOne(`unix-sendto:${path}`);
      await stream.write(new TextEncoder().encode("question"));
      const view = new Uint8Array(100);
      assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "question");
      await stream.close();
      await socat.end();
    }
    await using server = startNetlab(["relay", `unix-recvfrom:${folder}/ask,fork`, "exec:tr a-z A-Z"]);
    await server.line(/listening on/);
    for (const text of ["one", "two"]) {
      const asked = await runProgram("socat", ["-t", "2", "-", `UNIX-SENDTO:${folder}/ask,bind=${folder}/asker`], {
        stdin: text,
      });
      assertEquals(asked.stdout, text.toUpperCase());
    }
    await server.stop();
    const receiver = await openOne(`unix-recv:${folder}/in`);
    await runProgram("socat", ["-u", "-", `UNIX-SENDTO:${folder}/in`], { stdin: "statement" });
    const view = new Uint8Array(100);
    assertEquals(utf8Text(view.subarray(0, (await receiver.read(view))!)), "statement");
    await receiver.close();
  }));

interop("FIFOs and pseudo-terminals are shared with socat", ["socat"], () =>
  inFolder(async (folder) => {
    const fifo = `${folder}/fifo`;
    const reading = netlab(["relay", "-u", `pipe:${fifo}`, "-"]);
    while (!exists(fifo)) await new Promise((resolve) => setTimeout(resolve, 10));
    await runProgram("socat", ["-u", "-", `OPEN:${fifo},wronly`], { stdin: "through" });
    assertEquals((await reading).stdout, "through");

    const link = `${folder}/tty`;
    await using socat = await startSocat(`PTY,link=${link},raw,echo=0`, "EXEC:cat");
    while (!exists(link)) await new Promise((resolve) => setTimeout(resolve, 10));
    const device = await openOne(`${link},raw,echo=0`);
    await device.write(new TextEncoder().encode("modem"));
    const view = new Uint8Array(100);
    assertEquals(utf8Text(view.subarray(0, (await device.read(view))!)), "modem");
    await device.close();
    await socat.stop();

    await using terminal = startNetlab(["relay", `pty,link=${link},raw,echo=0`, "exec:cat"]);
    await terminal.line(/PTY is/);
    while (!exists(link)) await new Promise((resolve) => setTimeout(resolve, 10));
    const result = `${folder}/result`;
    await runProgram("socat", ["-t", "0.1", `SYSTEM:printf ping; head -c 4 > ${result}`, `OPEN:${link},raw,echo=0`]);
    // Like socat's it is there for the next one, too.
    await runProgram("socat", ["-t", "0.1", `SYSTEM:printf pong; head -c 4 >> ${result}`, `OPEN:${link},raw,echo=0`]);
    await terminal.stop();
    assertEquals(await Deno.readTextFile(result), "pingpong");
    assert(!exists(link));
  }));

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

const COMMANDS: readonly (readonly [name: string, address: string])[] = [
  ["words", `EXEC:printf <%s> a  b \\"c  d\\" [e  f] \\(g  h\\)`],
  ["quotes go", `EXEC:printf <%s> "a  b" 'c d'`],
  ["escapes", String.raw`EXEC:printf <%s> a\\ b\, c\:d e\\\\ f`],
  ["shell", "SYSTEM:echo one; echo two"],
  ["shell with quotes", `SYSTEM:printf \\"<%s>\\" \\"a  b\\"`],
  ["stderr joins", "SYSTEM:echo out; echo err >&2,stderr"],
  ["login", `EXEC:bash -c \\"echo \\\\\\$0\\",login`],
  ["pty", "SYSTEM:test -t 1 && echo terminal,pty"],
  ["environment", "SYSTEM:echo ${SOCAT_PID:+pid} ${SOCAT_VERSION:+version} ${SOCAT_PEERADDR:-none}"],
  ["seek", "OPEN:/etc/passwd,rdonly,seek=5,readbytes=20"],
];

for (const [name, address] of COMMANDS) {
  interop(`the same address gives the same octets as socat: ${name}`, ["socat", "bash"], async () => {
    const theirs = await runProgram("socat", ["-u", address, "-"]);
    const ours = await netlab(["relay", "-u", address, "-"]);
    assertEquals(ours.stdout, theirs.stdout);
    assertEquals([ours.status, ours.stdout !== ""], [theirs.status, true]);
  });
}

interop("a program that fails: our status is its own, socat's is 1", ["socat"], async () => {
  // socat misses status or message when it sees the end of the data before the end of the program.
  const said = /[EW] waitpid\(\): child \d+ exited with status 3/;
  let theirs = await runProgram("socat", ["-u", "SYSTEM:exit 3", "-"]);
  for (let i = 0; i < 100 && !said.test(theirs.stderr); i++) {
    theirs = await runProgram("socat", ["-u", "SYSTEM:exit 3", "-"]);
  }
  assertMatch(theirs.stderr, said);
  const compat = await netlab(["relay", "--compat", "-u", "SYSTEM:exit 3", "-"]);
  assertEquals([theirs.status, compat.status], [1, 1]);
  assertMatch(compat.stderr, said);
  assertEquals((await netlab(["relay", "-u", "SYSTEM:exit 3", "-"])).status, 3);
});

interop("the variables of a program that serves a connection are socat's", ["socat"], async () => {
  const variables = async (start: (port: number) => Running, port: number): Promise<string> => {
    await using server = start(port);
    await server.line(/listening on/);
    const answer = await runProgram("socat", ["-t", "5", "-", `TCP:127.0.0.1:${port},sourceport=0`]);
    await server.stop();
    return answer.stdout.replace(/((?:PEERPORT|PID|VERSION)=).*/g, "$1…");
  };
  const port = freePort();
  const command = `SYSTEM:env | grep ^SOCAT_ | sort`;
  const theirs = await variables(
    (port) => new Running("socat", ["-d", "-d", `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr`, command]),
    port,
  );
  const ours = await variables((port) => startNetlab(["relay", `tcp-listen:${port}`, command]), port);
  assertEquals(ours, theirs);
  assertMatch(ours, /SOCAT_PEERADDR=127\.0\.0\.1/);
});

interop(
  "a program behind TLS is told of the client's certificate as by socat",
  ["socat", "openssl"],
  () =>
    inFolder(async (folder) => {
      const make = `set -e; cd ${folder}
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=Test CA"
for n in server client; do
  openssl req -newkey rsa:2048 -nodes -keyout $n.key -out $n.csr -subj "/C=XY/O=Example Org/CN=$n"
  printf "subjectAltName=DNS:localhost,DNS:other.$n.test,IP:127.0.0.1" > ext
  openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $n.pem -extfile ext
done`;
      assertEquals((await runProgram("/bin/sh", ["-c", make])).status, 0);
      const server = (port: number) => [
        `OPENSSL-LISTEN:${port},bind=127.0.0.1,cert=${folder}/server.pem,key=${folder}/server.key,` +
        `cafile=${folder}/ca.pem,verify=1`,
        "SYSTEM:env | grep ^SOCAT_OPENSSL | sort",
      ];
      const ask = async (running: Running, port: number): Promise<string> => {
        await using _running = running;
        await running.line(/listening on/);
        const client = `OPENSSL:127.0.0.1:${port},cert=${folder}/client.pem,key=${folder}/client.key,` +
          `cafile=${folder}/ca.pem,commonname=server`;
        return (await runProgram("socat", ["-t", "5", "-", client])).stdout;
      };
      const [first, second] = [freePort(), freePort()];
      const theirs = await ask(new Running("socat", ["-d", "-d", ...server(first)]), first);
      const ours = await ask(startNetlab(["relay", ...server(second)]), second);
      assertEquals(ours, theirs);
      assertMatch(ours, /SOCAT_OPENSSL_X509_SUBJECT=C = XY, O = Example Org, CN = client/);
    }),
);

interop("curl --unix-socket through UNIX-LISTEN to a TCP server", ["curl"], () =>
  inFolder(async (folder) => {
    await using server = tcpServer(async (conn) => {
      await conn.read(new Uint8Array(4096));
      await conn.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
    });
    const path = `${folder}/http.sock`;
    await using relay = startNetlab(["relay", `unix-listen:${path},fork`, `tcp:127.0.0.1:${server.port}`]);
    await relay.line(/listening on/);
    for (let i = 0; i < 3; i++) {
      const asked = await runProgram("curl", ["-s", "--unix-socket", path, "http://localhost/"]);
      assertEquals([asked.status, asked.stdout], [0, "hello"]);
    }
    await relay.stop();
  }));

/** What three members of a broker hear: each of the others' words. */
async function conversation(port: number): Promise<string[]> {
  const members = await Promise.all([0, 1, 2].map(() => Deno.connect({ hostname: "127.0.0.1", port })));
  const heard = members.map(() => "");
  let changed = Promise.withResolvers<void>();
  const listening = members.map(async (member, who) => {
    const view = new Uint8Array(1000);
    for (let count = await member.read(view); count !== null; count = await member.read(view)) {
      heard[who] += utf8Text(view.subarray(0, count));
      changed.resolve();
    }
  });
  const say = (who: number, text: string) => members[who]!.write(new TextEncoder().encode(text));
  const until = async (all: () => boolean, meanwhile: () => Promise<unknown>) => {
    while (!all()) {
      changed = Promise.withResolvers();
      await meanwhile();
      const again = setTimeout(changed.resolve, 20);
      await changed.promise;
      clearTimeout(again);
    }
  };
  // Until words reach everybody, somebody may not be in the room yet.
  await until(() => heard.every((text) => text.includes("?")), () => Promise.all([say(0, "?"), say(1, "?")]));
  for (const who of [0, 1, 2]) {
    await say(who, `from ${who}\n`);
    const others = [0, 1, 2].filter((other) => other !== who);
    await until(() => others.every((other) => heard[other]!.includes(`from ${who}\n`)), async () => {});
  }
  for (const member of members) await member.closeWrite();
  await Promise.all(listening);
  for (const member of members) member.close();
  return heard.map((text) => text.replaceAll("?", ""));
}

interop("BROKER is ncat's --broker", ["ncat"], async () => {
  await using ours = startNetlab(["relay", "tcp-listen:0,fork", "broker"]);
  const heard = await conversation(await ours.port());
  const port = freePort();
  await using ncat = new Running("ncat", ["-v", "--broker", "-l", "127.0.0.1", String(port)]);
  await ncat.line(/Listening on/i);
  assertEquals(heard, await conversation(port));
  assertEquals(heard, ["from 1\nfrom 2\n", "from 0\nfrom 2\n", "from 0\nfrom 1\n"]);
  await ours.stop();
  await ncat.stop();
});

interop("the terminal is given back as it was found, however netlab ends", ["stty"], async () => {
  for (const signal of ["SIGTERM", "SIGINT", undefined] as const) {
    const { program, args } = netlabCommand(["relay", "-,raw,echo=0", "exec:cat"]);
    const folder = await Deno.makeTempDir();
    const script = [
      "stty -g > before",
      `"$0" "$@" & p=$!`,
      `until stty -a | grep -q -- -icanon; do sleep 0.02; done; touch raw`,
      `wait $p; stty -g > after`,
    ].join("\n");
    // A terminal of our own, with a shell in it.
    const words = ["/bin/sh", "-c", script.replace("& p=$!", "< /dev/tty & p=$!; echo $p > pid"), program, ...args]
      .map((word) => word.replace(/[\\"' ,:!()[\]{}$\n]/g, (c) => c === "\n" ? "\\\\\n" : `\\\\\\${c}`)).join(" ");
    const stream = await openOne(`exec:${words},pty,setsid,ctty,stderr,chdir=${folder}`);
    const output = readAll(stream);
    while (!exists(`${folder}/raw`)) await new Promise((resolve) => setTimeout(resolve, 20));
    const pid = Number(await Deno.readTextFile(`${folder}/pid`));
    if (signal === undefined) await stream.write(new Uint8Array([4]));
    Deno.kill(pid, signal ?? "SIGTERM");
    while (!exists(`${folder}/after`)) await new Promise((resolve) => setTimeout(resolve, 20));
    await output;
    await stream.close();
    const [before, after] = [await Deno.readTextFile(`${folder}/before`), await Deno.readTextFile(`${folder}/after`)];
    assert(before !== "");
    assertEquals(after, before);
    await Deno.remove(folder, { recursive: true });
  }
});
