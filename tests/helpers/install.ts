// `deno task install [FOLDER]`: a command `netlab` that runs this folder's source by the Deno that runs this task.
import { resolve } from "node:path";

const main = resolve(import.meta.dirname!, "../../main.ts");
const windows = Deno.build.os === "windows";
const home = Deno.env.get(windows ? "USERPROFILE" : "HOME") ?? ".";
// A task runs in the folder of deno.json; a folder is named from where the caller stands.
const folder = resolve(Deno.env.get("INIT_CWD") ?? ".", Deno.args[0] ?? `${home}/.local/bin`);
const file = `${folder}/netlab${windows ? ".cmd" : ""}`;

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const text = windows ? `@"${Deno.execPath()}" run --allow-all --no-prompt --quiet "${main}" %*\r\n` : `#!/bin/sh
# netlab from source. Made by \`deno task install\`.
deno=${quoted(Deno.execPath())}
main=${quoted(main)}
[ -x "$deno" ] || exec npx -y deno@${Deno.version.deno} run --allow-all --no-prompt --quiet "$main" "$@"
exec "$deno" run --allow-all --no-prompt --quiet "$main" "$@"
`;

await Deno.mkdir(folder, { recursive: true });
await Deno.writeTextFile(file, text);
if (!windows) await Deno.chmod(file, 0o755);
console.log(`Made ${file}`);
const path = (Deno.env.get("PATH") ?? "").split(windows ? ";" : ":");
if (!path.includes(folder)) console.log(`Add ${folder} to your PATH to run it as "netlab"`);
