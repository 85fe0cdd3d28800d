// Running a dissector over octets so that a tree comes out whatever they are, and no octet is left out of it. Pure.
import { FormatError } from "../base/errors.ts";
import type { Field } from "../base/field.ts";
import { ByteReader } from "../base/reader.ts";
import { Tree, UNEXPLAINED } from "./tree.ts";

/**
 * Runs `body` over `bytes[start..end)` and gives the tree, whatever the octets are: what breaks is the `error` of the
 * root, and octets without a field get one called "Unexplained octets".
 */
export function explain<T>(
  name: string,
  bytes: Uint8Array,
  body: (tree: Tree) => T,
  start = 0,
  end = bytes.length,
): { root: Field; value: T | undefined; error: string | undefined; offset: number } {
  const root: Field = { name, offset: start, length: end - start, children: [] };
  const reader = new ByteReader(bytes, start, end);
  const tree = new Tree(reader, root);
  let value: T | undefined;
  try {
    value = body(tree);
  } catch (error) {
    if (error instanceof FormatError) root.error = error.message;
    else root.error = `Internal error: ${error instanceof Error ? error.message : String(error)}`;
    value = tree.said as T | undefined;
  }
  root.length = end - start;
  coverGaps(root);
  return { root, value, error: root.error, offset: reader.offset };
}

/** Adds a field called "Unexplained octets" wherever the children of a field leave octets of it out. */
export function coverGaps(field: Field): void {
  const { children } = field;
  if (children === undefined || children.length === 0) return;
  const start = field.buffer === undefined ? field.offset : 0;
  const end = field.buffer === undefined ? field.offset + field.length : field.buffer.length;
  let at = start;
  let sorted = true;
  for (const child of children) {
    if (child.bits !== undefined && child.length === field.length) continue;
    if (child.offset < at) sorted = false;
    at = Math.max(at, child.offset + child.length);
  }
  const bitsOnly = children.every((child) => child.bits !== undefined);
  if (bitsOnly && children[0]!.offset === field.offset && children[0]!.length === field.length) return;
  const order = sorted ? children : [...children].sort((a, b) => a.offset - b.offset);
  const out: Field[] = [];
  at = start;
  for (const child of order) {
    if (child.offset > at) out.push({ name: UNEXPLAINED, offset: at, length: child.offset - at });
    out.push(child);
    coverGaps(child);
    at = Math.max(at, child.offset + child.length);
  }
  if (at < end) out.push({ name: UNEXPLAINED, offset: at, length: end - at });
  if (out.length !== children.length || !sorted) field.children = out;
}

/** Moves a tree by `delta` octets: from message offsets to packet offsets. Fields inside a `buffer` of their own stay. */
export function shift(field: Field, delta: number): Field {
  if (delta === 0) return field;
  const moved: Field = { ...field, offset: field.offset + delta };
  if (field.children !== undefined && field.buffer === undefined) {
    moved.children = field.children.map((child) => shift(child, delta));
  }
  return moved;
}
