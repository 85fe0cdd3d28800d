// The idioms of ncat and of nc (OpenBSD), and the relay lines that do the same: what the server sees, what is printed, how
// it ends. The README's table "Coming from ncat and nc" is made of these.
import { assertEquals } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { connStream } from "../../../lib/stream/conn.ts";
import {
  freePort,
  interop,
  listening,
  netlabCommand,
  Running,
  runProgram,
  startNetlab,
  tcpServer,
} from "../../helpers/netlab.ts";
import { tlsData as data } from "../../helpers/files.ts";
import { readAll } from "../../helpers/streams.ts";

/** What a client does to a server, and what it shows of it. */
interface Seen {
  heard: string;
  stdout: string;
  status: number;
}

/** Runs a client against a server that first says `greeting`, hears it to the end, then says `answer`. */
async function client(words: readonly string[], stdin: string, greeting: string, answer: string): Promise<Seen> {
  const heard = Promise.withResolvers<string>();
  await using server = tcpServer(async (conn) => {
    await using stream = connStream(conn, "tcp");
    if (greeting !== "") await stream.write(utf8(greeting));
    heard.resolve(utf8Text(await readAll(stream)));
    await stream.write(utf8(answer));
    await stream.closeWrite();
  });
  const [program, ...args] = words.map((word) => word.replace("PORT", String(server.port)));
  const { stdout, status } = await runProgram(program!, args, { stdin });
  return { heard: await heard.promise, stdout, status };
}

const ours = (...args: string[]) => {
  const { program, args: before } = netlabCommand(["relay", "-d0", ...args]);
  return [program, ...before];
};

/** The peer's words; ours; what a client says, what it is told before and after. */
type Row = readonly [peer: string, ours: readonly string[], stdin?: string, greeting?: string, answer?: string];
const CLIENTS: readonly Row[] = [
  ["ncat 127.0.0.1 PORT", ["-", "tcp:127.0.0.1:PORT"], "question\n", "", "answer\n"],
  ["nc -N 127.0.0.1 PORT", ["-", "tcp:127.0.0.1:PORT"], "question\n", "", "answer\n"],
  ["ncat --send-only 127.0.0.1 PORT", ["-u", "-", "tcp:127.0.0.1:PORT"], "all of it", "", "not heard"],
  ["nc -C -N 127.0.0.1 PORT", ["-", "tcp:127.0.0.1:PORT,crnl"], "a\nb\n"],
  ["ncat -C 127.0.0.1 PORT", ["-", "tcp:127.0.0.1:PORT,crnl"], "a\nb\n"],
  ["nc -z 127.0.0.1 PORT", ["-u", "/dev/null", "tcp:127.0.0.1:PORT"]],
  ["ncat -z 127.0.0.1 PORT", ["-u", "/dev/null", "tcp:127.0.0.1:PORT"]],
  ["nc -q 1 127.0.0.1 PORT", ["-t", "1", "-", "tcp:127.0.0.1:PORT,shut-none"], "hello\n", "banner\n"],
  ["nc -w 1 127.0.0.1 PORT", ["-T", "1", "-", "tcp:127.0.0.1:PORT,shut-none"], "hello\n", "banner\n"],
];
for (const [peer, args, stdin = "", greeting = "", answer = ""] of CLIENTS) {
  const words = peer.split(" ");
  interop(`relay ${args.join(" ")} is ${peer}`, [words[0]!], async () => {
    assertEquals(await client(ours(...args), stdin, greeting, answer), await client(words, stdin, greeting, answer));
  });
}

interop("relay tells a refused connection by its status, as ncat and nc", ["ncat", "nc"], async () => {
  const port = String(freePort());
  const run = async ([program, ...args]: string[]) => (await runProgram(program!, args, { stdin: "x" })).status;
  assertEquals(await run(ours("-", `tcp:127.0.0.1:${port}`)), 1);
  assertEquals(await run(["ncat", "127.0.0.1", port]), 1);
  assertEquals(await run(["nc", "-N", "127.0.0.1", port]), 1);
});

