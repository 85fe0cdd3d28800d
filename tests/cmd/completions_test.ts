// Completions as the shells themselves make them of what is typed.
import { assertEquals } from "@std/assert";
import { interop, netlab } from "../helpers/netlab.ts";

const TYPED: readonly (readonly [words: string, completed: readonly string[]])[] = [
  ["netlab so", ["socks"]],
  ["netlab relay tls-l", ["tls-listen:"]],
  ["netlab relay tcp-listen:1234,fork,reusea", ["tcp-listen:1234,fork,reuseaddr"]],
  ["netlab relay - tls:host:443,caf", ["tls:host:443,cafile="]],
  ["netlab relay - tls:host:443,starttls=im", ["tls:host:443,starttls=imap"]],
  ["netlab relay --log js", ["json"]],
  ["netlab socks --no-socks4", ["--no-socks4", "--no-socks4a"]],
  ["netlab dig +showb", ["+showbadcookie", "+showbadversion"]],
  ["netlab dump --num", ["--number"]],
  ["netlab completions f", ["fish"]],
];

async function script(shell: string): Promise<string> {
  const { stdout } = await netlab(["completions", shell]);
  return stdout;
}

function run(program: string, code: string): string[] {
  const { success, stdout, stderr } = new Deno.Command(program, { args: ["-c", code] }).outputSync();
  assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

interop("completions: bash", ["bash"], async () => {
  const bash = await script("bash");
  for (const [typed, completed] of TYPED) {
    // Bash cuts words at these characters, too, and puts back what stands before.
    const words = typed.split(/ |([:=])/).filter((word) => word !== undefined && word !== "");
    const before = /[:=]/.test(typed) ? typed.slice(typed.lastIndexOf(" ") + 1).replace(/[^:=]*$/, "") : "";
    const found = run(
      "bash",
      `${bash}\nCOMP_WORDS=(${words.map(quote).join(" ")}); COMP_CWORD=${words.length - 1}\n` +
        `_netlab 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    assertEquals(found.map((word) => before + word).sort(), [...completed].sort(), typed);
  }
});

interop("completions: fish", ["fish"], async () => {
  const fish = await script("fish");
  for (const [typed, completed] of TYPED) {
    const found = run("fish", `${fish}\ncomplete -C ${quote(typed)}`).map((line) => line.split("\t")[0]!);
    assertEquals(found.sort(), [...completed].sort(), typed);
  }
});

interop("completions: zsh reads its own without complaint", ["zsh"], async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, await script("zsh"));
    assertEquals(run("zsh", `zsh -n ${quote(file)}`), []);
  } finally {
    await Deno.remove(file);
  }
});
