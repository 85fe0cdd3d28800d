import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Field } from "../../../lib/base/field.ts";
import { parseHex } from "../../../lib/base/hex.ts";
import { ednsRecord } from "../../../lib/dns/model.ts";
import { explainMessage } from "../../../lib/dns/explain.ts";
import { encodeMessage, parseMessage, recordOf } from "../../../lib/dns/message.ts";
import { parseName } from "../../../lib/dns/name.ts";
import { Rdata } from "../../../lib/dns/rdata.ts";
import { parseRdata } from "../../../lib/dns/rdata_text.ts";
import { CLASS, TYPE } from "../../../lib/dns/types.ts";
import type { GoldenRecord } from "../../helpers/dns_golden.ts";

const GOLDEN: readonly GoldenRecord[] = JSON.parse(
  await Deno.readTextFile(new URL("../../data/dns/records.json", import.meta.url)),
);
const www = parseName("www.example.test.");
const sample = encodeMessage({
  id: 4711,
  qr: true,
  rd: true,
  ra: true,
  headerRcode: 3,
  questions: [{ name: www, type: TYPE.MX, rdclass: CLASS.IN }],
  answers: [recordOf(www, 300, parseRdata(TYPE.MX, CLASS.IN, "10 mail.example.test."))],
  additionals: [ednsRecord({ dnssecOk: true, options: [{ code: 15, data: Uint8Array.of(0, 15, 104, 105) }] })],
});

