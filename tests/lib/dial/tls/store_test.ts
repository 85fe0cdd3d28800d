import { assert, assertEquals, assertStringIncludes } from "@std/assert";

const root = new URL("../../../../", import.meta.url);
const data = (name: string) => new URL(`tests/data/tls/${name}`, root).pathname;

/** Runs code in a program of its own, as the store is one for a whole program; what it prints, as JSON. */
async function alone(code: string, env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", "--no-check", `--config=${new URL("deno.json", root).pathname}`, PRELUDE + code],
    env: { DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

const PRELUDE = `
import { TlsClient } from "${new URL("lib/dial/tls/client.ts", root)}";
import { TlsServer } from "${new URL("lib/dial/tls/server.ts", root)}";
import { trustOnly, trustsKnown } from "${new URL("lib/dial/tls/store.ts", root)}";
const data = (name) => "${data("")}" + name;
async function serve(cert) {
  const server = await TlsServer.load({ cert: data(cert), verify: false });
  const listener = server.listen("127.0.0.1", 0);
  (async () => {
    for await (const conn of listener) server.finish(conn).then((stream) => stream.close(), () => {});
  })();
  return listener.addr.port;
}
const many = (cafile) => TlsClient.load({ cafile: data(cafile), many: true });
/** What was spoken, as each stack tells it, or why not. */
async function by(client, port, host = "localhost") {
  try {
    await using stream = await client.dial({ host, port });
    return stream.about.facts.tls;
  } catch (error) {
    return error.message;
  }
}
const say = (facts) => {
  console.log(JSON.stringify(facts));
  Deno.exit();
};
`;

Deno.test("TlsClient: after the first of many connections the runtime's own stack goes on, with cafile alone", async () => {
  const told = await alone(`
    const variables = () => Object.entries(Deno.env.toObject()).sort().join();
    const before = variables();
    const good = await serve("leaf.pem"), client = await many("ca.crt");
    const spoken = [await by(client, good), await by(client, good), await by(client, good)];
    const stranger = await many("other-ca.crt");
    say({
      spoken,
      untouched: variables() === before,
      elsewhere: await by(client, await serve("elsewhere.pem")),
      known: trustsKnown(),
      unnamed: await by(await TlsClient.load(), good),
      stranger: await by(stranger, good),
    });
  `);
  assertEquals(told.spoken, ["TLSv1.3", "TLS", "TLS"]);
  assertEquals(told.untouched, true);
  assertEquals(told.known, false);
  assertStringIncludes(String(told.elsewhere), "its certificate is for");
  // Whoever names nobody does not trust whom another named, nor does who named somebody else.
  assertStringIncludes(String(told.unnamed), "is not known");
  assertStringIncludes(String(told.stranger), "is not known");
});

Deno.test("TlsClient: a peer that the other stack stops accepting is refused by the runtime's own", async () => {
  const told = await alone(`
    const good = await serve("leaf.pem"), client = await many("ca.crt");
    say({
      first: [await by(client, good), await by(client, good)],
      expired: await by(client, await serve("expired.pem")),
      self: await by(client, await serve("self.pem")),
      again: await by(client, good),
    });
  `);
  assertEquals(told.first, ["TLSv1.3", "TLS"]);
  assertStringIncludes(String(told.expired), "has expired");
  assertStringIncludes(String(told.self), "signed by itself");
  assertEquals(told.again, "TLSv1.3");
});

Deno.test("TlsClient: what only the other stack accepts it goes on accepting", async () => {
  const told = await alone(`
    const port = await serve("cnonly.pem"), client = await many("ca.crt");
    say({ spoken: [await by(client, port), await by(client, port), await by(client, port)] });
  `);
  assertEquals(told.spoken, ["TLSv1.3", "TLSv1.3", "TLSv1.3"]);
});

Deno.test("trustOnly() does nothing where others have asked before, and adds nobody whom the environment names", async () => {
  const told = await alone(`
    const port = await serve("leaf.pem");
    const known = trustsKnown(), client = await many("ca.crt");
    say({ known, taken: trustOnly(data("ca.crt")), spoken: [await by(client, port), await by(client, port)] });
  `);
  assertEquals(told, { known: true, taken: false, spoken: ["TLSv1.3", "TLSv1.3"] });
  const filled = await alone(`
    Deno.createHttpClient({}).close();
    say({ taken: trustOnly(data("ca.crt")), known: trustsKnown() });
  `);
  assertEquals(filled, { taken: false, known: true });
  const extra = await alone(
    `
    const port = await serve("leaf.pem");
    const taken = trustOnly(data("other-ca.crt"));
    const conn = await Deno.connectTls({ hostname: "localhost", port });
    say({ taken, why: await conn.handshake().then(() => "trusted", (error) => error.message) });
  `,
    { NODE_EXTRA_CA_CERTS: data("ca.crt"), DENO_CERT: data("ca.crt"), SSL_CERT_FILE: data("ca.crt") },
  );
  assertEquals(extra.taken, true);
  assertStringIncludes(String(extra.why), "UnknownIssuer");
});
