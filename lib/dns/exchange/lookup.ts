// The course of lookups: servers, tries, truncation, cookies, search list, transfers, traces, as dig goes about it. Pure.
// Everything that touches the world comes in through `Surroundings`. What a plain question and answer do not need is loaded
// when it is.
import { once } from "../../base/late.ts";
import { cloneLookup, fatal } from "../dig/defaults.ts";
import type { Lookup } from "../dig/settings.ts";
import { hexOctets } from "../dig/values.ts";
import type { DnsMessage } from "../model.ts";
import type { FailureRun } from "./failures.ts";
import { TYPE } from "../types.ts";
import { Answers } from "./answers.ts";
import { type Channel, NetworkError, socketText, type Target, targetOf } from "./channel.ts";
import { buildQuery, isTransfer, nextOrigin, questionName, usesEdns } from "./query.ts";
import type { Exchange, Query, Surroundings } from "./surroundings.ts";

/** What is loaded when it is asked for. */
const load = {
  askAll: once<typeof import("./ask_all.ts")>(() => import(import.meta.resolve("./ask_all.ts"))),
  failures: once<typeof import("./failures.ts")>(() => import(import.meta.resolve("./failures.ts"))),
  follow: once<typeof import("./follow.ts")>(() => import(import.meta.resolve("./follow.ts"))),
  shownQuery: once<typeof import("./shown_query.ts")>(() => import(import.meta.resolve("./shown_query.ts"))),
};

/** Most lookups that one name may lead to. */
const LOOKUP_LIMIT = 64;
/** So many answers to something else are passed over; whoever sends more never lets the time run out. */
const MOST_STRAYS = 100;

/** Runs lookups one after another. */
export class LookupRun {
  readonly #s: Surroundings;
  readonly #queue: Lookup[];
  readonly #answers: Answers;
  /** Follow-ups since the last name that the user gave. */
  #followUps = 0;
  /** Exit status so far, and whether a channel was opened since, which sets it back to 0. */
  #status = 0;
  #opened = false;
  /** Whether all signatures so far were good. */
  validated = true;

