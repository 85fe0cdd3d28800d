// SDP (RFC 8866): what two ends will send each other, line by line. Pure.
import { byWord } from "../../base/text.ts";
import type { Expected } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../coding/words.ts";

/** Line by letter: name, where it is defined, the names of its words. */
const LINES: Readonly<Record<string, readonly [name: string, ref: string, ...words: string[]]>> = {
  v: ["Version", "RFC 8866 5.1"],
  o: [
    "Origin",
    "RFC 8866 5.2",
    "User name",
    "Session ID",
    "Session version",
    "Network type",
    "Address type",
    "Address",
  ],
  s: ["Session name", "RFC 8866 5.3"],
  i: ["Information", "RFC 8866 5.4"],
  u: ["URI", "RFC 8866 5.5"],
  e: ["Mail address", "RFC 8866 5.6"],
  p: ["Telephone number", "RFC 8866 5.6"],
  c: ["Connection data", "RFC 8866 5.7", "Network type", "Address type", "Address"],
  b: ["Bandwidth", "RFC 8866 5.8"],
  t: ["Time active", "RFC 8866 5.9", "Start time", "Stop time"],
  r: ["Repeat times", "RFC 8866 5.10"],
  z: ["Time zones", "RFC 8866 5.11"],
  k: ["Encryption key", "RFC 8866 5.12"],
  a: ["Attribute", "RFC 8866 5.13"],
  m: ["Media", "RFC 8866 5.14", "Media type", "Port", "Transport", "Format"],
};
const ATTRIBUTES: Readonly<Record<string, readonly [meaning: string, ref: string]>> = byWord({
  rtpmap: ["what a payload type is", "RFC 8866 6.6"],
  fmtp: ["parameters of a format", "RFC 8866 6.15"],
  ptime: ["milliseconds of media in a packet", "RFC 8866 6.4"],
  maxptime: ["at most so many milliseconds in a packet", "RFC 8866 6.5"],
  recvonly: ["receives only", "RFC 8866 6.7.1"],
  sendrecv: ["sends and receives", "RFC 8866 6.7.2"],
  sendonly: ["sends only", "RFC 8866 6.7.3"],
  inactive: ["neither sends nor receives", "RFC 8866 6.7.4"],
  rtcp: ["port of RTCP", "RFC 3605 2.1"],
  "rtcp-mux": ["RTP and RTCP on one port", "RFC 5761 5.1.1"],
  candidate: ["a way to be reached", "RFC 8839 5.1"],
  "ice-ufrag": ["user name of ICE", "RFC 8839 5.4"],
  "ice-pwd": ["password of ICE", "RFC 8839 5.4"],
  fingerprint: ["hash of the certificate", "RFC 8122 5"],
  setup: ["who connects", "RFC 4145 4"],
  mid: ["name of this stream", "RFC 5888 4"],
  group: ["streams that belong together", "RFC 5888 5"],
  crypto: ["keys of SRTP, in clear", "RFC 4568 4"],
  ssrc: ["an attribute of a source", "RFC 5576 4.1"],
});

/** The lines in the rest of `tree`: a word for the summary, and the ports that media will come to. */
export function sdp(tree: Tree): { summary: string; expects: Expected[] } {
  const media: string[] = [];
  const expects: { host?: string; port: number; protocol: string }[] = [];
  let host: string | undefined, ofMedia = false;
  while (tree.remaining > 0) {
    tree.group("Line", (group) => {
      const letter = String.fromCharCode(tree.reader.peek()!);
      const [name, ref, ...words] = LINES[letter] ?? ["Unknown line", "RFC 8866 5"];
      group.ref = ref;
      if (tree.reader.peek(1) !== 0x3d) {
        tree.word("Text", "\r\n", "RFC 8866 5");
        tree.flaw("A line begins with a letter and an equals sign");
        return tree.lineEnd("RFC 8866 5");
      }
      tree.text("Type", 2, "RFC 8866 5", () => name);
      const said: string[] = [];
      if (words.length > 0) {
        for (let i = 0;; i++) {
          tree.spaces(ref);
          const next = tree.reader.peek();
          if (next === undefined || next === 13 || next === 10) break;
          said.push(tree.word(words[Math.min(i, words.length - 1)]!, " \r\n", ref));
        }
      } else if (letter === "a") said.push(attribute(tree));
      else {said.push(tree.word(
          name,
          "\r\n",
          ref,
          letter === "v" ? (text) => text === "0" ? "the only one" : undefined : undefined,
        ));}
      tree.lineEnd("RFC 8866 5");
      group.meaning = clip(`${name}: ${said.join(" ")}`, 120);
      if (letter === "c") {
        // Of the whole session, or of the media that stands before it.
        const address = (said[2] ?? "").split("/")[0]!;
        if (ofMedia) { for (const entry of expects.slice(-2)) entry.host = address; }
        else host = address;
      }
      if (letter === "m") {
        ofMedia = true;
        const port = Number(said[1]?.split("/")[0]);
        media.push(`${said[0]} ${said[1]} ${said[2] ?? ""}`.trim());
        if (port > 0 && port < 65535 && /RTP/i.test(said[2] ?? "")) {
          const where = host === undefined ? {} : { host };
          expects.push({ ...where, port, protocol: "rtp" }, { ...where, port: port + 1, protocol: "rtp" });
        }
      }
    });
  }
  return { summary: clip(`SDP ${media.join(", ")}`.trim(), 100), expects: expects.slice(0, 32) };
}

/** `name` or `name:value`. */
function attribute(tree: Tree): string {
  const name = tree.word("Attribute name", ":\r\n", "RFC 8866 5.13", (word) => ATTRIBUTES[word]?.[0]);
  const ref = ATTRIBUTES[name]?.[1] ?? "RFC 8866 5.13";
  tree.last.ref = ref;
  if (tree.reader.peek() !== 0x3a) return name;
  tree.text("Separator", 1, ref);
  const value = tree.word("Attribute value", "\r\n", ref);
  return `${name}:${value}`;
}
