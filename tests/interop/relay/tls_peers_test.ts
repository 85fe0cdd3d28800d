// TLS with the stacks of others: kinds of keys, versions, half-close with much behind it, handshakes cut anywhere, and
// the servers that turn to TLS half way.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { rootCertificates } from "node:tls";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { dialTcp } from "../../../lib/dial/tcp.ts";
import { TlsClient } from "../../../lib/dial/tls/client.ts";
import { readExactly } from "../../../lib/stream/exact.ts";
import { readAll } from "../../helpers/streams.ts";
import { openOne } from "../../helpers/endpoint.ts";
import { freePort, interop, listening, Running, runProgram, startNetlab, which } from "../../helpers/netlab.ts";
import { inFolder, tlsData as data } from "../../helpers/files.ts";

async function openssl(...args: string[]): Promise<void> {
  const { status, stderr } = await runProgram("openssl", args);
  assertEquals(status, 0, stderr);
}

/** A chain of authority, intermediate and leaf for localhost, the leaf with a key of this kind; PEM files in `folder`. */
async function chain(folder: string, kind: readonly string[]): Promise<void> {
  const ec = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const make = async (name: string, key: readonly string[], extensions: string, signer: string) => {
    const at = (suffix: string) => `${folder}/${name}.${suffix}`;
    await openssl("genpkey", ...key, "-out", at("key"));
    await openssl("req", "-new", "-key", at("key"), "-subj", `/CN=${name}`, "-out", at("csr"));
    await Deno.writeTextFile(at("ext"), extensions);
    const by = signer === name
      ? ["-signkey", at("key")]
      : ["-CA", `${folder}/${signer}.crt`, "-CAkey", `${folder}/${signer}.key`, "-set_serial", "77"];
    await openssl("x509", "-req", "-in", at("csr"), ...by, "-days", "2", "-extfile", at("ext"), "-out", at("crt"));
  };
  await make("root", ec, "basicConstraints=critical,CA:TRUE\n", "root");
  await make("middle", ec, "basicConstraints=critical,CA:TRUE\n", "root");
  await make("leaf", kind, "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n", "middle");
  const text = async (...names: string[]) =>
    (await Promise.all(names.map((name) => Deno.readTextFile(`${folder}/${name}`)))).join("");
  await Deno.writeTextFile(`${folder}/all.pem`, await text("leaf.crt", "middle.crt", "leaf.key"));
}

const KEYS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ["RSA 2048", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]],
  ["RSA 4096", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"]],
  ["P-256", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]],
  ["P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]],
  ["Ed25519", ["-algorithm", "ED25519"]],
];

for (const [kind, args] of KEYS) {
  interop(
    `TLS with an ${kind} key behind an intermediate authority, both sides, both versions`,
    ["openssl"],
    async () => {
      await inFolder(async (folder) => {
        await chain(folder, args);
        for (const version of ["1.2", "1.3"]) {
          const flag = `-tls${version.replace(".", "_")}`;
          const port = freePort();
          await using peer = new Running(which("openssl")!, [
            ...[
              "s_server",
              "-accept",
              `127.0.0.1:${port}`,
              "-cert",
              `${folder}/leaf.crt`,
              "-key",
              `${folder}/leaf.key`,
            ],
            ...["-cert_chain", `${folder}/middle.crt`, "-rev", "-quiet", flag],
          ]);
          await listening(port);
          void peer;
          await using stream = await openOne(`tls:localhost:${port},cafile=${folder}/root.crt`);
          await stream.write(utf8("hello\n"));
          const view = new Uint8Array(16);
          assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "olleh\n");
          assertEquals(stream.about.facts?.tls, `TLSv${version}`);
          // The runtime's own listener, and the other stack.
          for (const options of ["verify=0", "verify=0,min-proto-version=TLS1.2"]) {
            await using relay = startNetlab([
              "relay",
              `tls-listen:0,cert=${folder}/all.pem,${options}`,
              "exec:head -n 1",
            ]);
            const { stdout } = await runProgram("openssl", [
              ...["s_client", "-connect", `127.0.0.1:${await relay.port()}`, "-servername", "localhost", flag],
              ...["-CAfile", `${folder}/root.crt`, "-verify_return_error", "-brief", "-ign_eof"],
            ], { stdin: "hello\n" });
            assertEquals(stdout, "hello\n");
          }
        }
      });
    },
  );
}

