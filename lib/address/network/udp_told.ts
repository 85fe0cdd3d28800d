// UDP-RECV and UDP-RECVFROM with what the system tells of each datagram (ip-pktinfo, so-timestamp …), which only sockets of
// the C library give.
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { resolveHost } from "../../dial/tcp.ts";
import type { Bytes } from "../../base/bytes.ts";
import { AF_INET, AF_INET6, decodeSockaddr, encodeSockaddr } from "../../stream/libc/sockaddr.ts";
import { SOCK_DGRAM } from "../../stream/libc/socket.ts";
import type { Stream } from "../../stream/stream.ts";
import { type DatagramPlan, receiving, receivingEach, type Refusal } from "./datagram_socket.ts";
import { type Admission, admission } from "./admission.ts";
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

async function planOf(place: HostPort, options: Options): Promise<DatagramPlan> {
  const host = parseIp(place.host) === undefined ? (await resolveHost(place.host, undefined))[0]! : place.host;
  const bound = encodeSockaddr({ host, port: place.port });
  return {
    label: "udp",
    kind: { domain: parseIp(host)!.family === 4 ? AF_INET : AF_INET6, type: SOCK_DGRAM, protocol: 0 },
    settings: [
      ...setFlags({ reuseaddr: options.reuseaddr, broadcast: options.broadcast || undefined }),
      ...multicastSettings({
        "ip-add-membership": options["ip-add-membership"],
        "ip-add-source-membership": options["ip-add-source-membership"],
      }),
      ...socketSettings(options),
    ],
    bind: bound,
    told: true,
    text: (address) => formatHostPort(placeOf(address)),
    aboutOf: (peer) => ({ label: "udp", local: place, remote: peer === undefined ? undefined : placeOf(peer) }),
  };
}

async function refusalOf(options: Options): Promise<Refusal> {
  const admits = await admission(options);
  return (sender) => admits(placeOf(sender));
}

/** What UDP-RECV opens to. */
export async function receiveTold(place: HostPort, options: Options, context: OpenContext): Promise<Stream> {
  return receiving(await planOf(place, options), await refusalOf(options), context);
}

/** What UDP-RECVFROM opens to. */
export async function* receiveEachTold(
  place: HostPort,
  options: Options & { readonly fork: boolean },
  context: OpenContext,
): AsyncGenerator<Stream> {
  yield* receivingEach(await planOf(place, options), await refusalOf(options), options.fork, context);
}
