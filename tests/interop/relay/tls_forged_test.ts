import { assertEquals, assertStringIncludes } from "@std/assert";
import { freePort, interop, listening, netlab, Running, startNetlab, which } from "../../helpers/netlab.ts";

async function openssl(folder: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd: folder, stderr: "piped", stdout: "null" })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** A real authority and one that only has its name, and what each has signed for localhost; `1` is X.509 version 1. */
async function certificates(folder: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  for (const name of ["real", "forged"]) {
    await openssl(
      folder,
      ...[
        "req",
        "-x509",
        ...key,
        "-days",
        "9",
        "-subj",
        "/CN=Authority",
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.crt`,
      ],
    );
  }
  Deno.writeTextFileSync(`${folder}/leaf.ext`, "subjectAltName=DNS:localhost\n");
  Deno.writeTextFileSync(`${folder}/authority.ext`, "basicConstraints=CA:TRUE\n");
  const sign = async (name: string, subject: string, by: string, extensions?: string) => {
    await openssl(folder, "req", ...key, "-subj", subject, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const signer = ["-CA", `${by}.crt`, "-CAkey", `${by}.key`, "-CAcreateserial"];
    const more = extensions === undefined ? [] : ["-extfile", extensions];
    await openssl(
      folder,
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...signer,
      "-days",
      "9",
      ...more,
      "-out",
      `${name}.crt`,
    );
    const text = (file: string) => Deno.readTextFileSync(`${folder}/${file}`);
    Deno.writeTextFileSync(`${folder}/${name}.pem`, text(`${name}.key`) + text(`${name}.crt`));
  };
  await sign("good1", "/CN=localhost", "real");
  await sign("evil1", "/CN=localhost", "forged");
  await sign("good3", "/CN=localhost", "real", "leaf.ext");
  await sign("evil3", "/CN=localhost", "forged", "leaf.ext");
  await sign("between1", "/CN=Between", "forged");
  await sign("between3", "/CN=Between", "forged", "authority.ext");
  await sign("below1", "/CN=localhost", "between1", "leaf.ext");
  await sign("below3", "/CN=localhost", "between3");
}

interop(
  "TLS: a certificate of version 1 is not believed for a name, nor for a signature alone, but for its proof in TLS 1.2",
  ["openssl"],
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await certificates(folder);
      // Whose certificate of version 1 is signed may be somebody else: the runtime asks for no proof that it has the key.
      const servers: readonly (readonly [name: string, chain: string | undefined, says: string])[] = [
        ["good1", undefined, "lets anybody pass for its owner"],
        ["evil1", undefined, "is not known; to accept it"],
        ["evil3", undefined, "is not known; to accept it"],
        ["below1", "between1", "is not known; to accept it"],
        ["below3", "between3", "is not known; to accept it"],
      ];
      for (const [name, chain, says] of servers) {
        const port = freePort();
        const more = chain === undefined ? [] : ["-cert_chain", `${folder}/${chain}.crt`];
        const pair = ["-cert", `${folder}/${name}.crt`, "-key", `${folder}/${name}.key`];
        await using _server = new Running(which("openssl")!, [
          ...["s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet"],
          ...pair,
          ...more,
        ]);
        await listening(port);
        // With a certificate of its own the client uses the other TLS stack from the start. In TLS 1.2 the proof is to be
        // seen: by one who sees that TLS 1.3 hides it as well.
        for (
          const more of ["", `,cert=${folder}/good1.pem`, ",max-proto-version=TLS1.2", ",min-proto-version=TLS1.3"]
        ) {
          const { stdout, stderr } = await netlab(
            ["relay", "-", `tls:localhost:${port},cafile=${folder}/real.crt${more}`],
            { stdin: "GET / HTTP/1.0\r\n\r\n" },
          );
          if (name === "good1" && !more.includes("min")) assertStringIncludes(stdout, "200 ok", more);
          else {
            assertEquals(stdout, "", `${name}${more}`);
            assertStringIncludes(stderr, says);
          }
        }
      }
      // The listening side asks clients for a certificate.
      for (const [range, believed] of [["", ["good3"]], [",max-proto-version=TLS1.2", ["good1", "good3"]]] as const) {
        const listen = `tls-listen:0,fork,cert=${folder}/good3.pem,cafile=${folder}/real.crt${range}`;
        await using relay = startNetlab(["relay", listen, "exec:head -n 1"]);
        const port = await relay.port();
        for (const name of ["good1", "good3", "evil1", "evil3"]) {
          const client = `tls:localhost:${port},cafile=${folder}/real.crt,cert=${folder}/${name}.pem`;
          const { stdout } = await netlab(["relay", "-", client], { stdin: "echo\n" });
          assertEquals(stdout, (believed as readonly string[]).includes(name) ? "echo\n" : "", `${name}${range}`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

interop("TLS: dig sees the proof of a certificate of version 1 through proxies too", ["openssl"], async () => {
  const folder = await Deno.makeTempDir();
  try {
    await certificates(folder);
    await using proxy = startNetlab(["socks", "--port", "0"]);
    const via = `+via=socks5://127.0.0.1:${await proxy.port()}`, refused = "TLS peer certificate verification";
    for (const [name, believed] of [["good1", true], ["evil1", false]] as const) {
      const port = freePort(), pair = ["-cert", `${folder}/${name}.crt`, "-key", `${folder}/${name}.key`];
      await using _server = new Running(which("openssl")!, [
        ...["s_server", "-accept", `127.0.0.1:${port}`, "-www", "-quiet"],
        ...pair,
      ]);
      await listening(port);
      const ask = ["dig", "-r", "@127.0.0.1", "-p", String(port), "+tries=1", "+time=3", "+https", via, "a.test"];
      const { stdout } = await netlab([...ask, `+tls-ca=${folder}/real.crt`, "+tls-hostname=localhost"]);
      assertEquals(stdout.includes(refused), !believed, stdout);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Speaks TLS by openssl, says hello, and gives what comes back; the session is read from `session` when it is there. */
async function said(folder: string, port: number, name: string, version: string, session: string): Promise<string> {
  const again = await Deno.stat(`${folder}/${session}`).then(({ size }) => size > 0, () => false);
  const child = new Deno.Command("openssl", {
    args: [
      ...["s_client", "-connect", `127.0.0.1:${port}`, version, "-cert", `${name}.crt`, "-key", `${name}.key`],
      ...["-ign_eof", "-sess_out", session],
      ...(again ? ["-sess_in", session] : []),
    ],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A client that is refused may be gone before it has been written to.
  await writer.write(new TextEncoder().encode("hello there\n")).catch(() => {});
  await writer.close().catch(() => {});
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
}

interop("TLS: who was refused is refused again when he resumes the session", ["openssl"], async () => {
  const folder = await Deno.makeTempDir();
  try {
    await certificates(folder);
    await using relay = startNetlab([
      ...["relay", `tls-listen:0,fork,cert=${folder}/evil3.pem,cafile=${folder}/real.crt`, "exec:head -n 1"],
    ]);
    const port = await relay.port();
    for (const version of ["-tls1_2", "-tls1_3"]) {
      for (const [name, accepted] of [["good3", true], ["evil3", false]] as const) {
        const session = `${name}${version}.session`;
        for (const resumed of [false, true, true]) {
          const heard = await said(folder, port, name, version, session);
          assertStringIncludes(heard, resumed ? "Reused, TLS" : "New, TLS");
          assertEquals(heard.includes("hello there"), accepted, `${name} ${version} ${resumed}`);
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
