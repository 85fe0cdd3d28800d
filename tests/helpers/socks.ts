// A proxy server in this process, and clients that speak octet by octet: for tests of `netlab socks`.
import { assertEquals } from "@std/assert";
import { concat, latin1Text, utf8 } from "../../lib/base/bytes.ts";
import { formatHostPort } from "../../lib/base/host_port.ts";
import { hex, parseHex } from "../../lib/base/hex.ts";
import { SystemNetwork } from "../../lib/dial/proxy_network.ts";
import { readProxyHeader } from "../../lib/dial/proxy_protocol.ts";
import { Access, type AccessRules } from "../../lib/socks/policy/access.ts";
import { parseReply5, type Reply5 } from "../../lib/socks/codec/socks5.ts";
import type { ProxyNetwork, UdpSocket } from "../../lib/socks/network.ts";
import type { ConnectionRecord } from "../../lib/socks/watching/record.ts";
import { parseRule } from "../../lib/socks/policy/rules.ts";
import { ProxyServer } from "../../lib/socks/server.ts";
import type { ProxyConfig, ProxyLimits } from "../../lib/socks/session.ts";
import { hashPassword, parseUsersFile, UserChecker } from "../../lib/socks/policy/users.ts";
import { connStream, hostPortOf } from "../../lib/stream/conn.ts";
import type { UdpAddress } from "../../lib/stream/udp/address.ts";

/** An HTTP message without its date, which must be one. */
export function undated(text: string): string {
  return text.replace(/^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/m, "");
}

export interface ProxySettings {
  policy?: Partial<ProxyConfig["policy"]>;
  limits?: Partial<ProxyLimits>;
  access?: Partial<AccessRules>;
  /** Rules as text: `allow …`, `deny …`. */
  rules?: readonly string[];
  clients?: ProxyConfig["clients"];
  /** `name:password` to options of the users file. */
  users?: Record<string, string>;
  network?: Partial<ProxyNetwork>;
  proxyProtocol?: boolean;
  ident?: boolean;
  observe?: ProxyConfig["observe"];
  /** Where to listen. */
  host?: string;
}

/** A running proxy on a free port. Use with `await using`; then it also says that nothing was left behind. */
export class TestProxy implements AsyncDisposable {
  readonly server: ProxyServer;
  readonly port: number;
  /** Connections that are over. */
  readonly records: ConnectionRecord[] = [];
  readonly #listener: Deno.Listener;
  readonly #accepting: Promise<void>;
  #changed = Promise.withResolvers<void>();

  private constructor(config: Omit<ProxyConfig, "log">, host: string) {
    const server = this.server = new ProxyServer({
      ...config,
      log: (record) => {
        this.records.push(record);
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      },
    });
    const listener = this.#listener = Deno.listen({ hostname: host, port: 0 });
    this.port = listener.addr.port;
    this.#accepting = (async () => {
      for await (const conn of listener) void server.handle(connStream(conn, "tcp"), hostPortOf(conn.remoteAddr));
    })();
  }

  static async start(settings: ProxySettings = {}): Promise<TestProxy> {
    const system = new SystemNetwork();
    const network: ProxyNetwork = system;
    if (settings.proxyProtocol) network.proxyHeader = async (stream) => (await readProxyHeader(stream)).source;
    Object.assign(network, settings.network);
    let users: UserChecker | undefined;
    if (settings.users !== undefined) {
      const lines = await Promise.all(
        Object.entries(settings.users).map(async ([user, options]) => {
          const [name, password] = user.split(":") as [string, string];
          return `${name}:${await hashPassword(password, 1000)}${options === "" ? "" : `:${options}`}`;
        }),
      );
      users = new UserChecker(parseUsersFile(lines.join("\n"), "users"));
    }
    const rules = (settings.rules ?? []).map((text) => {
      const [action, rest] = [text.split(" ", 1)[0]!, text.replace(/^\S+ /, "")];
      return parseRule(action as "allow", rest, "test");
    });
    return new TestProxy({
      policy: {
        socks4: true,
        socks4a: true,
        socks5: true,
        http: true,
        forward: true,
        tls: false,
        bind: true,
        udp: true,
        login: users !== undefined,
        ...settings.policy,
      },
      clients: settings.clients ?? [],
      users,
      access: new Access(network, { rules, via: [], allowPrivate: false, ...settings.access }),
      limits: {
        handshakeMs: 10_000,
        connectMs: 10_000,
        idleMs: 0,
        bindMs: 10_000,
        connections: 0,
        perClient: 0,
        rate: 0,
        udpTargets: 64,
        ...settings.limits,
      },
      ident: settings.ident ?? false,
      network,
      observe: settings.observe,
    }, settings.host ?? "127.0.0.1");
  }

  /** Waits until so many connections are over; the last record. */
  async ended(count = 1): Promise<ConnectionRecord> {
    while (this.records.length < count) await this.#changed.promise;
    return this.records[count - 1]!;
  }

  /** A connection to the proxy. */
  async client(): Promise<Peer> {
    return new Peer(await Deno.connect({ hostname: "127.0.0.1", port: this.port }));
  }

  /** A connection to the proxy that has asked for CONNECT in version 5 and was granted it. */
  async connected(port: number, host = "127.0.0.1"): Promise<Peer> {
    const peer = await this.client();
    await peer.send("05 01 00", request5(1, host, port));
    assertEquals(await peer.take(2), "0500");
    const reply = await peer.reply5();
    assertEquals(reply.code, 0);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.server.close();
    await this.server.idle();
    await this.#accepting;
    assertEquals(this.server.active, 0);
  }
}

