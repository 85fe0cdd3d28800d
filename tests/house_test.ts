// The rules of the house: which room may import which, no cycles, where the runtime may be touched, versions, stale docs.
import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../lib/base/version.ts";
import { remake } from "./tasks/reference.ts";
import config from "../deno.json" with { type: "json" };

const root = `${import.meta.dirname}/../`;

/** Rooms of lib, and the rooms that each may import beside itself; a command may import all. To add a room: a line here. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "lib/base": [],
  "lib/options": ["lib/base"],
  "lib/stream": ["lib/base"],
  "lib/socks": ["lib/base", "lib/stream"],
  "lib/dns": ["lib/base", "lib/stream"],
  "lib/dissect": ["lib/base", "lib/dns", "lib/socks"],
  "lib/capture": ["lib/base", "lib/dissect"],
  "lib/dial": ["lib/base", "lib/stream", "lib/socks"],
  "lib/address": ["lib/base", "lib/options", "lib/stream", "lib/dial"],
  "lib/observe": ["lib/base", "lib/options", "lib/stream", "lib/dissect", "lib/capture"],
  "lib/relay": ["lib/base", "lib/options", "lib/stream", "lib/address"],
};

/** Gives the modules of `node:*` that only compute to everybody. */
const COMPUTES = "lib/base/builtin.ts";
/** Where the rest of `Deno.*` and `node:*` may stand. */
const SYSTEM = /^(lib\/(stream|dial|address|capture\/file|capture\/live)\/|cmd\/|main\.ts$)/;

interface Source {
  path: string;
  text: string;
  imports: string[];
  /** Those that are loaded when they are asked for, by a name that the runtime does not follow. */
  late: string[];
}

