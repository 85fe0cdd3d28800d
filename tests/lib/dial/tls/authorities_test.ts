// Where each system keeps the authorities that it trusts.
import { assertEquals } from "@std/assert";
import { getCACertificates } from "node:tls";
import { findAuthorities } from "../../../../lib/dial/tls/files.ts";
import { inFolder, tlsData } from "../../../helpers/files.ts";

const [ca, other] = ["ca.crt", "other-ca.crt"].map((name) => Deno.readTextFileSync(tlsData(name)));
const bare = (pems: readonly string[]) => pems.map((pem) => pem.replace(/\s/g, "")).sort();

Deno.test("findAuthorities() takes those of Windows' and macOS' own stores", async () => {
  const stored = bare(getCACertificates("system"));
  for (const os of ["windows", "darwin"]) {
    const found = bare(await findAuthorities(os, () => undefined));
    // Where the store is empty a file may have some.
    if (stored.length > 0) assertEquals(found, stored, os);
  }
});

Deno.test("findAuthorities() takes those that variables name instead, on every system", async () => {
  await inFolder(async (folder) => {
    for (const [name, text] of [["a", ca], ["b", other]] as const) {
      Deno.mkdirSync(`${folder}/${name}`);
      Deno.writeTextFileSync(`${folder}/${name}/one.pem`, text!);
    }
    // A drive's colon would part the list of another system.
    for (const os of Deno.build.os === "windows" ? ["windows"] : ["linux", "windows", "darwin"]) {
      const variables: Record<string, string> = {
        SSL_CERT_FILE: `${folder}/a/one.pem`,
        SSL_CERT_DIR: [`${folder}/b`, `${folder}/nowhere`].join(os === "windows" ? ";" : ":"),
      };
      assertEquals(bare(await findAuthorities(os, (name) => variables[name])), bare([ca!, other!]), os);
      delete variables.SSL_CERT_DIR;
      assertEquals(bare(await findAuthorities(os, (name) => variables[name])), bare([ca!]), os);
    }
  });
});
