// Connecting and listening at a proxy: HTTP CONNECT, SOCKS 4, 4a and 5. Each is `via=` with one more hop, in socat's words.
import { FormatError, UsageError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import type { Log } from "../../base/log.ts";
import { printable } from "../../base/text.ts";
import { resolveHost } from "../../dial/tcp.ts";
import type { Hop, ProxyKind } from "../../dial/via_url.ts";
import { choice, FILE, one, PORT, TEXT, toggle, type Values } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, LISTEN_OPTIONS } from "../common.ts";
import { admission } from "./admission.ts";
import { hostFrom, placeFrom } from "./listen.ts";
import { defineAddress, once, type OpenArguments, type OpenContext } from "../model.ts";
import {
  dialRoute,
  hopsTo,
  prepareRoute,
  ROUTE_NEEDS,
  ROUTE_OPTIONS,
  SECRET,
  secretText,
  VIA_OPTION,
  viaOptions,
} from "./route.ts";
import { dialOptions, TCP_OPTIONS, tcpNeeds } from "./tcp.ts";

const group = "Proxies";

/** Options of PROXY. */
const HTTP_OPTIONS = {
  proxyport: one(PORT, { group, help: "Port of the HTTP proxy (default 8080)" }),
  proxyauth: one(SECRET, {
    group,
    help: "User and password for the proxy; env:NAME and file:PATH keep them off the command line",
    placeholder: "USER:PASSWORD",
    aliases: ["proxy-authorization", "proxy-auth"],
  }),
  "proxy-authorization-file": one(FILE, {
    group,
    help: "File with user and password for the proxy",
    aliases: ["proxyauthfile", "proxy-auth-file"],
  }),
  "http-version": one(choice(["1.0", "1.1"]), {
    group,
    help: "Version in the CONNECT request (default 1.1; 1.0 with --compat)",
  }),
  resolve: toggle({
    group,
    help: "Resolve the target's name here instead of at the proxy",
    aliases: ["proxy-resolve"],
  }),
  ignorecr: toggle({ group, help: "Always so: lines of the proxy may end in LF alone", hidden: true }),
};

/** Options of SOCKS. */
const SOCKS_OPTIONS = {
  socksport: one(PORT, {
    group,
    help: "Port of the SOCKS proxy (default 1080)",
    aliases: ["socks-port", "socks5port"],
  }),
  socksuser: one(TEXT, {
    group,
    help: "User at the SOCKS proxy (version 4: default the login name)",
    placeholder: "USER",
    aliases: ["socks-user"],
  }),
  sockspass: one(SECRET, {
    group,
    help: "Password at the SOCKS proxy; env:NAME and file:PATH keep it off the command line",
    placeholder: "PASSWORD",
    aliases: ["socks-pass", "sockspassword", "socks5pass"],
  }),
  resolve: HTTP_OPTIONS.resolve,
};

function hopOf(
  kind: ProxyKind,
  address: HostPort,
  user: string | undefined,
  password: string | undefined,
  options: Record<string, string> = {},
): Hop {
  return {
    kind,
    tls: false,
    address,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    options,
    label: `${kind}://${formatHostPort(address)}`,
  };
}

/** Connects to `target` by one hop more than `via` has. */
async function dialThrough(
  { name, options, context }: OpenArguments<
    Values<typeof CONNECT_OPTIONS> & Values<typeof TCP_OPTIONS> & Values<typeof ROUTE_OPTIONS> & { resolve: boolean }
  >,
  hop: Hop,
  target: HostPort,
): Promise<Stream> {
  const dial = dialOptions(name, options, context);
  const before = hopsTo(hop.address, options.via, context);
  let place = target;
  if (options.resolve) {
    const hosts = await resolveHost(target.host, hop.kind.startsWith("socks4") ? 4 : dial.family, dial.prefer);
    place = { host: hosts[0]!, port: target.port };
  }
  return await dialRoute(place, { ...options, via: [...before, hop] }, dial, context);
}

/** What `AddressType.prepare` does: there is a proxy without `via=`, too. */
async function prepareThrough(options: Values<typeof ROUTE_OPTIONS>, log: Log): Promise<void> {
  await Promise.all([import("../../dial/via.ts"), prepareRoute(options, log)]);
}

/** PROXY-CONNECT. */
export const PROXY_CONNECT = defineAddress({
  names: ["PROXY", "PROXY-CONNECT"],
  syntax: "PROXY:<proxy>:<host>:<port>",
  summary: "Connects through an HTTP proxy (CONNECT)",
  params: { min: 3, max: 3 },
  options: { ...HTTP_OPTIONS, ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS },
  needs: (_, options) => tcpNeeds(ROUTE_NEEDS, options),
  check: ([, host, port]) => placeFrom(host!, port!),
  prepare: (options, log) => prepareThrough(options, log),
  open(args) {
    const { params: [proxy, host, port], options, context } = args;
    const file = options["proxy-authorization-file"];
    const login = options.proxyauth ?? (file === undefined ? undefined : secretText(`file:${file}`));
    const colon = login?.indexOf(":") ?? -1;
    const user = colon === -1 ? login : login!.slice(0, colon);
    const password = colon === -1 ? undefined : login!.slice(colon + 1);
    const address = { host: hostFrom(proxy!), port: options.proxyport ?? 8080 };
    const version = options["http-version"] ?? (context.compat ? "1.0" : undefined);
    const hop = hopOf("http", address, user, password, version === undefined ? {} : { "http-version": version });
    return once(() => dialThrough(args, hop, placeFrom(host!, port!)));
  },
});

