// A whole message as dig prints it: header, pseudo-sections, sections; in plain text, in YAML, and its data alone. Pure.
import type { DnsMessage, ResourceRecord } from "../message.ts";
import { opcodeName, rcodeName, TYPE } from "../types.ts";
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import { type CookieState, optLines, optYaml } from "./opt.ts";
import { questionLine, rdataText, recordLine } from "./record.ts";
import { type RecordStyle, recordStyle, shortStyle } from "./style.ts";

/** What is known of a message beside its octets. */
export interface Printed {
  readonly message: DnsMessage;
  /** It is the question that is sent, not an answer. */
  readonly isQuery: boolean;
  /** Octets of the message. */
  readonly size: number;
  /** False for the second and later messages of a transfer: no header, no headings. */
  readonly headers: boolean;
  readonly cookie?: CookieState;
  /** Octets behind the last record. */
  readonly extra?: number;
  /** Messages of a transfer that came before. */
  readonly messagesBefore?: number;
  /** Milliseconds since 1970, with fractions. */
  readonly sentAt?: number;
  readonly receivedAt?: number;
  /** Where the message went or came from. */
  readonly peer?: { readonly address: string; readonly port: number };
  /** For `+identify`: the words behind each datum of `+short`. */
  readonly identifier?: string;
}

const SECTIONS = ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"] as const;
const UPDATE_SECTIONS = ["ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL"] as const;
const UPDATE_COUNTS = ["ZONE", "PREREQ", "UPDATE", "ADDITIONAL"] as const;
const UPDATE = 5;

/** A response code as BIND 9.18 names it: the codes of TSIG and DSO have no names in a header. */
function headerRcode(rcode: number): string | undefined {
  if (rcode > 10 && rcode < 16) return `RESERVED${rcode}`;
  return rcode > 16 && rcode !== 23 ? undefined : rcodeName(rcode);
}

/** The response code's name; a number without one behind a question mark. */
function statusText(rcode: number): string {
  return headerRcode(rcode) ?? `?${rcode}`;
}

function flagsText(message: DnsMessage): string {
  let out = "";
  for (const flag of ["qr", "aa", "tc", "rd", "ra", "ad", "cd"] as const) if (message[flag]) out += ` ${flag}`;
  return out;
}

function asksForLocal(message: DnsMessage): boolean {
  return message.questions.some(({ name }) => /(?:^|[^\\]\.|^\.)local\.$|^local\.$/i.test(name.toString()));
}

function header(lookup: Lookup, printed: Printed): OctetText {
  const { message, isQuery } = printed;
  let out = isQuery ? ";; Sending:\n" : ";; Got answer:\n";
  if (printed.headers) {
    if (asksForLocal(message)) {
      out += ";; WARNING: .local is reserved for Multicast DNS\n" +
        ";; You are currently testing what happens when an mDNS query is leaked to DNS\n";
    }
    const [questions, answers, authorities, additionals] = message.counts;
    out += `;; ->>HEADER<<- opcode: ${opcodeName(message.opcode)}, status: ${statusText(message.rcode)}, ` +
      `id: ${message.id}\n;; flags:${flagsText(message)}${message.z ? "; MBZ: 0x4" : ""}; QUERY: ${questions}, ` +
      `ANSWER: ${answers}, AUTHORITY: ${authorities}, ADDITIONAL: ${additionals}\n`;
    if (!isQuery && message.rd && !message.ra) out += ";; WARNING: recursion requested but not available\n";
  }
  if (!isQuery && lookup.edns !== -1 && message.opt === undefined && (message.rcode === 1 || message.rcode === 4)) {
    out += `\n;; WARNING: EDNS query returned status ${statusText(message.rcode)} - retry with ` +
      `'${lookup.dnssec ? "+nodnssec " : ""}+noedns'\n`;
  }
  const extra = printed.extra ?? 0;
  if (!isQuery && extra !== 0) out += `;; WARNING: Message has ${extra} extra bytes at end\n`;
  return out;
}