interop(
  "A TLS client of many authorities names those that it met, and all again for a peer of another",
  ["openssl"],
  async () => {
    await inFolder(async (folder) => {
      await chain(folder, KEYS[2]![1]);
      const many = rootCertificates.slice(0, 20);
      for (const path of [data("ca.crt"), `${folder}/root.crt`]) many.push(await Deno.readTextFile(path));
      await Deno.writeTextFile(`${folder}/many.pem`, many.join("\n"));
      const client = await TlsClient.load({ cafile: `${folder}/many.pem` });
      /** How many connections one takes. */
      const meet = async (cert: string) => {
        await using relay = startNetlab(["relay", `tls-listen:0,fork,cert=${cert},verify=0`, "echo"]);
        const port = await relay.port();
        let connections = 0;
        const again = () => {
          connections++;
          return dialTcp({ host: "localhost", port });
        };
        await using stream = await client.over(await again(), "localhost", {}, again).catch(() => undefined);
        if (stream === undefined) return `refused after ${connections}`;
        await stream.write(utf8("hello"));
        assertEquals(utf8Text(await readExactly(stream, 5)), "hello");
        return connections;
      };
      const [one, other] = [data("leaf.pem"), `${folder}/all.pem`];
      const met = [];
      for (const cert of [one, one, other, other, one, data("self.pem"), one, other]) met.push(await meet(cert));
      assertEquals(met, [1, 1, 2, 1, 1, "refused after 2", 1, 1]);
    });
  },
);

const MUCH = 50 * 1024 * 1024;

