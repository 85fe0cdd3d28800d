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

/** Options for which an answer of many kinds of records looks different, and what questions show of theirs. */
const DISPLAY_LINES: readonly string[] = [
  ...[
    "+ttlunits",
    "+identify +short",
    "+identify +noall +answer +nostats",
    "+nocrypto",
    "+nocrypto +multi",
    "+rrcomments",
    "+norrcomments +multi",
    "+unknownformat",
    "+expandaaaa",
    "+noclass +nottlid",
    "+noall +answer +authority",
    "+noall +stats",
    "+noquestion +noauthority +noadditional",
    "+nocomments +nocmd",
    "+nosplit",
    "+split=8 +yaml",
    "+short +nosplit",
    "+short +expandaaaa +nocrypto",
    "-u +noall +stats",
  ].map((options) => `@127.0.0.1 -p $O kinds.odd.test ${options}`),
  ...[
    "",
    "+yaml",
    "+yaml +norecurse",
    "+zflag +aaflag +raflag +tcflag +adflag +cdflag +norecurse",
    "+dnssec",
    "+coflag +ednsflags=0x1234 +bufsize=4096 +edns=1",
    "+noedns",
    "+nsid +expire +keepalive +subnet=192.0.2.77/20 +padding=128",
    "+padding=128 +ednsopt=65001:abcd +nocookie",
    "+header-only",
    "+opcode=notify",
    "ixfr=5 +tries=1",
  ].map((options) => `@127.0.0.1 -p $O plain.odd.test +qr ${options}`),
  // What EDNS options and response codes are called.
  ...("nsid ecs4 ecs6 ecs0 keepalive expire pad keytag llq tags dau unknownopt ede18 edetext " +
    "rcode11 rcode15 rcode17 rcode100 badcookienone optrcode allflags").split(" ")
    .map((name) => `@127.0.0.1 -p $O ${name}.odd.test`),
  // Nobody is there.
  "@127.0.0.1 -p 1 x.test +tries=1",
  "@127.0.0.1 -p 1 x.test +tries=2 +tcp",
  "@127.0.0.1 -p $O xfrone.odd.test axfr +onesoa",
  "@127.0.0.1 -p $O xfrone.odd.test axfr +onesoa +multi +nostats",
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
      for (const line of [...lines, ...DISPLAY_LINES]) {
        golden.push({ line, ...show(masked(await runDig(words(line, values)))) });
      }
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