/** What a client without half-close is told by a server that serves many. */
async function told(port: number, text: string): Promise<string> {
  await using stream = connStream(await Deno.connect({ hostname: "127.0.0.1", port }), "tcp");
  await stream.write(utf8(text));
  return utf8Text(await readAll(stream));
}

interop("relay serves commands, with ncat's variables, as ncat -l -k -c", ["ncat"], async () => {
  const command = 'read x; echo "$x from $NCAT_REMOTE_ADDR to $NCAT_LOCAL_ADDR"';
  const theirs = freePort();
  await using ncat = new Running("ncat", ["-l", "-k", "127.0.0.1", String(theirs), "-c", command]);
  await listening(theirs);
  await using relay = startNetlab(["relay", "tcp-listen:0,fork", `system:${command.replaceAll('"', '\\"')}`]);
  const expected = "hello from 127.0.0.1 to 127.0.0.1\n";
  assertEquals(await told(await relay.port(), "hello\n"), expected);
  assertEquals(await told(theirs, "hello\n"), expected);
  assertEquals(ncat.stderr, []);
});

interop("ncat's proxy words are via=, with its passwords", ["ncat", "nc"], async () => {
  await using open = startNetlab(["socks", "--port", "0"]);
  await using closed = startNetlab(["socks", "--port", "0"], { env: { NETLAB_SOCKS_USERS: "joe:secret" } });
  const [free, locked] = [await open.port(), await closed.port()];
  const auth = ["--proxy-auth", "joe:secret"];
  for (
    const [peer, via] of [
      [["ncat", "--proxy", `127.0.0.1:${free}`, "--proxy-type", "http"], `http://127.0.0.1:${free}`],
      [["ncat", "--proxy", `127.0.0.1:${free}`, "--proxy-type", "socks4"], `socks4://127.0.0.1:${free}`],
      [
        ["ncat", "--proxy", `127.0.0.1:${locked}`, "--proxy-type", "socks5", ...auth],
        `socks5://joe:secret@127.0.0.1:${locked}`,
      ],
      [
        ["ncat", "--proxy", `127.0.0.1:${locked}`, "--proxy-type", "http", ...auth],
        `http://joe:secret@127.0.0.1:${locked}`,
      ],
      [["nc", "-N", "-X", "5", "-x", `127.0.0.1:${free}`], `socks5h://127.0.0.1:${free}`],
      [["nc", "-N", "-X", "4", "-x", `127.0.0.1:${free}`], `socks4://127.0.0.1:${free}`],
      [["nc", "-N", "-X", "connect", "-x", `127.0.0.1:${free}`], `http://127.0.0.1:${free}`],
    ] as const
  ) {
    assertEquals(
      await client(ours("-", `tcp:127.0.0.1:PORT,via=${via}`), "question\n", "", "answer\n"),
      await client([...peer, "127.0.0.1", "PORT"], "question\n", "", "answer\n"),
      peer.join(" "),
    );
  }
});

interop("ncat --ssl takes a self-signed listener; tls: takes ncat's by verify=0, or judges it as --ssl-verify", [
  "ncat",
], async () => {
  await using relay = startNetlab(["relay", "tls-listen:0,fork,self-signed", "system:echo ours"]);
  const { stdout } = await runProgram("ncat", ["--ssl", "--recv-only", "127.0.0.1", String(await relay.port())]);
  assertEquals(stdout, "ours\n");
  const port = freePort();
  const keys = ["--ssl-cert", data("leaf.crt"), "--ssl-key", data("leaf.key")];
  await using _ncat = new Running("ncat", [
    "-l",
    "-k",
    "--ssl",
    ...keys,
    "127.0.0.1",
    String(port),
    "-c",
    "echo theirs",
  ]);
  await listening(port);
  for (const options of ["verify=0", `cafile=${data("ca.crt")}`]) {
    const [program, ...args] = ours("-U", "-", `tls:localhost:${port},${options}`);
    assertEquals((await runProgram(program!, args)).stdout, "theirs\n", options);
  }
  const [program, ...args] = ours("-U", "-", `tls:localhost:${port}`);
  assertEquals((await runProgram(program!, args)).status, 1);
});