interop("50 MiB come after our end-of-file, from a TLS server of Python's", ["python3"], async () => {
  const script = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
context.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
conn = context.wrap_socket(listener.accept()[0], server_side=True)
got = 0
while True:
    try: block = conn.recv(65536)
    except ssl.SSLZeroReturnError: break
    if not block: break
    got += len(block)
for i in range(${MUCH} // 65536): conn.sendall(bytes([i & 255]) * 65536)
print(got, flush=True)
conn.close()
`;
  for (const version of ["TLSv1_2", "TLSv1_3"]) {
    for (const options of [`cafile=${data("ca.crt")}`, "verify=0"]) {
      const child = new Deno.Command("python3", {
        args: ["-c", script, data("leaf.pem"), version],
        stdin: "null",
        stdout: "piped",
      }).spawn();
      const lines = child.stdout.getReader();
      const line = async () => utf8Text((await lines.read()).value ?? new Uint8Array()).trim();
      await using stream = await openOne(`tls:localhost:${await line()},${options}`);
      await stream.write(new Uint8Array(1_000_000));
      await stream.closeWrite();
      const got = await readAll(stream);
      assertEquals(got.length, MUCH);
      for (let i = 0; i < MUCH; i += 65536) {
        if (got[i] !== ((i / 65536) & 255)) throw new Error(`Octet ${i} is wrong`);
      }
      assertEquals(await line(), "1000000");
      assertEquals((await lines.read()).done, true);
      assertEquals((await child.status).code, 0);
    }
  }
});

interop("50 MiB go to a client of socat's after its end-of-file", ["socat"], async () => {
  for (const options of ["verify=0", "verify=0,min-proto-version=TLS1.2", `cafile=${data("ca.crt")}`]) {
    const answer = `system:cat >/dev/null; head -c ${MUCH} /dev/zero`;
    await using relay = startNetlab(["relay", `tls-listen:0,cert=${data("leaf.pem")},${options}`, answer]);
    const address = `openssl:localhost:${await relay.port()},cafile=${data("ca.crt")},cert=${data("client.pem")}`;
    const { stdout } = await runProgram("sh", ["-c", `head -c 1000000 /dev/zero | socat -t20 - "${address}" | wc -c`]);
    assertEquals(Number(stdout), MUCH);
  }
});

interop("gnutls-cli and gnutls-serv meet both sides", ["gnutls-cli", "gnutls-serv"], async () => {
  await using relay = startNetlab(["relay", `tls-listen:0,fork,cert=${data("leaf.pem")},verify=0`, "PIPE"]);
  for (const priority of ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"]) {
    const args = ["--priority", priority, "--x509cafile", data("ca.crt"), "-p", await relay.port(), "localhost"];
    const { status, stdout } = await runProgram("gnutls-cli", [...args.map(String)], { stdin: "hello\n" });
    assertEquals(status, 0, stdout);
    assertMatch(stdout, /certificate is trusted/);
    const port = freePort();
    await using peer = new Running(which("gnutls-serv")!, [
      ...["--echo", "--quiet", "--priority", priority, "-p", `${port}`, "--disable-client-cert"],
      ...["--x509certfile", data("leaf.crt"), "--x509keyfile", data("leaf.key")],
    ]);
    await listening(port);
    void peer;
    await using stream = await openOne(`tls:localhost:${port},cafile=${data("ca.crt")}`);
    await stream.write(utf8("hello\n"));
    const view = new Uint8Array(64);
    assertEquals(utf8Text(view.subarray(0, (await stream.read(view))!)), "hello\n");
  }
});

interop(
  "A listener that asks for certificates of any known authority is understood by OpenSSL",
  ["openssl"],
  async () => {
    for (const [cert, answer] of [["client.pem", "hello\n"], [undefined, ""]] as const) {
      const pin = "pin=sha256:" + (await runProgram("openssl", [
        ...["x509", "-in", data("client.pem"), "-noout", "-fingerprint", "-sha256"],
      ])).stdout.split("=")[1]!.trim();
      for (const options of [pin, "verify=1"]) {
        await using relay = startNetlab([
          "relay",
          `tls-listen:0,fork,cert=${data("leaf.pem")},${options}`,
          "exec:head -n 1",
        ]);
        const own = cert === undefined ? [] : ["-cert", data(cert), "-key", data(cert)];
        const to = `127.0.0.1:${await relay.port()}`;
        const { stdout } = await runProgram("openssl", ["s_client", "-connect", to, "-quiet", ...own], {
          stdin: "hello\n",
        });
        assertEquals(stdout, options === pin ? answer : "");
        // What is refused is refused for what it is.
        if (cert === undefined) await relay.line(/The client sent no certificate/);
        else if (options !== pin) await relay.line(/The client is refused: the authority "CN=netlab test CA"/);
      }
    }
  },
);

/** Octets of a ClientHello, as openssl sends it. */
async function hello(): Promise<Uint8Array> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using client = new Running(which("openssl")!, ["s_client", "-connect", `127.0.0.1:${listener.addr.port}`]);
  const conn = await listener.accept();
  const buffer = new Uint8Array(4096);
  const count = await conn.read(buffer);
  conn.close();
  listener.close();
  await client.stop();
  return buffer.slice(0, count!);
}

interop("1,000 handshakes cut at every octet, and garbage, leave nothing behind", ["openssl"], async () => {
  const octets = await hello();
  for (const options of ["verify=0", "verify=0,min-proto-version=TLS1.2"]) {
    await using relay = startNetlab(["relay", `tls-listen:0,fork,cert=${data("leaf.pem")},${options}`, "PIPE"]);
    const port = await relay.port();
    const descriptors = () => [...Deno.readDirSync(`/proc/${relay.child.pid}/fd`)].length;
    const served = async () => {
      await using stream = await openOne(`tls:localhost:${port},cafile=${data("ca.crt")}`);
      await stream.write(utf8("x"));
      assertEquals(await stream.read(new Uint8Array(1)), 1);
    };
    await served();
    const before = descriptors();
    for (let i = 0; i < 1000; i++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      await conn.write(
        i % 10 === 9 ? crypto.getRandomValues(new Uint8Array(100)) : octets.subarray(0, i % octets.length),
      )
        .catch(() => {});
      if (i % 2 === 0) await conn.closeWrite().catch(() => {});
      // Every second one waits to be told, which must not take long.
      if (i % 2 === 0) { while (await conn.read(new Uint8Array(4096)).catch(() => null) !== null); }
      conn.close();
    }
    await served();
    for (let tries = 0; descriptors() > before + 2; tries++) {
      assert(tries < 100, `${descriptors()} descriptors after ${before}`);
      await served();
    }
  }
});

/** What `relay` says to an address when `input` is sent; the peer ends the session. */
async function session(address: string, input: string): Promise<string> {
  await using stream = await openOne(`${address},cafile=${data("ca.crt")}`);
  await stream.write(utf8(input));
  return utf8Text(await readAll(stream));
}

/** Servers that change their user; who is not root sees by name what is missing. */
const ROOT = Deno.build.os === "linux" && Deno.uid() === 0 ? [] : ["root"];

interop(
  "STARTTLS of dovecot: IMAP and POP3, client and listener, curl as client",
  ["dovecot", "curl", ...ROOT],
  async () => {
    await inFolder(async (folder) => {
      await Deno.chmod(folder, 0o755);
      const imap = freePort(), pop3 = freePort();
      const login = (name: string, port: number, secure: string) =>
        `service ${name}-login {\n inet_listener ${name} {\n port = ${port}\n }\n inet_listener ${secure} {\n port = 0\n }\n}\n`;
      await Deno.writeTextFile(
        `${folder}/dovecot.conf`,
        `base_dir = ${folder}/run\nstate_dir = ${folder}/run\nlog_path = ${folder}/log\nprotocols = imap pop3\nlisten = 127.0.0.1\n` +
          `ssl = yes\nssl_cert = <${data("leaf.crt")}\nssl_key = <${data("leaf.key")}\n` +
          `passdb {\n driver = static\n args = password=secret\n}\n` +
          `userdb {\n driver = static\n args = uid=65534 gid=65534 home=${folder}/home\n}\n` +
          `mail_location = maildir:${folder}/home/mail\n` + login("imap", imap, "imaps") + login("pop3", pop3, "pop3s"),
      );
      await Deno.mkdir(`${folder}/home`);
      await Deno.chown(`${folder}/home`, 65534, 65534);
      await using server = new Running(which("dovecot")!, ["-F", "-c", `${folder}/dovecot.conf`]);
      await listening(imap);
      await listening(pop3);
      void server;
      assertMatch(
        await session(`tls:localhost:${imap},starttls=imap`, "a LOGIN me secret\r\nb LOGOUT\r\n"),
        /^\* OK [^]*\r\na OK [^]*\r\nb OK /,
      );
      assertMatch(
        await session(`tls:localhost:${pop3},starttls=pop3`, "CAPA\r\nQUIT\r\n"),
        /^\+OK [^]*\r\n\.\r\n\+OK /,
      );
      const [name, port] = ["imap", imap] as const;
      await using relay = startNetlab([
        "relay",
        `tls-listen:0,cert=${data("leaf.pem")},verify=0,starttls=${name}`,
        `tcp:127.0.0.1:${port}`,
      ]);
      const { status, stdout, stderr } = await runProgram("curl", [
        ...["-sS", "--ssl-reqd", "--cacert", data("ca.crt"), "-u", "me:secret"],
        `${name}://localhost:${await relay.port()}/`,
      ]);
      assertEquals([status, stderr], [0, ""]);
      assertMatch(stdout, /^\* LIST .*INBOX/);
    });
  },
);

