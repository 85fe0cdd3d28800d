// What a system has not, or the runtime cannot reach there: addresses and options that are refused before anything opens.
// Pure. To add one: a line in the table.
import { UsageError } from "../../base/errors.ts";

/** One thing that is missing: the addresses (by any of their names, upper case) or options that need it. */
interface Lack {
  readonly what: string;
  readonly addresses?: RegExp;
  /** The address needs it only with a parameter. */
  readonly named?: boolean;
  readonly options?: readonly string[];
  /** What to use instead. */
  readonly advice?: string;
}

const LINUX_ONLY: readonly Lack[] = [
  { what: "sizes of pipes", options: ["f-setpipe-sz"] },
  { what: "network namespaces", options: ["netns"] },
];

const UNIX_ONLY: readonly Lack[] = [
  {
    what: "abstract names of sockets",
    addresses: /^ABSTRACT/,
    advice: "tcp: on 127.0.0.1 joins programs of one machine",
  },
  {
    what: "Unix sockets",
    addresses: /^(?:UNIX|LOCAL)(?:-|$)/,
    advice: "tcp: on 127.0.0.1 joins programs of one machine",
  },
  { what: "pseudo-terminals", addresses: /^PTY$/, options: ["pty"] },
  { what: "inherited descriptors", addresses: /^(?:FD|ACCEPT(?:-FD)?)$/, advice: "- is standard input and output" },
  { what: "named pipes in the file system", addresses: /^(?:PIPE|FIFO|ECHO)$/, named: true },
  { what: "VSOCK", addresses: /^VSOCK/ },
  {
    what: "Unix users and groups",
    options: ["su", "setgid", "user", "user-early", "user-late", "group", "group-early", "group-late"],
  },
  { what: "chroot", options: ["chroot"] },
  { what: "umask", options: ["umask"] },
  { what: "sessions and process groups", options: ["setsid", "setpgid"] },
  { what: "descriptors of programs other than standard ones", options: ["fdin", "fdout"] },
  { what: "login shells", options: ["login"] },
  { what: "way to join the standard error of programs", options: ["stderr"], advice: "SYSTEM:COMMAND 2>&1 does it" },
  { what: "such signals for programs", options: ["sighup", "sigquit"] },
  {
    what: "locks of records",
    options: ["lock", "setlk", "setlk-rd", "setlkw-rd"],
    advice: "flock and flock-nb lock a whole file",
  },
  {
    what: "such flags of open(2)",
    options: ["noatime", "nofollow", "noctty", "sync", "dsync", "direct", "directory"],
  },
  ...LINUX_ONLY,
];

/** What each system lacks. */
const LACKS: Readonly<Record<string, readonly Lack[]>> = {
  windows: UNIX_ONLY,
  darwin: [
    {
      what: "abstract names of sockets",
      addresses: /^ABSTRACT/,
      advice: "UNIX-CONNECT and its like take a path",
    },
    // XNU's open(2) has no such flags: F_NOCACHE is something else.
    { what: "such flags of open(2)", options: ["noatime", "direct"] },
    ...LINUX_ONLY,
  ],
};
const SYSTEMS: Readonly<Record<string, string>> = { windows: "Windows", darwin: "macOS" };

/** Refuses what `os` (as the runtime names it) has not: a `UsageError` that says what is missing and what to use instead. */
export function refuseMissing(
  os: string,
  address: { readonly text: string; readonly name: string; readonly params: readonly string[] },
  options: Readonly<Record<string, unknown>>,
): void {
  for (const { what, addresses, named, options: names = [], advice } of LACKS[os] ?? []) {
    const where = `netlab has no ${what} on ${SYSTEMS[os]}${advice === undefined ? "" : ` (${advice})`}`;
    if (addresses?.test(address.name) && (!named || address.params.length > 0)) {
      throw new UsageError(`Cannot open address "${address.text}": ${where}`);
    }
    const option = names.find((name) => options[name] !== undefined && options[name] !== false);
    if (option !== undefined) {
      throw new UsageError(`Option "${option}" in address "${address.text}" does not exist here: ${where}`);
    }
  }
}
