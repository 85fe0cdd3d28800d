// The server's side of a handshake, octets in, replies and a request out: SOCKS 4, 4a, 5 and HTTP on one port. Pure.
// A new protocol is a first octet in `#begin` and a state.
import { type Bytes, concat, latin1Text } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { NO_ADDRESS, readableAddress, type SocksAddress } from "../codec/address.ts";
import { parseRequest4 } from "../codec/socks4.ts";
import {
  encodeLoginReply,
  encodeMethodChoice,
  encodeReply5,
  parseGreeting,
  parseLogin,
  parseRequest5,
} from "../codec/socks5.ts";
import { COMMAND, METHOD, REPLY5 } from "../codec/codes.ts";
import { basicLogin, HttpRefusal, type HttpRequest, httpRequest, maybeRequest, parseHead } from "../http/request.ts";
import { requestBody } from "../http/body.ts";
import { encodeFailure, httpError, Refusal, type Version } from "./reply.ts";

/** What a server speaks and whom it lets in. */
export interface HandshakePolicy {
  readonly socks4: boolean;
  readonly socks4a: boolean;
  readonly socks5: boolean;
  /** HTTP CONNECT. */
  readonly http: boolean;
  /** HTTP requests with an absolute URI. */
  readonly forward: boolean;
  /** TLS around any of them. */
  readonly tls: boolean;
  readonly bind: boolean;
  readonly udp: boolean;
  /** Nobody gets past without user and password. */
  readonly login: boolean;
}

/** What a client asks for, whichever protocol it speaks. */
export interface ProxyRequest {
  readonly version: Version;
  readonly command: "connect" | "bind" | "udp" | "forward";
  readonly address: SocksAddress;
  /** Who logged in. */
  readonly user: string | undefined;
  /** The user id of version 4, which nobody has checked. */
  readonly userId: string | undefined;
  /** With HTTP: the whole request. */
  readonly http: HttpRequest | undefined;
}

/** What is to be done next. */
export type Step =
  /** Read more octets and `push` them. */
  | { readonly kind: "read" }
  /** Write these, and go on. */
  | { readonly kind: "send"; readonly bytes: Bytes }
  /** Check these, and tell by `loggedIn`. */
  | { readonly kind: "login"; readonly user: string; readonly password: string }
  /** TLS begins: what was pushed goes to it unread, and a new handshake inside. */
  | { readonly kind: "tls" }
  /** The handshake is over; `rest` holds what the client sent ahead. */
  | { readonly kind: "request"; readonly request: ProxyRequest }
  /** Write these if there are any, and close. `code`: what they say, in terms of version 5, where they answer a request. */
  | {
    readonly kind: "refuse";
    readonly bytes: Bytes | undefined;
    readonly why: string;
    readonly code: number | undefined;
  };

/** Why nothing here speaks what begins with this octet. */
function unspoken(first: number, secure: boolean): string {
  if (first === 4 || first === 5) return `SOCKS ${first} is switched off (--no-socks${first})`;
  if (isLetter(first)) return "HTTP is switched off (--no-http, --no-forward)";
  if (first === TLS_HANDSHAKE) return secure ? "TLS inside TLS" : "TLS, which wants a --cert";
  return `neither SOCKS nor HTTP: it begins with the octet ${first}`;
}

/** Whether a method can begin with it: methods are written in capitals, and the same letters small are another method. */
function isLetter(octet: number): boolean {
  return (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a);
}

const NOTHING = new Uint8Array(0);
const READ: Step = { kind: "read" };
const CHOOSE_NONE: Step = { kind: "send", bytes: encodeMethodChoice({ method: METHOD.none }) };
const CHOOSE_PASSWORD: Step = { kind: "send", bytes: encodeMethodChoice({ method: METHOD.password }) };
const LOGIN_REQUIRED = 'Proxy-Authenticate: Basic realm="netlab", charset="UTF-8"\r\n';
const TLS_HANDSHAKE = 0x16;

/** One handshake. `push` octets as they come and do what `next` says until it is a request or a refusal. */
export class Handshake {
  readonly #policy: HandshakePolicy;
  readonly #secure: boolean;
  #buffer: Uint8Array = NOTHING;
  #state: "begin" | "4" | "greeting" | "login" | "logging-in" | "request5" | "http" | "over" = "begin";
  #user: string | undefined;
  /** A whole head has been read. */
  #http1 = false;
  #pending: { readonly command: "connect" | "forward"; readonly http: HttpRequest } | undefined;
  /** The protocol spoken, as soon as it is known. */
  version: Version | "tls" | undefined;