  constructor(surroundings: Surroundings, lookups: readonly Lookup[]) {
    this.#s = surroundings;
    this.#queue = lookups.slice();
    this.#answers = new Answers(surroundings, {
      again: (lookup) => this.#again(lookup),
      nextOrigin: (lookup) => this.#nextOrigin(lookup),
      followUp: (lookup, message, section) => this.#followUp(lookup, message, section),
      unverified: () => void (this.validated = false),
    });
  }

  /** Exit status: `opened` says that whatever failed before these lookups is forgotten. */
  get status(): { readonly opened: boolean; readonly status: number } {
    return { opened: this.#opened, status: this.#status };
  }

  /** Runs all lookups and what follows from them. A `DigExit` ends everything. */
  async run(): Promise<void> {
    for (let lookup = this.#queue.shift(); lookup !== undefined; lookup = this.#queue.shift()) {
      await this.#lookup(lookup);
    }
  }

  #fail(): void {
    this.#status = Math.max(this.#status, 9);
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

  /** Queues the lookup with the next domain of the search list; false when there is none. */
  #nextOrigin(lookup: Lookup): boolean {
    const next = nextOrigin(lookup, this.#s);
    if (next !== undefined) Object.assign(this.#requeue(lookup), next);
    return next !== undefined;
  }

  async #lookup(lookup: Lookup): Promise<void> {
    if (lookup.newSearch) this.#followUps = 0;
    if (lookup.servers.length === 0) lookup.servers = this.#s.system.servers.slice();
    const name = questionName(lookup, this.#s);
    if (name === undefined) {
      this.#nextOrigin(lookup);
      return;
    }
    lookup.askedName = name;
    if (isTransfer(lookup.type) || ((lookup.trace || lookup.nsSearch) && !lookup.traceRoot)) lookup.recurse = false;
    if (lookup.trace && lookup.traceRoot) {
      lookup.finalType = lookup.type;
      lookup.type = TYPE.NS;
    }
    if (lookup.type === TYPE.AXFR) lookup.transfer = lookup.tcp = true;
    else if (lookup.type === TYPE.IXFR && lookup.tcp) lookup.transfer = true;
    const { sendCookie, cookie } = lookup;
    if (usesEdns(lookup) && sendCookie && cookie !== undefined && hexOctets(cookie) === undefined) {
      fatal(this.#s.output, "isc_hex_decodestring: bad hex encoding");
    }
    this.#s.debug?.("starting to render the message");
    const query = await buildQuery(lookup, name, lookup.id ?? this.#s.random(65536), {
      clientCookie: this.#s.clientCookie,
      key: this.#s.key,
      now: lookup.fuzzTime ?? Math.floor(this.#s.now() / 1000),
    });
    this.#s.debug?.("done rendering");
    if (query.bytes.length > 512) lookup.tcp = true;
    // Together with a trace each of its steps goes on from one answer.
    if (lookup.nsSearch && !lookup.traceRoot && (!lookup.trace || lookup.servers.length === 1)) {
      await (await load.askAll()).askAll(lookup, query, this.#s, {
        fail: () => this.#fail(),
        open: (target) => this.#open(target),
        exchange: (...parts) => this.#exchange(...parts),
        send: (exchange) => this.#send(exchange),
        answer: (exchange, bytes) => this.#answers.take(exchange, bytes),
      });
    } else await this.#askInTurn(lookup, query);
  }

  /** Opens a channel: what failed before is forgotten then. */
  async #open(target: Target): Promise<Channel> {
    const channel = await this.#s.open(target);
    this.#status = 0;
    this.#opened = true;
    return channel;
  }

  /** Asks one server after another until one answers. */
  async #askInTurn(lookup: Lookup, query: Query): Promise<void> {
    const { presenter } = this.#s;
    for (let at = 0; at < lookup.servers.length;) {
      const server = lookup.servers[at]!;
      // `-b` and `-6` leave IPv4 servers without a way, wherever they stand on the line.
      const mapped = /^\d+(?:\.\d+){3}$/.test(server.address) && !this.#s.settings.netIpv4;
      if (mapped || /^::ffff:\d/i.test(server.address)) {
        presenter.warning(`Skipping mapped address '${mapped ? "::ffff:" : ""}${server.address}'`);
        if (++at === lookup.servers.length) presenter.warning("No acceptable nameservers");
        continue;
      }
      const target = targetOf(lookup, server, this.#s.settings);
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
      exchange.channel.close();
      if (next === "done") return;
      if (next === "next-server") at++;
    }
  }

  /** Opens a channel and sends the query; "next" and "done" when that failed and everything was said. */
  async #start(lookup: Lookup, query: Query, target: Target, at: number): Promise<Exchange | "next" | "done"> {
    const { presenter } = this.#s;
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
      return await this.#openFailed(target, at, error);
    }
    const exchange = this.#exchange(lookup, query, target, channel);
    if (lookup.transfer && channel.transferRefusal !== undefined) {
      presenter.error(
        `zone transfers over the established TLS connection are not allowed: ${channel.transferRefusal}`,
      );
      channel.close();
      return "done";
    }
    await this.#send(exchange);
    if (channel.setupFailure !== undefined) {
      channel.close();
      return await this.#openFailed(target, at, new NetworkError(channel.setupFailure));
    }
    return exchange;
  }

  #exchange(lookup: Lookup, query: Query, target: Target, channel: Channel): Exchange {
    const { key } = this.#s;
    return {
      lookup,
      query,
      server: target.server,
      peer: { address: target.server.address, port: target.port },
      channel,
      sentAt: 0,
      receivedAt: 0,
      messages: 0,
      verifier: key?.verifier?.(query.mac!),
      transfer: undefined,
      warnId: true,
    };
  }

  async #send(exchange: Exchange): Promise<void> {
    const { lookup, query, channel } = exchange;
    exchange.sentAt = this.#s.now();
    this.#s.debug?.("sending a request");
    await channel.send(query.bytes);
    if (channel.setupFailure !== undefined) return;
    if (!lookup.showQuery && this.#s.presenter.wantsQueries !== true) return;
    this.#s.presenter.message(lookup, {
      message: (await load.shownQuery()).shownQuery(query.bytes, lookup.padding),
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

  get #failureRun(): FailureRun {
    return {
      fail: (opened = false) => {
        this.#opened ||= opened;
        this.#fail();
      },
      requeue: (lookup) => void this.#requeue(lookup),
    };
  }

  async #openFailed(target: Target, at: number, error: unknown): Promise<"next" | "done"> {
    return (await load.failures()).openFailed(target, at, error, this.#s, this.#failureRun);
  }

  /** Waits for answers and acts on them. `undefined`: the same server is to be asked again. */
  async #converse(exchange: Exchange, at: number): Promise<"done" | "next-server" | undefined> {
    const { lookup, channel } = exchange;
    for (let strays = 0;;) {
      let bytes: Uint8Array;
      try {
        if (strays > MOST_STRAYS) throw new NetworkError("timed out");
        bytes = await channel.receive(this.#s.settings.timeout * 1000);
        exchange.receivedAt = this.#s.now();
        this.#tellStrangers(exchange);
      } catch (error) {
        this.#tellStrangers(exchange);
        channel.drop?.();
        const { receiveFailed } = await load.failures();
        return receiveFailed(exchange, at, error, this.#s, this.#failureRun);
      }
      const next = await this.#answers.take(exchange, bytes);
      if (next === "more" && !lookup.transfer) strays++;
      if (next === "done") return "done";
      if (next === "next-server") return at + 1 < lookup.servers.length ? "next-server" : "done";
    }
  }

  #tellStrangers({ channel, peer }: Exchange): void {
    for (const stranger of channel.strangers?.splice(0) ?? []) {
      this.#s.presenter.warning(`Warning: reply from unexpected source: ${stranger}, expected ${socketText(peer)}`);
    }
  }

  /** As `AnswerRun.followUp`. */
  async #followUp(lookup: Lookup, message: DnsMessage, section: "answers" | "authorities"): Promise<boolean> {
    return await (await load.follow()).followUp(lookup, message, section, this.#s, {
      status: this.#status,
      requeue: (from) => {
        this.#followUps++;
        return this.#requeue(from, false);
      },
    });
  }
}
