// What dig does not show: every octet explained (`+explain`), and JSON (`+json`, RFC 8427 with facts beside it).
import { latin1Text, utf8 } from "../../lib/base/bytes.ts";
import { hex } from "../../lib/base/hex.ts";
import { explainLines, type ViewOptions } from "../../lib/dissect/view/octets.ts";
import { type PresenterContext, TextPresenter } from "../../lib/dns/dig/presenter.ts";
import type { Lookup, OctetText } from "../../lib/dns/dig/settings.ts";
import { optionName, optionText } from "../../lib/dns/edns_options.ts";
import { explainMessage } from "../../lib/dns/explain.ts";
import type { Channel } from "../../lib/dns/exchange/channel.ts";
import type { Footer, Outcome, Presenter } from "../../lib/dns/exchange/surroundings.ts";
import { dateToJson, type Json, jsonText, messageToJson, questionToJson } from "../../lib/dns/json.ts";
import type { Edns } from "../../lib/dns/model.ts";
import { DnsName } from "../../lib/dns/name.ts";
import { longText } from "../../lib/dns/print/long.ts";
import type { Printed } from "../../lib/dns/print/printed.ts";
import { rcodeName } from "../../lib/dns/types.ts";

/** The presenter that `+json` or `+explain` asks for. */
export function beyondPresenter(context: PresenterContext, view: ViewOptions): Presenter {
  return context.settings.json ? new JsonPresenter(context) : new ExplainPresenter(context, view);
}

/** dig's text with hex rows beside a tree in place of sections. */
class ExplainPresenter extends TextPresenter {
  override readonly wantsQueries = true;
  readonly #view: ViewOptions;

  constructor(context: PresenterContext, view: ViewOptions) {
    super(context, longText);
    this.#view = view;
  }

  #explain(title: string, octets: Uint8Array): void {
    const root = explainMessage(octets);
    const lines = explainLines(root.children ?? [root], octets, { ...this.#view, rows: 4096 });
    this.context.output.out(latin1Text(utf8(`;; ${title} (${octets.length} octets):\n${lines.join("\n")}\n\n`)));
  }

  override message(lookup: Lookup, printed: Printed, channel: Channel): void {
    const { octets } = printed.message;
    if (octets === undefined) return super.message(lookup, printed, channel);
    this.banner(lookup);
    this.#explain(printed.isQuery ? "Sending" : "Got answer", octets);
  }

  override malformed(lookup: Lookup, octets: Uint8Array, reason: string): void {
    this.banner(lookup);
    this.#explain(`Got bad packet: ${reason}`, octets);
  }
}

/** One object for each answer and each failure, one a line. */
class JsonPresenter implements Presenter {
  readonly #context: PresenterContext;
  /** What is known of the answer at hand: printed when its footer comes. */
  #pending: { [member: string]: Json } | undefined;
  /** With `+qr` the question at hand: it stands beside what came of it, as a pair (RFC 8427 3). */
  #query: { [member: string]: Json } | undefined;
  /** The octets of an answer that cannot be read, until the outcome says why. */
  #unreadable: { [member: string]: Json } | undefined;
  #warnings: string[] = [];

  constructor(context: PresenterContext) {
    this.#context = context;
  }

  #print(json: { [member: string]: Json }): void {
    this.#context.output.out(`${jsonText(json)}\n`);
  }

  #warned(json: { [member: string]: Json }): { [member: string]: Json } {
    if (this.#warnings.length > 0) json.warnings = this.#warnings.splice(0);
    return json;
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return;
    const answer = this.#warned(pending);
    this.#print(this.#query === undefined ? answer : { queryMessage: this.#query, responseMessage: answer });
  }

