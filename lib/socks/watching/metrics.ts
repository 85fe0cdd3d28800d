// Counters of the proxy and their text for Prometheus (its text exposition format 0.0.4). Pure.
// A new figure is a member, a place that counts it, and a block in `prometheus`.
import { REPLY5_NAMES } from "../codec/codes.ts";
import type { ConnectionRecord } from "./record.ts";

/** Upper bounds of the buckets of "time to connect", in seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

function protocolName(version: ConnectionRecord["version"]): string {
  if (version === undefined) return "none";
  return version === "http" || version === "tls" ? version : `socks${version}`;
}

/** What the server counts. */
export class Metrics {
  accepted = 0;
  sent = 0;
  received = 0;
  datagramsSent = 0;
  datagramsReceived = 0;
  datagramsDropped = 0;
  loginsFailed = 0;
  /** Handshakes by their labels: protocol and result. */
  readonly #handshakes = new Map<string, number>();
  readonly #buckets = new Array<number>(BUCKETS.length).fill(0);
  #connects = 0;
  #connectSeconds = 0;

  /** Counts a connection that is over. */
  ended(record: ConnectionRecord): void {
    this.sent += record.sent;
    this.received += record.received;
    this.datagramsSent += record.datagramsSent;
    this.datagramsReceived += record.datagramsReceived;
    this.datagramsDropped += record.datagramsDropped;
    const result = record.reply !== undefined
      ? REPLY5_NAMES[record.reply] ?? "other"
      : record.ended === "timeout"
      ? "timed out"
      : record.ended === "refused"
      ? "refused"
      : "incomplete";
    const labels = `version="${protocolName(record.version)}",result="${result}"`;
    this.#handshakes.set(labels, (this.#handshakes.get(labels) ?? 0) + 1);
    if (record.connectMs !== undefined) {
      const seconds = record.connectMs / 1000;
      this.#connects++;
      this.#connectSeconds += seconds;
      let bucket = 0;
      while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket++;
      if (bucket < BUCKETS.length) this.#buckets[bucket]!++;
    }
  }

  /** The text of all counters; `active` connections and octets that are still `moving` are the caller's. */
  prometheus(active: number, moving: { readonly sent: number; readonly received: number }): string {
    const lines: string[] = [];
    const block = (name: string, type: string, help: string, samples: readonly string[]) =>
      lines.push(`# HELP netlab_socks_${name} ${help}`, `# TYPE netlab_socks_${name} ${type}`, ...samples);
    const one = (name: string, type: string, help: string, value: number) =>
      block(name, type, help, [`netlab_socks_${name} ${value}`]);
    one("connections", "gauge", "Connections that are open.", active);
    one("connections_total", "counter", "Connections accepted.", this.accepted);
    block("bytes_total", "counter", "Octets carried, by direction.", [
      `netlab_socks_bytes_total{direction="sent"} ${this.sent + moving.sent}`,
      `netlab_socks_bytes_total{direction="received"} ${this.received + moving.received}`,
    ]);
    block("datagrams_total", "counter", "UDP datagrams, by direction.", [
      `netlab_socks_datagrams_total{direction="sent"} ${this.datagramsSent}`,
      `netlab_socks_datagrams_total{direction="received"} ${this.datagramsReceived}`,
      `netlab_socks_datagrams_total{direction="dropped"} ${this.datagramsDropped}`,
    ]);
    block(
      "handshakes_total",
      "counter",
      "Handshakes, by protocol and result.",
      [...this.#handshakes].sort().map(([labels, count]) => `netlab_socks_handshakes_total{${labels}} ${count}`),
    );
    one("logins_failed_total", "counter", "Logins with a wrong user or password.", this.loginsFailed);
    let below = 0;
    block("connect_seconds", "histogram", "Time from the request to the connection.", [
      ...BUCKETS.map((bound, index) => {
        below += this.#buckets[index]!;
        return `netlab_socks_connect_seconds_bucket{le="${bound}"} ${below}`;
      }),
      `netlab_socks_connect_seconds_bucket{le="+Inf"} ${this.#connects}`,
      `netlab_socks_connect_seconds_sum ${this.#connectSeconds}`,
      `netlab_socks_connect_seconds_count ${this.#connects}`,
    ]);
    return lines.join("\n") + "\n";
  }
}
