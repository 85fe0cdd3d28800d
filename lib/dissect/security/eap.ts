// EAP (RFC 3748) with its common methods, as it stands in RADIUS, in PPP and on a LAN (IEEE 802.1X). Pure.
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const REF = "RFC 3748 4";
const CODES: Readonly<Record<number, string>> = {
  1: "Request",
  2: "Response",
  3: "Success",
  4: "Failure",
  5: "Initiate",
  6: "Finish",
};
/** What a method's reader is told. */
interface Packet {
  readonly type: number;
  readonly code: number;
  readonly ref: string;
}

/** Reads the data of a method, which is not empty; gives what stands behind the method's name in a line. */
type ReadMethod = (tree: Tree, packet: Packet) => string;

/** Methods by type: name, where it is defined, how its data is read (octets when it is not said). */
const TYPES: Readonly<Record<number, readonly [name: string, ref: string, read?: ReadMethod]>> = {
  1: ["Identity", "RFC 3748 5.1", identity],
  2: ["Notification", "RFC 3748 5.2", notification],
  3: ["Nak", "RFC 3748 5.3.1", nak],
  4: ["MD5-Challenge", "RFC 3748 5.4", md5Challenge],
  5: ["One-time password", "RFC 3748 5.5"],
  6: ["Generic token card", "RFC 3748 5.6", tokenCard],
  13: ["EAP-TLS", "RFC 5216 3.1", tls],
  17: ["LEAP", "Cisco LEAP"],
  18: ["EAP-SIM", "RFC 4186 8.1"],
  21: ["EAP-TTLS", "RFC 5281 9.1", tls],
  23: ["EAP-AKA", "RFC 4187 8.1"],
  25: ["PEAP", "draft-josefsson-pppext-eap-tls-eap 3", tls],
  26: ["MS-CHAPv2", "draft-kamath-pppext-eap-mschapv2 2", msChap],
  29: ["EAP-MSCHAPv2", "draft-kamath-pppext-eap-mschapv2 2", msChap],
  43: ["EAP-FAST", "RFC 4851 4.1", tls],
  50: ["EAP-AKA'", "RFC 9048 3"],
  52: ["EAP-pwd", "RFC 5931 3.1"],
  55: ["TEAP", "RFC 7170 4.1", tls],
  254: ["Expanded type", "RFC 3748 5.7", expanded],
  255: ["Experimental", "RFC 3748 5.8"],
};
const typeName = (type: number) => TYPES[type]?.[0] ?? "unknown";

/** One packet in the rest of `tree`; gives it in words. */
export function eapPacket(tree: Tree): string {
  const code = tree.u8("Code", REF, CODES);
  const id = tree.u8("Identifier", REF, () => "the response repeats it");
  const length = tree.u16("Length", REF);
  const name = CODES[code] ?? `code ${code}`;
  let text = `EAP ${name} ${id}`;
  const found = tree.within("EAP data", Math.max(0, length - 4), (part) => {
    if (part.remaining === 0) return "";
    const type = part.u8("Type", "RFC 3748 5", typeName);
    return `${typeName(type)}${method(part, type, code)}`;
  });
  if (found !== undefined && found !== "") text += ` ${found}`;
  return clip(text, 120);
}

function method(tree: Tree, type: number, code: number): string {
  if (tree.remaining === 0) return "";
  const [name, ref, read] = TYPES[type] ?? ["Data", "RFC 3748 5"];
  if (read !== undefined) return read(tree, { type, code, ref });
  tree.rest(`Data of ${name}`, ref);
  return "";
}

function identity(tree: Tree, { ref }: Packet): string {
  return ` "${clip(tree.text("Identity", tree.remaining, ref), 60)}"`;
}

function notification(tree: Tree, { ref }: Packet): string {
  return ` "${clip(tree.text("Message", tree.remaining, ref), 60)}"`;
}

function tokenCard(tree: Tree, packet: Packet): string {
  const said = notification(tree, packet);
  if (packet.code !== 2) return said;
  tree.last.secret = true;
  return ", password in clear";
}

function nak(tree: Tree, { ref }: Packet): string {
  const wanted: string[] = [];
  const named = (type: number) => type === 0 ? "no other" : typeName(type);
  while (tree.remaining > 0) wanted.push(named(tree.u8("Wanted type", ref, named)));
  return `, wants ${wanted.join(", ")}`;
}

function md5Challenge(tree: Tree, { code, ref }: Packet): string {
  const size = Math.min(tree.u8("Value size", ref), tree.remaining);
  if (code === 1) tree.bytes("Challenge", size, ref);
  else tree.bytes("Hash", size, ref, () => "MD5 of identifier, password and challenge");
  if (tree.remaining > 0) tree.text("Name", tree.remaining, ref);
  return "";
}

/** TLS behind flags; of TEAP the first messages have TLVs behind it. */
function tls(tree: Tree, { type, ref }: Packet): string {
  const outer = type === 55;
  const flags = tree.flags("Flags", 1, [
    ["Length included", 0, 1],
    ["More fragments", 1, 1],
    ["Start", 2, 1],
    ...(outer ? [["Outer TLV length included", 3, 1], ["Reserved", 4, 1]] as const : [["Reserved", 3, 2]] as const),
    [type === 13 ? "Reserved" : "Version", 5, 3],
  ], ref);
  if ((flags & 0x80) !== 0) tree.u32("TLS message length", ref);
  const behind = outer && (flags & 0x10) !== 0 ? tree.u32("Outer TLV length", ref) : 0;
  const length = Math.max(0, tree.remaining - behind);
  if (length > 0) tree.bytes("TLS data", length, ref);
  tree.rest("Outer TLVs", ref);
  if ((flags & 0x20) !== 0) return ", start";
  if (length === 0) return ", acknowledged";
  return `, ${counted(length, "octet")} of TLS${(flags & 0x40) !== 0 ? ", more follows" : ""}`;
}

function msChap(tree: Tree, { ref }: Packet): string {
  const step = tree.u8("Operation", ref, {
    1: "challenge",
    2: "response",
    3: "success",
    4: "failure",
    7: "change password",
  });
  if (tree.remaining >= 3 && step <= 2) {
    tree.u8("Identifier", ref);
    tree.u16("Length", ref);
    const size = tree.u8("Value size", ref);
    tree.bytes(step === 1 ? "Challenge" : "Response", Math.min(size, tree.remaining), ref);
    if (tree.remaining > 0) tree.text("Name", tree.remaining, ref);
  } else tree.rest("Data", ref);
  return "";
}

/** A method of a vendor's own. */
function expanded(tree: Tree, { ref }: Packet): string {
  if (tree.remaining >= 7) {
    tree.u24("Vendor", ref);
    tree.u32("Vendor's type", ref);
    tree.rest("Data", ref);
  } else tree.rest("Data of Expanded type", ref);
  return "";
}
