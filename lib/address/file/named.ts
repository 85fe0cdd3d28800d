// What addresses with a name in the file system share: permissions, owner, umask, and when the name is removed.
import { FormatError } from "../../base/errors.ts";
import { cString, findLibc, type Libc, SystemError } from "../../stream/libc/libc.ts";
import { integer, one, TEXT, toggle, triState, type Values, type ValueType } from "../../options/schema.ts";
import { atExit } from "../opening/at_exit.ts";

const group = "Names in the file system";

/** A file mode in octal, with or without a leading 0. */
const MODE: ValueType<number> = {
  placeholder: "MODE",
  parse(text) {
    if (!/^(0o?)?[0-7]{1,5}$/.test(text)) throw new FormatError(`"${text}" is not a mode in octal, such as 0600`);
    return parseInt(text.replace(/^0o?/, ""), 8) || 0;
  },
};

/** To add one: a key here, and what it does in the functions below. */
export const NAMED_OPTIONS = {
  mode: one(MODE, { group, help: "Permissions of what is created", aliases: ["perm"] }),
  "perm-early": one(MODE, { group, help: "Change the permissions before opening" }),
  "perm-late": one(MODE, { group, help: "Change the permissions after opening" }),
  user: one(TEXT, { group, help: "Owner", placeholder: "USER", aliases: ["uid", "owner"] }),
  "user-early": one(TEXT, { group, help: "Change the owner before opening", placeholder: "USER", aliases: ["uid-e"] }),
  "user-late": one(TEXT, { group, help: "Change the owner after opening", placeholder: "USER", aliases: ["uid-l"] }),
  group: one(TEXT, { group, help: "Group", placeholder: "GROUP", aliases: ["gid"] }),
  "group-early": one(TEXT, {
    group,
    help: "Change the group before opening",
    placeholder: "GROUP",
    aliases: ["gid-e"],
  }),
  "group-late": one(TEXT, { group, help: "Change the group after opening", placeholder: "GROUP", aliases: ["gid-l"] }),
  umask: one(MODE, { group, help: "Mask of permissions while it is created" }),
  unlink: toggle({ group, help: "Remove the name first", aliases: ["delete", "remove"] }),
  "unlink-early": toggle({ group, help: "Remove the name first, before anything else", aliases: ["new"] }),
  "unlink-late": toggle({ group, help: "Remove the name as soon as it is open" }),
  "unlink-close": triState({ group, help: "Remove the name at the end (default for sockets, pipes and links)" }),
};
/** What the options of addresses with a name in the file system hold. */
export type NamedOptions = Values<typeof NAMED_OPTIONS>;

/** Removes a name if it is there. */
export function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path));
}

function ifThere(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What comes before opening: removing, owner and permissions of what is there. */
export function beforeOpening(path: string, options: NamedOptions): void {
  if (options["unlink-early"]) removeIfThere(path);
  ifThere(() => changeEarly(path, options));
  if (options.unlink) removeIfThere(path);
}

/** Owner and permissions that what is opened has before it is. */
export function changeEarly(path: string, options: NamedOptions): void {
  changeOwner(path, options["user-early"], options["group-early"]);
  if (options["perm-early"] !== undefined) changeMode(path, options["perm-early"]);
}

/** Runs `create` under the umask that the options ask for. `create` must not wait for anything. */
export function underUmask<T>(options: NamedOptions, create: () => T): T {
  if (options.umask === undefined || Deno.build.os === "windows") return create();
  const before = Deno.umask(options.umask);
  try {
    return create();
  } finally {
    Deno.umask(before);
  }
}

/** What comes after opening: owner, permissions (`created`: also those of `mode` and the early ones), an early removal. */
export function afterOpening(path: string, options: NamedOptions, created: boolean): void {
  if (created) changeEarly(path, options);
  changeOwner(path, options.user, options.group);
  if (created && options.mode !== undefined) changeMode(path, options.mode);
  changeOwner(path, options["user-late"], options["group-late"]);
  if (options["perm-late"] !== undefined) changeMode(path, options["perm-late"]);
  if (options["unlink-late"]) removeIfThere(path);
}

/** Gives the function that removes `path` at the end, when options (or `byDefault`) say so; also if netlab just ends. */
export function unlinkAtClose(path: string, options: Partial<NamedOptions>, byDefault: boolean): () => void {
  if (!(options["unlink-close"] ?? byDefault) || options["unlink-late"]) return () => {};
  const absolute = /^(?:[A-Za-z]:)?[\\/]/.test(path) ? path : `${Deno.cwd()}/${path}`;
  return atExit(() => {
    try {
      Deno.removeSync(absolute);
    } catch {
      // Somebody else was faster.
    }
  });
}

/** Changes the permissions of what is at a path. */
export function changeMode(path: string, mode: number): void {
  change(() => Deno.chmodSync(path, mode), ({ call }) => call.chmod(cString(path), mode));
}

function changeOwner(path: string, user: string | undefined, group: string | undefined): void {
  if (user === undefined && group === undefined) return;
  const uid = user === undefined ? null : userOf(user).uid, gid = group === undefined ? null : groupId(group);
  const same = 0xffffffff;
  change(() => Deno.chownSync(path, uid, gid), ({ call }) => call.chown(cString(path), uid ?? same, gid ?? same));
}

/** By the runtime; a device, for which it wants every permission, by the system's C library. */
function change(ours: () => void, theirs: (libc: Libc) => number): void {
  try {
    ours();
  } catch (error) {
    const libc = error instanceof Deno.errors.NotCapable ? findLibc() : undefined;
    if (libc === undefined) throw error;
    if (theirs(libc) !== 0) throw new SystemError(libc, libc.errno());
  }
}

/** An account of the system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** The account of a user by name or number. Throws when there is none. */
export function userOf(text: string): Account {
  for (const line of linesOf("/etc/passwd")) {
    const [name, , uid, gid, , home, shell] = line.split(":");
    if (name === text || uid === text) {
      return { name: name!, uid: Number(uid), gid: Number(gid), home: home ?? "/", shell: shell ?? "/bin/sh" };
    }
  }
  if (/^\d+$/.test(text)) return { name: text, uid: Number(text), gid: Number(text), home: "/", shell: "/bin/sh" };
  throw new Error(`Unknown user "${text}"`);
}

/** The number of a group by name or number. */
export function groupId(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  for (const line of linesOf("/etc/group")) {
    const [name, , gid] = line.split(":");
    if (name === text) return Number(gid);
  }
  throw new Error(`Unknown group "${text}"`);
}

function linesOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n");
  } catch {
    return [];
  }
}

/** Offsets of files, which may be counted from the end. */
export const OFFSET: ValueType<number> = integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, "OFFSET");
