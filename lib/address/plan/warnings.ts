// What deserves a warning before a command runs: for `--plan`. Pure. A type's own `warnings` come first.
import type { Judged } from "../words/judge.ts";
import { ip, isEverywhere, listenAt } from "./listen.ts";
import { hopCertificate, hopFrom, Options, type PlanContext, TLS } from "./words.ts";
import { holdsSecret } from "../words/secrets.ts";

/** What somebody who reads the plan should think about before the command runs. */
export function warningsOf(address: Judged, context: PlanContext): string[] {
  const { type, name, params, options, text } = address;
  const o = new Options(options);
  const list = [...(type.warnings?.(params, options as never) ?? [])];
  const useless = uselessOf(address, context);
  if (useless !== undefined) list.push(useless);
  const listens = type.listens === true && !/^SOCKS/.test(name);
  const secured = TLS.test(name) || name.startsWith("WSS") || o.text("starttls") !== undefined;
  if (secured && !listens && o.off("verify") && o.list("pin").length === 0) {
    list.push(
      "verify=0: any certificate is taken, so whoever sits on the way can read and change everything; " +
        "use cafile=FILE or pin=sha256:FINGERPRINT",
    );
  }
  for (const hop of o.list("via").map(hopFrom)) {
    if (hop.tls && hopCertificate(hop).startsWith("any")) {
      list.push(`verify=0: any certificate of the proxy ${hop.label} is taken; name its authority with ?cafile=FILE`);
    }
  }
  if (listens && "fork" in type.options && !o.on("fork") && !/RECV$|^ACCEPT/.test(name)) {
    list.push(
      `without fork ${/RECVFROM/.test(name) ? "it takes one datagram" : "the listener serves one connection"} ` +
        "and the program ends; add ,fork to serve many",
    );
  }
  if (listens && ip(name) && isEverywhere(listenAt(address, o, context).host) && o.list("range").length === 0) {
    list.push(
      "it listens on all interfaces: everybody who reaches this machine can connect; " +
        "bind=127.0.0.1 or range=PREFIX keeps others out",
    );
  }
  if (holdsSecret(text) && !context.inFile) {
    list.push(
      "a password stands on the command line, where every user of this machine can read it: " +
        `keep it in a file (${referenceForm(text)}) or in the environment (${referenceForm(text, "env:NAME")})`,
    );
  }
  return list;
}

/** What is said, also when it runs, of an option that can do nothing where the address listens. */
export function uselessOf(address: Judged, context: PlanContext): string | undefined {
  const { type, name, options } = address;
  if (type.listens !== true || options["ipv6-v6only"] !== false || !ip(name)) return undefined;
  const { host } = listenAt(address, new Options(options), context);
  if (isEverywhere(host)) return undefined;
  return `ipv6-v6only=0 does nothing on ${host}: bind=[::] takes IPv4 and IPv6, on all interfaces`;
}

function referenceForm(text: string, reference = "file:PATH"): string {
  const option = /(?:^|,)\s*(via|proxyauth|proxy-authorization|sockspass)=/i.exec(text)?.[1]?.toLowerCase() ?? "via";
  return `${option}=${reference}`;
}
