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

/** The octets 0 to 255 as another implementation (python-hpack) encodes them. */
const ALL_OCTETS = `
  ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffffffdfffffebfffffecfffffedff
  fffeefffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffc
  abf1febfafefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe4
  5fff4719242cb34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fff
  daffffb7ffff73fffeeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9ffffc
  dffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd3fffdeffffd5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe
  0ffff17fffedffff87ffff77fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3ffff3fffff2ffffa3fff
  fd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8fffffb7fff97fff8fffffe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2ff
  fffd1fffff4ffffffefffffe3fffffc9fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4fffff
  5fffffabffffa7ffffd7fffff9bffffecfffffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7ffffff0ff
  fffbbf
`;

Deno.test("decodeHuffman() knows the code of every octet", () => {
  assertEquals([...decodeHuffman(parseHex(ALL_OCTETS))], Array.from({ length: 256 }, (_, i) => i));
});
