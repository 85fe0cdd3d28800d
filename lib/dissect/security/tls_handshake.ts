// The messages of the TLS handshake (RFC 8446 4, RFC 5246 7.4) with their extensions. Pure.
import { secondsText } from "../../base/text.ts";
import type { TlsState } from "./tls_names.ts";
import { GROUPS, HANDSHAKE_TYPES, nameOr, SIGNATURES, TLS_VERSIONS } from "./tls_names.ts";
import { CIPHER_SUITES } from "./tls_suites.ts";
import type { Field } from "../../base/field.ts";
import { hex } from "../../base/hex.ts";
import { decodeContent } from "../coding/coding.ts";
import { explain } from "../explain.ts";
import { extensions, list, newTold } from "./tls_extensions.ts";
import { certificate } from "./x509.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

/** ServerHello with this random is a HelloRetryRequest (RFC 8446 4.1.3). */
const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

function random(tree: Tree, ref: string): string {
  const text = hex(tree.bytes("Random", 32, ref));
  if (text === RETRY) tree.last.meaning = "the value that says HelloRetryRequest";
  else if (text.endsWith("444f574e47524401")) tree.last.meaning = "ends in the mark of a downgrade to TLS 1.2";
  return text;
}

function clientHello(tree: Tree, state: TlsState): string {
  const ref = "RFC 8446 4.1.2";
  const told = newTold();
  const version = tree.code16("Version", ref, nameOr(TLS_VERSIONS)), oldest = tree.last;
  state.clientRandom = random(tree, ref);
  const session = tree.u8("Session ID length", ref);
  if (session > 0) tree.bytes("Session ID", session, ref);
  if (state.datagrams === true) {
    const cookie = tree.u8("Cookie length", "RFC 6347 4.2.1");
    if (cookie > 0) {
      tree.bytes("Cookie", cookie, "RFC 6347 4.2.1", () => "what the server gave to see that the address is true");
    }
  }
  list(tree, "Cipher suites", 2, ref, (part) => void part.code16("Cipher suite", ref, nameOr(CIPHER_SUITES)));
  list(tree, "Compression methods", 1, ref, (part) => void part.u8("Method", ref, { 0: "none", 1: "deflate" }));
  extensions(tree, 1, told);
  state.connectionIds = { client: told.connectionId };
  legacy(oldest, version, told.version);
  state.earlyData = told.extensions.includes("early_data");
  // Early data speaks what was agreed on before, which is offered again, as a rule first (RFC 8446 4.2.10).
  if (state.earlyData && told.protocols.length > 0) state.protocol = told.protocols[0]!;
  state.ticket = told.ticket === undefined ? undefined : hex(told.ticket);
  const words = [
    TLS_VERSIONS[told.version ?? version] ?? "",
    ...told.names.map((name) => `for ${clip(name)}`),
    told.protocols.length > 0 ? `offers ${told.protocols.map((name) => clip(name, 20)).join(" ")}` : "",
  ];
  return `ClientHello ${words.filter((word) => word !== "").join(", ")}`;
}

/** Says of the version of a Hello that an extension has the true one (RFC 8446 4.2.1). */
function legacy(field: Field, version: number, told: number | undefined): void {
  if (told !== undefined && told !== version) field.meaning += "; supported_versions below counts";
}

