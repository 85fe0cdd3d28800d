import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../../lib/base/errors.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { ednsRecord, parseEdns } from "../../../lib/dns/model.ts";
import { EDNS_OPTIONS, optionCode, optionName, optionText } from "../../../lib/dns/edns_options.ts";
import { clientSubnetOption, edeName, parseClientSubnet, registeredEdeName } from "../../../lib/dns/records/options.ts";
import { encodeMessage, parseMessage } from "../../../lib/dns/message.ts";

const text = (code: number, data: string) => optionText({ code, data: parseHex(data) });

Deno.test("ednsRecord() and parseEdns() are inverse, over the wire too", () => {
  const edns = {
    udpSize: 4096,
    extendedRcode: 1,
    version: 3,
    flags: 0xc001,
    options: [{ code: 3, data: Uint8Array.of() }, { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
  };
  const record = ednsRecord(edns);
  assertEquals(parseEdns(record), { ...edns, dnssecOk: true });
  assertEquals(parseMessage(encodeMessage({ additionals: [record] })).edns, { ...edns, dnssecOk: true });
});

Deno.test("optionText() says what an option's data is", () => {
  assertEquals(text(3, "6865"), 'NSID: 68 65 ("he")');
  assertEquals(text(3, ""), "NSID");
  assertEquals(text(8, "00011800c00002"), "ECS: 192.0.2.0/24/0");
  assertEquals(text(8, "0002200020010db8"), "ECS: 2001:db8::/32/0");
  assertEquals(text(9, "00000e10"), "EXPIRE: 3600 (1 hour)");
  assertEquals(text(10, "0102030405060708"), "COOKIE: 0102030405060708");
  assertEquals(text(11, "0064"), "KEEPALIVE: 10.0 secs");
  assertEquals(text(12, "000000"), "PADDING: 3 octets");
  assertEquals(text(14, "00014a5c"), "KEY-TAG: 1, 19036");
  assertEquals(text(15, "000f1b5b6d"), "EDE: 15 (Blocked): (\\x1b[m)");
  assertEquals(text(15, "00ff"), "EDE: 255");
  assertEquals(text(4711, "411b"), 'OPT=4711: 41 1b ("A.")');
  assertEquals(text(9, "00"), 'EXPIRE: 00 (".")');
});

Deno.test("client subnets are checked against RFC 7871", () => {
  const subnet = { family: 1, sourceBits: 20, scopeBits: 0, address: Uint8Array.of(192, 0, 32) };
  assertEquals(parseClientSubnet(clientSubnetOption(subnet).data), subnet);
  for (const bad of ["0001", "00012100c0000201ff", "0003080001", "00011400c0002f", "0001180000", "00011800c0000201"]) {
    assertThrows(() => parseClientSubnet(parseHex(bad)), FormatError);
  }
});

Deno.test("names of options and of extended errors", () => {
  for (const { code, name } of EDNS_OPTIONS) {
    assertEquals(optionName(code), name);
    assertEquals(optionCode(name.toLowerCase()), code);
  }
  assertEquals(optionCode("PAD"), 12);
  assertEquals(optionCode("nothing"), undefined);
  assertEquals([edeName(0), edeName(24), edeName(30)], ["Other", "Invalid Data", undefined]);
  const registered = [0, 25, 30, 35, 36].map(registeredEdeName);
  assertEquals(registered, [
    "Other",
    "Signature Expired before Valid",
    "Invalid Query Type",
    "Blocked by Upstream DNS Server",
    undefined,
  ]);
});
