import { assertEquals } from "@std/assert";
import { pathOf, programEnvironment } from "../../../../lib/address/program/environment.ts";
import { netlabCommand, runProgram } from "../../../helpers/netlab.ts";

Deno.test("programEnvironment() has socat's variables with both prefixes", () => {
  const env = programEnvironment({
    label: "tcp",
    local: { host: "127.0.0.1", port: 80 },
    remote: { host: "::1", port: 4000 },
  }, 77);
  assertEquals(env.SOCAT_SOCKADDR, "127.0.0.1");
  assertEquals(env.NETLAB_SOCKPORT, "80");
  assertEquals(env.SOCAT_PEERADDR, "[0000:0000:0000:0000:0000:0000:0000:0001]");
  assertEquals(env.NETLAB_PEERADDR, env.SOCAT_PEERADDR);
  assertEquals(env.SOCAT_PEERPORT, "4000");
  assertEquals(env.SOCAT_PID, "77");
  // ncat's, which writes addresses without brackets.
  assertEquals([env.NCAT_REMOTE_ADDR, env.NCAT_REMOTE_PORT], ["::1", "4000"]);
  assertEquals([env.NCAT_LOCAL_ADDR, env.NCAT_LOCAL_PORT, env.NCAT_PROTO], ["127.0.0.1", "80", "TCP"]);
});

Deno.test("programEnvironment() tells of the peer's certificate", () => {
  const env = programEnvironment({
    label: "tls",
    facts: { subject: 'CN=alice, O="Example, Inc."', tls: "TLSv1.3", altnames: "DNS:a, IP Address:127.0.0.1, DNS:b" },
  }, 1);
  assertEquals(env.SOCAT_OPENSSL_X509_SUBJECT, 'CN = alice, O = "Example, Inc."');
  assertEquals(env.SOCAT_OPENSSL_PROTO_VERSION, "TLSv1.3");
  assertEquals(env.SOCAT_OPENSSL_X509V3_SUBJECTALTNAME_DNS, "a // b");
  assertEquals(env.SOCAT_OPENSSL_X509V3_SUBJECTALTNAME_IPADD, "127.0.0.1");
  assertEquals(env.NETLAB_OPENSSL_X509_COMMONNAME, "alice");
  assertEquals(env.SOCAT_OPENSSL_X509_ORGANIZATIONNAME, "Example, Inc.");
  assertEquals(env.SOCAT_tls, undefined);
});

Deno.test("programEnvironment() takes no name for two", () => {
  const facts = { subject: 'O="x, CN=admin", CN=guest', altnames: 'DNS:"a, DNS:\\"admin", DNS:b' };
  const env = programEnvironment({ label: "tls", facts }, 1);
  assertEquals(env.SOCAT_OPENSSL_X509_COMMONNAME, "guest");
  assertEquals(env.SOCAT_OPENSSL_X509V3_SUBJECTALTNAME_DNS, 'a, DNS:"admin // b');
});

Deno.test("programEnvironment() never holds an octet of zero", () => {
  const env = programEnvironment({ label: "unix", facts: { peeraddr: "\0name" } }, 1);
  assertEquals(env.SOCAT_PEERADDR, "@name");
});

Deno.test("pathOf() is the user's PATH, without what the runtime puts in front of it", () => {
  const path = (variables: Record<string, string>) => pathOf(new Map(Object.entries(variables)));
  const shim = "/home/me/.cache/deno/node_compat_bin";
  assertEquals(path({ PATH: "/opt/bin:/bin" }), "/opt/bin:/bin");
  assertEquals(path({ PATH: `${shim}:/opt/bin`, DENO_NODE_SHIM_ACTIVE: "1" }), "/opt/bin");
  assertEquals(path({ PATH: `${shim}:/opt/bin` }), `${shim}:/opt/bin`);
  assertEquals(path({ PATH: "/opt/bin", DENO_NODE_SHIM_ACTIVE: "1" }), "/opt/bin");
  for (const none of [{}, { PATH: "" }, { PATH: shim, DENO_NODE_SHIM_ACTIVE: "1" }]) {
    assertEquals(path(none), "/usr/local/bin:/usr/bin:/bin");
  }
});

Deno.test({
  name: "a program finds and is told what netlab's user has in PATH, nothing of the runtime's",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { program, args } = netlabCommand(["relay", "-u", "SYSTEM:echo $PATH", "-"]);
    // Which version of the runtime is the newest it need not ask.
    const env = ["-i", "DENO_NO_UPDATE_CHECK=1", `HOME=${Deno.env.get("HOME")}`, "PATH=/nowhere"];
    assertEquals((await runProgram("env", [...env, program, ...args])).stdout, "/nowhere\n");
    const unset = netlabCommand(["relay", "-u", "EXEC:cat /dev/null", "-"]);
    const run = await runProgram("env", [...env.slice(0, 3), unset.program, ...unset.args]);
    assertEquals([run.status, run.stderr], [0, ""]);
  },
});
