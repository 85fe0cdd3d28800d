// HTTP requests with an absolute URI, forwarded to their origin (RFC 9110, 7.6; RFC 9112). No I/O of its own.
// Both connections may go on after the response, the origin's for this client alone. Who watches sees one request each.
import { ConnectError, ProtocolError } from "../../base/errors.ts";
import { formatHostPort } from "../../base/host_port.ts";
import type { Stream } from "../../stream/stream.ts";
import { type Connected, connectFor, runTunnel } from "../command/connect.ts";
import { DRAIN_MS, lastWords, readOut } from "../handshake/last_words.ts";
import type { Session } from "../session.ts";
import { type FirstRead, isReset } from "../carrying/tunnel.ts";
import { BodyPass, requestBody } from "./body.ts";
import { Exchange } from "./exchange.ts";
import { hopByHop, originHead, ownAnswer, wantsMore, wantsWebSocket } from "./heads.ts";
import { KeptOrigin } from "./kept_origin.ts";

/** Carries a forwarded request out. Throws what is to be answered. */
export async function serveForward(session: Session): Promise<void> {
  const { server, request, record, origin } = session;
  const http = request.http!;
  session.origin = undefined;
  const own = ownAnswer(http);
  if (own !== undefined) {
    record.reply = 0;
    return await lastWords(server.deadlines, session.stream, own);
  }
  const client = server.watched(session);
  const keeps = () => wantsMore(http) && session.late === undefined && !server.draining;
  const head = originHead(http, keeps());
  // Read before there were watchers: they see it as the origin does.
  session.late?.data(">", head);
  const left = await ask(session, client, head, keeps, await connectFor(session, client, session.first, origin));
  if (left !== undefined) await ask(session, client, head, keeps, await connectFor(session, client, left));
}

/**
 * Sends a request and passes its response on. Gives what was read of the client meanwhile where an origin that was asked
 * before left without a word: the request may be made anew then.
 */
async function ask(
  session: Session,
  client: Stream,
  head: Uint8Array,
  keeps: () => boolean,
  { target, ahead, waiting }: Connected,
): Promise<FirstRead | undefined> {
  const { server, request, record } = session;
  const http = request.http!;
  const { network } = server.config;
  // Watching is no reason to wait: what is watched is the client's stream still.
  const hasten = (stream: Stream) => network.hurry?.(stream === client ? session.stream : stream);
  const exchange = new Exchange(client, target, session.rate, hasten, session.first?.data !== undefined);
  const place = server.enter(exchange);
  // A client that wants to change the protocol sends nothing before it knows.
  const mayChange = wantsWebSocket(http);
  let sending: Promise<void> | undefined;
  const body = new BodyPass(requestBody(http.head), "strict", hopByHop(http.head));
  const send = () => sending ??= exchange.request(body, ahead.take());
  try {
    let changed: boolean;
    try {
      await exchange.head(head);
      if (!mayChange) void send();
      changed = await exchange.response(http, mayChange, keeps, waiting);
    } catch (error) {
      if (exchange.received > 0) {
        if (error instanceof ProtocolError && exchange.ended === "target") record.why = error.message;
        // A response that ends with its connection would look complete.
        if (isReset(error) && exchange.ended === "target") await network.reset?.(session.stream);
        return undefined;
      }
      if (exchange.ended !== "target" && exchange.ended !== "idle") return undefined;
      if (waiting !== undefined && !exchange.heard && exchange.ended === "target") {
        await send();
        return exchange.next;
      }
      session.pending = send().then(() => exchange.next?.count ?? null);
      if (exchange.ended === "idle") {
        throw new ConnectError(formatHostPort(request.address), "it does not answer", { reason: "timed-out" });
      }
      throw exchange.broken ?? error;
    }
    if (changed) {
      server.leave(place);
      await runTunnel(session, client, target, ahead.take());
      exchange.sent += record.sent;
      exchange.received += record.received;
      exchange.ended = record.ended;
      return undefined;
    }
    if (exchange.keeps) {
      // A limit of octets per second may still hold the request up.
      await send();
      session.kept = exchange.next;
      if (exchange.takesMore) session.origin = KeptOrigin.keep(target, request, record.via);
      return undefined;
    }
    await client.closeWrite();
    // What the client says from now on goes nowhere.
    session.late?.close();
    // An origin that has answered early may still want the rest of the request.
    const deadline = server.deadlines.add(DRAIN_MS, () => void client.close());
    await send();
    server.deadlines.clear(DRAIN_MS, deadline);
    await readOut(server.deadlines, client, exchange.next?.count);
    return undefined;
  } finally {
    server.leave(place);
    if (exchange.received > 0) record.reply = 0;
    record.sent = exchange.sent;
    record.received = exchange.received;
    record.ended = exchange.ended;
    if (session.origin === undefined) await target.close();
  }
}
