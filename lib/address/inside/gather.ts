// Several connections joined into one conversation: BROKER (all to all) and MERGE (many in, one out).
import { UsageError } from "../../base/errors.ts";
import { DURATION, one, SIZE, toggle, type Values } from "../../options/schema.ts";
import { Funnel, type HubOptions, Room } from "../../stream/hub.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Endpoint } from "../endpoint.ts";
import { defineAddress, once } from "../model.ts";

const group = "Joining many";

const GATHER_OPTIONS = {
  line: toggle({ group, help: "Keep lines whole: nobody else's words come into the middle of one" }),
  queue: one(SIZE, {
    group,
    help: "Octets that may wait for a slow member, 256 more counted for each message (default 1M)",
    fallback: 1024 * 1024,
  }),
  patience: one(DURATION, {
    group,
    help:
      "When its queue is full those who speak wait for it; one that takes nothing for so long is shut out (default 2)",
    fallback: 2000,
  }),
};

function hubOptions({ line, queue, patience }: Values<typeof GATHER_OPTIONS>): HubOptions {
  return { lines: line, queueSize: queue, patienceMs: patience };
}

const rooms = new Map<string, Room>();

/** BROKER. */
export const BROKER = defineAddress({
  names: ["BROKER"],
  syntax: "BROKER or BROKER:<name>",
  summary: "A room: what one connection sends goes to all others, as with tcp-listen:1234,fork BROKER",
  params: { min: 0, max: 1 },
  options: {
    ...GATHER_OPTIONS,
    chat: toggle({ group, help: "As ncat --chat: each line begins with who says it, <user1>, <user2> …" }),
  },
  needs: [],
  open: ({ params: [name = ""], options }) =>
    once(async (): Promise<Stream> => {
      let room = rooms.get(name);
      if (room === undefined) {
        room = new Room(() => rooms.delete(name));
        rooms.set(name, room);
      }
      const about = { label: name === "" ? "broker" : `broker:${name}` };
      return room.join(about, { ...hubOptions(options), chat: options.chat });
    }),
});

const funnels = new Map<string, Funnel>();

/**
 * MERGE. The shared address is parsed by `parse`, which the list of addresses gives, as that knows all of them.
 */
export function mergeAddress(parse: (text: string) => Endpoint) {
  return defineAddress({
    names: ["MERGE"],
    syntax: 'MERGE:<address> or MERGE:"<address,options>"',
    summary: "Opens an address once and shares it: what all connections send goes into it, what it sends to all",
    params: { min: 1, max: 1, rest: true },
    options: GATHER_OPTIONS,
    needs: ([text]) => parse(text!).needs,
    check([text]) {
      const shared = parse(text!);
      if (shared.forks) throw new UsageError(`MERGE shares one stream: "${text}" opens many (fork)`);
    },
    plan: ([text]) => [`Opens ${text} once and shares it`],
    open: ({ params: [text], options, context }) =>
      once(async (): Promise<Stream> => {
        let funnel = funnels.get(text!);
        if (funnel === undefined) {
          const fresh: Funnel = new Funnel(() => parse(text!).openOne(context), () => {
            if (funnels.get(text!) === fresh) funnels.delete(text!);
          });
          funnel = fresh;
          funnels.set(text!, funnel);
        }
        return await funnel.join({ label: `merge:${text}` }, hubOptions(options));
      }),
  });
}
