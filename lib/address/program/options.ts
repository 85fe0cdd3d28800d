// The options of addresses of programs. To add one: a key here, and its place in run.ts.
import { attached, FILE, integer, named, one, TEXT, toggle, type Values } from "../../options/schema.ts";
import type { CommonOptions } from "../common.ts";
import { PIPE_SIZE_OPTION } from "../file/lock.ts";
import { TERMINAL_OPTIONS } from "../file/terminal.ts";
import { LINK_OPTION } from "./link.ts";

/** The group of these options in the help. */
export const PROGRAM_GROUP = "Programs";
const group = PROGRAM_GROUP;

const OWN_OPTIONS = {
  stderr: toggle({ group, help: "The program's standard error joins its output" }),
  chdir: one(FILE, { group, help: "Run it in this directory", placeholder: "DIR", aliases: ["cd"] }),
  su: one(TEXT, {
    group,
    help: "Run it as this user",
    placeholder: "USER",
    aliases: ["user", "su-d", "substuser", "substuser-delayed", "setuid", "uid"],
  }),
  setgid: one(TEXT, { group, help: "Run it with this group", placeholder: "GROUP", aliases: ["group", "gid"] }),
  chroot: one(FILE, { group, help: "Run it with this root directory", placeholder: "DIR" }),
  path: one(TEXT, { group, help: "PATH to find it by, and its own", placeholder: "PATH" }),
  login: toggle({ group, help: "Its name begins with a dash, as a login shell's does", aliases: ["dash"] }),
  pty: toggle({ group, help: "Talk to it by a pseudo-terminal", aliases: ["openpty", "ptmx"] }),
  ...PIPE_SIZE_OPTION,
  "so-type": one(integer(1, 5), {
    group,
    help: "Talk to it by a pair of sockets: 1 stream, 2 datagrams, 5 packets; boundaries are kept",
    aliases: ["socktype", "type"],
  }),
  pipes: toggle({ group, help: "Talk to it by pipes (always so without pty)" }),
  setsid: toggle({ group, help: "It leads a session of its own", aliases: ["sid"] }),
  ctty: toggle({ group, help: "The pseudo-terminal controls it (with setsid)", aliases: ["tiocsctty"] }),
  setpgid: attached(integer(0), { group, help: "It leads a process group of its own", aliases: ["pgid"] }),
  fdin: one(integer(0, 999, "FD"), { group, help: "It reads from this descriptor instead of 0" }),
  fdout: one(integer(0, 999, "FD"), { group, help: "It writes to this descriptor instead of 1" }),
  nofork: toggle({ group, help: "No effect: netlab carries the data itself" }),
  sighup: toggle({ group, help: "SIGHUP is for it, and does not end netlab" }),
  sigint: toggle({ group, help: "SIGINT is for it, and does not end netlab" }),
  sigquit: toggle({ group, help: "SIGQUIT is for it, and does not end netlab" }),
  ...LINK_OPTION,
  umask: one(TEXT, { group, help: "Mask of permissions for its files", placeholder: "MODE" }),
  netns: one(named("a network namespace"), { group, help: "Run it in this network namespace", placeholder: "NAME" }),
};

/** What addresses of programs take. */
export const PROGRAM_OPTIONS = { ...OWN_OPTIONS, ...TERMINAL_OPTIONS };

/** What their options hold. */
export type ProgramOptions =
  & Values<typeof OWN_OPTIONS>
  & Partial<Pick<CommonOptions, "end-close">>
  & Readonly<Record<string, unknown>>;
