import { assertEquals, assertThrows } from "@std/assert";
import { RotatingFile, timeName } from "../../../../lib/capture/file/rotate.ts";

async function names(run: (folder: string) => void): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    run(folder);
    const found: Record<string, string> = {};
    for (const { name } of Deno.readDirSync(folder)) found[name] = Deno.readTextFileSync(`${folder}/${name}`);
    return Object.fromEntries(Object.entries(found).sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const text = (words: string) => new TextEncoder().encode(words);

Deno.test("RotatingFile begins another file, with its head, after so many octets", async () => {
  assertEquals(
    await names((folder) => {
      const file = new RotatingFile({ path: `${folder}/f`, size: 5 }, () => text("H"));
      for (const block of ["aaa", "bbb", "ccc", "ddd", "eee"]) file.write(text(block), 0);
      file.close();
    }),
    { f: "Haaabbb", f1: "Hcccddd", f2: "Heee" },
  );
});

Deno.test("RotatingFile keeps as many files as asked, the newest", async () => {
  assertEquals(
    await names((folder) => {
      const file = new RotatingFile({ path: `${folder}/f`, size: 1, count: 2 }, () => text(""));
      for (const block of ["aa", "bb", "cc"]) file.write(text(block), 0);
      file.close();
    }),
    { f0: "cc", f1: "bb" },
  );
});

Deno.test("RotatingFile names files as tcpdump does, tells what is finished, and what cannot be written", async () => {
  for (const [count, expected] of [[1, ["f"]], [10, ["f0", "f1", "f2"]], [11, ["f00", "f01", "f02"]]] as const) {
    const finished: string[] = [];
    const found = await names((folder) => {
      const done = (name: string) => void finished.push(name.slice(folder.length + 1));
      const file = new RotatingFile({ path: `${folder}/f`, size: 1, count, finished: done }, () => text(""));
      for (const block of ["aa", "bb", "cc"]) file.write(text(block), 0);
      file.close();
    });
    assertEquals(Object.keys(found), [...expected]);
    assertEquals(finished, count === 1 ? ["f", "f"] : [...expected.slice(0, 2)]);
  }
  assertThrows(
    () => new RotatingFile({ path: "/nowhere/f" }, () => text("")).open(0),
    Error,
    'Cannot write "/nowhere/f": ',
  );
});

Deno.test("RotatingFile begins another file after so many seconds, and ends after so many files", async () => {
  const finished: string[] = [];
  assertEquals(
    await names((folder) => {
      const full = (name: string) => void finished.push(name.slice(folder.length + 1));
      const options = { path: `${folder}/f`, seconds: 10, count: 2, finished: full };
      const file = new RotatingFile(options, () => text("H"));
      for (const [block, at] of [["a", 100], ["b", 109], ["c", 110], ["d", 125]] as const) file.write(text(block), at);
      assertEquals(file.done, true);
      file.close();
    }),
    { f: "Hab", f1: "Hc" },
  );
  assertEquals(finished, ["f", "f1"]);
});

Deno.test("RotatingFile counts the seconds from when it is told", async () => {
  assertEquals(
    await names((folder) => {
      const file = new RotatingFile({ path: `${folder}/f`, seconds: 10, since: 100 }, () => text("H"));
      for (const [block, at] of [["a", 108], ["b", 111]] as const) file.write(text(block), at);
      file.close();
    }),
    { f: "Ha", f1: "Hb" },
  );
});

Deno.test("RotatingFile numbers the files of the same seconds, under the time of the first", async () => {
  const stamp = (at: number) => timeName("%S", at);
  assertEquals(
    await names((folder) => {
      const options = { path: `${folder}/%S-f`, seconds: 10, size: 1, count: 2 };
      const file = new RotatingFile(options, () => text(""));
      for (const [block, at] of [["aa", 100], ["bb", 101], ["cc", 102], ["dd", 111]] as const) {
        file.write(text(block), at);
      }
      file.close();
    }),
    { [`${stamp(100)}-f0`]: "cc", [`${stamp(100)}-f1`]: "bb", [`${stamp(111)}-f0`]: "dd" },
  );
});

Deno.test("timeName() is strftime's in local time", () => {
  const date = new Date(2024, 1, 3, 4, 5, 6);
  assertEquals(timeName("x-%Y%m%d-%H%M%S-%j-%%.pcapng", date.getTime() / 1000), "x-20240203-040506-034-%.pcapng");
  assertEquals(
    timeName("%F %T %D %R %a %A %b %B %e %I %p %u %w %C %y %Q %", date.getTime() / 1000),
    "2024-02-03 04:05:06 02/03/24 04:05 Sat Saturday Feb February  3 04 AM 6 6 20 24 %Q %",
  );
});
