// Syslog: RFC 5424 and the older BSD form (RFC 3164), by datagram or framed over TCP (RFC 6587). Pure.
import { measureLine } from "../detect.ts";
import type { Guess, Protocol, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const FACILITIES = [
  "kernel",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "printer",
  "news",
  "uucp",
  "clock",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "clock 2",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
];
const SEVERITIES = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

/** Structured data: `[id name="value"]…` or `-`. */
function structured(tree: Tree): void {
  const { bytes, offset, end } = tree.reader;
  let at = offset, quoted = false;
  if (bytes[at] === 0x2d) at++;
  else {
    while (at < end && (bytes[at] === 0x5b || quoted)) {
      for (at++; at < end; at++) {
        if (bytes[at] === 0x5c && quoted) at++;
        else if (bytes[at] === 0x22) quoted = !quoted;
        else if (bytes[at] === 0x5d && !quoted) break;
      }
      if (at < end) at++;
    }
  }
  at = Math.min(at, end);
  if (at > offset) {
    tree.text("Structured data", at - offset, "RFC 5424 6.3", (text) => text === "-" ? "none" : undefined);
  }
}

function dissect(tree: Tree): Words {
  const ref = "RFC 5424 6.2";
  let level = "";
  if (tree.reader.peek() === 0x3c) {
    const text = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 5));
    const digits = /^<(\d{1,3})>/.exec(text);
    if (digits !== null) {
      const number = Number(digits[1]);
      level = `${FACILITIES[number >> 3] ?? number >> 3}.${SEVERITIES[number & 7]}`;
      tree.text("Priority", digits[0].length, "RFC 5424 6.2.1", () => level);
    }
  }
  const modern = /^[1-9]\d{0,2} /.test(decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 4)));
  let host = "", program = "";
  if (modern) {
    tree.word("Version", " ", ref);
    for (const name of ["Timestamp", "Host", "Program", "Process", "Message ID"]) {
      tree.spaces(ref);
      const word = tree.word(name, " ", ref, (text) => text === "-" ? "none" : undefined);
      if (name === "Host") host = word;
      if (name === "Program") program = word;
    }
    tree.spaces(ref);
    structured(tree);
    if (tree.remaining > 0) tree.bytes("Space", 1, ref);
  } else {
    const text = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 96));
    const stamp = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /.exec(text);
    if (stamp !== null) {
      tree.text("Timestamp", 15, "RFC 3164 4.1.2");
      tree.spaces("RFC 3164 4.1.2");
      // The host is left out by local senders: a tag ends in a colon or bracket.
      const next = /^\S+/.exec(text.slice(16))?.[0] ?? "";
      if (next !== "" && !/[:\[]/.test(next)) {
        host = tree.word("Host", " ", "RFC 3164 4.1.2");
        tree.spaces("RFC 3164 4.1.2");
      }
    }
    const tag = /^([\w./-]{1,48})(\[\d+\])?: ?/.exec(
      decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 80)),
    );
    if (tag !== null && tag[0].length <= tree.remaining) {
      program = tree.text("Tag", tag[0].length, "RFC 3164 4.1.3").replace(/: ?$/, "");
    }
  }
  const message = tree.remaining > 0
    ? tree.text("Message", tree.remaining, modern ? "RFC 5424 6.4" : "RFC 3164 4.1.3")
    : "";
  const who = [host, program].filter((word) => word !== "" && word !== "-").join(" ");
  return { summary: clip(`${level} ${who}${who === "" ? "" : ": "}${message.trim()}`.trim(), 160), text: message };
}

/** Octet counting (`123 <14>…`) or a line. */
const stream = (): StreamDissector => ({
  measure(bytes, _side, _ended, scanned) {
    const counted = /^(\d{1,6}) /.exec(decodeText(bytes.subarray(0, 8)));
    return counted === null ? measureLine(bytes, scanned) : counted[0].length + Number(counted[1]);
  },
  dissect(tree) {
    const counted = /^(\d{1,6}) /.exec(decodeText(tree.reader.bytes.subarray(0, 8)));
    if (counted !== null) {
      tree.text("Message length", counted[0].length, "RFC 6587 3.4.1", (text) => `${text.trim()} octets`);
    }
    return dissect(tree);
  },
});

function detect(bytes: Uint8Array): Guess {
  const text = decodeText(bytes.subarray(0, 16));
  if (/^(\d{1,6} )?<\d{1,3}>/.test(text)) return "yes";
  return /^(\d{1,6} ?)?(<\d{0,3})?$/.test(text) ? "maybe" : "no";
}

export const SYSLOG: Protocol = {
  name: "syslog",
  title: "Syslog",
  ref: "RFC 5424",
  tcp: [514, 601],
  udp: [514],
  detect,
  detectDatagram: (bytes) => /^<\d{1,3}>(\d |[A-Z][a-z]{2} [ \d]\d )/.test(decodeText(bytes.subarray(0, 16))),
  stream,
  datagram: dissect,
};
