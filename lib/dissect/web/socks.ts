// SOCKS 4, 4a (the memos of NEC and Ylonen), 5 (RFC 1928) with user and password (RFC 1929), and its UDP header. Pure.
import { FormatError } from "../../base/errors.ts";
import { COMMAND_NAMES, METHOD_NAMES, REPLY4_NAMES, REPLY5_NAMES } from "../../socks/codec/codes.ts";
import type { DissectContext, Guess, Ports, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

const R5 = "RFC 1928";
const METHODS: Readonly<Record<number, string>> = {
  ...METHOD_NAMES,
  3: "challenge handshake",
  5: "challenge response",
  6: "SSL",
  8: "multi-authentication",
};
const COMMANDS: Readonly<Record<number, string>> = {
  1: "CONNECT: connect to there",
  2: "BIND: wait for a connection from there",
  3: "UDP ASSOCIATE: carry datagrams",
};
/** Longest user id or name of SOCKS 4. */
const TEXT_LIMIT = 1024;

/** What the next message of a side is. */
type Expected = "first" | "login" | "gssapi" | "request" | "reply" | "second";

/** Octets of type, address and port at `at`; 0 while incomplete. */
function addressLength(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 1:
      return 7;
    case 4:
      return 19;
    case 3:
      return bytes[at + 1] === undefined ? 0 : 4 + bytes[at + 1]!;
    case undefined:
      return 0;
  }
  throw new FormatError(`${bytes[at]} is not an address type of SOCKS`, at);
}

/** Type, address and port, as a message of section `ref` has them; gives "host:port" and its parts. */
function address(
  tree: Tree,
  what: string,
  ref: string,
  meaning?: string,
): { text: string; host: string; port: number } {
  const type = tree.u8("Address type", `${R5} 5`, { 1: "IPv4 address", 3: "domain name", 4: "IPv6 address" });
  let host: string;
  const said = () => meaning;
  if (type === 1) host = tree.ip(`${what} address`, 4, `${R5} 5`, said);
  else if (type === 4) host = tree.ip(`${what} address`, 16, `${R5} 5`, said);
  else if (type === 3) host = tree.text(`${what} name`, tree.u8("Name length", `${R5} 5`), `${R5} 5`);
  else throw new FormatError(`${type} is not an address type of SOCKS`, tree.offset - 1);
  const port = tree.u16(`${what} port`, ref, said);
  return { text: `${type === 4 ? `[${host}]` : clip(host)}:${port}`, host, port };
}

/** Octets up to and with the zero octet that ends text at `from`; 0 while incomplete. */
function zeroAt(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(0, from);
  if (end === -1 && bytes.length - from > TEXT_LIMIT) throw new FormatError("A text of SOCKS 4 has no end", from);
  return end + 1;
}

/** Octets of a message of GSSAPI; an abort (RFC 1961 3.5) has two. */
function gssapiLength(bytes: Uint8Array): number {
  if (bytes[1] === 255) return 2;
  return bytes.length < 4 ? 0 : 4 + bytes[2]! * 256 + bytes[3]!;
}

class Socks implements StreamDissector {
  readonly #expected: Record<Side, Expected> = { client: "first", server: "first" };
  #version = 0;
  #command = 1;
  #target: Ports = {};