function find(field: Field, name: string): Field | undefined {
  if (field.name === name) return field;
  for (const child of field.children ?? []) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Leaves in order, bits of one word once. Fails on gaps, overlaps, and ranges without a source. */
function assertWhole(root: Field, start: number, end: number): void {
  let at = start;
  const walk = (field: Field) => {
    assert(field.ref !== undefined || field.name === "Unread octets" || field.name === "Trailing octets", field.name);
    if (field.children !== undefined && field.children.length > 0) return field.children.forEach(walk);
    if (field.bits !== undefined && field.offset < at) return;
    assertEquals(field.offset, at, field.name);
    at += field.length;
  };
  root.children?.forEach(walk);
  assertEquals(at, end);
}

Deno.test("explainMessage() names every octet, with its source", () => {
  const tree = explainMessage(sample);
  assertWhole(tree, 0, sample.length);
  assertEquals(tree.meaning, "response QUERY rd ra NXDOMAIN, www.example.test. IN MX");
  assertEquals(find(tree, "RCODE")?.bits, [12, 4]);
  assertEquals(find(tree, "RCODE")?.meaning, "NXDOMAIN: the name does not exist");
  assertEquals(find(tree, "Answer record")?.meaning, "www.example.test. 300 IN MX 10 mail.example.test.");
  const exchange = find(tree, "Mail exchange")!;
  assertEquals(exchange.value, "mail.example.test.");
  assertEquals(exchange.children?.map(({ name, value, meaning }) => [name, value, meaning]), [
    ["Label length", 4, undefined],
    ["Label", "mail", undefined],
    ["Compression pointer", 16, "points to octet 16: example.test."],
  ]);
  assertEquals(find(tree, "DO")?.meaning, "DNSSEC records wanted");
  assertEquals(find(tree, "Option")?.meaning, "EDE: 15 (Blocked): (hi)");
});

Deno.test("explainMessage() counts from the start of the buffer it is given", () => {
  const shifted = new Uint8Array(sample.length + 9);
  shifted.set(sample, 5);
  const tree = explainMessage(shifted, 5, 5 + sample.length);
  assertEquals([tree.offset, tree.length], [5, sample.length]);
  assertWhole(tree, 5, 5 + sample.length);
  assertEquals(find(tree, "Mail exchange")?.children?.[2]?.meaning, "points to octet 16: example.test.");
});

Deno.test("explainMessage() goes up to where it breaks and says why, innermost", () => {
  for (let length = 0; length < sample.length; length++) {
    const tree = explainMessage(sample.subarray(0, length));
    assertWhole(tree, 0, length);
    const errors: Field[] = [];
    const walk = (field: Field) => {
      if (field.error !== undefined) errors.push(field);
      field.children?.forEach(walk);
    };
    walk(tree);
    assertEquals(errors.length, 1, `length ${length}`);
  }
});

Deno.test("explainMessage() explains what follows malformed data", () => {
  const bytes = encodeMessage({
    answers: [
      recordOf(www, 1, new Rdata(TYPE.A, CLASS.IN, Uint8Array.of(1, 2, 3))),
      recordOf(www, 1, parseRdata(TYPE.A, CLASS.IN, "192.0.2.1")),
    ],
  });
  const tree = explainMessage(bytes);
  assertWhole(tree, 0, bytes.length);
  const records = tree.children!.filter(({ name }) => name === "Answer record");
  assertEquals(records.length, 2);
  assert(find(records[0]!, "Data")?.error !== undefined);
  assertEquals(records[1]!.meaning, "www.example.test. 1 IN A 192.0.2.1");
});

Deno.test("mDNS's bit in the class is no other class", () => {
  const bytes = encodeMessage({ answers: [recordOf(www, 1, parseRdata(TYPE.A, CLASS.IN, "192.0.2.1"))] });
  bytes[bytes.length - 12] = 0x80;
  assertEquals(find(explainMessage(bytes), "Answer record")?.meaning, "www.example.test. 1 IN A 192.0.2.1");
});

Deno.test("flags are explained bit by bit, values of services in their parts", () => {
  const parts = (type: number, text: string) => {
    const bytes = encodeMessage({ answers: [recordOf(www, 1, parseRdata(type, CLASS.IN, text))] });
    const list: string[] = [];
    const walk = (field: Field) => {
      const value = field.value === undefined || typeof field.value === "object" ? "" : ` ${field.value}`;
      list.push(`${field.name}${value}${field.meaning === undefined ? "" : ` (${field.meaning})`}`);
      field.children?.forEach(walk);
    };
    find(explainMessage(bytes), "Data")!.children!.forEach(walk);
    return list;
  };
  assertEquals(parts(TYPE.DNSKEY, "257 3 15 AAAA").slice(0, 6), [
    "Flags 257 (KSK)",
    "Reserved 0 (zero)",
    "Zone key 1 (signs records of the zone)",
    "Revoked 0 (not revoked)",
    "Reserved 0 (zero)",
    "Secure entry point 1 (signs keys (KSK))",
  ]);
  assertEquals(parts(257, '128 issue "ca.test"').slice(0, 3), [
    "Flags 128",
    "Critical 1 (who does not know the tag must not issue)",
    "Reserved 0 (zero)",
  ]);
  assertEquals(
    parts(64, "1 . mandatory=alpn alpn=h2 port=53 ipv4hint=192.0.2.1,192.0.2.2").filter((part) =>
      /^(?:Mandatory|Protocol|Port|IPv4)/.test(part)
    ),
    [
      "Mandatory key 1 (alpn)",
      "Protocol length 2",
      'Protocol ("h2")',
      "Port 53",
      "IPv4 address 192.0.2.1",
      "IPv4 address 192.0.2.2",
    ],
  );
  assertEquals(parts(49, "AAIBY2/AuA=="), ["Identifier type 2 (DUID)", "Digest type 1 (SHA-256)", "Digest"]);
});

Deno.test("fields of records name the sections that define them", () => {
  const data = (type: number, text: string) => {
    const tree = explainMessage(encodeMessage({ answers: [recordOf(www, 1, parseRdata(type, CLASS.IN, text))] }));
    return find(tree, "Data")!;
  };
  const sections = (type: number, text: string) => data(type, text).children!.map(({ name, ref }) => `${name}: ${ref}`);
  assertEquals(sections(TYPE.RRSIG, "A 15 2 3600 20270101000000 20261201000000 4711 test. AAAA"), [
    "Type covered: RFC 4034 3.1.1",
    "Algorithm: RFC 4034 3.1.2",
    "Labels: RFC 4034 3.1.3",
    "Original TTL: RFC 4034 3.1.4",
    "Signature expiration: RFC 4034 3.1.5",
    "Signature inception: RFC 4034 3.1.5",
    "Key tag: RFC 4034 3.1.6",
    "Signer's name: RFC 4034 3.1.7",
    "Signature: RFC 4034 3.1.8",
  ]);
  // A CDS is a DS, a CDNSKEY a DNSKEY.
  assertEquals(sections(59, "4711 8 1 0102030405060708090A0B0C0D0E0F1011121314")[2], "Digest type: RFC 4034 5.1.3");
  assertEquals(sections(60, "257 3 15 AAAA")[2], "Algorithm: RFC 4034 2.1.3");
  assertEquals(sections(45, "10 1 2 192.0.2.38 AQNR")[3], "Gateway: RFC 4025 2.5");
  // Its last flag is not that of NSEC3.
  assertEquals(sections(51, "1 0 10 AB")[1], "Flags: RFC 5155 4.1.2");
  assertEquals(sections(51, "1 0 10 AB")[3], "Salt length: RFC 5155 4.1.4");
  assertEquals(find(data(51, "1 0 10 AB"), "Flags")!.children!.map(({ name }) => name), ["Reserved"]);
});

Deno.test("parameters of services that came after dig 9.18 are explained by name, their text stays dig's", () => {
  const said = (parameter: string) => {
    const rdata = parseRdata(TYPE.SVCB, CLASS.IN, `1 . ${parameter}`);
    const tree = explainMessage(encodeMessage({ qr: true, answers: [recordOf(www, 300, rdata)] }));
    const group = find(tree, "Parameter")!;
    return [
      find(group, "Key")!.meaning,
      group.meaning,
      group.children!.slice(2).map(({ name, value }) => [name, value]),
    ];
  };
  assertEquals(said("ohttp"), ["ohttp", "key8", []]);
  assertEquals(said("tls-supported-groups=29,23"), ["tls-supported-groups", 'key9="\\000\\029\\000\\023"', [
    ["Group", 29],
    ["Group", 23],
  ]]);
  assertEquals(said("docpath"), ["docpath", "key10", []]);
  assertEquals(said('docpath="a,b"')[2]!.length, 4);
  // Not of the key's form, which dig lets pass.
  assertEquals(said("key9=abc"), ["tls-supported-groups", 'key9="abc"', [["Value", Uint8Array.of(97, 98, 99)]]]);
});

Deno.test("EDNS options are explained in their parts, and as data where they are not of their form", () => {
  const names = (code: number, ...data: number[]) => {
    const bytes = encodeMessage({ additionals: [ednsRecord({ options: [{ code, data: Uint8Array.from(data) }] })] });
    const tree = explainMessage(bytes);
    assertWhole(tree, 0, bytes.length);
    return find(tree, "Option")!.children!.slice(2).map(({ name, children }) =>
      children === undefined ? name : `${name}: ${children.map((child) => child.name).join(", ")}`
    );
  };
  const eight = [1, 2, 3, 4, 5, 6, 7, 8];
  assertEquals(names(10, ...eight, 1, 0, 0, 0, 0x6b, 8, 0x59, 0xd7, ...eight), [
    "Client cookie",
    "Server cookie: Version, Reserved, Timestamp, Hash",
  ]);
  assertEquals(names(10, ...eight, 2, 0, 0, 0, ...eight, 9, 9, 9, 9), ["Client cookie", "Server cookie"]);
  assertEquals(names(5, 8, 13), ["Algorithm", "Algorithm"]);
  assertEquals(names(14, 1, 2, 3, 4), ["Key tag", "Key tag"]);
  assertEquals(names(18, 1, 97, 0), ["Agent domain: Label length, Label, Root label"]);
  assertEquals(names(18, 1, 97, 0, 0), ["Option data"]);
  assertEquals(names(18, 0xc0, 12), ["Option data"]);
  assertEquals(names(18, 9, 97), ["Option data"]);
  assertEquals(names(19, 2, 0, 0, 0, 0, 7), ["Label count", "Type", "Serial"]);
  assertEquals(names(19, 2, 1, 0), ["Label count", "Type", "Version"]);
  assertEquals(names(2, 0, 0, 0, 9), ["Lease"]);
  assertEquals(names(14, 1, 2, 3), ["Option data"]);
  assertEquals(names(1, ...eight, ...eight, 0, 0), ["Version", "Operation", "Error", "Identifier", "Lifetime"]);
  assertEquals(names(9, 0, 0, 1), ["Option data"]);
  assertEquals(names(9, 0, 0, 1, 0, 0), ["Option data"]);
});

Deno.test("any octets are explained without a gap", () => {
  const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0xc0, 0x0c, 0xff));
  const mutated = fc.tuple(
    fc.constantFrom(...GOLDEN.filter(({ wire }) => wire.length < 600)),
    fc.array(fc.tuple(fc.nat(120), octet), { maxLength: 5 }),
    fc.nat(400),
  ).map(([{ type, rdclass, wire }, changes, length]) => {
    const rdata = new Rdata(type, rdclass, parseHex(wire));
    const bytes = encodeMessage({
      questions: [{ name: www, type, rdclass }],
      answers: [recordOf(www, 60, rdata)],
      additionals: [ednsRecord({ options: [{ code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }] })],
    });
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes.slice(0, length);
  });
  const noise = fc.array(octet, { maxLength: 80 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(fc.oneof(mutated, mutated, noise), (bytes) => {
      const tree = explainMessage(bytes);
      assertWhole(tree, 0, bytes.length);
      // What a strict parse accepts has no error anywhere.
      let fine = true;
      try {
        parseMessage(bytes);
      } catch {
        fine = false;
      }
      const hasError = (field: Field): boolean => field.error !== undefined || (field.children ?? []).some(hasError);
      if (fine && (bytes[2]! >> 3 & 15) !== 5) assert(!hasError(tree), JSON.stringify(tree));
    }),
    { numRuns: 1500 },
  );
});
