// What an answer leads to: it is read, verified and shown; it asks for the same question again, goes on to the next search
// domain, the next step of a trace or the next message of a transfer. Pure.
import { FormatError } from "../../base/errors.ts";
import { once } from "../../base/late.ts";
import type { Lookup } from "../dig/settings.ts";
import { reasonOf } from "../errors.ts";
import type { DnsMessage } from "../model.ts";
import { parseMessage } from "../parse.ts";
import type { CookieState } from "../print/printed.ts";
import type { TsigResult } from "../signer.ts";
import { opcodeName, TYPE } from "../types.ts";
import { judge } from "./again.ts";
import { arrivesAt } from "./channel.ts";
import { checkHeader, checkQuestions, knowTypesOf, takeCookie } from "./checks.ts";
import type { Exchange, Next, Surroundings } from "./surroundings.ts";

const load = {
  transfer: once<typeof import("./transfer.ts")>(() => import(import.meta.resolve("./transfer.ts"))),
};

/** What a transfer that has not begun has brought. */
const NOTHING = { records: 0, messages: 0, octets: 0 };

/** The run that the lookups of answers belong to. */
interface AnswerRun {
  /** Queues the same question once more; what was changed in it is for the caller. */
  again(lookup: Lookup): Lookup;
  /** Queues the lookup with the next domain of the search list; false when there is none. */
  nextOrigin(lookup: Lookup): boolean;
  /** Queues a lookup at the servers that a section names; false when it names none. */
  followUp(lookup: Lookup, message: DnsMessage, section: "answers" | "authorities"): Promise<boolean>;
  /** An answer's signature was not good. */
  unverified(): void;
}

/** Acts on the answers of one run. */
export class Answers {
  readonly #s: Surroundings;
  readonly #run: AnswerRun;

