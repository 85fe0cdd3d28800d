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

export interface Case {
  readonly client: string;
  /** What it shows; the same case may show several things. */
  readonly shows: readonly Column[];
  /** Programs that must be installed. */
  readonly programs: readonly string[];
  run(lab: Lab): Promise<void>;
}
