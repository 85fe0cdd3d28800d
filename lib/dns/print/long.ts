// A whole message in dig's long form: header, pseudo-sections, sections. Pure.
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import type { DnsMessage, ResourceRecord } from "../model.ts";
import { opcodeName } from "../types.ts";
import { optLines } from "./opt.ts";
import type { Printed } from "./printed.ts";
import { questionLine, recordLine, type RecordStyle, recordStyle } from "./record.ts";
import { flagsText, hasQuestionSection, headerRcode, onlyFirstSoa, ordinary } from "./sections.ts";
import { SECTIONS, UPDATE, UPDATE_SECTIONS } from "./sections.ts";

/** The response code's name; a number without one behind a question mark. */
function statusText(rcode: number): string {
  return headerRcode(rcode) ?? `?${rcode}`;
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

function pseudoRecord(title: string, record: ResourceRecord, lookup: Lookup, style: RecordStyle): OctetText {
  const comments = lookup.comments;
  return `${comments ? `;; ${title} PSEUDOSECTION:\n` : ""}${recordLine(record, style)}${comments ? "\n" : ""}`;
}

/** The message in dig's long form, without banner and footer: first what holds no names, which may end the run. */
export function* longText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
): Generator<OctetText, void> {
  const { message, headers } = printed;
  const style = recordStyle(lookup, settings, idn);
  const titles = message.opcode === UPDATE ? UPDATE_SECTIONS : SECTIONS;
  const comments = lookup.comments && headers;
  if (lookup.comments) yield header(lookup, printed);
  let out = "";
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
  yield out;
}