  message(lookup: Lookup, printed: Printed, channel: Channel): void {
    const { message, peer, sentAt, receivedAt, size } = printed;
    if (printed.isQuery) {
      this.#flush();
      this.#query = { ...messageToJson(message), msgLength: size, ...dateToJson(sentAt ?? 0) };
      return;
    }
    this.#flush();
    const json = messageToJson(message);
    const elapsed = Math.max(0, (receivedAt ?? 0) - (sentAt ?? 0));
    json.msgLength = size;
    Object.assign(json, dateToJson(receivedAt ?? 0));
    json.status = rcodeName(message.rcode) ?? String(message.rcode);
    if (message.edns !== undefined) json.edns = { extendedRCODE: message.rcode, ...ednsToJson(message.edns) };
    if (peer !== undefined) json.server = { address: peer.address, port: peer.port };
    json.transport = transportOf(lookup);
    json.queryTimeMs = Math.round(elapsed * 1000) / 1000;
    if (channel.facts !== undefined) {
      const phases = Object.fromEntries(
        channel.facts.phases.map(([phase, ms]) => [`${phase.toLowerCase()}Ms`, Math.round(ms * 1000) / 1000]),
      );
      json.timing = { ...phases, answerMs: json.queryTimeMs };
      const { tlsVersion, alpn, subject } = channel.facts;
      if (tlsVersion !== undefined) json.tls = { version: tlsVersion, alpn: alpn ?? null, subject: subject ?? null };
    }
    if (printed.cookie !== undefined) json.cookie = printed.cookie === "ok" ? "good" : "bad";
    if (message.problems.length > 0) json.problems = message.problems.map((problem) => problem.message);
    if ((printed.extra ?? 0) > 0) json.extraOctets = printed.extra!;
    this.#pending = json;
    // A transfer has a footer for all its messages together, a trace none in some steps.
    if (lookup.transfer || lookup.trace) this.#flush();
  }

  received(_lookup: Lookup, footer: Footer): void {
    if (this.#pending !== undefined) this.#pending.serverName = footer.given;
    this.#flush();
  }

  warning(text: OctetText): void {
    this.#warnings.push(text);
  }

  error(): void {
    // The outcome says it.
  }

  comment(_lookup: Lookup, text: OctetText): void {
    this.#warnings.push(text);
  }

  plain(): void {
    // Text for people.
  }

  malformed(_lookup: Lookup, octets: Uint8Array): void {
    this.#unreadable = { msgLength: octets.length, messageOctetsHEX: hex(octets).toUpperCase() };
  }

  outcome(lookup: Lookup, outcome: Outcome): void {
    this.#context.outcome?.(lookup, outcome);
    if (outcome.kind === "answer") return;
    if (outcome.kind === "signature") {
      this.#warnings.push(`signature: ${outcome.detail}`);
      return;
    }
    this.#flush();
    const failure = { ...asked(lookup), error: outcome.kind, detail: outcome.detail, ...this.#unreadable };
    this.#print(this.#warned(this.#query === undefined ? failure : { queryMessage: this.#query, ...failure }));
    this.#unreadable = undefined;
  }
}

/** What an OPT record says in its odd places, its options by name (RFC 8427 has but its octets). */
function ednsToJson({ version, udpSize, flags, dnssecOk, options }: Edns): { [member: string]: Json } {
  return {
    version,
    udpSize,
    DO: Number(dnssecOk),
    flags,
    options: options.map((option) => ({
      code: option.code,
      name: optionName(option.code) ?? null,
      dataHEX: hex(option.data).toUpperCase(),
      text: optionText(option),
    })),
  };
}

/** What was asked, for objects without an answer. */
function asked(lookup: Lookup): { [member: string]: Json } {
  const { askedName, name, type, rdclass } = lookup;
  return {
    ...questionToJson({ name: askedName ?? DnsName.root, type, rdclass }, "Q"),
    ...(askedName === undefined ? { QNAME: name } : {}),
    transport: transportOf(lookup),
    servers: lookup.servers.map(({ address }) => address),
  };
}

function transportOf(lookup: Lookup): string {
  if (lookup.https) return lookup.httpPlain ? "http" : "https";
  if (lookup.tls || lookup.tlsCaSet) return "tls";
  return lookup.tcp ? "tcp" : "udp";
}
