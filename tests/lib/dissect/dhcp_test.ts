// DHCP options that hold more than one value.
import { assertEquals } from "@std/assert";
import { concat, latin1 } from "../../../lib/base/bytes.ts";
import { dissectBytes } from "../../../lib/dissect/follow/bare.ts";

Deno.test("DHCP: routes, relay information, full names and search lists are taken apart", () => {
  const option = (code: number, ...parts: (number[] | string)[]) => {
    const body = concat(parts.map((part) => typeof part === "string" ? latin1(part) : Uint8Array.from(part)));
    return Uint8Array.from([code, body.length, ...body]);
  };
  const bytes = concat([
    Uint8Array.from([2, 1, 6, 0, ...new Uint8Array(232), 0x63, 0x82, 0x53, 0x63, 53, 1, 5]),
    option(121, [24, 192, 0, 2, 10, 0, 0, 1, 0, 10, 0, 0, 254]),
    option(82, [1, 4], "eth0", [2, 2, 1, 255]),
    option(81, [1, 0, 0], "hosta"),
    option(81, [5, 0, 0], "\x01a\x04test\0"),
    option(119, "\x03lab\x04test\0\x05inner\xc0\0"),
    Uint8Array.of(255),
  ]);
  const { root } = dissectBytes("dhcp", bytes)[0]!;
  const options = (root.children ?? []).filter((field) => field.name === "Option").map((field) => field.meaning);
  assertEquals(options, [
    "Message type: ACK",
    "Classless static routes: 192.0.2.0/24 by 10.0.0.1, 0.0.0.0/0 by 10.0.0.254",
    "Relay agent information: circuit: eth0, remote end: 01ff",
    "Client's full name: hosta",
    "Client's full name: a.test",
    "Domain search: lab.test, inner.lab.test",
  ]);
});
