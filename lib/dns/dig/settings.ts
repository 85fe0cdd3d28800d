// What a command line of dig asks for: settings that hold for the whole run, and one lookup with its own. Pure.
// To add an option: a member here (with its default), a line in `options.ts`, and the place that acts on it.
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

/** dig's defaults of a lookup. */
export function defaultLookup(system: SystemDefaults, root: DnsName): Lookup {
  return {
    name: "",
    banner: "",
    type: 1,
    finalType: 1,
    typeSet: false,
    rdclass: 1,
    classSet: false,
    ixfrSerial: 0,
    servers: [],
    opcode: 0,
    recurse: true,
    aa: false,
    ad: true,
    cd: false,
    ra: false,
    tc: false,
    z: false,
    id: undefined,
    headerOnly: false,
    edns: 0,
    udpSize: -1,
    dnssec: false,
    co: false,
    ednsFlags: 0,
    ednsOptions: [],
    ednsNegotiation: true,
    nsid: false,
    expire: false,
    keepalive: false,
    padding: 0,
    subnet: undefined,
    sendCookie: true,
    cookie: undefined,
    badCookie: true,
    showBadCookie: false,
    seenBadCookie: false,
    tcp: false,
    tcpSet: false,
    tls: false,
    tlsCaSet: false,
    tlsCaFile: undefined,
    tlsHostnameSet: false,
    tlsHostname: undefined,
    tlsCertSet: false,
    tlsCertFile: undefined,
    tlsKeySet: false,
    tlsKeyFile: undefined,
    https: false,
    httpPlain: false,
    httpGet: false,
    httpPath: "",
    ignoreTruncation: false,
    retries: system.tries,
    servfailStops: true,
    besteffort: true,
    trace: false,
    traceRoot: false,
    nsSearch: false,
    dns64prefix: false,
    newSearch: false,
    origin: -1,
    needSearch: false,
    doneAsIs: false,
    transfer: false,
    serversFound: 0,
    zone: root,
    identify: false,
    comments: true,
    stats: true,
    question: true,
    answer: true,
    authority: true,
    additional: true,
    rrComments: 0,
    multiline: false,
    noTtl: false,
    noClass: false,
    noCrypto: false,
    ttlUnits: false,
    expandAaaa: false,
    unknownFormat: false,
    oneSoa: false,
    microseconds: false,
    showQuery: false,
    idnIn: system.idn,
    idnOut: system.idn,
  };
}

/** A copy that shares nothing that is changed later; `newSearch` and what a run counts start afresh. */
export function cloneLookup(lookup: Lookup, withServers = true): Lookup {
  return {
    ...lookup,
    servers: withServers ? lookup.servers.slice() : [],
    ednsOptions: lookup.ednsOptions.slice(),
    newSearch: false,
    serversFound: 0,
  };
}

/** dig's defaults of what holds for all lookups. */
export function defaultSettings(system: SystemDefaults): Settings {
  return {
    short: false,
    printCommand: true,
    yaml: false,
    split: undefined,
    plusQuestion: false,
    plusComments: false,
    useSearch: false,
    showSearch: false,
    domain: "",
    keepOpen: false,
    port: undefined,
    timeout: system.timeout,
    ndots: system.ndots,
    ipv4: true,
    ipv6: true,
    netIpv4: true,
    netIpv6: true,
    bind: undefined,
    keyFile: "",
    keyName: "",
    keySecret: "",
    keyAlgorithm: undefined,
    keyBits: 0,
    batch: undefined,
    debug: false,
    explain: false,
    json: false,
    status: false,
    timing: false,
    parallel: 64,
    via: [],
  };
}

/** Ends the whole run with an exit status; everything to be printed has been. */
export class DigExit extends Error {
  override readonly name = "DigExit";
  readonly status: number;

  constructor(status: number) {
    super(`dig ends with status ${status}`);
    this.status = status;
  }
}

/** Where text goes. */
export interface DigOutput {
  out(text: OctetText): void;
  err(text: OctetText): void;
}

/** Prints `dig: message` and ends the run with status 1. */
export function fatal(output: DigOutput, message: OctetText, status = 1): never {
  output.err(`dig: ${message}\n`);
  throw new DigExit(status);
}
