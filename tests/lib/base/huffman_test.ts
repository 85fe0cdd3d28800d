import { assertEquals, assertThrows } from "@std/assert";
import { utf8Text } from "../../../lib/base/bytes.ts";
import { FormatError } from "../../../lib/base/errors.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { decodeHuffman } from "../../../lib/base/huffman.ts";

Deno.test("decodeHuffman() reads the examples of RFC 7541 C.4 and C.6", () => {
  assertEquals(utf8Text(decodeHuffman(parseHex("f1e3c2e5f23a6ba0ab90f4ff"))), "www.example.com");
  assertEquals(utf8Text(decodeHuffman(parseHex("a8eb10649cbf"))), "no-cache");
  assertEquals(
    utf8Text(decodeHuffman(parseHex("d07abe941054d444a8200595040b8166e082a62d1bff"))),
    "Mon, 21 Oct 2013 20:13:21 GMT",
  );
});

Deno.test("decodeHuffman() refuses padding that is no prefix of the end symbol", () => {
  assertThrows(() => decodeHuffman(parseHex("a8eb10649cbfff")), FormatError);
  assertThrows(() => decodeHuffman(parseHex("ffffffff")), FormatError);
});
