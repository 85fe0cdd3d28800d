// The pages of `netlab socks --metrics`.
import { formatHostPort, parseHostPort } from "../../lib/base/host_port.ts";
import type { ProxyServer } from "../../lib/socks/server.ts";
import { listenError } from "../../lib/dial/errors.ts";
import { usage } from "./usage.ts";

/** Serves `/metrics` and `/healthz`. Gives where, and what ends it. */
export function serveMetrics(text: string, server: ProxyServer): { where: string; close(): Promise<void> } {
  const place = usage("--metrics", () => {
    const bare = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
    const { host, port } = parseHostPort(bare);
    return { host: host === "" ? "127.0.0.1" : host, port };
  });
  let http: Deno.HttpServer<Deno.NetAddr>;
  try {
    http = Deno.serve({ hostname: place.host, port: place.port, onListen() {} }, (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405 });
      if (pathname === "/healthz") return new Response("ok\n");
      if (pathname !== "/metrics") return new Response("Not here: /metrics, /healthz\n", { status: 404 });
      return new Response(server.metrics.prometheus(server.active, server.moving), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      });
    });
  } catch (error) {
    throw listenError(formatHostPort(place), error);
  }
  const where = formatHostPort({ host: http.addr.hostname, port: http.addr.port });
  return { where, close: () => http.shutdown() };
}
