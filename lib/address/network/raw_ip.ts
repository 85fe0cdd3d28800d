// IP-…: packets of an IP protocol of one's own, over raw sockets (root only). RFC 791, RFC 8200.
import { UsageError } from "../../base/errors.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { HostPort } from "../../base/host_port.ts";
import { ipFrom, parseIp } from "../../base/ip.ts";
import { resolveHost } from "../../dial/tcp.ts";
import { integer, one, TEXT, triState, type Values } from "../../options/schema.ts";
import { needLibc } from "../../stream/libc/libc.ts";
import { AF_INET, AF_INET6, decodeSockaddr, encodeSockaddr } from "../../stream/libc/sockaddr.ts";
import { LISTEN_OPTIONS, PROTOCOL_FAMILY, WRAPPER_OPTIONS } from "../common.ts";
import { type DatagramPlan, receiving, receivingEach, type Refusal, sendingTo } from "./datagram_socket.ts";
import { admission } from "./admission.ts";
import { hostFrom } from "./listen.ts";
import { defineAddress, once, type OpenContext } from "../model.ts";
import { multicastOptions, multicastSettings } from "./multicast.ts";
import {
  GROUP_SOCKET_OPTIONS,
  IP_SOCKET_OPTIONS,
  setFlags,
  socketSettings,
  TOLD_SOCKET_OPTIONS,
  wantsTold,
} from "./socket_options.ts";

const group = "Raw IP";
const SOCK_RAW = 3;

const RAW_OPTIONS = {
  ...IP_SOCKET_OPTIONS,
  ...GROUP_SOCKET_OPTIONS,
  ...multicastOptions(group),
  bind: one(TEXT, { group, help: "Own address", placeholder: "HOST" }),
  pf: one(PROTOCOL_FAMILY, { group, help: "IP version", aliases: ["protocol-family"] }),
  reuseaddr: triState({ group, help: "No effect", aliases: ["so-reuseaddr"], hidden: true }),
  broadcast: triState({ group, help: "Broadcasts may be sent", aliases: ["so-broadcast"] }),
};
const RECEIVING_OPTIONS = {
  ...WRAPPER_OPTIONS,
  ...RAW_OPTIONS,
  ...TOLD_SOCKET_OPTIONS,
  range: LISTEN_OPTIONS.range,
  deny: LISTEN_OPTIONS.deny,
};
type Options = Values<typeof RAW_OPTIONS>;

const PROTOCOL = integer(0, 255);

function check(params: readonly string[]): void {
  const protocol = params.at(-1)!;
  try {
    PROTOCOL.parse(protocol);
  } catch {
    throw new UsageError(`"${protocol}" is not the number of an IP protocol from 0 to 255`);
  }
}

function familyOf(name: string, pf: string | undefined, fallback: 4 | 6 | undefined): 4 | 6 | undefined {
  const [, digit] = /^IP([46])/.exec(name) ?? [];
  if (digit !== undefined) return digit === "4" ? 4 : 6;
  return pf === undefined ? fallback : /6|10/.test(pf) ? 6 : 4;
}

const placeOf = (address: Bytes): HostPort => decodeSockaddr(address)!;
const textOf = (address: Bytes) => placeOf(address).host;

async function planOf(family: 4 | 6, protocol: string, options: Options): Promise<DatagramPlan> {
  const host = options.bind === undefined ? undefined : (await resolveHost(hostFrom(options.bind), family))[0]!;
  return {
    label: "ip",
    kind: { domain: family === 4 ? AF_INET : AF_INET6, type: SOCK_RAW, protocol: PROTOCOL.parse(protocol) },
    settings: [
      ...setFlags({ broadcast: options.broadcast }),
      ...multicastSettings(options),
      ...socketSettings(options),
    ],
    bind: host === undefined ? undefined : address(host),
    text: textOf,
    told: wantsTold(options),
    aboutOf: (peer) => ({ label: "ip", remote: peer === undefined ? undefined : { ...placeOf(peer), port: 0 } }),
    // The system gives IPv4 packets with their header, whose length in words is the low half of the first octet.
    ...(family === 4 ? { headerOf: (packet: Bytes) => ((packet[0] ?? 0) & 0x0f) * 4 } : {}),
  };
}

