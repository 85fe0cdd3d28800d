// The daemon protocol of rsync (rsync's "csprotocol.txt", rsyncd(5)): greetings, module, login, arguments; what follows is
// rsync's own stream, shown as octets with what can be read in it. Pure.
import { FormatError } from "../../base/errors.ts";
import { byWord } from "../../base/text.ts";
import { measureLine, startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const REF = "rsync daemon protocol";
const ARGUMENTS_LIMIT = 64 * 1024;
const WORDS: Readonly<Record<string, string>> = byWord({
  OK: "the module is open",
  EXIT: "the list has ended",
  AUTHREQD: "a login is wanted",
});

type Step = "greeting" | "module" | "login" | "arguments" | "stream";

class Rsync implements StreamDissector {
  readonly #steps: Record<Side, Step> = { client: "greeting", server: "greeting" };
  #protocol = 0;

  measure(bytes: Uint8Array, side: Side, _ended: boolean, scanned: number): number {
    const step = this.#steps[side];
    if (step === "stream") return bytes.length;
    if (step !== "arguments") return measureLine(bytes, scanned);
    // An empty argument ends them: behind a zero octet since version 30, a line before.
    const end = this.#protocol >= 30 ? 0 : 10;
    for (let at = Math.max(1, scanned - 1); at < bytes.length; at++) {
      if (bytes[at] === end && bytes[at - 1] === end) return at + 1;
    }
    if (bytes.length > ARGUMENTS_LIMIT) {
      throw new FormatError(`Arguments of more than ${ARGUMENTS_LIMIT} octets`, 0);
    }
    return 0;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const step = this.#steps[side];
    if (step === "stream") {
      const { length } = tree.rest("Octets", "rsync protocol", "files, sums and messages");
      return { summary: `${counted(length, "octet")} of the transfer` };
    }
    if (step === "arguments") return this.#arguments(tree);
    return side === "server" ? this.#server(tree) : this.#client(tree, step);
  }

  #server(tree: Tree): Words {
    const start = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 9));
    if (start !== "@RSYNCD: " && !start.startsWith("@ERROR")) {
      const text = tree.word("Text", "\r\n", REF, () => "of the day, or the list of modules");
      tree.lineEnd(REF);
      return { summary: text === "" ? "(empty line)" : clip(text, 120), text };
    }
    if (start.startsWith("@ERROR")) {
      const text = tree.word("Error", "\r\n", REF);
      tree.lineEnd(REF);
      return { summary: clip(text, 140), answers: "module" };
    }
    tree.text("Mark", 9, REF);
    const rest = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 9));
    if (/^\d/.test(rest)) return this.#greeting(tree, "server");
    const word = tree.word(
      "Word",
      " \r\n",
      REF,
      (text) => WORDS[text],
    );
    tree.spaces(REF);
    const challenge = word === "AUTHREQD" ? tree.word("Challenge", "\r\n", REF) : "";
    tree.lineEnd(REF);
    if (word === "OK") [this.#steps.client, this.#steps.server] = ["arguments", "stream"];
    if (word === "AUTHREQD") this.#steps.client = "login";
    return { summary: clip(`${word} ${challenge}`.trim(), 120), ...(word === "AUTHREQD" ? {} : { answers: "module" }) };
  }

  #greeting(tree: Tree, side: Side): Words {
    const version = tree.word("Version", " \r\n", REF, () => "of the protocol");
    tree.spaces(REF);
    const digests = tree.word("Digests", "\r\n", REF, () => "for logins, the best first");
    tree.lineEnd(REF);
    const number = Math.floor(Number(version)) || 0;
    this.#protocol = this.#protocol === 0 ? number : Math.min(this.#protocol, number);
    if (side === "client") this.#steps.client = "module";
    const pair = side === "client" ? { answers: "hello" } : { asks: "hello" };
    return {
      summary: clip(`greeting, version ${version}${digests === "" ? "" : `, digests ${digests}`}`, 120),
      ...pair,
    };
  }

  #client(tree: Tree, step: Step): Words {
    if (step === "greeting") {
      if (startsWith(tree.reader.bytes.subarray(tree.offset, tree.reader.end), ["@RSYNCD: "]) === "yes") {
        tree.text("Mark", 9, REF);
      }
      return this.#greeting(tree, "client");
    }
    if (step === "login") {
      const user = tree.word("User", " \r\n", REF);
      tree.spaces(REF);
      tree.word("Answer", "\r\n", REF, () => "digest of password and challenge");
      tree.lineEnd(REF);
      return { summary: clip(`login as ${user}`, 120) };
    }
    const module = tree.word("Module", "\r\n", REF, (text) => text === "#list" ? "which modules there are" : undefined);
    tree.lineEnd(REF);
    return {
      summary: module === "" || module === "#list" ? "which modules are there?" : clip(`module ${module}`, 120),
      asks: "module",
    };
  }

  #arguments(tree: Tree): Words {
    const said: string[] = [];
    const zero = this.#protocol >= 30;
    while (tree.remaining > 1) {
      const word = zero ? tree.zeroText("Argument", REF) : tree.word("Argument", "\n", REF);
      if (!zero) tree.lineEnd(REF);
      said.push(word);
    }
    if (tree.remaining > 0) tree.rest("End of the arguments", REF);
    this.#steps.client = "stream";
    return { summary: clip(`arguments ${said.join(" ")}`, 180) };
  }
}

function detect(bytes: Uint8Array): Guess {
  const guess = startsWith(bytes, ["@RSYNCD: "]);
  if (guess !== "yes") return guess;
  return bytes.length < 10 ? "maybe" : bytes[9]! >= 0x30 && bytes[9]! <= 0x39 ? "yes" : "no";
}

export const RSYNC: Protocol = {
  name: "rsync",
  title: "rsync",
  ref: REF,
  tcp: [873],
  detect,
  stream: () => new Rsync(),
};