/** What must be installed of dovecot beside its server. */
const SIEVE = await Deno.stat("/usr/lib/dovecot/managesieve-login").then(() => [], () => ["dovecot-managesieved"]);

interop(
  "STARTTLS of dovecot: ManageSieve, client and listener",
  ["dovecot", "gnutls-cli", ...SIEVE, ...ROOT],
  async () => {
    await inFolder(async (folder) => {
      await Deno.chmod(folder, 0o755);
      const port = freePort();
      await Deno.writeTextFile(
        `${folder}/dovecot.conf`,
        `base_dir = ${folder}/run\nstate_dir = ${folder}/run\nlog_path = ${folder}/log\nprotocols = sieve\nlisten = 127.0.0.1\n` +
          `ssl = yes\nssl_cert = <${data("leaf.crt")}\nssl_key = <${data("leaf.key")}\n` +
          `passdb {\n driver = static\n args = password=secret\n}\n` +
          `userdb {\n driver = static\n args = uid=65534 gid=65534 home=${folder}/home\n}\n` +
          `service managesieve-login {\n inet_listener sieve {\n port = ${port}\n }\n}\n`,
      );
      await using _server = new Running(which("dovecot")!, ["-F", "-c", `${folder}/dovecot.conf`]);
      await listening(port);
      const behind = `tls:localhost:${port},starttls=sieve`;
      assertMatch(await session(behind, "LOGOUT\r\n"), /^"IMPLEMENTATION" [^]*\r\nOK "[^]*\r\nOK "/);
      const listen = `tls-listen:0,fork,cert=${data("leaf.pem")},verify=0,starttls=sieve`;
      await using relay = startNetlab(["relay", listen, `${behind},cafile=${data("ca.crt")}`]);
      const args = [
        "--starttls-proto=sieve",
        `--x509cafile=${data("ca.crt")}`,
        "-p",
        String(await relay.port()),
        "localhost",
      ];
      const { stdout } = await runProgram("gnutls-cli", args, { stdin: "LOGOUT\n" });
      assertMatch(stdout, /OK "TLS[^]*OK "Logout/);
    });
  },
);

