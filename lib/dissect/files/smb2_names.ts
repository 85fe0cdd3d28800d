// Names of SMB 2 and 3 (MS-SMB2 2.2, MS-FSCC, MS-ERREF 2.3). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

/** Codes of failure and of what is not a failure. */
export const STATUS: Names = names(`
  0x00000000 success; 0x00000103 pending: the answer comes later; 0x0000010b notify cleanup; 0x0000010c enumerate again;
  0x80000005 buffer overflow: there is more; 0x80000006 no more files; 0x8000002d stopped on a symbolic link;
  0xc0000001 unsuccessful; 0xc0000002 not implemented; 0xc0000003 invalid class of information;
  0xc0000008 invalid handle; 0xc000000d invalid parameter; 0xc000000f no such file; 0xc0000010 invalid request;
  0xc0000011 end of the file; 0xc0000016 more processing required: the login goes on; 0xc0000022 access denied;
  0xc0000023 buffer too small; 0xc0000033 invalid name; 0xc0000034 no such name; 0xc0000035 the name is there already;
  0xc000003a no such path; 0xc0000043 sharing violation: somebody else has it open; 0xc0000054 lock conflict;
  0xc0000055 lock not granted; 0xc0000056 delete pending; 0xc000006d logon failure: wrong name or password;
  0xc000006e account restriction; 0xc0000071 password expired; 0xc0000072 account disabled; 0xc000007f disk full;
  0xc00000b5 timeout; 0xc00000ba is a directory; 0xc00000bb not supported; 0xc00000c3 invalid network response;
  0xc00000c9 network name deleted; 0xc00000cc no such share; 0xc0000101 directory not empty; 0xc0000103 not a directory;
  0xc0000120 cancelled; 0xc0000128 file closed; 0xc0000203 session deleted; 0xc0000225 not found;
  0xc0000257 path not covered: look elsewhere (DFS); 0xc000035c session expired
`);

export const SECURITY = ["signing enabled", "signing required"];
export const CAPABILITIES = [
  "DFS",
  "leasing",
  "large reads and writes",
  "several channels",
  "persistent handles",
  "directory leasing",
  "encryption",
  "notifications",
];
export const DIALECTS: Names = {
  0x0202: "SMB 2.0.2",
  0x0210: "SMB 2.1",
  0x02ff: "SMB 2, to be negotiated once more",
  0x0300: "SMB 3.0",
  0x0302: "SMB 3.0.2",
  0x0311: "SMB 3.1.1",
};
export const CONTEXTS: Names = {
  1: "integrity before the login",
  2: "encryption",
  3: "compression",
  5: "name of the server",
  6: "transport",
  7: "RDMA transforms",
  8: "signing",
};
export const ATTRIBUTES = [
  "read only",
  "hidden",
  "system",
  "",
  "directory",
  "archive",
  "",
  "normal",
  "temporary",
  "sparse",
  "reparse point",
  "compressed",
  "offline",
  "not indexed",
  "encrypted",
  "integrity stream",
  "",
  "no scrubbing",
];
export const ACCESS = [
  "read data",
  "write data",
  "append data",
  "read extended attributes",
  "write extended attributes",
  "execute",
  "delete children",
  "read attributes",
  "write attributes",
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  "delete",
  "read control",
  "write access rules",
  "write owner",
  "synchronize",
  "",
  "",
  "",
  "system security",
  "all that is allowed",
  "",
  "",
  "generic all",
  "generic execute",
  "generic write",
  "generic read",
];
export const SHARING = ["others may read", "others may write", "others may delete"];
export const DISPOSITIONS: Names = {
  0: "take its place, or make it",
  1: "open, it must be there",
  2: "make, it must not be there",
  3: "open, or make it",
  4: "empty it, it must be there",
  5: "empty it, or make it",
};
export const ACTIONS: Names = { 0: "took its place", 1: "opened", 2: "made", 3: "emptied" };
export const OPTIONS = [
  "is a directory",
  "write through",
  "sequential only",
  "no buffering",
  "",
  "",
  "is no directory",
  "",
  "",
  "no extended attributes",
  "",
  "random access",
  "delete on close",
  "open by its number",
  "for backup",
  "no compression",
  "",
  "",
  "",
  "",
  "",
  "open the reparse point itself",
  "no recall",
];
export const OPLOCKS: Names = { 0: "none", 1: "level 2", 8: "exclusive", 9: "batch", 255: "lease" };
export const IMPERSONATION: Names = { 0: "anonymous", 1: "identification", 2: "impersonation", 3: "delegation" };
export const SHARES: Names = { 1: "disk", 2: "pipe", 3: "printer" };
export const CONTROLS: Names = {
  0x00060194: "where is the share really? (DFS)",
  0x000601b0: "where is the share really? (DFS)",
  0x0011400c: "look into the pipe",
  0x0011c017: "write to the pipe and read from it",
  0x00110018: "wait for the pipe",
  0x001401d4: "make the handle survive",
  0x00140078: "list the copies",
  0x00140204: "check what was negotiated",
  0x001401fc: "network interfaces",
  0x001440f2: "copy a part on the server",
  0x001480f2: "copy a part on the server",
};
export const INFO_TYPES: Names = { 1: "file", 2: "file system", 3: "security", 4: "quota" };
/** Classes of information: of files, and (from 1000 on) of file systems. */
export const CLASSES: Names = names(`
  1 directory entries; 2 full directory entries; 3 directory entries with short names; 4 basic: times and attributes;
  5 standard: sizes and links; 6 internal number; 7 extended attributes' size; 10 rename; 11 link; 12 names;
  13 delete when closed; 14 position; 18 all; 19 allocation; 20 end of file; 22 streams;
  34 network open: times and sizes; 35 attribute tag; 37 directory entries with short names and numbers;
  38 full directory entries with numbers; 48 normalized name; 1001 volume; 1003 size; 1004 device; 1005 attributes;
  1006 quota; 1007 full size; 1008 object number; 1011 sector size
`);
