// UDP-RECV and UDP-RECVFROM with what the system tells of each datagram (ip-pktinfo, so-timestamp …), which only sockets of
// the C library give.
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { listenError } from "../../dial/errors.ts";
import { resolveHost } from "../../dial/tcp.ts";
import type { Bytes } from "../../base/bytes.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { AF_INET, AF_INET6, decodeSockaddr } from "../../stream/libc/sockaddr.ts";
import { bindSocket, openSocket, socketName, ToldDatagrams } from "../../stream/libc/socket.ts";
import { SOCK_DGRAM } from "../../stream/libc/socket_fd.ts";
import { applySettings, type SocketSetting } from "../../stream/libc/socket_settings.ts";
import { type About, type Stream, WrappedStream } from "../../stream/stream.ts";
import { UdpAddress } from "../../stream/udp/address.ts";
import { type Admission, admission } from "./admission.ts";
import { eachDatagram } from "./each_datagram.ts";
import type { OpenContext } from "../model.ts";
import { type Membership, multicastSettings, type SourceMembership } from "./multicast.ts";
import { setFlags, socketSettings } from "./socket_options.ts";

/** The options that are looked at; those of the socket by their names. */
interface Options extends Admission, Readonly<Record<string, unknown>> {
  readonly reuseaddr: boolean | undefined;
  readonly broadcast: boolean;
  readonly "ip-add-membership": readonly Membership[];
  readonly "ip-add-source-membership": readonly SourceMembership[];
}

/** Whose datagrams are taken: a reason for those that are not. */
type Refusal = (sender: Bytes) => string | undefined;

const placeOf = (address: Bytes): HostPort => decodeSockaddr(address)!;
const textOf = (address: Bytes): string => formatHostPort(placeOf(address));

function aboutOf(local: HostPort, peer: Bytes | undefined): About {
  return { label: "udp", local, remote: peer === undefined ? undefined : placeOf(peer) };
}

function settingsOf(options: Options): SocketSetting[] {
  return [
    ...setFlags({ reuseaddr: options.reuseaddr, broadcast: options.broadcast || undefined }),
    ...multicastSettings({
      "ip-add-membership": options["ip-add-membership"],
      "ip-add-source-membership": options["ip-add-source-membership"],
    }),
    ...socketSettings(options),
  ];
}

async function refusalOf(options: Options): Promise<Refusal> {
  const admits = await admission(options);
  return (sender) => admits(placeOf(sender));
}

function open(address: Bytes, place: HostPort, settings: readonly SocketSetting[]): ToldDatagrams {
  const libc = needLibc("What the system tells of datagrams");
  const domain = parseIp(placeOf(address).host)!.family === 4 ? AF_INET : AF_INET6;
  const fd = openSocket({ domain, type: SOCK_DGRAM, protocol: 0 }, settings);
  try {
    bindSocket(fd, address);
    applySettings(libc, fd, settings, "connected");
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
  return new ToldDatagrams(fd, aboutOf(place, undefined));
}

/** Throws a `ConnectError` when the socket cannot be had. */
async function listening(place: HostPort, options: Options, context: OpenContext): Promise<ToldDatagrams> {
  const host = parseIp(place.host) === undefined ? (await resolveHost(place.host, undefined))[0]! : place.host;
  const address = UdpAddress.from({ host, port: place.port }).sockaddr, settings = settingsOf(options);
  try {
    const socket = open(address, place, settings);
    context.onListening?.(textOf(socketName(socket.fd)));
    return socket;
  } catch (error) {
    throw listenError(textOf(address), error);
  }
}

function logFacts({ facts }: ToldDatagrams, { log }: OpenContext): void {
  for (const { message, name, value } of facts) log.info(`ancillary message: ${message}: ${name}=${value}`);
}

/** Datagrams of those who are not refused. */
class Admitted extends WrappedStream {
  readonly #socket: ToldDatagrams;
  readonly #refusal: Refusal;
  readonly #context: OpenContext;

  constructor(socket: ToldDatagrams, refusal: Refusal, context: OpenContext) {
    super(socket);
    this.#socket = socket;
    this.#refusal = refusal;
    this.#context = context;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      const count = await this.#socket.read(view);
      if (count === null) return null;
      logFacts(this.#socket, this.#context);
      const { sender } = this.#socket, why = this.#refusal(sender);
      if (why === undefined) return count;
      this.#context.log.warning(`Refusing packet from ${textOf(sender)} ${why}`);
    }
  }
}

/** What UDP-RECV opens to. */
export async function receiveTold(place: HostPort, options: Options, context: OpenContext): Promise<Stream> {
  const refusal = await refusalOf(options);
  return new Admitted(await listening(place, options, context), refusal, context);
}

/** What UDP-RECVFROM opens to. */
export async function* receiveEachTold(
  place: HostPort,
  options: Options & { readonly fork: boolean },
  context: OpenContext,
): AsyncGenerator<Stream> {
  const refusal = await refusalOf(options);
  const socket = await listening(place, options, context);
  yield* eachDatagram(socket, options.fork, context, (sender) => {
    logFacts(socket, context);
    const facts = Object.fromEntries(socket.facts.map(({ variable, value }) => [variable, value]));
    return {
      about: { ...aboutOf(place, sender), ...(socket.facts.length === 0 ? {} : { facts }) },
      name: sender === undefined ? undefined : textOf(sender),
      refused: sender === undefined ? undefined : refusal(sender),
    };
  });
}
