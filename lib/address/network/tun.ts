// TUN: a network device of our own; what the system sends through it is read, what is written it receives. Linux, root.
import { utf8 } from "../../base/bytes.ts";
import { FormatError, UsageError } from "../../base/errors.ts";
import { parsePrefix } from "../../base/ip.ts";
import { choice, FILE, one, TEXT, triState, type ValueType } from "../../options/schema.ts";
import { inNamespace } from "../../stream/libc/namespace.ts";
import { openTun } from "../../stream/libc/tun.ts";
import { defineAddress, once } from "../model.ts";

const group = "Network devices";

/** What the system takes; it would cut a longer one. */
const DEVICE_NAME: ValueType<string> = {
  placeholder: "NAME",
  parse(text) {
    if (/^[^\s/:]+$/.test(text) && utf8(text).length <= 15) return text;
    throw new FormatError(`"${text}" is no name of a device: at most 15 octets, without blanks, slashes and colons`);
  },
};

/** Flags of an interface, in the numbers of linux/if.h. */
const FLAGS = {
  "iff-up": [1, "It is up", ["up"]],
  "iff-broadcast": [2, "Broadcasts are possible"],
  "iff-debug": [4, "Its driver tells more"],
  "iff-loopback": [8, "It leads back to this machine"],
  "iff-pointopoint": [0x10, "It leads to one machine", ["pointopoint"]],
  "iff-notrailers": [0x20, "No trailers", ["notrailers"]],
  "iff-running": [0x40, "It is ready", ["running"]],
  "iff-noarp": [0x80, "No ARP", ["noarp"]],
  "iff-promisc": [0x100, "It takes frames that are for others", ["promisc"]],
  "iff-allmulti": [0x200, "It takes all multicast", ["allmulti"]],
  "iff-multicast": [0x1000, "Multicast is possible"],
} as const satisfies Record<string, readonly [number, string, (readonly string[])?]>;

const NAMES = Object.keys(FLAGS) as (keyof typeof FLAGS)[];

const FLAG_OPTIONS = Object.fromEntries(NAMES.map((name) => {
  const [, help, aliases] = FLAGS[name] as readonly [number, string, string[]?];
  return [name, triState({ group, help, hidden: name !== "iff-up", ...(aliases === undefined ? {} : { aliases }) })];
})) as Record<keyof typeof FLAGS, ReturnType<typeof triState>>;

/** The address and mask of `10.0.0.1/24`. */
function addressOf(text: string): { ip: Uint8Array; mask: Uint8Array } {
  const prefix = /\//.test(text) ? parsePrefix(text.replace(/^.*\//, "0.0.0.0/")) : undefined;
  const own = parsePrefix(text.replace(/\/.*$/, "/32"));
  if (prefix === undefined || own === undefined || own.ip.bytes.length !== 4) {
    throw new UsageError(
      `Cannot parse address "TUN:${text}": write an IPv4 address and the length of its prefix: TUN:10.0.0.1/24`,
    );
  }
  const mask = new Uint8Array(4);
  new DataView(mask.buffer).setUint32(0, prefix.bits === 0 ? 0 : 0xffff_ffff << (32 - prefix.bits));
  return { ip: own.ip.bytes, mask };
}

/** TUN. */
export const TUN = defineAddress({
  names: ["TUN"],
  syntax: "TUN or TUN:<address>/<bits>",
  summary: "A new network device (Linux, root): packets that the system sends through it",
  params: { min: 0, max: 1 },
  options: {
    "tun-type": one(choice(["tun", "tap"]), { group, help: "Packets of IP, or frames of Ethernet", fallback: "tun" }),
    "tun-name": one(DEVICE_NAME, { group, help: "Name of the device" }),
    "tun-device": one(FILE, { group, help: "What makes such devices", fallback: "/dev/net/tun", hidden: true }),
    "iff-no-pi": triState({ group, help: "No four octets before each packet", aliases: ["no-pi", "tun-no-pi"] }),
    netns: one(TEXT, { group, help: "In this network namespace", placeholder: "NAME" }),
    ...FLAG_OPTIONS,
  },
  needs: ["ffi"],
  check: ([address]) => void (address === undefined || addressOf(address)),
  open: ({ params: [address], options, context }) =>
    once(async () => {
      const bits = (value: boolean) =>
        NAMES.reduce((sum, name) => options[name] === value ? sum | FLAGS[name][0] : sum, 0);
      const make = () =>
        openTun({
          device: options["tun-device"],
          type: options["tun-type"],
          name: options["tun-name"],
          header: options["iff-no-pi"] !== true,
          address: address === undefined ? undefined : addressOf(address),
          set: bits(true),
          clear: bits(false),
        });
      const { stream, name } = options.netns === undefined ? make() : inNamespace(options.netns, make);
      context.log.notice(`TUN: new device "${name}"`);
      return stream;
    }),
});
