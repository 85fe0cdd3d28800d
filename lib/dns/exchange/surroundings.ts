// What a run of lookups needs of the world and tells it: types alone. Pure.
import type { Bytes } from "../../base/bytes.ts";
import type { DigOutput, Lookup, OctetText, Server, Settings, SystemDefaults } from "../dig/settings.ts";
import type { DnsName } from "../name.ts";
import type { Printed } from "../print/printed.ts";
import type { MessageSigner, TsigVerifier } from "../signer.ts";
import type { Channel, Target } from "./channel.ts";
import type { TransferProgress } from "./transfer.ts";

/** What came of an answer that ends a lookup: told to whoever keeps score (`+status`, `+json`). */
export type Outcome =
  | { readonly kind: "answer"; readonly rcode: number }
  | { readonly kind: "malformed" | "no-reply" | "tls" | "transfer-failed" | "signature"; readonly detail: string };

/** How answers are shown. */
export interface Presenter {
  /** A query that was sent (`+qr`) or an answer. */
  message(lookup: Lookup, printed: Printed, channel: Channel): void;
  /** The footer behind an answer. */
  received(lookup: Lookup, footer: Footer): void;
  /** A line `;; text`, always shown but in YAML. */
  warning(text: OctetText): void;
  /** A line `;; text` of an error. */
  error(text: OctetText): void;
  /** A line `;; text` where comments are on. */
  comment(lookup: Lookup, text: OctetText): void;
  /** Text as it is. */
  plain(text: OctetText): void;
  /** An answer that cannot be read. */
  malformed(lookup: Lookup, octets: Uint8Array, reason: string): void;
  /** Queries are shown also without `+qr`. */
  readonly wantsQueries?: boolean;
  outcome(lookup: Lookup, outcome: Outcome): void;
}

/** What the lines below an answer tell: octets, peer, times. */
export interface Footer {
  readonly octets: number;
  readonly peer: { readonly address: string; readonly port: number };
  readonly given: string;
  /** Milliseconds with fractions. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly transfer?: { readonly records: number; readonly messages: number; readonly octets: number };
  readonly channel: Channel;
}

/** What a lookup needs from outside: settings, output, and ways to open channels and find addresses. */
export interface Surroundings {
  readonly settings: Settings;
  readonly system: SystemDefaults;
  readonly output: DigOutput;
  readonly presenter: Presenter;
  readonly key: MessageSigner | undefined;
  readonly clientCookie: Uint8Array;
  /** Opens a channel; throws a `NetworkError` or a `CertificateError`. */
  open(target: Target): Promise<Channel>;
  findAddresses(name: string, families: { ipv4: boolean; ipv6: boolean }): Promise<string[] | string>;
  /** Milliseconds since 1970 with fractions. */
  now(): number;
  /** `-d`: told the steps of the run, in dig's words. */
  readonly debug?: ((text: OctetText) => void) | undefined;
  /** An integer from 0 up to but not including `below`. */
  random(below: number): number;
  /** A name as it travels of a name as people write it (`+idnin`). */
  toAscii?(name: OctetText): OctetText;
}

/** What to do after an answer: wait for more of them, ask the next server, or nothing. */
export type Next = "more" | "next-server" | "done";

/** A question ready to be sent. */
export interface Query {
  readonly bytes: Bytes;
  readonly id: number;
  readonly name: DnsName;
  /** The code that answers are verified against. */
  readonly mac: Uint8Array | undefined;
  /** The cookie that was sent, if one was. */
  readonly cookie: Uint8Array | undefined;
}

/** A query under way at one server. */
export interface Exchange {
  readonly lookup: Lookup;
  readonly query: Query;
  readonly server: Server;
  readonly peer: { readonly address: string; readonly port: number };
  readonly channel: Channel;
  sentAt: number;
  receivedAt: number;
  messages: number;
  verifier: TsigVerifier | undefined;
  transfer: TransferProgress | undefined;
  warnId: boolean;
}
