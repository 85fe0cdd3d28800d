// The text of a `--config` file: TOML, or JSON with comments, with the places of what is wrong with it. Pure.
import { errorText } from "../../lib/base/errors.ts";

/** What the text of the file at `path` says, or what is `wrong` with it, each in one line. */
export async function parseConfig(path: string, text: string): Promise<{ parsed?: unknown; wrong: string[] }> {
  // Windows' editors begin a file with a byte order mark.
  const plain = text.replace(/^\uFEFF/, "");
  const json = isJson(path, plain);
  const wrong = json ? saidTwiceInJson(plain) : saidTwiceInToml(plain);
  if (wrong.length > 0) return { wrong };
  try {
    const { parse } = await (json ? import("@std/jsonc/parse") : import("@std/toml/parse"));
    return { parsed: parse(plain), wrong };
  } catch (error) {
    return { wrong: [withLine(errorText(error), plain)] };
  }
}

/** What the parser of JSON says by the number of a character, or of the end, by line and column, as that of TOML does. */
function withLine(problem: string, text: string): string {
  // The parser of TOML says the place twice when it is behind a value.
  if (problem.startsWith("Parse error")) return problem.replace(/^(.*?: )\1/, "$1");
  const at = /^(Cannot parse JSONC): (.*?)(?: in JSONC)?(?: at position (\d+)|( input))$/.exec(problem);
  if (at === null) return problem;
  const before = text.slice(0, at[3] === undefined ? text.trimEnd().length : Number(at[3])).split("\n");
  return `${at[1]}: ${at[2]} on line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** By the ending of the name; else by the first characters that are no comment: TOML begins neither with `{` nor `[{`. */
function isJson(path: string, text: string): boolean {
  return /\.jsonc?$/i.test(path) ||
    (!/\.toml$/i.test(path) && /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*(?:\{|\[\s*[{\]/])/.test(text));
}

/** Keys that stand twice in an object of a JSON text: its parser takes the last. */
function saidTwiceInJson(text: string): string[] {
  const open: Set<string>[] = [];
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?|\/\/.*|\/\*[^]*?\*\/|[{}]/g)].flatMap((found) => {
    const [token, key, colon] = found;
    if (token === "{") open.push(new Set());
    if (token === "}") open.pop();
    const keys = open.at(-1);
    if (keys === undefined || colon === undefined) return [];
    if (!keys.has(key!)) return keys.add(key!), [];
    return [`line ${text.slice(0, found.index).split("\n").length}: "${key}" stands twice in one object`];
  });
}

/** Tables and keys that stand twice in a TOML text: its parser takes the last, or says something else. */
function saidTwiceInToml(text: string): string[] {
  if (/"""|'''/.test(text)) return [];
  let table = "";
  const seen = new Set<string>();
  return text.split("\n").flatMap((line, i) => {
    const list = /^\s*\[\[/.test(line), name = /^\s*\[+\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    const key = name === undefined ? /^\s*([\w-]+|"[^"]*"|'[^']*')\s*=/.exec(line)?.[1] : undefined;
    // Each [[relay]] is another table.
    if (name !== undefined) table = list || seen.has(`[${name}]`) ? `${name} ${i}` : name;
    const said = list ? undefined : name !== undefined ? `[${name}]` : key && `${key} of [${table}]`;
    if (said === undefined || !seen.has(said)) {
      if (said !== undefined) seen.add(said);
      return [];
    }
    return [
      `line ${i + 1}: ${name === undefined ? `"${key}" stands twice in one table` : `there are two tables ${said}`}`,
    ];
  });
}
