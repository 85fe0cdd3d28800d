// The face of `netlab relay`: what its help, completions and reference are made of.
import { WATCH_FLAGS } from "../../lib/observe/watch_flags.ts";
import { FormatError } from "../../lib/base/errors.ts";
import { defineCommand } from "../../lib/options/command.ts";
import { attached, choice, count, DURATION, FILE, integer, one, SIZE, TEXT, toggle } from "../../lib/options/schema.ts";

const see = "Watching";
const carry = "Carrying";
const run = "Running";
const log = "Log";

/** To add a flag: a line here. One that is the program's and not a relay's goes into PROGRAM_FLAGS too. */
/** Octets of one read: a size that fits into memory. */
const BLOCK: typeof SIZE = {
  ...SIZE,
  parse(text) {
    const size = SIZE.parse(text);
    if (size < 1 || size > 2 ** 30) throw new FormatError(`"${text}" is not a size from 1 to 1G`);
    return size;
  },
};

/** A duration; below 0, as in socat 1.8, means never. */
const IDLE: typeof DURATION = { ...DURATION, parse: (text) => /^-\d/.test(text) ? 0 : DURATION.parse(text) };

export const RELAY = defineCommand({
  name: "relay",
  summary: "joins two addresses and carries data both ways",
  usage: ["relay [FLAGS] ADDRESS ADDRESS", "relay [FLAGS] --config FILE", "relay --help ADDRESS"],
  examples: [
    ["relay -v tcp-listen:1234,reuseaddr -", "see what a browser sends to port 1234"],
    ["relay -v tcp-listen:1234,fork tcp:localhost:8080", "stand between clients and a server, show both directions"],
    ["relay -x udp-listen:1234,fork udp:127.0.0.1:53", "the same for DNS, in hex: dig @127.0.0.1 -p 1234 name"],
    ["relay - tcp:localhost:8080", "type a request, read the answer"],
    [
      "relay -v tcp-listen:5000,fork tls:example.org:443,via=socks5://127.0.0.1:1080",
      "see the plaintext of a TLS connection that leaves through a proxy",
    ],
    [
      "relay -v tcp-listen:1234,fork tls:mail.example:25,starttls=smtp",
      "see a mail session that turns to TLS half way",
    ],
    [
      "relay --plan tcp-listen:1234 openssl:example.org:443,verify=0",
      "what it would do, layer by layer; opens nothing",
    ],
  ],
  flags: {
    v: toggle({ group: see, help: "Show the data as text, with direction, time and counters", aliases: ["verbose"] }),
    x: toggle({ group: see, help: "Show the data as hex; with -v as hex and text side by side", aliases: ["hex"] }),
    r: one(FILE, { group: see, help: "Append the raw octets that go from left to right (-R: back)" }),
    R: one(FILE, { group: see, help: "Append the raw octets that go from right to left" }),
    ...WATCH_FLAGS,
    statistics: toggle({ group: see, help: "Print octets and connections at the end (SIGUSR2: now)" }),
    S: one(integer(), { hidden: true, help: "With --compat: mask of the signals that are logged when they end it" }),
    b: one(BLOCK, {
      group: carry,
      help:
        "Octets to read at once, and of a datagram (default 2048 growing to 1048576; 8192 with -v or -x and into datagrams)",
    }),
    t: one(DURATION, {
      group: carry,
      help: "When one side has ended, wait so long for the other (default: as long as it takes)",
      aliases: ["linger"],
    }),
    T: one(IDLE, {
      group: carry,
      help: "End a connection on which nothing moves (default never; 60 for UDP with fork)",
      aliases: ["idle"],
    }),
    u: toggle({ group: carry, help: "Carry from left to right only", aliases: ["left-to-right"] }),
    U: toggle({ group: carry, help: "Carry from right to left only", aliases: ["right-to-left"] }),
    4: toggle({ group: carry, help: "Prefer IP version 4", aliases: ["ipv4"] }),
    6: toggle({ group: carry, help: "Prefer IP version 6", aliases: ["ipv6"] }),
    0: toggle({ hidden: true, help: "Prefer no IP version; with --compat listeners take both" }),
    "proxy-from-env": toggle({
      group: carry,
      help:
        "Through the environment's proxy: https_proxy for port 443, http_proxy for port 80, else all_proxy; not to what no_proxy names",
    }),
    plan: toggle({ group: run, help: "Open nothing: say what would be done, with warnings" }),
    check: toggle({ group: run, help: "Open nothing: say OK, or every mistake (status 2)" }),
    config: one(FILE, {
      group: run,
      help: "Run the relays of a file (TOML, or JSON with comments); SIGHUP reads it again",
    }),
    grace: one(DURATION, {
      group: run,
      help: "After SIGINT or SIGTERM let running connections finish for so long (default 5; 1 with datagrams)",
    }),
    L: one(FILE, { group: run, help: "Hold this lock file, or fail when it exists" }),
    W: one(FILE, { group: run, help: "Hold this lock file, after waiting until it is gone" }),
    s: toggle({ group: run, help: "Warn of address options that cannot be used, and go on without them" }),
    g: toggle({ group: run, help: "Take options that belong to other address types (they do nothing)" }),
    compat: toggle({ group: run, help: "socat's way where netlab differs: see the README" }),
    experimental: toggle({ hidden: true, help: "socat's; nothing here needs it" }),
    d: count({ group: log, help: "Log more; -d0 logs nothing" }),
    D: toggle({ group: log, help: "Log the open descriptors before carrying" }),
    lf: one(FILE, { group: log, help: "Append the log to a file" }),
    lp: one(TEXT, { group: log, help: "Program name in the log (default netlab; socat with --compat)" }),
    log: one(choice(["text", "json"]), { group: log, help: "Form of the log", fallback: "text" }),
    ls: toggle({ hidden: true, help: "Log to standard error, as it does anyway" }),
    ly: attached(TEXT, { group: log, help: "Log to syslog (default facility daemon)", placeholder: "FACILITY" }),
    lm: attached(TEXT, {
      group: log,
      help: "Log to standard error until it runs, then to syslog",
      placeholder: "FACILITY",
    }),
    lu: toggle({ group: log, help: "Microseconds in the times of the log" }),
    lh: toggle({ group: log, help: "Host name in the lines of the log" }),
  },
  rare: [
    "R",
    "b",
    "4",
    "6",
    "explain-to",
    "depth",
    "only",
    "decode",
    "mask",
    "pcap-size",
    "pcap-seconds",
    "pcap-files",
    "L",
    "W",
    "s",
    "g",
    "D",
    "lp",
    "log",
    "ly",
    "lm",
    "lu",
    "lh",
  ],
  notes: [
    "netlab relay --help ADDRESS lists all address types and options; --help TCP-LISTEN explains one of them.",
    "Listeners bind loopback unless bind=0.0.0.0 (or another address) says otherwise.",
  ],
});

/** Flags of the whole program: a relay in a `--config` file has all others for itself. */
export const PROGRAM_FLAGS: readonly (keyof typeof RELAY.flags)[] = [
  "plan",
  "check",
  "config",
  "statistics",
  "S",
  "L",
  "W",
  "s",
  "g",
  "compat",
  "experimental",
  "d",
  "D",
  "lf",
  "lp",
  "log",
  "ls",
  "ly",
  "lm",
  "lu",
  "lh",
];