  measure(bytes: Uint8Array, side: Side): number {
    const expected = this.#expected[side];
    const version = bytes[0]!;
    if (this.#version === 0 && expected === "first" && exact(bytes)) {
      this.#version = 5;
      this.#expected[side] = side === "client" ? "request" : "reply";
      return bytes.length;
    }
    if (side === "client") {
      if (expected === "first") {
        if (version === 4) {
          if (bytes.length < 9) return 0;
          const user = zeroAt(bytes, 8);
          const named = bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0;
          return user === 0 || !named ? user : zeroAt(bytes, user);
        }
        if (version !== 5) throw new FormatError(`${version} is not a version of SOCKS`, 0);
        return bytes.length < 2 ? 0 : 2 + bytes[1]!;
      }
      if (version === 1 && expected === "login") {
        if (bytes.length < 2 || bytes.length < 3 + bytes[1]!) return 0;
        return 3 + bytes[1]! + bytes[2 + bytes[1]!]!;
      }
      if (version === 1 && expected === "gssapi") return gssapiLength(bytes);
      if (version !== 5) throw new FormatError(`${version} is not a version of SOCKS`, 0);
      // Whoever does not wait for the choice of method sends the login before it.
      const length = bytes.length < 4 ? 0 : addressLength(bytes, 3);
      return length === 0 ? 0 : 3 + length;
    }
    if (expected === "first") {
      if (version === 0 || this.#version === 4) return 8;
      if (version !== 5) throw new FormatError(`${version} is not a version of SOCKS`, 0);
      return 2;
    }
    if (expected === "login") return 2;
    if (expected === "gssapi") return gssapiLength(bytes);
    if (this.#version === 4) return 8;
    const length = bytes.length < 4 ? 0 : addressLength(bytes, 3);
    return length === 0 ? 0 : 3 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const expected = this.#expected[side];
    if (side === "client") {
      if (expected === "first") return tree.reader.peek() === 4 ? this.#request4(tree) : this.#greeting(tree);
      if (tree.reader.peek() === 1 && expected === "gssapi") return this.#gssapi(tree);
      if (tree.reader.peek() === 1) return this.#login(tree);
      return this.#request5(tree);
    }
    if (expected === "first" && (tree.reader.peek() === 0 || this.#version === 4)) return this.#reply4(tree);
    if (expected === "first") return this.#choice(tree);
    if (expected === "login") return this.#loginReply(tree);
    if (expected === "gssapi") return this.#gssapi(tree);
    return this.#version === 4 ? this.#reply4(tree) : this.#reply5(tree);
  }

  #request4(tree: Tree): Words {
    const ref = "SOCKS4 memo";
    tree.current.ref = ref;
    this.#version = 4;
    tree.u8("Version", ref, () => "of SOCKS");
    this.#command = tree.u8("Command", ref, COMMANDS);
    const port = tree.u16("Destination port", ref);
    let host = tree.ip("Destination address", 4, ref);
    const named = /^0\.0\.0\.(?!0$)/.test(host);
    if (named) tree.last.meaning = "not an address: a name follows (4a)";
    tree.zeroText("User id", ref, (text) => text === "" ? "none" : "not proved by anything");
    if (named) host = tree.zeroText("Destination name", "SOCKS4a memo");
    this.#target = { server: port };
    return {
      summary: `SOCKS4${named ? "a" : ""} ${COMMAND_NAMES[this.#command] ?? this.#command} ${clip(host)}:${port}`,
      asks: "request",
    };
  }

  #reply4(tree: Tree): Words {
    const ref = "SOCKS4 memo";
    tree.current.ref = ref;
    tree.u8("Version", ref, { 0: "of the reply" });
    const code = tree.u8("Reply code", ref, REPLY4_NAMES);
    const meaning = this.#bound();
    tree.u16("Port", ref, () => meaning);
    tree.ip("Address", 4, ref, () => meaning);
    return this.#over(`SOCKS4 ${REPLY4_NAMES[code] ?? code}`, code === 90);
  }

  #greeting(tree: Tree): Words {
    const ref = `${R5} 3`;
    this.#version = 5;
    tree.u8("Version", ref, () => "of SOCKS");
    const count = tree.u8("Methods", ref, (n) => `${n} follow`);
    const words: string[] = [];
    for (let i = 0; i < count; i++) {
      const method = tree.u8("Method", ref, METHODS);
      words.push(METHODS[method] ?? `method ${method}`);
    }
    this.#expected.client = "request";
    return { summary: `SOCKS5 offers ${words.join(", ")}`, asks: "greeting" };
  }

  #choice(tree: Tree): Words {
    const ref = `${R5} 3`;
    this.#version = 5;
    tree.u8("Version", ref, () => "of SOCKS");
    const method = tree.u8("Method", ref, METHODS);
    this.#expected.server = method === 2 ? "login" : method === 1 ? "gssapi" : "reply";
    this.#expected.client = method === 2 ? "login" : method === 1 ? "gssapi" : "request";
    return { summary: `SOCKS5 chooses ${METHODS[method] ?? `method ${method}`}`, answers: "greeting" };
  }

