// The programs of ONC RPC that are explained: port mapper (RFC 1833), MOUNT and NFS 3 (RFC 1813), NFS 4 (RFC 7530, 8881).
// Pure. To add one: its number in `PROGRAMS`, its procedures in a table: name, what a call holds, what an answer holds.
import { names } from "../coding/names.ts";
import type { Kinds, Numbers } from "./xdr.ts";

/** A procedure: name, its arguments, its results, and its results when it failed (see xdr.ts). */
export type Procedure = readonly [name: string, takes: string, gives: string, fails?: string];

/** A program of ONC RPC in one version: its procedures by number. */
export interface Program {
  readonly name: string;
  readonly ref: string;
  /** Whether each procedure has a section of its own below, by its number. */
  readonly numbered?: boolean;
  /** Whether answers begin with a status. */
  readonly status: boolean;
  readonly procedures: Readonly<Record<number, Procedure>>;
}

export const KINDS: Kinds = {
  time: "seconds:seconds u32:nanoseconds",
  attributes:
    "u32:type u32:mode u32:links u32:owner u32:group octets:size octets:used u64:device u64:file_system u64:file_number time:read time:written time:changed",
  before: "octets:size time:written time:changed",
  wcc: "before?:attributes_before attributes?:attributes_after",
  settime: { 0: "", 1: "", 2: "time:time" },
  set: "u32?:mode u32?:owner u32?:group octets?:size settime:set_read_time settime:set_write_time",
  how: { 0: "set:attributes", 1: "set:attributes", 2: "x8:verifier" },
  mounted: { 0: "opaque:file_handle u32*:flavor" },
  create4: { 0: "fattr:attributes", 1: "fattr:attributes", 2: "x8:verifier", 3: "x8:verifier fattr:attributes" },
  open4: { 0: "", 1: "create4:how" },
  claim4: {
    0: "str:name",
    1: "u32:delegation_before",
    2: "stateid:state str:name",
    3: "str:name",
    4: "",
    5: "stateid:state",
    6: "",
  },
  delegation4: { 0: "", 3: "u32:why" },
  entry: "u64:file_number str:name u64:cookie",
  entryplus: "u64:file_number str:name u64:cookie attributes?:attributes opaque?:file_handle",
  mapping: "u32:program u32:version u32:transport u32:port",
  export: "str:path str+:group",
  stateid: "u32:sequence x12:state",
  fattr: "u32*:attributes opaque:values",
  change: "bool:atomic u64:before u64:after",
  entry4: "u64:cookie str:name fattr:attributes",
};

export const STATUS = names(`
  0 ok; 1 not permitted; 2 no such file; 5 input or output error; 6 no such device; 13 access denied; 17 there already;
  18 across devices; 19 no such device; 20 not a directory; 21 is a directory; 22 invalid argument; 27 file too large;
  28 no space; 30 read-only file system; 31 too many links; 63 name too long; 66 directory not empty; 69 quota exceeded;
  70 stale file handle; 10001 bad file handle; 10003 bad cookie; 10004 not supported; 10005 too small;
  10006 server fault; 10008 later: the file is not at hand; 10011 expired; 10012 locked; 10013 grace period;
  10015 share denied; 10017 client ID in use; 10020 no file handle; 10021 minor version mismatch; 10022 stale client ID;
  10023 stale state; 10024 old state; 10025 bad state; 10026 bad sequence; 10052 bad session
`);

/** `rwxr-x---` of the bits of a mode. */
const modeText = (mode: number) =>
  Array.from("rwxrwxrwx", (letter, i) => (mode >> (8 - i) & 1) === 1 ? letter : "-").join("");

export const NUMBERS: Numbers = {
  mode: modeText,
  type: {
    1: "regular file",
    2: "directory",
    3: "block device",
    4: "character device",
    5: "symbolic link",
    6: "socket",
    7: "pipe",
  },
  transport: { 6: "TCP", 17: "UDP" },
  stable: { 0: "may be written later", 1: "data on the disk", 2: "data and facts on the disk" },
  committed: { 0: "not written yet", 1: "data on the disk", 2: "data and facts on the disk" },
  flavor: {
    0: "none",
    1: "user and groups (AUTH_SYS)",
    6: "GSS",
    390003: "Kerberos",
    390004: "Kerberos, integrity",
    390005: "Kerberos, privacy",
  },
  "set read time": { 0: "no", 1: "to the server's time", 2: "to a time" },
  "set write time": { 0: "no", 1: "to the server's time", 2: "to a time" },
  opens: { 0: "what is there", 1: "or makes it" },
  how: {
    0: "there already or not",
    1: "it must not be there",
    2: "it must not be there, whoever asks twice",
    3: "it must not be there",
  },
  claim: { 0: "by name", 1: "as before", 4: "by the file handle" },
  delegation: { 0: "none", 1: "to read", 2: "to write", 3: "none, with a reason" },
  status: STATUS,
  "access wanted": { 1: "read", 2: "write", 3: "read and write" },
};

