// The course of lookups: servers, tries, truncation, cookies, search list, transfers, traces, as dig goes about it. Pure.
// Everything that touches the world comes in through `Surroundings`.
import { FormatError } from "../../base/errors.ts";
import { ByteReader } from "../../base/reader.ts";
import { hex } from "../../base/hex.ts";
import { printable } from "../../base/text.ts";
import { cloneLookup, type DigOutput, fatal, type Lookup, type OctetText } from "../dig/settings.ts";
import type { Server, Settings, SystemDefaults } from "../dig/settings.ts";
import { hexOctets } from "../dig/values.ts";
import { reasonOf } from "../errors.ts";
import { type DnsMessage, parseMessage } from "../message.ts";
import { DnsName, parseName } from "../name.ts";
import type { CookieState } from "../print/opt.ts";
import type { Printed } from "../print/message.ts";
import type { TsigKey, TsigVerifier } from "../tsig.ts";
import { className, opcodeName, TYPE, typeName } from "../types.ts";
import { CertificateError, type Channel, ContextError, NetworkError } from "./channel.ts";
import { buildQuery, type Query } from "./query.ts";
import type { TransferProgress } from "./transfer.ts";

/** Where a lookup is sent. */
export interface Target {
  readonly server: Server;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls" | "https" | "http";
  readonly lookup: Lookup;
  readonly timeoutMs: number;
}

/** What came of an answer that ends a lookup: told to whoever keeps score (`+status`, `+json`). */
export type Outcome =
  | { readonly kind: "answer"; readonly rcode: number }
  | { readonly kind: "malformed" | "no-reply" | "tls" | "transfer-failed" | "signature"; readonly detail: string };

/** How answers are shown. */
export interface Presenter {
  /** A query that was sent (`+qr`) or an answer. */
  message(lookup: Lookup, printed: Printed, channel: Channel): void;
  /** The footer behind an answer. */
  received(lookup: Lookup, footer: Footer): void;
  /** A line `;; text`, always shown but in YAML. */
  warning(text: OctetText): void;
  /** A line `;; text` of an error. */
  error(text: OctetText): void;
  /** A line `;; text` where comments are on. */
  comment(lookup: Lookup, text: OctetText): void;
  /** Text as it is. */
  plain(text: OctetText): void;
  /** An answer that cannot be read. */
  malformed(lookup: Lookup, octets: Uint8Array, reason: string): void;
  /** Queries are shown also without `+qr`. */
  readonly wantsQueries?: boolean;
  outcome(lookup: Lookup, outcome: Outcome): void;
}

export interface Footer {
  readonly octets: number;
  readonly peer: { readonly address: string; readonly port: number };
  readonly given: string;
  /** Milliseconds with fractions. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly transfer?: { readonly records: number; readonly messages: number; readonly octets: number };
  readonly channel: Channel;
}

export interface Surroundings {
  readonly settings: Settings;
  readonly system: SystemDefaults;
  readonly output: DigOutput;
  readonly presenter: Presenter;
  readonly key: TsigKey | undefined;
  readonly clientCookie: Uint8Array;
  /** Opens a channel; throws a `NetworkError` or a `CertificateError`. */
  open(target: Target): Promise<Channel>;
  findAddresses(name: string, families: { ipv4: boolean; ipv6: boolean }): Promise<string[] | string>;
  /** Milliseconds since 1970 with fractions. */
  now(): number;
  /** An integer from 0 up to but not including `below`. */
  random(below: number): number;
  /** A name as it travels of a name as people write it (`+idnin`). */
  toAscii?(name: OctetText): OctetText;
}

/** Most lookups that one name may lead to. */
const LOOKUP_LIMIT = 64;
const MAX_TRACE_SERVERS = 20;
const BADVERS = 16;
const BADCOOKIE = 23;

/** What to do after an answer: wait for more of them, ask the next server, or nothing. */
type Next = "more" | "next-server" | "done";

/** A query under way at one server. */
interface Exchange {
  readonly lookup: Lookup;
  readonly query: Query;
  readonly server: Server;
  readonly peer: { readonly address: string; readonly port: number };
  readonly channel: Channel;
  sentAt: number;
  receivedAt: number;
  messages: number;
  verifier: TsigVerifier | undefined;
  transfer: TransferProgress | undefined;
  warnId: boolean;
}

/** `address#port` as dig writes it. */
export function socketText(peer: { readonly address: string; readonly port: number }): string {
  return `${peer.address}#${peer.port}`;
}