function serverHello(tree: Tree, state: TlsState): string {
  const ref = "RFC 8446 4.1.3";
  const told = newTold();
  const version = tree.code16("Version", ref, nameOr(TLS_VERSIONS)), oldest = tree.last;
  const own = random(tree, ref), retry = own === RETRY;
  const session = tree.u8("Session ID length", ref);
  state.sessionId = session > 0 ? hex(tree.bytes("Session ID", session, ref)) : "";
  const suite = tree.code16("Cipher suite", ref, nameOr(CIPHER_SUITES));
  tree.u8("Compression method", ref, { 0: "none", 1: "deflate" });
  extensions(tree, 2, told);
  legacy(oldest, version, told.version);
  state.version = told.version ?? version;
  if (!retry) [state.serverRandom, state.suite] = [own, suite];
  state.encryptThenMac = told.extensions.includes("encrypt_then_mac");
  state.extendedMaster = told.extensions.includes("extended_master_secret");
  state.clientKey = state.newTicket = undefined;
  if (state.connectionIds !== undefined) state.connectionIds.server = told.connectionId;
  if (told.protocols.length > 0) state.protocol = told.protocols[0]!;
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

/** Whether signatures name their algorithm: since TLS 1.2, whose number in DTLS is 0xfefd. */
const signsByAlgorithm = ({ version }: TlsState) => version === 0x0303 || version === 0x0304 || version === 0xfefd;

/** How the keys are agreed on in TLS 1.2 and before: the part of the cipher suite's name before "WITH". */
function exchangeOf(state: TlsState): string {
  return /^TLS_(\w+?)_WITH_/.exec(CIPHER_SUITES[state.suite ?? -1] ?? "")?.[1] ?? "";
}

/** ServerKeyExchange: the server's half of the key, signed. */
function serverKey(tree: Tree, state: TlsState, name: string): string {
  const exchange = exchangeOf(state);
  let ref = "RFC 8422 5.4", said = name;
  if (exchange.includes("PSK")) {
    const length = tree.u16("Hint length", "RFC 4279 2");
    if (length > 0) tree.bytes("Hint", length, "RFC 4279 2", () => "which key is meant");
  }
  if (exchange.includes("ECDH") || (exchange === "" && tree.reader.peek() === 3)) {
    tree.u8("Curve type", ref, { 3: "named curve" });
    const group = tree.code16("Group", ref, nameOr(GROUPS));
    tree.bytes("Public key", tree.u8("Public key length", ref), ref);
    said = `${name} ${nameOr(GROUPS)(group)}`;
  } else if (exchange.startsWith("DH")) {
    ref = "RFC 5246 7.4.3";
    const bits = tree.u16("Prime length", ref) * 8;
    tree.bytes("Prime", bits / 8, ref);
    tree.bytes("Generator", tree.u16("Generator length", ref), ref);
    tree.bytes("Public key", tree.u16("Public key length", ref), ref);
    said = `${name} Diffie-Hellman of ${counted(bits, "bit")}`;
  }
  if (tree.remaining >= 4 && !exchange.includes("PSK")) {
    if (signsByAlgorithm(state)) tree.code16("Signature algorithm", "RFC 5246 4.7", nameOr(SIGNATURES));
    tree.bytes("Signature", tree.u16("Signature length", ref), ref);
  }
  tree.rest("Data", ref);
  return said;
}

/** ClientKeyExchange: the client's half of the key, or the key itself under the server's. */
function clientKey(tree: Tree, state: TlsState): void {
  const exchange = exchangeOf(state);
  if (exchange.includes("PSK")) tree.bytes("Identity", tree.u16("Identity length", "RFC 4279 2"), "RFC 4279 2");
  if (tree.remaining > 0 && tree.reader.peek() === tree.remaining - 1 && !/^(RSA|DH)/.test(exchange)) {
    tree.bytes("Public key", tree.u8("Public key length", "RFC 8422 5.7"), "RFC 8422 5.7");
  } else if (tree.remaining > 2 && (exchange === "RSA" || exchange.startsWith("DH"))) {
    const [name, ref] = exchange === "RSA"
      ? ["Encrypted premaster secret", "RFC 5246 7.4.7.1"]
      : ["Public key", "RFC 5246 7.4.7.2"];
    const key = tree.bytes(name, tree.u16(`${name} length`, ref), ref);
    if (exchange === "RSA") state.clientKey = key.slice();
  }
  // The session is a new one.
  state.clientKey ??= new Uint8Array(0);
  tree.rest("Data", "RFC 5246 7.4.7");
}

/** CompressedCertificate: a Certificate message that a coding shortened (RFC 8879 4). */
function compressed(tree: Tree, state: TlsState, name: string): string {
  const ref = "RFC 8879 4";
  const codings: Readonly<Record<number, string>> = { 1: "deflate", 2: "br", 3: "zstd" };
  const coding = tree.u16("Algorithm", ref, { 1: "zlib", 2: "brotli", 3: "zstd" });
  const size = tree.u24("Length before", ref);
  const packed = tree.bytes("Compressed message", tree.u24("Compressed length", ref), ref);
  const decoded = decodeContent(codings[coding] ?? "", packed, Math.min(size, 256 * 1024));
  if (decoded === undefined) return name;
  const { root, value } = explain("Certificate as read", decoded.bytes, (inner) => certificates(inner, state));
  tree.add({ ...root, offset: tree.offset, length: 0, meaning: "compression undone", buffer: decoded.bytes });
  return value === undefined ? name : `compressed ${value}`;
}

/** Reads a message of the handshake by its name; gives its line, where that says more than the name. */
type ReadBody = (tree: Tree, state: TlsState, name: string) => string | void;

function verifyRequest(tree: Tree): void {
  const ref = "RFC 6347 4.2.1";
  tree.code16("Version", ref, nameOr(TLS_VERSIONS));
  const said = () => "to be sent back, so that the address is seen to be true";
  tree.bytes("Cookie", tree.u8("Cookie length", ref), ref, said);
}

function newTicket(tree: Tree, state: TlsState): void {
  if (state.version === 0x0304) {
    const ref = "RFC 8446 4.6.1";
    tree.u32("Lifetime", ref, secondsText);
    tree.u32("Age add", ref);
    tree.bytes("Nonce", tree.u8("Nonce length", ref), ref);
    tree.bytes("Ticket", tree.u16("Ticket length", ref), ref);
    extensions(tree, 4, newTold());
  } else {
    tree.u32("Lifetime hint", "RFC 5077 3.3", secondsText);
    state.newTicket = hex(tree.bytes("Ticket", tree.u16("Ticket length", "RFC 5077 3.3"), "RFC 5077 3.3"));
  }
}

function encryptedExtensions(tree: Tree, state: TlsState, name: string): string {
  const told = newTold();
  extensions(tree, 8, told);
  if (told.protocols.length === 0) return name;
  state.protocol = told.protocols[0]!;
  return `${name}, chose ${clip(state.protocol, 20)}`;
}

function newConnectionIds(tree: Tree): void {
  list(tree, "Connection IDs", 2, "RFC 9147 9", (part) => {
    part.bytes("Connection ID", part.u8("Length", "RFC 9147 9"), "RFC 9147 9");
  });
  tree.u8("Use", "RFC 9147 9", { 0: "at once", 1: "in reserve" });
}

function certificateRequest(tree: Tree, state: TlsState): void {
  if (state.version === 0x0304) {
    tree.bytes("Request context", tree.u8("Request context length", "RFC 8446 4.3.2"), "RFC 8446 4.3.2");
    extensions(tree, 13, newTold());
    return;
  }
  const ref = "RFC 5246 7.4.4";
  list(tree, "Certificate types", 1, ref, (part) => void part.u8("Type", ref, { 1: "RSA", 2: "DSS", 64: "ECDSA" }));
  if (signsByAlgorithm(state)) {
    list(tree, "Algorithms", 2, ref, (part) => void part.code16("Algorithm", ref, nameOr(SIGNATURES)));
  }
  list(tree, "Authorities", 2, ref, (part) => void part.bytes("Name", part.u16("Length", ref), ref));
}

function certificateVerify(tree: Tree, state: TlsState): void {
  const ref = "RFC 8446 4.4.3";
  if (signsByAlgorithm(state)) tree.code16("Algorithm", ref, nameOr(SIGNATURES));
  tree.bytes("Signature", tree.u16("Signature length", ref), ref);
}

function certificateStatus(tree: Tree): void {
  tree.u8("Status type", "RFC 6066 8", { 1: "OCSP" });
  tree.bytes("Response", tree.u24("Response length", "RFC 6066 8"), "RFC 6066 8");
}

/** The messages by type. To add one: a line here and in `HANDSHAKE_TYPES`. */
const BODIES: Readonly<Record<number, ReadBody>> = {
  1: clientHello,
  2: serverHello,
  3: verifyRequest,
  4: newTicket,
  8: encryptedExtensions,
  9: (tree) => void tree.u8("Identifiers wanted", "RFC 9147 9"),
  10: newConnectionIds,
  11: certificates,
  12: serverKey,
  13: certificateRequest,
  15: certificateVerify,
  16: clientKey,
  20: (tree, { version }) => void tree.rest("Verify data", version === 0x0304 ? "RFC 8446 4.4.4" : "RFC 5246 7.4.9"),
  22: certificateStatus,
  24: (tree) => void tree.u8("Request update", "RFC 8446 4.6.3", { 0: "not requested", 1: "requested" }),
  25: compressed,
};

/** The body of a handshake message of `type` in the rest of `tree`; gives its line. */
export function handshakeBody(tree: Tree, type: number, state: TlsState): string {
  const name = HANDSHAKE_TYPES[type] ?? `handshake ${type}`, read = BODIES[type];
  if (read !== undefined) return read(tree, state, name) ?? name;
  tree.rest("Data", "RFC 5246 7.4");
  return name;
}

/** One whole handshake message; gives its line. */
export function handshakeMessage(tree: Tree, state: TlsState): string {
  const type = tree.reader.peek() ?? 0;
  // Before the server has spoken nobody knows the version: of Hellos the newest text speaks of all.
  const ref = state.version === 0x0304 || type === 1 || type === 2 ? "RFC 8446 4" : "RFC 5246 7.4";
  const name = HANDSHAKE_TYPES[type] ?? "unknown";
  let line = name;
  tree.group(name === "unknown" ? "Handshake message" : name, () => {
    tree.u8("Message type", ref, HANDSHAKE_TYPES);
    const length = tree.u24("Length", ref);
    line = tree.within(name, length, (body) => handshakeBody(body, type, state)) ?? name;
  }, { ref });
  return line;
}
