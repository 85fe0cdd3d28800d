// NBD, the network block device (github.com/NetworkBlockDevice, "The NBD protocol"): negotiation of options, then reads and
// writes with simple or structured replies. Pure.
import { viewOf } from "../../base/bytes.ts";
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { BitRow, Tree } from "../tree.ts";
import { clip, decodeText, looksLikeText } from "../coding/words.ts";

const NEGOTIATION = "NBD fixed newstyle";
const TRANSMISSION = "NBD transmission";
const LENGTH_LIMIT = 64 * 1024 * 1024;
const OPEN_LIMIT = 4096;

type Names = Readonly<Record<number, string>>;
const OPTIONS: Names = {
  1: "export name",
  2: "abort",
  3: "list",
  5: "TLS",
  6: "information",
  7: "go",
  8: "structured replies",
  9: "list of metadata contexts",
  10: "metadata contexts",
  11: "extended headers",
};
const REPLIES: Names = names(`
  1 done; 2 an export; 3 information; 4 a metadata context; 0x80000001 unsupported; 0x80000002 forbidden by policy;
  0x80000003 invalid; 0x80000004 not on this platform; 0x80000005 TLS required; 0x80000006 unknown export;
  0x80000007 shutting down; 0x80000008 block size required; 0x80000009 too big
`);
const COMMANDS: Names = {
  0: "read",
  1: "write",
  2: "disconnect",
  3: "flush",
  4: "trim",
  5: "cache",
  6: "write zeroes",
  7: "block status",
  8: "resize",
};
const CHUNKS: Names = {
  0: "none",
  1: "data",
  2: "hole",
  5: "block status",
  32769: "error",
  32770: "error at an offset",
};
const ERRORS: Names = {
  0: "ok",
  1: "not permitted",
  5: "I/O error",
  12: "no memory",
  22: "invalid argument",
  28: "no space left",
  75: "overflow",
  95: "not supported",
  108: "shutting down",
};
const INFORMATION: Names = { 0: "export", 1: "name", 2: "description", 3: "block size" };
const EXPORT_FLAGS: readonly BitRow[] = [
  ["Reserved", 0, 4],
  ["Fast zero", 4, 1],
  ["Cache", 5, 1],
  ["Resize", 6, 1],
  ["Several connections", 7, 1],
  ["No fragments", 8, 1],
  ["Write zeroes", 9, 1],
  ["Trim", 10, 1],
  ["Rotational", 11, 1],
  ["Force unit access", 12, 1],
  ["Flush", 13, 1],
  ["Read only", 14, 1],
  ["Flags count", 15, 1],
];
const REPLY_MAGIC = [0x00, 0x03, 0xe8, 0x89, 0x04, 0x55, 0x65, 0xa9];

/** A request whose reply has not come. */
interface Open {
  readonly command: number;
  readonly length: number;
}

class Nbd implements StreamDissector {
  #greeted = false;
  #flagged = false;
  #transmitting = false;
  /** The server answers "export name" without a header; "go" ends the negotiation by its "done". */
  #option = 0;
  #zeroes = true;
  readonly #open = new Map<bigint, Open>();

