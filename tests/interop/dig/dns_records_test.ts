// Record data against BIND: a `named` loads our corpus, dig prints it from a signed transfer, in every layout; and what
// named-rrchecker refuses we refuse for the same reason.
import { assert, assertEquals } from "@std/assert";
import { concat, latin1Text } from "../../../lib/base/bytes.ts";
import { hex } from "../../../lib/base/hex.ts";
import { ByteReader } from "../../../lib/base/reader.ts";
import { reasonOf } from "../../../lib/dns/errors.ts";
import { encodeMessage, parseMessage, type ResourceRecord } from "../../../lib/dns/message.ts";
import { parseName } from "../../../lib/dns/name.ts";
import { readRdata } from "../../../lib/dns/rdata.ts";
import { signMessage, TSIG_ALGORITHMS, type TsigKey, tsigVerifier } from "../../../lib/dns/tsig.ts";
import { CLASS, TYPE, typeName } from "../../../lib/dns/types.ts";
import { askDig, corpus, LAYOUTS, lots } from "../../helpers/dns_golden.ts";
import { needing } from "../../helpers/netlab.ts";

/** Types whose records named takes only at certain places, or not at all. */
const NOT_IN_ZONE: readonly number[] = [TYPE.SOA, TYPE.NSEC3, TYPE.CNAME, TYPE.DNAME, TYPE.SIG, 3, 4, 30];

/** The corpus without what no zone may hold: those types, and signatures that have expired. */
async function zoneRecords(): ReturnType<typeof corpus> {
  return (await corpus()).filter(({ rdclass, type, source }) =>
    rdclass === CLASS.IN && !NOT_IN_ZONE.includes(type) && !source.includes(" 20240229")
  );
}
const SECRET = Uint8Array.from({ length: 40 }, (_, i) => (i * 11) & 0xff);

const key = (index: number): TsigKey => ({
  name: parseName(`key${index}.test.`),
  algorithm: TSIG_ALGORITHMS[index]!,
  secret: SECRET,
});

