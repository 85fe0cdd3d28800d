// CONNECT: the server's side, from the permitted request to the end of the tunnel. No I/O of its own.
import { ConnectError } from "../../base/errors.ts";
import { formatHostPort } from "../../base/host_port.ts";
import type { Stream } from "../../stream/stream.ts";
import { Ahead } from "../carrying/ahead.ts";
import { boundAddress, type SocksAddress } from "../codec/address.ts";
import type { KeptOrigin } from "../http/kept_origin.ts";
import { encodeSuccess } from "../handshake/reply.ts";
import type { Session } from "../session.ts";
import { type FirstRead, Tunnel } from "../carrying/tunnel.ts";

/** How long a connect may still take when the client has ended its half: it may have gone for good. */
const HALF_CLOSED_MS = 400;

/** Connecting for a client that is watched meanwhile. */
export interface Connected {
  readonly target: Stream;
  readonly bound: SocksAddress;
  readonly ahead: Ahead;
  /** Where it was connected to before: the read that waits for what the target says next. */
  readonly waiting?: FirstRead | undefined;
}

/**
 * Decides and connects. Given up when it takes too long, and within a second when the client leaves meanwhile.
 * `watched` is what the client is read from, now and afterwards; `first` what was read of it. `origin` serves again where
 * it is what was decided.
 */
export async function connectFor(
  session: Session,
  watched: Stream,
  first: FirstRead | undefined = session.first,
  origin?: KeptOrigin,
): Promise<Connected> {
  const { server, request, record } = session;
  const { deadlines, config: { limits } } = server;
  const abort = new AbortController();
  const giveUp = (why: string, reason: "aborted" | "timed-out") =>
    abort.abort(new ConnectError(formatHostPort(request.address), why, { reason }));
  const gone = () => giveUp("the client has left", "aborted");
  let graceful = undefined as ReturnType<typeof deadlines.add>;
  const ahead = new Ahead(watched, (gracefully) => {
    if (gracefully) graceful = deadlines.add(HALF_CLOSED_MS, gone);
    else gone();
  }, first);
  const deadline = deadlines.add(limits.connectMs, () => giveUp("Connection timed out", "timed-out"));
  const started = performance.now();
  try {
    const decision = server.permitNow(session) ?? await raced(server.permit(session), abort.signal);
    const waiting = origin?.take(decision);
    const target = waiting === undefined ? await server.dial(session, decision, abort.signal) : origin!.stream;
    if (waiting === undefined) record.connectMs = performance.now() - started;
    else record.via = decision.chain;
    record.reached = target.about.remote;
    server.observed(session, target);
    return { target, bound: boundAddress(target.about.local), ahead, waiting };
  } catch (error) {
    session.pending = ahead.take().count;
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    deadlines.clear(limits.connectMs, deadline);
    if (graceful !== undefined) deadlines.clear(HALF_CLOSED_MS, graceful);
  }
}

/** Resolving a name cannot be given up, but it need not be waited for. */
async function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
      }),
    ]);
  } finally {
    signal.removeEventListener("abort", onAbort!);
  }
}

/** Carries a CONNECT out. Throws what is to be answered. */
export async function serveConnect(session: Session): Promise<void> {
  const { server, request, record } = session;
  const client = server.watched(session);
  const { target, bound, ahead } = await connectFor(session, client);
  try {
    record.reply = 0;
    await session.stream.write(encodeSuccess(request.version, bound));
  } catch {
    // The client left in the same moment.
    ahead.take();
    await target.close();
    return;
  }
  await runTunnel(session, client, target, ahead.take());
}

/** Runs a tunnel under the watch of the server; the record gets its figures. */
export async function runTunnel(session: Session, client: Stream, target: Stream, first: FirstRead): Promise<void> {
  const { server, record } = session;
  const { network } = server.config;
  const tunnel = new Tunnel(client, target, session.rate, {
    hurry: (side) => network.hurry?.(side === "client" ? session.stream : target),
    reset: async () => await network.reset?.(session.stream) ?? false,
  });
  const place = server.enter(tunnel);
  try {
    await tunnel.run(first);
  } finally {
    server.leave(place);
    record.sent = tunnel.sent;
    record.received = tunnel.received;
    record.ended = tunnel.ended;
    if (tunnel.error !== undefined) record.why = String(tunnel.error);
  }
}
