// NetBIOS datagrams (RFC 1002 4.4): by which hosts of Windows' kind say to their network who they are. Pure.
import { octetCount } from "../coding/words.ts";
import { name } from "./nbns.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const TYPES: Readonly<Record<number, string>> = {
  0x10: "to a host",
  0x11: "to a group",
  0x12: "to everybody",
  0x13: "error",
  0x14: "query request",
  0x15: "positive query response",
  0x16: "negative query response",
};
/** What a message to the mailslot BROWSE begins with (MS-BRWS 2.2). */
const BROWSER: Readonly<Record<number, string>> = {
  1: "host announcement",
  2: "announcement request",
  8: "election",
  9: "backup list request",
  10: "backup list response",
  11: "become backup",
  12: "domain announcement",
  13: "master announcement",
  14: "reset state",
  15: "local master announcement",
};

/** What the carried message of SMB is about: its mailslot, and of the browsers' what they say. */
function mailslot(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  const match = /\\MAILSLOT\\[A-Z0-9\\]+/i.exec(text);
  if (match === null) return undefined;
  const said = /BROWSE$/i.test(match[0]) ? BROWSER[bytes[match.index + match[0].length + 1] ?? 0] : undefined;
  return said ?? match[0];
}

function datagram(tree: Tree): Words {
  const ref = "RFC 1002 4.4.1";
  const type = tree.u8("Type", ref, TYPES);
  tree.flags("Flags", 1, [
    ["Reserved", 0, 4],
    ["Kind of node", 4, 2, ["broadcast", "point to point", "mixed", "distribution server"]],
    ["First", 6, 1],
    ["More follow", 7, 1],
  ], ref);
  const id = tree.u16("Datagram ID", ref);
  const source = tree.ip("Source address", 4, ref);
  tree.u16("Source port", ref);
  tree.said = { summary: `NetBIOS datagram ${TYPES[type] ?? `type ${type}`} from ${source}` };
  if (type === 0x13) {
    const errors = {
      0x82: "destination name not there",
      0x83: "invalid source name",
      0x84: "invalid destination name",
    };
    tree.u8("Error", "RFC 1002 4.4.3", errors);
    return { summary: `NetBIOS datagram ${id}, error` };
  }
  const start = tree.offset;
  if (type >= 0x14) return { summary: `NetBIOS ${TYPES[type] ?? `type ${type}`} for ${name(tree, start)}` };
  tree.u16("Length", "RFC 1002 4.4.2", octetCount);
  tree.u16("Offset", "RFC 1002 4.4.2");
  const from = tree.group("Source name", (group) => group.meaning = name(tree, start), { ref: "RFC 1002 4.4.2" });
  const to = tree.group("Destination name", (group) => group.meaning = name(tree, start), { ref: "RFC 1002 4.4.2" });
  const { reader } = tree;
  const data = reader.bytes.subarray(reader.offset, reader.end);
  const smb = data[0] === 0xff && data[1] === 0x53 && data[2] === 0x4d && data[3] === 0x42;
  const words = smb ? mailslot(data) : undefined;
  tree.rest(smb ? "SMB message" : "Data", smb ? "MS-CIFS 2.2.4" : "RFC 1002 4.4.2", words);
  return { summary: `NetBIOS datagram from ${from} to ${to}${words === undefined ? "" : `: ${words}`}` };
}

/** A type that there is; of the common ones also a length that is right. */
function fits(bytes: Uint8Array): boolean {
  const [type = 0] = bytes;
  return type >= 0x10 && type <= 0x16 && bytes.length >= (type === 0x13 ? 11 : 14);
}

export const NBDGM: Protocol = {
  name: "nbdgm",
  title: "NetBIOS datagram",
  ref: "RFC 1002",
  udp: [138],
  fits,
  datagram,
};
