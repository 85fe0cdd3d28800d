// The extensions of TLS (RFC 8446 4.2, IANA "TLS ExtensionType Values"). Pure.
// To add one: its name, source and meaning in `EXTENSIONS` (tls_names.ts), and its line in `READ`.
import { EXTENSIONS, GROUPS, isGrease, nameOr, SIGNATURES, TLS_VERSIONS } from "./tls_names.ts";
import { transportParameters } from "../web/quic_parameters.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, octetCount } from "../coding/words.ts";

const GREASE_MEANING = "means nothing, so that servers learn to pass over what they do not know";

/** What the extensions of a hello told. */
export interface Told {
  names: string[];
  protocols: string[];
  version: number | undefined;
  /** Names of all extensions, in order. */
  extensions: string[];
  /** The ticket of a session, where there is one. */
  ticket: Uint8Array | undefined;
  /** Octets of the connection ID that the other side is to send. */
  connectionId?: number;
}

/** A vector: its length in `octets` octets, then items until it ends. */
export function list(tree: Tree, name: string, octets: 1 | 2 | 3, ref: string, item: (part: Tree) => void): void {
  const length = octets === 1
    ? tree.u8(`${name} length`, ref)
    : octets === 2
    ? tree.u16(`${name} length`, ref)
    : tree.u24(`${name} length`, ref);
  if (length === 0) return;
  tree.part(name, length, (part) => {
    while (part.remaining > 0) item(part);
  }, ref);
}

/** What a log of certificates promises (RFC 6962 3.2). */
function timestamp(tree: Tree): void {
  const ref = "RFC 6962 3.2";
  tree.u8("Version", ref, { 0: "1" });
  tree.bytes("Log", 32, ref, () => "which log: the hash of its key");
  tree.u64("Time", ref, (ms) => ms < 8640000000000000n ? `${new Date(Number(ms)).toISOString()}` : undefined);
  const octets = tree.u16("Extensions length", ref);
  if (octets > 0) tree.bytes("Extensions", octets, ref);
  tree.code16("Algorithm", ref, nameOr(SIGNATURES));
  tree.bytes("Signature", tree.u16("Signature length", ref), ref);
}

/** An extension, to those that read what is in it. */
interface Extension {
  /** Octets of what is in it, at least one. */
  readonly length: number;
  readonly ref: string;
  /** Type of the handshake message that it stands in. */
  readonly message: number;
  readonly told: Told;
}
type Read = (tree: Tree, extension: Extension) => void;

const opaque: Read = (tree, { length, ref }) => void tree.bytes("Data", length, ref);

/** Nothing but a list, whose length has `octets` octets. */
const listOf =
  (name: string, octets: 1 | 2, item: (part: Tree, ref: string, told: Told) => void): Read => (tree, { ref, told }) =>
    list(tree, name, octets, ref, (part) => item(part, ref, told));

const signatureAlgorithms = listOf("Algorithms", 2, (part, ref) => part.code16("Algorithm", ref, nameOr(SIGNATURES)));

const serverNames = listOf("Server names", 2, (part, ref, told) => {
  const kind = part.u8("Name type", ref, { 0: "host name" });
  const octets = part.u16("Name length", ref);
  const name = part.text("Name", octets, ref);
  if (kind === 0) told.names.push(name);
  part.current.meaning = clip(name);
});

const statusRequest: Read = (tree, extension) => {
  const { ref, message } = extension;
  if (message !== 1 && message !== 11) return opaque(tree, extension);
  tree.u8("Status type", ref, { 1: "OCSP" });
  if (message === 11) {
    tree.bytes("Response", tree.u24("Response length", ref), ref);
    return;
  }
  list(tree, "Responders", 2, ref, (part) => void part.bytes("Responder", part.u16("Length", ref), ref));
  list(tree, "Request extensions", 2, ref, (part) => void part.rest("Octets", ref));
};

