// A `named` of its own for the tests of dig: every record type, a signed zone, transfers, keys, DoT, DoH.
// Needs named, dnssec-keygen, dnssec-signzone and openssl; everything lies in a temporary folder and on loopback.
// To add a zone: a file under `tests/data/dig/` its name where the zones are copied, and a `zone(…)` in the configuration.
import { freePort } from "./netlab.ts";

const DATA = new URL("../data/dig/", import.meta.url);

/** Secrets of the lab's TSIG keys, one for each algorithm that dig knows. */
export const LAB_KEYS: readonly (readonly [name: string, algorithm: string, secret: string])[] = [
  "md5",
  "sha1",
  "sha224",
  "sha256",
  "sha384",
  "sha512",
].map((hash) => [`key-${hash}.test`, `hmac-${hash}`, btoa(`a secret of the ${hash} kind, not secret`)] as const);

/** What the lab needs. */
export const LAB_PROGRAMS = ["named", "dnssec-keygen", "dnssec-signzone", "openssl", "dig"] as const;

async function run(program: string, args: string[], cwd: string): Promise<void> {
  const path = `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
  const { success, stderr } = await new Deno.Command(program, { args, cwd, env: { PATH: path }, stdout: "null" })
    .output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}

/** A running `named`. Stop it with `await using` or `close()`. */
export class DigLab implements AsyncDisposable {
  readonly folder: string;
  /** Plain DNS on 127.0.0.1 and ::1. */
  readonly port: number;
  readonly tlsPort: number;
  readonly httpsPort: number;
  readonly httpPort: number;
  #process: Deno.ChildProcess | undefined;

  private constructor(folder: string, ports: number[]) {
    this.folder = folder;
    [this.port, this.tlsPort, this.httpsPort, this.httpPort] = ports as [number, number, number, number];
  }

  /** The certificate of the authority that signed the listeners' certificate (for 127.0.0.1, ::1, dot.test). */
  get caFile(): string {
    return `${this.folder}/ca.pem`;
  }

  static async start(): Promise<DigLab> {
    const folder = await Deno.makeTempDir({ prefix: "netlab-dig-" });
    for (let attempt = 1;; attempt++) {
      const lab = new DigLab(folder, [freePort(), freePort(), freePort(), freePort()]);
      try {
        if (attempt === 1) await lab.#prepare();
        await lab.#launch();
        return lab;
      } catch (error) {
        await lab.#stop();
        if (attempt === 3) {
          await Deno.remove(folder, { recursive: true });
          throw error;
        }
      }
    }
  }

  async #prepare(): Promise<void> {
    const { folder } = this;
    await Deno.chmod(folder, 0o755);
    for (const name of ["types.zone", "small.zone"]) {
      await Deno.copyFile(new URL(name, DATA), `${folder}/${name}`);
    }
    await Deno.copyFile(new URL("small.zone", DATA), `${folder}/updated.zone`);
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    await Deno.writeTextFile(
      `${folder}/leaf.cnf`,
      "subjectAltName=DNS:dot.test,DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\n",
    );
    const tls = async () => {
      await run("openssl", [
        ..."req -x509 -days 30 -subj /CN=lab-ca -keyout ca.key -out ca.pem".split(" "),
        ...ec,
      ], folder);
      await run("openssl", [..."req -subj /CN=dot.test -keyout leaf.key -out leaf.csr".split(" "), ...ec], folder);
      await run(
        "openssl",
        "x509 -req -days 30 -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile leaf.cnf -out leaf.pem"
          .split(" "),
        folder,
      );
    };
    const sign = async () => {
      await Deno.writeTextFile(
        `${folder}/signed.zone`,
        (await Deno.readTextFile(`${folder}/small.zone`)).replaceAll("small.test", "signed.test"),
      );
      await Promise.all([
        run("dnssec-keygen", "-a ECDSAP256SHA256 -f KSK signed.test".split(" "), folder),
        run("dnssec-keygen", "-a ECDSAP256SHA256 signed.test".split(" "), folder),
        run("dnssec-keygen", "-a ECDSAP256SHA256 nsec3.test".split(" "), folder),
      ]);
      await Deno.writeTextFile(
        `${folder}/nsec3.zone`,
        (await Deno.readTextFile(`${folder}/small.zone`)).replaceAll("small.test", "nsec3.test"),
      );
      await run("dnssec-signzone", "-S -z -o signed.test signed.zone".split(" "), folder);
      await run("dnssec-signzone", "-S -z -3 aabb -H 3 -o nsec3.test nsec3.zone".split(" "), folder);
    };
    await Promise.all([tls(), sign()]);
  }

  async #launch(): Promise<void> {
    const { folder, port } = this;
    await Deno.writeTextFile(`${folder}/named.conf`, this.#config());
    const process = new Deno.Command("/usr/sbin/named", {
      args: ["-g", "-c", `${folder}/named.conf`],
      cwd: folder,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#process = process;
    // It says "running" when all listeners are up and all zones loaded; anything it says before it dies is the reason.
    const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let said = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`named did not start on port ${port}:\n${said}`);
      said += value;
      if (/ running\n/.test(said)) break;
    }
    // Ports in use are only warned about: look whether ours was taken.
    if (/address in use/.test(said)) throw new Error(`named found a port in use:\n${said}`);
    this.#drained = (async () => {
      while (!(await reader.read()).done);
    })();
  }

  #drained: Promise<void> = Promise.resolve();

  async #stop(): Promise<void> {
    try {
      this.#process?.kill("SIGTERM");
    } catch {
      // Gone already.
    }
    await this.#process?.status;
    await this.#drained;
  }

  #config(): string {
    const { folder, port } = this;
    const zone = (name: string, file: string, more = "") =>
      `zone "${name}" { type primary; file "${folder}/${file}"; check-names ignore; ${more} };\n`;
    const keys = LAB_KEYS.map(([name, algorithm, secret]) =>
      `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };\n`
    ).join("");
    const allKeys = LAB_KEYS.map(([name]) => `key "${name}";`).join(" ");
    return `
options {
  directory "${folder}"; pid-file none; session-keyfile none; listen-on { none; }; 
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 port ${port} { ::1; };
  listen-on port ${this.tlsPort} tls lab { 127.0.0.1; };
  listen-on port ${this.httpsPort} tls lab http default { 127.0.0.1; };
  listen-on port ${this.httpPort} tls none http default { 127.0.0.1; };
  recursion no; dnssec-validation no; notify no; server-id "lab-1"; version "lab 1.0"; hostname "lab.host";
  allow-transfer { any; }; minimal-responses no; cookie-algorithm siphash24; max-udp-size 4096; edns-udp-size 1232;
  querylog no; rrset-order { order none; };
};
tls lab { cert-file "${folder}/leaf.pem"; key-file "${folder}/leaf.key"; };
controls { };
${keys}
${zone("types.test", "types.zone")}${zone("small.test", "small.zone", "ixfr-from-differences yes;")}
${zone("signed.test", "signed.zone.signed")}${zone("nsec3.test", "nsec3.zone.signed")}
${zone("keyed.test", "small.zone", `allow-query { ${allKeys} }; allow-transfer { ${allKeys} };`)}
${zone("closed.test", "small.zone", "allow-query { none; };")}
zone "broken.test" { type primary; file "${folder}/missing.zone"; };
zone "updated.test" { type primary; file "${folder}/updated.zone"; allow-update { 127.0.0.1; }; };
`;
  }

  async close(): Promise<void> {
    await this.#stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