const GONE = "attributes?:attributes";
const WCC = "wcc:directory";
const MADE = `opaque?:file_handle ${GONE} ${WCC}`;

const NFS3: Record<number, Procedure> = {
  0: ["NULL", "", ""],
  1: ["GETATTR", "opaque:file_handle", "attributes:attributes"],
  2: ["SETATTR", "opaque:file_handle set:attributes time?:only_if_changed_at", "wcc:file", "wcc:file"],
  3: ["LOOKUP", "opaque:directory str:name", `opaque:file_handle ${GONE} attributes?:of_the_directory`, GONE],
  4: ["ACCESS", "opaque:file_handle u32:access", `${GONE} u32:access`, GONE],
  5: ["READLINK", "opaque:file_handle", `${GONE} str:target`, GONE],
  6: ["READ", "opaque:file_handle u64:offset u32:count", `${GONE} u32:count bool:end data:data`, GONE],
  7: [
    "WRITE",
    "opaque:file_handle u64:offset u32:count u32:stable data:data",
    "wcc:file u32:count u32:committed x8:verifier",
    "wcc:file",
  ],
  8: ["CREATE", "opaque:directory str:name how:how", MADE, WCC],
  9: ["MKDIR", "opaque:directory str:name set:attributes", MADE, WCC],
  10: ["SYMLINK", "opaque:directory str:name set:attributes str:target", MADE, WCC],
  11: ["MKNOD", "opaque:directory str:name rest:kind", MADE, WCC],
  12: ["REMOVE", "opaque:directory str:name", WCC, WCC],
  13: ["RMDIR", "opaque:directory str:name", WCC, WCC],
  14: ["RENAME", "opaque:from str:name opaque:to str:name", "wcc:from wcc:to", "wcc:from wcc:to"],
  15: ["LINK", "opaque:file_handle opaque:directory str:name", `${GONE} ${WCC}`, `${GONE} ${WCC}`],
  16: [
    "READDIR",
    "opaque:directory u64:cookie x8:verifier u32:count",
    `${GONE} x8:verifier entry+:entry bool:end`,
    GONE,
  ],
  17: [
    "READDIRPLUS",
    "opaque:directory u64:cookie x8:verifier u32:names_at_most u32:at_most",
    `${GONE} x8:verifier entryplus+:entry bool:end`,
    GONE,
  ],
  18: [
    "FSSTAT",
    "opaque:file_handle",
    `${GONE} octets:total octets:free octets:available u64:files u64:files_free u64:files_available u32:holds_for`,
    GONE,
  ],
  19: [
    "FSINFO",
    "opaque:file_handle",
    `${GONE} u32:read_at_most u32:read_best u32:read_multiple u32:write_at_most u32:write_best u32:write_multiple u32:directory_best octets:file_at_most time:time_step u32:properties`,
    GONE,
  ],
  20: [
    "PATHCONF",
    "opaque:file_handle",
    `${GONE} u32:links_at_most u32:name_at_most bool:names_not_cut bool:only_root_gives_away bool:case_insensitive bool:case_kept`,
    GONE,
  ],
  21: ["COMMIT", "opaque:file_handle u64:offset u32:count", "wcc:file x8:verifier", "wcc:file"],
};

