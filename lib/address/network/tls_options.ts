// The options of addresses with TLS: what each side takes, judged, and in the words of lib/dial. Pure but for the warnings.
// To add one: a key here, and its place in `plainWords` or `tlsOptions`.
import { UsageError } from "../../base/errors.ts";
import { STARTTLS_PROTOCOLS } from "../../dial/starttls/talk.ts";
import {
  checkKeylog,
  KEYLOG_BESIDE,
  parseAlpn,
  parsePin,
  TLS_VERSIONS,
  type TlsClientOptions,
  type TlsOptions,
  versionRange,
} from "../../dial/tls/options.ts";
import { choice, FILE, list, one, TEXT, toggle, triState, type Values, type ValueType } from "../../options/schema.ts";
import type { OpenContext } from "../model.ts";
import { notObeyed, TLS_WITHOUT_EFFECT } from "./tls_without_effect.ts";

const group = "TLS";

const VERSION = choice(TLS_VERSIONS);

export const PIN: ValueType<string> = {
  placeholder: "sha256:HEX",
  parse(text) {
    parsePin(text);
    return text;
  },
};

/** Options of both sides of TLS. */
export const TLS_OPTIONS = {
  verify: triState({
    group,
    help: "Check the peer's certificate (default on; a listener asks clients for one). verify=0: take anybody",
    aliases: ["openssl-verify"],
  }),
  cafile: one(FILE, {
    group,
    help: "PEM file of the authorities to trust, or of the peer's own certificate",
    aliases: ["openssl-cafile"],
  }),
  capath: one(FILE, {
    group,
    help: "Directory of PEM files of authorities to trust",
    placeholder: "DIRECTORY",
    aliases: ["openssl-capath"],
  }),
  cert: one(FILE, {
    group,
    help: "Own certificate (PEM, with its chain; the key may stand in the same file)",
    aliases: ["certificate", "openssl-certificate"],
  }),
  key: one(FILE, { group, help: "Own private key (PEM)", aliases: ["openssl-key"] }),
  commonname: one(TEXT, {
    group,
    help: "Name that the peer's certificate must have (default the host); empty: any",
    placeholder: "NAME",
    aliases: ["cn", "openssl-commonname"],
  }),
  pin: list(PIN, {
    group,
    help: "Take the peer whose certificate or public key has this SHA-256, whoever signed it (again: one of them)",
  }),
  alpn: one(TEXT, { group, help: "Protocols to offer or take: h2,http/1.1", placeholder: "NAMES" }),
  "min-proto-version": one(VERSION, {
    group,
    help: "Oldest version",
    aliases: ["openssl-min-proto-version", "min-version"],
  }),
  "max-proto-version": one(VERSION, {
    group,
    help: "Newest version",
    aliases: ["openssl-max-proto-version", "max-version"],
  }),
  method: one(TEXT, {
    group,
    help: "Only this version: TLS1.2, TLS1.3",
    aliases: ["openssl-method"],
    placeholder: "VERSION",
  }),
  ...TLS_WITHOUT_EFFECT,
  keylog: one(FILE, {
    group,
    help: "Append the session keys for Wireshark to this file (what SSLKEYLOGFILE does elsewhere)",
  }),
  starttls: one(choice(STARTTLS_PROTOCOLS), { group, help: "Turn to TLS half way, as this protocol does" }),
};

/** Options of the client's side. */
export const TLS_CLIENT_OPTIONS = {
  ...TLS_OPTIONS,
  snihost: one(TEXT, {
    group,
    help: "Name to ask the server for (default commonname, else the host)",
    placeholder: "NAME",
    aliases: ["sni", "openssl-snihost"],
  }),
  "no-sni": toggle({ group, help: "Ask the server for no name", aliases: ["nosni", "openssl-no-sni"] }),
};

/** What the options of an address with TLS hold. */
export type TlsAddressOptions = Values<typeof TLS_OPTIONS> & Partial<Values<typeof TLS_CLIENT_OPTIONS>>;

/** The one version that `method` names; `undefined`: any. */
function onlyVersion(method: string | undefined): TlsOptions["minVersion"] {
  if (method === undefined || /^SSL23$|^TLS$|^ANY$/i.test(method)) return undefined;
  const only = TLS_VERSIONS.find((version) => version.toLowerCase() === method.replace(/v/i, "").toLowerCase());
  if (only === undefined) throw new UsageError(`"${method}" is no TLS version`, "write method=TLS1.2 or method=TLS1.3");
  return only;
}

/** What `lib/dial` knows under other names, without the files. */
function plainWords(options: TlsAddressOptions): TlsClientOptions {
  const only = onlyVersion(options.method);
  return {
    verify: options.verify,
    cert: options.cert,
    pins: options.pin,
    minVersion: only ?? options["min-proto-version"],
    maxVersion: only ?? options["max-proto-version"],
    noSni: options["no-sni"],
    keylog: options.keylog !== undefined,
  };
}

/** Refuses what cannot be before anything opens. `others`: options by name that only the second TLS stack can serve. */
export function checkTls(options: TlsAddressOptions, side: "client" | "server", others: readonly string[] = []): void {
  const words = plainWords(options);
  versionRange(words);
  checkKeylog(words, side, others);
}

/** The options in the words of `lib/dial`. A `UsageError` for what cannot be. */
export function tlsOptions(options: TlsAddressOptions, context: Pick<OpenContext, "log">): TlsClientOptions {
  for (const line of notObeyed(options)) context.log.warning(line);
  if (options.keylog !== undefined && Deno.env.get("SSLKEYLOGFILE") !== options.keylog) {
    context.log.warning(`keylog=${options.keylog} needs SSLKEYLOGFILE=${options.keylog} in the environment here`);
  }
  return {
    ...plainWords(options),
    cafile: options.cafile,
    capath: options.capath,
    key: options.key,
    commonname: options.commonname,
    ...(options.alpn === undefined ? {} : { alpn: parseAlpn(options.alpn) }),
    snihost: options.snihost,
    warn: (message) => context.log.warning(message),
  };
}

/** What of the options is weaker than it looks, or without effect. */
export function tlsWarnings(options: TlsAddressOptions): string[] {
  return [
    ...(options.commonname === "" ? ["commonname= is empty: the peer's name is not checked"] : []),
    ...notObeyed(options),
  ];
}

/** The same of a client's. */
export function tlsClientWarnings(options: TlsAddressOptions): string[] {
  const beside = options.keylog !== undefined && (options.cafile ?? options.capath) !== undefined;
  return [...tlsWarnings(options), ...(beside ? [KEYLOG_BESIDE] : [])];
}
