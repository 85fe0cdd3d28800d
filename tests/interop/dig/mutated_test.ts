// netlab dig beside the real dig on answers that are made of a seed, damaged in every way; what each of the two sends is
// compared too, octet by octet. Other seeds: NETLAB_SEED=N deno test -A tests/interop/dig/mutated_test.ts
import { assertEquals } from "@std/assert";
import { hex } from "../../../lib/base/hex.ts";
import { type Given, masked, runDig, runOurs } from "../../helpers/dig_compare.ts";
import { LAB_PROGRAMS } from "../../helpers/dig_lab.ts";
import { MUTATED_KEY, MutatedServer, Seeded } from "../../helpers/mutated_answers.ts";
import { needing } from "../../helpers/netlab.ts";

/** Neither +trace nor +nssearch: names of servers would be looked up. */
const SHOWN = (" |+multi|+short|+yaml|+noall +answer|+rrcomments|+unknownformat|+nocrypto|+ttlunits|+nottlid +nocl|" +
  "+besteffort|+nobesteffort|+identify +short|+qr|+nocookie|+noedns|+ignore|+expandaaaa|+split=16|+onesoa|+noadd|" +
  "+dnssec|+nofail|+showbadcookie|+short +nosplit|+tcp|+nsid|+expire|+keepalive|+padding=33|+subnet=1.2.3.0/23|" +
  "+ednsopt=65001:0102|+edns=1|+ednsflags=0x1234|+zflag +tcflag|+cdflag +aaflag|+noadflag|+norec|+bufsize=512|" +
  "+header-only|+opcode=notify|+coflag|-c ch|-c any").split("|");
const TYPES = "A MX TXT ANY SVCB SOA TYPE65 DNSKEY NSEC3 RRSIG".split(" ");
const TRANSFERS = ["axfr", "axfr", "ixfr=1", "ixfr=3", "ixfr=1 +notcp"];

/** A missing signature that dig lets pass (the last of a transfer; the first, behind a stray message) is told by ours. */
const unsigned = (lines: readonly string[]) =>
  lines.filter((line) => line.endsWith(": expected a TSIG or SIG(0)")).length;
const timedOut = (lines: readonly string[]) => lines.some((line) => line.endsWith(": timed out"));
/** UDP sockets are not connected here: who else answers is told by ours alone. */
const STRANGERS = /^;; Warning: reply from unexpected source: .*\n/gm;

function commandLine(n: number, kind: "plain" | "signed" | "transfer"): string[] {
  const r = new Seeded(n * 977 + 13);
  const signed = kind === "signed" || (kind === "transfer" && r.fraction() < 0.3);
  const fixed = `+time=1 +tries=1 +cookie=0102030405060708 +qid=${r.below(65536)}`;
  const type = r.pick(kind === "transfer" ? TRANSFERS : TYPES);
  const shown = r.times(r.below(3), () => r.pick(SHOWN)).join(" ");
  return `s${n}.test ${type} ${fixed} ${signed ? `-y ${MUTATED_KEY} +fuzztime` : ""} ${shown}`
    .split(" ").filter((word) => word !== "");
}

Deno.test({
  ...needing(
    "netlab dig and dig make the same of damaged answers, signatures and transfers, and ask in the same octets",
    ...LAB_PROGRAMS,
  ),
  async fn() {
    const now = Math.floor(Date.now() / 1000);
    using theirServer = new MutatedServer(now), ourServer = new MutatedServer(now);
    const first = Number(Deno.env.get("NETLAB_SEED") ?? 1);
    const shown = ({ stdout, stderr, status }: Given, server: MutatedServer) => {
      const text = `${stdout}--- ${stderr}--- ${status}`.replaceAll(STRANGERS, "");
      const sent = server.asked.splice(0).map((octets) => hex(octets)).join("\n");
      // The port alone: its digits may stand in a cookie.
      return `${text.replaceAll(new RegExp(`\\b${server.port}\\b`, "g"), "PORT")}\n${sent}`.split("\n");
    };
    const run = async (words: readonly string[]) => {
      const line = (server: MutatedServer) => ["@127.0.0.1", "-p", String(server.port), ...words];
      const [theirs, ours] = await Promise.all([runDig(line(theirServer)), runOurs(line(ourServer))]);
      return [shown(masked(theirs), theirServer), shown(masked(ours), ourServer)] as const;
    };
    const differing: string[] = [];
    for (const [kind, count] of [["plain", 200], ["signed", 80], ["transfer", 100]] as const) {
      for (let n = first; n < first + count; n++) {
        const words = commandLine(n, kind);
        let [expected, got] = await run(words);
        // On a busy machine one of the two may have run out of its second.
        for (let tries = 0; timedOut(expected) !== timedOut(got) && tries < 3; tries++) {
          [expected, got] = await run(words);
        }
        if (unsigned(got) > unsigned(expected)) continue;
        const at = expected.findIndex((text, i) => text !== got[i]);
        if (at === -1 && expected.length === got.length) continue;
        differing.push(`${words.join(" ")}\n  dig:  ${expected[at]}\n  ours: ${got[at]}`);
      }
    }
    assertEquals(differing, []);
  },
});
