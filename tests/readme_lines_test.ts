// Every command line of the README and of the helps is one that netlab takes; what the README shows below one with `$` is
// what it prints. The words are split by the shell.
import { assertEquals } from "@std/assert";
import { COMMANDS } from "../cmd/help.ts";
import { RELAY } from "../cmd/relay/flags.ts";
import { SOCKS } from "../cmd/socks/flags.ts";
import { parseEndpoint } from "../lib/address/list.ts";
import { DigArgs, lookOver } from "../lib/dns/dig/args.ts";
import { parseCommand } from "../lib/options/command.ts";
import { netlab, runProgram } from "./helpers/netlab.ts";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const prose = readme.slice(0, readme.indexOf("\n## Reference\n")).split("\n");
const data = `${import.meta.dirname}/data`;

/** Lines of the README's blocks in which netlab is called, and those of the helps. */
const LINES: readonly string[] = [
  ...prose.filter((line) => /^ {4}(.*\| |\$ |sudo )?netlab /.test(line) && !/\[FLAGS\]/.test(line))
    .map((line) => line.trim().replace(/^\$ /, "")),
  ...COMMANDS.flatMap(({ examples }) => examples.map(([line]) => `netlab ${line}`)),
];

/** The indented blocks that follow a line of the README which holds `text`; the first is that in which it stands. */
function block(text: string): string[] {
  const at = prose.findIndex((line) => line.startsWith("    ") && line.includes(text));
  const end = prose.findIndex((line, i) => i > at && line !== "" && !line.startsWith("    "));
  return prose.slice(at, end).map((line) => line.slice(4).trimEnd()).join("\n").trimEnd().split("\n");
}

/** A folder with the files that the lines name. */
async function folderOfFiles(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const files: Record<string, string> = {
    "capture.pcap": "captures/http1.pcap",
    "capture.pcapng": "captures/dns.pcap",
    "c.pcapng": "captures/dns.pcap",
    "ca.crt": "tls/ca.crt",
  };
  for (const [name, from] of Object.entries(files)) await Deno.copyFile(`${data}/${from}`, `${folder}/${name}`);
  const texts: Record<string, string> = {
    "rules.txt": block("clients 192.0.2.0/24").join("\n"),
    "relays.toml": block("[web]").join("\n"),
    "users.txt": "",
    "names.txt": "example.test\n",
    "keys.txt": "",
    "message.hex": "12 34 01 00 00 01 00 00 00 00 00 00 04 74 65 73 74 00 00 01 00 01\n",
  };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
  }
  return folder;
}

/** The words that each line gives to netlab. */
async function wordsOf(lines: readonly string[], cwd: string): Promise<string[][]> {
  const others = 'jq() { cat; }; tcpdump() { :; }; sudo() { "$@"; }';
  const script = `${others}; netlab() { printf '%s\\0' "$@" >&3; }\n` +
    lines.map((line) => `{ ${line}\n} 3>&1 >/dev/null; printf '\\n'`).join("\n");
  const { stdout, stderr } = await runProgram("sh", ["-c", script], { cwd });
  assertEquals(stderr, "");
  return stdout.trimEnd().split("\n").map((line) => line.split("\0").slice(0, -1));
}

/** What dig makes of the words, which it would send to nobody here. */
async function readDig(words: readonly string[]): Promise<void> {
  let told = "";
  const output = { out: (text: string) => void (told += text), err: (text: string) => void (told += text) };
  const system = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };
  const addresses = () => Promise.resolve(["192.0.2.53"]);
  const args = new DigArgs(lookOver(words, output), system, output, addresses, () => Promise.resolve());
  await args.readCommandLine(words);
  assertEquals(told, "", words.join(" "));
}

Deno.test({
  name: "README, help: every command line is understood",
  ignore: Deno.build.os === "windows",
  async fn() {
    const cwd = await folderOfFiles();
    try {
      const lines = await wordsOf(LINES, cwd);
      assertEquals(lines.length, LINES.length);
      const seen = new Set<string>();
      for (const [i, [command, ...words]] of lines.entries()) {
        const line = LINES[i]!, same = [command, ...words].join(" ");
        if (seen.has(same)) continue;
        seen.add(same);
        if (command === "dig") {
          await readDig(words);
          continue;
        }
        if (command === "socks") {
          assertEquals(parseCommand(SOCKS, words).args, [], line);
          continue;
        }
        if (command === "relay" || /^(?:tcp|tls)[a-z-]*:/.test(words[0]!)) {
          const { args } = parseCommand(RELAY, words);
          assertEquals(args.map((text) => parseEndpoint(text).text), args, line);
          assertEquals(args.length, 2, line);
          continue;
        }
        const rest = words.map((word) => word === "-i" ? "-r" : word === "lo" ? "capture.pcap" : word);
        const stdin = await Deno.readFile(`${cwd}/${words.includes("--bytes") ? "message.hex" : "capture.pcap"}`);
        const { status, stderr } = await netlab([command!, ...rest], { cwd, stdin });
        assertEquals([status, stderr], [0, ""], line);
      }
      const config = await netlab(["relay", "--check", "--config", "relays.toml"], { cwd });
      assertEquals([config.status, config.stdout, config.stderr], [0, "OK: 1 relay in relays.toml\n", ""]);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
});

Deno.test({
  name: "README: what stands below a command line is what it prints",
  ignore: Deno.build.os === "windows",
  async fn() {
    const cwd = await folderOfFiles();
    try {
      const shown = prose.filter((line) => line.startsWith("    $ netlab "));
      const words = await wordsOf(shown.map((line) => line.slice(6)), cwd);
      for (const [i, line] of shown.entries()) {
        const [, ...expected] = block(line.slice(4));
        const { stdout } = await netlab(words[i]!, { cwd });
        const printed = stdout.trimEnd().split("\n").map((line) => line.trimEnd());
        const whole = expected.at(-1) !== "…";
        assertEquals(whole ? printed : printed.slice(0, expected.length - 1), whole ? expected : expected.slice(0, -1));
      }
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
});
