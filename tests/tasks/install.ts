// `deno task install [FOLDER]`: a command `netlab` that runs this folder's netlab by the Deno that runs this task. It runs a
// bundle of the sources as they are now; where no bundle can be made, the sources.
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { BUNDLES, makeBundles } from "./bundle.ts";

const main = resolve(import.meta.dirname!, "../../main.ts");
const windows = Deno.build.os === "windows";
const [place = `${homedir()}/.local/bin`, ...more] = Deno.args;
if (place.startsWith("-") || more.length > 0) {
  console.error("Usage: deno task install [FOLDER]: makes a command netlab there (default ~/.local/bin)");
  Deno.exit(place === "--help" ? 0 : 2);
}
// A task runs in the folder of deno.json; a folder is named from where the caller stands.
const folder = resolve(Deno.env.get("INIT_CWD") ?? ".", place);
const file = resolve(folder, windows ? "netlab.cmd" : "netlab");
const run = "run --allow-all --no-prompt --quiet";

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The command for a shell. One lookup is over before its functions are compiled one by one: dig's are kept compiled. (With
 * `--single-threaded` it would be over 3 ms sooner, but then nothing wakes who waits with `Atomics.waitAsync`.)
 */
const shell = (bundled: boolean, runtime: string) =>
  `#!/bin/sh
# netlab. Made by \`deno task install\`${bundled ? ": run that again when the sources have changed" : ""}.
deno=${quoted(runtime)}
# Else the runtime asks its maker for a newer version, half a second after each start.
export DENO_NO_UPDATE_CHECK=1
run() { exec "$deno" ${run} "$@"; }
there=${quoted(bundled ? `${BUNDLES}/help/netlab.js` : main)}
if ! [ -r "$there" ]; then
  echo "netlab: Cannot read $there: run 'deno task install' again where its sources are now" >&2
  exit 1
fi
# The runtime would say it in six lines.
if ! [ -e "$PWD" ] && [ -z "$(pwd -P 2>/dev/null)" ]; then
  echo "netlab: The current directory is gone: go to another one first" >&2
  exit 1
fi
[ -x "$deno" ] || run() { exec npx -y deno@${Deno.version.deno} ${run} "$@"; }
${
    bundled
      ? `bundles=${quoted(BUNDLES)}
case "\${1-}" in
  dig)
    # A cache that long-running programs keep open stays broken for as long as they run, should it ever break: 11 ms a start.
    [ -z "\${DENO_DIR-}\${HOME:+x}" ] || export DENO_DIR="\${DENO_DIR:-\${XDG_CACHE_HOME:-$HOME/.cache}/netlab-dig}"
    run --v8-flags=--no-lazy "$bundles/dig/netlab.js" "$@" ;;
  relay | socks | dump) run "$bundles/$1/netlab.js" "$@" ;;
  *) run "$bundles/help/netlab.js" "$@" ;;
esac`
      : `run ${quoted(main)} "$@"`
  }
`;

/** The same for Windows. */
const batch = (bundled: boolean) =>
  ["@setlocal", "@set DENO_NO_UPDATE_CHECK=1"].concat(
    bundled
      ? [
        "@set bundle=help",
        '@for %%c in (relay socks dig dump) do @if "%~1"=="%%c" set bundle=%%c',
        `@"${Deno.execPath()}" ${run} "${BUNDLES}\\%bundle%\\netlab.js" %*`,
      ]
      : [`@"${Deno.execPath()}" ${run} "${main}" %*`],
  ).map((line) => `${line}\r\n`).join("");

/** Whether everybody may come to a file or folder, by the folders that lead to it. */
async function openToAll(path: string): Promise<boolean> {
  for (let at = await Deno.realPath(path);; at = dirname(at)) {
    const { mode } = await Deno.stat(at);
    if (mode !== null && (mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * The runtime for the command. npx keeps it in the home folder of the user who installs: where others may come to the
 * bundles but not there, it is put beside these.
 */
async function runtimeForAll(): Promise<string> {
  const own = Deno.execPath();
  if (windows || await openToAll(own) || !await openToAll(BUNDLES)) return own;
  const copy = `${BUNDLES}/deno`;
  // A link costs nothing; another file system takes none.
  await Deno.link(own, copy).catch(() => Deno.copyFile(own, copy));
  return copy;
}

let why: string | undefined;
try {
  await makeBundles();
} catch (error) {
  why = (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
await Deno.mkdir(folder, { recursive: true });
await Deno.writeTextFile(
  file,
  windows
    ? batch(why === undefined)
    : shell(why === undefined, why === undefined ? await runtimeForAll() : Deno.execPath()),
);
if (!windows) await Deno.chmod(file, 0o755);
console.log(`Made ${file}`);
if (!windows && await openToAll(file) && !await openToAll(dirname(main))) {
  console.log(`Only those who may read ${dirname(main)} can run it: for all users, put the sources elsewhere first`);
}
if (why !== undefined) {
  console.log(`It runs from source and starts slower, because \`deno bundle\` cannot be used: ${why}`);
}
const path = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
if (!path.includes(folder)) console.log(`Add ${folder} to your PATH to run it as "netlab"`);
