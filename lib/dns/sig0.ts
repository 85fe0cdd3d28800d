// SIG(0): questions signed with a private key (RFC 2931). Pure: whoever has the key brings the function that signs.
import { concat } from "../base/bytes.ts";
import { ByteWriter } from "../base/writer.ts";
import { DnsName } from "./name.ts";
import "./records/all.ts";
import { rdataOf } from "./rdata.ts";
import type { MessageSigner } from "./signer.ts";
import { CLASS, TYPE } from "./types.ts";

/** A key pair of RFC 2931, its private half behind a function. */
export interface Sig0Key {
  /** The name that the KEY record has. */
  readonly name: DnsName;
  /** DNSSEC algorithm number. */
  readonly algorithm: number;
  /** Key tag of the KEY record. */
  readonly tag: number;
  /** Octets of a signature. */
  readonly length: number;
  sign(data: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** Seconds before and after the moment of signing in which a signature holds. */
const FUDGE = 300;

/** Signs questions with `key`. Answers are not verified: servers have no keys of their own that dig would know. */
export function sig0Signer(key: Sig0Key): MessageSigner {
  return {
    // The reference forgets the two octets of the data's length, and padding shows it.
    length: 27 + key.name.wire.length + key.length,
    sign: async (bytes, time) => {
      const values = {
        typeCovered: 0,
        algorithm: key.algorithm,
        labels: 0,
        originalTtl: 0,
        expiration: time + FUDGE,
        inception: time - FUDGE,
        keyTag: key.tag,
        signer: key.name,
        signature: new Uint8Array(0),
      };
      const signature = await key.sign(concat([rdataOf(TYPE.SIG, CLASS.ANY, values).wire, bytes]));
      const { wire } = rdataOf(TYPE.SIG, CLASS.ANY, { ...values, signature });
      const writer = new ByteWriter(bytes.length + wire.length + 11).bytes(bytes);
      writer.bytes(DnsName.root.wire).u16(TYPE.SIG).u16(CLASS.ANY).u32(0).u16(wire.length).bytes(wire);
      writer.patchU16(10, ((bytes[10]! << 8) | bytes[11]!) + 1);
      return { bytes: writer.take(), mac: signature };
    },
  };
}