/** The records of a section without OPT, TSIG and SIG(0), which stand in sections of their own. */
function ordinary(message: DnsMessage, records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const { opt, tsig, sig0 } = message;
  if (opt === undefined && tsig === undefined && sig0 === undefined) return records;
  // A second OPT record is listed like any other.
  return records.filter((record) => record !== opt && record !== tsig && record !== sig0);
}

/**
 * Whether the question section has a heading: also when there is only a name in it, in a query that was sent with
 * `+header-only` or in an answer that ends behind the name.
 */
function hasQuestionSection({ message, isQuery, extra }: Printed, lookup: Lookup): boolean {
  if (message.questions.length > 0) return true;
  if (isQuery) return lookup.headerOnly;
  return message.counts[0] > 0 && message.octets !== undefined && message.octets.length - (extra ?? 0) > 12;
}

/** SOA records that `+onesoa` leaves out of a transfer: all but the first. */
function onlyFirstSoa(lookup: Lookup, printed: Printed, records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  if (!lookup.oneSoa || lookup.type !== TYPE.AXFR) return records;
  let seen = (printed.messagesBefore ?? 0) > 0;
  return records.filter((record) => {
    if (record.type !== TYPE.SOA) return true;
    const keep = !seen;
    seen = true;
    return keep;
  });
}

function pseudoRecord(title: string, record: ResourceRecord, lookup: Lookup, style: RecordStyle): OctetText {
  const comments = lookup.comments;
  return `${comments ? `;; ${title} PSEUDOSECTION:\n` : ""}${recordLine(record, style)}${comments ? "\n" : ""}`;
}

/** The message in dig's long form, without banner and footer. */
export function longText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
): OctetText {
  const { message, headers } = printed;
  const style = recordStyle(lookup, settings, idn);
  const titles = message.opcode === UPDATE ? UPDATE_SECTIONS : SECTIONS;
  const comments = lookup.comments && headers;
  let out = lookup.comments ? header(lookup, printed) : "";
  if (comments) {
    out += "\n";
    if (message.edns !== undefined) {
      out += `;; OPT PSEUDOSECTION:\n${optLines(message.edns, printed.cookie)}`;
    }
  }
  const heading = (index: number) => comments ? `;; ${titles[index]} SECTION:\n` : "";
  const section = (index: number, records: readonly ResourceRecord[]) => {
    if (records.length === 0) return "";
    let text = heading(index);
    for (const record of records) text += recordLine(record, style);
    return comments ? `${text}\n` : text;
  };
  if (lookup.question && headers && hasQuestionSection(printed, lookup)) {
    out += heading(0) + message.questions.map((question) => questionLine(question, style)).join("") +
      (comments ? "\n" : "");
  }
  if (lookup.answer) {
    const all = ordinary(message, message.answers);
    const kept = onlyFirstSoa(lookup, printed, all);
    out += kept.length === 0 && all.length > 0 && comments ? `${heading(1)}\n` : section(1, kept);
  }
  if (lookup.authority) out += section(2, ordinary(message, message.authorities));
  if (lookup.additional) {
    out += section(3, ordinary(message, message.additionals));
    if (headers && message.tsig !== undefined) out += pseudoRecord("TSIG", message.tsig, lookup, style);
    if (headers && message.sig0 !== undefined) out += pseudoRecord("SIG0", message.sig0, lookup, style);
  }
  return out;
}

/** The data of the answer section, one a line: `+short`. */
export function shortText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  typeText: (type: number) => string,
  idn?: (name: OctetText) => OctetText,
): OctetText {
  if (!lookup.answer) return "";
  const style = shortStyle(lookup, settings);
  let out = "";
  for (const record of ordinary(printed.message, printed.message.answers)) {
    if (lookup.trace || lookup.nsSearch) out += `${typeText(record.type)} `;
    out += `${rdataText(record.rdata, style, idn)}${lookup.identify ? printed.identifier ?? "" : ""}\n`;
  }
  return out;
}

