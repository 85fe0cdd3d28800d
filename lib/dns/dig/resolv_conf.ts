// `resolv.conf`: servers, search list, options, as dig reads them (resolv.conf(5)). Pure.
import { formatIp, parseIp, parseLooseIp } from "../../base/ip.ts";
import type { OctetText, Server } from "./settings.ts";

/** What the file says; the defaults where it is silent. */
export interface ResolvConf {
  readonly servers: Server[];
  readonly search: OctetText[];
  readonly ndots: number;
  /** Seconds; 0 when it is not given. */
  readonly timeout: number;
  readonly attempts: number;
}

const MAX_SERVERS = 3;
const MAX_SEARCH = 8;
const MAX_SORT = 10;

/** A word and what ended it: white space in its line, the line, or the text. */
interface Word {
  readonly word: string;
  readonly delimiter: "space" | "line" | "end";
}

/** Reads words as dig does: a comment begins only where a word could. */
class WordReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #next(): string {
    return this.#text.charAt(this.#at++);
  }

  /** The next word of the line with what ends it; empty where the line ends before. */
  word(): Word {
    let character = this.#next();
    while (/[ \t\v\f\r]/.test(character)) character = this.#next();
    if (character === ";" || character === "#") {
      while (character !== "\n" && character !== "") character = this.#next();
    }
    let word = "";
    for (; character !== "" && !/\s/.test(character); character = this.#next()) word += character;
    return { word, delimiter: character === "" ? "end" : character === "\n" ? "line" : "space" };
  }

  /** The words behind a keyword. As in dig, one that is alone in its line takes those of the next line. */
  words(): string[] {
    const words: string[] = [];
    for (;;) {
      const { word, delimiter } = this.word();
      if (word !== "") words.push(word);
      if (word === "" || delimiter !== "space") return words;
    }
  }
}

/** Reads the file's text; `undefined` when dig would refuse it ("parse of /etc/resolv.conf failed"). */
export function parseResolvConf(text: OctetText): ResolvConf | undefined {
  const reader = new WordReader(text);
  const servers: Server[] = [];
  let search: OctetText[] = [];
  let ndots = 1, timeout = 0, attempts = 3, sorts = 0, failed = false;
  const small = (word: string): number => {
    const value = /^(?:\+?\d+)?$/.test(word) ? Number(word) : NaN;
    if (!(value <= 255)) failed = true;
    return value;
  };
  for (;;) {
    const { word: keyword, delimiter } = reader.word();
    if (delimiter === "end") break;
    if (keyword === "") continue;
    if (!/^(?:nameserver|domain|search|sortlist|options)$/.test(keyword)) {
      if (delimiter === "space") reader.words();
      continue;
    }
    const words = reader.words();
    if (words.length === 0) failed = true;
    switch (keyword) {
      case "nameserver": {
        const ip = words.length === 1 && !/[[\]]/.test(words[0]!) ? parseLooseIp(words[0]!) : undefined;
        if (ip === undefined) failed = true;
        else if (servers.length < MAX_SERVERS) {
          const address = ip.family === 4 && ip.bytes.every((octet) => octet === 0) ? "127.0.0.1" : formatIp(ip);
          servers.push({ address, given: address });
        }
        break;
      }
      case "domain":
        if (words.length !== 1) failed = true;
        search = words.slice(0, 1);
        break;
      case "search":
        search = words.slice(0, MAX_SEARCH);
        break;
      case "sortlist":
        // Not used, but looked at.
        sorts += words.length;
        if (sorts > MAX_SORT || words.some((word) => word.split("/").some((part) => parseIp(part) === undefined))) {
          failed = true;
        }
        break;
      case "options":
        for (const word of words) {
          if (word.startsWith("ndots:")) ndots = small(word.slice(6));
          else if (word.startsWith("attempts:")) attempts = small(word.slice(9));
          else if (word.startsWith("timeout:")) timeout = small(word.slice(8));
        }
        break;
    }
  }
  if (failed) return undefined;
  if (servers.length === 0) {
    for (const address of ["::1", "127.0.0.1"]) servers.push({ address, given: address });
  }
  return { servers, search, ndots, timeout, attempts };
}
