// Git's own protocol over TCP (git-scm.com, "gitprotocol-pack", "-common", "-v2"): packet lines, side bands, packs. Pure.
import { byWord } from "../../base/text.ts";
import { FormatError } from "../../base/errors.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText, looksLikeText } from "../coding/words.ts";

const LINE = "gitprotocol-common", PACK = "gitprotocol-pack";
const BANDS: Readonly<Record<number, string>> = { 1: "pack data", 2: "progress", 3: "error" };
const SPECIAL: Readonly<Record<string, string>> = {
  "0000": "flush: end of this part",
  "0001": "delimiter",
  "0002": "end of the answer",
};
const SERVICES: Readonly<Record<string, string>> = byWord({
  "git-upload-pack": "fetch",
  "git-receive-pack": "push",
  "git-upload-archive": "archive",
});
const VERBS: Readonly<Record<string, string>> = byWord({
  want: "an object that is wanted",
  have: "an object that is there already",
  done: "no more to tell",
  shallow: "history ends here",
  deepen: "so many commits deep",
  ACK: "common object",
  NAK: "nothing in common yet",
  ERR: "error",
  unpack: "whether the pack was taken",
  ok: "the reference was changed",
  ng: "the reference was not changed",
});

const LENGTH = /^[0-9a-f]{4}$/i;

class Git implements StreamDissector {
  /** After its commands a client that pushes sends a pack that is in no lines. */
  #push = false;
  readonly #raw: Record<Side, boolean> = { client: false, server: false };

  measure(bytes: Uint8Array, side: Side): number {
    if (this.#raw[side]) return bytes.length;
    if (bytes.length < 4) return 0;
    const digits = decodeText(bytes.subarray(0, 4));
    if (!LENGTH.test(digits)) {
      if (digits === "PACK") {
        if (bytes.length < 12) return 0;
        this.#raw[side] = true;
        return 12;
      }
      throw new FormatError("A packet line begins with its length in four hexadecimal digits", 0);
    }
    const length = parseInt(digits, 16);
    return length < 4 ? 4 : length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    if (this.#raw[side]) {
      if (tree.remaining === 12 && tree.reader.peek() === 0x50) return packHead(tree);
      tree.rest("Pack data", PACK, "compressed objects");
      return { summary: `pack, ${counted(tree.reader.bytes.length, "octet")}` };
    }
    const digits = tree.text(
      "Length",
      4,
      LINE,
      (text) =>
        SPECIAL[text] ?? (LENGTH.test(text) ? `${counted(parseInt(text, 16), "octet")} with these four` : undefined),
    );
    if (SPECIAL[digits] !== undefined || tree.remaining === 0) return { summary: SPECIAL[digits] ?? "empty line" };
    const first = tree.reader.peek()!;
    if (side === "server" && BANDS[first] !== undefined) {
      tree.u8("Side band", PACK, BANDS);
      const count = tree.remaining;
      if (count === 0) return { summary: "side band, nothing" };
      const octets = tree.bytes("Data", count, PACK);
      if (first === 1 || !looksLikeText(octets)) {
        return { summary: `side band: ${BANDS[first]}, ${counted(count, "octet")}` };
      }
      tree.last.value = decodeText(octets);
      return {
        summary: `side band: ${BANDS[first]}: ${clip(decodeText(octets).trim(), 100)}`,
        text: decodeText(octets),
      };
    }
    const text = decodeText(tree.reader.bytes.subarray(tree.offset, tree.reader.end));
    if (side === "client" && /^git-(upload|receive)-(pack|archive) /.test(text)) return this.#request(tree);
    return this.#line(tree, text, side);
  }

  /** `git-upload-pack /path\0host=name\0\0version=2\0` */
  #request(tree: Tree): Words {
    const ref = "gitprotocol-pack, git transport";
    const command = tree.word(
      "Command",
      " ",
      ref,
      (word) => SERVICES[word],
    );
    this.#push = command === "git-receive-pack";
    tree.spaces(ref);
    const path = tree.zeroText("Path", ref);
    const more: string[] = [];
    while (tree.remaining > 0) {
      const text = tree.zeroText("Parameter", ref, (word) => word === "" ? "extra parameters follow" : undefined);
      if (text !== "") more.push(text);
    }
    return { summary: clip(`${command} ${path} ${more.join(" ")}`.trim(), 160), asks: "git" };
  }

  #line(tree: Tree, text: string, side: Side): Words {
    const ref = PACK;
    const object = /^[0-9a-f]{40,64} /.exec(text);
    if (object !== null) {
      // A reference that is told, or a change: old, new, name.
      tree.word("Object", " ", ref);
      tree.spaces(ref);
      const change = side === "client" && this.#push ? tree.word("New object", " ", ref) : "";
      if (change !== "") tree.spaces(ref);
      const name = tree.word("Reference", "\0\n", ref);
      this.#capabilities(tree, ref);
      const id = object[0].trim().slice(0, 10);
      return {
        summary: clip(change === "" ? `${id} ${name}` : `${name}: ${id} to ${change.slice(0, 10)}`, 140),
        ...(side === "server" ? { answers: "git" } : {}),
      };
    }
    const verb = tree.word("Word", " \n\0=", ref, (word) => VERBS[word]);
    if (tree.reader.peek() === 0x3d) tree.text("Separator", 1, ref);
    else tree.spaces(ref);
    const rest = tree.word("Parameters", "\n\0", ref);
    this.#capabilities(tree, ref);
    return { summary: clip(`${verb}${/=/.test(text.slice(0, verb.length + 1)) ? "=" : " "}${rest}`.trim(), 140) };
  }

  #capabilities(tree: Tree, ref: string): void {
    if (tree.reader.peek() === 0) {
      tree.u8("Zero", ref, () => "capabilities follow");
      tree.word("Capabilities", "\n", "gitprotocol-capabilities");
    }
    tree.rest("Line end", ref);
  }
}

function packHead(tree: Tree): Words {
  const ref = "gitformat-pack";
  tree.text("Signature", 4, ref);
  const version = tree.u32("Version", ref), count = tree.u32("Number of objects", ref);
  return { summary: `pack version ${version}, ${count} objects` };
}

function detect(bytes: Uint8Array, side: Side): Guess {
  const head = decodeText(bytes.subarray(0, 24));
  if (side === "server") return /^[0-9a-f]{4}/.test(head) ? "possible" : "no";
  if (/^[0-9a-f]{4}git-(upload|receive)-/.test(head)) return "yes";
  return /^[0-9a-f]{0,4}$/.test(head) ||
      (/^[0-9a-f]{4}/.test(head) && startsWith(bytes.subarray(4), ["git-"]) === "maybe")
    ? "maybe"
    : "no";
}

export const GIT: Protocol = {
  name: "git",
  title: "Git",
  ref: PACK,
  tcp: [9418],
  detect,
  stream: () => new Git(),
};