interop("STARTTLS of slapd: LDAP, client and listener, ldapsearch as client", ["slapd", "ldapsearch"], async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    await Deno.mkdir(`${folder}/db`);
    await Deno.writeTextFile(
      `${folder}/slapd.conf`,
      `include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n` +
        `TLSCertificateFile "${data("leaf.crt")}"\nTLSCertificateKeyFile "${data("leaf.key")}"\n` +
        `TLSCACertificateFile "${data("ca.crt")}"\n` +
        `database mdb\nsuffix "dc=netlab"\nrootdn "cn=admin,dc=netlab"\nrootpw secret\ndirectory ${folder}/db\n`,
    );
    const words = ["-d", "0", "-f", `${folder}/slapd.conf`, "-h", `ldap://127.0.0.1:${port}`];
    await using _server = new Running(which("slapd")!, words);
    await listening(port);
    const listen = `tls-listen:0,fork,cert=${data("leaf.pem")},verify=0,starttls=ldap`;
    const behind = `tls:localhost:${port},starttls=ldap,cafile=${data("ca.crt")}`;
    await using relay = startNetlab(["relay", "--explain", "--mask", "--depth", "1", listen, behind]);
    const { stdout } = await runProgram("ldapsearch", [
      ...[
        "-ZZ",
        "-x",
        "-LLL",
        "-H",
        `ldap://127.0.0.1:${await relay.port()}`,
        "-D",
        "cn=admin,dc=netlab",
        "-w",
        "secret",
      ],
      ...["-b", "", "-s", "base", "namingContexts"],
    ], { env: { LDAPTLS_CACERT: data("ca.crt"), LDAPTLS_REQCERT: "allow" } });
    assertMatch(stdout, /^namingContexts: dc=netlab$/m);
    // The plaintext after both dialogues is explained as LDAP.
    await relay.line(/^< \d+ ldap: SearchResultEntry 3/);
    for (const side of ["left", "right"]) {
      assertMatch(
        relay.stderr.join("\n"),
        new RegExp(`ldap: ExtendedResponse 1 success.*\\(${side} side, before TLS\\)`),
      );
    }
  });
});

interop("STARTTLS of vsftpd: AUTH TLS", ["vsftpd", ...ROOT], async () => {
  await inFolder(async (folder) => {
    const port = freePort();
    await Deno.mkdir(`${folder}/empty`);
    await Deno.writeTextFile(
      `${folder}/vsftpd.conf`,
      `listen=YES\nlisten_address=127.0.0.1\nlisten_port=${port}\nbackground=NO\nanonymous_enable=YES\nssl_enable=YES\n` +
        `allow_anon_ssl=YES\nrsa_cert_file=${data("leaf.crt")}\nrsa_private_key_file=${data("leaf.key")}\n` +
        `secure_chroot_dir=${folder}/empty\nanon_root=${folder}/empty\n`,
    );
    await using server = new Running(which("vsftpd")!, [`${folder}/vsftpd.conf`]);
    await listening(port);
    void server;
    const talk = "PBSZ 0\r\nUSER anonymous\r\nPASS x\r\nQUIT\r\n";
    assertMatch(
      await session(`tls:localhost:${port},starttls=ftp`, talk),
      /^220 [^]*\r\n200 [^]*\r\n331 [^]*\r\n230 [^]*221 /,
    );
  });
});
