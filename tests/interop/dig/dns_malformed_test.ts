// Messages with something wrong in them, answered to dig by a scripted server: what dig refuses, warns of or takes,
// `parseMessage` refuses, warns of or takes, for the same reason.
import { assertEquals } from "@std/assert";
import { concat, latin1Text } from "../../../lib/base/bytes.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { reasonOf } from "../../../lib/dns/errors.ts";
import { parseMessage } from "../../../lib/dns/message.ts";
import { needing } from "../../helpers/netlab.ts";

const QUESTION = "03777777 0474657374 00 0001 0001";
const octets = (text: string) => text.replace(/\s/g, "").length / 2;
const word = (value: number) => value.toString(16).padStart(4, "0");

/** A record whose owner is the question's name. */
function rr(type: number, data: string, { rdclass = 1, owner = "c00c", ttl = "0000003c", length = octets(data) } = {}) {
  return `${owner} ${word(type)} ${word(rdclass)} ${ttl} ${word(length)} ${data}`;
}

interface Case {
  questions?: string[];
  answers?: string[];
  additionals?: string[];
  /** Counts where they are to be wrong. */
  counts?: [number, number, number, number];
  after?: string;
}

const A = rr(1, "c0000201");
const OPT = "00 0029 04d0 00000000 0000";
const opt = (...options: string[]) => `00 0029 04d0 00000000 ${word(octets(options.join("")))} ${options.join("")}`;
const option = (code: number, data: string) => `${word(code)} ${word(octets(data))} ${data}`;
const TSIG = "0161 00 000000000000 012c 0000 0001 0000 0000";
const SIG0 = "0000 08 00 00000000 7fffffff 00000000 0001 00 aabb";
const BAD_OPTIONS: readonly (readonly [number, string])[] = [
  [1, "41"],
  [2, "41"],
  [3, "41"],
  [5, ""],
  [8, "00012100"],
  [8, "00010000"],
  [8, "00010800"],
  [8, "0001080a01"],
  [8, "0001040aff"],
  [8, "00000000"],
  [8, "00000800"],
  [8, "00030000"],
  [8, "0002810000"],
  [9, "01"],
  [10, "01020304"],
  [10, "0102030405060708"],
  [10, "010203040506070809"],
  [11, "01"],
  [12, "00"],
  [13, "41"],
  [14, "01"],
  [14, ""],
  [15, "01"],
  [15, "0001 fffe4100"],
  [15, "0001 efbbbf41"],
  [15, "0001 c3a400"],
  [16, "01"],
  [17, "010203"],
  [65001, "01"],
];

