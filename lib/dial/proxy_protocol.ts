// The PROXY protocol, versions 1 and 2: who a relayed connection comes from, said in front of its data. The codec is pure.
// Source: the specification of HAProxy, "The PROXY protocol", sections 2.1 and 2.2.
import { type Bytes, concat, equalBytes, latin1, latin1Text } from "../base/bytes.ts";
import { FormatError, ProtocolError } from "../base/errors.ts";
import type { HostPort } from "../base/host_port.ts";
import { parsePort } from "../base/host_port.ts";
import { formatIp, ipFrom, parseIp, unmappedIp } from "../base/ip.ts";
import { ByteReader } from "../base/reader.ts";
import { printable } from "../base/text.ts";
import { ByteWriter } from "../base/writer.ts";
import { readExactly } from "../stream/exact.ts";
import type { Stream } from "../stream/stream.ts";

/** What a header says. Without addresses: the connection is the proxy's own (`LOCAL`), or `UNKNOWN`. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /** `stream` or `datagram`. */
  readonly transport: "stream" | "datagram";
  readonly source?: HostPort | undefined;
  readonly destination?: HostPort | undefined;
  /** Version 2: further values by type (`0x02`: the name that the client asked for). */
  readonly values?: ReadonlyMap<number, Uint8Array> | undefined;
}

/** What version 2 begins with. */
const SIGNATURE = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
/** A version 1 header with its CR LF has at most so many octets. */
const LONGEST_V1 = 107;
/** More than this for addresses and values is refused. */
const LONGEST_V2 = 4096;

/** Both addresses in one family, or `undefined` when there are none. */
function pair(header: ProxyHeader) {
  const { source, destination } = header;
  if (source === undefined || destination === undefined) return undefined;
  if (parseIp(source.host) === undefined || parseIp(destination.host) === undefined) return undefined;
  let from = unmappedIp(ipFrom(source.host)), to = unmappedIp(ipFrom(destination.host));
  if (from.family !== to.family) {
    from = mapped(from);
    to = mapped(to);
  }
  return { family: from.family, from, to, fromPort: source.port, toPort: destination.port };
}

/** An IPv4 address as an IPv6 one: `::ffff:a.b.c.d`. */
function mapped(ip: { family: 4 | 6; bytes: Uint8Array }): { family: 4 | 6; bytes: Uint8Array } {
  return ip.family === 6
    ? ip
    : { family: 6, bytes: concat([new Uint8Array(10), new Uint8Array([255, 255]), ip.bytes]) };
}

/** The octets of a header. */
export function encodeProxyHeader(header: ProxyHeader): Bytes {
  const both = pair(header);
  if (header.version === 1) {
    if (both === undefined) return latin1("PROXY UNKNOWN\r\n");
    const { family, from, to, fromPort, toPort } = both;
    return latin1(`PROXY TCP${family} ${formatIp(from.bytes)} ${formatIp(to.bytes)} ${fromPort} ${toPort}\r\n`);
  }
  const body = new ByteWriter();
  if (both !== undefined) body.bytes(both.from.bytes).bytes(both.to.bytes).u16(both.fromPort).u16(both.toPort);
  for (const [type, value] of header.values ?? []) body.u8(type).u16(value.length).bytes(value);
  const family = both === undefined ? 0 : (both.family === 4 ? 0x10 : 0x20) | (header.transport === "stream" ? 1 : 2);
  return new ByteWriter(16 + body.length).bytes(SIGNATURE)
    .u8(both === undefined ? 0x20 : 0x21).u8(family).u16(body.length).bytes(body.take()).take();
}

/** A version 1 line with its CR LF. A `FormatError` when it is none. */
export function parseProxyLine(bytes: Uint8Array): ProxyHeader {
  const text = latin1Text(bytes);
  const refuse = (why: string, at = 0) => new FormatError(`PROXY header "${printable(text.slice(0, 60))}": ${why}`, at);
  if (!text.endsWith("\r\n")) throw refuse("it does not end in CR LF", text.length);
  const [proxy, protocol, from, to, fromPort, toPort, ...more] = text.slice(0, -2).split(" ");
  if (proxy !== "PROXY") throw refuse("it does not begin with PROXY");
  if (protocol === "UNKNOWN") return { version: 1, transport: "stream" };
  if (protocol !== "TCP4" && protocol !== "TCP6") throw refuse("neither TCP4, TCP6 nor UNKNOWN", 6);
  const family = protocol === "TCP4" ? 4 : 6;
  const end = (host: string | undefined, port: string | undefined): HostPort => {
    const ip = parseIp(host ?? ""), number = parsePort(port ?? "");
    // Neither brackets nor a zone, and no zeros in front that one might read as octal and another not (2.1).
    const plain = family === 4 ? ip !== undefined && formatIp(ip) === host : /^[0-9a-f:.]+$/i.test(host ?? "");
    if (ip?.family !== family || !plain) throw refuse(`not an IPv${family} address`, 11);
    if (number === undefined || `${number}` !== port) throw refuse("not a port", 11);
    return { host: formatIp(ip), port: number };
  };
  if (more.length > 0) throw refuse("too many words");
  return { version: 1, transport: "stream", source: end(from, fromPort), destination: end(to, toPort) };
}

