// AJP 1.3 (Apache Tomcat Connectors, "AJPv13 protocol"): requests that a Web server hands on to a servlet container. Pure.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { clip, counted, decodeText, looksLikeText, octetCount } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const REF = "AJPv13 Packet Structure";
const REQUEST = "AJPv13 Request Packet Structure";
const RESPONSE = "AJPv13 Response Packet Structure";
/** Packets are 8 KiB as a rule, 64 KiB where both sides are told so. */
const FROM_SERVER = 0x1234, FROM_CONTAINER = 0x4142;

const CODES = names(`
  2 FORWARD_REQUEST; 3 SEND_BODY_CHUNK; 4 SEND_HEADERS; 5 END_RESPONSE; 6 GET_BODY_CHUNK; 7 SHUTDOWN; 8 PING; 9 CPONG; 10 CPING
`);
const METHODS = names(`
  1 OPTIONS; 2 GET; 3 HEAD; 4 POST; 5 PUT; 6 DELETE; 7 TRACE; 8 PROPFIND; 9 PROPPATCH; 10 MKCOL; 11 COPY; 12 MOVE; 13 LOCK;
  14 UNLOCK; 15 ACL; 16 REPORT; 17 VERSION-CONTROL; 18 CHECKIN; 19 CHECKOUT; 20 UNCHECKOUT; 21 SEARCH; 22 MKWORKSPACE;
  23 UPDATE; 24 LABEL; 25 MERGE; 26 BASELINE_CONTROL; 27 MKACTIVITY
`);
const REQUEST_HEADERS = names(`
  1 accept; 2 accept-charset; 3 accept-encoding; 4 accept-language; 5 authorization; 6 connection; 7 content-type;
  8 content-length; 9 cookie; 10 cookie2; 11 host; 12 pragma; 13 referer; 14 user-agent
`);
const RESPONSE_HEADERS = names(`
  1 Content-Type; 2 Content-Language; 3 Content-Length; 4 Date; 5 Last-Modified; 6 Location; 7 Set-Cookie; 8 Set-Cookie2;
  9 Servlet-Engine; 10 Status; 11 WWW-Authenticate
`);
const ATTRIBUTES = names(`
  1 context; 2 servlet path; 3 remote user; 4 auth type; 5 query string; 6 route; 7 SSL certificate; 8 SSL cipher;
  9 SSL session; 10 attribute; 11 SSL key size; 12 secret; 13 stored method
`);
const NONE = 0xffff;

/** A text with its length before and a zero octet behind, or none at all. */
function text(tree: Tree, name: string, ref: string): string {
  const length = tree.u16(`${name} length`, ref, (value) => value === NONE ? "none" : undefined);
  if (length === NONE) return "";
  const value = length === 0 ? "" : tree.text(name, length, ref);
  tree.u8("End of text", ref);
  return value;
}

/** Header fields: names by number, or in full. */
function headers(tree: Tree, known: Readonly<Record<number, string>>, ref: string): Map<string, string> {
  const count = tree.u16("Number of headers", ref);
  const found = new Map<string, string>();
  for (let i = 0; i < count && tree.remaining > 0; i++) {
    tree.group("Header", (group) => {
      let name: string;
      if (tree.reader.peek() === 0xa0) {
        const code = tree.u16("Name", ref, (value) => known[value & 255] ?? "unknown");
        name = known[code & 255] ?? `header ${code & 255}`;
      } else name = text(tree, "Name", ref);
      const value = text(tree, "Value", ref);
      const lower = name.toLowerCase();
      const secret = /^(?:proxy-)?authorization$/.test(lower) && value !== "";
      if (secret) group.children!.at(-2)!.secret = true;
      group.meaning = clip(`${name}: ${secret ? "(credentials)" : value}`, 120);
      found.set(lower, value);
    }, { ref });
  }
  return found;
}

/** Attributes up to the octet that ends them; gives the query string. */
function attributes(tree: Tree): string {
  let query = "";
  while (tree.remaining > 0) {
    if (tree.reader.peek() === 0xff) {
      tree.u8("End of attributes", REQUEST);
      break;
    }
    tree.group("Attribute", (group) => {
      const code = tree.u8("Code", REQUEST, ATTRIBUTES);
      const name = ATTRIBUTES[code];
      if (name === undefined) throw new FormatError(`There is no attribute ${code}`, tree.offset - 1);
      if (code === 11) {
        group.meaning = `${name} ${tree.u16("Value", REQUEST)}`;
        return;
      }
      const key = code === 10 ? text(tree, "Name", REQUEST) : name;
      const value = text(tree, "Value", REQUEST);
      if (code === 5) query = `?${value}`;
      if (code === 12 && value !== "") group.children!.at(-2)!.secret = true;
      group.meaning = clip(code === 12 ? name : `${key}: ${value}`, 120);
    }, { ref: REQUEST });
  }
  return query;
}

class Ajp implements StreamDissector {
  /** The next packet of the Web server is a piece of a body, and has no code. */
  #body = false;