  #login(tree: Tree): Words {
    const ref = "RFC 1929 2";
    tree.current.ref = ref;
    tree.u8("Version", ref, () => "of the login");
    const user = tree.text("User", tree.u8("User length", ref), ref);
    const length = tree.u8("Password length", ref);
    if (length > 0) {
      tree.text("Password", length, ref);
      tree.last.secret = true;
    }
    this.#expected.client = "request";
    return { summary: `SOCKS5 login of ${clip(user)}, password in clear`, asks: "login" };
  }

  #loginReply(tree: Tree): Words {
    tree.current.ref = "RFC 1929 2";
    tree.u8("Version", "RFC 1929 2", () => "of the login");
    const status = tree.u8("Status", "RFC 1929 2", (code) => code === 0 ? "success" : "failure");
    this.#expected.server = "reply";
    return { summary: `SOCKS5 login ${status === 0 ? "accepted" : "refused"}`, answers: "login" };
  }

  #gssapi(tree: Tree): Words {
    tree.current.ref = "RFC 1961 3";
    tree.u8("Version", "RFC 1961 3.4", () => "of the GSSAPI messages");
    const type = tree.u8("Message type", "RFC 1961 3.4", {
      1: "authentication",
      2: "protection level",
      3: "data",
      255: "abort",
    });
    if (type === 255) return { summary: "SOCKS5 GSSAPI aborted" };
    tree.bytes("Token", tree.u16("Token length", "RFC 1961 3.4"), "RFC 1961 3.4");
    return { summary: `SOCKS5 GSSAPI message ${type}` };
  }

  #request5(tree: Tree): Words {
    const ref = `${R5} 4`;
    tree.u8("Version", ref, () => "of SOCKS");
    this.#command = tree.u8("Command", ref, COMMANDS);
    tree.u8("Reserved", ref);
    const target = address(
      tree,
      "Destination",
      ref,
      this.#command === 3 ? "where the client sends its datagrams from" : undefined,
    );
    this.#target = { server: target.port };
    this.#expected.client = "request";
    return { summary: `SOCKS5 ${COMMAND_NAMES[this.#command] ?? this.#command} ${target.text}`, asks: "request" };
  }

  #reply5(tree: Tree): Words {
    const ref = `${R5} 6`;
    tree.u8("Version", ref, () => "of SOCKS");
    const code = tree.u8("Reply code", ref, (value) => REPLY5_NAMES[value] ?? "unassigned");
    tree.u8("Reserved", ref);
    const bound = address(tree, "Bound", ref, code === 0 ? this.#bound() : undefined);
    const words = this.#over(`SOCKS5 ${REPLY5_NAMES[code] ?? code}, bound ${bound.text}`, code === 0);
    if (code !== 0 || this.#command !== 3 || bound.port === 0) return words;
    // Datagrams go to that port; 0.0.0.0 stands for the address of this connection.
    const any = /^(0\.0\.0\.0|::)$/.test(bound.host);
    return {
      ...words,
      expects: [{ ...(any ? {} : { host: bound.host }), port: bound.port, protocol: "socks-udp", side: "server" }],
    };
  }

  /** What the address in a reply is, by command. */
  #bound(): string | undefined {
    if (this.#command === 3) return "where the client sends its datagrams";
    if (this.#command === 2) {
      return this.#expected.server === "second"
        ? "who connected to the proxy"
        : "where the proxy waits for a connection";
    }
    return "the proxy's end of the connection to the destination";
  }

  /** A reply: after the last one the connection carries what it was asked for. BIND has two replies. */
  #over(summary: string, success: boolean): Words {
    const second = this.#expected.server === "second";
    const words: Words = second ? { summary: `${summary} (second reply)` } : { summary, answers: "request" };
    if (!success || this.#command === 3) return words;
    if (this.#command === 2 && !second) {
      this.#expected.server = "second";
      return words;
    }
    return { ...words, become: { protocol: "", ports: this.#target } };
  }
}

function detect(bytes: Uint8Array, side: Side): Guess {
  const [first, second] = bytes;
  if (side === "server") return "no";
  if (first === 5) {
    if (second === undefined) return "maybe";
    if (second === 0 || second > 8) return "no";
    const methods = bytes.subarray(2, 2 + second);
    if (!methods.every((method) => method <= 9 || (method >= 0x80 && method <= 0x88))) return "no";
    return bytes.length < 2 + second ? "maybe" : bytes.length === 2 + second || bytes[2 + second]! <= 5 ? "yes" : "no";
  }
  if (first !== 4) return "no";
  if (second === undefined) return "maybe";
  if (second !== 1 && second !== 2) return "no";
  if (bytes.length < 9) return "maybe";
  return isRequest4(bytes) ? "yes" : "no";
}

/** Whether octets are exactly a request of SOCKS 4 or 4a: a port, an address, texts that end in zero octets. */
function isRequest4(bytes: Uint8Array): boolean {
  if (bytes[2] === 0 && bytes[3] === 0) return false;
  const named = bytes[4] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] !== 0;
  let end = bytes.indexOf(0, 8);
  const user = bytes.subarray(8, end);
  if (end !== -1 && named) end = bytes.indexOf(0, end + 1);
  return end === bytes.length - 1 && user.every((octet) => octet >= 32);
}

/** Whether octets are exactly version, code, reserved, address and port: a request or reply without its greeting. */
function exact(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[0] !== 5 || bytes[2] !== 0 || ![1, 3, 4].includes(bytes[3]!)) return false;
  return bytes.length === 3 + addressLength(bytes, 3);
}

