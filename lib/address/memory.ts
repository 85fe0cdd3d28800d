// Addresses that need no system: an echo, and fixed text.
import { utf8 } from "../base/bytes.ts";
import { WebStream } from "../stream/web.ts";
import { defineAddress, once } from "./model.ts";

/** An echo: what is written is read back. */
export const ECHO = defineAddress({
  names: ["ECHO"],
  syntax: "ECHO or PIPE",
  summary: "Gives back what it is given",
  params: { min: 0, max: 0 },
  options: {},
  needs: [],
  open: () => once(async () => new WebStream(new TransformStream<Uint8Array, Uint8Array>(), { label: "echo" })),
});

/** Fixed text. */
export const TEXT_ADDRESS = defineAddress({
  names: ["TEXT"],
  syntax: "TEXT:<text>",
  summary: "Gives this text (with \\n, \\r, \\t), takes and drops everything",
  params: { min: 1, max: 1, rest: true },
  options: {},
  needs: [],
  open: ({ params: [text] }) =>
    once(async () => new WebStream({ readable: ReadableStream.from([utf8(text!)]) }, { label: "text" })),
});
