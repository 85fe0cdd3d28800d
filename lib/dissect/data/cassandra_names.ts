// Names of Cassandra's native protocol ("CQL Binary Protocol v4" and v5). Pure.
import { names } from "../coding/names.ts";
import type { BitRow } from "../tree.ts";

type Names = Readonly<Record<number, string>>;

export const OPCODES: Names = names(`
  0 ERROR; 1 STARTUP; 2 READY; 3 AUTHENTICATE; 5 OPTIONS; 6 SUPPORTED; 7 QUERY; 8 RESULT; 9 PREPARE; 10 EXECUTE;
  11 REGISTER; 12 EVENT; 13 BATCH; 14 AUTH_CHALLENGE; 15 AUTH_RESPONSE; 16 AUTH_SUCCESS
`);
export const RESULTS: Names = { 1: "void", 2: "rows", 3: "keyspace set", 4: "prepared", 5: "schema changed" };
export const CONSISTENCIES: Names = {
  0: "any",
  1: "one",
  2: "two",
  3: "three",
  4: "quorum",
  5: "all",
  6: "local quorum",
  7: "each quorum",
  8: "serial",
  9: "local serial",
  10: "local one",
};
export const ERRORS: Names = names(`
  0x0000 server error; 0x000a protocol error; 0x0100 bad credentials; 0x1000 unavailable; 0x1001 overloaded;
  0x1002 bootstrapping; 0x1003 truncate error; 0x1100 write timeout; 0x1200 read timeout; 0x1300 read failure;
  0x1400 function failure; 0x1500 write failure; 0x2000 syntax error; 0x2100 unauthorized; 0x2200 invalid;
  0x2300 configuration error; 0x2400 already exists; 0x2500 not prepared
`);
export const TYPES: Names = names(`
  0 custom; 1 ascii; 2 bigint; 3 blob; 4 boolean; 5 counter; 6 decimal; 7 double; 8 float; 9 int; 10 text; 11 timestamp;
  12 uuid; 13 varchar; 14 varint; 15 timeuuid; 16 inet; 17 date; 18 time; 19 smallint; 20 tinyint; 21 duration;
  0x20 list; 0x21 map; 0x22 set; 0x30 user type; 0x31 tuple
`);
export const FLAG_ROWS: readonly BitRow[] = [
  ["Reserved", 0, 3],
  ["Beta", 3, 1],
  ["Warnings", 4, 1],
  ["Payload", 5, 1],
  ["Tracing", 6, 1],
  ["Compressed", 7, 1],
];
/** The bits of a query's flags, which stand at the end of a word. */
export const QUERY_FLAGS = (before: number): BitRow[] => [
  ...before > 0 ? [["Reserved", 0, before] as BitRow] : [],
  ["Keyspace", before, 1],
  ["Names of values", before + 1, 1],
  ["Timestamp", before + 2, 1],
  ["Serial consistency", before + 3, 1],
  ["Paging state", before + 4, 1],
  ["Page size", before + 5, 1],
  ["No metadata", before + 6, 1],
  ["Values", before + 7, 1],
];