  measure(bytes: Uint8Array, side: Side): number {
    const view = viewOf(bytes), { length } = bytes;
    const bounded = (octets: number, data: number) => {
      if (data > LENGTH_LIMIT) throw new FormatError(`Data of ${data} octets`, 0);
      return octets + data;
    };
    if (this.#transmitting) {
      if (length < 4) return 0;
      const magic = view.getUint32(0);
      if (side === "client") {
        if (magic !== 0x25609513) throw new FormatError("No request's magic number", 0);
        if (length < 28) return 0;
        return view.getUint16(6) === 1 ? bounded(28, view.getUint32(24)) : 28;
      }
      if (magic === 0x67446698) {
        if (length < 16) return 0;
        const open = this.#open.get(view.getBigUint64(8));
        return open?.command === 0 && view.getUint32(4) === 0 ? bounded(16, open.length) : 16;
      }
      if (magic !== 0x668e33ef) throw new FormatError("No reply's magic number", 0);
      return length < 20 ? 0 : bounded(20, view.getUint32(16));
    }
    if (side === "server") {
      if (!this.#greeted) return length < 16 ? 0 : startsWith(bytes.subarray(8), ["IHAVEOPT"]) === "yes" ? 18 : 152;
      if (
        this.#option === 1 && bytes[0] !== undefined &&
        !REPLY_MAGIC.every((octet, i) => i >= length || bytes[i] === octet)
      ) {
        return this.#zeroes ? 134 : 10;
      }
      return length < 20 ? 0 : bounded(20, view.getUint32(16));
    }
    if (!this.#flagged) return 4;
    return length < 16 ? 0 : bounded(16, view.getUint32(12));
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (this.#transmitting) return side === "client" ? this.#request(tree) : this.#reply(tree);
    return side === "client" ? this.#choose(tree) : this.#offer(tree);
  }

  #offer(tree: Tree): Words {
    if (!this.#greeted) {
      this.#greeted = true;
      tree.text("Magic", 8, NEGOTIATION);
      if (tree.reader.peek() !== 0x49) {
        // The old style has no options.
        tree.bytes("Magic of the old style", 8, "NBD oldstyle");
        this.#transmitting = true;
        return this.#size(tree, 4, "old style");
      }
      tree.text("Magic of options", 8, NEGOTIATION);
      tree.flags(
        "Handshake flags",
        2,
        [["Reserved", 0, 14], ["No zeroes", 14, 1], ["Fixed newstyle", 15, 1]],
        NEGOTIATION,
      );
      return { summary: "hello, options can be negotiated" };
    }
    if (this.#option === 1 && tree.reader.peek(1) !== 0x03) {
      this.#transmitting = true;
      return { ...this.#size(tree, 2, "export"), answers: "option" };
    }
    tree.bytes("Magic", 8, NEGOTIATION);
    const option = tree.u32("Option", NEGOTIATION, OPTIONS);
    const type = tree.u32("Reply", NEGOTIATION, REPLIES);
    const length = tree.u32("Length", NEGOTIATION, (octets) => `${octets} octets`);
    const name = `${OPTIONS[option] ?? `option ${option}`}: ${REPLIES[type] ?? type}`;
    let more = "";
    if (length > 0) more = tree.part("Data", length, (part) => replyData(part, type), NEGOTIATION) ?? "";
    const last = type === 1 || type >= 0x80000000;
    if (option === 7 && type === 1) this.#transmitting = true;
    const tls = option === 5 && type === 1;
    return {
      summary: clip(`${name} ${more}`.trim(), 160),
      ...(last ? { answers: "option" } : {}),
      ...(tls ? { become: { protocol: "tls", note: "nbd" } } : {}),
    };
  }

  #size(tree: Tree, octets: 2 | 4, title: string): Words {
    const size = tree.u64("Size", NEGOTIATION, (count) => `${count} octets`);
    if (octets === 4) tree.u16("Reserved", NEGOTIATION);
    tree.flags("Export flags", 2, EXPORT_FLAGS, TRANSMISSION);
    if (tree.remaining > 0) tree.rest("Zeroes", NEGOTIATION);
    return { summary: `${title} of ${size} octets` };
  }

  #choose(tree: Tree): Words {
    if (!this.#flagged) {
      this.#flagged = true;
      const flags = tree.flags("Client flags", 4, [["Reserved", 0, 30], ["No zeroes", 30, 1], [
        "Fixed newstyle",
        31,
        1,
      ]], NEGOTIATION);
      this.#zeroes = (flags & 2) === 0;
      return { summary: "client flags" };
    }
    tree.text("Magic", 8, NEGOTIATION);
    const option = this.#option = tree.u32("Option", NEGOTIATION, OPTIONS);
    const length = tree.u32("Length", NEGOTIATION, (octets) => `${octets} octets`);
    const name = OPTIONS[option] ?? `option ${option}`;
    let more = "";
    if (length > 0) {
      more = tree.part("Data", length, (part) => {
        if (option === 1) return part.text("Export", part.remaining, NEGOTIATION);
        if (option === 6 || option === 7) {
          const size = part.u32("Length of the name", NEGOTIATION);
          const text = size === 0 ? "" : part.text("Export", size, NEGOTIATION);
          for (let left = part.u16("Requests", NEGOTIATION); left > 0; left--) {
            part.u16("Request", NEGOTIATION, INFORMATION);
          }
          return `"${text}"`;
        }
        if (option === 9 || option === 10) {
          const size = part.u32("Length of the name", NEGOTIATION);
          if (size > 0) part.text("Export", size, NEGOTIATION);
          const said: string[] = [];
          for (let left = part.u32("Queries", NEGOTIATION); left > 0; left--) {
            const count = part.u32("Length of the query", NEGOTIATION);
            if (count > 0) said.push(part.text("Query", count, NEGOTIATION));
          }
          return said.join(", ");
        }
        part.rest("Data", NEGOTIATION);
        return "";
      }, NEGOTIATION) ?? "";
    }
    return { summary: clip(`option ${name} ${more}`.trim(), 160), asks: "option" };
  }

  #request(tree: Tree): Words {
    tree.u32("Magic", TRANSMISSION, () => "a request");
    tree.flags("Flags", 2, [
      ["Reserved", 0, 11],
      ["Fast zero", 11, 1],
      ["One chunk", 12, 1],
      ["No hole", 13, 1],
      ["Do not fragment", 14, 1],
      ["Force unit access", 15, 1],
    ], TRANSMISSION);
    const command = tree.u16("Command", TRANSMISSION, COMMANDS);
    const cookie = tree.u64("Cookie", TRANSMISSION, () => "the reply repeats it");
    const offset = tree.u64("Offset", TRANSMISSION);
    const length = tree.u32("Length", TRANSMISSION, (octets) => `${octets} octets`);
    if (command === 1 && tree.remaining > 0) tree.rest("Data", TRANSMISSION);
    if (this.#open.size >= OPEN_LIMIT) this.#open.delete(this.#open.keys().next().value!);
    const name = COMMANDS[command] ?? `command ${command}`;
    const summary = command === 2 || command === 3 ? name : `${name} ${length} octets at ${offset}`;
    if (command === 2) return { summary };
    this.#open.set(cookie, { command, length });
    return { summary, asks: `nbd ${cookie}` };
  }

  #reply(tree: Tree): Words {
    const structured =
      tree.u32("Magic", TRANSMISSION, { 0x67446698: "a reply", 0x668e33ef: "a chunk of a reply" }) === 0x668e33ef;
    if (!structured) {
      const error = tree.u32("Error", TRANSMISSION, ERRORS);
      const cookie = tree.u64("Cookie", TRANSMISSION, () => "that of the request");
      const name = COMMANDS[this.#open.get(cookie)?.command ?? -1] ?? "request";
      this.#open.delete(cookie);
      const count = tree.remaining;
      if (count > 0) tree.rest("Data", TRANSMISSION);
      const said = error === 0 ? `done${count === 0 ? "" : `, ${count} octets`}` : `error ${ERRORS[error] ?? error}`;
      return { summary: `${name}: ${said}`, answers: `nbd ${cookie}` };
    }
    const flags = tree.flags("Flags", 2, [["Reserved", 0, 15], ["Last chunk", 15, 1]], TRANSMISSION);
    const type = tree.u16("Type", TRANSMISSION, CHUNKS);
    const cookie = tree.u64("Cookie", TRANSMISSION, () => "that of the request");
    const length = tree.u32("Length", TRANSMISSION, (octets) => `${octets} octets`);
    const name = COMMANDS[this.#open.get(cookie)?.command ?? -1] ?? "request";
    let more = "";
    if (length > 0) more = tree.part("Payload", length, (part) => chunkData(part, type), TRANSMISSION) ?? "";
    const last = (flags & 1) !== 0;
    if (last) this.#open.delete(cookie);
    return {
      summary: clip(`${name}: ${CHUNKS[type] ?? `chunk ${type}`} ${more}${last ? "" : ", more follows"}`, 160),
      ...(last ? { answers: `nbd ${cookie}` } : {}),
    };
  }
}

/** What a reply to an option brings; gives it in words. */
function replyData(tree: Tree, type: number): string {
  if (type === 2) {
    const size = tree.u32("Length of the name", NEGOTIATION);
    const name = size === 0 ? "" : tree.text("Name", size, NEGOTIATION);
    if (tree.remaining > 0) tree.text("Details", tree.remaining, NEGOTIATION);
    return `"${name}"`;
  }
  if (type === 3) {
    const kind = tree.u16("Information", NEGOTIATION, INFORMATION);
    if (kind === 0) {
      const size = tree.u64("Size", NEGOTIATION, (count) => `${count} octets`);
      tree.flags("Export flags", 2, EXPORT_FLAGS, TRANSMISSION);
      return `of ${size} octets`;
    }
    if (kind === 3) {
      const least = tree.u32("Least block", NEGOTIATION), best = tree.u32("Preferred block", NEGOTIATION);
      return `blocks of ${least}, better ${best}, at most ${tree.u32("Largest block", NEGOTIATION)}`;
    }
    return tree.remaining > 0 ? tree.text("Text", tree.remaining, NEGOTIATION) : "";
  }
  if (type === 4) {
    tree.u32("Context", NEGOTIATION);
    return tree.remaining > 0 ? tree.text("Name", tree.remaining, NEGOTIATION) : "";
  }
  const data = tree.rest("Data", NEGOTIATION);
  if (!looksLikeText(data)) return "";
  tree.last.value = decodeText(data);
  return decodeText(data);
}

/** The payload of a chunk of a structured reply. */
function chunkData(tree: Tree, type: number): string {
  if (type === 1) {
    const offset = tree.u64("Offset", TRANSMISSION);
    const { length } = tree.rest("Data", TRANSMISSION);
    return `${length} octets at ${offset}`;
  }
  if (type === 2) {
    const offset = tree.u64("Offset", TRANSMISSION);
    return `${tree.u32("Hole", TRANSMISSION, (octets) => `${octets} octets of zeros`)} octets at ${offset}`;
  }
  if (type === 5) {
    tree.u32("Context", TRANSMISSION);
    let count = 0;
    for (; tree.remaining >= 8; count++) {
      tree.u32("Extent", TRANSMISSION, (octets) => `${octets} octets`);
      tree.flags("Status", 4, [["Reserved", 0, 30], ["Zeros", 30, 1], ["Hole", 31, 1]], TRANSMISSION);
    }
    return `${count} extents`;
  }
  if (type >= 32768) {
    const error = tree.u32("Error", TRANSMISSION, ERRORS);
    const size = tree.u16("Length of the message", TRANSMISSION);
    const text = size === 0 ? "" : tree.text("Message", size, TRANSMISSION);
    if (tree.remaining === 8) tree.u64("Offset", TRANSMISSION);
    return `${ERRORS[error] ?? error} ${text}`.trim();
  }
  tree.rest("Data", TRANSMISSION);
  return "";
}

function detect(bytes: Uint8Array, side: Side): Guess {
  return side === "server" ? startsWith(bytes, ["NBDMAGIC"]) : bytes[0] === 0 ? "possible" : "no";
}

export const NBD: Protocol = {
  name: "nbd",
  title: "NBD",
  ref: "NBD protocol",
  tcp: [10809],
  detect,
  sideOf: (bytes) => startsWith(bytes, ["NBDMAGIC"]) === "yes" ? "server" : "client",
  stream: () => new Nbd(),
};
