// What a lookup and a run of dig are before the command line says otherwise, and how a run ends. Pure.
import type { DnsName } from "../name.ts";
import type { DigOutput, Lookup, OctetText, Settings, SystemDefaults } from "./settings.ts";

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
    fuzzTime: undefined,
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
    showBadVersion: false,
    showTruncated: false,
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
    proxy: undefined,
    ignoreTruncation: false,
    retries: system.tries,
    servfailStops: true,
    besteffort: true,
    trace: false,
    traceRoot: false,
    nsSearch: false,
    dns64prefix: false,
    newSearch: false,
    askedName: undefined,
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

/** Prints `dig: message` and ends the run with status 1. */
export function fatal(output: DigOutput, message: OctetText, status = 1): never {
  output.err(`dig: ${message}\n`);
  throw new DigExit(status);
}
