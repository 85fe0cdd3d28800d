// Addresses of datagrams over sockets of the C library, whatever their family: what SENDTO, DATAGRAM, RECV and RECVFROM do.
import type { Bytes } from "../../base/bytes.ts";
import { connectError, listenError } from "../../dial/errors.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { bindSocket, DatagramSocket, openSocket, type SocketKind, socketName } from "../../stream/libc/socket.ts";
import { applySettings, type SocketSetting } from "../../stream/libc/socket_settings.ts";
import { type About, type Stream, WrappedStream } from "../../stream/stream.ts";
import { eachDatagram } from "./each_datagram.ts";
import type { OpenContext } from "../model.ts";

/** A socket and what is asked of it. */
export interface DatagramPlan {
  /** For the labels of streams: `ip`, `socket`. */
  readonly label: string;
  readonly kind: SocketKind;
  readonly settings: readonly SocketSetting[];
  readonly bind: Bytes | undefined;
  /** The words for an address: in logs, and for who asks about the peer. */
  readonly text: (address: Bytes) => string;
  readonly aboutOf: (address: Bytes | undefined) => About;
  /** Octets of a datagram that are not data. */
  readonly headerOf?: (datagram: Bytes) => number;
  /** Say in the log, and tell programs, what the system tells of each datagram. */
  readonly told?: boolean;
}

/** Whose datagrams are taken: a reason for those that are not. */
export type Refusal = (sender: Bytes) => string | undefined;

function open(plan: DatagramPlan, peer: Bytes | undefined): DatagramSocket {
  const libc = needLibc(`A socket of this kind (${plan.label})`);
  const fd = openSocket(plan.kind, plan.settings);
  try {
    if (plan.bind !== undefined) bindSocket(fd, plan.bind);
    applySettings(libc, fd, plan.settings, "connected");
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
  return new DatagramSocket(fd, peer, plan.aboutOf(peer), plan.headerOf, plan.told);
}

/** Datagrams of those who are not refused. */
class FilteredDatagrams extends WrappedStream {
  readonly #socket: DatagramSocket;
  readonly #refused: (sender: Bytes) => boolean;

  constructor(socket: DatagramSocket, refused: (sender: Bytes) => boolean) {
    super(socket);
    this.#socket = socket;
    this.#refused = refused;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      const count = await this.#socket.read(view);
      if (count === null || !this.#refused(this.#socket.sender)) return count;
    }
  }
}

/** Sends to `to`, takes what is not `refused`. Throws a `ConnectError`. */
export function sendingTo(plan: DatagramPlan, to: Bytes, refused: Refusal, context: OpenContext): Stream {
  try {
    return new FilteredDatagrams(open(plan, to), (sender) => told(refused(sender), sender, plan, context));
  } catch (error) {
    throw connectError(plan.text(to), error);
  }
}

function told(why: string | undefined, sender: Bytes, plan: DatagramPlan, context: OpenContext): boolean {
  if (why === undefined) return false;
  if (why !== "") context.log.warning(`Refusing packet from ${plan.text(sender)} ${why}`);
  return true;
}

function listening(plan: DatagramPlan, context: OpenContext): DatagramSocket {
  const where = plan.bind === undefined ? plan.label : plan.text(plan.bind);
  try {
    const socket = open(plan, undefined);
    const bound = socketName(socket.fd);
    context.onListening?.(plan.bind === undefined || bound.length === 0 ? where : plan.text(bound));
    return socket;
  } catch (error) {
    throw listenError(where, error);
  }
}

function logFacts({ facts }: DatagramSocket, { log }: OpenContext): void {
  for (const { message, name, value } of facts) log.info(`ancillary message: ${message}: ${name}=${value}`);
}

/** Takes what is not `refused`, answers nobody. */
export function receiving(plan: DatagramPlan, refused: Refusal, context: OpenContext): Stream {
  const socket = listening(plan, context);
  return new FilteredDatagrams(socket, (sender) => {
    logFacts(socket, context);
    return told(refused(sender), sender, plan, context);
  });
}

/** Takes one datagram, with `fork` each, and may answer its sender. */
export function receivingEach(
  plan: DatagramPlan,
  refused: Refusal,
  fork: boolean,
  context: OpenContext,
): AsyncGenerator<Stream> {
  const socket = listening(plan, context);
  return eachDatagram(socket, fork, context, (sender) => {
    const name = sender === undefined || sender.length === 0 ? undefined : sender;
    logFacts(socket, context);
    const about = plan.aboutOf(name);
    const facts = Object.fromEntries(socket.facts.map(({ variable, value }) => [variable, value]));
    return {
      about: socket.facts.length === 0 ? about : { ...about, facts: { ...about.facts, ...facts } },
      name: name === undefined ? undefined : plan.text(name),
      refused: name === undefined ? undefined : refused(name),
    };
  });
}
