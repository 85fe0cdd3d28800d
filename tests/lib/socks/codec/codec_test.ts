import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../../lib/base/errors.ts";
import { parseHex } from "../../../../lib/base/hex.ts";
import { formatIp } from "../../../../lib/base/ip.ts";
import type { Parsed, SocksAddress } from "../../../../lib/socks/codec/address.ts";
import { socksAddress } from "../../../../lib/socks/codec/address.ts";
import {
  encodeReply4,
  encodeRequest4,
  NAME_LIMIT,
  parseReply4,
  parseRequest4,
  USER_ID_LIMIT,
} from "../../../../lib/socks/codec/socks4.ts";
import * as v5 from "../../../../lib/socks/codec/socks5.ts";

const octetText = (minLength: number, maxLength: number, noNul = false) =>
  fc.array(fc.integer({ min: noNul ? 1 : 0, max: 255 }), { minLength, maxLength }).map((codes) =>
    String.fromCharCode(...codes)
  );
const octet = fc.integer({ min: 0, max: 255 });
const port = fc.integer({ min: 0, max: 65535 });
const ipOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((b) => formatIp(b));
const ipv4: fc.Arbitrary<SocksAddress> = fc.record({ type: fc.constant("ipv4" as const), host: ipOf(4), port });
const ipv6: fc.Arbitrary<SocksAddress> = fc.record({ type: fc.constant("ipv6" as const), host: ipOf(16), port });
const named: fc.Arbitrary<SocksAddress> = fc.record({
  type: fc.constant("name" as const),
  host: octetText(1, 255),
  port,
});
const address = fc.oneof(ipv4, ipv6, named);

interface Case<T> {
  name: string;
  values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  parse(bytes: Uint8Array): Parsed<T> | undefined;
}

// One line for each message.
const MESSAGES = [
  {
    name: "Request4",
    values: fc.record({
      command: octet,
      userId: octetText(0, 64, true),
      address: fc.oneof(
        ipv4.filter((a) => !/^0\.0\.0\.[1-9]/.test(a.host)),
        named.filter((a) => !a.host.includes("\0")),
      ),
    }),
    encode: encodeRequest4,
    parse: parseRequest4,
  },
  { name: "Reply4", values: fc.record({ code: octet, address: ipv4 }), encode: encodeReply4, parse: parseReply4 },
  {
    name: "Greeting",
    values: fc.record({ methods: fc.array(octet, { maxLength: 255 }) }),
    encode: v5.encodeGreeting,
    parse: v5.parseGreeting,
  },
  {
    name: "MethodChoice",
    values: fc.record({ method: octet }),
    encode: v5.encodeMethodChoice,
    parse: v5.parseMethodChoice,
  },
  {
    name: "Login",
    values: fc.record({ user: octetText(0, 255), password: octetText(0, 255) }),
    encode: v5.encodeLogin,
    parse: v5.parseLogin,
  },
  { name: "LoginReply", values: fc.record({ status: octet }), encode: v5.encodeLoginReply, parse: v5.parseLoginReply },
  {
    name: "Request5",
    values: fc.record({ command: octet, address }),
    encode: v5.encodeRequest5,
    parse: v5.parseRequest5,
  },
  { name: "Reply5", values: fc.record({ code: octet, address }), encode: v5.encodeReply5, parse: v5.parseReply5 },
] as Case<unknown>[];

for (const { name, values, encode, parse } of MESSAGES) {
  Deno.test(`parse${name}() reads back what encode${name}() writes, whatever follows`, () => {
    fc.assert(fc.property(values, fc.uint8Array({ maxLength: 20 }), (value, after) => {
      const bytes = encode(value);
      const joined = new Uint8Array([...bytes, ...after]);
      assertEquals(parse(joined), { value, size: bytes.length });
    }));
  });

  Deno.test(`parse${name}() calls every cut of a message incomplete`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        for (let cut = 0; cut < bytes.length; cut++) assertEquals(parse(bytes.subarray(0, cut)), undefined);
      }),
      { numRuns: 40 },
    );
  });

  Deno.test(`parse${name}() refuses another version at its first octet`, () => {
    assertThrows(() => parse(Uint8Array.of(9)), FormatError, "9");
    assertEquals(parse(new Uint8Array(0)), undefined);
  });

  Deno.test(`parse${name}() gives a value, incomplete or a FormatError for any octets`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), fc.boolean(), (bytes, plausible) => {
      if (plausible && bytes.length > 0) bytes[0] = encode(fc.sample(values, 1)[0])[0]!;
      try {
        const parsed = parse(bytes);
        if (parsed !== undefined) assertEquals(parsed.size <= bytes.length, true);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }));
  });
}

