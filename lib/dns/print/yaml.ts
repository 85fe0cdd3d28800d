// A whole message as a document of `+yaml`. Pure.
import type { Lookup, OctetText, Settings } from "../dig/settings.ts";
import type { ResourceRecord } from "../model.ts";
import { opcodeName } from "../types.ts";
import { optYaml } from "./opt.ts";
import type { Printed } from "./printed.ts";
import { shortText } from "./short.ts";
import { questionLine, recordLine, recordStyle } from "./record.ts";
import { flagsText, hasQuestionSection, headerRcode, onlyFirstSoa, ordinary } from "./sections.ts";
import { SECTIONS, UPDATE, UPDATE_COUNTS, UPDATE_SECTIONS } from "./sections.ts";

/** A time as YAML's timestamps have it, with milliseconds or microseconds. */
function timestamp(milliseconds: number, microseconds: boolean): string {
  const whole = Math.floor(milliseconds);
  const text = new Date(whole).toISOString();
  if (!microseconds) return text;
  return `${text.slice(0, -1)}${String(Math.floor((milliseconds - whole) * 1000)).padStart(3, "0")}Z`;
}

/** The message as a document of `+yaml`: first what holds no names, which may end the run. */
export function* yamlText(
  printed: Printed,
  lookup: Lookup,
  settings: Settings,
  idn?: (name: OctetText) => OctetText,
): Generator<OctetText, void> {
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
    const own = settings.bind ?? { address: six ? "::" : "0.0.0.0", port: 0 };
    const ended = (address: string) => address === "::" ? "::0" : address;
    out += `    socket_family: ${six ? "INET6" : "INET"}\n    socket_protocol: ${lookup.tcp ? "TCP" : "UDP"}\n` +
      `    response_address: "${ended(peer.address)}"\n    response_port: ${peer.port}\n` +
      `    query_address: "${ended(own.address)}"\n    query_port: ${own.port}\n`;
  }
  yield `${out}    ${isQuery ? "query" : "response"}_message_data:\n`;
  out = "";
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
  if (settings.short) return yield out + shortText(printed, lookup, settings, idn);
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
  yield out;
}
