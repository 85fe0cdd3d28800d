// What a case of the proxy's clients is: one thing that one client can do.
import type { Lab } from "./lab.ts";

/** What a client can do, in the order of the table. */
export const COLUMNS = [
  "SOCKS 4",
  "SOCKS 4a",
  "SOCKS 5",
  "name by proxy",
  "login",
  "HTTP CONNECT",
  "HTTP forward",
  "BIND",
  "UDP",
] as const;
export type Column = typeof COLUMNS[number];

/** What stands in the proxy's log when a client has done it: many a client goes its own way when something is amiss. */
export const LOGGED: Record<Column, RegExp> = {
  "SOCKS 4": / socks4 CONNECT .*: succeeded/,
  "SOCKS 4a": / socks4a CONNECT .*: succeeded/,
  "SOCKS 5": / socks5 CONNECT .*: succeeded/,
  "name by proxy": / socks(4a|5) CONNECT [a-z].*: succeeded/,
  "login": / user me .*: succeeded/,
  "HTTP CONNECT": / http CONNECT .*: succeeded/,
  "HTTP forward": / http HTTP .*: succeeded/,
  "BIND": / BIND .*: succeeded/,
  "UDP": / UDP .*: succeeded.*, [1-9]\d* datagrams up [1-9]/,
};

export interface Case {
  readonly client: string;
  /** What it shows; the same case may show several things. */
  readonly shows: readonly Column[];
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  run(lab: Lab): Promise<void>;
}