/** The operations of NFS 4, which a COMPOUND holds any number of. "rest" is not taken apart, nor what follows it. */
export const OPERATIONS: Readonly<Record<number, Procedure>> = {
  3: ["ACCESS", "u32:access", "u32:supported u32:access"],
  4: ["CLOSE", "u32:sequence stateid:state", "stateid:state"],
  5: ["COMMIT", "u64:offset u32:count", "x8:verifier"],
  6: ["CREATE", "rest:arguments", "change:directory u32*:attributes"],
  8: ["DELEGRETURN", "stateid:state", ""],
  9: ["GETATTR", "u32*:attributes", "fattr:attributes"],
  10: ["GETFH", "", "opaque:file_handle"],
  11: ["LINK", "str:name", "change:directory"],
  12: ["LOCK", "rest:arguments", "rest:results"],
  14: ["LOCKU", "rest:arguments", "stateid:state"],
  15: ["LOOKUP", "str:name", ""],
  16: ["LOOKUPP", "", ""],
  18: [
    "OPEN",
    "u32:sequence u32:access_wanted u32:denied u64:client opaque:owner open4:opens claim4:claim",
    "stateid:state change:directory u32:flags u32*:attributes delegation4:delegation",
  ],
  20: ["OPEN_CONFIRM", "stateid:state u32:sequence", "stateid:state"],
  22: ["PUTFH", "opaque:file_handle", ""],
  23: ["PUTPUBFH", "", ""],
  24: ["PUTROOTFH", "", ""],
  25: ["READ", "stateid:state u64:offset u32:count", "bool:end data:data"],
  26: [
    "READDIR",
    "u64:cookie x8:verifier u32:names_at_most u32:at_most u32*:attributes",
    "x8:verifier entry4+:entry bool:end",
  ],
  27: ["READLINK", "", "str:target"],
  28: ["REMOVE", "str:name", "change:directory"],
  29: ["RENAME", "str:name str:name", "change:from change:to"],
  30: ["RENEW", "u64:client", ""],
  31: ["RESTOREFH", "", ""],
  32: ["SAVEFH", "", ""],
  33: ["SECINFO", "str:name", "rest:flavors"],
  34: ["SETATTR", "stateid:state fattr:attributes", "u32*:attributes"],
  35: [
    "SETCLIENTID",
    "x8:verifier opaque:client_name u32:program str:transport str:address u32:identifier",
    "u64:client x8:verifier",
  ],
  36: ["SETCLIENTID_CONFIRM", "u64:client x8:verifier", ""],
  38: ["WRITE", "stateid:state u64:offset u32:stable data:data", "u32:count u32:committed x8:verifier"],
  42: [
    "EXCHANGE_ID",
    "x8:verifier opaque:client_name u32:flags rest:protection",
    "u64:client u32:sequence u32:flags rest:protection",
  ],
  43: [
    "CREATE_SESSION",
    "u64:client u32:sequence u32:flags rest:channels",
    "x16:session u32:sequence u32:flags rest:channels",
  ],
  44: ["DESTROY_SESSION", "x16:session", ""],
  53: [
    "SEQUENCE",
    "x16:session u32:sequence u32:slot u32:highest_slot bool:keep_the_answer",
    "x16:session u32:sequence u32:slot u32:highest_slot u32:highest_slot_wanted u32:flags",
  ],
  57: ["DESTROY_CLIENTID", "u64:client", ""],
  58: ["RECLAIM_COMPLETE", "bool:one_file_system", ""],
};

/** Programs by number and version (IANA "RPC Program Numbers"). */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  "100000.2": {
    name: "PORTMAP",
    ref: "RFC 1833 3.1",
    status: false,
    procedures: {
      0: ["NULL", "", ""],
      1: ["SET", "mapping:mapping", "bool:done"],
      2: ["UNSET", "mapping:mapping", "bool:done"],
      3: ["GETPORT", "mapping:mapping", "u32:port"],
      4: ["DUMP", "", "mapping+:mapping"],
      5: ["CALLIT", "u32:program u32:version u32:procedure opaque:arguments", "u32:port opaque:results"],
    },
  },
  "100000.3": {
    name: "RPCBIND",
    ref: "RFC 1833 2.1",
    status: false,
    procedures: {
      0: ["NULL", "", ""],
      3: ["GETADDR", "u32:program u32:version str:transport_name str:address str:owner", "str:address"],
      4: ["DUMP", "", "rest:mappings"],
    },
  },
  "100003.3": { name: "NFS", ref: "RFC 1813 3.3", numbered: true, status: true, procedures: NFS3 },
  "100005.3": {
    name: "MOUNT",
    ref: "RFC 1813 5.2",
    numbered: true,
    status: false,
    procedures: {
      0: ["NULL", "", ""],
      1: ["MNT", "str:path", "mounted:status"],
      2: ["DUMP", "", "rest:mounts"],
      3: ["UMNT", "str:path", ""],
      4: ["UMNTALL", "", ""],
      5: ["EXPORT", "", "export+:export"],
    },
  },
};
