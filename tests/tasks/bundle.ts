// Bundles of the commands, for `deno task install`: the runtime takes about a quarter of a millisecond for each module that
// it takes in at start. In `.bundle/COMMAND/` one file holds what nearly every run of the command needs, and others beside
// it hold what is loaded when it is asked for. `netlab.js` starts it.
import { dirname, resolve } from "node:path";

const root = resolve(import.meta.dirname!, "../..");

/** Where the bundles lie. */
export const BUNDLES = resolve(root, ".bundle");

/**
 * The bundles, and the modules that nearly every run of each loads. `help` is for words that are no command's. A relay that
 * needs no file gives up the right to read, that of loading later with it: what such a one asks for is there from the start.
 */
const USUAL: Record<string, readonly string[]> = {
  relay: ["cmd/relay.ts", "lib/dial/proxy_protocol.ts", "lib/stream/libc/tcp_socket.ts"],
  socks: ["cmd/socks.ts"],
  dig: ["cmd/dig.ts", "lib/dns/print/long.ts"],
  dump: ["cmd/dump.ts"],
  help: [],
};

/** A module that is loaded when it is asked for, by a name that the runtime does not follow or by one that it does. */
const LATE = /(?<!typeof )\bimport\(\s*(?:import\.meta\.resolve\(\s*"(\.[^"]+)"\s*\)|"(\.[^"]+)")\s*\)/g;

async function* modules(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory) yield* modules(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

/** The sources as the bundler is to see them, by their path from the root. */
async function sources(usual: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>([["main.ts", await Deno.readTextFile(`${root}/main.ts`)]]);
  for (const folder of ["cmd", "lib"]) {
    for await (const path of modules(folder)) texts.set(path, await Deno.readTextFile(`${root}/${path}`));
  }
  const late = new Set<string>();
  for (const [path, text] of texts) {
    const imports: string[] = [];
    const plain = text.replace(LATE, (_, resolved: string | undefined, followed: string) => {
      const specifier = resolved ?? followed;
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      if (!usual.includes(target)) {
        late.add(target);
        return `import("${specifier}")`;
      }
      imports.push(`import * as usual${imports.length} from "${specifier}";`);
      return `Promise.resolve(usual${imports.length - 1})`;
    });
    texts.set(path, imports.join("") + plain);
  }
  // The bundler makes a file for every set of modules that the same entries need. An entry that needs all of the usual
  // modules adds no such set: it runs when they are there already.
  for (const path of late) {
    const up = "../".repeat(path.split("/").length - 1);
    texts.set(path, `import "${up}main.ts";${texts.get(path)}`);
  }
  // A file of its own, because an error that is thrown below it costs as much as reading the file again.
  texts.set("netlab.ts", `import { main } from "./main.ts";\nDeno.exit(await main(Deno.args));\n`);
  return texts;
}

/** Makes the bundle of a command in `folder`; throws with the bundler's words where it cannot. */
async function bundle(usual: readonly string[], folder: string): Promise<void> {
  const copy = await Deno.makeTempDir({ prefix: "netlab-bundle-" });
  try {
    for (const [path, text] of await sources(usual)) {
      await Deno.mkdir(`${copy}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${copy}/${path}`, text);
    }
    for (const file of ["deno.json", "deno.lock"]) await Deno.copyFile(`${root}/${file}`, `${copy}/${file}`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--code-splitting", "--minify", "--outdir", folder, "netlab.ts"],
      cwd: copy,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  // The runtime must not follow these names either.
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const followed = text.replace(/\bimport\(("\.\/[\w-]+\.js")\)/g, "import(import.meta.resolve($1))");
    if (followed !== text) await Deno.writeTextFile(`${folder}/${name}`, followed);
  }
}

/** Programs that run now load parts of older bundles when they need them; nobody needs them after so long. */
const KEPT_MS = 90 * 24 * 3600_000;

/** Leaves the files of older bundles in `made`: their names tell what they hold. */
async function keepOlder(made: string): Promise<void> {
  for (const command of Object.keys(USUAL)) {
    try {
      for await (const { name } of Deno.readDir(`${BUNDLES}/${command}`)) {
        const old = `${BUNDLES}/${command}/${name}`, kept = `${made}/${command}/${name}`;
        const { mtime } = await Deno.stat(old);
        const there = await Deno.stat(kept).then(() => true, () => false);
        if (!there && Date.now() - (mtime?.getTime() ?? 0) < KEPT_MS) await Deno.link(old, kept);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Makes the bundles anew, all or none; throws with the bundler's words where it cannot. */
export async function makeBundles(): Promise<void> {
  const made = await Deno.makeTempDir({ dir: dirname(BUNDLES), prefix: ".bundle-" });
  try {
    await Promise.all(Object.entries(USUAL).map(([command, usual]) => bundle(usual, `${made}/${command}`)));
    // The one above has more to read, and a lock file beside it.
    const { unstable } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
    await Deno.writeTextFile(`${made}/deno.json`, JSON.stringify({ unstable, lock: false }));
    // Whoever may read the sources may run the bundles.
    if (Deno.build.os !== "windows") await Deno.chmod(made, (await Deno.stat(root)).mode! & 0o777);
    await keepOlder(made);
    const old = `${made}-old`;
    const had = await Deno.rename(BUNDLES, old).then(() => true, () => false);
    await Deno.rename(made, BUNDLES);
    if (had) await Deno.remove(old, { recursive: true });
  } catch (error) {
    await Deno.remove(made, { recursive: true });
    throw error;
  }
}
