import { assertEquals } from "@std/assert";
import { confOfParameters } from "../../../cmd/dig/windows.ts";
import { latin1 } from "../../../lib/base/bytes.ts";

/** An element of the list of servers: the next one's address, and text. */
function element(next: bigint, address: string, into: Uint8Array = new Uint8Array(24), at = 0): Uint8Array {
  new DataView(into.buffer).setBigUint64(at, next, true);
  into.set(latin1(`${address}\0`), at + 8);
  return into;
}

function info(domain: string, next: bigint, address: string): Uint8Array {
  const bytes = new Uint8Array(600);
  bytes.set(latin1("host\0"), 0);
  bytes.set(latin1(`${domain}\0`), 132);
  return element(next, address, bytes, 272);
}

const nothing = () => {
  throw new Error("nothing is there");
};

Deno.test("confOfParameters() gives domain and servers in their order", () => {
  const others = new Map([[16n, element(32n, "192.0.2.2")], [32n, element(0n, "192.0.2.3")]]);
  assertEquals(
    confOfParameters(info("corp.test", 16n, "192.0.2.1"), (pointer) => others.get(pointer)!),
    "search corp.test\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n",
  );
});

Deno.test("confOfParameters() of a machine that is set up with nothing is empty", () => {
  assertEquals(confOfParameters(info("", 0n, ""), nothing), "");
});

Deno.test("confOfParameters() ends with a list that does not", () => {
  const again = element(16n, "192.0.2.1");
  assertEquals(confOfParameters(info("", 16n, "192.0.2.1"), () => again).split("\n").length, 17);
});
