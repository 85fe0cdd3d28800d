// Words of a capture filter: pcap-filter(7). Pure.
// The longest match wins, so that `1-100` is a name (of ports) and `10.0.0.1` an address.
import { FormatError } from "../../base/errors.ts";
import { parseIp } from "../../base/ip.ts";

export type TokenKind = "word" | "name" | "number" | "ipv4" | "ipv6" | "mac" | "arcnet" | "symbol" | "end";

/** A word, number or sign of a filter, and where it begins. */
export interface Token {
  readonly kind: TokenKind;
  /** Words lower-case as the grammar knows them; others as written. */
  readonly text: string;
  readonly value: number;
  readonly at: number;
}

/** Words with a meaning of their own, with their other spellings. To add one: a line here and its case in parser.ts. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ...`dst src link ether=link ppp=link slip=link fddi=link tr=link wlan=link arp rarp ip sctp tcp udp icmp igmp igrp pim
    vrrp carp radio ip6 ipv6=ip6 icmp6 icmpv6=icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is=esis
    isis is-is=isis l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui host net mask port portrange proto protochain
    gateway type subtype direction=dir dir address1=addr1 addr1 address2=addr2 addr2 address3=addr3 addr3
    address4=addr4 addr4 ra ta less greater byte broadcast multicast and or not len=len length=len inbound outbound
    ifindex vlan mpls pppoed pppoes geneve ifname rset ruleset=rset rnr rulenum=rnr srnr subrulenum=srnr reason action
    on=ifname llc metac bcc oamf4sc oamf4ec oam oamf4 sc ilmic vpi vci connectmsg metaconnect lane`
    .split(/\s+/).map((word): [string, string] => {
      const [spelling, meaning] = word.split("=") as [string, string | undefined];
      return [spelling, meaning ?? spelling];
    }),
]);

/** Names of numbers: header offsets, ICMP types, TCP flags. */
const CONSTANTS: ReadonlyMap<string, number> = new Map(Object.entries({
  "icmptype": 0,
  "icmpcode": 1,
  "icmp-echoreply": 0,
  "icmp-unreach": 3,
  "icmp-sourcequench": 4,
  "icmp-redirect": 5,
  "icmp-echo": 8,
  "icmp-routeradvert": 9,
  "icmp-routersolicit": 10,
  "icmp-timxceed": 11,
  "icmp-paramprob": 12,
  "icmp-tstamp": 13,
  "icmp-tstampreply": 14,
  "icmp-ireq": 15,
  "icmp-ireqreply": 16,
  "icmp-maskreq": 17,
  "icmp-maskreply": 18,
  "tcpflags": 13,
  "tcp-fin": 1,
  "tcp-syn": 2,
  "tcp-rst": 4,
  "tcp-push": 8,
  "tcp-ack": 16,
  "tcp-urg": 32,
  "tcp-ece": 64,
  "tcp-cwr": 128,
  "icmp6type": 0,
  "icmp6code": 1,
  "icmp6-destinationunreach": 1,
  "icmp6-packettoobig": 2,
  "icmp6-timeexceeded": 3,
  "icmp6-parameterproblem": 4,
  "icmp6-echo": 128,
  "icmp6-echoreply": 129,
  "icmp6-multicastlistenerquery": 130,
  "icmp6-multicastlistenerreportv1": 131,
  "icmp6-multicastlistenerdone": 132,
  "icmp6-routersolicit": 133,
  "icmp6-routeradvert": 134,
  "icmp6-neighborsolicit": 135,
  "icmp6-neighboradvert": 136,
  "icmp6-redirect": 137,
  "icmp6-routerrenum": 138,
  "icmp6-nodeinformationquery": 139,
  "icmp6-nodeinformationresponse": 140,
  "icmp6-ineighbordiscoverysolicit": 141,
  "icmp6-ineighbordiscoveryadvert": 142,
  "icmp6-multicastlistenerreportv2": 143,
  "icmp6-homeagentdiscoveryrequest": 144,
  "icmp6-homeagentdiscoveryreply": 145,
  "icmp6-mobileprefixsolicit": 146,
  "icmp6-mobileprefixadvert": 147,
  "icmp6-certpathsolicit": 148,
  "icmp6-certpathadvert": 149,
  "icmp6-multicastrouteradvert": 151,
  "icmp6-multicastroutersolicit": 152,
  "icmp6-multicastrouterterm": 153,
}));

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ["&&", "and"],
  ["||", "or"],
  ["<=", "<="],
  [">=", ">="],
  ["!=", "!="],
  ["==", "="],
  ["<<", "<<"],
  [">>", ">>"],
  ...[..."!()[]:=<>+-*/&|^%"].map((c): [string, string] => [c, c === "!" ? "not" : c]),
]);

