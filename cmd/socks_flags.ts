// The face of `netlab socks`: what its help, completions and reference are made of.
import { defineCommand } from "../lib/options/command.ts";

export const SOCKS = defineCommand({
  name: "socks",
  summary: "a SOCKS 4, 4a and 5 and HTTP proxy server",
  usage: ["socks [FLAGS]"],
  examples: [["socks --help", "see the flags"]],
  flags: {},
});
