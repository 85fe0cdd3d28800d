// The certificate of a listener: a file's, or one that is made for this run.
import { UsageError } from "../../base/errors.ts";
import type { TlsOptions } from "../../dial/tls/options.ts";
import { toggle, type Values } from "../../options/schema.ts";
import type { OpenContext } from "../model.ts";

const group = "TLS";

/** What a listener may have instead of a certificate in a file. */
export const SELF_SIGNED_OPTION = {
  "self-signed": toggle({
    group,
    help: "A certificate made for this run; its pin is logged, for clients with pin= or verify=0",
  }),
};

type SelfSigned = Values<typeof SELF_SIGNED_OPTION>;

/** Refuses a listener (`what`) without a certificate, and one with two. */
export function checkOwnCertificate(
  what: string,
  options: SelfSigned & { readonly cert: string | undefined; readonly key: string | undefined },
): void {
  if (options["self-signed"]) {
    const other = options.cert !== undefined ? "cert" : options.key !== undefined ? "key" : undefined;
    if (other !== undefined) throw new UsageError(`Options "self-signed" and "${other}" exclude each other`);
  } else if (options.cert === undefined) {
    throw new UsageError(
      `A ${what} listener needs a certificate`,
      "add cert=FILE (PEM, with the key in it or in key=FILE), or self-signed for one of this run",
    );
  }
}

/** The certificate that `self-signed` asks for, told in the log; `undefined` where it does not. */
export async function ownCertificate(
  options: SelfSigned,
  { log }: Pick<OpenContext, "log">,
): Promise<TlsOptions["identity"]> {
  if (!options["self-signed"]) return undefined;
  const { selfSigned } = await import("../../dial/tls/self_signed.ts");
  const { pin, ...identity } = selfSigned();
  log.notice(`certificate made for this run: clients take it with pin=${pin}`);
  return identity;
}

/** With a certificate that nobody knows it is not asked for another, unless it is said so. */
export function withoutAsking<
  O extends SelfSigned & Pick<TlsOptions, "verify" | "cafile" | "capath"> & { readonly pin: readonly string[] },
>(options: O): O {
  const { verify, cafile, capath, pin } = options;
  const asks = verify !== undefined || cafile !== undefined || capath !== undefined || pin.length > 0;
  return asks || !options["self-signed"] ? options : { ...options, verify: false };
}
