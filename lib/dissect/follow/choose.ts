// Which protocol octets are: by override, by port, by their first bytes. Pure.
import { UsageError } from "../../base/errors.ts";
import { parsePort } from "../../base/host_port.ts";
import { nearest } from "../../base/text.ts";
import { LAYERS } from "../layers.ts";
import { PROTOCOLS } from "../list.ts";
import type { Decode, Ports, Protocol, Side } from "../protocol.ts";

const BY_NAME = new Map(PROTOCOLS.map((protocol) => [protocol.name, protocol]));
const PRECEDING = PROTOCOLS.filter((protocol) => protocol.precedes);
const BY_PORT = { tcp: new Map<number, Protocol>(), udp: new Map<number, Protocol>() };
for (const protocol of PROTOCOLS) {
  for (const port of protocol.tcp ?? []) if (!BY_PORT.tcp.has(port)) BY_PORT.tcp.set(port, protocol);
  for (const port of protocol.udp ?? []) if (!BY_PORT.udp.has(port)) BY_PORT.udp.set(port, protocol);
}

/** The protocol of a name in the list, or `undefined`. */
export function protocolNamed(name: string): Protocol | undefined {
  return BY_NAME.get(name);
}

/** The name of a protocol of applications in the list; a `UsageError` for any other. */
export function checkedProtocol(name: string): string {
  if (!BY_NAME.has(name)) throw unknownProtocol(name, [...BY_NAME.keys()]);
  return name;
}

/** Every name that `--bytes` takes, applications first. */
export function protocolNames(): string[] {
  return [...BY_NAME.keys(), ...LAYERS.map((layer) => layer.name).filter((name) => !BY_NAME.has(name))];
}

/** What to say of a name that is none of `known`. */
export function unknownProtocol(name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  return near === undefined
    ? new UsageError(`Unknown protocol "${name}"`, `known: ${known.join(" ")}`)
    : new UsageError(`Unknown protocol "${name}": did you mean "${near}"?`);
}

/** `tcp:8080=http` (`--decode`). A `UsageError` says what is wrong and what to type. */
export function parseDecode(text: string): Decode {
  const match = /^(tcp|udp):(\d+)=([a-z0-9-]+)$/i.exec(text.trim());
  const port = match === null ? undefined : parsePort(match[2]!);
  if (match === null || port === undefined) {
    throw new UsageError(
      `Cannot parse flag "--decode": "${text}" is not TRANSPORT:PORT=PROTOCOL`,
      "write tcp:8080=http",
    );
  }
  return {
    transport: match[1]!.toLowerCase() as "tcp" | "udp",
    port,
    protocol: checkedProtocol(match[3]!.toLowerCase()),
  };
}

function byPorts(transport: "tcp" | "udp", ports: Ports): Protocol | undefined {
  const table = BY_PORT[transport];
  return (ports.server === undefined ? undefined : table.get(ports.server)) ??
    (ports.client === undefined ? undefined : table.get(ports.client));
}

/** The protocol whose usual port this is. */
export function protocolOfPort(transport: "tcp" | "udp", port: number): Protocol | undefined {
  return BY_PORT[transport].get(port);
}

function overridden(transport: "tcp" | "udp", ports: Ports, decode: readonly Decode[]): Protocol | undefined {
  for (const rule of decode) {
    if (rule.transport === transport && (rule.port === ports.server || rule.port === ports.client)) {
      return BY_NAME.get(rule.protocol);
    }
  }
  return undefined;
}

/**
 * The protocol of a stream whose first octets by `side` are `bytes`: `undefined` when nobody knows it, "wait" when
 * more octets will tell. A port's protocol is taken unless the octets speak against it.
 */
export function chooseStream(
  bytes: Uint8Array,
  side: Side,
  ports: Ports,
  decode: readonly Decode[],
  last: boolean,
): Protocol | "wait" | undefined {
  const rule = overridden("tcp", ports, decode);
  if (rule?.stream !== undefined) return rule;
  for (const protocol of PRECEDING) {
    const guess = protocol.detect!(bytes, side);
    if (guess === "yes") return protocol;
    if (guess === "maybe" && !last) return "wait";
  }
  const usual = byPorts("tcp", ports);
  if (usual?.stream !== undefined) {
    if ((usual.detect?.(bytes, side) ?? "yes") !== "no" || usual.resumes?.(bytes, side) === true) return usual;
  }
  let maybe = false;
  for (const protocol of PROTOCOLS) {
    if (protocol.stream === undefined || protocol.detect === undefined) continue;
    const guess = protocol.detect(bytes, side);
    if (guess === "yes") return protocol;
    if (guess === "maybe") maybe = true;
  }
  return maybe && !last ? "wait" : undefined;
}

/**
 * The protocol of a stream that nobody knew so far, as captures begin in the middle and lose octets: that of its port,
 * when a message of it surely begins here.
 */
export function resumeStream(
  bytes: Uint8Array,
  side: Side,
  ports: Ports,
  decode: readonly Decode[],
): Protocol | undefined {
  const usual = overridden("tcp", ports, decode) ?? byPorts("tcp", ports);
  if (usual?.stream === undefined) return undefined;
  const begins = usual.resumes?.(bytes, side) ?? usual.detect?.(bytes, side) === "yes";
  return begins ? usual : undefined;
}

/**
 * The protocol of one datagram, or `undefined`: one that it surely is, of the ports' protocols first; else one of a port that
 * it can be. `strange`: the port lied before, so only what is sure counts.
 */
export function chooseDatagram(
  bytes: Uint8Array,
  ports: Ports,
  decode: readonly Decode[],
  strange = false,
): Protocol | undefined {
  const rule = overridden("udp", ports, decode);
  if (rule?.datagram !== undefined) return rule;
  const there = usualDatagram(ports.server, bytes), here = usualDatagram(ports.client, bytes);
  if (there?.detectDatagram?.(bytes) === true) return there;
  if (here?.detectDatagram?.(bytes) === true) return here;
  const sure = PROTOCOLS.find((each) => each.datagram !== undefined && each.detectDatagram?.(bytes) === true);
  return sure ?? (strange ? undefined : there ?? here);
}

/** The protocol of a port, when a datagram can be it. */
function usualDatagram(port: number | undefined, bytes: Uint8Array): Protocol | undefined {
  const usual = port === undefined ? undefined : BY_PORT.udp.get(port);
  return usual?.datagram !== undefined && usual.fits?.(bytes, port) !== false ? usual : undefined;
}
