// What is known of one connection, and its line in the log. Pure.
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import type { IpAddress } from "../../base/ip.ts";
import { formatDuration } from "../../base/text.ts";
import { REPLY5_NAMES } from "../codec/codes.ts";
import type { Version } from "../handshake/reply.ts";
import type { Ended } from "../carrying/tunnel.ts";

/** Everything that the log says of a connection. Filled in while it runs. */
export class ConnectionRecord {
  readonly number: number;
  /** `undefined`: a Unix socket. */
  client: HostPort | undefined;
  clientIp: IpAddress | undefined;
  /** When it was accepted, by `performance.now()`. */
  readonly startedAt: number;
  version: Version | "tls" | undefined;
  user: string | undefined;
  command: "connect" | "bind" | "udp" | "forward" | undefined;
  /** As the client asked. */
  target: HostPort | undefined;
  /** What it was connected to. */
  reached: HostPort | undefined;
  via: readonly string[] = [];
  /** Reply code in terms of version 5; `undefined` when none was sent. */
  reply: number | undefined;
  /** Why not. */
  why: string | undefined;
  /** Octets from the client to the target, and back; with UDP of payloads. */
  sent = 0;
  received = 0;
  /** Datagrams, with UDP. */
  datagramsSent = 0;
  datagramsReceived = 0;
  datagramsDropped = 0;
  ended: Ended = "client";
  /** From the request to the connection, in milliseconds. */
  connectMs: number | undefined;

  constructor(number: number, client: HostPort | undefined, clientIp: IpAddress | undefined) {
    this.number = number;
    this.client = client;
    this.clientIp = clientIp;
    this.startedAt = performance.now();
  }

  /** The record of the next request on the same connection. */
  next(): ConnectionRecord {
    return new ConnectionRecord(this.number, this.client, this.clientIp);
  }
}

/** Facts of a record by name, for `--log json`, at its end. Octets, milliseconds, reply codes of version 5. */
export function recordFacts(
  record: ConnectionRecord,
  now: number = performance.now(),
): Record<string, string | number | undefined> {
  const { client, target, reached, via } = record;
  return {
    number: record.number,
    client: client === undefined ? "unix" : formatHostPort(client),
    user: record.user,
    protocol: record.version === undefined
      ? undefined
      : record.version === "http" || record.version === "tls"
      ? record.version
      : `socks${record.version}`,
    command: record.command,
    target: target === undefined ? undefined : formatHostPort(target),
    reached: reached === undefined ? undefined : formatHostPort(reached),
    via: via.length === 0 ? undefined : via.map(withoutPassword).join(" "),
    reply: record.reply,
    reason: record.why,
    sent: record.sent,
    received: record.received,
    ...(record.command !== "udp" ? {} : {
      datagrams_sent: record.datagramsSent,
      datagrams_received: record.datagramsReceived,
      datagrams_dropped: record.datagramsDropped,
    }),
    duration_ms: Math.round((now - record.startedAt) * 10) / 10,
    ended: record.ended,
  };
}

/** A proxy's URL as it may be shown. The password ends at the last `@`, and it may hold whatever a user did not encode. */
export function withoutPassword(url: string): string {
  const at = url.split("?", 1)[0]!.lastIndexOf("@");
  const colon = url.indexOf(":", /^(?:[a-z0-9+.-]+:\/\/)*/i.exec(url)![0].length);
  return colon === -1 || colon > at ? url : `${url.slice(0, colon)}:***${url.slice(at)}`;
}

const COMMAND_WORDS = { connect: "CONNECT", bind: "BIND", udp: "UDP", forward: "HTTP" } as const;

/** Ends that the log has other words for. */
const ENDED_WORDS: Partial<Record<Ended, string>> = { refused: "refusal", idle: "idle timeout" };

/** The line of a connection in the log, at its end. */
export function recordText(record: ConnectionRecord, now: number = performance.now()): string {
  const { client, target, reached, via, reply } = record;
  let text = `#${record.number} ${client === undefined ? "unix" : formatHostPort(client)}`;
  if (record.user !== undefined) text += ` user ${record.user}`;
  if (record.version !== undefined) {
    text += record.version === "http" || record.version === "tls" ? ` ${record.version}` : ` socks${record.version}`;
  }
  if (record.command !== undefined) text += ` ${COMMAND_WORDS[record.command]}`;
  if (target !== undefined) text += ` ${formatHostPort(target)}`;
  if (reached !== undefined && (reached.host !== target?.host || reached.port !== target.port)) {
    text += ` (${formatHostPort(reached)})`;
  }
  if (via.length > 0) text += ` via ${via.map(withoutPassword).join(" ")}`;
  const refused = record.ended === "refused" ? "refused" : "no reply";
  text += reply === undefined ? `: ${refused}` : `: ${REPLY5_NAMES[reply] ?? "reply"} (${reply})`;
  if (record.why !== undefined) text += `: ${record.why}`;
  text += `, ${record.sent} up ${record.received} down`;
  if (record.command === "udp") {
    text += `, ${record.datagramsSent} datagrams up ${record.datagramsReceived} down`;
    if (record.datagramsDropped > 0) text += ` ${record.datagramsDropped} dropped`;
  }
  return `${text}, ${formatDuration(now - record.startedAt)}, ended by ${ENDED_WORDS[record.ended] ?? record.ended}`;
}