  constructor(surroundings: Surroundings, run: AnswerRun) {
    this.#s = surroundings;
    this.#run = run;
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

  /** Acts on one message; what is to be done next. */
  async take(exchange: Exchange, bytes: Uint8Array): Promise<Next> {
    const { lookup } = exchange;
    const { presenter } = this.#s;
    const verdict = checkHeader(exchange, bytes, presenter);
    if (verdict !== "ok") return verdict;
    this.#s.debug?.("before parse starts");
    await knowTypesOf(bytes);
    const message = this.#parse(lookup, bytes);
    if (message === undefined) return "done";
    this.#s.debug?.("after parse");
    if (message.opcode !== lookup.opcode) {
      presenter.warning(
        `Warning: Opcode mismatch: expected ${opcodeName(lookup.opcode)}, got ${opcodeName(message.opcode)}`,
      );
      return "more";
    }
    if (!checkQuestions(exchange, message, presenter)) {
      if (!lookup.tcp) return "more";
      presenter.outcome(lookup, { kind: "malformed", detail: "question section mismatch" });
      return "done";
    }
    const { again, cookie: taken } = judge(exchange, message, this.#s);
    if (again !== undefined) {
      if (again.shown) this.#show(exchange, message, bytes, taken?.state, true);
      presenter.comment(lookup, again.words);
      Object.assign(this.#run.again(lookup), again.changes);
      return "done";
    }
    if (message.rcode === 2 && !lookup.servfailStops) {
      const { address } = exchange.server;
      if (lookup.servers.at(-1) !== exchange.server && (!lookup.nsSearch || lookup.traceRoot)) {
        presenter.comment(lookup, `Got SERVFAIL reply from ${address}, trying next server`);
        return "next-server";
      }
      presenter.comment(lookup, `Got SERVFAIL reply from ${address}`);
    }
    await this.#verify(exchange, message);
    let cookie = taken?.state;
    const { edns } = message;
    if (taken === undefined) {
      if (lookup.cookie !== undefined && edns === undefined) presenter.warning("expected opt record in response");
      else if ((lookup.cookie !== undefined || lookup.sendCookie) && edns !== undefined) {
        cookie = takeCookie(exchange, message, this.#s);
      }
    }
    return await this.#conclude(exchange, message, bytes, cookie);
  }

  async #verify({ verifier, lookup }: Exchange, message: DnsMessage): Promise<void> {
    if (verifier === undefined) return;
    const result = await verifier.verify(message, Math.floor(this.#s.now() / 1000));
    if (result !== "ok") this.#unverified(lookup, result);
  }

  #unverified(lookup: Lookup, detail: TsigResult): void {
    this.#s.presenter.warning(`Couldn't verify signature: ${detail}`);
    this.#s.presenter.outcome(lookup, { kind: "signature", detail });
    this.#run.unverified();
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
      // Over HTTP without TLS alone the reference tells the address that it is connected to.
      peer: lookup.https && !lookup.tls && lookup.httpPlain ? { ...peer, address: arrivesAt(peer.address) } : peer,
      given: server.given,
      sentAt,
      receivedAt,
      channel,
      ...(lookup.transfer ? { transfer: transfer?.counts ?? NOTHING } : {}),
    });
  }

  /** Shows the answer and goes on as search, trace and transfer ask for. */
  async #conclude(exchange: Exchange, message: DnsMessage, bytes: Uint8Array, cookie: CookieState): Promise<Next> {
    const { lookup } = exchange;
    const { presenter, settings } = this.#s;
    presenter.outcome(lookup, { kind: "answer", rcode: message.rcode });
    if (message.rcode === 3 && (lookup.origin !== -1 || lookup.needSearch)) {
      if (!this.#run.nextOrigin(lookup) || settings.showSearch) this.#show(exchange, message, bytes, cookie, true);
    } else if (lookup.trace) {
      if (!lookup.nsSearch) this.#show(exchange, message, bytes, cookie, false);
      // Nothing leads on: a transfer is not gone on with either.
      if (!await this.#follow(lookup, message) && lookup.transfer) return "done";
    } else if (lookup.nsSearch && lookup.traceRoot) {
      lookup.type = TYPE.SOA;
      const followed = await this.#run.followUp(lookup, message, "answers");
      lookup.traceRoot = false;
      settings.useSearch = false;
      if (!followed && lookup.transfer) return "done";
    } else this.#show(exchange, message, bytes, cookie, false);
    if (lookup.transfer) return await this.#continueTransfer(exchange, message, bytes);
    if (message.rcode === 0 || lookup.origin === -1) this.#footer(exchange, bytes.length);
    return "done";
  }

  async #continueTransfer(exchange: Exchange, message: DnsMessage, bytes: Uint8Array): Promise<Next> {
    const { lookup } = exchange;
    const { presenter } = this.#s;
    const { TransferProgress } = await load.transfer();
    const transfer = exchange.transfer ??= new TransferProgress(lookup.type === TYPE.IXFR, lookup.ixfrSerial);
    exchange.messages++;
    const state = transfer.add(message.answers, bytes.length);
    if (state === "more") return "more";
    if (state === "complete") {
      // What ends a transfer is signed (RFC 8945 5.3.1).
      if (exchange.verifier?.open) this.#unverified(lookup, "expected a TSIG or SIG(0)");
      this.#footer(exchange, bytes.length);
    } else {
      presenter.plain(`; Transfer failed.${state === "empty" ? "" : "  Didn't start with SOA answer."}\n`);
      presenter.outcome(lookup, { kind: "transfer-failed", detail: state });
    }
    return "done";
  }

  /** The next step of a trace; whether there is one. */
  async #follow(lookup: Lookup, message: DnsMessage): Promise<boolean> {
    lookup.type = lookup.finalType;
    if (lookup.traceRoot || (lookup.nsSearch && message.counts[1] > 0)) {
      if (!lookup.traceRoot) lookup.type = TYPE.SOA;
      const followed = await this.#run.followUp(lookup, message, "answers");
      lookup.traceRoot = false;
      return followed;
    }
    return message.counts[1] === 0 && await this.#run.followUp(lookup, message, "authorities");
  }
}
