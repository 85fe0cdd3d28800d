// The runtime's second TLS stack (`node:tls`) as a client: over any stream, with certificates and versions of one's choice,
// and where a peer must be judged by more than the runtime's own authorities. Not pure.
import { errorText } from "../../base/errors.ts";
import type { Stream } from "../../stream/stream.ts";
import type { Limit } from "../limit.ts";
import { addedAuthorities, type Identity, signing, trusting } from "./files.ts";
import { clientOver, type Handshaken, type NodeTlsOptions, rawChain } from "./node.ts";
import type { ProofPlan, TlsClientOptions } from "./options.ts";
import { Signers } from "./signers.ts";
import type { Demands } from "./verify.ts";

/** Who we are, and whom we believe. */
export interface Trust {
  readonly identity: Identity | undefined;
  /** PEM; `undefined`: the system's. */
  readonly authorities: readonly string[] | undefined;
  readonly verify: boolean;
  readonly pins: readonly Uint8Array[];
}

/** Makes handshakes with the same options. */
export class SecondStack {
  readonly demands: Demands;
  /** Options that trust these authorities (`undefined`: the runtime's). */
  readonly #trusting: (ca: readonly string[] | undefined) => NodeTlsOptions;
  readonly #all: NodeTlsOptions;
  /** Which of many authorities have signed what was met, and options with those alone. */
  #signers: Signers | undefined;
  #narrow: NodeTlsOptions | undefined;

  private constructor(
    demands: Demands,
    trusting: (ca: readonly string[] | undefined) => NodeTlsOptions,
    ca: readonly string[] | undefined,
    watched: boolean,
  ) {
    this.demands = demands;
    this.#trusting = trusting;
    this.#all = trusting(ca);
    if (demands.verify && !watched && Signers.worth(ca)) this.#signers = new Signers(ca);
  }

  /** Loads it. Throws for certificates that cannot be used. */
  static async load(options: TlsClientOptions, trust: Trust, { versions, watched }: ProofPlan): Promise<SecondStack> {
    const { createSecureContext, rootCertificates } = await import("node:tls");
    const { identity, authorities, verify, pins } = trust;
    const added = verify && authorities === undefined ? await addedAuthorities() : [];
    const ca = added.length > 0 ? [...rootCertificates, ...added] : authorities;
    const alpn = options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] };
    const trustingOnly = (ca: readonly string[] | undefined): NodeTlsOptions => {
      const context = { ...identity, ...versions, ...(ca === undefined ? {} : { ca: [...ca] }) };
      try {
        return { ...alpn, secureContext: createSecureContext(context as never) };
      } catch (error) {
        throw new TypeError(`Cannot use these certificates: ${errorText(error)}`, { cause: error });
      }
    };
    const demands = {
      verify,
      pins,
      trusts: trusting(authorities),
      signs: signing(authorities ?? added),
      commonNames: options.commonNames,
    };
    return new SecondStack(demands, trustingOnly, ca, watched);
  }

  /** The handshake on `stream`, or once more on one that `again` makes. The peer is not judged yet. */
  async shake(
    stream: Stream,
    servername: string,
    limit: Limit,
    again: (() => Promise<Stream>) | undefined,
  ): Promise<Handshaken> {
    const narrow = again === undefined ? undefined : this.#narrow;
    let shaken = await clientOver(stream, { ...(narrow ?? this.#all), servername }, limit);
    const unknown = narrow !== undefined && shaken.chainError !== undefined;
    if (unknown) {
      // Another authority than those that were met may have signed it.
      await shaken.stream.close();
      shaken = await clientOver(await again!(), { ...this.#all, servername }, limit);
    }
    if (this.#signers === undefined || shaken.resumed || (narrow !== undefined && !unknown)) return shaken;
    const more = shaken.chainError === undefined && this.#signers.learn(rawChain(shaken.stream.socket) ?? []);
    if (more) this.#narrow = this.#trusting(this.#signers.known);
    else if (unknown) this.#signers = this.#narrow = undefined;
    return shaken;
  }
}