  /** `secure`: this handshake runs inside TLS already. */
  constructor(policy: HandshakePolicy, secure = false) {
    this.#policy = policy;
    this.#secure = secure;
  }

  /** Takes octets from the client. They are not copied before the next `push`, so `bytes` must stay as it is until then. */
  push(bytes: Uint8Array): void {
    this.#buffer = this.#buffer.length === 0 ? bytes : concat([this.#buffer, bytes]);
  }

  /** Octets that were pushed and that the handshake did not need. */
  get rest(): Uint8Array {
    return this.#buffer;
  }

  /** What is to be done next. Never throws. */
  next(): Step {
    switch (this.#state) {
      case "begin":
        return this.#begin();
      case "4":
        return this.#request4();
      case "greeting":
        return this.#greeting();
      case "login":
        return this.#login();
      case "request5":
        return this.#request5();
      case "http":
        return this.#http();
      default:
        return this.#refuse(undefined, "The handshake is over");
    }
  }

  /** The answer to a step of the kind `login`. */
  loggedIn(user: string | undefined): Step {
    if (this.version === "http") {
      if (user === undefined) return this.#wantsLogin("wrong user or password");
      this.#user = user;
      const { command, http } = this.#pending!;
      return this.#request("http", command, http.address, undefined, http);
    }
    const bytes = encodeLoginReply({ status: user === undefined ? 1 : 0 });
    if (user === undefined) return this.#refuse(bytes, "wrong user or password");
    this.#user = user;
    this.#state = "request5";
    return { kind: "send", bytes };
  }