/** Whether a name ends in a dot that is not escaped. */
function isAbsolute(text: OctetText): boolean {
  return /(?:^|[^\\])(?:\\\\)*\.$/.test(text);
}

/** dig's word for what is wrong with a name that somebody wrote. */
function nameReason(error: unknown): string {
  const reason = reasonOf(error);
  return reason === "name too long" ? "ran out of space" : reason;
}

function fits(text: OctetText): boolean {
  try {
    parseName(text);
    return true;
  } catch {
    return false;
  }
}

/** Runs lookups one after another. */
export class LookupRun {
  readonly #s: Surroundings;
  readonly #queue: Lookup[];
  /** Follow-ups since the last name that the user gave. */
  #followUps = 0;
  /** Exit status so far, and whether a channel was opened since, which sets it back to 0. */
  #status = 0;
  #opened = false;
  /** A transport's own port, used when none is given; a later lookup without one inherits it, as in dig. */
  #kept: { readonly key: string; readonly channel: Channel } | undefined;
  /** Whether all signatures so far were good. */
  validated = true;

  constructor(surroundings: Surroundings, lookups: readonly Lookup[]) {
    this.#s = surroundings;
    this.#queue = lookups.slice();
  }

  /** Exit status: `opened` says that whatever failed before these lookups is forgotten. */
  get status(): { readonly opened: boolean; readonly status: number } {
    return { opened: this.#opened, status: this.#status };
  }

  /** Runs all lookups and what follows from them. A `DigExit` ends everything. */
  async run(): Promise<void> {
    try {
      for (let lookup = this.#queue.shift(); lookup !== undefined; lookup = this.#queue.shift()) {
        await this.#lookup(lookup);
      }
    } finally {
      this.#kept?.channel.close();
    }
  }

  #fail(status = 9): void {
    this.#status = Math.max(this.#status, status);
  }

  /** Queues a copy of `lookup` as the next one to run. */
  #requeue(lookup: Lookup, withServers = true): Lookup {
    if (++this.#followUps > LOOKUP_LIMIT) fatal(this.#s.output, "too many lookups");
    const again = cloneLookup(lookup, withServers);
    this.#queue.unshift(again);
    return again;
  }

