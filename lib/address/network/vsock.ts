// VSOCK: between a virtual machine and its host, where the runtime and the kernel have it.
import { UsageError } from "../../base/errors.ts";
import { connectError, listenError } from "../../dial/errors.ts";
import { withinLimit } from "../../dial/limit.ts";
import { DURATION, one, TEXT } from "../../options/schema.ts";
import { ConnStream } from "../../stream/conn.ts";
import type { Stream } from "../../stream/stream.ts";
import { FORK_CONNECT_OPTIONS, LISTEN_OPTIONS } from "../common.ts";
import { accepted, type Listener } from "./listen.ts";
import { defineAddress, once } from "../model.ts";

const LARGEST = 0xffff_ffff;

function number(text: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : /^0x[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : NaN;
  if (!(value <= LARGEST)) throw new UsageError(`"${text}" is not a ${what} of VSOCK`);
  return value;
}

/** VMADDR_CID_ANY. */
const ANY = LARGEST;

/** A connection as a stream; what programs are told of its ends has socat's names. */
function vsockStream(conn: Deno.Conn): Stream {
  const facts: Record<string, string> = {};
  const place = (end: string, { cid, port }: Deno.VsockAddr) => {
    facts[`${end}ADDR`] = String(cid);
    facts[`${end}PORT`] = String(port);
  };
  const remote = conn.remoteAddr as Deno.VsockAddr;
  place("SOCK", conn.localAddr as Deno.VsockAddr);
  place("PEER", remote);
  return new ConnStream(conn, { label: `vsock:${remote.cid}:${remote.port}`, facts });
}

/** A connection, or what a limit of time throws: the runtime's own wait cannot be cut short. */
async function connectVsock(cid: number, port: number, limit: AbortSignal | undefined): Promise<Deno.Conn> {
  const connecting = Deno.connect({ transport: "vsock", cid, port });
  if (limit === undefined) return await connecting;
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(limit.reason);
  if (limit.aborted) giveUp();
  limit.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([connecting, given.promise]);
  } catch (error) {
    connecting.then((late) => late.close(), () => {});
    throw error;
  } finally {
    limit.removeEventListener("abort", giveUp);
  }
}

/** The context number of `bind=[CID][:PORT]`; all of them where none stands. The port is the address's own, as in socat. */
function boundCid(bind: string | undefined): number {
  const cid = bind?.replace(/:.*$/s, "") ?? "";
  return cid === "" ? ANY : number(cid, "context number");
}

/** VSOCK-CONNECT. */
export const VSOCK_CONNECT = defineAddress({
  names: ["VSOCK-CONNECT", "VSOCK"],
  syntax: "VSOCK-CONNECT:<cid>:<port>",
  summary: "Connects to a VSOCK port (cid 2 is the host, 1 this machine)",
  params: { min: 2, max: 2 },
  options: {
    ...FORK_CONNECT_OPTIONS,
    "connect-timeout": one(DURATION, { group: "VSOCK", help: "Give up connecting after so long" }),
  },
  needs: ["net"],
  check([cid, port]) {
    number(cid!, "context number");
    number(port!, "port");
  },
  open: ({ params: [cid, port], options, context }) =>
    once(async (): Promise<Stream> => {
      const limit = { signal: context.signal, timeoutMs: options["connect-timeout"] };
      const place = [number(cid!, "context number"), number(port!, "port")] as const;
      try {
        return vsockStream(await withinLimit(limit, (signal) => connectVsock(...place, signal)));
      } catch (error) {
        throw connectError(`vsock:${cid}:${port}`, error);
      }
    }),
});

/** VSOCK-LISTEN. */
export const VSOCK_LISTEN = defineAddress({
  names: ["VSOCK-LISTEN", "VSOCK-L"],
  syntax: "VSOCK-LISTEN:<port>",
  summary: "Waits for VSOCK connections from the host, guests or this machine",
  params: { min: 1, max: 1 },
  options: {
    fork: LISTEN_OPTIONS.fork,
    bind: one(TEXT, { group: "VSOCK", help: "Listen on this context number only", placeholder: "CID" }),
    "max-children": LISTEN_OPTIONS["max-children"],
    backlog: LISTEN_OPTIONS.backlog,
    "accept-timeout": LISTEN_OPTIONS["accept-timeout"],
    reuseaddr: LISTEN_OPTIONS.reuseaddr,
  },
  listens: true,
  needs: ["net"],
  check([port], { bind }) {
    number(port!, "port");
    boundCid(bind);
  },
  async *open({ params: [port], options, context }) {
    const cid = boundCid(options.bind);
    const where = `vsock:${cid === ANY ? "" : `${cid}:`}${port}`;
    let listener: Deno.VsockListener;
    try {
      listener = Deno.listen({ transport: "vsock", cid, port: number(port!, "port") });
    } catch (error) {
      throw listenError(where, error);
    }
    const found = accepted(
      listener as unknown as Listener<Deno.Conn>,
      where,
      { range: [], deny: [], lowport: false, fork: options.fork, "accept-timeout": options["accept-timeout"] },
      context,
    );
    for await (const conn of found) yield vsockStream(conn);
  },
});