const protectionProfiles: Read = (tree, { ref }) => {
  list(tree, "Protection profiles", 2, ref, (part) => {
    part.u16("Profile", ref, {
      1: "AES-128-CM, HMAC-SHA1 of 80 bits",
      2: "AES-128-CM, HMAC-SHA1 of 32 bits",
      7: "AES-128-GCM",
      8: "AES-256-GCM",
    });
  });
  tree.bytes("Key identifier", tree.u8("Key identifier length", ref), ref);
};

const certificateTypes: Read = (tree, { ref, message }) => {
  const types = { 0: "X.509", 1: "OpenPGP", 2: "raw public key" };
  if (message === 1) list(tree, "Types", 1, ref, (part) => void part.u8("Type", ref, types));
  else tree.u8("Type", ref, types);
};

const preSharedKeys: Read = (tree, { ref, message }) => {
  if (message === 2) {
    tree.u16("Selected identity", ref);
    return;
  }
  list(tree, "Identities", 2, ref, (part) => {
    part.bytes("Identity", part.u16("Identity length", ref), ref);
    part.u32("Obfuscated ticket age", ref);
  });
  list(tree, "Binders", 2, ref, (part) => void part.bytes("Binder", part.u8("Binder length", ref), ref));
};

const earlyData: Read = (tree, extension) => {
  if (extension.message !== 4) return opaque(tree, extension);
  tree.u32("Early data at most", extension.ref, (octets) => `${counted(octets, "octet")} before the handshake ends`);
};

const versions: Read = (tree, { ref, message, told }) => {
  if (message === 2) {
    told.version = tree.code16("Selected version", ref, nameOr(TLS_VERSIONS));
    return;
  }
  list(tree, "Versions", 1, ref, (part) => {
    const version = part.code16("Version", ref, nameOr(TLS_VERSIONS));
    if (!isGrease(version)) told.version = Math.max(told.version ?? 0, version);
  });
};

const keyShares: Read = (tree, { length, ref, message }) => {
  const share = (part: Tree) =>
    part.group("Key share", (group) => {
      const value = part.code16("Group", ref, nameOr(GROUPS));
      group.meaning = nameOr(GROUPS)(value);
      part.bytes("Key", part.u16("Key length", ref), ref);
    }, { ref });
  if (message !== 2) list(tree, "Key shares", 2, ref, share);
  else if (length === 2) tree.code16("Selected group", ref, nameOr(GROUPS));
  else share(tree);
};

const connectionId: Read = (tree, { ref, told }) => {
  told.connectionId = tree.u8("Length", ref);
  if (told.connectionId > 0) {
    tree.bytes("Connection ID", told.connectionId, ref, () => "to be sent to me in each record");
  }
};

const ticketRequest: Read = (tree, { ref }) => {
  tree.u8("New tickets", ref);
  if (tree.remaining > 0) tree.u8("Tickets when resumed", ref);
};

/** A ClientHello under encryption, in the one that everybody sees (RFC 9849 5). */
const encryptedHello: Read = (tree, { ref, message }) => {
  if (message !== 1) {
    tree.rest(message === 2 ? "Confirmation" : "Keys to try instead", ref);
    return;
  }
  const kind = tree.u8("Type", ref, { 0: "outer: the hello that everybody sees", 1: "inner" });
  if (kind !== 0) return;
  tree.u16("Key derivation", ref, { 1: "HKDF-SHA256", 2: "HKDF-SHA384", 3: "HKDF-SHA512" });
  tree.u16("Encryption", ref, { 1: "AES-128-GCM", 2: "AES-256-GCM", 3: "ChaCha20Poly1305" });
  tree.u8("Configuration", ref, () => "which of the server's keys");
  tree.bytes("Key share", tree.u16("Key share length", ref), ref);
  tree.bytes("Encrypted hello", tree.u16("Encrypted hello length", ref), ref);
};

const settings = listOf("Protocols", 2, (part, ref) => part.text("Protocol", part.u8("Length", ref), ref));

