// VSOCK: between a virtual machine and its host, where the runtime and the kernel have it.
import { errorText, UsageError } from "../../base/errors.ts";
import { connectError } from "../../dial/errors.ts";
import { DURATION, one } from "../../options/schema.ts";
import { ConnStream } from "../../stream/conn.ts";
import type { Stream } from "../../stream/stream.ts";
import { FORK_CONNECT_OPTIONS, LISTEN_OPTIONS } from "../common.ts";
import { accepted } from "./listen.ts";
import { defineAddress, once } from "../model.ts";

function number(text: string, what: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : /^0x[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : NaN;
  if (!(value <= max)) throw new UsageError(`"${text}" is not a ${what} of VSOCK`);
  return value;
}
const LARGEST = 0xffff_ffff;

function aboutOf(conn: { localAddr: Deno.Addr; remoteAddr: Deno.Addr }) {
  const text = (address: Deno.Addr) => "cid" in address ? `${address.cid}:${address.port}` : undefined;
  const local = text(conn.localAddr), remote = text(conn.remoteAddr);
  return {
    label: remote === undefined ? "vsock" : `vsock:${remote}`,
    facts: {
      ...(local === undefined ? {} : { sockaddr: local }),
      ...(remote === undefined ? {} : { peeraddr: remote }),
    },
  };
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
    number(cid!, "context number", LARGEST);
    number(port!, "port", LARGEST);
  },
  open: ({ params: [cid, port] }) =>
    once(async (): Promise<Stream> => {
      try {
        const conn = await Deno.connect({
          transport: "vsock",
          cid: number(cid!, "context number", LARGEST),
          port: number(port!, "port", LARGEST),
        });
        return new ConnStream(conn, aboutOf(conn));
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
    "max-children": LISTEN_OPTIONS["max-children"],
    backlog: LISTEN_OPTIONS.backlog,
    "accept-timeout": LISTEN_OPTIONS["accept-timeout"],
    reuseaddr: LISTEN_OPTIONS.reuseaddr,
  },
  listens: true,
  needs: ["net"],
  check: ([port]) => void number(port!, "port", LARGEST),
  async *open({ params: [port], options, context }) {
    let listener: Deno.VsockListener;
    try {
      listener = Deno.listen({ transport: "vsock", cid: -1, port: number(port!, "port", LARGEST) });
    } catch (error) {
      throw new Error(`Cannot listen on vsock port ${port}: ${errorText(error)}`, { cause: error });
    }
    const accepting = { range: [], deny: [], lowport: false, fork: options.fork };
    const found = accepted(
      listener as unknown as { accept(): Promise<Deno.Conn>; close(): void },
      `vsock port ${port}`,
      { ...accepting, "accept-timeout": options["accept-timeout"] },
      context,
    );
    for await (const conn of found) yield new ConnStream(conn, aboutOf(conn));
  },
});
