// Remote procedure calls through named pipes: what is written to files of SMB and read from them, when it is DCE/RPC. Pure.
import type { DissectContext, InnerConversation, Message } from "../protocol.ts";
import type { Tree } from "../tree.ts";

/** Pipes that are followed. */
const PIPE_LIMIT = 256;

/** The calls of one connection, by the identifiers of its open files. */
export class Pipes {
  readonly #open = new Map<string, InnerConversation>();

  /** What was written to or read from `file` and is the field read last: its calls, as fields of their own octets. */
  data(tree: Tree, file: string, bytes: Uint8Array, context: DissectContext): Message[] {
    let pipe = this.#open.get(file);
    // Version 5.0, a known kind of message, numbers in little-endian order (C706 12.6.3).
    const begins = bytes.length >= 16 && bytes[0] === 5 && bytes[1] === 0 && bytes[2]! < 20 && (bytes[4]! & 0xef) === 0;
    if (pipe === undefined && begins && this.#open.size < PIPE_LIMIT) {
      pipe = context.conversation?.({}, "dcerpc");
      if (pipe !== undefined) this.#open.set(file, pipe);
    }
    if (pipe === undefined) return [];
    const messages = pipe.data(context.side, bytes.slice(), context.timeMs);
    for (const { root, bytes } of messages) tree.add({ ...root, offset: tree.offset, length: 0, buffer: bytes });
    return messages;
  }
}

/** What the line says of calls. */
export const callsIn = (messages: readonly Message[]) =>
  messages.map(({ protocol, summary }) => `${protocol}: ${summary}`).join("; ");
