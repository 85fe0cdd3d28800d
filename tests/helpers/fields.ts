// Walks over fields of an explanation.
import type { Field } from "../../lib/base/field.ts";

/** Marks in `seen` the octets that lie in a field without parts of its own. */
export function leaves(field: Field, seen: Uint8Array): void {
  const children = field.children ?? [];
  if (children.length === 0 || field.buffer !== undefined) {
    seen.fill(1, field.offset, field.offset + field.length);
  } else for (const child of children) leaves(child, seen);
}

/** Every field, whole before its parts. */
export function everyField(fields: readonly Field[], visit: (field: Field) => void): void {
  for (const field of fields) {
    visit(field);
    everyField(field.children ?? [], visit);
  }
}
