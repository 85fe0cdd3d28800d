// QUIC: connect and listen, one bidirectional stream a connection (the runtime's API is unstable).
import { listenError } from "../../dial/errors.ts";
import { UsageError } from "../../base/errors.ts";
import { formatHostPort } from "../../base/host_port.ts";
import type { QuicServer } from "../../dial/quic.ts";
import { parseAlpn, parsePin } from "../../dial/tls/options.ts";
import { checkUdpHops } from "../../dial/via_url.ts";
import { list, one, TEXT } from "../../options/schema.ts";
import type { Stream } from "../../stream/stream.ts";
import { CONNECT_OPTIONS, familiesOf, familyOf, FORK_CONNECT_OPTIONS, LISTEN_OPTIONS } from "../common.ts";
import { admission } from "./admission.ts";
import { bindFrom, listenPlace, placeFrom, portFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext } from "../model.ts";
import { nameOfStream, shaken } from "../opening/handshakes.ts";
import { ROUTE_NEEDS, VIA_OPTION, viaOptions } from "./route.ts";
import { checkOwnCertificate, ownCertificate, SELF_SIGNED_OPTION } from "./own_certificate.ts";
import { PIN, TLS_OPTIONS } from "./tls_options.ts";

const group = "QUIC";

const ALPN = {
  alpn: one(TEXT, { group, help: "Protocols to offer or take (default netlab)", placeholder: "NAMES" }),
};

const alpnOf = (text: string | undefined) => text === undefined ? {} : { alpn: parseAlpn(text) };

/** QUIC. */
const files = () => import("../../dial/tls/files.ts");

export const QUIC_CONNECT = defineAddress({
  names: ["QUIC", "QUIC-CONNECT"],
  syntax: "QUIC:<host>:<port>",
  summary: "Connects over QUIC and opens one stream",
  params: { min: 2, max: 2 },
  options: {
    ...CONNECT_OPTIONS,
    ...FORK_CONNECT_OPTIONS,
    ...VIA_OPTION,
    ...ALPN,
    cafile: TLS_OPTIONS.cafile,
    capath: TLS_OPTIONS.capath,
    commonname: TLS_OPTIONS.commonname,
    pin: list(PIN, {
      group,
      help: "Take the server whose certificate has this SHA-256, whoever signed it (again: one of them)",
    }),
    verify: TLS_OPTIONS.verify,
  },
  needs: (_, options) => options.via.length > 0 ? [...ROUTE_NEEDS, "libc"] : ROUTE_NEEDS,
  check([host, port], options) {
    placeFrom(host!, port!);
    if (options.verify === false) {
      throw new UsageError(
        "QUIC of the runtime checks every certificate: verify=0 cannot be had",
        "name what to trust: pin=sha256:HEX (openssl x509 -in FILE -noout -fingerprint -sha256), or cafile=FILE with it",
      );
    }
    if (options.via.length > 0) checkUdpHops(options.via);
  },
  prepare: ({ cafile, capath }) => files().then(({ loadAuthorities }) => loadAuthorities({ cafile, capath })),
  open({ name, params: [host, port], options, context }) {
    const target = placeFrom(host!, port!);
    return once(async () => {
      const dial = {
        ...familiesOf(name, options.pf, context.family),
        timeoutMs: options["connect-timeout"],
        signal: context.signal,
      };
      const quic = {
        ...dial,
        authorities: await (await files()).loadAuthorities({
          cafile: options.cafile,
          capath: options.capath,
        }),
        serverName: options.commonname || undefined,
        ...(options.pin.length === 0 ? {} : { pins: options.pin.map(parsePin) }),
        ...alpnOf(options.alpn),
      };
      if (options.via.length > 0) {
        const { dialQuicVia } = await import("../../dial/quic_via.ts");
        return await dialQuicVia(target, options.via, viaOptions(dial, context), quic);
      }
      const local = bindFrom(options.bind, options.sourceport ?? 0);
      return await (await import("../../dial/quic.ts")).dialQuic(target, { ...quic, local });
    });
  },
});

/** QUIC-LISTEN. */
export const QUIC_LISTEN = defineAddress({
  names: ["QUIC-LISTEN", "QUIC-L"],
  syntax: "QUIC-LISTEN:<port>",
  summary: "Waits for QUIC connections and takes the first stream of each",
  params: { min: 1, max: 1 },
  // Clients are never asked for a certificate: verify=0 is as it is.
  options: {
    ...LISTEN_OPTIONS,
    ...ALPN,
    ...SELF_SIGNED_OPTION,
    cert: TLS_OPTIONS.cert,
    key: TLS_OPTIONS.key,
    verify: TLS_OPTIONS.verify,
  },
  listens: true,
  needs: ROUTE_NEEDS,
  check([port], options) {
    portFrom(port!);
    checkOwnCertificate("QUIC", options);
    if (options.verify === true) {
      throw new UsageError(
        "QUIC of the runtime asks no client for a certificate: verify cannot be had",
        "use TLS-LISTEN",
      );
    }
  },
  prepare: ({ cert, key }) => files().then(({ loadIdentity }) => loadIdentity({ cert, key })),
  async *open({ name, params: [port], options, context }): AsyncGenerator<Stream> {
    const family = familyOf(name, options.pf, context.family);
    const place = listenPlace(portFrom(port!), options.bind, family, context.compat);
    const { loadIdentity } = await files();
    const identity = await ownCertificate(options, context) ??
      (await loadIdentity({ cert: options.cert, key: options.key }))!;
    const quic = await import("../../dial/quic.ts");
    let server: QuicServer;
    try {
      server = new quic.QuicServer(place, identity, alpnOf(options.alpn).alpn);
    } catch (error) {
      throw listenError(formatHostPort(place), error);
    }
    const admits = await admission(options);
    const accept = async (incoming: Deno.QuicIncoming) => {
      const stream = await server.accept(incoming);
      const refusal = admits(stream.about.remote);
      if (refusal === undefined) return stream;
      context.log.warning(`Refusing connection from ${nameOfStream(stream)} ${refusal}`);
      await stream.close("refused");
      return undefined;
    };
    yield* shaken(incoming(server, options.fork, context), options.fork, context, {
      shake: accept,
      nameOf: () => "a QUIC client",
      giveUp: (incoming) => server.giveUp(incoming),
    });
  },
});

async function* incoming(
  server: QuicServer,
  fork: boolean,
  context: OpenContext,
): AsyncGenerator<Deno.QuicIncoming> {
  const close = () => server.close();
  context.signal.addEventListener("abort", close, { once: true });
  try {
    if (context.signal.aborted) return;
    context.onListening?.(formatHostPort(server.local));
    for (;;) {
      let client: Deno.QuicIncoming;
      try {
        client = await server.incoming();
      } catch (error) {
        if (context.signal.aborted) return;
        throw error;
      }
      yield client;
      if (!fork) return;
    }
  } finally {
    context.signal.removeEventListener("abort", close);
    server.close();
  }
}