function address(host: string): Bytes {
  const libc = needLibc("Raw IP");
  return encodeSockaddr({ host, port: 0 }, (zone) => libc.call.if_nametoindex(new TextEncoder().encode(`${zone}\0`)));
}

async function target(name: string, host: string, options: Options, context: OpenContext) {
  const family = familyOf(name, options.pf, undefined);
  const literal = parseIp(hostFrom(host));
  const found = literal === undefined
    ? (await resolveHost(hostFrom(host), family, context.family))[0]!
    : hostFrom(host);
  return { to: address(found), family: ipFrom(found).family };
}

async function refusal(options: Values<typeof RECEIVING_OPTIONS>): Promise<Refusal> {
  const admits = await admission({ ...options, lowport: false });
  return (sender) => admits({ ...placeOf(sender), port: 0 });
}

const names = (word: string, ...short: string[]) =>
  ["", "4", "6"].flatMap((v) => [word, ...short].map((w) => `IP${v}${w}`));

/** IP-SENDTO. */
export const IP_SENDTO = defineAddress({
  names: names("-SENDTO", "-SEND", ""),
  syntax: "IP-SENDTO:<host>:<protocol>",
  summary: "Sends packets of an IP protocol to a host and takes those of this host only (root only)",
  params: { min: 2, max: 2 },
  options: RAW_OPTIONS,
  needs: ["ffi", "net", "sys"],
  check,
  open: ({ name, params: [host, protocol], options, context }) =>
    once(async () => {
      const { to, family } = await target(name, host!, options, context);
      const plan = await planOf(family, protocol!, options);
      return sendingTo(plan, to, (sender) => textOf(sender) === textOf(to) ? undefined : "", context);
    }),
});

/** IP-DATAGRAM. */
export const IP_DATAGRAM = defineAddress({
  names: names("-DATAGRAM", "-DGRAM"),
  syntax: "IP-DATAGRAM:<host>:<protocol>",
  summary:
    "Sends packets of an IP protocol to an address (broadcast, too) and takes those of everybody in range (root only)",
  params: { min: 2, max: 2 },
  options: RECEIVING_OPTIONS,
  needs: ["ffi", "net", "sys"],
  check,
  open: ({ name, params: [host, protocol], options, context }) =>
    once(async () => {
      const { to, family } = await target(name, host!, options, context);
      return sendingTo(await planOf(family, protocol!, options), to, await refusal(options), context);
    }),
});

/** IP-RECV. */
export const IP_RECV = defineAddress({
  names: names("-RECV"),
  syntax: "IP-RECV:<protocol>",
  summary: "Takes packets of an IP protocol from everybody and answers nobody (root only)",
  params: { min: 1, max: 1 },
  options: RECEIVING_OPTIONS,
  listens: true,
  needs: ["ffi", "net", "sys"],
  check,
  open: ({ name, params: [protocol], options, context }) =>
    once(async () => {
      const plan = await planOf(familyOf(name, options.pf, context.family) ?? 4, protocol!, options);
      return receiving(plan, await refusal(options), context);
    }),
});

/** IP-RECVFROM. */
export const IP_RECVFROM = defineAddress({
  names: names("-RECVFROM"),
  syntax: "IP-RECVFROM:<protocol>",
  summary: "Takes one packet of an IP protocol and may answer it; with fork, each by itself (root only)",
  params: { min: 1, max: 1 },
  options: { ...RECEIVING_OPTIONS, fork: LISTEN_OPTIONS.fork, "max-children": LISTEN_OPTIONS["max-children"] },
  listens: true,
  needs: ["ffi", "net", "sys"],
  check,
  async *open({ name, params: [protocol], options, context }) {
    const plan = await planOf(familyOf(name, options.pf, context.family) ?? 4, protocol!, options);
    yield* receivingEach(plan, await refusal(options), options.fork, context);
  },
});
