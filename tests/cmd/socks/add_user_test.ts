// `--add-user` on files that are shared: by others who add users, by links, by a service of another user.
import { assertEquals } from "@std/assert";
import { inFolder } from "../../helpers/files.ts";
import { netlab } from "../../helpers/netlab.ts";

const add = async (name: string, users: string) => {
  const { status, stderr } = await netlab(["socks", "--add-user", name, "--users", users], { stdin: "secret\n" });
  assertEquals(status, 0, stderr);
};
const namesIn = (path: string) => Deno.readTextFileSync(path).trim().split("\n").map((line) => line.split(":", 1)[0]);

Deno.test({
  name: "socks: --add-user keeps what is added at the same time, a link, and permissions",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const users = `${dir}/users`, link = `${dir}/link`;
      await Deno.symlink("users", link);
      const names = ["ann", "bea", "cid", "dan"];
      await Promise.all(names.map((name, i) => add(name, i % 2 === 0 ? users : link)));
      assertEquals(namesIn(users).toSorted(), names);
      assertEquals((await Deno.stat(users)).mode! & 0o777, 0o600);
      await Deno.chmod(users, 0o640);
      if (Deno.uid() === 0) await Deno.chown(users, 1, 2);
      await add("eve", link);
      const { mode, uid, gid } = await Deno.stat(users);
      assertEquals(mode! & 0o777, 0o640);
      if (Deno.uid() === 0) assertEquals([uid, gid], [1, 2]);
      assertEquals((await Deno.lstat(link)).isSymlink, true);
      assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name).toSorted(), ["link", "users"]);
    }),
});

Deno.test({
  name: "socks: --add-user keeps a file's group in a folder that gives its own to new files",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn: () =>
    inFolder(async (dir) => {
      const users = `${dir}/users`;
      await add("ann", users);
      await Deno.chown(dir, 0, 2);
      await Deno.chmod(dir, 0o2755);
      await add("bea", users);
      assertEquals((await Deno.stat(users)).gid, Deno.gid());
      assertEquals(namesIn(users), ["ann", "bea"]);
    }),
});

Deno.test("socks: --add-user knows the first user behind a mark of byte order", () =>
  inFolder(async (dir) => {
    const users = `${dir}/users`;
    await add("ann", users);
    await Deno.writeTextFile(users, `\ufeff${await Deno.readTextFile(users)}`);
    await add("ann", users);
    assertEquals(namesIn(users), ["ann"]);
  }));
