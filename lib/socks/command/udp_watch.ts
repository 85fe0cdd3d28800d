// Who watches the datagrams of one association: each target is a conversation of its own. Pure.
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import type { FlowObserver } from "../../stream/tap.ts";
import type { Session } from "../session.ts";

/** The watchers of one association. Made only where somebody watches. */
export class UdpWatch {
  readonly #session: Session;
  readonly #targets = new Map<string, readonly FlowObserver[]>();
  /** The conversation of the last datagram: where the answers of a target belong that only a proxy knows the address of. */
  #last: readonly FlowObserver[] = [];
  #over = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** A datagram went from `client`, which sends to `relay`, to `to`, from our own `port` where that is known. */
  sent(client: HostPort, relay: HostPort, to: HostPort, port: number | undefined, payload: Uint8Array): void {
    if (this.#over) return;
    const key = formatHostPort(to);
    let observers = this.#targets.get(key);
    if (observers === undefined) {
      const { record, server: { config } } = this.#session;
      if (this.#targets.size >= config.limits.udpTargets) this.#forget(this.#targets.keys().next().value!);
      const ip = parseIp(to.host);
      const host = ip === undefined ? undefined : config.network.localFor(ip);
      observers = config.observe!({
        record,
        client: { label: "udp", local: relay, remote: client },
        target: {
          label: "udp",
          remote: to,
          local: host === undefined || port === undefined ? undefined : { host, port },
        },
        transport: "udp",
      });
      this.#targets.set(key, observers);
    }
    this.#last = observers;
    for (const observer of observers) observer.data(">", payload);
  }

  /** A datagram of `from` went to the client. */
  received(from: HostPort, payload: Uint8Array): void {
    if (this.#over) return;
    for (const observer of this.#targets.get(formatHostPort(from)) ?? this.#last) observer.data("<", payload);
  }

  #forget(key: string): void {
    for (const observer of this.#targets.get(key)!) observer.close?.();
    this.#targets.delete(key);
  }

  /** The association is over. */
  close(): void {
    this.#over = true;
    for (const key of [...this.#targets.keys()]) this.#forget(key);
  }
}
