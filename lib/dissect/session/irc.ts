// IRC (RFC 2812) with message tags and capabilities (ircv3.net). Pure.
import { byWord } from "../../base/text.ts";
import { base64Bytes } from "../coding/sasl.ts";
import { measureLine, plainLine } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const REF = "RFC 2812 2.3";
const COMMANDS: Readonly<Record<string, readonly [meaning: string, ref: string]>> = {
  PASS: ["password of the connection", "RFC 2812 3.1.1"],
  NICK: ["sets the nickname", "RFC 2812 3.1.2"],
  USER: ["says who the user is", "RFC 2812 3.1.3"],
  OPER: ["asks for operator's rights", "RFC 2812 3.1.4"],
  MODE: ["sets modes", "RFC 2812 3.1.5"],
  QUIT: ["ends the connection", "RFC 2812 3.1.7"],
  JOIN: ["enters a channel", "RFC 2812 3.2.1"],
  PART: ["leaves a channel", "RFC 2812 3.2.2"],
  TOPIC: ["the topic of a channel", "RFC 2812 3.2.4"],
  NAMES: ["asks who is in a channel", "RFC 2812 3.2.5"],
  LIST: ["asks for channels", "RFC 2812 3.2.6"],
  INVITE: ["invites to a channel", "RFC 2812 3.2.7"],
  KICK: ["sends somebody out of a channel", "RFC 2812 3.2.8"],
  PRIVMSG: ["a text", "RFC 2812 3.3.1"],
  NOTICE: ["a text that nobody answers by itself", "RFC 2812 3.3.2"],
  MOTD: ["asks for the message of the day", "RFC 2812 3.4.1"],
  WHO: ["asks for users", "RFC 2812 3.6.1"],
  WHOIS: ["asks who somebody is", "RFC 2812 3.6.2"],
  PING: ["are you there?", "RFC 2812 3.7.2"],
  PONG: ["still here", "RFC 2812 3.7.3"],
  ERROR: ["the server ends the connection", "RFC 2812 3.7.4"],
  AWAY: ["is away", "RFC 2812 4.1"],
  CAP: ["capabilities", "IRCv3 capability negotiation"],
  AUTHENTICATE: ["logs in by SASL", "IRCv3 SASL"],
  TAGMSG: ["tags without a text", "IRCv3 message tags"],
};
const REPLIES: Readonly<Record<string, string>> = byWord({
  "001": "welcome",
  "002": "your host",
  "003": "created",
  "004": "server information",
  "005": "what the server supports",
  "251": "users",
  "252": "operators",
  "254": "channels",
  "255": "clients of this server",
  "265": "local users",
  "266": "global users",
  "301": "is away",
  "311": "who somebody is",
  "318": "end of WHOIS",
  "324": "modes of the channel",
  "331": "no topic",
  "332": "topic",
  "333": "who set the topic",
  "353": "names",
  "366": "end of the names",
  "372": "message of the day",
  "375": "message of the day begins",
  "376": "end of the message of the day",
  "401": "no such nickname",
  "403": "no such channel",
  "404": "cannot send to the channel",
  "421": "unknown command",
  "422": "no message of the day",
  "431": "no nickname given",
  "432": "bad nickname",
  "433": "nickname in use",
  "451": "not registered",
  "461": "too few parameters",
  "462": "already registered",
  "464": "wrong password",
  "471": "channel is full",
  "473": "by invitation only",
  "474": "banned",
  "475": "wrong key of the channel",
  "482": "not an operator of the channel",
  "900": "logged in",
  "903": "SASL succeeded",
  "904": "SASL failed",
});

class Irc implements StreamDissector {
  #sasl = "";

  measure(bytes: Uint8Array, _side: Side, _ended: boolean, scanned: number): number {
    return measureLine(bytes, scanned);
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const text = decodeText(tree.reader.bytes.subarray(tree.offset, tree.reader.end)).trimEnd();
    if (tree.reader.peek() === 0x40) {
      tree.word("Tags", " \r\n", "IRCv3 message tags");
      tree.spaces(REF);
    }
    let from = "";
    if (tree.reader.peek() === 0x3a) {
      from = tree.word("Prefix", " \r\n", REF, () => "who it comes from").slice(1).split("!")[0]!;
      tree.spaces(REF);
    }
    const command = tree.word("Command", " \r\n", REF, (word) => REPLIES[word] ?? COMMANDS[word.toUpperCase()]?.[0]);
    const verb = command.toUpperCase();
    const ref = /^\d/.test(verb) ? "RFC 2812 5" : COMMANDS[verb]?.[1] ?? REF;
    if (command !== "") tree.last.ref = ref;
    const words: string[] = [];
    let secret = false;
    for (let i = 0; i < 20; i++) {
      tree.spaces(REF);
      const next = tree.reader.peek();
      if (next === undefined || next === 13 || next === 10) break;
      if (next === 0x3a) {
        tree.text("Colon", 1, REF, () => "the last parameter, with its spaces");
        words.push(tree.word("Text", "\r\n", ref));
      } else words.push(tree.word("Parameter", " \r\n", ref));
      const clear = this.#isSecret(verb, words, i, side);
      if (clear && words.at(-1) !== "") {
        tree.last.secret = true;
        words[i] = "(password in clear)";
        secret = true;
      }
    }
    if (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) tree.word("More", "\r\n", REF);
    tree.lineEnd(REF);
    const said = words.map((word) => clip(word, 120)).join(" ");
    const name = REPLIES[verb] === undefined ? verb : `${verb} (${REPLIES[verb]})`;
    const summary = clip(`${from === "" ? "" : `${clip(from, 40)}: `}${name} ${said}`.trim(), 200);
    const key = verb === "PING"
      ? { asks: `ping ${words.at(-1) ?? ""}` }
      : verb === "PONG"
      ? { answers: `ping ${words.at(-1) ?? ""}` }
      : {};
    return { summary, ...key, ...(secret ? {} : { text }) };
  }

  #isSecret(verb: string, words: readonly string[], at: number, side: Side): boolean {
    if (side === "server") return false;
    if (verb === "PASS") return at === 0;
    if (verb === "OPER") return at === 1;
    if (verb === "PRIVMSG" && /^nickserv$/i.test(words[0] ?? "")) return at === 1 && /^identify/i.test(words[1]!);
    if (verb !== "AUTHENTICATE") return false;
    const word = words[at]!;
    if (this.#sasl === "" && /^[A-Z0-9-]+$/.test(word)) {
      this.#sasl = word;
      return false;
    }
    return word.length > 1 && this.#sasl === "PLAIN" && base64Bytes(word) !== undefined;
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  const head = decodeText(bytes.subarray(0, 200));
  if (side === "client") {
    // "USER" and "PASS" alone are POP3's and FTP's too.
    if (/^(CAP LS|NICK [^ \r\n]+\r?\n(USER|CAP) |USER [^ \r\n]+ [^ \r\n]+ [^ \r\n]+ :)/i.test(head)) return "yes";
    if (/^(C|CA|CAP|CAP L?)$/i.test(head)) return "maybe";
    return plainLine(bytes);
  }
  if (/^:[^ \r\n]+ (NOTICE (AUTH|\*)|00\d) /.test(head)) return "yes";
  return plainLine(bytes);
}

export const IRC: Protocol = {
  name: "irc",
  title: "IRC",
  ref: "RFC 2812",
  tcp: [6667, 6666, 6668, 6669],
  detect,
  sideOf: (bytes) => bytes[0] === 0x3a ? "server" : "client",
  stream: () => new Irc(),
};