/** The code of a folder, or the one file of this path. */
async function* files(folder: string): AsyncGenerator<string> {
  if (folder.endsWith(".ts")) return yield folder;
  for await (const entry of Deno.readDir(root + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* files(path);
    else if (path.endsWith(".ts") && !path.endsWith(".d.ts")) yield path;
  }
}

/** The path of `specifier` imported from `path`, from the root; `undefined` for packages. */
function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

async function sources(folders: readonly string[] = ["lib", "cmd"]): Promise<Source[]> {
  const list: Source[] = [];
  for (const folder of folders) {
    for await (const path of files(folder)) {
      const text = await Deno.readTextFile(root + path);
      const imports = [
        ...text.matchAll(
          /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+"([^"]+)"|(?:^|\n)import\s+"([^"]+)"|\bimport\("([^"]+)"\)/g,
        ),
      ]
        .map((match) => (match[1] ?? match[2] ?? match[3])!);
      const late = [...text.matchAll(/\bimport\(\s*import\.meta\.resolve\(\s*"([^"]+)"/g)].map((match) => match[1]!);
      list.push({ path, text, imports: [...imports, ...late], late });
    }
  }
  return list;
}

/** Of each file those that it imports, types and what is loaded late as well. */
async function importGraph(): Promise<Map<string, string[]>> {
  return new Map((await sources()).map(({ path, imports }) => [
    path,
    imports.flatMap((specifier) => resolve(path, specifier) ?? []),
  ]));
}

const roomOf = (path: string) => path.startsWith("lib/") ? path.split("/").slice(0, 2).join("/") : path.split("/")[0]!;

/** `cmd/dig.ts` and what stands in `cmd/dig/` are one command, and never import another; the help knows the flags of all. */
const commandOf = (path: string) => path.replace(/^cmd\/([a-z]+).*/, "$1");

Deno.test("imports go down only", async () => {
  const wrong: string[] = [];
  for (const { path, imports } of await sources()) {
    for (const specifier of imports) {
      const target = resolve(path, specifier);
      if (target === undefined) continue;
      const from = roomOf(path), to = roomOf(target);
      if (from === "cmd") {
        if (to === "cmd" && commandOf(path) !== commandOf(target) && path !== "cmd/help.ts") {
          wrong.push(`${path} -> ${target}`);
        }
        continue;
      }
      if (from === to) continue;
      if (!(MAY_IMPORT[from] ?? []).includes(to)) wrong.push(`${path} -> ${target}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("what explains octets reaches nothing that opens a connection", async () => {
  const graph = await importGraph();
  const reached = new Set([...graph.keys()].filter((path) => roomOf(path) === "lib/dissect"));
  for (const path of reached) for (const next of graph.get(path) ?? []) reached.add(next);
  assertEquals([...reached].filter((path) => SYSTEM.test(path)), []);
});

Deno.test("imports make no cycle", async () => {
  const graph = await importGraph();
  const done = new Set<string>(), cycles: string[] = [];
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("an executable has in it what is loaded by a name that the runtime does not follow, and names nothing else", async () => {
  const late = new Set<string>();
  for (const source of await sources(["lib", "cmd", "main.ts"])) {
    for (const specifier of source.late) late.add(resolve(source.path, specifier)!);
  }
  for (const path of late) assert((await Deno.stat(root + path)).isFile, path);
  assertEquals(config.compile.include.toSorted(), [...late].sort(), "deno.json: compile.include");
});

Deno.test("the runtime is touched only where the house allows it", async () => {
  const wrong: string[] = [];
  for (const { path, text, imports } of await sources()) {
    if (SYSTEM.test(path) || path === COMPUTES) continue;
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, "");
    if (/\bDeno\.(?!errors)/.test(code)) wrong.push(`${path}: Deno.*`);
    for (const specifier of imports) if (specifier.startsWith("node:")) wrong.push(`${path}: ${specifier}`);
    if (/\bprocess\./.test(code)) wrong.push(`${path}: process.*`);
  }
  assertEquals(wrong, []);
});

Deno.test("a function or constant that a file exports is used by another one", async () => {
  const users = await sources(["lib", "cmd", "tests", "main.ts"]);
  const importers = new Map<string, string[]>();
  for (const { path, text } of users) {
    for (const [, specifier] of text.matchAll(/"(\.\.?\/[^"]+\.ts)"/g)) {
      const target = resolve(path, specifier!)!;
      importers.set(target, [...importers.get(target) ?? [], text]);
    }
  }
  const wrong = users.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async function\*?|function\*?|const|let) (\w+)/gm)]
      .map((match) => match[1]!)
      .filter((name) => !importers.get(path)?.some((other) => new RegExp(`\\b${name}\\b`).test(other)))
      .map((name) => `${path}: ${name}`)
  );
  assertEquals(wrong, []);
});

Deno.test("a function or class that a file exports says what it does; a file begins with what it is", async () => {
  const wrong: string[] = [];
  for (const { path, text } of await sources()) {
    const lines = text.split("\n");
    if (!lines[0]!.startsWith("//")) wrong.push(path);
    for (const [i, line] of lines.entries()) {
      const name = /^export (?:async |abstract )*(?:function\*?|class) (\w+)/.exec(line)?.[1];
      if (name === undefined || /\*\/$|^\/\//.test(lines[i - 1]!)) continue;
      // A second form of an overloaded function has the first one's words.
      if (!text.slice(0, text.indexOf(line)).includes(`export function ${name}`)) wrong.push(`${path}: ${name}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("a file that a comment names is there", async () => {
  const all = await sources(["lib", "cmd", "tests", "main.ts"]);
  const names = new Set(all.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)));
  const wrong = all.flatMap(({ path, text }) =>
    [...text.matchAll(/^\s*(?:\/\/|\/?\*).*$/gm)]
      .flatMap(([comment]) => [...comment.matchAll(/(\w+\.ts)\b/g)].map((match) => match[1]!))
      .filter((name) => !names.has(name))
      .map((name) => `${path}: ${name}`)
  );
  assertEquals(wrong, []);
});

Deno.test("the README's reference tables are those of the schemas", async () => {
  const page = await Deno.readTextFile(root + "README.md");
  assert(remake(page) === page, "The README is stale: run `deno task docs`");
});

Deno.test("a link of a page leads to a heading or a file that is there", async () => {
  const pages = ["README.md", ".github/CONTRIBUTING.md"];
  const texts = new Map<string, string>();
  for (const page of pages) texts.set(page, await Deno.readTextFile(root + page));
  // As GitHub makes an anchor of a heading.
  const anchors = (text: string) =>
    [...text.matchAll(/^#+ (.*)$/gm)].map((match) =>
      match[1]!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
    );
  const wrong = [...texts].flatMap(([page, text]) =>
    [...text.matchAll(/\]\(([^)#:]*)#?([^)]*)\)/g)]
      .filter(([, file, anchor]) => {
        const target = texts.get(file === "" ? page : file!);
        return target === undefined || anchor !== "" && !anchors(target).includes(anchor!);
      })
      .map(([link]) => `${page}: ${link}`)
  );
  assertEquals(wrong, []);
});

Deno.test("the program and deno.json tell the same version", () => {
  assertEquals(VERSION, config.version);
});
