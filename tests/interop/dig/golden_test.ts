// What dig printed for a share of the command lines, kept in a file: compared where dig is not installed, too.
// Rewritten by NETLAB_GOLDEN=write deno test -A tests/interop/dig/golden_test.ts (needs dig); review the difference.
import { assertEquals } from "@std/assert";
import { masked, runDig, runOurs } from "../../helpers/dig_compare.ts";
import { OddServer } from "../../helpers/odd_server.ts";
import { COURSE_LINES, oddLines, words } from "./cases.ts";

const FILE = new URL("../../data/dig/golden.json", import.meta.url);

interface Golden {
  readonly line: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Command lines that ask nobody: usage, help, values out of range. */
const SILENT_LINES: readonly string[] = [
  "-h",
  "-p 99999 x",
  "-p x x",
  "-p",
  "-4 -6 x",
  "-z x",
  "+nosuch x",
  "+bufsize=70000 x",
  "+ndots=x x",
  "+subnet=1.2.3 x",
  "+ednsopt x",
  "+ednsopt=3:x x",
  "+qid=70000 x",
  "+opcode=16 x",
  "+padding=1000 x",
  "+split=2000 x",
  "-y x x",
  "-b foo x",
  "ixfr=x x",
  "-x",
  "a..b",
  "a\\999.b",
];

/** Without what differs between two starts of the servers. */
function portless(text: string): string {
  return text.replace(/#\d{2,5}\b/g, "#PORT").replace(/-p \d{3,5}\b/g, "-p PORT")
    .replace(/response_port: \d+/g, "response_port: PORT")
    .replace(/^;; Warning: reply from unexpected source: .*\n/gm, "");
}

Deno.test({
  name: "netlab dig prints what dig printed when the golden file was written",
  // dig runs in this process, and leaves to its end the sockets that it shares and the library that it asks.
  sanitizeResources: false,
  async fn() {
    await using odd = OddServer.start();
    const values = { O: String(odd.port) };
    const show = ({ stdout, stderr }: { stdout: string; stderr: string }) => ({
      stdout: portless(stdout),
      stderr: portless(stderr),
    });
    if (Deno.env.get("NETLAB_GOLDEN") === "write") {
      // Transfers and time-outs take time; of the odd answers every third line will do.
      const lines = [...SILENT_LINES, ...COURSE_LINES, ...oddLines()]
        .filter((line, i) => !/wrongidonly|drop|xfrclose/.test(line) && (i < 60 || i % 3 === 0));
      const golden: Golden[] = [];
      for (const line of lines) golden.push({ line, ...show(masked(await runDig(words(line, values)))) });
      await Deno.writeTextFile(FILE, JSON.stringify(golden, null, 1) + "\n");
    }
    const golden = JSON.parse(await Deno.readTextFile(FILE)) as Golden[];
    const differing: string[] = [];
    const queue = golden.slice();
    const worker = async () => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        const got = show(masked(await runOurs(words(one.line, values))));
        if (got.stdout !== one.stdout || got.stderr !== one.stderr) {
          differing.push(`dig ${one.line}\n${one.stdout}${one.stderr}--- ours\n${got.stdout}${got.stderr}`);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    assertEquals(
      differing.length,
      0,
      `${differing.length} of ${golden.length} differ:\n${differing.slice(0, 5).join("\n")}`,
    );
  },
});
