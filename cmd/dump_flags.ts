// The face of `netlab dump`: what its help, completions and reference are made of.
import { defineCommand } from "../lib/options/command.ts";

export const DUMP = defineCommand({
  name: "dump",
  summary: "shows traffic, live or from a capture file",
  usage: ["dump [FLAGS]"],
  examples: [["dump --help", "see the flags"]],
  flags: {},
});
