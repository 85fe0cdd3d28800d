// What dig shows of questions and answers: banner, message, footer, warnings, in the forms that the settings ask for. Pure.
import type { LocalTime } from "../../base/time_zone.ts";
import type { Channel } from "../exchange/channel.ts";
import { type Footer, type Outcome, type Presenter, socketText } from "../exchange/lookup.ts";
import { dns64Prefixes } from "../print/dns64.ts";
import { hexDump } from "../print/hex_dump.ts";
import { longText, type Printed, shortText, yamlText } from "../print/message.ts";
import { TYPE, typeName } from "../types.ts";
import type { DigOutput, Lookup, OctetText, Settings } from "./settings.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Fri Nov 20 13:12:48 UTC 2026`: milliseconds since 1970 in a local time. */
export function whenText(milliseconds: number, { offset, abbreviation }: LocalTime): string {
  const date = new Date(milliseconds + offset * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCDate())} ${
    two(date.getUTCHours())
  }:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${abbreviation} ${date.getUTCFullYear()}`;
}

/** How the footer names the transport. */
function protocolText(lookup: Lookup): string {
  if (lookup.tls || (lookup.tlsCaSet && !lookup.https)) return "TLS";
  if (!lookup.https) return lookup.tcp ? "TCP" : "UDP";
  return `HTTP${lookup.httpPlain ? "" : "S"}${lookup.httpGet ? "-GET" : ""}`;
}

/** What a presenter needs to know of the run. */
export interface PresenterContext {
  readonly settings: Settings;
  readonly output: DigOutput;
  /** Milliseconds since 1970. */
  now(): number;
  /** The local time that holds at a moment. */
  localTime(milliseconds: number): LocalTime;
  /** A name as people write it, of a name as it travels (`+idnout`). */
  toUnicode?(name: OctetText): OctetText;
  /** Whether a key was asked for and could not be made; whether signatures were good so far. */
  keyState(): "none" | "unused" | "good" | "bad";
  outcome?(lookup: Lookup, outcome: Outcome): void;
}

/** dig's own text. */
export class TextPresenter implements Presenter {
  protected readonly context: PresenterContext;
  readonly wantsQueries: boolean = false;

  constructor(context: PresenterContext) {
    this.context = context;
  }

  /** The banner, before the first thing that is shown of a lookup. */
  protected banner(lookup: Lookup): void {
    const { settings, output } = this.context;
    if (lookup.banner !== "" && !settings.short && !lookup.dns64prefix && settings.printCommand) {
      output.out(lookup.banner);
    }
    lookup.banner = "";
  }

  message(lookup: Lookup, printed: Printed, _channel: Channel): void {
    const { settings, output, toUnicode } = this.context;
    const idn = lookup.idnOut ? toUnicode : undefined;
    this.banner(lookup);
    if (settings.yaml) output.out(yamlText(printed, lookup, settings, idn));
    else if (lookup.dns64prefix) {
      const addresses = printed.message.answers.filter(({ type }) => type === TYPE.AAAA);
      output.out(dns64Prefixes(addresses.map(({ rdata }) => rdata.wire)));
    } else if (settings.short) output.out(shortText(printed, lookup, settings, typeName, idn));
    else output.out(longText(printed, lookup, settings, idn));
  }

  received(lookup: Lookup, footer: Footer): void {
    const { settings, output, now, localTime } = this.context;
    if (settings.short || settings.yaml) return;
    const { peer, given, transfer, sentAt, receivedAt } = footer;
    const elapsed = Math.max(0, receivedAt - sentAt);
    const micro = Math.floor(elapsed * 1000), milli = Math.floor(elapsed);
    if (lookup.stats) {
      let text = `;; Query time: ${lookup.microseconds ? `${micro} usec` : `${milli} msec`}\n` +
        `;; SERVER: ${socketText(peer)}(${given}) (${protocolText(lookup)})\n;; WHEN: ${
          whenText(now(), localTime(now()))
        }\n`;
      text += transfer === undefined
        ? `;; MSG SIZE  rcvd: ${footer.octets}\n`
        : `;; XFR size: ${transfer.records} records (messages ${transfer.messages}, bytes ${transfer.octets})\n`;
      const key = this.context.keyState();
      if (key === "bad") text += ";; WARNING -- Some TSIG could not be validated\n";
      if (key === "unused") text += ";; WARNING -- TSIG key was not used.\n";
      output.out(`${text}${this.timing(footer)}\n`);
    } else if (lookup.identify) {
      output.out(
        `;; Received ${transfer?.octets ?? footer.octets} bytes from ${socketText(peer)}(${given}) in ${
          lookup.microseconds ? `${micro} us` : `${milli} ms`
        }\n\n`,
      );
    }
  }

  /** `+timing`: a line for each phase of opening, and what is known of TLS. */
  protected timing({ channel, sentAt, receivedAt }: Footer): string {
    if (!this.context.settings.timing) return "";
    const facts = channel.facts;
    const phases = [...facts?.phases ?? [], ["answer", receivedAt - sentAt] as const];
    let text = `;; TIMING: ${phases.map(([phase, ms]) => `${phase} ${ms.toFixed(3)} ms`).join(", ")}\n`;
    if (facts?.tlsVersion !== undefined) {
      text += `;; TLS: ${facts.tlsVersion}, ALPN ${facts.alpn ?? "none"}, subject ${facts.subject ?? "unknown"}\n`;
    }
    return text;
  }

  warning(text: OctetText): void {
    if (!this.context.settings.yaml) this.context.output.out(`;; ${text}\n`);
  }

  error(text: OctetText): void {
    this.context.output.out(
      this.context.settings.yaml ? `- type: DIG_ERROR\n  message: |\n    ${text}\n` : `;; ${text}\n`,
    );
  }

  comment(lookup: Lookup, text: OctetText): void {
    if (lookup.comments && !this.context.settings.yaml) this.context.output.out(`;; ${text}\n`);
  }

  plain(text: OctetText): void {
    this.context.output.out(text);
  }

  malformed(_lookup: Lookup, octets: Uint8Array, reason: string): void {
    if (!this.context.settings.yaml) this.context.output.out(`;; Got bad packet: ${reason}\n${hexDump(octets)}`);
  }

  outcome(lookup: Lookup, outcome: Outcome): void {
    this.context.outcome?.(lookup, outcome);
  }
}