const CASES: Record<string, Case> = {
  "nothing wrong": { answers: [A] },
  "octets behind the end": { answers: [A], after: "0011" },
  "another class": { answers: [rr(1, "c0000201", { rdclass: 3 })] },
  "a TTL above 2^31": { answers: [rr(1, "c0000201", { ttl: "ffffffff" })] },
  "two OPT": { answers: [A], additionals: [OPT, OPT] },
  "OPT in the answer": { answers: [OPT, A] },
  "OPT with a name": { answers: [A], additionals: [`c00c ${OPT.slice(3)}`] },
  "TSIG in the answer": { answers: [rr(250, TSIG, { rdclass: 255 }), A] },
  "TSIG before the end": { answers: [A], additionals: [rr(250, TSIG, { rdclass: 255 }), OPT] },
  "TSIG of class IN": { answers: [A], additionals: [rr(250, TSIG)] },
  "TSIG nobody asked for": { answers: [A], additionals: [rr(250, TSIG, { rdclass: 255 })] },
  "SIG(0) in the answer": { answers: [rr(24, SIG0), A] },
  "SIG(0) at the end": { answers: [A], additionals: [rr(24, SIG0, { owner: "00", rdclass: 255 })] },
  "SIG(0) with a name": { answers: [A], additionals: [rr(24, SIG0)] },
  "RRSIG of no type": { answers: [rr(46, SIG0)] },
  "NSEC3 at a name": { answers: [rr(50, "02 00 0000 00 04 aabbccdd")] },
  "A of three octets": { answers: [rr(1, "c00002")] },
  "A of five octets": { answers: [rr(1, "c000020101")] },
  "AAAA of three octets": { answers: [rr(28, "c00002")] },
  "empty MX": { answers: [rr(15, "")] },
  "empty TXT": { answers: [rr(16, "")] },
  "TXT past its end": { answers: [rr(16, "05 6162")] },
  "a pointer to itself": { answers: [rr(1, "c0000201", { owner: "c01b" })] },
  "a pointer forwards": { answers: [rr(1, "c0000201", { owner: "c0ff" })] },
  "label type 1": { answers: [rr(1, "c0000201", { owner: "4000" })] },
  "label type 2": { answers: [rr(1, "c0000201", { owner: "8000" })] },
  "a pointer forwards in data": { answers: [rr(2, "c0ff")] },
  "more answers than there are": { answers: [A], counts: [1, 2, 0, 0] },
  "more additionals than there are": { answers: [A], counts: [1, 1, 0, 65535] },
  "data past the end": { answers: [rr(1, "c0000201", { length: 5 })] },
  "the same question twice": { questions: [QUESTION, QUESTION], answers: [A] },
  "two questions": { questions: [QUESTION, "c00c 0002 0001"], answers: [A] },
  "questions of two names": { questions: [QUESTION, "00 0001 0001"], answers: [A] },
  "OPT cut off": { answers: [A], additionals: [opt("0003 0005")] },
  "type 0": { answers: [rr(0, "aabb"), A] },
  "a record of type ANY": { answers: [rr(255, "aabb"), A] },
  "an RRSIG of fewer labels than its signer": {
    answers: [rr(46, "0001 08 01 0000003c 7fffffff 00000000 0001 c00c aabb")],
  },
};
/** Types with a name in their data: a pointer there is followed, whatever the type. */
const NAMES: readonly (readonly [number, string])[] = [
  [17, "c00cc00c"],
  [18, "0001c00c"],
  [21, "0001c00c"],
  [23, "c00c"],
  [24, "0001 08 00 00000000 7fffffff 00000000 0001 c00c aabb"],
  [26, "0001c00cc00c"],
  [30, "c00c40"],
  [33, "000000000000c00c"],
  [35, "00010001000000c00c"],
  [36, "0001c00c"],
  [39, "c00c"],
  [45, "0a0302c00caabb"],
  [46, "0001 08 02 0000003c 7fffffff 00000000 0001 c00c aabb"],
  [47, "c00c000140"],
  [55, "01010001aabbc00c"],
  [58, "c00cc00c"],
  [65, "0001c00c"],
  [107, "0001c00c"],
  [260, "0a03c00c"],
];
for (const [type, data] of NAMES) CASES[`a pointer in type ${type}`] = { answers: [rr(type, data)] };
for (const [code, data] of BAD_OPTIONS) {
  CASES[`option ${code} of ${data || "nothing"}`] = { answers: [A], additionals: [opt(option(code, data))] };
}

function build(id: Uint8Array, { questions = [QUESTION], answers = [], additionals = [], counts, after = "" }: Case) {
  const words = counts ?? [questions.length, answers.length, 0, additionals.length];
  return concat([
    id,
    parseHex("8400" + words.map(word).join("")),
    ...[...questions, ...answers, ...additionals, after].map((text) => parseHex(text)),
  ]);
}

/** What dig says of a message with these arguments, and the message. */
async function judge(wrong: Case, args: readonly string[]): Promise<{ verdict: string; bytes: Uint8Array }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = (async () => {
    using conn = await listener.accept();
    const query = new Uint8Array(4096);
    await conn.read(query);
    const bytes = build(query.slice(2, 4), wrong);
    await conn.write(concat([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]));
    await conn.read(query);
    return bytes;
  })();
  const { stdout } = await new Deno.Command("dig", {
    args: [
      "@127.0.0.1",
      "-p",
      String(listener.addr.port),
      "-r",
      "+tcp",
      "+tries=1",
      ...args,
      "www.test",
      "A",
    ],
  }).output();
  const bytes = await serve;
  const text = latin1Text(stdout);
  const refused = /Got bad packet: (.*)/.exec(text)?.[1];
  const extra = /Messages? has (\d+) extra byte/.exec(text)?.[1] ?? "0";
  const warned = text.includes("Message parser reports malformed message packet");
  return { verdict: refused ?? `${warned ? "warned" : "taken"}, ${extra} behind`, bytes };
}

for (const [what, bestEffort] of [["+besteffort", true], ["+nobesteffort", false]] as const) {
  Deno.test({
    ...needing(`parseMessage() judges malformed messages as dig does: ${what}`, "dig"),
    async fn() {
      const wrong: string[] = [];
      const check = async ([name, one]: [string, Case]) => {
        const { verdict, bytes } = await judge(one, [what]);
        let ours: string;
        try {
          const message = parseMessage(bytes, { bestEffort, ignoreTruncation: bestEffort });
          ours = `${message.problems.length > 0 ? "warned" : "taken"}, ${message.trailing} behind`;
        } catch (error) {
          ours = reasonOf(error);
        }
        if (ours !== verdict) wrong.push(`${name}: ${ours} for ${verdict}`);
      };
      const cases = Object.entries(CASES);
      while (cases.length > 0) await Promise.all(cases.splice(0, 4).map(check));
      assertEquals(wrong, []);
    },
  });
}
