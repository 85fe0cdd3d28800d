// Logins by Windows' means: tokens of SPNEGO (RFC 4178), and NTLM's messages in them (MS-NLMP 2.2.1). Pure.
import { element, peekElement } from "../coding/ber.ts";
import { readRows, type Row, utf16Text } from "../coding/rows.ts";
import type { Tree } from "../tree.ts";
import { clip, decodeText } from "../coding/words.ts";

const SIGNATURE = "NTLMSSP\0";
const TYPES: Readonly<Record<number, string>> = { 1: "NEGOTIATE", 2: "CHALLENGE", 3: "AUTHENTICATE" };
const FLAGS = [
  "Unicode",
  "OEM text",
  "target wanted",
  "",
  "signing",
  "sealing",
  "datagrams",
  "LAN Manager key",
  "",
  "NTLM",
  "",
  "anonymous",
  "domain supplied",
  "workstation supplied",
  "",
  "always sign",
  "target is a domain",
  "target is a server",
  "",
  "extended session security",
  "identify",
  "",
  "non-NT session key",
  "target information",
  "",
  "version",
  "",
  "",
  "",
  "128 bits",
  "key exchange",
  "56 bits",
];

/** A part of the message by its length and place: three rows. */
const place = (name: string): Row[] => [
  [`${name} length`, "u16"],
  [`${name} room`, "u16"],
  [`${name} offset`, "u32"],
];

const PARTS: Readonly<Record<number, readonly string[]>> = {
  1: ["Domain", "Workstation"],
  2: ["Target name", "Target information"],
  3: ["LM response", "NT response", "Domain", "User", "Workstation", "Session key"],
};

/** A message of NTLM in the rest of the tree; gives its line. */
function ntlm(tree: Tree): string {
  const start = tree.offset;
  tree.text("Signature", 8, "MS-NLMP 2.2.1");
  const type = tree.u32Le("Message type", "MS-NLMP 2.2.1", TYPES);
  const ref = `MS-NLMP 2.2.1.${type}`;
  const names = PARTS[type];
  const name = `NTLM ${TYPES[type] ?? type}`;
  if (names === undefined) {
    tree.rest("Data", ref);
    return name;
  }
  const rows: Row[] = names.flatMap(place);
  const challenge: Row[] = [["Server challenge", 8, () => "to be answered with the password's hash"], ["Reserved", 8]];
  if (type === 1) rows.unshift(["Flags", "u32", FLAGS]);
  else if (type === 2) rows.splice(3, 0, ["Flags", "u32", FLAGS], ...challenge);
  else rows.push(["Flags", "u32", FLAGS]);
  const found = readRows(tree, rows, ref);
  const parts = names.map((label) => ({
    label,
    at: start + Number(found.get(`${label} offset`)),
    length: Number(found.get(`${label} length`)),
  })).filter(({ length, at }) => length > 0 && at >= tree.offset).sort((a, b) => a.at - b.at);
  const words: string[] = [];
  for (const { label, at, length } of parts) {
    if (at > tree.reader.end || at < tree.offset) continue;
    if (at > tree.offset) tree.bytes("Version and message integrity code", at - tree.offset, ref);
    if (/response|key|information/.test(label)) tree.bytes(label, length, ref, partMeaning(label));
    else words.push(`${label.toLowerCase()} ${clip(utf16Text(tree, label, length, ref))}`);
  }
  tree.rest("Version", ref);
  return words.length === 0 ? name : `${name}, ${words.join(", ")}`;
}

const partMeaning = (label: string) => () =>
  label === "NT response" ? "the proof that the password is known" : undefined;

/** Where a message of NTLM begins in `bytes`, or -1. */
function ntlmAt(bytes: Uint8Array): number {
  const text = decodeText(bytes.subarray(0, 512));
  // Beyond ASCII a text has other places than its octets: then they are looked at one by one.
  for (let at = 0; text.includes("NTLMSSP") && at + 12 <= Math.min(bytes.length, 1024); at++) {
    if (bytes[at] === 0x4e && decodeText(bytes.subarray(at, at + 8)) === SIGNATURE) return at;
  }
  return -1;
}

/** The token of a login in the next `length` octets; gives what it says in a line. */
export function securityToken(tree: Tree, length: number, ref: string): string {
  const { bytes, offset, end } = tree.reader;
  const token = bytes.subarray(offset, Math.min(end, offset + length));
  const at = ntlmAt(token);
  let said = "";
  tree.part("Security token", length, (part) => {
    if (at === 0) {
      said = ntlm(part);
      return;
    }
    spnego(part, at === -1 ? -1 : offset + at, (line) => said = line);
  }, ref);
  return said;
}

/** Elements of SPNEGO down to the token of NTLM at `inner`. */
function spnego(tree: Tree, inner: number, tell: (line: string) => void): void {
  while (tree.remaining >= 2) {
    const { tag, header, length } = peekElement(tree);
    const start = tree.offset + header;
    if (tag === 4 && start === inner) {
      element(tree, "Mechanism's token", (part) => tell(ntlm(part)), "RFC 4178 4.2");
    } else if ((tag & 0x20) !== 0) {
      const name = tag === 0x60 ? "GSSAPI token" : tag === 0xa0 || tag === 0xa1 ? "SPNEGO" : "Element";
      element(tree, name, (part) => spnego(part, inner, tell), "RFC 4178 4.2");
    } else element(tree, "Element", undefined, "RFC 4178 4.2");
    if (length === 0 && tree.remaining === 0) return;
  }
  tree.rest("Octets", "RFC 4178 4.2");
}