Deno.test("what does not fit into a message, or would end it early, is a RangeError", () => {
  const long = "a".repeat(256), ip = { type: "ipv4", host: "192.0.2.1", port: 1 } as const;
  const name = (host: string) => ({ type: "name", host, port: 1 }) as const;
  for (
    const encode of [
      ...["a\0", "a".repeat(USER_ID_LIMIT + 1)].map((userId) => () =>
        encodeRequest4({ command: 1, address: ip, userId })
      ),
      ...[name(""), name("a\0"), name("a".repeat(NAME_LIMIT + 1)), { type: "ipv6", host: "::1", port: 1 } as const].map(
        (address) => () => encodeRequest4({ command: 1, address, userId: "" }),
      ),
      () => v5.encodeGreeting({ methods: new Array(256).fill(0) }),
      () => v5.encodeLogin({ user: long, password: "" }),
      () => v5.encodeLogin({ user: "", password: long }),
      ...[name(long), { ...ip, host: "::1" }, { ...ip, host: "a.test" }].map((address) => () =>
        v5.encodeRequest5({ command: 1, address })
      ),
    ]
  ) assertThrows(encode, RangeError);
});

Deno.test("parseUdpHeader() reads back what encodeUdpHeader() writes, and refuses every cut", () => {
  fc.assert(fc.property(octet, address, (fragment, address) => {
    const bytes = v5.encodeUdpHeader({ fragment, address });
    const joined = new Uint8Array([...bytes, 1, 2, 3]);
    assertEquals(v5.parseUdpHeader(joined), { value: { fragment, address }, size: bytes.length });
    for (let cut = 0; cut < bytes.length; cut++) {
      assertThrows(() => v5.parseUdpHeader(bytes.subarray(0, cut)), FormatError);
    }
  }));
});

Deno.test("parseRequest4() reads the example of the memo, and its 4a form", () => {
  assertEquals(parseRequest4(parseHex("04 01 00 50 7f 00 00 01 66 72 65 64 00"))?.value, {
    command: 1,
    address: { type: "ipv4", host: "127.0.0.1", port: 80 },
    userId: "fred",
  });
  assertEquals(parseRequest4(parseHex("04 01 00 50 00 00 00 07 00 61 2e 62 00"))?.value, {
    command: 1,
    address: { type: "name", host: "a.b", port: 80 },
    userId: "",
  });
  // 0.0.0.0 is an address, not the mark of 4a.
  assertEquals(parseRequest4(parseHex("04 02 00 00 00 00 00 00 00"))?.value.address.type, "ipv4");
});

Deno.test("parseRequest4() refuses endless strings as soon as they are too long", () => {
  const head = [4, 1, 0, 80, 0, 0, 0, 1];
  const long = (count: number) => new Uint8Array(count).fill(0x61);
  assertEquals(parseRequest4(new Uint8Array([...head, ...long(USER_ID_LIMIT)])), undefined);
  assertThrows(() => parseRequest4(new Uint8Array([...head, ...long(USER_ID_LIMIT + 1)])), FormatError);
  assertEquals(parseRequest4(new Uint8Array([...head, 0, ...long(NAME_LIMIT)])), undefined);
  assertThrows(() => parseRequest4(new Uint8Array([...head, 0, ...long(NAME_LIMIT + 1)])), FormatError);
  assertThrows(() => parseRequest4(new Uint8Array([...head, 0, 0])), FormatError, "empty");
});

Deno.test("parseRequest5() refuses version, reserved octet, address type and empty name as soon as they are seen", () => {
  assertThrows(() => v5.parseRequest5(parseHex("04")), FormatError, "not 4");
  assertThrows(() => v5.parseRequest5(parseHex("05 01 01")), FormatError, "reserved");
  assertThrows(() => v5.parseRequest5(parseHex("05 01 00 02")), FormatError, "address type 2");
  assertThrows(() => v5.parseRequest5(parseHex("05 01 00 03 00")), FormatError, "empty");
});

Deno.test("socksAddress() takes strict addresses as octets and everything else as a name", () => {
  assertEquals(socksAddress({ host: "127.0.0.1", port: 1 }).type, "ipv4");
  assertEquals(socksAddress({ host: "[::1]", port: 1 }), { type: "ipv6", host: "::1", port: 1 });
  assertEquals(socksAddress({ host: "127.1", port: 1 }).type, "name");
});