/** Of bare octets: a reply, or the choice of a method, is the server's. */
function bareSide(bytes: Uint8Array): Side {
  if (bytes[0] === 0) return "server";
  if (bytes[0] === 5 && bytes.length === 2) return "server";
  return exact(bytes) && (bytes[1] === 0 || bytes[1]! > 3) ? "server" : "client";
}

/** The header of a relayed datagram (RFC 1928 7), then the datagram. */
function datagram(tree: Tree, context: DissectContext): Words {
  const ref = `${R5} 7`;
  tree.u16("Reserved", ref);
  const fragment = tree.u8("Fragment", ref, (number) => number === 0 ? "not fragmented" : undefined);
  const target = address(tree, context.side === "client" ? "Destination" : "Source", ref);
  const arrow = context.side === "client" ? "to" : "from";
  const summary = `SOCKS5 datagram ${arrow} ${target.text}`;
  tree.said = { summary };
  if (tree.remaining === 0) return { summary };
  if (fragment !== 0) {
    tree.rest("Data", ref);
    return { summary: `${summary}, fragment ${fragment & 127}` };
  }
  const count = tree.remaining;
  const inner = context.inner(tree, count, "", { server: target.port });
  return { ...inner, summary: `${summary}: ${inner?.summary ?? counted(count, "octet")}` };
}

export const SOCKS: Protocol = {
  name: "socks",
  title: "SOCKS",
  ref: R5,
  tcp: [1080, 9050, 9150],
  detect,
  sideOf: bareSide,
  stream: () => new Socks(),
};

/** Ports whose datagrams make a header before them believable. */
const CARRIED = [53, 67, 123, 443, 500, 514, 1812, 1900, 3478, 4500, 5353];

/** Whether a datagram on any port begins with the header: not fragmented, an address, a port that means something. */
function plausible(bytes: Uint8Array): boolean {
  if (bytes.length < 12 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0) return false;
  if (bytes[3] !== 1 && bytes[3] !== 3 && bytes[3] !== 4) return false;
  const end = 3 + addressLength(bytes, 3);
  return end < bytes.length && CARRIED.includes(bytes[end - 2]! * 256 + bytes[end - 1]!);
}

export const SOCKS_UDP: Protocol = {
  name: "socks-udp",
  title: "SOCKS5 UDP header",
  ref: `${R5} 7`,
  udp: [1080],
  detectDatagram: plausible,
  datagram,
};