/** Proxy, host and port of `SERVER:HOST:PORT` and of `SERVER:SOCKSPORT:HOST:PORT`. */
function socksPlaces(params: readonly string[], socksport?: number): { proxy: HostPort; target: HostPort } {
  const [server, ...rest] = params;
  const port = rest.length === 3 ? rest.shift()! : String(socksport ?? 1080);
  return { proxy: placeFrom(server!, port), target: placeFrom(rest[0]!, rest[1]!) };
}

function socksLogin(options: Values<typeof SOCKS_OPTIONS>, kind: ProxyKind): [string | undefined, string | undefined] {
  const user = options.socksuser ??
    (kind === "socks5h" ? undefined : Deno.env.get("LOGNAME") ?? Deno.env.get("USER") ?? "");
  return [user, options.sockspass];
}

function socksConnect(names: readonly string[], kind: ProxyKind, syntax: string, summary: string) {
  const four = kind !== "socks5h";
  return defineAddress({
    names,
    syntax,
    summary,
    params: { min: 3, max: four ? 3 : 4 },
    options: { ...SOCKS_OPTIONS, ...ROUTE_OPTIONS, ...CONNECT_OPTIONS, ...TCP_OPTIONS },
    needs: (_, options) => tcpNeeds(ROUTE_NEEDS, options),
    check: (params) => void socksPlaces(params),
    prepare: (options, log) => prepareThrough(options, log),
    open(args) {
      const { proxy, target } = socksPlaces(args.params, args.options.socksport);
      return once(() => dialThrough(args, hopOf(kind, proxy, ...socksLogin(args.options, kind)), target));
    },
  });
}

/** SOCKS4: the name is resolved here. */
export const SOCKS4 = socksConnect(
  ["SOCKS4", "SOCKS", "SOCKS4-CONNECT"],
  "socks4",
  "SOCKS4:<proxy>:<host>:<port>",
  "Connects through a SOCKS proxy of version 4",
);

/** SOCKS4A: the proxy resolves the name. */
export const SOCKS4A = socksConnect(
  ["SOCKS4A", "SOCKS4A-CONNECT"],
  "socks4a",
  "SOCKS4A:<proxy>:<host>:<port>",
  "Connects through a SOCKS proxy of version 4a, which resolves the name",
);

/** SOCKS5: the proxy resolves the name. */
export const SOCKS5 = socksConnect(
  ["SOCKS5", "SOCKS5-CONNECT"],
  "socks5h",
  "SOCKS5:<proxy>[:<socks-port>]:<host>:<port>",
  "Connects through a SOCKS proxy of version 5, which resolves the name",
);

/** SOCKS5-LISTEN: a port at the proxy (BIND). */
export const SOCKS5_LISTEN = defineAddress({
  names: ["SOCKS5-LISTEN", "SOCKS5-L", "SOCKS5-BIND"],
  syntax: "SOCKS5-LISTEN:<proxy>[:<socks-port>]:<host>:<port>",
  summary: "Waits for a connection to a port of a SOCKS proxy (BIND), from or on this host",
  params: { min: 3, max: 4 },
  options: {
    ...SOCKS_OPTIONS,
    ...VIA_OPTION,
    ...CONNECT_OPTIONS,
    ...TCP_OPTIONS,
    fork: LISTEN_OPTIONS.fork,
    range: LISTEN_OPTIONS.range,
    deny: LISTEN_OPTIONS.deny,
    lowport: LISTEN_OPTIONS.lowport,
    "max-children": LISTEN_OPTIONS["max-children"],
  },
  listens: true,
  needs: (_, options) => tcpNeeds(ROUTE_NEEDS, options),
  check: (params) => void socksPlaces(params),
  async *open({ name, params, options, context }): AsyncGenerator<Stream> {
    const { proxy, target } = socksPlaces(params, options.socksport);
    const hop = hopOf("socks5h", proxy, ...socksLogin(options, "socks5h"));
    const dial = dialOptions(name, options, context);
    const hops = [...hopsTo(proxy, options.via, context), hop];
    const admits = await admission({ ...options, sourceport: undefined });
    for (let told = false; !context.signal.aborted; told = true) {
      let accepted: Stream | undefined;
      try {
        accepted = await acceptOne(target, hops, viaOptions(dial, context), context, told);
      } catch (error) {
        if (context.signal.aborted) return;
        throw error;
      }
      const peer = accepted.about.remote;
      const refusal = admits(peer);
      if (refusal !== undefined) {
        context.log.warning(`Refusing connection from ${peer === undefined ? "?" : formatHostPort(peer)} ${refusal}`);
        await accepted.close();
        continue;
      }
      yield accepted;
      if (!options.fork) return;
    }
  },
});

async function acceptOne(
  target: HostPort,
  hops: readonly Hop[],
  options: ReturnType<typeof viaOptions>,
  context: OpenContext,
  told: boolean,
): Promise<Stream> {
  const { bindVia } = await import("../../dial/via.ts");
  const { stream, binding } = await bindVia(target, hops, options);
  try {
    const where = formatHostPort(binding.bound);
    if (told) context.log.info(`Waiting at ${printable(where)} of ${hops.at(-1)!.label}`);
    else context.onListening?.(where);
    const peer = await binding.accepted();
    Object.assign(stream.about, { remote: { host: peer.host, port: peer.port } });
    return stream;
  } catch (error) {
    await stream.close(error);
    if (error instanceof FormatError) throw new UsageError(error.message);
    throw error;
  }
}
