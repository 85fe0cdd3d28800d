// The flags by which relay, socks and dump explain and record what passes. Pure.
import { UsageError } from "../base/errors.ts";
import { attached, DURATION, FILE, integer, list, one, SIZE, TEXT, toggle } from "../options/schema.ts";

const group = "Explaining and recording";

/** What `openWatch` makes observers of. */
export const WATCH_FLAGS = {
  explain: attached(TEXT, {
    group,
    help: "Explain each message octet by octet; PROTOCOL when it cannot be told from port or octets",
    placeholder: "PROTOCOL",
  }),
  "explain-to": one(FILE, { group, help: "Write what --explain says to a file" }),
  depth: one(integer(1), { group, help: "Explain so many levels of fields" }),
  only: list(TEXT, { group, help: "Explain fields of this name only", placeholder: "FIELD" }),
  decode: list(TEXT, { group, help: "What a port speaks", placeholder: "tcp:PORT=PROTOCOL" }),
  mask: toggle({ group, help: "Hide passwords in what is explained" }),
  pcap: one(FILE, { group, help: "Record what passes, as plaintext conversations, for Wireshark (pcapng)" }),
  "pcap-size": one(SIZE, { group, help: "Begin another file after so many octets" }),
  "pcap-seconds": one(DURATION, { group, help: "Begin another file after so long" }),
  "pcap-files": one(integer(1), { group, help: "Keep so many files" }),
};

/** Flags that do nothing without the one before them. */
const ALONE_NOTHING = {
  explain: ["explain-to", "depth", "only", "decode", "mask"],
  pcap: ["pcap-size", "pcap-seconds", "pcap-files"],
} as const;

/** A `UsageError` for a flag that does nothing without another one, which is missing. */
export function refuseLonely(flags: { readonly [name in keyof typeof WATCH_FLAGS]?: unknown }): void {
  for (const main of ["explain", "pcap"] as const) {
    if (flags[main] !== undefined) continue;
    const lonely = ALONE_NOTHING[main].find((name) => {
      const value = flags[name];
      return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
    });
    if (lonely !== undefined) throw new UsageError(`Flag "--${lonely}" does nothing without "--${main}"`);
  }
}