/** A `named` with the zone "corpus.test" of all records, each at an owner of its own, that sends one record a message. */
async function startNamed(): Promise<{ port: number; owners: string[] } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "netlab-dns-" });
  await Deno.chmod(folder, 0o777);
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const records = await zoneRecords();
  const lines = ["$TTL 3600", "@ SOA ns root 1 3600 600 86400 60", "@ NS ns", "ns A 127.0.0.1"];
  records.forEach(({ type, source }, i) => lines.push(`r${i} ${typeName(type)} ${source}`));
  await Deno.writeTextFile(`${folder}/corpus.zone`, lines.join("\n") + "\n");
  const secret = btoa(latin1Text(SECRET));
  const keys = TSIG_ALGORITHMS.map(({ name }, i) => `key "key${i}.test" { algorithm ${name}; secret "${secret}"; };`);
  await Deno.writeTextFile(
    `${folder}/named.conf`,
    `options { directory "${folder}"; pid-file none; session-keyfile none; listen-on port ${port} { 127.0.0.1; };
       listen-on-v6 { none; }; recursion no; dnssec-validation no; transfer-format one-answer; notify no; };
     controls { };
     ${keys.join("\n")}
     zone "corpus.test" { type primary; file "corpus.zone"; check-names ignore; check-integrity no; check-mx ignore;
       check-srv-cname ignore; check-spf ignore; allow-transfer { any; }; };\n`,
  );
  const process = new Deno.Command("/usr/sbin/named", {
    args: ["-g", "-n", "1", "-c", `${folder}/named.conf`],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const started = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const chunk of process.stderr) {
      log += latin1Text(chunk);
      if (/^.*\brunning$/m.test(log)) started.resolve();
    }
    started.reject(new Error(`named ended:\n${log}`));
  })();
  started.promise.catch(() => {});
  await started.promise;
  return {
    port,
    owners: records.map((_, i) => `r${i}.corpus.test.`),
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGTERM");
      await process.status;
      await reading.catch(() => {});
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** The messages of a signed transfer of the whole zone, and what the verifier says of each. */
async function transfer(port: number, signing: TsigKey): Promise<{ records: ResourceRecord[]; results: string[] }> {
  const now = Math.floor(Date.now() / 1000);
  const question = { name: parseName("corpus.test."), type: TYPE.AXFR, rdclass: CLASS.IN };
  const query = await signMessage(encodeMessage({ id: 7, questions: [question] }), signing, { time: now });
  const verifier = tsigVerifier(signing, query.mac);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(concat([Uint8Array.of(query.bytes.length >> 8, query.bytes.length & 0xff), query.bytes]));
  let held: Uint8Array = new Uint8Array(0);
  const buffer = new Uint8Array(65536);
  const records: ResourceRecord[] = [], results: string[] = [];
  while (records.filter(({ type }) => type === TYPE.SOA).length < 2) {
    while (held.length < 2 || held.length < 2 + (held[0]! << 8 | held[1]!)) {
      const count = await conn.read(buffer);
      assert(count !== null, "the transfer ended early");
      held = concat([held, buffer.subarray(0, count)]);
    }
    const length = held[0]! << 8 | held[1]!;
    const bytes = held.slice(2, 2 + length);
    held = held.subarray(2 + length);
    const message = parseMessage(bytes);
    assertEquals(message.rcode, 0);
    records.push(...message.answers);
    results.push(await verifier.verify(message, now));
  }
  return { records, results };
}

Deno.test({
  ...needing(
    "named loads every record of the corpus, and its signed transfer is read and verified with every algorithm",
    "named",
  ),
  async fn() {
    await using named = await startNamed();
    const wanted = await zoneRecords();
    for (let algorithm = 0; algorithm < TSIG_ALGORITHMS.length; algorithm++) {
      const { records, results } = await transfer(named.port, key(algorithm));
      assertEquals(results.filter((result) => result !== "ok"), []);
      assert(results.length > 100, "one record a message");
      const byOwner = new Map(records.map((record) => [record.name.toString(), record]));
      wanted.forEach(({ type, source, rdata }, i) => {
        assertEquals(hex(byOwner.get(named.owners[i]!)!.rdata.wire), hex(rdata.wire), `${typeName(type)} ${source}`);
      });
    }
  },
});

for (const [layout, { args, style }] of Object.entries(LAYOUTS)) {
  Deno.test({
    ...needing(`dig prints the corpus as we do: ${layout}`, "dig"),
    async fn() {
      const now = Math.floor(Date.now() / 1000);
      for (const lot of lots(await corpus())) {
        const texts = await askDig(lot.map(({ rdata }) => rdata), args);
        lot.forEach(({ type, source, rdata }, i) => {
          assertEquals(rdata.text({ ...style, now }), texts[i], `${typeName(type)} ${source}`);
        });
      }
    },
  });
}

/** The data of a record with something broken in it, always the same for the same number. */
function broken(wire: Uint8Array, number: number): Uint8Array {
  const random = (below: number) => {
    number = (number * 1103515245 + 12345) & 0x7fffffff;
    return Math.floor(number / 0x80000000 * below);
  };
  switch (random(4)) {
    case 0:
      return wire.slice(0, random(wire.length + 1));
    case 1:
      return concat([wire, Uint8Array.of(random(256))]);
    default: {
      const bytes = wire.slice();
      for (let i = random(3); i >= 0; i--) {
        bytes[random(Math.min(bytes.length, 30))] = random(2) === 0 ? random(256) : 0;
      }
      return bytes;
    }
  }
}

Deno.test({
  ...needing("what named-rrchecker refuses we refuse for its reason, and the rest has its text", "named-rrchecker"),
  async fn() {
    const records = (await corpus()).filter(({ rdclass, rdata }) => rdclass === CLASS.IN && rdata.wire.length < 300);
    const wrong: string[] = [];
    const check = async (type: number, bytes: Uint8Array) => {
      const process = new Deno.Command("named-rrchecker", {
        args: ["-p"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(`IN TYPE${type} \\# ${bytes.length} ${hex(bytes)}\n`));
      await writer.close();
      const { stdout, stderr } = await process.output();
      const refused = /named-rrchecker: (?:dns_rdata_fromtext: )?(.*)/.exec(latin1Text(stderr))?.[1];
      // The unknown form allows no compression at all.
      if (refused === "disallowed (by application policy)") return;
      const theirs = refused === undefined
        ? latin1Text(stdout).trimEnd().split("\t").slice(2).join("\t")
        : `! ${refused}`;
      let ours: string;
      try {
        ours = readRdata(new ByteReader(bytes), type, CLASS.IN).text();
      } catch (error) {
        ours = `! ${reasonOf(error)}`;
      }
      if (ours !== theirs) wrong.push(`${typeName(type)} ${hex(bytes)}: ${ours} for ${theirs}`);
    };
    const jobs = records.map(({ type, rdata }, i) => [type, broken(rdata.wire, i)] as const);
    while (jobs.length > 0) await Promise.all(jobs.splice(0, 4).map(([type, bytes]) => check(type, bytes)));
    assertEquals(wrong, []);
  },
});