/** A request of version 5 in hex. */
export function request5(command: number, host: string, port: number): string {
  const four = /^([1-9]\d*|0)(\.([1-9]\d*|0)){3}$/.exec(host);
  const address = four
    ? `01${host.split(".").map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`
    : host.startsWith("[")
    ? `04${host.slice(1, -1)}`
    : `03${host.length.toString(16).padStart(2, "0")}${hex(new TextEncoder().encode(host))}`;
  return `05 0${command} 00 ${address}${port.toString(16).padStart(4, "0")}`;
}

/** One end of a TCP connection, spoken in hex. */
export class Peer implements Disposable {
  readonly conn: Deno.TcpConn;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(conn: Deno.TcpConn) {
    this.conn = conn;
    conn.setNoDelay(true);
  }

  /** Sends hex, all in one write. */
  async send(...texts: string[]): Promise<void> {
    await this.write(concat(texts.map((text) => parseHex(text))));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
  }

  /** Sends text. */
  text(text: string): Promise<void> {
    return this.write(new TextEncoder().encode(text));
  }

  /** Exactly so many octets, in hex; fewer when the peer ends. */
  async take(count: number): Promise<string> {
    return hex(await this.read(count));
  }

  async read(count: number): Promise<Uint8Array> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < count) {
      const buffer = new Uint8Array(65536);
      // Windows tells of an end with unread data behind it as of a reset.
      const got = await this.conn.read(buffer).catch((error) => {
        if (Deno.build.os !== "windows" || !(error instanceof Deno.errors.ConnectionReset)) throw error;
        return null;
      });
      if (got === null) break;
      parts.push(buffer.subarray(0, got));
      have += got;
    }
    const all = concat(parts);
    this.#rest = all.subarray(Math.min(count, all.length));
    return all.slice(0, count);
  }

  /** Text up to and with `end`; what there is when the peer ends before. */
  async until(end: string): Promise<string> {
    let text = "";
    while (!text.endsWith(end)) {
      const octet = await this.read(1);
      if (octet.length === 0) break;
      text += latin1Text(octet);
    }
    return text;
  }

  /** Everything until the peer's end (or its reset), as text. */
  async rest(): Promise<string> {
    try {
      return latin1Text(await this.read(Infinity));
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      const have = this.#rest;
      this.#rest = new Uint8Array(0);
      return latin1Text(have);
    }
  }

  /** A whole reply of version 5. */
  async reply5(): Promise<Reply5> {
    for (let have = 0;;) {
      const parsed = parseReply5(this.#rest);
      if (parsed !== undefined) {
        this.#rest = this.#rest.subarray(parsed.size);
        return parsed.value;
      }
      have = this.#rest.length + 1;
      const bytes = await this.read(have);
      if (bytes.length < have) throw new Error(`The proxy ended after ${hex(bytes)}`);
      this.#rest = concat([bytes, this.#rest]);
    }
  }

  closeWrite(): Promise<void> {
    return this.conn.closeWrite();
  }

  close(): void {
    try {
      this.conn.close();
    } catch {
      // Closed already.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Sends back what comes, and ends when the other side ends. */
export async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65536);
  for (;;) {
    const count = await conn.read(buffer);
    if (count === null) break;
    for (let at = 0; at < count;) at += await conn.write(buffer.subarray(at, count));
  }
  await conn.closeWrite();
}

/** A port, and text, as hexadecimal octets. */
export const port16 = (port: number) => port.toString(16).padStart(4, "0");
export const text16 = (text: string) => hex(utf8(text));

/** A UDP socket of nobody: it tells where datagrams go, and `take` puts one in. */
export class MadeUpUdp implements UdpSocket {
  readonly local = { host: "127.0.0.1", port: 5 };
  take: ((bytes: Uint8Array, from: UdpAddress) => Promise<void> | void) | undefined;
  readonly #sent: (to: string) => void;
  readonly #closed = Promise.withResolvers<void>();
  constructor(sent: (to: string) => void) {
    this.#sent = sent;
  }
  each(take: (bytes: Uint8Array, from: UdpAddress) => Promise<void> | void): Promise<void> {
    this.take = take;
    return this.#closed.promise;
  }
  send(_: Uint8Array, to: UdpAddress): void {
    this.#sent(formatHostPort(to));
  }
  close(): void {
    this.#closed.resolve();
  }
}
