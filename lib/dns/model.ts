// A DNS message as a value: header words and four lists (RFC 1035 4.1). Pure.
import { type Edns, parseEdns } from "./edns.ts";
import type { DnsFormatError } from "./errors.ts";
import { isSig0, type Question, type ResourceRecord } from "./record.ts";
import { TYPE } from "./types.ts";

/** The header's words (RFC 1035 4.1.1, RFC 4035 3.2 for AD and CD). */
export interface DnsHeader {
  /** 0 to 65535. */
  id: number;
  /** Response. */
  qr: boolean;
  /** 0 to 15. */
  opcode: number;
  aa: boolean;
  tc: boolean;
  rd: boolean;
  ra: boolean;
  /** The reserved bit ("MBZ: 0x40"). */
  z: boolean;
  ad: boolean;
  cd: boolean;
  /** The header's four bits; `DnsMessage.rcode` is the whole. */
  headerRcode: number;
}

export type SectionName = "answers" | "authorities" | "additionals";

/** A whole message. */
export interface DnsMessage extends DnsHeader {
  /** The response code with EDNS's upper eight bits where there is an OPT record: 0 to 4095. */
  readonly rcode: number;
  questions: readonly Question[];
  answers: readonly ResourceRecord[];
  authorities: readonly ResourceRecord[];
  /** In wire order, with OPT, TSIG and SIG(0) among them: see `isPseudo`. */
  additionals: readonly ResourceRecord[];
  /** The header's counts, which a best-effort parse may not have found: questions, answers, authorities, additionals. */
  readonly counts: readonly [number, number, number, number];
  /** The OPT record decoded; undefined when there is none. */
  readonly edns: Edns | undefined;
  /** The OPT record itself. */
  readonly opt: ResourceRecord | undefined;
  /** The TSIG record (RFC 8945). */
  readonly tsig: ResourceRecord | undefined;
  /** A SIG record that covers type 0: the message's own signature (RFC 2931). */
  readonly sig0: ResourceRecord | undefined;
  /** The octets it was parsed from (those after the message's end included); undefined for a message made of values. */
  readonly octets: Uint8Array | undefined;
  /** Octets after the last record. */
  readonly trailing: number;
  /** What a best-effort parse passed over, in order. Empty otherwise. */
  readonly problems: readonly DnsFormatError[];
}

/** What a message is made of: absent words are 0, false or empty. */
export interface MessageParts extends Partial<DnsHeader> {
  questions?: readonly Question[];
  answers?: readonly ResourceRecord[];
  authorities?: readonly ResourceRecord[];
  /** Put `ednsRecord(edns)` here for EDNS. */
  additionals?: readonly ResourceRecord[];
}

/** A message's words and lists; what follows from the lists is found when it is asked for. */
export class Message implements DnsMessage {
  id = 0;
  qr = false;
  opcode = 0;
  aa = false;
  tc = false;
  rd = false;
  ra = false;
  z = false;
  ad = false;
  cd = false;
  headerRcode = 0;
  questions: readonly Question[] = [];
  answers: readonly ResourceRecord[] = [];
  authorities: readonly ResourceRecord[] = [];
  additionals: readonly ResourceRecord[] = [];
  octets: Uint8Array | undefined = undefined;
  trailing = 0;
  problems: readonly DnsFormatError[] = [];
  /** The counts of a parsed header. */
  headerCounts: readonly [number, number, number, number] | undefined = undefined;
  #edns: Edns | undefined;

  get counts(): readonly [number, number, number, number] {
    return this.headerCounts ??
      [this.questions.length, this.answers.length, this.authorities.length, this.additionals.length];
  }

  get rcode(): number {
    const { opt } = this;
    return this.headerRcode | (opt === undefined ? 0 : (opt.ttl >>> 20) & 0xff0);
  }

  get opt(): ResourceRecord | undefined {
    for (const record of this.additionals) if (record.type === TYPE.OPT && record.name.isRoot) return record;
    return undefined;
  }

  get edns(): Edns | undefined {
    if (this.#edns === undefined) {
      const { opt } = this;
      if (opt !== undefined) this.#edns = parseEdns(opt);
    }
    return this.#edns;
  }

  get tsig(): ResourceRecord | undefined {
    const last = this.additionals.at(-1);
    return last?.type === TYPE.TSIG && last.rdclass === 255 ? last : undefined;
  }

  get sig0(): ResourceRecord | undefined {
    return this.additionals.find(isSig0);
  }
}

/** A message value of its parts. */
export function messageOf(parts: MessageParts): DnsMessage {
  return Object.assign(new Message(), parts);
}
