// `+nssearch`: all servers of a zone asked at once. Pure.
import type { Lookup, Server } from "../dig/settings.ts";
import { type Channel, NetworkError, socketText, type Target, targetOf } from "./channel.ts";
import { warnOfOpening } from "./failures.ts";
import type { Exchange, Next, Query, Surroundings } from "./surroundings.ts";

/** The run that asks. */
export interface AskAllRun {
  /** Counts a lookup as failed. */
  fail(): void;
  open(target: Target): Promise<Channel>;
  exchange(lookup: Lookup, query: Query, target: Target, channel: Channel): Exchange;
  send(exchange: Exchange): Promise<void>;
  answer(exchange: Exchange, bytes: Uint8Array): Promise<Next>;
}

/** Asks all servers of the lookup and shows each answer when it comes. */
export async function askAll(lookup: Lookup, query: Query, s: Surroundings, run: AskAllRun): Promise<void> {
  const { presenter } = s;
  const failed = () => {
    presenter.error("NS servers could not be reached");
    run.fail();
  };
  const notOpened = (target: Target, reason: string) => warnOfOpening(target, reason, presenter);
  let answered = false;
  const one = async (server: Server, lone: boolean) => {
    const target = targetOf(lookup, server, s.settings);
    const peer = { address: server.address, port: target.port };
    let channel: Channel | undefined;
    try {
      channel = await run.open(target);
      const exchange = run.exchange(lookup, query, target, channel);
      await run.send(exchange);
      // No way there at all: a datagram's socket knows only when it sends.
      if (channel.setupFailure !== undefined) return notOpened(target, channel.setupFailure);
      if (lone) return;
      for (;;) {
        const bytes = await channel.receive(target.timeoutMs);
        answered = true;
        exchange.receivedAt = s.now();
        if (await run.answer(exchange, bytes) !== "more") return;
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (channel === undefined) notOpened(target, error.reason);
      else presenter.warning(`communications error to ${socketText(peer)}: ${error.reason}`);
    } finally {
      channel?.close();
    }
  };
  const { servers } = lookup;
  const [first] = servers;
  if (first !== undefined && servers.length === 1) {
    // The reference gives a lone server up as soon as the question is sent: so do we, for scripts that know it.
    await one(first, true);
    return failed();
  }
  await Promise.all(servers.map((server) => one(server, false)));
  if (!answered && first !== undefined) failed();
}
