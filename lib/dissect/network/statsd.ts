// StatsD ("StatsD Metric Types", with the tags of DogStatsD) and Graphite's plain text ("Feeding In Your Data"): lines of
// a name and a value. Pure.
import { byWord } from "../../base/text.ts";
import { measureLine } from "../detect.ts";
import type { Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const STATSD_REF = "StatsD metric types";
const GRAPHITE_REF = "Graphite plaintext";
const KINDS: Readonly<Record<string, string>> = byWord({
  c: "counter",
  g: "gauge",
  ms: "timer, in milliseconds",
  h: "histogram",
  d: "distribution",
  s: "set",
  m: "meter",
});

/** `name:value|kind|@rate|#tag:a,b`: one metric up to the line's end. */
function metric(tree: Tree): string {
  return tree.group("Metric", (group) => {
    const special = decodeText(tree.reader.bytes.subarray(tree.offset, tree.offset + 3));
    if (special === "_e{" || special === "_sc") {
      const text = tree.word(special === "_e{" ? "Event" : "Service check", "\r\n", "DogStatsD datagram");
      group.meaning = clip(text, 100);
      tree.lineEnd(STATSD_REF);
      return group.meaning;
    }
    const name = tree.word("Name", ":\r\n", STATSD_REF);
    const values: string[] = [];
    while (tree.reader.peek() === 0x3a) {
      tree.bytes("Separator", 1, STATSD_REF);
      values.push(
        tree.word("Value", ":|\r\n", STATSD_REF, (text) => /^[+-]/.test(text) ? "a change of a gauge" : undefined),
      );
    }
    let kind = "", extra = "";
    while (tree.reader.peek() === 0x7c) {
      tree.bytes("Separator", 1, STATSD_REF);
      const first = String.fromCharCode(tree.reader.peek() ?? 0);
      if (first === "@") extra += ` ${tree.word("Sample rate", "|\r\n", STATSD_REF)}`;
      else if (first === "#") extra += ` ${tree.word("Tags", "|\r\n", "DogStatsD datagram")}`;
      else if (kind === "") kind = tree.word("Kind", "|\r\n", STATSD_REF, (text) => KINDS[text] ?? "unknown");
      else if (tree.word("More", "|\r\n", "DogStatsD datagram") === "") break;
    }
    tree.lineEnd(STATSD_REF);
    group.meaning = clip(`${name} ${KINDS[kind]?.split(",")[0] ?? kind} ${values.join(" ")}${extra}`, 100);
    return group.meaning;
  }, { ref: STATSD_REF });
}

function statsd(tree: Tree): Words {
  const said: string[] = [];
  while (tree.remaining > 0) {
    const at = tree.offset;
    const line = metric(tree);
    if (said.length < 5) said.push(line);
    if (tree.offset === at) tree.rest("Data");
  }
  return { summary: clip(said.join("; "), 200) };
}

/** Lines of `name:value|kind`. */
function looksStatsd(bytes: Uint8Array): boolean {
  return /^[\w.\-\/ ]{1,200}:[-+]?\d+(\.\d+)?\|(c|g|ms|h|d|s|m)(\||\r?\n|$)/.test(decodeText(bytes.subarray(0, 300)));
}

const stream = (dissect: (tree: Tree) => Words): StreamDissector => ({
  measure: (bytes: Uint8Array, _side: Side, ended: boolean, scanned: number) =>
    measureLine(bytes, scanned) || (ended ? bytes.length : 0),
  dissect,
});

function detectStatsd(bytes: Uint8Array): Guess {
  if (looksStatsd(bytes)) return "yes";
  return /^[\w.\-_{]/.test(decodeText(bytes.subarray(0, 1))) ? "possible" : "no";
}

export const STATSD: Protocol = {
  name: "statsd",
  title: "StatsD",
  ref: STATSD_REF,
  udp: [8125],
  tcp: [8125],
  detect: detectStatsd,
  detectDatagram: looksStatsd,
  stream: () => stream(statsd),
  datagram: statsd,
};

/** `name;tag=a value seconds` on each line. */
function graphite(tree: Tree): Words {
  const said: string[] = [];
  while (tree.remaining > 0) {
    const at = tree.offset;
    tree.group("Metric", (group) => {
      const name = tree.word("Name", "; \t\r\n", GRAPHITE_REF);
      let tags = "";
      while (tree.reader.peek() === 0x3b) {
        tree.bytes("Separator", 1, GRAPHITE_REF);
        tags += ` ${tree.word("Tag", "; \t\r\n", "Graphite tags")}`;
      }
      tree.spaces(GRAPHITE_REF);
      const value = tree.word("Value", " \t\r\n", GRAPHITE_REF);
      tree.spaces(GRAPHITE_REF);
      tree.word("Time", " \t\r\n", GRAPHITE_REF, (text) => {
        const date = new Date(Number(text) * 1000);
        return text === "-1" ? "now" : Number.isNaN(date.getTime()) ? undefined : date.toISOString();
      });
      tree.word("More", "\r\n", GRAPHITE_REF);
      tree.lineEnd(GRAPHITE_REF);
      group.meaning = clip(`${name}${tags} = ${value}`, 100);
      if (said.length < 5) said.push(group.meaning);
    }, { ref: GRAPHITE_REF });
    if (tree.offset === at) tree.rest("Data");
  }
  return { summary: clip(said.join("; "), 200) };
}

/** A path with dots, a number, seconds since 1970. */
function looksGraphite(bytes: Uint8Array): boolean {
  return /^[\w\-%]+(\.[\w\-%=;]+)+ [-+]?\d+(\.\d+)?(e[-+]?\d+)? (-1|\d{10})(\.\d+)?\r?\n/i
    .test(decodeText(bytes.subarray(0, 400)));
}

export const GRAPHITE: Protocol = {
  name: "graphite",
  title: "Graphite",
  ref: GRAPHITE_REF,
  tcp: [2003],
  udp: [2003],
  detect: (bytes) => looksGraphite(bytes) ? "yes" : /^[\w%]/.test(decodeText(bytes.subarray(0, 1))) ? "possible" : "no",
  detectDatagram: looksGraphite,
  stream: () => stream(graphite),
  datagram: graphite,
};