/** Extensions by their type. */
const READ: Readonly<Record<number, Read>> = {
  0: serverNames,
  1: (tree, { ref }) =>
    tree.u8("Length", ref, { 1: "512 octets", 2: "1024 octets", 3: "2048 octets", 4: "4096 octets" }),
  5: statusRequest,
  10: listOf("Groups", 2, (part, ref) => part.code16("Group", ref, nameOr(GROUPS))),
  11: listOf("Formats", 1, (part, ref) => {
    part.u8("Format", ref, { 0: "uncompressed", 1: "compressed prime", 2: "compressed char2" });
  }),
  13: signatureAlgorithms,
  14: protectionProfiles,
  15: (tree, { ref }) => tree.u8("Mode", ref, { 1: "may be sent to me", 2: "must not be sent to me" }),
  16: listOf("Protocols", 2, (part, ref, told) => {
    told.protocols.push(part.text("Protocol", part.u8("Length", ref), ref));
  }),
  18: listOf("Timestamps", 2, (part, ref) => {
    part.part("Timestamp of a log", part.u16("Length", ref), timestamp, ref);
  }),
  19: certificateTypes,
  20: certificateTypes,
  21: (tree, { length, ref }) => tree.bytes("Padding", length, ref, () => "says nothing, the message is longer by it"),
  27: listOf("Algorithms", 1, (part, ref) => part.u16("Algorithm", ref, { 1: "zlib", 2: "brotli", 3: "zstd" })),
  28: (tree, { ref }) => tree.u16("Limit", ref, octetCount),
  34: signatureAlgorithms,
  35: (tree, { length, ref, told }) => told.ticket = tree.bytes("Ticket", length, ref),
  41: preSharedKeys,
  42: earlyData,
  43: versions,
  44: (tree, { ref }) => tree.bytes("Cookie", tree.u16("Length", ref), ref),
  45: listOf("Modes", 1, (part, ref) => part.u8("Mode", ref, { 0: "PSK only", 1: "PSK with (EC)DHE" })),
  47: listOf("Authorities", 2, (part, ref) => part.bytes("Name", part.u16("Length", ref), ref)),
  50: signatureAlgorithms,
  51: keyShares,
  54: connectionId,
  57: (tree, { length }) => tree.within("Transport parameters", length, transportParameters),
  58: ticketRequest,
  17513: settings,
  17613: settings,
  64768: listOf("Extensions", 1, (part, ref) => part.u16("Type", ref, (value) => EXTENSIONS[value]?.[0])),
  65037: encryptedHello,
  65281: listOf("Renegotiated connection", 1, (part, ref) => part.rest("Octets", ref)),
};

/** The extensions of a handshake message of this type; what they tell of the connection goes into `told`. */
export function extensions(tree: Tree, message: number, told: Told): void {
  if (tree.remaining === 0) return;
  const ref = "RFC 8446 4.2";
  list(tree, "Extensions", 2, ref, (part) => {
    const type = part.remaining >= 2 ? (part.reader.peek()! << 8) | part.reader.peek(1)! : 0;
    const [name, where, meaning] = EXTENSIONS[type] ??
      (isGrease(type) ? ["GREASE", "RFC 8701 3.1", GREASE_MEANING] : [`extension ${type}`, ref]);
    part.group("Extension", (group) => {
      group.meaning = name;
      group.ref = where;
      part.u16("Type", ref, () => meaning === undefined ? name : `${name}: ${meaning}`);
      const length = part.u16("Length", ref);
      told.extensions.push(name);
      const before = told.names.length + told.protocols.length;
      const extension = { length, ref: where, message, told };
      if (length > 0) part.within(name, length, (body) => (READ[type] ?? opaque)(body, extension));
      if (told.names.length + told.protocols.length > before) {
        group.meaning += `: ${(type === 0 ? told.names : told.protocols).map((word) => clip(word)).join(", ")}`;
      }
    });
  });
}

export const newTold = (): Told => ({
  names: [],
  protocols: [],
  version: undefined,
  extensions: [],
  ticket: undefined,
});
