// SSDP, how devices of a house find each other (UPnP Device Architecture 2.0, 1.2 and 1.3): heads of HTTP in datagrams. Pure.
import { byWord } from "../../base/text.ts";
import { startsWith } from "../detect.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";
import { headerLine, type HeaderStyle } from "./http1_head.ts";

const REF = "UPnP 2.0 1.2";
const FIELDS: Readonly<Record<string, string>> = byWord({
  host: "the group that is asked or told",
  man: "what kind of search it is",
  mx: "answer within this many seconds, at a random moment",
  st: "what is looked for",
  nt: "what this is news of",
  nts: "here now (alive), gone (byebye), or changed (update)",
  usn: "which of the device's parts, by its unique name",
  location: "where the device describes itself",
  "cache-control": "how long this news holds",
  server: "system, UPnP and program",
  "user-agent": "system, UPnP and program",
  ext: "empty: confirms that MAN was understood",
  "bootid.upnp.org": "grows when the device starts anew",
  "configid.upnp.org": "changes with the device's description",
  "searchport.upnp.org": "the port that single questions go to",
});
const STYLE: HeaderStyle = { ref: REF, refs: byWord({}), meaning: (name) => FIELDS[name.toLowerCase()] };

function datagram(tree: Tree): Words {
  const text = decodeText(tree.reader.bytes.subarray(tree.offset, tree.reader.end));
  const value = (name: string) => new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, "im").exec(text)?.[1] ?? "";
  const first = /^[^\r\n]*/.exec(text)![0];
  tree.group(first.startsWith("HTTP/") ? "Status line" : "Request line", (group) => {
    group.meaning = clip(first, 120);
    for (const name of first.startsWith("HTTP/") ? ["Version", "Status code"] : ["Method", "Target"]) {
      tree.word(
        name,
        " \r\n",
        REF,
        (word) =>
          word === "M-SEARCH"
            ? "who is there?"
            : word === "NOTIFY"
            ? "tells everybody"
            : word === "*"
            ? "nobody in particular"
            : undefined,
      );
      tree.spaces(REF);
    }
    tree.word(first.startsWith("HTTP/") ? "Reason" : "Version", "\r\n", REF);
    tree.lineEnd(REF);
  }, { ref: REF });
  while (tree.remaining > 0 && tree.reader.peek() !== 13 && tree.reader.peek() !== 10) headerLine(tree, STYLE);
  if (tree.remaining > 0) tree.lineEnd(REF, "End of the head");
  tree.rest("Body", REF);
  if (first.startsWith("M-SEARCH")) return { summary: clip(`search for ${value("st")}`, 160), text };
  if (first.startsWith("NOTIFY")) {
    return { summary: clip(`${value("nts")} ${value("nt")} ${value("location")}`.trim(), 160), text };
  }
  return { summary: clip(`found ${value("st")} ${value("location")}`.trim(), 160), text };
}

function detectDatagram(bytes: Uint8Array): boolean {
  if (startsWith(bytes, ["M-SEARCH * HTTP/1.1\r\n", "NOTIFY * HTTP/1.1\r\n"]) === "yes") return true;
  return startsWith(bytes, ["HTTP/1.1 200 OK\r\n"]) === "yes" && /^USN:/im.test(decodeText(bytes.subarray(0, 1500)));
}

export const SSDP: Protocol = { name: "ssdp", title: "SSDP", ref: REF, udp: [1900], detectDatagram, datagram };
