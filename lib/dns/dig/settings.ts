// What a command line of dig asks for: settings that hold for the whole run, and one lookup with its own. Pure.
// To add an option: a member here, its default in `defaults.ts`, a line below `options/`, and the place that acts on it.
import type { HostPort } from "../../base/host_port.ts";
import type { DnsName } from "../name.ts";

/** Text made of octets: each character is one of 0 to 255. Arguments and output are kept so, as dig keeps them. */
export type OctetText = string;

/** How a server is spoken to. */
export type Transport = "udp" | "tcp" | "tls" | "https" | "http";

/** One server to ask. */
export interface Server {
  /** Its address in text, with a zone where it has one: `fe80::1%eth0`. */
  readonly address: string;
  /** What the user wrote behind `@`, printed in the footer. */
  readonly given: string;
  /** For a server given as URL: its transport, port, path and host name, before which the options stand back. */
  readonly transport?: Transport;
  readonly port?: number;
  readonly path?: string;
}

/** An EDNS option to send. */
export interface WireOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** `+subnet=`: family 0 stands for `+subnet=0`. */
export interface Subnet {
  readonly family: 0 | 4 | 6;
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** One name to look up and how. Cloned from the defaults when a name appears on the command line. */
export interface Lookup {
  /** As written; "" until a name is given. */
  name: OctetText;
  /** The banner to print before the first answer; emptied when printed. */
  banner: OctetText;
  type: number;
  /** The type to ask for when a trace has found its first servers. */
  finalType: number;
  typeSet: boolean;
  rdclass: number;
  classSet: boolean;
  ixfrSerial: number;
  servers: Server[];

  // the question's header
  opcode: number;
  recurse: boolean;
  aa: boolean;
  ad: boolean;
  cd: boolean;
  ra: boolean;
  tc: boolean;
  z: boolean;
  id: number | undefined;
  /** Seconds since 1970 that signatures say; the time of day when undefined. */
  fuzzTime: number | undefined;
  headerOnly: boolean;

  // EDNS: -1 stands for "none unless another option asks for it"
  edns: number;
  udpSize: number;
  dnssec: boolean;
  co: boolean;
  ednsFlags: number;
  ednsOptions: WireOption[];
  ednsNegotiation: boolean;
  nsid: boolean;
  expire: boolean;
  keepalive: boolean;
  padding: number;
  subnet: Subnet | undefined;
  sendCookie: boolean;
  /** Hexadecimal, as given or as the server's last answer had it. */
  cookie: OctetText | undefined;
  badCookie: boolean;
  showBadCookie: boolean;
  showBadVersion: boolean;
  showTruncated: boolean;
  seenBadCookie: boolean;

  // how to ask
  tcp: boolean;
  tcpSet: boolean;
  tls: boolean;
  tlsCaSet: boolean;
  tlsCaFile: string | undefined;
  tlsHostnameSet: boolean;
  tlsHostname: string | undefined;
  tlsCertSet: boolean;
  tlsCertFile: string | undefined;
  tlsKeySet: boolean;
  tlsKeyFile: string | undefined;
  https: boolean;
  httpPlain: boolean;
  httpGet: boolean;
  httpPath: string;
  /** PROXY headers are sent in front of the questions. */
  proxy: ProxyHeaders | undefined;
  ignoreTruncation: boolean;
  retries: number;
  servfailStops: boolean;
  besteffort: boolean;

  // how to go on
  trace: boolean;
  traceRoot: boolean;
  nsSearch: boolean;
  dns64prefix: boolean;
  newSearch: boolean;
  /** The name that is asked for, search domain and all; undefined before the question is made. */
  askedName: DnsName | undefined;
  /** Index in the search list of the domain that is appended, -1 for none. */
  origin: number;
  needSearch: boolean;
  doneAsIs: boolean;
  transfer: boolean;
  /** Servers found so far in a trace. */
  serversFound: number;
  /** The zone whose servers are asked in a trace. */
  zone: DnsName;

  // what to print
  identify: boolean;
  comments: boolean;
  stats: boolean;
  question: boolean;
  answer: boolean;
  authority: boolean;
  additional: boolean;
  /** 1 on, -1 off, 0 as multiline says. */
  rrComments: number;
  multiline: boolean;
  noTtl: boolean;
  noClass: boolean;
  noCrypto: boolean;
  ttlUnits: boolean;
  expandAaaa: boolean;
  unknownFormat: boolean;
  oneSoa: boolean;
  microseconds: boolean;
  showQuery: boolean;
  idnIn: boolean;
  idnOut: boolean;
}

/** How questions are announced by PROXY headers of version 2; without addresses they are the sender's own (`LOCAL`). */
export interface ProxyHeaders {
  /** In front of all encryption, not within it. */
  readonly plain: boolean;
  readonly addresses?: { readonly source: HostPort; readonly destination: HostPort } | undefined;
}

/** What holds for every lookup, whichever of them it was written behind. */
export interface Settings {
  short: boolean;
  printCommand: boolean;
  yaml: boolean;
  /** Characters of hex and base64 between two blanks; `undefined` is the default, 0 never splits. */
  split: number | undefined;
  plusQuestion: boolean;
  plusComments: boolean;
  useSearch: boolean;
  showSearch: boolean;
  domain: OctetText;
  keepOpen: boolean;
  port: number | undefined;
  /** Seconds. */
  timeout: number;
  ndots: number;
  /** Address families that are left to use. */
  ipv4: boolean;
  ipv6: boolean;
  /** The same for addresses of servers: `-b` narrows it too. */
  netIpv4: boolean;
  netIpv6: boolean;
  bind: { readonly address: string; readonly port: number } | undefined;
  keyFile: OctetText;
  keyName: OctetText;
  keySecret: OctetText;
  keyAlgorithm: string | undefined;
  keyBits: number;
  batch: OctetText | undefined;
  /** The steps of the run are told on standard error. */
  debug: boolean;

  // beyond dig
  explain: boolean;
  json: boolean;
  status: boolean;
  timing: boolean;
  parallel: number;
  /** Proxies to go through, the nearest first. */
  via: string[];
}

/** What `resolv.conf` and the environment say, where the command line is silent. */
export interface SystemDefaults {
  readonly servers: readonly Server[];
  readonly search: readonly OctetText[];
  readonly ndots: number;
  /** Seconds. */
  readonly timeout: number;
  readonly tries: number;
  /** Whether names are converted from and to their international form: standard output is a terminal. */
  readonly idn: boolean;
}

/** Where text goes. */
export interface DigOutput {
  out(text: OctetText): void;
  err(text: OctetText): void;
}
