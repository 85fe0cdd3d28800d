import { assertEquals, assertRejects } from "@std/assert";
import { generateKeyPairSync } from "node:crypto";
import { UsageError } from "../../../../lib/base/errors.ts";
import { loadAuthorities, loadIdentity } from "../../../../lib/dial/tls/files.ts";
import { inFolder, tlsData } from "../../../helpers/files.ts";

Deno.test("loadIdentity() warns of a certificate that peers will refuse for its dates", async () => {
  const told: string[] = [];
  const warn = (message: string) => void told.push(message);
  const cert = tlsData("expired.pem");
  await loadIdentity({ cert, warn });
  assertEquals(told, [`The certificate in "${cert}" has expired on 2020-12-31: peers will refuse it`]);
  await loadIdentity({ cert: tlsData("leaf.pem"), warn });
  assertEquals(told.length, 1);
});

Deno.test("loadIdentity() says of each file what it lacks, and what mends it", () =>
  inFolder(async (folder) => {
    const leaf = await Deno.readTextFile(tlsData("leaf.crt")), key = await Deno.readTextFile(tlsData("leaf.key"));
    const { privateKey } = generateKeyPairSync("ed448", {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const files = {
      "empty": "",
      "certificate": leaf,
      "ciphered": key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
      "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "other kind": privateKey,
      "stranger": await Deno.readTextFile(tlsData("stranger.pem")),
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const at = (name: string) => `${folder}/${name}`, cert = tlsData("leaf.crt");
    for (
      const [options, told] of [
        [{ key: at("broken") }, `The key "${at("broken")}" needs its certificate`],
        [{ cert: at("nowhere") }, `Cannot read cert "${at("nowhere")}"`],
        [{ cert: at("empty") }, "holds no certificate in PEM form"],
        [{ cert: at("certificate") }, "holds no private key in PEM form"],
        [{ cert, key: at("empty") }, "holds no private key in PEM form"],
        [{ cert, key: at("ciphered") }, "is protected by a passphrase"],
        [{ cert, key: at("broken") }, `Cannot use "${cert}" with the key in "${at("broken")}"`],
        [{ cert, key: at("other kind") }, 'is of type "ed448", which the runtime\'s TLS does not speak'],
        [{ cert, key: at("stranger") }, "does not belong to the certificate"],
      ] as const
    ) await assertRejects(() => loadIdentity(options), UsageError, told);
    assertEquals(await loadIdentity({}), undefined);
  }));

Deno.test("loadAuthorities() takes all certificates of a directory, and says what is wrong with it", () =>
  inFolder(async (folder) => {
    const capath = `${folder}/authorities`;
    await assertRejects(() => loadAuthorities({ capath }), UsageError, `Cannot read capath "${capath}": No such file`);
    await Deno.mkdir(`${capath}/folder`, { recursive: true });
    await Deno.writeTextFile(`${capath}/README`, "no certificate");
    await assertRejects(() => loadAuthorities({ capath }), UsageError, "holds no certificate in PEM form");
    for (const name of ["ca.crt", "other-ca.crt"]) await Deno.copyFile(tlsData(name), `${capath}/${name}`);
    const both = await loadAuthorities({ capath });
    assertEquals(both?.length, 2);
    assertEquals((await loadAuthorities({ capath, cafile: tlsData("ca.crt") }))?.length, 2);
  }));
