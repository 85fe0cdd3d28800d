// netlab dig beside the real dig: the same command lines against the same servers, compared octet by octet (masked: id, cookie,
// times, version). More than a thousand of them.
import { assert, assertEquals } from "@std/assert";
import { type Given, masked, runDig, runOurs } from "../../helpers/dig_compare.ts";
import { DigLab, LAB_KEYS, LAB_PROGRAMS } from "../../helpers/dig_lab.ts";
import { OddServer } from "../../helpers/odd_server.ts";
import { COURSE_LINES, DISPLAYS, namesAndTypes, oddLines, PLAIN_LINES, SECURE_LINES, words } from "./cases.ts";
import { needing } from "../../helpers/netlab.ts";

/** How many lines run at once. */
const WIDE = 6;

/** Lines on which we differ from dig on purpose, and how ours is made equal for the comparison. */
const UNLIKE: readonly (readonly [RegExp, (text: string) => string])[] = [
  // UDP sockets are not connected here: who else answers is told.
  [/^/, (text) => text.replace(/^;; Warning: reply from unexpected source: .*\n/gm, "")],
];

async function both(args: readonly string[]): Promise<{ expected: Given; got: Given }> {
  const [theirs, ours] = await Promise.all([runDig(args), runOurs(args)]);
  return { expected: masked(theirs), got: masked(ours) };
}

/** How often it was waited in vain. */
const timedOut = ({ stdout, stderr }: Given) => (stdout + stderr).split("timed out").length;

async function compare(lines: readonly string[], values: Record<string, string>): Promise<string[]> {
  const differing: string[] = [];
  const queue = lines.slice();
  const worker = async () => {
    for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
      const args = words(line, values);
      let { expected, got } = await both(args);
      // On a loaded machine an answer may come after the second that one of the two waits: what is a fault stays one.
      for (let tries = 0; tries < 3 && timedOut(expected) !== timedOut(got); tries++) {
        ({ expected, got } = await both(args));
      }
      let { stdout } = got;
      for (const [pattern, change] of UNLIKE) if (pattern.test(line)) stdout = change(stdout);
      // What is wrong with a file for TLS is said.
      const stderr = stdout.includes("TLS context cannot be created") ? expected.stderr : got.stderr;
      if (stdout === expected.stdout && stderr === expected.stderr) continue;
      const [theirLines, ourLines] = [expected, { ...got, stdout }].map(({ stdout, stderr }) =>
        `${stdout}--- stderr\n${stderr}`.split("\n")
      ) as [string[], string[]];
      const at = theirLines.findIndex((text, i) => text !== ourLines[i]);
      differing.push(
        `dig ${line}\n  line ${at + 1}\n  dig:  ${JSON.stringify(theirLines.slice(at, at + 3))}\n  ours: ${
          JSON.stringify(ourLines.slice(at, at + 3))
        }`,
      );
    }
  };
  await Promise.all(Array.from({ length: WIDE }, worker));
  return differing;
}

function report(differing: readonly string[], count: number): void {
  assertEquals(differing.length, 0, `${differing.length} of ${count} differ:\n${differing.slice(0, 20).join("\n")}`);
}

Deno.test({
  ...needing("netlab dig prints what dig prints", ...LAB_PROGRAMS),
  // dig runs in this process, and leaves to its end the sockets that it shares and the library that it asks.
  sanitizeResources: false,
  async fn(t) {
    await using lab = await DigLab.start();
    await using odd = OddServer.start();
    const values = {
      P: String(lab.port),
      T: String(lab.tlsPort),
      H: String(lab.httpsPort),
      HP: String(lab.httpPort),
      O: String(odd.port),
      F: lab.folder,
      K: LAB_KEYS.find(([, algorithm]) => algorithm === "hmac-sha256")![2],
    };
    let count = 0;
    const step = (name: string, lines: readonly string[]) =>
      t.step(`${name}: ${lines.length} command lines`, async () => {
        count += lines.length;
        report(await compare(lines, values), lines.length);
      });
    const zone = await Deno.readTextFile(new URL("../../data/dig/types.zone", import.meta.url));
    const records = namesAndTypes(zone).map(([name, type]) => `${name}.types.test ${type}\n`);
    // One file for each display: a process for each line takes longer than all the rest.
    await t.step(`every record type in every display: ${records.length * DISPLAYS.length} lines of files`, async () => {
      count += records.length * DISPLAYS.length;
      const file = `${lab.folder}/records`;
      await Deno.writeTextFile(file, records.join(""));
      report(
        await compare(DISPLAYS.map((display) => `@127.0.0.1 -p $P ${display} -f ${file}`), values),
        DISPLAYS.length,
      );
    });
    await step("options, names, transfers, keys, errors", PLAIN_LINES);
    await step("TLS and HTTP", SECURE_LINES);
    await step("retries, cookies, traces", COURSE_LINES);
    await step("odd and malformed answers", oddLines());
    await step(
      "keys of every algorithm",
      LAB_KEYS.flatMap(([name, algorithm, secret]) => [
        `@127.0.0.1 -p $P -y ${algorithm}:${name}:${secret} keyed.test soa`,
        `@127.0.0.1 -p $P -y ${algorithm}:${name}:${secret} keyed.test axfr`,
      ]),
    );
    assert(count > 1000);
  },
});