  measure(bytes: Uint8Array, side: Side): number {
    if (bytes.length < 4) return 0;
    const magic = bytes[0]! * 256 + bytes[1]!;
    if (magic !== (side === "client" ? FROM_SERVER : FROM_CONTAINER)) {
      throw new FormatError("This is no packet of AJP", 0);
    }
    return 4 + bytes[2]! * 256 + bytes[3]!;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    tree.u16("Magic", REF, { [FROM_SERVER]: "from the Web server", [FROM_CONTAINER]: "from the container" });
    const length = tree.u16("Length", REF, octetCount);
    return tree.within("Packet", length, (part) => {
      if (side === "client" && (this.#body || part.remaining === 0)) return this.#piece(part);
      return this.#coded(part);
    }) ?? { summary: "packet" };
  }

  #piece(tree: Tree): Words {
    this.#body = false;
    if (tree.remaining === 0) return { summary: "end of the body" };
    const count = tree.u16("Data length", REQUEST, octetCount);
    return { summary: `body, ${counted(count, "octet")}`, ...data(tree, count, REQUEST) };
  }

  #coded(tree: Tree): Words {
    const code = tree.u8("Code", REF, CODES);
    const name = CODES[code] ?? `code ${code}`;
    tree.said = { summary: name };
    switch (code) {
      case 2:
        return this.#request(tree);
      case 3: {
        const count = tree.u16("Chunk length", RESPONSE, octetCount);
        const words = data(tree, count, RESPONSE);
        if (tree.remaining > 0) tree.u8("End of chunk", RESPONSE);
        return { summary: `${name}, ${counted(count, "octet")}`, ...words };
      }
      case 4: {
        const status = tree.u16("Status code", RESPONSE);
        const reason = text(tree, "Reason", RESPONSE);
        const found = headers(tree, RESPONSE_HEADERS, RESPONSE);
        const lines = [...found].map(([key, value]) => `${key}: ${value}`);
        return {
          summary: clip(`${name} ${status} ${reason}`.trim(), 120),
          answers: "ajp",
          text: [`${status} ${reason}`, ...lines].join("\n"),
        };
      }
      case 5:
        return {
          summary: `${name}, ${tree.u8("Reuse", RESPONSE, { 0: "close", 1: "keep" }) === 0 ? "close" : "keep"}`,
        };
      case 6:
        this.#body = true;
        return { summary: `${name}, ${counted(tree.u16("Requested length", RESPONSE), "octet")}` };
      case 9:
        return { summary: name, answers: "cping" };
      case 10:
        return { summary: name, asks: "cping" };
    }
    tree.rest("Data", REF);
    return { summary: name };
  }

  #request(tree: Tree): Words {
    const method = tree.u8("Method", REQUEST, METHODS);
    const version = text(tree, "Protocol", REQUEST);
    const uri = text(tree, "URI", REQUEST);
    text(tree, "Remote address", REQUEST);
    text(tree, "Remote host", REQUEST);
    const server = text(tree, "Server name", REQUEST);
    tree.u16("Server port", REQUEST);
    const secure = tree.u8("TLS", REQUEST, { 0: "no", 1: "yes" });
    const line = `${METHODS[method] ?? `method ${method}`} ${secure === 1 ? "https" : "http"}://${server}${uri}`;
    tree.said = { summary: clip(line, 160), asks: "ajp" };
    const found = headers(tree, REQUEST_HEADERS, REQUEST);
    const whole = `${line}${attributes(tree)}`;
    this.#body = Number(found.get("content-length") ?? 0) > 0;
    const lines = [...found].map(([key, value]) => `${key}: ${value}`);
    return { summary: clip(whole, 160), asks: "ajp", text: [`${whole} ${version}`, ...lines].join("\n") };
  }
}

/** A piece of a body, as text where it is text. */
function data(tree: Tree, count: number, ref: string): { text?: string } {
  if (count === 0) return {};
  const bytes = tree.bytes("Data", count, ref);
  if (!looksLikeText(bytes)) return {};
  const value = decodeText(bytes);
  tree.last.value = value;
  return { text: value };
}

function detect(bytes: Uint8Array, side: Side): Guess {
  if (bytes[0] !== (side === "client" ? FROM_SERVER : FROM_CONTAINER) >> 8) return "no";
  if (bytes.length < 5) return "maybe";
  const [high, low, , , code] = bytes;
  const magic = high! * 256 + low!, length = bytes[2]! * 256 + bytes[3]!;
  if (side === "server") {
    return magic === FROM_CONTAINER && code! >= 3 && code! <= 9 && length < 8192 ? "possible" : "no";
  }
  if (magic !== FROM_SERVER) return "no";
  if (code === 10) return length === 1 ? "yes" : "no";
  // The method, then "HTTP/1.1" with its length.
  if (code !== 2) return "possible";
  return bytes.length < 9 ? "maybe" : bytes[6] === 0 && bytes[7] === 8 && bytes[8] === 0x48 ? "yes" : "possible";
}

export const AJP: Protocol = {
  name: "ajp",
  title: "AJP",
  ref: "AJPv13",
  tcp: [8009],
  detect,
  sideOf: (bytes) => bytes[0] === 0x41 ? "server" : "client",
  stream: () => new Ajp(),
};
