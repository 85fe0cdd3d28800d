// The messages of the TLS handshake (RFC 8446 4, RFC 5246 7.4) with their extensions. Pure.
import type { TlsState } from "./tls_names.ts";
import {
  CIPHER_SUITES,
  EXTENSIONS,
  GROUPS,
  HANDSHAKE_TYPES,
  isGrease,
  nameOr,
  SIGNATURES,
  TLS_VERSIONS,
} from "./tls_names.ts";
import { transportParameters } from "../web/quic_parameters.ts";
import { certificate } from "./x509.ts";
import type { Tree } from "../tree.ts";
import { clip } from "../words.ts";

/** ServerHello with this random is a HelloRetryRequest (RFC 8446 4.1.3). */
const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/** What the extensions of a hello told. */
interface Told {
  names: string[];
  protocols: string[];
  version: number | undefined;
  /** Names of all extensions, in order. */
  extensions: string[];
}

/** A vector: its length in `octets` octets, then items until it ends. */
function list(tree: Tree, name: string, octets: 1 | 2 | 3, ref: string, item: (part: Tree) => void): void {
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

function extensionBody(tree: Tree, type: number, length: number, ref: string, message: number, told: Told): void {
  if (length === 0) return;
  switch (type) {
    case 0:
      list(tree, "Server names", 2, ref, (part) => {
        const kind = part.u8("Name type", ref, { 0: "host name" });
        const octets = part.u16("Name length", ref);
        const name = part.text("Name", octets, ref);
        if (kind === 0) told.names.push(name);
        part.current.meaning = clip(name);
      });
      return;
    case 5:
      if (message !== 1) break;
      tree.u8("Status type", ref, { 1: "OCSP" });
      list(tree, "Responders", 2, ref, (part) => void part.bytes("Responder", part.u16("Length", ref), ref));
      list(tree, "Request extensions", 2, ref, (part) => void part.rest("Octets", ref));
      return;
    case 10:
      list(tree, "Groups", 2, ref, (part) => void part.u16("Group", ref, nameOr(GROUPS)));
      return;
    case 11:
      list(tree, "Formats", 1, ref, (part) => {
        part.u8("Format", ref, { 0: "uncompressed", 1: "compressed prime", 2: "compressed char2" });
      });
      return;
    case 13:
    case 50:
      list(tree, "Algorithms", 2, ref, (part) => void part.u16("Algorithm", ref, nameOr(SIGNATURES)));
      return;
    case 16:
      list(tree, "Protocols", 2, ref, (part) => {
        const name = part.text("Protocol", part.u8("Length", ref), ref);
        told.protocols.push(name);
      });
      return;
    case 21:
      tree.bytes("Padding", length, ref);
      return;
    case 27:
      list(
        tree,
        "Algorithms",
        1,
        ref,
        (part) => void part.u16("Algorithm", ref, { 1: "zlib", 2: "brotli", 3: "zstd" }),
      );
      return;
    case 28:
      tree.u16("Limit", ref, (octets) => `${octets} octets`);
      return;
    case 35:
      tree.bytes("Ticket", length, ref);
      return;
    case 41:
      if (message === 2) {
        tree.u16("Selected identity", ref);
        return;
      }
      list(tree, "Identities", 2, ref, (part) => {
        part.bytes("Identity", part.u16("Identity length", ref), ref);
        part.u32("Obfuscated ticket age", ref);
      });
      list(tree, "Binders", 2, ref, (part) => void part.bytes("Binder", part.u8("Binder length", ref), ref));
      return;
    case 43:
      if (message === 2) told.version = tree.u16("Selected version", ref, nameOr(TLS_VERSIONS));
      else {
        list(tree, "Versions", 1, ref, (part) => {
          const version = part.u16("Version", ref, nameOr(TLS_VERSIONS));
          if (!isGrease(version)) told.version = Math.max(told.version ?? 0, version);
        });
      }
      return;
    case 44:
      tree.bytes("Cookie", tree.u16("Length", ref), ref);
      return;
    case 45:
      list(tree, "Modes", 1, ref, (part) => void part.u8("Mode", ref, { 0: "PSK only", 1: "PSK with (EC)DHE" }));
      return;
    case 51: {
      const share = (part: Tree) => {
        part.group("Key share", (group) => {
          const value = part.u16("Group", ref, nameOr(GROUPS));
          group.meaning = nameOr(GROUPS)(value);
          part.bytes("Key", part.u16("Key length", ref), ref);
        }, { ref });
      };
      if (message === 2) {
        if (length === 2) tree.u16("Selected group", ref, nameOr(GROUPS));
        else share(tree);
      } else list(tree, "Key shares", 2, ref, share);
      return;
    }
    case 57:
      tree.within("Transport parameters", length, transportParameters);
      return;
    case 65281:
      list(tree, "Renegotiated connection", 1, ref, (part) => void part.rest("Octets", ref));
      return;
  }
  tree.bytes("Data", length, ref);
}

function extensions(tree: Tree, message: number, told: Told): void {
  if (tree.remaining === 0) return;
  const ref = "RFC 8446 4.2";
  list(tree, "Extensions", 2, ref, (part) => {
    const type = part.remaining >= 2 ? (part.reader.peek()! << 8) | part.reader.peek(1)! : 0;
    const [name, where] = EXTENSIONS[type] ?? [isGrease(type) ? "GREASE" : `extension ${type}`, ref];
    part.group("Extension", (group) => {
      group.meaning = name;
      group.ref = where;
      part.u16("Type", ref, () => name);
      const length = part.u16("Length", ref);
      told.extensions.push(name);
      const before = told.names.length + told.protocols.length;
      part.within(name, length, (body) => extensionBody(body, type, length, where, message, told));
      if (told.names.length + told.protocols.length > before) {
        group.meaning += `: ${(type === 0 ? told.names : told.protocols).map((word) => clip(word)).join(", ")}`;
      }
    });
  });
}

const newTold = (): Told => ({ names: [], protocols: [], version: undefined, extensions: [] });

function random(tree: Tree, ref: string): string {
  const bytes = tree.bytes("Random", 32, ref);
  const text = Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
  if (text === RETRY) tree.last.meaning = "the value that says HelloRetryRequest";
  else if (text.endsWith("444f574e47524401")) tree.last.meaning = "ends in the mark of a downgrade to TLS 1.2";
  return text;
}

function clientHello(tree: Tree, state: TlsState): string {
  const ref = "RFC 8446 4.1.2";
  const told = newTold();
  const version = tree.u16("Version", ref, nameOr(TLS_VERSIONS));
  state.clientRandom = random(tree, ref);
  tree.bytes("Session ID", tree.u8("Session ID length", ref), ref);
  list(tree, "Cipher suites", 2, ref, (part) => void part.u16("Cipher suite", ref, nameOr(CIPHER_SUITES)));
  list(tree, "Compression methods", 1, ref, (part) => void part.u8("Method", ref, { 0: "none", 1: "deflate" }));
  extensions(tree, 1, told);
  const words = [
    TLS_VERSIONS[told.version ?? version] ?? "",
    ...told.names.map((name) => `for ${clip(name)}`),
    told.protocols.length > 0 ? `offers ${told.protocols.map((name) => clip(name, 20)).join(" ")}` : "",
  ];
  return `ClientHello ${words.filter((word) => word !== "").join(", ")}`;
}

function serverHello(tree: Tree, state: TlsState): string {
  const ref = "RFC 8446 4.1.3";
  const told = newTold();
  const version = tree.u16("Version", ref, nameOr(TLS_VERSIONS));
  const own = random(tree, ref), retry = own === RETRY;
  tree.bytes("Session ID", tree.u8("Session ID length", ref), ref);
  const suite = tree.u16("Cipher suite", ref, nameOr(CIPHER_SUITES));
  tree.u8("Compression method", ref, { 0: "none", 1: "deflate" });
  extensions(tree, 2, told);
  state.version = told.version ?? version;
  if (!retry) [state.serverRandom, state.suite] = [own, suite];
  const protocol = told.protocols.length > 0 ? `, chose ${clip(told.protocols[0]!, 20)}` : "";
  return `${retry ? "HelloRetryRequest" : "ServerHello"} ${TLS_VERSIONS[state.version] ?? state.version}, ` +
    `${nameOr(CIPHER_SUITES)(suite)}${protocol}`;
}

function certificates(tree: Tree, state: TlsState): string {
  const modern = state.version === 0x0304;
  const ref = modern ? "RFC 8446 4.4.2" : "RFC 5246 7.4.2";
  if (modern) tree.bytes("Request context", tree.u8("Request context length", ref), ref);
  const words: string[] = [];
  list(tree, "Certificates", 3, ref, (part) => {
    const length = part.u24("Certificate length", ref);
    part.within("Certificate", length, (der) => {
      const told = certificate(der);
      if (words.length === 0) {
        words.push(told.subject);
        if (told.names.length > 0) words.push(`for ${told.names.slice(0, 4).join(" ")}`);
        words.push(`by ${told.issuer}`);
      }
    });
    if (modern) extensions(part, 11, newTold());
  });
  return `Certificate ${words.length === 0 ? "(none)" : words.join(", ")}`;
}

/** The body of a handshake message of `type` in the rest of `tree`; gives its line. */
function handshakeBody(tree: Tree, type: number, state: TlsState): string {
  const name = HANDSHAKE_TYPES[type] ?? `handshake ${type}`;
  switch (type) {
    case 1:
      return clientHello(tree, state);
    case 2:
      return serverHello(tree, state);
    case 4:
      if (state.version === 0x0304) {
        const ref = "RFC 8446 4.6.1";
        tree.u32("Lifetime", ref, (s) => `${s} seconds`);
        tree.u32("Age add", ref);
        tree.bytes("Nonce", tree.u8("Nonce length", ref), ref);
        tree.bytes("Ticket", tree.u16("Ticket length", ref), ref);
        extensions(tree, 4, newTold());
      } else {
        tree.u32("Lifetime hint", "RFC 5077 3.3", (s) => `${s} seconds`);
        tree.bytes("Ticket", tree.u16("Ticket length", "RFC 5077 3.3"), "RFC 5077 3.3");
      }
      return name;
    case 8:
      extensions(tree, 8, newTold());
      return name;
    case 11:
      return certificates(tree, state);
    case 12: {
      const ref = "RFC 8422 5.4";
      if (tree.reader.peek() !== 3) break;
      tree.u8("Curve type", ref, { 3: "named curve" });
      const group = tree.u16("Group", ref, nameOr(GROUPS));
      tree.bytes("Public key", tree.u8("Public key length", ref), ref);
      tree.u16("Signature algorithm", "RFC 5246 7.4.3", nameOr(SIGNATURES));
      tree.bytes("Signature", tree.u16("Signature length", ref), ref);
      return `${name} ${nameOr(GROUPS)(group)}`;
    }
    case 13: {
      if (state.version === 0x0304) break;
      const ref = "RFC 5246 7.4.4";
      list(tree, "Certificate types", 1, ref, (part) => void part.u8("Type", ref, { 1: "RSA", 2: "DSS", 64: "ECDSA" }));
      list(tree, "Algorithms", 2, ref, (part) => void part.u16("Algorithm", ref, nameOr(SIGNATURES)));
      list(tree, "Authorities", 2, ref, (part) => void part.bytes("Name", part.u16("Length", ref), ref));
      return name;
    }
    case 15: {
      const ref = "RFC 8446 4.4.3";
      tree.u16("Algorithm", ref, nameOr(SIGNATURES));
      tree.bytes("Signature", tree.u16("Signature length", ref), ref);
      return name;
    }
    case 16:
      if (tree.remaining > 0 && tree.reader.peek() === tree.remaining - 1) {
        tree.bytes("Public key", tree.u8("Public key length", "RFC 8422 5.7"), "RFC 8422 5.7");
      }
      break;
    case 20:
      tree.rest("Verify data", "RFC 5246 7.4.9");
      return name;
    case 22:
      tree.u8("Status type", "RFC 6066 8", { 1: "OCSP" });
      tree.bytes("Response", tree.u24("Response length", "RFC 6066 8"), "RFC 6066 8");
      return name;
    case 24:
      tree.u8("Request update", "RFC 8446 4.6.3", { 0: "not requested", 1: "requested" });
      return name;
  }
  tree.rest("Data", "RFC 5246 7.4");
  return name;
}

/** One whole handshake message; gives its line. */
export function handshakeMessage(tree: Tree, state: TlsState): string {
  const ref = "RFC 8446 4";
  const type = tree.reader.peek() ?? 0;
  const name = HANDSHAKE_TYPES[type] ?? "unknown";
  let line = name;
  tree.group(name === "unknown" ? "Handshake message" : name, () => {
    tree.u8("Message type", ref, HANDSHAKE_TYPES);
    const length = tree.u24("Length", ref);
    line = tree.within(name, length, (body) => handshakeBody(body, type, state)) ?? name;
  }, { ref });
  return line;
}
