// Which of many authorities have signed what a client meets: with those alone a handshake finds the same chain. Pure.
import { latin1 } from "../../base/bytes.ts";
import { parseCertificate } from "./certificate.ts";

/** So many authorities cost a connection nothing worth saving. */
const FEW = 8;

/**
 * The runtime's second stack (2.9.6) takes all authorities apart for each connection: the 150 of a system in 1.2 ms, as long
 * as the rest of it takes. So connections after the first name only those that its chain leads to. `known` is a part of what
 * is trusted: a peer that it does not lead to must be judged by all of them.
 */
export class Signers {
  readonly #all: readonly string[];
  #bySubject: Map<string, string[]> | undefined;
  readonly #known = new Set<string>();

  /** `authorities`: PEM. */
  constructor(authorities: readonly string[]) {
    this.#all = authorities;
  }

  /** Whether there are so many that it matters. */
  static worth(authorities: readonly string[] | undefined): authorities is readonly string[] {
    return authorities !== undefined && authorities.length > FEW;
  }

  /** Those whose names the chains so far give as issuers. */
  get known(): readonly string[] {
    return [...this.#known];
  }

  /** Takes in the certificates (DER) of a peer that was found good. Whether it led to an authority that was not known. */
  learn(chain: readonly Uint8Array[]): boolean {
    const before = this.#known.size;
    try {
      this.#bySubject ??= bySubject(this.#all);
      for (const der of chain) {
        for (const pem of this.#bySubject.get(parseCertificate(der).issuer) ?? []) this.#known.add(pem);
      }
    } catch {
      return false; // A certificate of an odd form: its issuer is found by looking at all of them.
    }
    return this.#known.size > before;
  }
}

function bySubject(authorities: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const pem of authorities) {
    try {
      const { subject } = parseCertificate(latin1(atob(pem.replace(/-----[^-]*-----|\s+/g, ""))));
      found.set(subject, [...found.get(subject) ?? [], pem]);
    } catch {
      // What cannot be read has signed nothing.
    }
  }
  return found;
}
