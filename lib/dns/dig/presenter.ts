// What dig shows of questions and answers: banner, message, footer, warnings, in the forms that the settings ask for. Pure.
import { once } from "../../base/late.ts";
import { HEX } from "../../base/hex.ts";
import type { HostPort } from "../../base/host_port.ts";
import type { LocalTime } from "../../base/time_rule.ts";
import type { DigOutput, Lookup, OctetText, Settings } from "./settings.ts";
import { type Channel, socketText } from "../exchange/channel.ts";
import type { Footer, Outcome, Presenter } from "../exchange/surroundings.ts";
import type { Printed } from "../print/printed.ts";

/** Exit statuses of `+status`, documented in the README: response codes from 20 on, then what is worse. */
const STATUS = { malformed: 40, signature: 41, tls: 42, "transfer-failed": 43, "no-reply": 9 } as const;

/** The exit status that `+status` gives an outcome. */
export function outcomeStatus(outcome: Outcome): number {
  if (outcome.kind !== "answer") return STATUS[outcome.kind];
  return outcome.rcode === 0 ? 0 : Math.min(20 + outcome.rcode, 39);
}

/** What came of some lookups. */
export interface RunResult {
  /** A channel was opened, so failures of earlier lookups are forgotten, as dig does. */
  readonly opened: boolean;
  readonly status: number;
  /** The highest status of `+status`, and whether that was asked for. */
  readonly worst: number;
  readonly asked: boolean;
}

/** Rows of sixteen octets with their characters, behind a line with their number. */
export function hexDump(bytes: Uint8Array): OctetText {
  let out = `${bytes.length} bytes\n`;
  for (let row = 0; row < bytes.length; row += 16) {
    const part = bytes.subarray(row, row + 16);
    const digits = Array.from(part, (octet) => `${HEX[octet]} `).join("");
    const text = Array.from(part, (octet) => octet >= 0x21 && octet <= 0x7d ? String.fromCharCode(octet) : ".").join(
      "",
    );
    out += `${digits.padEnd(48)}         ${text}\n`;
  }
  return out;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Fri Nov 20 13:12:48 UTC 2026`: milliseconds since 1970 in a local time. */
function whenText(milliseconds: number, { offset, abbreviation }: LocalTime): string {
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

/** The line of PROXY headers, empty without them. */
function proxyText(lookup: Lookup): string {
  const { proxy } = lookup;
  if (proxy === undefined) return "";
  const { plain, addresses } = proxy;
  const outside = plain && /^(?:TLS|HTTPS)/.test(protocolText(lookup)) ? " (plain)" : "";
  const end = ({ host, port }: HostPort) => socketText({ address: host, port });
  const words = addresses === undefined
    ? "LOCAL"
    : `source: ${end(addresses.source)}, destination: ${end(addresses.destination)}`;
  return `;; CLIENT PROXY HEADER${outside}: ${words}\n`;
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

/** Makes the text of a message, in pieces. */
type Printer = (
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
) => Iterable<OctetText>;

/** The forms that a message has; one is loaded. */
const load = {
  dns64: once<typeof import("../print/dns64.ts")>(() => import(import.meta.resolve("../print/dns64.ts"))),
  long: once<typeof import("../print/long.ts")>(() => import(import.meta.resolve("../print/long.ts"))),
  short: once<typeof import("../print/short.ts")>(() => import(import.meta.resolve("../print/short.ts"))),
  yaml: once<typeof import("../print/yaml.ts")>(() => import(import.meta.resolve("../print/yaml.ts"))),
};

/** The printer that the settings and a lookup ask for. */
async function printerFor(settings: Settings, lookup: Lookup | undefined): Promise<Printer> {
  if (settings.yaml) return (await load.yaml()).yamlText;
  if (lookup?.dns64prefix === true) {
    const { dns64Text } = await load.dns64();
    return (printed) => [dns64Text(printed)];
  }
  if (!settings.short) return (await load.long()).longText;
  const { shortText } = await load.short();
  return (...given) => [shortText(...given)];
}

/** The presenter of dig's own text for these lookups. */
export async function textPresenter(context: PresenterContext, lookups: readonly Lookup[]): Promise<TextPresenter> {
  const { settings } = context;
  const dns64 = lookups.find(({ dns64prefix }) => dns64prefix);
  const print = await printerFor(settings, lookups.find(({ dns64prefix }) => !dns64prefix));
  return new TextPresenter(context, print, dns64 === undefined ? print : await printerFor(settings, dns64));
}

/** dig's own text. */
export class TextPresenter implements Presenter {
  protected readonly context: PresenterContext;
  readonly wantsQueries: boolean = false;

  readonly #print: Printer;
  readonly #printDns64: Printer;

  constructor(context: PresenterContext, print: Printer, printDns64: Printer = print) {
    this.context = context;
    this.#print = print;
    this.#printDns64 = printDns64;
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
    const print = lookup.dns64prefix ? this.#printDns64 : this.#print;
    for (const piece of print(printed, lookup, settings, idn)) output.out(piece);
  }

  received(lookup: Lookup, footer: Footer): void {
    const { settings, output, now, localTime } = this.context;
    if (settings.short || settings.yaml) return;
    const { peer, given, transfer, sentAt, receivedAt } = footer;
    const elapsed = Math.max(0, receivedAt - sentAt);
    const micro = Math.floor(elapsed * 1000), milli = Math.floor(elapsed);
    if (lookup.stats) {
      let text = `;; Query time: ${lookup.microseconds ? `${micro} usec` : `${milli} msec`}\n` +
        `;; SERVER: ${socketText(peer)}(${given}) (${protocolText(lookup)})\n${proxyText(lookup)};; WHEN: ${
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
