// DHCP options that hold more than one value, times, and options in the fields before them.
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
    option(33, [192, 0, 2, 1, 10, 0, 0, 1, 198, 51, 100, 0, 10, 0, 0, 2]),
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
    "Static routes: 192.0.2.1 by 10.0.0.1, 198.51.100.0 by 10.0.0.2",
    "Relay agent information: circuit: eth0, remote end: 01ff",
    "Client's full name: hosta",
    "Client's full name: a.test",
    "Domain search: lab.test, inner.lab.test",
  ]);
});

/** A reply with these octets for the server's name, the boot file, and options behind message type ACK. */
const reply = (server: string, file: string, options: number[]) =>
  concat([
    Uint8Array.from([2, 1, 6, 0, ...new Uint8Array(40)]),
    latin1(server.padEnd(64, "\0")),
    latin1(file.padEnd(128, "\0")),
    Uint8Array.from([0x63, 0x82, 0x53, 0x63, 53, 1, 5, ...options, 255]),
  ]);

Deno.test("DHCP: times are told as a clock tells them, offsets with their side of UTC, flags by what they mean", () => {
  const bytes = reply("", "pxelinux.0", [
    ...[51, 4, 0, 0, 14, 16, 58, 4, 255, 255, 255, 255, 59, 4, 0, 1, 105, 24],
    ...[2, 4, 255, 255, 185, 176, 93, 4, 0, 7, 0, 16, 46, 1, 8, 61, 7, 255, 0, 0, 0, 1, 0, 3],
  ]);
  const { root } = dissectBytes("dhcp", bytes)[0]!;
  const fields = root.children ?? [];
  assertEquals(fields.find(({ name }) => name === "Boot file")?.meaning, "pxelinux.0");
  assertEquals(fields.find(({ name }) => name === "Server name")?.meaning, "not used");
  assertEquals(fields.filter(({ name }) => name === "Option").slice(1).map(({ meaning }) => meaning), [
    "Lease time: 1 hour",
    "Renewal time: for ever",
    "Rebinding time: 1 day 1 hour 40 minutes 40 seconds",
    "Time offset: 5 hours west of UTC",
    "Client architecture: x64 UEFI, x64 UEFI by HTTP",
    "NetBIOS node type: H: asks, then broadcasts",
    "Client identifier: 0003",
  ]);
});

Deno.test("DHCP: options in the fields of server name and boot file are read where option 52 says so", () => {
  const bytes = reply("\x0c\x05hosta\xff", "\x0f\x04test\xff", [52, 1, 3]);
  const { root } = dissectBytes("dhcp", bytes)[0]!;
  const held = (name: string) => root.children?.find((field) => field.name === name)?.children?.[0]?.meaning;
  assertEquals([held("Server name"), held("Boot file")], ["Host name: hosta", "Domain name: test"]);
});
