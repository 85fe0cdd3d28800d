import { assertEquals } from "@std/assert";
import { constants as files } from "node:fs";
import { constants as system } from "node:os";
import { cString, findLibc, stacked, unstacked } from "../../../../lib/stream/libc/libc.ts";
import { NUMBERS, numbersOf } from "../../../../lib/stream/libc/numbers.ts";

const unix = Deno.build.os === "linux" || Deno.build.os === "darwin";

Deno.test({
  name: "the numbers of this system are those that the runtime was built with",
  ignore: !unix,
  fn() {
    const theirs: Record<string, number> = { ...system.errno, ...(files as unknown as Record<string, number>) };
    const ours = Object.entries(NUMBERS).filter(([name]) => theirs[name] !== undefined);
    // Some of Linux's flags differ on ARM, and the runtime's table has those of x86_64.
    const same = Deno.build.arch === "x86_64" || Deno.build.os === "darwin"
      ? ours
      : ours.filter(([name]) => !/^O_(DIRECT|DIRECTORY|NOFOLLOW)$/.test(name));
    assertEquals(same.length > 15, true);
    for (const [name, number] of same) assertEquals([name, number], [name, theirs[name]]);
  },
});

Deno.test("numbersOf() differs between systems and processors where they do", () => {
  const [x86, arm, mac] = [numbersOf("linux", "x86_64"), numbersOf("linux", "aarch64"), numbersOf("darwin", "aarch64")];
  const different = Object.keys(x86).filter((name) => x86[name as "EAGAIN"] !== arm[name as "EAGAIN"]);
  assertEquals(different.sort(), ["O_DIRECT", "O_DIRECTORY", "O_NOFOLLOW"]);
  assertEquals(mac, numbersOf("darwin", "x86_64"));
  assertEquals([mac.AF_INET6, mac.SOL_SOCKET, mac.EAGAIN], [30, 0xffff, 35]);
});

Deno.test("stacked() fills the registers before variable arguments, and leaves other functions alone", () => {
  const close = { parameters: ["i32"], result: "i32" } as const;
  const { fcntl_number, close: untouched } = stacked({
    close,
    fcntl_number: { name: "fcntl", parameters: ["i32", "i32", "i32"], result: "i32" } as const,
  });
  assertEquals(untouched, close);
  assertEquals(fcntl_number.parameters as readonly string[], ["i32", "i32", ...Array(6).fill("i64"), "i64"]);
  assertEquals(fcntl_number.name, "fcntl");
  const seen: unknown[][] = [];
  const call = unstacked("fcntl_number", (...args: unknown[]) => seen.push(args)) as (...args: number[]) => void;
  call(3, 4, 5);
  assertEquals(seen, [[3, 4, 0, 0, 0, 0, 0, 0, 5]]);
});

Deno.test({
  name: "variable arguments arrive: a descriptor's flags are what was set, a new file has its mode",
  ignore: !unix,
  fn() {
    const { call, n } = findLibc()!;
    const folder = Deno.makeTempDirSync();
    try {
      const path = `${folder}/file`;
      const fd = call.open(cString(path), n.O_RDWR | n.O_CREAT | n.O_CLOEXEC, 0o600);
      assertEquals(fd >= 0, true);
      call.fcntl_number(fd, 4, n.O_NONBLOCK | n.O_APPEND);
      const flags = call.fcntl_number(fd, 3, 0);
      assertEquals(flags & (n.O_NONBLOCK | n.O_APPEND), n.O_NONBLOCK | n.O_APPEND);
      call.fcntl_number(fd, 4, 0);
      assertEquals(call.fcntl_number(fd, 3, 0) & (n.O_NONBLOCK | n.O_APPEND), 0);
      call.fcntl_number(fd, 2, 0);
      assertEquals(call.fcntl_number(fd, 1, 0), 0);
      call.close(fd);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
