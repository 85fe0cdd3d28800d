// What SIGHUP does beside reading users and rules: the certificate is read again, the file of the log opened anew.
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { connect } from "node:tls";
import { freePort, startNetlab } from "../../helpers/netlab.ts";

const TLS = `${import.meta.dirname}/../../data/tls/`;

/** The fingerprint of the certificate that is served. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Waits until a file holds what `pattern` says. */
async function holds(path: string, pattern: RegExp, meanwhile?: () => void): Promise<string> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (pattern.test(text)) return text;
    meanwhile?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test({
  name: "socks: SIGHUP reads the certificate again and opens the log anew",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      const cert = `${dir}/cert.pem`, log = `${dir}/log`;
      await Deno.copyFile(`${TLS}leaf.pem`, cert);
      await using proxy = startNetlab(["socks", "--port", "0", "--cert", cert, "-lf", log]);
      const port = Number(/listening on \S*:(\d+)/.exec(await holds(log, /listening on \S+\n/))![1]);
      const before = await served(port);
      await holds(log, /#1 /);

      await Deno.rename(log, `${log}.1`);
      await Deno.copyFile(`${TLS}self.pem`, cert);
      proxy.child.kill("SIGHUP");
      assertMatch(await holds(log, /Reloaded/), /^[^\n]*Reloaded[^\n]*\n$/);
      const after = await served(port);
      assertNotEquals(after, before);

      // What cannot be read leaves the one before.
      await Deno.writeTextFile(cert, "nothing\n");
      proxy.child.kill("SIGHUP");
      await holds(log, /Not reloaded/);
      assertEquals(await served(port), after);
      assertMatch(await Deno.readTextFile(`${log}.1`), /listening[^]*#1 [^\n]*\n$/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name: "socks: SIGHUP as soon as it listens reads the files again, too",
  ignore: Deno.build.os === "windows",
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      const log = `${dir}/log`, port = freePort();
      await using proxy = startNetlab(["socks", "--port", `${port}`, "-lf", log]);
      let over = false;
      void proxy.child.status.then(() => over = true);
      while (!await Deno.connect({ port }).then((conn) => (conn.close(), true), () => false)) {
        assert(!over, "it has ended");
      }
      proxy.child.kill("SIGHUP");
      await holds(log, /Reloaded/, () => assert(!over, "the signal has ended it"));
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
