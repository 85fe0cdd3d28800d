// Two ends of a connection of which one has gone, and the other waits for a reader.
import { latin1, latin1Text } from "../../lib/base/bytes.ts";
import type { Stream } from "../../lib/stream/stream.ts";
import { WebStream } from "../../lib/stream/web.ts";

/**
 * `gone` has said its last words and takes nothing. `waiting` says three things, and takes what it is given (`taken`) once
 * it has said all, as a program may that does not read while nobody reads from it.
 */
export function goneAndWaiting(): { gone: Stream; waiting: Stream; taken: string[] } {
  const broken = Object.assign(new Error("Broken pipe"), { name: "BrokenPipe" });
  const gone = new WebStream({
    readable: ReadableStream.from([latin1("last"), latin1("words")]),
    writable: new WritableStream({ write: () => Promise.reject(broken) }),
  }, { label: "gone" });
  const said = Promise.withResolvers<void>(), taken: string[] = [];
  let left = 3;
  const waiting = new WebStream({
    readable: new ReadableStream({
      pull(controller) {
        if (left-- > 0) return controller.enqueue(latin1("an answer"));
        said.resolve();
        controller.close();
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      async write(chunk) {
        await said.promise;
        taken.push(latin1Text(chunk));
      },
    }),
  }, { label: "waiting" });
  return { gone, waiting, taken };
}
