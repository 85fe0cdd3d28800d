// The face of `netlab relay`: what its help, completions and reference are made of.
import { defineCommand } from "../lib/options/command.ts";
import { choice, count, DURATION, FILE, one, SIZE, TEXT, toggle } from "../lib/options/schema.ts";

const see = "Watching";
const carry = "Carrying";
const run = "Running";

export const RELAY = defineCommand({
  name: "relay",
  summary: "joins two addresses and carries data both ways",
  usage: ["relay [FLAGS] ADDRESS ADDRESS", "relay --help ADDRESS"],
  examples: [
    ["relay -v tcp-listen:1234,reuseaddr -", "see what a browser sends to port 1234"],
    ["relay -v tcp-listen:1234,fork tcp:localhost:8080", "stand between clients and a server, show both directions"],
    ["relay -x udp-listen:1234,fork udp:127.0.0.1:53", "the same for DNS, in hex: dig @127.0.0.1 -p 1234 name"],
    ["relay - tcp:localhost:8080", "type a request, read the answer"],
  ],
  flags: {
    v: toggle({ group: see, help: "Show the data as text, with direction, time and counters", aliases: ["verbose"] }),
    x: toggle({ group: see, help: "Show the data as hex; with -v as hex and text side by side", aliases: ["hex"] }),
    r: one(FILE, { group: see, help: "Append the raw octets that go from left to right" }),
    R: one(FILE, { group: see, help: "Append the raw octets that go from right to left" }),
    statistics: toggle({ group: see, help: "Print octets and connections at the end (SIGUSR2: now)" }),
    b: one(SIZE, { group: carry, help: "Octets to read at once (default 8192 growing to 262144; 8192 with -v or -x)" }),
    t: one(DURATION, {
      group: carry,
      help: "When one side has ended, wait so long for the other (default: as long as it takes)",
    }),
    T: one(DURATION, {
      group: carry,
      help: "End a connection on which nothing moves (default never; 60 for UDP with fork)",
    }),
    u: toggle({ group: carry, help: "Carry from left to right only" }),
    U: toggle({ group: carry, help: "Carry from right to left only" }),
    4: toggle({ group: carry, help: "Prefer IP version 4" }),
    6: toggle({ group: carry, help: "Prefer IP version 6" }),
    grace: one(DURATION, {
      group: run,
      help: "After SIGINT or SIGTERM let running connections finish for so long (default 5)",
    }),
    compat: toggle({ group: run, help: "socat's way where netlab differs: see the README" }),
    d: count({ group: run, help: "Log more; -d0 logs nothing" }),
    lf: one(FILE, { group: run, help: "Append the log to a file" }),
    lp: one(TEXT, { group: run, help: "Program name in the log", fallback: "netlab" }),
    log: one(choice(["text", "json"]), { group: run, help: "Form of the log", fallback: "text" }),
  },
  notes: [
    "netlab relay --help ADDRESS lists all address types and options; --help TCP-LISTEN explains one of them.",
    "Listeners bind loopback unless bind=0.0.0.0 (or another address) says otherwise.",
  ],
});