  #refuse(bytes: Bytes | undefined, why: string, code?: number): Step {
    this.#state = "over";
    return { kind: "refuse", bytes, why, code };
  }

  #consume(size: number): void {
    this.#buffer = this.#buffer.subarray(size);
  }

  #begin(): Step {
    const policy = this.#policy;
    const http = policy.http || policy.forward;
    // A server ignores empty lines before a request (RFC 9112, 2.2).
    while (http && this.#buffer[0] === 0x0d && this.#buffer[1] === 0x0a) this.#consume(2);
    const first = this.#buffer[0];
    if (first === undefined || (http && first === 0x0d && this.#buffer.length === 1)) return READ;
    if (first === 5 && policy.socks5) {
      this.version = "5";
      this.#state = "greeting";
      return this.#greeting();
    }
    if (first === 4 && (policy.socks4 || policy.socks4a)) {
      this.version = "4";
      this.#state = "4";
      return this.#request4();
    }
    if (http && isLetter(first)) {
      this.version = "http";
      this.#state = "http";
      return this.#http();
    }
    if (first === TLS_HANDSHAKE && policy.tls && !this.#secure) {
      this.version = "tls";
      this.#state = "over";
      return { kind: "tls" };
    }
    return this.#refuse(undefined, unspoken(first, this.#secure));
  }

  #greeting(): Step {
    const greeting = parseGreeting(this.#buffer);
    if (greeting === undefined) return READ;
    this.#consume(greeting.size);
    const { methods } = greeting.value;
    const wanted = this.#policy.login ? METHOD.password : METHOD.none;
    if (!methods.includes(wanted)) {
      return this.#refuse(
        encodeMethodChoice({ method: METHOD.unacceptable }),
        wanted === METHOD.password ? "no login offered" : "no acceptable login method",
      );
    }
    this.#state = wanted === METHOD.password ? "login" : "request5";
    return wanted === METHOD.password ? CHOOSE_PASSWORD : CHOOSE_NONE;
  }

  #login(): Step {
    try {
      const login = parseLogin(this.#buffer);
      if (login === undefined) return READ;
      this.#consume(login.size);
      const { user, password } = login.value;
      if (user === "" || password === "") throw new FormatError("User or password is empty");
      this.#state = "logging-in";
      return { kind: "login", user, password };
    } catch (error) {
      return this.#refuse(encodeLoginReply({ status: 1 }), (error as FormatError).message);
    }
  }

  #request5(): Step {
    const refuse = (code: number, why: string) => this.#refuse(encodeReply5({ code, address: NO_ADDRESS }), why, code);
    const command = this.#buffer[1], type = this.#buffer[3];
    if (type !== undefined && this.#buffer[0] === 5 && this.#buffer[2] === 0 && ![1, 3, 4].includes(type)) {
      // Nobody can tell how long such a request is.
      return refuse(REPLY5.addressType, `unknown address type ${type}`);
    }
    try {
      const request = parseRequest5(this.#buffer);
      if (request === undefined) return READ;
      this.#consume(request.size);
      const { bind, udp } = this.#policy;
      const name = command === COMMAND.connect
        ? "connect"
        : command === COMMAND.bind && bind
        ? "bind"
        : command === COMMAND.associate && udp
        ? "udp"
        : undefined;
      if (name === undefined) return refuse(REPLY5.command, `command ${command}`);
      return this.#request("5", name, request.value.address);
    } catch (error) {
      return refuse(REPLY5.general, (error as FormatError).message);
    }
  }

  #request4(): Step {
    const refuse = (code: number, why: string) => this.#refuse(encodeFailure("4", new Refusal(code, why)), why, code);
    try {
      const request = parseRequest4(this.#buffer);
      if (request === undefined) return READ;
      this.#consume(request.size);
      const { command, address, userId } = request.value;
      const version = address.type === "name" ? "4a" : "4";
      this.version = version;
      if (this.#policy.login) return refuse(REPLY5.denied, "no login offered");
      if (!(version === "4a" ? this.#policy.socks4a : this.#policy.socks4)) {
        return this.#refuse(undefined, `SOCKS ${version} is switched off`);
      }
      const name = command === COMMAND.connect
        ? "connect"
        : command === COMMAND.bind && this.#policy.bind
        ? "bind"
        : undefined;
      if (name === undefined) return refuse(REPLY5.command, `command ${command}`);
      return this.#request(version, name, address, userId);
    } catch (error) {
      return refuse(REPLY5.general, (error as FormatError).message);
    }
  }

  #http(): Step {
    try {
      const head = parseHead(this.#buffer);
      if (head === undefined) {
        // What is not HTTP is not waited for.
        if (!maybeRequest(this.#buffer)) return this.#refuse(undefined, "neither SOCKS nor HTTP");
        return READ;
      }
      this.#consume(head.size);
      this.#http1 = true;
      const http = httpRequest(head.value);
      const command = http.path === undefined ? "connect" : "forward";
      if (command === "connect" ? !this.#policy.http : !this.#policy.forward) {
        const bytes = httpError("501 Not Implemented", "netlab: this is switched off");
        return this.#refuse(bytes, `${command} is off`, REPLY5.command);
      }
      if (command === "forward") requestBody(http.head);
      if (this.#policy.login) {
        const login = basicLogin(http.head);
        if (login === undefined || login.user === "" || login.password === "") {
          return this.#wantsLogin("no login offered");
        }
        this.#state = "logging-in";
        this.#pending = { command, http };
        return { kind: "login", ...login };
      }
      return this.#request("http", command, http.address, undefined, http);
    } catch (error) {
      if (error instanceof HttpRefusal && this.#isHttp()) {
        return this.#refuse(httpError(error.status, error.message), error.message, REPLY5.general);
      }
      return this.#refuse(undefined, (error as FormatError).message);
    }
  }

  /** Whether what is left of a head begins as requests do, so that somebody there reads an answer in HTTP. */
  #isHttp(): boolean {
    return this.#http1 || /^\S+ (http:\/\/|\S+ HTTP\/1)/i.test(latin1Text(this.#buffer.subarray(0, 8192)));
  }

  #wantsLogin(why: string): Step {
    return this.#refuse(
      httpError("407 Proxy Authentication Required", "netlab: this proxy wants user and password", LOGIN_REQUIRED),
      why,
    );
  }

  #request(
    version: Version,
    command: ProxyRequest["command"],
    address: SocksAddress,
    userId?: string,
    http?: HttpRequest,
  ): Step {
    this.#state = "over";
    const request = { version, command, address: readableAddress(address), user: this.#user, userId, http };
    return { kind: "request", request };
  }
}
