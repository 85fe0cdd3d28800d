import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseAncillary } from "../../../../lib/stream/libc/ancillary.ts";

/** A control message: length, level, type, data, padding. */
function message(level: number, type: number, data: readonly number[]): number[] {
  const bytes = new Uint8Array(16 + ((data.length + 7) & ~7));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(16 + data.length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  bytes.set(data, 16);
  return [...bytes];
}

const facts = (octets: readonly number[]) =>
  parseAncillary(Uint8Array.from(octets), (index) => `if${index}`).map(({ message, name, value }) =>
    `${message}: ${name}=${value}`
  );

Deno.test("parseAncillary() names what the system tells of a datagram", () => {
  assertEquals(
    facts([
      ...message(0, 2, [53, 0, 0, 0]),
      ...message(0, 1, [7]),
      ...message(0, 6, [1, 0, 0, 0]),
      ...message(0, 8, [1, 0, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2]),
      ...message(41, 52, [35, 0, 0, 0]),
      ...message(41, 67, [0xaa, 0, 0, 0]),
      ...message(99, 99, [1, 2, 3]),
    ]),
    [
      "IP_TTL: ttl=53",
      "IP_TOS: tos=7",
      "IP_OPTIONS: options=x01000000",
      "IP_PKTINFO: if=if1",
      "IP_PKTINFO: locaddr=127.0.0.1",
      "IP_PKTINFO: dstaddr=127.0.0.2",
      "IPV6_HOPLIMIT: hoplimit=35",
      "IPV6_TCLASS: tclass=x000000aa",
    ],
  );
});

Deno.test({
  name: "parseAncillary() writes a time as the system does: of summer and winter, with a day of one digit",
  ignore: Deno.build.os !== "linux",
  async fn() {
    for (const [seconds, micros] of [[1_700_000_000, 7], [1_688_169_600, 999_999], [0, 0], [4_102_444_799, 120]]) {
      const data = new Uint8Array(new BigInt64Array([BigInt(seconds!), BigInt(micros!)]).buffer);
      const { stdout } = await new Deno.Command("date", {
        args: ["-d", `@${seconds}`, "+%a %b %e %H:%M:%S %Y"],
        env: { LC_ALL: "C" },
      }).output();
      const expected = new TextDecoder().decode(stdout).trim();
      assertEquals(facts(message(1, 29, [...data])), [
        `SCM_TIMESTAMP: timestamp=${expected}, ${String(micros).padStart(6, "0")} usecs`,
      ]);
    }
  },
});

Deno.test("parseAncillary() takes any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => void facts([...octets])));
  const whole = [...message(0, 2, [53, 0, 0, 0]), ...message(0, 1, [7])];
  for (let length = 0; length < whole.length; length++) facts(whole.slice(0, length));
});
