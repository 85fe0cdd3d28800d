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
import { type Stream, WrappedStream } from "../../stream/stream.ts";
import { UdpAddress } from "../../stream/udp/address.ts";
import { type Admission, datagramAdmission } from "./admission.ts";
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

const placeOf = (address: Bytes): HostPort => decodeSockaddr(address)!;

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

function open(address: Bytes, settings: readonly SocketSetting[]): ToldDatagrams {
  const libc = needLibc("What the system tells of datagrams");
  const domain = parseIp(placeOf(address).host)!.family === 4 ? AF_INET : AF_INET6;
  const fd = openSocket(domain, SOCK_DGRAM, settings);
  try {
    bindSocket(fd, address);
    applySettings(libc, fd, settings, "connected");
    return new ToldDatagrams(fd, { label: "udp", local: placeOf(socketName(fd)) });
  } catch (error) {
    libc.call.close(fd);
    throw error;
  }
}

/** Throws a `ConnectError` when the socket cannot be had. */
async function listening(place: HostPort, options: Options, context: OpenContext): Promise<ToldDatagrams> {
  const host = parseIp(place.host) === undefined ? (await resolveHost(place.host, undefined))[0]! : place.host;
  const address = UdpAddress.from({ host, port: place.port }).sockaddr, settings = settingsOf(options);
  try {
    const socket = open(address, settings);
    context.onListening?.(formatHostPort(socket.about.local!));
    return socket;
  } catch (error) {
    throw listenError(formatHostPort(placeOf(address)), error);
  }
}

function logFacts({ facts }: ToldDatagrams, { log }: OpenContext): void {
  for (const { message, name, value } of facts) log.info(`ancillary message: ${message}: ${name}=${value}`);
}

/** Datagrams of those who are admitted. */
class Admitted extends WrappedStream {
  readonly #socket: ToldDatagrams;
  readonly #admits: (sender: HostPort) => boolean;
  readonly #context: OpenContext;

  constructor(socket: ToldDatagrams, admits: (sender: HostPort) => boolean, context: OpenContext) {
    super(socket);
    this.#socket = socket;
    this.#admits = admits;
    this.#context = context;
  }

  protected override async pull(view: Bytes): Promise<number | null> {
    for (;;) {
      const count = await this.#socket.read(view);
      if (count === null) return null;
      logFacts(this.#socket, this.#context);
      if (this.#admits(placeOf(this.#socket.sender))) return count;
    }
  }
}

/** What UDP-RECV opens to. */
export async function receiveTold(place: HostPort, options: Options, context: OpenContext): Promise<Stream> {
  const admits = await datagramAdmission(options, context.log);
  return new Admitted(await listening(place, options, context), admits, context);
}

/** What UDP-RECVFROM opens to. */
export async function* receiveEachTold(
  place: HostPort,
  options: Options & { readonly fork: boolean },
  context: OpenContext,
): AsyncGenerator<Stream> {
  const admits = await datagramAdmission(options, context.log);
  const socket = await listening(place, options, context);
  yield* eachDatagram(socket, options.fork, context, (sender) => {
    logFacts(socket, context);
    const remote = placeOf(sender!);
    if (!admits(remote)) return undefined;
    const facts = Object.fromEntries(socket.facts.map(({ variable, value }) => [variable, value]));
    return { about: { ...socket.about, remote, facts }, name: formatHostPort(remote) };
  });
}
