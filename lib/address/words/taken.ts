// Options that socat takes of addresses where they mean nothing that anybody could see: --compat takes them, too. Pure.
// To add one: its spellings in the row of the addresses that take it.

const words = (text: string) => text.split(" ");

/** Addresses that are sockets to socat, or may be; `EXEC` and its like are joined by a pair of them. */
const SOCKETS = /^(?!(?:OPEN|FILE|CREATE?|PIPE|FIFO|ECHO|PTY|TEXT|STALL|BROKER|MERGE)$)/;
const PROGRAMS = /^(?:EXEC|SYSTEM|SHELL)$/;

/** Which addresses (by their names as written, upper case) take which options, that they have not got themselves. */
const ROWS: readonly (readonly [addresses: RegExp, spellings: readonly string[]])[] = [
  // Of any descriptor: the permissions, owner and flags of a socket are nobody's business.
  [
    /^/,
    words(
      "append o-append noatime o-noatime umask mode perm perm-late user uid owner user-late uid-l group gid group-late gid-l " +
        "lock lockw setlk setlk-wr setlkw setlkw-wr setlk-rd setlkw-rd f-setlk f-setlk-wr f-setlk-rd f-setlkw f-setlkw-wr " +
        "f-setlkw-rd flock flock-ex flock-nb flock-ex-nb flock-sh flock-sh-nb",
    ),
  ],
  // Of any socket: what is of IP does nothing to others.
  [
    SOCKETS,
    words(
      "so-bindtodevice bindtodevice interface if so-broadcast broadcast so-dontroute dontroute so-keepalive keepalive " +
        "so-reuseaddr reuseaddr so-reuseport reuseport connect-timeout unix-tightsocklen tightsocklen",
    ),
  ],
];

/** Of programs these are of their channel, and not of the user they run as. */
const OF_CHANNEL = new Set(words("user uid group gid"));

/** Whether socat takes `option` of an address of this name, where it means nothing; `fits`: the address has it. */
export function meansNothing(address: string, option: string, fits: boolean): boolean {
  const lower = option.toLowerCase();
  if (fits) return PROGRAMS.test(address) && OF_CHANNEL.has(lower);
  return ROWS.some(([addresses, spellings]) => addresses.test(address) && spellings.includes(lower));
}