/** A time as YAML's timestamps have it, with milliseconds or microseconds. */
function timestamp(milliseconds: number, microseconds: boolean): string {
  const whole = Math.floor(milliseconds);
  const text = new Date(whole).toISOString();
  if (!microseconds) return text;
  return `${text.slice(0, -1)}${String(Math.floor((milliseconds - whole) * 1000)).padStart(3, "0")}Z`;
}

/** The message as a document of `+yaml`. */
export function yamlText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
): OctetText {
  const { message, isQuery, peer, headers } = printed;
  const style = recordStyle(lookup, settings, idn);
  const recursive = isQuery ? message.rd : message.rd && message.ra;
  let out = `- type: MESSAGE\n  message:\n    type: ${recursive ? "RECURSIVE" : "AUTH"}_${
    isQuery ? "QUERY" : "RESPONSE"
  }\n`;
  if (printed.sentAt !== undefined) {
    out += `    query_time: !!timestamp ${timestamp(printed.sentAt, lookup.microseconds)}\n`;
  }
  if (!isQuery && printed.receivedAt !== undefined) {
    out += `    response_time: !!timestamp ${timestamp(printed.receivedAt, lookup.microseconds)}\n`;
  }
  out += `    message_size: ${printed.size}b\n`;
  if (peer !== undefined) {
    const six = peer.address.includes(":");
    const ended = peer.address === "::" ? "::0" : peer.address;
    out += `    socket_family: ${six ? "INET6" : "INET"}\n    socket_protocol: ${lookup.tcp ? "TCP" : "UDP"}\n` +
      `    response_address: "${ended}"\n    response_port: ${peer.port}\n` +
      `    query_address: "${six ? "::0" : "0.0.0.0"}"\n    query_port: 0\n`;
  }
  out += `    ${isQuery ? "query" : "response"}_message_data:\n`;
  const indent = "      ";
  const update = message.opcode === UPDATE;
  const titles = update ? UPDATE_SECTIONS : SECTIONS;
  if (headers) {
    const rcode = headerRcode(message.rcode) ?? String(message.rcode);
    out += `${indent}opcode: ${opcodeName(message.opcode)}\n${indent}status: ${rcode}\n${indent}id: ${message.id}\n` +
      `${indent}flags:${flagsText(message)}\n`;
    if (message.z) out += `${indent}MBZ: 0x4\n`;
    const names = update ? UPDATE_COUNTS : SECTIONS;
    message.counts.forEach((count, i) => out += `${indent}${names[i]}: ${count}\n`);
  }
  if (lookup.comments && headers && message.edns !== undefined) out += optYaml(message.edns, printed.cookie, indent);
  const section = (index: number, lines: readonly string[]) =>
    lines.length === 0 ? "" : `${indent}${titles[index]}_SECTION:\n${lines.join("")}`;
  const deep = `${indent}  `;
  const records = (index: number, list: readonly ResourceRecord[]) =>
    section(index, list.map((record) => recordLine(record, style, deep)));
  if (lookup.question && headers) {
    const lines = message.questions.map((question) => questionLine(question, style, deep));
    if (hasQuestionSection(printed, lookup)) out += `${indent}${titles[0]}_SECTION:\n${lines.join("")}`;
  }
  if (lookup.answer) {
    const all = ordinary(message, message.answers);
    const kept = onlyFirstSoa(lookup, printed, all);
    out += kept.length === 0 && all.length > 0 ? `${indent}${titles[1]}_SECTION:\n` : records(1, kept);
  }
  if (lookup.authority) out += records(2, ordinary(message, message.authorities));
  if (lookup.additional) {
    out += records(3, ordinary(message, message.additionals));
    if (headers && message.tsig !== undefined) {
      out += `${indent}TSIG_PSEUDOSECTION:\n${recordLine(message.tsig, style, indent)}\n`;
    }
    if (headers && message.sig0 !== undefined) {
      out += `${indent}SIG0_PSEUDOSECTION:\n${recordLine(message.sig0, style, indent)}${lookup.comments ? "\n" : ""}`;
    }
  }
  return out;
}