/** A version 2 header: its 16 octets and as many as they announce. A `FormatError` when it is none. */
export function parseProxyBinary(bytes: Uint8Array): ProxyHeader {
  const reader = new ByteReader(bytes);
  if (!equalBytes(reader.take(12, "signature"), SIGNATURE)) {
    throw new FormatError("The signature of PROXY v2 is missing");
  }
  const versionCommand = reader.u8(), familyTransport = reader.u8();
  if (versionCommand >> 4 !== 2) {
    throw new FormatError(`Version ${versionCommand >> 4} of the PROXY protocol is unknown`, 12);
  }
  const command = versionCommand & 15;
  if (command > 1) throw new FormatError(`Command ${command} of PROXY v2 is unknown`, 12);
  const body = reader.child(reader.u16(), "addresses");
  reader.done("the PROXY header");
  // LOCAL: the proxy speaks for itself, whatever else it says.
  if (command === 0) return { version: 2, transport: "stream" };
  const family = familyTransport >> 4, transport = familyTransport & 15;
  if (transport > 2) throw new FormatError(`Transport ${transport} of PROXY v2 is unknown`, 13);
  let ends: { source: HostPort; destination: HostPort } | undefined;
  if (family === 1 || family === 2) {
    const size = family === 1 ? 4 : 16;
    const from = formatIp(body.take(size, "source")), to = formatIp(body.take(size, "destination"));
    ends = { source: { host: from, port: body.u16() }, destination: { host: to, port: body.u16() } };
  } else if (family === 3) body.skip(216, "socket names");
  else if (family !== 0) throw new FormatError(`Address family ${family} of PROXY v2 is unknown`, 13);
  const values = new Map<number, Uint8Array>();
  // Of a connection without addresses the rest may be anything.
  while (family !== 0 && body.remaining > 0) {
    const type = body.u8();
    values.set(type, body.take(body.u16(), "value").slice());
  }
  return {
    version: 2,
    transport: transport === 2 ? "datagram" : "stream",
    ...ends,
    ...(values.size > 0 ? { values } : {}),
  };
}

/**
 * Reads a header of version 1 or 2 and nothing of what follows. `only` refuses the other version. A `ProtocolError` when
 * there is none: judged at the first octets, so that a client that waits for a greeting is not waited for in vain.
 */
export async function readProxyHeader(stream: Stream, only?: 1 | 2): Promise<ProxyHeader> {
  const what = "PROXY header";
  try {
    const start = latin1("PROXY ");
    let head = await readExactly(stream, 1, what);
    const possible = (bytes: Uint8Array) =>
      [start, SIGNATURE].some((whole) => equalBytes(bytes, whole.subarray(0, bytes.length)));
    while (head.length < start.length) {
      if (!possible(head)) break;
      head = concat([head, await readExactly(stream, 1, what)]);
    }
    if (!possible(head)) {
      throw new FormatError(
        `The connection does not begin with a PROXY header but with "${printable(latin1Text(head))}"`,
      );
    }
    const version = head[0] === start[0] ? 1 : 2;
    if (only !== undefined && version !== only) {
      throw new FormatError(`The PROXY header is of version ${version}, where version ${only} is asked for`);
    }
    if (version === 1) {
      while (head[head.length - 1] !== 0x0a) {
        if (head.length >= LONGEST_V1) throw new FormatError(`The PROXY header is longer than ${LONGEST_V1} octets`);
        head = concat([head, await readExactly(stream, 1, what)]);
      }
      return parseProxyLine(head);
    }
    head = concat([head, await readExactly(stream, 16 - head.length, what)]);
    const length = (head[14]! << 8) | head[15]!;
    if (length > LONGEST_V2) throw new FormatError(`The PROXY header announces ${length} octets`, 14);
    return parseProxyBinary(concat([head, await readExactly(stream, length, what)]));
  } catch (error) {
    if (error instanceof FormatError) throw new ProtocolError(error.message, { cause: error });
    throw error;
  }
}
