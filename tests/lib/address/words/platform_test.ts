import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../../lib/base/errors.ts";
import { ADDRESS_TYPES, parseEndpoint } from "../../../../lib/address/list.ts";
import { refuseMissing } from "../../../../lib/address/words/platform.ts";

const refusal = (os: string, name: string, params: string[] = ["x"], options: Record<string, unknown> = {}) => {
  try {
    refuseMissing(os, { text: `${name.toLowerCase()}:x`, name, params }, options);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

Deno.test("refuseMissing() refuses on Windows every name of what is not there, and nothing else", () => {
  const refused = ADDRESS_TYPES.filter(({ names }) => refusal("windows", names[0]!) !== undefined);
  for (const { names } of refused) {
    for (const name of names) assertStringIncludes(refusal("windows", name)!, "on Windows");
  }
  const kept = ADDRESS_TYPES.filter((type) => !refused.includes(type)).flatMap(({ names }) => names);
  assertEquals(kept.filter((name) => refusal("windows", name) !== undefined), []);
  assertEquals(
    refused.map(({ names }) => names[0]!.replace(/-.*/, "")).filter((name, i, all) => all.indexOf(name) === i).sort(),
    ["ACCEPT", "FD", "PIPE", "PTY", "UNIX", "VSOCK"],
  );
});

Deno.test("refuseMissing() lets an unnamed pipe be, and options that are off", () => {
  assertEquals(refusal("windows", "PIPE", []), undefined);
  assertEquals(refusal("windows", "EXEC", ["cmd"], { pty: false, su: undefined }), undefined);
  assertThrows(
    () => refuseMissing("windows", { text: "exec:cmd,pty", name: "EXEC", params: ["cmd"] }, { pty: true }),
    UsageError,
    'Option "pty" in address "exec:cmd,pty" does not exist here: netlab has no pseudo-terminals on Windows',
  );
});

Deno.test("refuseMissing() knows what macOS and Linux have", () => {
  assertEquals(ADDRESS_TYPES.flatMap(({ names }) => names).filter((name) => refusal("linux", name) !== undefined), []);
  const onMac = ADDRESS_TYPES.flatMap(({ names }) => names).filter((name) => refusal("darwin", name) !== undefined);
  assertEquals(onMac.filter((name) => !name.startsWith("ABSTRACT")), []);
  assertEquals(onMac.length > 1, true);
});

Deno.test("refuseMissing() knows options that one system alone has", () => {
  const file = (os: string, option: string) => refusal(os, "OPEN", ["x"], { [option]: true });
  for (const option of ["f-setpipe-sz", "netns", "noatime", "direct"]) {
    assertEquals(file("linux", option), undefined);
    assertStringIncludes(file("darwin", option)!, "on macOS");
    assertStringIncludes(file("windows", option)!, "on Windows");
  }
  assertStringIncludes(file("windows", "setlk")!, "(flock and flock-nb lock a whole file)");
  for (const option of ["setlk", "nofollow", "flock"]) assertEquals(file("darwin", option), undefined);
  assertEquals(file("windows", "flock-nb"), undefined);
});

Deno.test("parseEndpoint() judges an address for another system: its paths, and what it has not", () => {
  assertEquals(parseEndpoint("C:\\data\\x.bin,trunc", { os: "windows" }).type.names.includes("GOPEN"), true);
  assertThrows(() => parseEndpoint("C:\\data\\x.bin", { os: "linux" }), UsageError, "Unknown address type");
  assertThrows(
    () => parseEndpoint("tcp:h:1,netns=x", { os: "windows" }),
    UsageError,
    "no network namespaces on Windows",
  );
  assertThrows(() => parseEndpoint("exec:cat,netns=x", { os: "darwin" }), UsageError, "no network namespaces on macOS");
});
