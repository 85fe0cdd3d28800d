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
const TYPES: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  1: ["Identity", "RFC 3748 5.1"],
  2: ["Notification", "RFC 3748 5.2"],
  3: ["Nak", "RFC 3748 5.3.1"],
  4: ["MD5-Challenge", "RFC 3748 5.4"],
  5: ["One-time password", "RFC 3748 5.5"],
  6: ["Generic token card", "RFC 3748 5.6"],
  13: ["EAP-TLS", "RFC 5216 3.1"],
  17: ["LEAP", "Cisco LEAP"],
  18: ["EAP-SIM", "RFC 4186 8.1"],
  21: ["EAP-TTLS", "RFC 5281 9.1"],
  23: ["EAP-AKA", "RFC 4187 8.1"],
  25: ["PEAP", "draft-josefsson-pppext-eap-tls-eap 3"],
  26: ["MS-CHAPv2", "draft-kamath-pppext-eap-mschapv2 2"],
  29: ["EAP-MSCHAPv2", "draft-kamath-pppext-eap-mschapv2 2"],
  43: ["EAP-FAST", "RFC 4851 4.1"],
  50: ["EAP-AKA'", "RFC 9048 3"],
  52: ["EAP-pwd", "RFC 5931 3.1"],
  55: ["TEAP", "RFC 7170 4.1"],
  254: ["Expanded type", "RFC 3748 5.7"],
  255: ["Experimental", "RFC 3748 5.8"],
};
const typeName = (type: number) => TYPES[type]?.[0] ?? "unknown";
/** Methods that carry TLS behind flags. */
const TLS_METHODS = [13, 21, 25, 43, 55];

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
  const [name, ref] = TYPES[type] ?? ["Data", "RFC 3748 5"];
  const count = tree.remaining;
  if (count === 0) return "";
  if (type === 1 || type === 2 || type === 6) {
    const text = tree.text(type === 1 ? "Identity" : "Message", count, ref);
    if (type === 6 && code === 2) tree.last.secret = true;
    return type === 6 && code === 2 ? ", password in clear" : ` "${clip(text, 60)}"`;
  }
  if (type === 3) {
    const wanted: string[] = [];
    for (let i = 0; i < count; i++) wanted.push(typeName(tree.u8("Wanted type", ref, typeName)));
    return `, wants ${wanted.join(", ")}`;
  }
  if (type === 4) {
    const size = tree.u8("Value size", ref);
    tree.bytes(
      code === 1 ? "Challenge" : "Hash",
      Math.min(size, tree.remaining),
      ref,
      () => code === 1 ? undefined : "MD5 of identifier, password and challenge",
    );
    if (tree.remaining > 0) tree.text("Name", tree.remaining, ref);
    return "";
  }
  if (TLS_METHODS.includes(type)) {
    const flags = tree.flags("Flags", 1, [
      ["Length included", 0, 1],
      ["More fragments", 1, 1],
      ["Start", 2, 1],
      ["Reserved", 3, 2],
      [type === 13 ? "Reserved" : "Version", 5, 3],
    ], ref);
    if ((flags & 0x80) !== 0) tree.u32("TLS message length", ref);
    const left = tree.remaining;
    if (left > 0) tree.bytes("TLS data", left, ref);
    const more = (flags & 0x40) !== 0 ? ", more follows" : "";
    return (flags & 0x20) !== 0
      ? ", start"
      : left === 0
      ? ", acknowledged"
      : `, ${counted(left, "octet")} of TLS${more}`;
  }
  if (type === 26 || type === 29) {
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
  if (type === 254 && count >= 7) {
    tree.u24("Vendor", ref);
    tree.u32("Vendor's type", ref);
    tree.rest("Data", ref);
    return "";
  }
  tree.rest(`Data of ${name}`, ref);
  return "";
}