  /** The same for a trace that is still at its root: it asks for the servers again. */
  #again(lookup: Lookup): Lookup {
    const again = this.#requeue(lookup);
    if (lookup.trace && lookup.traceRoot) again.type = lookup.finalType;
    return again;
  }

  get #search(): readonly OctetText[] {
    const { settings, system } = this.#s;
    return settings.domain === "" ? system.search : [settings.domain];
  }

  #systemServers(): Server[] {
    const { settings, system } = this.#s;
    const usable = system.servers.filter(({ address }) => address.includes(":") ? settings.ipv6 : settings.ipv4);
    if (usable.length > 0) return usable;
    const fallback: Server[] = [];
    if (settings.ipv6) fallback.push({ address: "::1", given: "::1" });
    if (settings.ipv4) fallback.push({ address: "127.0.0.1", given: "127.0.0.1" });
    return fallback;
  }

  /** The name to ask for; `undefined` when name and search domain together are too long. */
  #name(lookup: Lookup): DnsName | undefined {
    const { settings, output, toAscii } = this.#s;
    const convert = (text: OctetText) => lookup.idnIn && toAscii !== undefined ? toAscii(text) : text;
    const text = convert(lookup.name);
    if (lookup.newSearch) {
      const dots = text.split(".").length - 1;
      if (dots >= settings.ndots || !settings.useSearch) {
        lookup.origin = -1;
        lookup.doneAsIs = true;
        lookup.needSearch = settings.useSearch;
      } else if (lookup.origin === -1 && this.#search.length > 0) {
        lookup.origin = 0;
        lookup.needSearch = false;
      }
    }
    if (lookup.trace && lookup.traceRoot) return DnsName.root;
    const domain = lookup.origin === -1 ? undefined : this.#search[lookup.origin];
    if (domain === undefined) {
      try {
        return parseName(text);
      } catch (error) {
        fatal(output, `'${lookup.name}' is not a legal name (${nameReason(error)})`, 10);
      }
    }
    const origin = convert(domain!);
    let suffix: DnsName;
    try {
      suffix = parseName(origin);
    } catch (error) {
      fatal(output, `'${origin}' is not in legal name syntax (${nameReason(error)})`);
    }
    try {
      return parseName(text, suffix!);
    } catch (error) {
      // A name that is too long only together with its domain is passed over.
      if (reasonOf(error) === "name too long" && fits(text)) return undefined;
      return fatal(output, `'${lookup.name}' is not in legal name syntax (${nameReason(error)})`);
    }
  }

  /** Queues the lookup with the next domain of the search list; false when there is none. */
  #nextOrigin(lookup: Lookup): boolean {
    const { settings } = this.#s;
    if (!settings.useSearch || isAbsolute(lookup.name)) return false;
    try {
      if (parseName(lookup.name).labels.length > settings.ndots) return false;
    } catch {
      // A name that cannot be read is not looked at more closely here.
    }
    if (lookup.origin === -1 && !lookup.needSearch) return false;
    if (lookup.origin === -1) {
      const again = this.#requeue(lookup);
      again.origin = this.#search.length > 0 ? 0 : -1;
      again.needSearch = false;
    } else {
      const next = lookup.origin + 1 < this.#search.length ? lookup.origin + 1 : -1;
      if (next === -1 && lookup.doneAsIs) return false;
      this.#requeue(lookup).origin = next;
    }
    return true;
  }

  async #lookup(lookup: Lookup): Promise<void> {
    if (lookup.newSearch) this.#followUps = 0;
    if (lookup.servers.length === 0) lookup.servers = this.#systemServers();
    const name = this.#name(lookup);
    if (name === undefined) {
      this.#nextOrigin(lookup);
      return;
    }
    if ((lookup.trace || lookup.nsSearch) && !lookup.traceRoot) lookup.recurse = false;
    if (lookup.trace && lookup.traceRoot) {
      lookup.finalType = lookup.type;
      lookup.type = TYPE.NS;
    }
    if (lookup.type === TYPE.AXFR) lookup.transfer = lookup.tcp = true;
    else if (lookup.type === TYPE.IXFR && lookup.tcp) lookup.transfer = true;
    if (lookup.sendCookie && lookup.cookie !== undefined && hexOctets(lookup.cookie) === undefined) {
      fatal(this.#s.output, "isc_hex_decodestring: bad hex encoding");
    }
    const query = await buildQuery(lookup, name, lookup.id ?? this.#s.random(65536), {
      clientCookie: this.#s.clientCookie,
      key: this.#s.key,
      now: Math.floor(this.#s.now() / 1000),
    });
    if (query.bytes.length > 512) lookup.tcp = true;
    if (lookup.nsSearch && !lookup.traceRoot) await this.#askAll(lookup, query);
    else await this.#askInTurn(lookup, query);
  }

  #target(lookup: Lookup, server: Server): Target {
    const { settings } = this.#s;
    const own = lookup.tls || (lookup.tlsCaSet && !lookup.https)
      ? "tls"
      : lookup.https
      ? (lookup.httpPlain ? "http" : "https")
      : "tcp";
    const byUrl = server.transport;
    const transport = byUrl !== undefined && !(byUrl === "udp" && lookup.tcp) ? byUrl : lookup.tcp ? own : "udp";
    const port = server.port ?? settings.port ?? { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 }[transport];
    return { server, port, transport, lookup, timeoutMs: settings.timeout * 1000 };
  }

  /** Opens a channel, or takes the one that `+keepopen` kept. Undefined when that failed and everything was said. */
  async #open(target: Target): Promise<Channel> {
    const { settings } = this.#s;
    const key = `${target.transport} ${target.server.address} ${target.port}`;
    if (this.#kept !== undefined && target.transport !== "udp") {
      if (this.#kept.key === key) return this.#kept.channel;
      this.#kept.channel.close();
      this.#kept = undefined;
    }
    const channel = await this.#s.open(target);
    this.#status = 0;
    this.#opened = true;
    if (settings.keepOpen && target.transport !== "udp") this.#kept = { key, channel };
    return channel;
  }

  #release(channel: Channel): void {
    if (this.#kept?.channel !== channel) channel.close();
  }

  #dropKept(): void {
    this.#kept?.channel.close();
    this.#kept = undefined;
  }

  /** Asks one server after another until one answers. */
  async #askInTurn(lookup: Lookup, query: Query): Promise<void> {
    const { presenter } = this.#s;
    for (let at = 0; at < lookup.servers.length;) {
      const server = lookup.servers[at]!;
      if (/^::ffff:\d/i.test(server.address)) {
        presenter.warning(`Skipping mapped address '${server.address}'`);
        if (++at === lookup.servers.length) presenter.warning("No acceptable nameservers");
        continue;
      }
      const target = this.#target(lookup, server);
      // A server given by URL decides for itself: what is printed and retried goes by what is used.
      if (server.transport !== undefined && server.transport !== "udp") {
        lookup.tcp = true;
        lookup.tls = server.transport === "tls";
        lookup.https = server.transport === "https" || server.transport === "http";
        lookup.httpPlain = server.transport === "http";
      }
      const exchange = await this.#start(lookup, query, target, at);
      if (exchange === "next") {
        at++;
        continue;
      }
      if (exchange === "done") return;
      const next = await this.#converse(exchange, at);
      this.#release(exchange.channel);
      if (next === "done") return;
      if (next === "next-server") at++;
    }
  }

  /** Opens a channel and sends the query; "next" and "done" when that failed and everything was said. */
  async #start(lookup: Lookup, query: Query, target: Target, at: number): Promise<Exchange | "next" | "done"> {
    const { presenter } = this.#s;
    const peer = { address: target.server.address, port: target.port };
    let channel: Channel;
    try {
      if (target.transport === "tls" || target.transport === "https") {
        if (lookup.tlsKeySet !== lookup.tlsCertSet) {
          presenter.warning("both TLS client certificate and key file must be specified a the same time");
          this.#fail();
          return "next";
        }
      }
      channel = await this.#open(target);
    } catch (error) {
      return this.#openFailed(lookup, target, peer, at, error);
    }
    const exchange = await this.#exchange(lookup, query, target.server, peer, channel);
    if (lookup.transfer && channel.transferRefusal !== undefined) {
      presenter.error(
        `zone transfers over the established TLS connection are not allowed: ${channel.transferRefusal}`,
      );
      this.#release(channel);
      return "done";
    }
    await this.#send(exchange);
    if (channel.setupFailure !== undefined) {
      this.#release(channel);
      return this.#openFailed(lookup, target, peer, at, new NetworkError(channel.setupFailure));
    }
    return exchange;
  }

  async #exchange(
    lookup: Lookup,
    query: Query,
    server: Server,
    peer: Exchange["peer"],
    channel: Channel,
  ): Promise<Exchange> {
    const { key } = this.#s;
    return {
      lookup,
      query,
      server,
      peer,
      channel,
      sentAt: 0,
      receivedAt: 0,
      messages: 0,
      verifier: key === undefined ? undefined : (await import("../tsig.ts")).tsigVerifier(key, query.mac!),
      transfer: undefined,
      warnId: true,
    };
  }

  async #send(exchange: Exchange): Promise<void> {
    const { lookup, query, channel } = exchange;
    exchange.sentAt = this.#s.now();
    await channel.send(query.bytes);
    if (channel.setupFailure !== undefined) return;
    if (!lookup.showQuery && this.#s.presenter.wantsQueries !== true) return;
    this.#s.presenter.message(lookup, {
      message: asShown(parseMessage(query.bytes, { strict: false, bestEffort: true }), lookup.padding),
      isQuery: true,
      size: query.bytes.length,
      headers: true,
      sentAt: exchange.sentAt,
      peer: exchange.peer,
    }, channel);
    if (lookup.showQuery && lookup.stats && !this.#s.settings.yaml) {
      this.#s.presenter.plain(`;; QUERY SIZE: ${query.bytes.length}\n\n`);
    }
  }

  #openFailed(lookup: Lookup, target: Target, peer: Exchange["peer"], at: number, error: unknown): "next" | "done" {
    const { presenter } = this.#s;
    if (error instanceof CertificateError) {
      presenter.warning(`TLS peer certificate verification for ${socketText(peer)} failed: ${error.message}`);
      presenter.outcome(lookup, { kind: "tls", detail: error.message });
      this.#opened = true;
      this.#fail();
      return "done";
    }
    if (error instanceof ContextError) {
      presenter.warning("TLS context cannot be created");
      presenter.outcome(lookup, { kind: "tls", detail: error.message });
      this.#opened = true;
      this.#fail();
      return at + 1 < lookup.servers.length ? "next" : "done";
    }
    if (!(error instanceof NetworkError)) throw error;
    const words = target.transport === "udp" ? "UDP setup with" : "Connection to";
    // Through proxies the reason alone does not say where it failed.
    if (this.#s.settings.via.length > 0) presenter.warning(printable(error.message));
    presenter.warning(
      `${words} ${socketText(peer)}(${target.server.address}) for ${lookup.name} failed: ${error.reason}.`,
    );
    this.#fail();
    if (lookup.retries > 1) {
      lookup.retries--;
      this.#requeue(lookup);
    } else if (at + 1 < lookup.servers.length) return "next";
    else {
      const kind = error.reason === "TLS error" || error.reason.startsWith("ALPN") ? "tls" : "no-reply";
      presenter.outcome(lookup, { kind, detail: error.reason });
    }
    presenter.error("no servers could be reached");
    return "done";
  }

  /** Waits for answers and acts on them. `undefined`: the same server is to be asked again. */
  async #converse(exchange: Exchange, at: number): Promise<"done" | "next-server" | undefined> {
    const { lookup, channel } = exchange;
    for (;;) {
      let bytes: Uint8Array;
      try {
        bytes = await channel.receive(this.#s.settings.timeout * 1000);
        exchange.receivedAt = this.#s.now();
        this.#tellStrangers(exchange);
      } catch (error) {
        this.#tellStrangers(exchange);
        return this.#receiveFailed(exchange, at, error);
      }
      const next = await this.#answer(exchange, bytes);
      if (next === "done") return "done";
      if (next === "next-server") {
        if (at + 1 < lookup.servers.length) return "next-server";
        return "done";
      }
    }
  }

  #tellStrangers({ channel, peer }: Exchange): void {
    for (const stranger of channel.strangers?.splice(0) ?? []) {
      this.#s.presenter.warning(`Warning: reply from unexpected source: ${stranger}, expected ${socketText(peer)}`);
    }
  }

  #receiveFailed(exchange: Exchange, at: number, error: unknown): "done" | "next-server" | undefined {
    const { lookup, peer } = exchange;
    const { presenter } = this.#s;
    if (!(error instanceof NetworkError)) throw error;
    presenter.warning(`communications error to ${socketText(peer)}: ${error.reason}`);
    if (lookup.retries > 1) {
      lookup.retries--;
      if (!lookup.tcp) return undefined;
      this.#requeue(lookup);
      this.#dropKept();
      return "done";
    }
    if (at + 1 < lookup.servers.length) return "next-server";
    presenter.plain(lookup.banner);
    presenter.error("no servers could be reached");
    presenter.outcome(lookup, { kind: "no-reply", detail: error.reason });
    this.#fail();
    this.#dropKept();
    return "done";
  }

  /** Whether the header is that of an answer to what was asked; says what is wrong with it. */
  #checkHeader(exchange: Exchange, bytes: Uint8Array): "ok" | "more" | "done" {
    const { lookup, query, transfer } = exchange;
    const { presenter } = this.#s;
    const whole = bytes.length >= 12;
    const id = whole ? (bytes[0]! << 8) | bytes[1]! : -1;
    let verdict: "ok" | "more" | "done" = "ok";
    if (id !== query.id) {
      verdict = "more";
      if (lookup.tcp) {
        if (!whole) {
          presenter.warning("ERROR: short (< header size) message");
          return "done";
        }
        const started = transfer?.started ?? false;
        if (!started || exchange.warnId) {
          presenter.warning(`${started ? "WARNING" : "ERROR"}: ID mismatch: expected ID ${query.id}, got ${id}`);
        }
        exchange.warnId = false;
        if (!started) return "done";
        verdict = "ok";
      } else if (whole) presenter.warning(`Warning: ID mismatch: expected ID ${query.id}, got ${id}`);
      else presenter.warning("Warning: short (< header size) message received");
    }
    if (whole && (bytes[2]! & 0x80) === 0) presenter.warning("Warning: query response not set");
    return verdict;
  }

  #parse(lookup: Lookup, bytes: Uint8Array): DnsMessage | undefined {
    const { presenter } = this.#s;
    try {
      const message = parseMessage(bytes, { bestEffort: lookup.besteffort, ignoreTruncation: lookup.besteffort });
      if (message.problems.length > 0) {
        presenter.warning("Warning: Message parser reports malformed message packet.");
      }
      return message;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const reason = reasonOf(error);
      presenter.malformed(lookup, bytes, reason);
      presenter.outcome(lookup, { kind: "malformed", detail: reason });
      return undefined;
    }
  }

  /** Whether the questions are the one that was asked; says which are not. */
  #checkQuestions({ lookup, query }: Exchange, message: DnsMessage): boolean {
    let match = true;
    for (const { name, type, rdclass } of message.questions) {
      if (!match) break;
      if (type === lookup.type && rdclass === lookup.rdclass && name.equals(query.name)) continue;
      this.#s.presenter.warning(
        `;; Question section mismatch: got ${name.withoutDot()}/${typeName(type)}/${className(rdclass)}`,
      );
      match = false;
    }
    return match;
  }

  /** The cookie of an answer: remembered for follow-ups when it is ours. */
  #takeCookie({ lookup, query }: Exchange, message: DnsMessage): CookieState {
    const option = message.edns?.options.find(({ code }) => code === 10);
    if (option === undefined) return undefined;
    const sent = query.cookie ?? this.#s.clientCookie;
    const { presenter } = this.#s;
    if (sent.length < 8 || option.data.length < 8) {
      presenter.warning("Warning: COOKIE bad token (too short)");
      return "bad";
    }
    for (let i = 0; i < 8; i++) {
      if (option.data[i] !== sent[i]) {
        presenter.warning("Warning: Client COOKIE mismatch");
        return "bad";
      }
    }
    lookup.cookie = hex(option.data);
    return "ok";
  }

  /** Acts on one message. */
  async #answer(exchange: Exchange, bytes: Uint8Array): Promise<Next> {
    const { lookup } = exchange;
    const { presenter } = this.#s;
    const verdict = this.#checkHeader(exchange, bytes);
    if (verdict !== "ok") return verdict;
    const message = this.#parse(lookup, bytes);
    if (message === undefined) return "done";
    if (message.opcode !== lookup.opcode) {
      presenter.warning(
        `Warning: Opcode mismatch: expected ${opcodeName(lookup.opcode)}, got ${opcodeName(message.opcode)}`,
      );
      return "more";
    }
    if (!this.#checkQuestions(exchange, message)) return lookup.tcp ? "done" : "more";
    let cookie: CookieState;
    let cookieTaken = false;
    const { edns } = message;
    if (message.rcode === BADVERS && edns !== undefined && edns.version < lookup.edns && lookup.ednsNegotiation) {
      presenter.comment(lookup, `BADVERS, retrying with EDNS version ${edns.version}.`);
      lookup.edns = edns.version;
      this.#again(lookup);
      return "done";
    }
    if (message.tc && !lookup.ignoreTruncation && !lookup.tcp) {
      if (lookup.cookie === undefined && lookup.sendCookie && edns !== undefined) this.#takeCookie(exchange, message);
      presenter.comment(lookup, "Truncated, retrying in TCP mode.");
      this.#again(lookup).tcp = true;
      return "done";
    }
    if (message.rcode === BADCOOKIE && !lookup.tcp && lookup.sendCookie && lookup.badCookie) {
      cookie = this.#takeCookie(exchange, message);
      cookieTaken = true;
      if (cookie === "ok") {
        if (lookup.showBadCookie) this.#show(exchange, message, bytes, cookie, true);
        presenter.comment(lookup, `BADCOOKIE, retrying${lookup.seenBadCookie ? " in TCP mode" : ""}.`);
        const again = this.#again(lookup);
        if (lookup.seenBadCookie) again.tcp = true;
        again.seenBadCookie = true;
        return "done";
      }
    }
    if (message.rcode === 2 && !lookup.servfailStops) {
      const { address } = exchange.server;
      if (lookup.servers.at(-1) !== exchange.server && (!lookup.nsSearch || lookup.traceRoot)) {
        presenter.comment(lookup, `Got SERVFAIL reply from ${address}, trying next server`);
        return "next-server";
      }
      presenter.comment(lookup, `Got SERVFAIL reply from ${address}`);
    }
    await this.#verify(exchange, bytes);
    if (!cookieTaken) {
      if (lookup.cookie !== undefined && edns === undefined) presenter.warning("expected opt record in response");
      else if ((lookup.cookie !== undefined || lookup.sendCookie) && edns !== undefined) {
        cookie = this.#takeCookie(exchange, message);
      }
    }
    return await this.#conclude(exchange, message, bytes, cookie);
  }

  async #verify({ verifier, lookup }: Exchange, bytes: Uint8Array): Promise<void> {
    if (verifier === undefined) return;
    const result = await verifier.verify(bytes, Math.floor(this.#s.now() / 1000), false);
    if (result === "ok") return;
    this.#s.presenter.warning(`Couldn't verify signature: ${result}`);
    this.#s.presenter.outcome(lookup, { kind: "signature", detail: result });
    this.validated = false;
  }

  #show(exchange: Exchange, message: DnsMessage, bytes: Uint8Array, cookie: CookieState, footer: boolean): void {
    const { lookup, channel, peer, server, sentAt, receivedAt } = exchange;
    const elapsed = receivedAt - sentAt;
    this.#s.presenter.message(lookup, {
      message,
      isQuery: false,
      size: bytes.length,
      headers: true,
      cookie,
      extra: message.trailing,
      messagesBefore: exchange.messages,
      sentAt,
      receivedAt,
      peer,
      identifier: ` from server ${server.address} in ${
        lookup.microseconds ? `${Math.floor(elapsed * 1000)} us.` : `${Math.floor(elapsed)} ms.`
      }`,
    }, channel);
    if (footer) this.#footer(exchange, bytes.length);
  }

  #footer(exchange: Exchange, octets: number): void {
    const { lookup, channel, peer, server, sentAt, receivedAt, transfer } = exchange;
    this.#s.presenter.received(lookup, {
      octets,
      peer,
      given: server.given,
      sentAt,
      receivedAt,
      channel,
      ...(lookup.transfer && transfer !== undefined ? { transfer: transfer.counts } : {}),
    });
  }

  /** Shows the answer and goes on as search, trace and transfer ask for. */
  async #conclude(exchange: Exchange, message: DnsMessage, bytes: Uint8Array, cookie: CookieState): Promise<Next> {
    const { lookup } = exchange;
    const { presenter, settings } = this.#s;
    presenter.outcome(lookup, { kind: "answer", rcode: message.rcode });
    if (message.rcode === 3 && (lookup.origin !== -1 || lookup.needSearch)) {
      if (!this.#nextOrigin(lookup) || settings.showSearch) this.#show(exchange, message, bytes, cookie, true);
    } else if (lookup.trace) {
      this.#show(exchange, message, bytes, cookie, false);
      await this.#follow(lookup, message);
    } else if (lookup.nsSearch && lookup.traceRoot) {
      lookup.type = TYPE.SOA;
      await this.#followUp(lookup, message, "answers");
      lookup.traceRoot = false;
      settings.useSearch = false;
    } else this.#show(exchange, message, bytes, cookie, false);
    if (lookup.transfer) return await this.#continueTransfer(exchange, message, bytes);
    if (message.rcode === 0 || lookup.origin === -1) this.#footer(exchange, bytes.length);
    return "done";
  }

  async #continueTransfer(exchange: Exchange, message: DnsMessage, bytes: Uint8Array): Promise<Next> {
    const { lookup } = exchange;
    const { presenter } = this.#s;
    const { TransferProgress } = await import("./transfer.ts");
    const transfer = exchange.transfer ??= new TransferProgress(lookup.type === TYPE.IXFR, lookup.ixfrSerial);
    exchange.messages++;
    const state = transfer.add(message.answers, bytes.length);
    if (state === "more") return "more";
    if (state === "complete") this.#footer(exchange, bytes.length);
    else {
      presenter.plain(`; Transfer failed.${state === "empty" ? "" : "  Didn't start with SOA answer."}\n`);
      presenter.outcome(lookup, { kind: "transfer-failed", detail: state });
    }
    return "done";
  }

  /** The next step of a trace. */
  async #follow(lookup: Lookup, message: DnsMessage): Promise<void> {
    lookup.type = lookup.finalType;
    if (lookup.traceRoot) {
      await this.#followUp(lookup, message, "answers");
      lookup.traceRoot = false;
    } else if (message.counts[1] === 0) await this.#followUp(lookup, message, "authorities");
  }

  /** Queues a lookup at the servers that `section` names. */
  async #followUp(lookup: Lookup, message: DnsMessage, section: "answers" | "authorities"): Promise<void> {
    const { presenter, output, settings, findAddresses } = this.#s;
    let next: Lookup | undefined;
    let found = 0, badName: string | undefined;
    let horizontal = false, bad = false;
    for (const record of message[section]) {
      if (section === "authorities" && record.type === TYPE.SOA) return;
      if (record.type !== TYPE.NS) continue;
      if (lookup.trace && !lookup.traceRoot) {
        if (record.name.equals(lookup.zone)) {
          if (!horizontal) presenter.warning("BAD (HORIZONTAL) REFERRAL");
          horizontal = true;
        } else if (!record.name.isUnder(lookup.zone)) {
          if (!bad) presenter.warning("BAD REFERRAL");
          bad = true;
          continue;
        }
      }
      if (lookup.traceRoot && lookup.serversFound >= MAX_TRACE_SERVERS) continue;
      lookup.serversFound++;
      const host = (Object.values(record.rdata.values)[0] as DnsName).withoutDot();
      if (next === undefined) {
        this.#followUps++;
        next = this.#requeue(lookup, false);
        next.transfer = false;
        if (!lookup.traceRoot && section === "answers") next.trace = false;
        next.traceRoot = false;
        if (next.nsSearch) next.recurse = false;
        next.zone = record.name;
      }
      const addresses = /^[\d.]+$|:/.test(host)
        ? [host]
        : await findAddresses(host, { ipv4: settings.netIpv4, ipv6: settings.netIpv6 });
      if (typeof addresses === "string") {
        presenter.plain(`couldn't get address for '${host}': ${addresses}\n`);
        badName ??= host;
      } else {
        found += addresses.length;
        next.servers.push(...addresses.map((address) => ({ address, given: host })));
      }
    }
    if (found === 0 && badName !== undefined) {
      fatal(output, `couldn't get address for '${badName}': no more`, this.#status === 0 ? 1 : this.#status);
    }
    if (next === undefined) {
      if (section === "answers") await this.#followUp(lookup, message, "authorities");
      return;
    }
    // Servers are asked in random order.
    const { servers } = next;
    for (let i = servers.length - 1; i > 0; i--) {
      const j = this.#s.random(i + 1);
      [servers[i], servers[j]] = [servers[j]!, servers[i]!];
    }
  }

  /** `+nssearch`: asks all servers at once and shows each answer when it comes. */
  async #askAll(lookup: Lookup, query: Query): Promise<void> {
    const { presenter } = this.#s;
    // The reference gives a lone server up as soon as the question is sent: so do we, for scripts that know it.
    if (lookup.servers.length === 1) {
      presenter.error("NS servers could not be reached");
      this.#fail();
      return;
    }
    let answered = false;
    const one = async (server: Server) => {
      const target = this.#target(lookup, server);
      const peer = { address: server.address, port: target.port };
      let channel: Channel | undefined;
      try {
        channel = await this.#s.open(target);
        this.#status = 0;
        this.#opened = true;
        const exchange = await this.#exchange(lookup, query, server, peer, channel);
        await this.#send(exchange);
        for (;;) {
          const bytes = await channel.receive(target.timeoutMs);
          answered = true;
          exchange.receivedAt = this.#s.now();
          if (await this.#answer(exchange, bytes) !== "more") return;
        }
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        if (channel === undefined) {
          const words = target.transport === "udp" ? "UDP setup with" : "Connection to";
          presenter.warning(
            `${words} ${socketText(peer)}(${server.address}) for ${lookup.name} failed: ${error.reason}.`,
          );
        } else presenter.warning(`communications error to ${socketText(peer)}: ${error.reason}`);
      } finally {
        channel?.close();
      }
    };
    await Promise.all(lookup.servers.map(one));
    if (!answered && lookup.servers.length > 0) {
      presenter.error("NS servers could not be reached");
      this.#fail();
    }
  }
}

/**
 * A query for display: its padding not yet filled, as the reference shows it, and its EDNS options whatever their form
 * (`+ednsopt` sends anything).
 */
function asShown(message: DnsMessage, padding: number): DnsMessage {
  const { opt } = message;
  if (opt === undefined) return message;
  const options: { code: number; data: Uint8Array }[] = [];
  const reader = new ByteReader(opt.rdata.wire);
  while (reader.remaining >= 4) options.push({ code: reader.u16(), data: reader.take(reader.u16()) });
  const last = options.at(-1);
  if (padding !== 0 && last?.code === 12) options[options.length - 1] = { code: 12, data: new Uint8Array(0) };
  const { ttl, rdclass } = opt;
  const edns = {
    udpSize: rdclass,
    extendedRcode: ttl >>> 24,
    version: (ttl >>> 16) & 0xff,
    flags: ttl & 0xffff,
    dnssecOk: (ttl & 0x8000) !== 0,
    options,
  };
  return Object.create(message, { edns: { value: edns } });
}