const NUMBER = /0[xX][0-9a-fA-F]+|\d+/y;
const DOTTED = /(?:0[xX][0-9a-fA-F]+|\d+)(?:\.(?:0[xX][0-9a-fA-F]+|\d+)){1,3}/y;
const MAC =
  /[0-9a-fA-F]{1,2}(?:([:.-])[0-9a-fA-F]{1,2})(?:\1[0-9a-fA-F]{1,2}){4}|[0-9a-fA-F]{1,4}(?:\.[0-9a-fA-F]{1,4}){2}|[0-9a-fA-F]{12}/y;
const COLONS = /[0-9a-fA-F:]*:[0-9a-fA-F:.]*/y;
const NAME = /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y;
const ESCAPED = /\\[^ !()\n\t]+/y;
const ARCNET = /\$[0-9a-fA-F]{1,2}/y;

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** The value of a number as C reads it: hexadecimal, octal or decimal. */
export function numberOf(text: string): number {
  if (/^0x/i.test(text)) return parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return parseInt(text, 8) || 0;
  return Number(text);
}

/** The tokens of a filter, an "end" token last. A character that belongs nowhere is a `FormatError`. */
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, length: number, word: string, value = 0) => {
    out.push({ kind, text: word, value, at });
    at += length;
  };
  while (at < text.length) {
    const c = text[at]!;
    if (/\s/.test(c)) {
      at++;
      continue;
    }
    // All the kinds that can begin here; the longest wins, the earlier of two equally long ones.
    const number = match(NUMBER, text, at);
    const dotted = match(DOTTED, text, at);
    const mac = match(MAC, text, at);
    let six = match(COLONS, text, at);
    while (six !== "" && parseIp(six)?.family !== 6) six = six.slice(0, -1);
    const name = match(NAME, text, at);
    const longest = Math.max(number.length, dotted.length, mac.length, six.length, name.length);
    if (longest > 0) {
      if (six.length === longest) push("ipv6", longest, six);
      else if (mac.length === longest && (mac.length !== 12 || /[:.-]/.test(mac) || /[a-fA-F]/.test(mac) || true)) {
        if (dotted.length === longest) push("ipv4", longest, dotted);
        else push("mac", longest, mac);
      } else if (number.length === longest) {
        if (/^0[0-7]*[89]/.test(number)) throw new FormatError(`number ${number} contains non-octal digit`, at);
        const value = numberOf(number);
        if (value > 0xffff_ffff) throw new FormatError(`number ${number} overflows 32 bits`, at);
        push("number", longest, number, value);
      } else if (dotted.length === longest) push("ipv4", longest, dotted);
      else {
        // A named constant holds dashes that no name may end with: `icmp6-echo`.
        const word = WORDS.get(name);
        const constant = CONSTANTS.get(name);
        if (word !== undefined) push("word", longest, word);
        else if (constant !== undefined) push("number", longest, name, constant);
        else push("name", longest, name);
      }
      continue;
    }
    const escaped = match(ESCAPED, text, at);
    if (escaped !== "") {
      push("name", escaped.length, escaped.slice(1));
      continue;
    }
    const arcnet = match(ARCNET, text, at);
    if (arcnet !== "") {
      push("arcnet", arcnet.length, arcnet);
      continue;
    }
    const two = SYMBOLS.get(text.slice(at, at + 2));
    const symbol = two ?? SYMBOLS.get(c);
    if (symbol === undefined) throw new FormatError("syntax error", at);
    const length = two !== undefined ? 2 : 1;
    push(symbol === "and" || symbol === "or" || symbol === "not" ? "word" : "symbol", length, symbol);
  }
  out.push({ kind: "end", text: "", value: 0, at });
  return out;
}