Deno.test({
  ...needing(
    "netlab dig -f warns of a bad signature with the line whose answer has it, whatever comes first",
    ...LAB_PROGRAMS,
  ),
  async fn() {
    await using lab = await DigLab.start();
    await using odd = OddServer.start();
    const file = await Deno.makeTempFile();
    try {
      const [name, algorithm, secret] = LAB_KEYS[3]!;
      // The odd server signs nothing.
      const good = `-p ${lab.port} keyed.test SOA`, bad = `-p ${odd.port} plain.odd.test`;
      await Deno.writeTextFile(file, `${[good, bad, good, good, bad].join("\n")}\n`);
      const { stdout } = await runOurs(["@127.0.0.1", "-y", `${algorithm}:${name}:${secret}`, "-f", file]);
      const warned = stdout.split("<<>> DiG").slice(1).map((text) => text.includes("Some TSIG could not be validated"));
      assertEquals(warned, [false, true, false, false, true], stdout);
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test({
  ...needing("netlab dig reads ~/.digrc, key files and batch files as dig does", ...LAB_PROGRAMS),
  async fn() {
    await using lab = await DigLab.start();
    const home = await Deno.makeTempDir();
    try {
      const [name, algorithm, secret] = LAB_KEYS[3]!;
      await Deno.writeTextFile(`${home}/.digrc`, "+noall +answer\n+comments -u\n");
      await Deno.writeTextFile(`${home}/key`, `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`);
      // The two files of a K* pair, which dig still takes for shared secrets.
      await Deno.writeTextFile(`${home}/Kpair.+163+00001.key`, `${name}. IN KEY 512 3 163 ${secret}\n`);
      await Deno.writeTextFile(
        `${home}/Kpair.+163+00001.private`,
        `Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: ${secret}\nBits: AAA=\n`,
      );
      const pairs = [];
      for (const algorithm of ["RSASHA256 -b 1024", "ECDSAP256SHA256", "ED25519", "ED448"]) {
        const { stdout } = await new Deno.Command("dnssec-keygen", {
          args: `-q -a ${algorithm} -n HOST -T KEY host.test`.split(" "),
          cwd: home,
        }).output();
        pairs.push(`${home}/${new TextDecoder().decode(stdout).trim()}`);
      }
      await Deno.writeTextFile(`${home}/broken`, "no key at all\n");
      await Deno.writeTextFile(
        `${home}/batch`,
        "a.types.test\nmx.types.test MX +short\n@127.0.0.1 txt.types.test TXT +noall +answer\n-x 192.0.2.1\nnope.closed.test\n",
      );
      const port = String(lab.port);
      for (
        const args of [
          ["@127.0.0.1", "-p", port, "a.types.test"],
          ["-r", "@127.0.0.1", "-p", port, "a.types.test"],
          ["@127.0.0.1", "-p", port, "-k", `${home}/key`, "keyed.test"],
          ["@127.0.0.1", "-p", port, "-k", `${home}/none`, "keyed.test"],
          ["@127.0.0.1", "-p", port, "-k", `${home}/Kpair.+163+00001.key`, "keyed.test", "+short"],
          ["@127.0.0.1", "-p", port, "-k", `${home}/Kpair.+163+00001`, "keyed.test"],
          ["@127.0.0.1", "-p", port, "-k", `${home}/broken`, "keyed.test"],
          ...pairs.map((pair) => ["@127.0.0.1", "-p", port, "-k", pair, "types.test", "+qr", "+padding=128"]),
          // Signed at one time, the same question has the same signature.
          ...pairs.filter((pair) => !pair.includes("+013+")).map((pair) =>
            `@127.0.0.1 -p ${port} -k ${pair}.key types.test +multi +qr +nocookie +qid=7 +fuzztime=1800000000`.split(
              " ",
            )
          ),
          ["@127.0.0.1", "-p", port, "-f", `${home}/batch`],
          ["@127.0.0.1", "-p", port, "+short", "-f", `${home}/batch`],
          ["@127.0.0.1", "-p", port, "-f", `${home}/none`],
        ]
      ) {
        const [theirs, ours] = await Promise.all([runDig(args, { HOME: home }), runOurs(args, { HOME: home })]);
        assertEquals(masked(ours), masked(theirs), args.join(" "));
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

Deno.test({
  ...needing("netlab dig verifies the lookup that asks for it, whatever others of the line want", ...LAB_PROGRAMS),
  async fn() {
    await using lab = await DigLab.start();
    const open = "@127.0.0.1 a.types.test +tls", verified = "@127.0.0.1 small.test SOA +tls +tls-ca";
    for (
      const [line, order] of [[`${open} ${verified}`, "answer refusal"], [`${verified} ${open}`, "refusal answer"]]
    ) {
      const { stdout } = await runOurs(`-p ${lab.tlsPort} ${line}`.split(" "));
      const seen = Array.from(
        stdout.matchAll(/Got answer|TLS peer certificate verification/g),
        ([text]) => text === "Got answer" ? "answer" : "refusal",
      );
      assertEquals(seen.join(" "), order, line);
    }
  },
});
