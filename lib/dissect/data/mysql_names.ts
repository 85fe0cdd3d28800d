// Names of MySQL's protocol: commands, capabilities, states, column types and flags, character sets. Pure.
import { names } from "../coding/names.ts";

export const REF = "MySQL protocol";

export const CAPABILITIES = [
  "long password",
  "found rows",
  "long flag",
  "connect with database",
  "no schema",
  "compress",
  "ODBC",
  "local files",
  "ignore space",
  "protocol 4.1",
  "interactive",
  "TLS",
  "ignore SIGPIPE",
  "transactions",
  "reserved",
  "secure connection",
  "multiple statements",
  "multiple results",
  "multiple prepared results",
  "plugin login",
  "connect attributes",
  "long login data",
  "expired passwords",
  "session track",
  "deprecate EOF",
  "optional metadata",
  "zstd",
  "query attributes",
  "multi-factor login",
  "capability extension",
  "verify certificate",
  "remember options",
];
/** Bits of the capabilities that change what packets look like. */
export const CAPABILITY = {
  database: 1 << 3,
  compress: 1 << 5,
  tls: 1 << 11,
  plugin: 1 << 19,
  attributes: 1 << 20,
  sessionTrack: 1 << 23,
  deprecateEof: 1 << 24,
  zstd: 1 << 26,
  queryAttributes: 1 << 27,
} as const;

export const STATUS = [
  "in a transaction",
  "autocommit",
  "",
  "more results",
  "no good index",
  "no index",
  "cursor",
  "last row sent",
  "database dropped",
  "no backslash escapes",
  "metadata changed",
  "slow query",
  "out parameters",
  "read-only transaction",
  "session state changed",
  "",
];

export const COLUMN_FLAGS = [
  "not null",
  "primary key",
  "unique key",
  "part of a key",
  "blob",
  "unsigned",
  "zero-filled",
  "binary",
  "enumeration",
  "counts up by itself",
  "timestamp",
  "set",
  "no default",
  "now when changed",
  "part of an index",
  "number",
];

export const TYPES = names(`
  0 decimal; 1 tinyint; 2 smallint; 3 int; 4 float; 5 double; 6 NULL; 7 timestamp; 8 bigint; 9 mediumint; 10 date;
  11 time; 12 datetime; 13 year; 14 date; 15 varchar; 16 bit; 17 timestamp; 18 datetime; 19 time; 242 vector; 245 json;
  246 decimal; 247 enum; 248 set; 249 tinyblob or tinytext; 250 mediumblob or mediumtext; 251 longblob or longtext;
  252 blob or text; 253 varchar; 254 char; 255 geometry
`);

export const CHARSETS = names(`
  8 latin1; 11 ascii; 28 gbk; 33 utf8mb3; 45 utf8mb4_general_ci; 46 utf8mb4_bin; 47 latin1_bin; 63 binary;
  83 utf8mb3_bin; 192 utf8mb3_unicode_ci; 224 utf8mb4_unicode_ci; 246 utf8mb4_unicode_520_ci; 255 utf8mb4_0900_ai_ci
`);

export const COMMANDS = names(`
  0 sleep; 1 quit; 2 use database; 3 query; 4 list fields; 5 create database; 6 drop database; 7 refresh; 8 shut down;
  9 statistics; 10 list processes; 12 kill; 13 debug; 14 ping; 17 change user; 18 binlog dump; 21 register replica;
  22 prepare; 23 execute; 24 send long data; 25 close statement; 26 reset statement; 27 set option; 28 fetch;
  30 binlog dump by GTID; 31 reset connection; 250 execute many
`);
export const QUERY = 3, PREPARE = 22, EXECUTE = 23, FETCH = 28;
/** Commands that no answer follows. */
export const SILENT = [1, 24, 25];
/** Steps of caching_sha2_password. */
export const SHA2: Readonly<Record<number, string>> = {
  2: "public key wanted",
  3: "known from before, no more is needed",
  4: "the password itself is wanted, over TLS or under the public key",
};
