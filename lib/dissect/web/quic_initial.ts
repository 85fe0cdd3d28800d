// QUIC's Initial packets opened: their keys come from what stands in the first of them. Pure. RFC 9001 5, RFC 9369 3.
import { parseHex } from "../../base/hex.ts";
import { hmac } from "../../base/hmac.ts";
import { encryptBlock, expandLabel, openSealed } from "../coding/crypto.ts";

/** Salts by version, and what stands before the names of keys. RFC 9001 5.2, RFC 9369 3.3. */
const SALTS: Readonly<Record<number, readonly [salt: string, labels: string]>> = {
  1: ["38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic"],
  0x6b3343cf: ["0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2"],
};
/** Drafts 29 to 32. */
const DRAFT_SALT = "afbfec289993d24c9e9786f19c6111e04390a899";
/** Octets of one packet that are opened at most. */
const PACKET_LIMIT = 16 * 1024;

interface Keys {
  readonly packet: Uint8Array;
  readonly header: Uint8Array;
  readonly iv: Uint8Array;
}

/** A packet without its protection. */
export interface Opened {
  /** The first octet as it was before. */
  readonly first: number;
  readonly number: number;
  /** Octets of the packet number. */
  readonly size: number;
  readonly payload: Uint8Array;
}

function keysOf(version: number, id: Uint8Array, side: "client" | "server"): Keys | undefined {
  const draft = version >>> 8 === 0xff0000 && (version & 255) >= 29 && (version & 255) <= 32;
  const [salt, labels] = SALTS[version] ?? (draft ? [DRAFT_SALT, "quic"] as const : []);
  if (salt === undefined || labels === undefined) return undefined;
  const secret = expandLabel("sha256", hmac("sha256", parseHex(salt), id), `${side} in`, 32);
  return {
    packet: expandLabel("sha256", secret, `${labels} key`, 16),
    header: expandLabel("sha256", secret, `${labels} hp`, 16),
    iv: expandLabel("sha256", secret, `${labels} iv`, 12),
  };
}

/** The keys of one conversation: those of both sides come from the ID that the client's first packet went to. */
export class InitialKeys {
  #id: Uint8Array | undefined;
  #version = 0;
  #keys: Partial<Record<"client" | "server", Keys | undefined>> = {};

  /**
   * Opens a packet: `head` are its octets up to the packet number, `rest` those from there on. `id` is the destination
   * that it names. `undefined` for what nobody's keys open.
   */
  open(
    version: number,
    side: "client" | "server",
    id: Uint8Array,
    head: Uint8Array,
    rest: Uint8Array,
  ): Opened | undefined {
    if (rest.length < 20 || rest.length > PACKET_LIMIT) return undefined;
    if (this.#id !== undefined && this.#version === version) {
      const opened = openWith(this.#keys[side] ??= keysOf(version, this.#id, side), head, rest);
      if (opened !== undefined) return opened;
    }
    if (side === "server" && this.#id !== undefined) return undefined;
    const keys = keysOf(version, id, "client");
    const opened = openWith(keys, head, rest);
    if (opened !== undefined) [this.#id, this.#version, this.#keys] = [id.slice(), version, { client: keys }];
    return opened;
  }
}

/** RFC 9001 5.4, 5.3. */
function openWith(keys: Keys | undefined, head: Uint8Array, rest: Uint8Array): Opened | undefined {
  if (keys === undefined) return undefined;
  const mask = encryptBlock(keys.header, rest.subarray(4, 20));
  const first = head[0]! ^ mask[0]! & 15;
  const size = (first & 3) + 1;
  const additional = new Uint8Array(head.length + size);
  additional.set(head);
  additional[0] = first;
  let number = 0;
  for (let i = 0; i < size; i++) {
    additional[head.length + i] = rest[i]! ^ mask[1 + i]!;
    number = number * 256 + additional[head.length + i]!;
  }
  const nonce = keys.iv.slice();
  for (let i = 0, left = number; i < 4; i++, left = Math.floor(left / 256)) nonce[11 - i]! ^= left & 255;
  const payload = openSealed("aes-128-gcm", keys.packet, nonce, rest.subarray(size), additional);
  return payload === undefined ? undefined : { first, number, size, payload };
}
