import { assertEquals } from "@std/assert";
import { SecretLine } from "../../../cmd/socks/secret.ts";
import { netlabCommand, which } from "../../helpers/netlab.ts";

function typed(keys: string): [string, string, number] {
  const line = new SecretLine();
  let last = "more";
  for (const octet of new TextEncoder().encode(keys)) last = line.type(octet);
  return [last, line.text, line.length];
}

Deno.test("SecretLine takes characters, backspace, ^U, ^C and ^D", () => {
  assertEquals(typed("secret\r"), ["done", "secret", 6]);
  assertEquals(typed("sécr\x7f\bet\n"), ["done", "séet", 4]);
  assertEquals(typed("é\x7f\x7f\x7fa"), ["more", "a", 1]);
  assertEquals(typed("wrong\x15right\x04"), ["done", "right", 5]);
  assertEquals(typed("half\x03")[0], "interrupted");
});

const able = which("script") !== undefined && which("stty") !== undefined;

/** Runs `--add-user` on a terminal of its own, types whenever it asks, and lets the terminal say how it was left. */
async function onTerminal(users: string, ...answers: string[]): Promise<string> {
  const { program, args } = netlabCommand(["socks", "--add-user", "ann", "--users", users]);
  const quoted = [program, ...args].map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", `${quoted}; echo status $?; stty -a | grep -ow -e '-\\?echo' -e '-\\?icanon'`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let text = "", asked = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const questions = text.match(/(Password for ann|The same again): /g)?.length ?? 0;
    for (; asked < questions; asked++) await writer.write(new TextEncoder().encode(answers[asked]));
  }
  await writer.close().catch(() => {});
  await child.status;
  return text.replaceAll("\r", "");
}

Deno.test({
  name: `socks --add-user asks on a terminal${able ? "" : " [needs script and stty]"}`,
  ignore: !able,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "netlab-users-" });
    try {
      const users = `${folder}/users`;
      const given = await onTerminal(users, "sécret\r", "sécret\r");
      assertEquals(given.includes("sécret"), false, given);
      assertEquals(
        /Password for ann: \*{6}\nThe same again: \*{6}\nAdded user "ann"[^]*status 0\n/.test(given),
        true,
        given,
      );
      assertEquals(/^(-echo|-icanon)$/m.test(given), false, given);
      assertEquals((await Deno.readTextFile(users)).startsWith("ann:pbkdf2-sha256$"), true);
      const before = await Deno.readTextFile(users);
      const interrupted = await onTerminal(users, "sec\x03");
      assertEquals(interrupted.includes("status 130\n"), true, interrupted);
      assertEquals(/^(-echo|-icanon)$/m.test(interrupted), false, interrupted);
      const mistyped = await onTerminal(users, "secret\r", "sceret\r");
      assertEquals(/The two passwords differ[^]*status 2\n/.test(mistyped), true, mistyped);
      assertEquals(await Deno.readTextFile(users), before);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
