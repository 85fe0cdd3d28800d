// Kerberos in a line: of version 4 who asks for what. Pure. The form is tcpdump's.
import type { Line } from "../core/line.ts";
import { names } from "../core/table.ts";

/** By type of message without its lowest bit, which tells the byte order. */
const MESSAGES = names(
  "2 KDC_REQUEST|4 KDC_REPLY|6 APPL_REQUEST|8 APPL_REQUEST_MUTUAL|10 ERR_REPLY|12 PRIVATE|14 SAFE|16 APPL_ERR|126 DIE",
);
const ERRORS = names(
  "0 OK|NAME_EXP|SERVICE_EXP|AUTH_EXP|PKT_VER|NAME_MAST_KEY_VER|SERV_MAST_KEY_VER|BYTE_ORDER|PRINCIPAL_UNKNOWN|" +
    "PRINCIPAL_NOT_UNIQUE|NULL_KEY",
);

/** A message at `at`. */
export function printKerberos(l: Line, at: number): void {
  l.protocol = "krb";
  if (at >= l.end) return l.text(" [|krb]");
  const version = l.u8(at);
  if (version >= 1 && version <= 4) l.text(` v${version}`);
  if (version === 4) printVersion4(l, at);
  // A tag of ASN.1, with [APPLICATION 10] or [APPLICATION 11].
  else if (version === 106 || version === 107) l.text(" v5");
}

function printVersion4(l: Line, at: number): void {
  const little = (l.u8(at + 1) & 1) !== 0, type = l.u8(at + 1) & 0xfe;
  const short = (from: number) => little ? l.u16le(from) : l.u16(from);
  /** Text up to NUL; where it ends, -1 when that was not captured. */
  const text = (from: number, after = "") => {
    while (from < l.end && l.bytes[from] !== 0) l.safe(l.bytes[from++]!);
    l.text(from < l.end ? after : " [|krb]");
    return from < l.end ? from + 1 : -1;
  };
  const principal = () => {
    let from = at + 2;
    for (const after of [".", "@", ""]) if ((from = text(from, after)) < 0) break;
    return from;
  };
  l.text(` ${little ? "le" : "be"} ${MESSAGES[type] ?? `#${type}`}: `);
  switch (type) {
    case 2: {
      const from = principal();
      if (from < 0) return;
      l.text(` ${l.u8(from + 4) * 5}min `);
      const realm = text(from + 5, ".");
      if (realm >= 0) text(realm);
      return;
    }
    case 4: {
      const from = principal();
      if (from >= 0) l.text(` (${short(from + 10)})`);
      return;
    }
    case 6: {
      l.text(`v${l.u8(at + 2)} `);
      const from = text(at + 3);
      if (from < 0) return;
      l.text(` (${l.u8(from)})`);
      return l.text(` (${l.u8(from + 1)})`);
    }
    case 10: {
      const from = principal();
      if (from < 0) return;
      const error = short(from + 4);
      l.text(` ${ERRORS[error] ?? `#${error}`} `);
      text(from + 8);
      return;
    }
  }
  l.text("(unknown)");
}
