// What a plan says of TLS, on either side. Pure.
import type { Options } from "./words.ts";

function versions(o: Options): string {
  const from = o.text("min-proto-version", "openssl-min-proto-version") ?? "TLS1.2";
  const to = o.text("max-proto-version", "openssl-max-proto-version");
  return to === undefined ? `${from} or newer` : from === to ? from : `${from} to ${to}`;
}

/** What a TLS client does, in words: versions, name, whose certificate it takes. */
export function tlsClient(o: Options, host: string): string {
  const name = o.text("commonname") ?? host;
  const pin = o.list("pin");
  const check = pin.length > 0
    ? "the certificate must be the one of the pin"
    : o.off("verify")
    ? "any certificate is taken (verify=0)"
    : `the certificate must be ${name === "" ? "valid" : `valid for ${name}`} by ${authorities(o)}`;
  const cert = o.text("cert", "certificate");
  const asked = o.on("no-sni", "nosni") ? "no name asked for" : undefined;
  const sni = o.text("snihost");
  return [
    `Start TLS as client (${versions(o)}): ${check}`,
    asked ?? (sni === undefined ? undefined : `asking for ${sni}`),
    o.text("alpn") === undefined && o.list("alpn").length === 0 ? undefined : `offering ${o.list("alpn").join(", ")}`,
    cert === undefined ? undefined : `showing the certificate of ${cert}`,
    o.text("keylog") === undefined ? undefined : `keys for Wireshark go to ${o.text("keylog")}`,
  ].filter(Boolean).join("; ");
}

const authorities = (o: Options) => o.text("cafile", "capath") ?? "the system's authorities";

/** What a TLS server does, in words: its certificate, whom it asks for one. */
export function tlsServer(o: Options): string {
  const cert = o.text("cert", "certificate");
  const asks = o.off("verify")
    ? "clients need no certificate (verify=0)"
    : o.text("cafile", "capath") === undefined
    ? "clients need no certificate"
    : `clients need a certificate by ${authorities(o)}`;
  return `Start TLS as server (${versions(o)}) with ${
    o.on("self-signed")
      ? "a certificate made for this run"
      : cert === undefined
      ? "no certificate of its own"
      : `the certificate of ${cert}`
  }; ${asks}`;
}
