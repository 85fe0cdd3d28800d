// Options of opening a file, as socat spells them. Pure.
import { attached, integer, one, toggle, triState, type Values } from "../../options/schema.ts";
import { LOCK_OPTIONS, PIPE_SIZE_OPTION } from "./lock.ts";
import { type NAMED_OPTIONS, OFFSET } from "./named.ts";

const group = "Files";

/** Flags of opening, as socat spells them. */
export const OPEN_OPTIONS = {
  rdonly: toggle({ group, help: "Open for reading only", aliases: ["o-rdonly", "o_rdonly"] }),
  wronly: toggle({ group, help: "Open for writing only", aliases: ["o-wronly", "o_wronly"] }),
  rdwr: toggle({ group, help: "Open for reading and writing", aliases: ["o-rdwr", "o_rdwr"] }),
  append: triState({ group, help: "Write at the end of the file", aliases: ["o-append"] }),
  creat: toggle({
    group,
    help: "Create it if it is not there",
    aliases: ["create", "o-create", "o_create", "o-creat", "o_creat"],
  }),
  excl: toggle({ group, help: "With creat: it must not be there", aliases: ["o-excl", "o_excl"] }),
  trunc: toggle({ group, help: "Empty it first", aliases: ["o-trunc"] }),
  seek: one(OFFSET, {
    group,
    help: "Start at this octet",
    aliases: ["lseek", "seek-set", "lseek64", "lseek64-set", "lseek32", "lseek32-set"],
  }),
  "seek-cur": one(OFFSET, { group, help: "Skip so many octets", aliases: ["lseek64-cur", "lseek32-cur"] }),
  "seek-end": attached(OFFSET, { group, help: "Start so far from the end", aliases: ["lseek64-end", "lseek32-end"] }),
  ftruncate: one(integer(0, Number.MAX_SAFE_INTEGER, "SIZE"), {
    group,
    help: "Cut it to this size",
    aliases: ["truncate", "ftruncate64", "ftruncate32"],
  }),
  nonblock: toggle({
    group,
    help: "Do not wait for the other end of a FIFO",
    aliases: ["o-nonblock", "ndelay", "o-ndelay", "o_ndelay"],
  }),
  noatime: toggle({ group, help: "Reading does not change the time of access", aliases: ["o-noatime"] }),
  nofollow: toggle({ group, help: "Refuse a symbolic link", aliases: ["o-nofollow", "o_nofollow"] }),
  directory: toggle({
    group,
    help: "Refuse all but directories",
    aliases: ["o-directory", "o_directory"],
    hidden: true,
  }),
  noctty: toggle({ group, help: "Never become the controlling terminal", aliases: ["o-noctty", "o_noctty"] }),
  sync: toggle({
    group,
    help: "Write through to the disk",
    aliases: ["o-sync", "o_sync", "rsync", "o-rsync", "o_rsync"],
  }),
  dsync: toggle({ group, help: "Write data through to the disk", aliases: ["o-dsync", "o_dsync"] }),
  direct: toggle({ group, help: "Bypass the system's cache", aliases: ["o-direct", "o_direct"], hidden: true }),
  largefile: toggle({ group, help: "Always so", aliases: ["o-largefile", "o_largefile"], hidden: true }),
  async: toggle({ group, help: "Nothing here", aliases: ["o-async"], hidden: true }),
  cloexec: toggle({ group, help: "Always so", hidden: true }),
  ...LOCK_OPTIONS,
  ...PIPE_SIZE_OPTION,
};
/** What the options of opening a file hold. */
export type OpenOptions = Values<typeof OPEN_OPTIONS & typeof NAMED_OPTIONS>;
