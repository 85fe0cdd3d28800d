// Addresses that need no system: echoes, fixed text, standstill. The unnamed PIPE is with the named one in file/file.ts.
import { utf8 } from "../../base/bytes.ts";
import { integer, one } from "../../options/schema.ts";
import { EchoStream, StallStream } from "../../stream/echo.ts";
import { StdioStream } from "../../stream/stdio.ts";
import type { Stream } from "../../stream/stream.ts";
import { WebStream } from "../../stream/web.ts";
import { DualStream } from "./dual.ts";
import { defineAddress, once } from "../model.ts";

/** What an unnamed pipe opens to. */
export function echoStream(label: string): Stream {
  return new EchoStream({ label });
}

/** Fixed text. */
export const TEXT_ADDRESS = defineAddress({
  names: ["TEXT"],
  syntax: "TEXT:<text>",
  summary: "Gives this text (with \\n, \\r, \\t), writes to standard output",
  params: { min: 1, max: 1, rest: true },
  options: {},
  needs: [],
  open: ({ params: [text] }) =>
    once(async () =>
      new DualStream(
        new WebStream({ readable: ReadableStream.from([utf8(text!)]) }, { label: "text" }),
        new StdioStream({ input: false, output: "stdout" }, { label: "stdout" }),
      )
    ),
});

/** STALL. */
export const STALL = defineAddress({
  names: ["STALL"],
  syntax: "STALL",
  summary: "Gives nothing and takes nothing, for ever",
  params: { min: 0, max: 0 },
  options: {},
  needs: [],
  open: () => once(async () => new StallStream({ label: "stall" })),
});

/** SOCKETPAIR. */
export const SOCKETPAIR = defineAddress({
  names: ["SOCKETPAIR"],
  syntax: "SOCKETPAIR",
  summary: "Gives back what it is given, chunk by chunk as datagrams",
  params: { min: 0, max: 0 },
  options: {
    "so-type": one(integer(1, 5), {
      group: "Any address",
      help: "SOCKETPAIR: 1 for a stream without boundaries, 2 for datagrams, 5 for packets",
      aliases: ["socktype", "type"],
    }),
  },
  needs: [],
  open: ({ options }) =>
    once(async () => new EchoStream({ label: "socketpair" }, options["so-type"] === 1 ? "bytes" : "datagrams")),
});
