// UDP sockets as addresses want them: bound, with their options, members of multicast groups. ip(7), ipv6(7).
import { listenError } from "../../dial/errors.ts";
import { errorText, UsageError } from "../../base/errors.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { toggle, type Values } from "../../options/schema.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { setSocketOption, SOL_SOCKET } from "../../stream/libc/socket_fd.ts";
import { applySettings, type SocketSetting } from "../../stream/libc/socket_settings.ts";
import { NUMBERS } from "../../stream/libc/numbers.ts";
import { UdpSocket } from "../../stream/udp/socket.ts";
import { interfaceIndex, MULTICAST_OPTIONS, multicastSettings } from "./multicast.ts";
import { DATAGRAM_SOCKET_OPTIONS, isBeforeBinding, socketSettings } from "./socket_options.ts";

const group = "UDP";

/** Options of UDP sockets. */
export const UDP_SOCKET_OPTIONS = {
  ...DATAGRAM_SOCKET_OPTIONS,
  broadcast: toggle({ group, help: "Allow sending to broadcast addresses", aliases: ["so-broadcast"] }),
  ...MULTICAST_OPTIONS,
};

/** What the options of a UDP socket hold. */
export type UdpSocketOptions = Values<typeof UDP_SOCKET_OPTIONS>;

const { SO_REUSEPORT, SO_BROADCAST } = NUMBERS;

type BoundOptions = Partial<UdpSocketOptions> & {
  reuseaddr?: boolean | undefined;
  reuseport?: boolean;
  /** Whether who sends is answered. */
  answers?: boolean;
};

/** A bound socket with its options set. */
export async function boundSocket(place: HostPort, options: BoundOptions): Promise<UdpSocket> {
  let socket: UdpSocket;
  try {
    socket = UdpSocket.bind(place, {
      reuseAddress: options.reuseaddr || (options.reuseport && Deno.build.os !== "linux"),
      loopback: options["ip-multicast-loop"],
      // Elsewhere groups are joined by the runtime's sockets only.
      answers: options.answers && (Deno.build.os === "linux" || !options["ip-add-membership"]?.length),
      settings: settingsBeforeBinding(options),
    });
  } catch (error) {
    throw listenError(formatHostPort(place), error);
  }
  try {
    setOptions(socket, options);
    if (socket.conn !== undefined) await joinGroups(socket.conn, options);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** What comes too late once a socket is bound. With any of it the C library makes the socket, else the runtime. */
function settingsBeforeBinding(options: BoundOptions): SocketSetting[] {
  const settings = socketSettings(options).filter(isBeforeBinding);
  return options.reuseport && Deno.build.os === "linux"
    ? [{ option: "reuseport", level: SOL_SOCKET, name: SO_REUSEPORT, value: 1, when: "early" }, ...settings]
    : settings;
}

/** Sets what only the C library can. */
function setOptions({ fd, conn }: UdpSocket, options: BoundOptions): void {
  const settings = socketSettings(options).filter((setting) => !isBeforeBinding(setting));
  if (fd === undefined) {
    if (settings.length > 0) throw new Error(`Option "${settings[0]!.option}" of UDP cannot be set here`);
    return;
  }
  if (Deno.build.os === "linux") {
    // A socket of the runtime's own joins by the runtime.
    settings.push(...multicastSettings(conn === undefined ? options : { ...options, "ip-add-membership": [] }));
  }
  const libc = needLibc("A UDP socket");
  // The runtime allows it always.
  setSocketOption(libc, fd, {
    option: "broadcast",
    level: SOL_SOCKET,
    name: SO_BROADCAST,
    value: options.broadcast ? 1 : 0,
  });
  for (const when of ["early", "connected"] as const) applySettings(libc, fd, settings, when);
}

/** Joins the groups by the runtime. */
async function joinGroups(conn: NonNullable<UdpSocket["conn"]>, options: BoundOptions): Promise<void> {
  for (const { group, family, interfaces } of options["ip-add-membership"] ?? []) {
    const refused = (error: unknown): never => {
      const hint = interfaces.length > 0 ? "" : `: name an interface (${group}:eth0)`;
      throw new Error(`Cannot join the group ${group}: ${errorText(error)}${hint}`, { cause: error });
    };
    if (family === 6) {
      const index = interfaceIndex(interfaces.at(-1) ?? "0");
      await conn.joinMulticastV6(group, index).catch(refused);
    } else {
      const address = interfaceAddress(interfaces[0] ?? "0.0.0.0");
      const joined = await conn.joinMulticastV4(group, address).catch(refused);
      const { "ip-multicast-ttl": hops, "ip-multicast-loop": loop } = options;
      if (hops !== undefined) await joined.setTTL(hops);
      if (loop !== undefined) await joined.setLoopback(loop);
    }
  }
}

/** The IPv4 address of a network interface, which may be given by name. */
function interfaceAddress(word: string): string {
  if (parseIp(word) !== undefined) return word;
  const found = Deno.networkInterfaces().find(({ name, family }) => name === word && family === "IPv4");
  if (found === undefined) throw new UsageError(`There is no network interface "${word}" with an IPv4 address`);
  return found.address;
}

/** Names of interfaces are looked up in the system. */
export function namesInterface(options: Partial<UdpSocketOptions>): boolean {
  return (options["ip-add-membership"] ?? []).some(({ interfaces }) => interfaces.some((word) => /[a-z]/i.test(word)));
}

/** A socket on a free port below 1024, which only root may have. */
export async function lowSocket(local: HostPort, options: BoundOptions): Promise<UdpSocket> {
  const first = Math.floor(Math.random() * 384);
  for (let i = 0;; i++) {
    try {
      return await boundSocket({ host: local.host, port: 640 + (first + i) % 384 }, options);
    } catch (error) {
      if (i >= 383 || !/in use/i.test(error instanceof Error ? error.message : "")) throw error;
    }
  }
}
