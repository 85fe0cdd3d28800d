// Network devices whose packets this program carries: Linux' TUN and TAP (Documentation/networking/tuntap.rst).
import { utf8, utf8Text } from "../../base/bytes.ts";
import { DescriptorStream } from "./descriptor.ts";
import { cString, type Libc, needLibc, SystemError } from "./libc.ts";
import { AF_INET } from "./sockaddr.ts";
import { SOCK_DGRAM } from "./socket_fd.ts";
import type { Stream } from "../stream.ts";

/** What the device shall be. */
export interface TunSettings {
  /** The device that makes them. */
  readonly device: string;
  /** `tun`: packets of IP. `tap`: frames of Ethernet. */
  readonly type: "tun" | "tap";
  /** Its name. Default: the system's next one. */
  readonly name?: string | undefined;
  /** Four octets with the protocol come before each packet. */
  readonly header: boolean;
  /** Its address and network mask, four octets each. */
  readonly address?: { readonly ip: Uint8Array; readonly mask: Uint8Array } | undefined;
  /** Flags of the interface to set and to clear (linux/if.h). */
  readonly set: number;
  readonly clear: number;
}

const IFF_TUN = 1, IFF_TAP = 2, IFF_NO_PI = 0x1000;
const TUNSETIFF = 0x4004_54ca,
  SIOCGIFFLAGS = 0x8913,
  SIOCSIFFLAGS = 0x8914,
  SIOCSIFADDR = 0x8916,
  SIOCSIFNETMASK = 0x891c;
/** `struct ifreq`: the name, then what is asked or told. */
const NAME_SIZE = 16, REQUEST_SIZE = 40;

class Request {
  readonly bytes = new Uint8Array(REQUEST_SIZE);
  constructor(name: string) {
    this.bytes.set(utf8(name).subarray(0, NAME_SIZE - 1));
  }
  get name(): string {
    return utf8Text(this.bytes.subarray(0, this.bytes.indexOf(0)));
  }
  get flags(): Uint16Array {
    return new Uint16Array(this.bytes.buffer, NAME_SIZE, 1);
  }
  /** The same for an IPv4 address. */
  address(ip: Uint8Array): this {
    this.flags[0] = AF_INET;
    this.bytes.set(ip, NAME_SIZE + 4);
    return this;
  }
}

function ask(libc: Libc, fd: number, what: number, request: Request, doing: string): void {
  if (libc.call.ioctl(fd, what, request.bytes) < 0) throw new SystemError(libc, libc.errno(), `Cannot ${doing}`);
}

function configure(libc: Libc, name: string, { address, set, clear }: TunSettings): void {
  const socket = libc.call.socket(AF_INET, SOCK_DGRAM | libc.n.O_CLOEXEC, 0);
  if (socket < 0) throw new SystemError(libc, libc.errno(), `Cannot set "${name}"`);
  try {
    if (address !== undefined) {
      ask(libc, socket, SIOCSIFADDR, new Request(name).address(address.ip), `give "${name}" its address`);
      ask(libc, socket, SIOCSIFNETMASK, new Request(name).address(address.mask), `give "${name}" its network mask`);
    }
    if (set === 0 && clear === 0) return;
    const request = new Request(name), { flags } = request;
    ask(libc, socket, SIOCGIFFLAGS, request, `read the flags of "${name}"`);
    flags[0] = (flags[0]! | set) & ~clear;
    ask(libc, socket, SIOCSIFFLAGS, request, `set the flags of "${name}"`);
  } finally {
    libc.call.close(socket);
  }
}

/** Makes the device and gives the stream of its packets, with which it goes. Throws where it cannot be (root, Linux). */
export function openTun(settings: TunSettings): { stream: Stream; name: string } {
  const libc = needLibc("A network device"), { n, call } = libc;
  const { device } = settings;
  const fd = call.open(cString(device), n.O_RDWR | n.O_NONBLOCK | n.O_CLOEXEC, 0);
  if (fd < 0) throw new SystemError(libc, libc.errno(), `Cannot open "${device}"`);
  try {
    const request = new Request(settings.name ?? "");
    request.flags[0] = (settings.type === "tap" ? IFF_TAP : IFF_TUN) | (settings.header ? 0 : IFF_NO_PI);
    ask(libc, fd, TUNSETIFF, request, `make a ${settings.type} device`);
    const { name } = request;
    configure(libc, name, settings);
    const halves = { readable: true, writable: true, nonBlocking: true };
    return { stream: new DescriptorStream(fd, halves, { label: `${settings.type}:${name}` }, "datagrams"), name };
  } catch (error) {
    call.close(fd);
    throw error;
  }
}
