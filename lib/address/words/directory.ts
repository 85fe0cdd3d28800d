// `chdir=`: the paths of an address, seen from another directory. Pure.
import type { Schema } from "../../options/schema.ts";
import type { AddressType } from "../model.ts";

/** Whether the parameter of a type is a path: its syntax says so. */
export function takesPath({ syntax }: AddressType): boolean {
  return /^(?:[A-Z]+ or )?[A-Z-]+:<path>/.test(syntax);
}

/** Own names of Unix sockets, which are paths besides the options that are files. */
const NAMES = ["bind", "bind-tempname"];

const isRelative = (path: unknown): path is string => typeof path === "string" && !/^(?:[A-Za-z]:)?[\\/]/.test(path);

/**
 * The parameters and options of an address with `directory` before each path that is relative. `name` is the type's as
 * written: names outside the file system stay as they are.
 */
export function fromDirectory<O extends Readonly<Record<string, unknown>>>(
  directory: string,
  { type, name, schema }: { readonly type: AddressType; readonly name: string; readonly schema: Schema },
  params: readonly string[],
  options: O,
): { params: readonly string[]; options: O } {
  const place = (path: unknown) => isRelative(path) ? `${directory.replace(/\/$/, "")}/${path}` : path;
  const named = takesPath(type) && !name.startsWith("ABSTRACT");
  const files = Object.entries(schema).filter(([option, { type: { file } }]) =>
    option !== "chdir" && options[option] !== undefined && (file === true || (named && NAMES.includes(option)))
  );
  return {
    params: named ? params.map((path) => place(path) as string) : params,
    options: { ...options, ...Object.fromEntries(files.map(([option]) => [option, place(options[option])])) },
  };
}
