// Frames made by hand (tests/helpers/frames), whole and with errors in them: what they are, no octet without a field,
// and what tells protocols apart that have little of their own.
import { assert, assertEquals } from "@std/assert";
import type { Field } from "../../../lib/base/field.ts";
import { dissectPacket, PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { explainLines } from "../../../lib/dissect/view/octets.ts";
import { FRAMES } from "../../helpers/frames/all.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";

const ETHERNET = 1;

function leaves(field: Field, seen: Uint8Array): void {
  const children = field.children ?? [];
  if (children.length === 0 || field.buffer !== undefined) {
    seen.fill(1, field.offset, field.offset + field.length);
  } else for (const child of children) leaves(child, seen);
}

function everyField(fields: readonly Field[], visit: (field: Field) => void): void {
  for (const field of fields) {
    visit(field);
    everyField(field.children ?? [], visit);
  }
}

function check(bytes: Uint8Array): void {
  const { fields } = dissectPacket(ETHERNET, bytes);
  const seen = new Uint8Array(bytes.length);
  for (const field of fields) leaves(field, seen);
  assertEquals(seen.indexOf(0), -1, `octet ${seen.indexOf(0)} is in no field`);
  everyField(fields, (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
  explainLines(fields, bytes, { rows: 2 });
}

Deno.test("frames by hand are explained, and with errors in them, ten times each", () => {
  for (const bytes of Object.values(FRAMES)) {
    check(bytes);
    for (let seed = 1; seed <= 10; seed++) check(mutate(bytes, numbers(seed * 7919)));
  }
});

/** Frame: what it is said to be, layers and all. */
const SAID: Readonly<Record<string, string>> = {};

for (const [name, said] of Object.entries(SAID)) {
  Deno.test(`frame "${name}" is said to be what it is`, () => {
    const { facts, messages, summary, fields } = new PacketDissector().dissect(ETHERNET, FRAMES[name]!);
    const words = messages.length > 0 ? messages.map((message) => message.summary).join(" | ") : summary;
    assertEquals(`${facts.layers.slice(1).join("/")}: ${words}`, said);
    everyField(fields, (field) => assertEquals(field.error, undefined, field.name));
  });
}
