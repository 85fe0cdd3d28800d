// Unix domain sockets, datagrams: UNIX-SENDTO, UNIX-RECV, UNIX-RECVFROM, by path and by abstract name.
import { connectError } from "../../dial/errors.ts";
import type { Values } from "../../options/schema.ts";
import { needLibc, SystemError } from "../../stream/libc/libc.ts";
import type { Stream } from "../../stream/stream.ts";
import { bindUnixDatagram, UnixDatagramStream } from "../../stream/libc/unix_datagram.ts";
import { LISTEN_OPTIONS } from "../common.ts";
import { eachDatagram } from "../network/each_datagram.ts";
import { socketSettings } from "../network/socket_options.ts";
import { defineAddress, once, type OpenContext, type Permission } from "../model.ts";
import {
  afterOpening,
  beforeOpening,
  NAMED_OPTIONS,
  type NamedOptions,
  underUmask,
  unlinkAtClose,
} from "../file/named.ts";
import {
  bindError,
  checkPath,
  isAbstract,
  OWN_NAME_OPTIONS,
  type OwnName,
  ownName,
  runtimePath,
  shownPath,
  UNIX_SOCKET_OPTIONS,
  unixAbout,
  type UnixName,
} from "./name.ts";

function bindSocket(
  name: UnixName,
  options: Partial<NamedOptions> & Readonly<Record<string, unknown>>,
): { fd: number; unlink: () => void } {
  const named = options as NamedOptions;
  if (!name.abstract) beforeOpening(name.path, named);
  const fd = underUmask(named, () => bindUnixDatagram(runtimePath(name), socketSettings(options)));
  let unlink = () => {};
  try {
    if (!name.abstract) {
      unlink = unlinkAtClose(name.path, named, true);
      afterOpening(name.path, named, true);
    }
  } catch (error) {
    needLibc("A Unix datagram socket").call.close(fd);
    unlink();
    throw error;
  }
  return { fd, unlink };
}

/** A name for a socket that was not given one: peers can only answer a socket that has a name. */
function anyName(): UnixName {
  const word = `netlab-${crypto.randomUUID()}`;
  return Deno.build.os === "linux"
    ? { path: word, abstract: true }
    : { path: `${Deno.env.get("TMPDIR") ?? "/tmp"}/${word}`.replace("//", "/"), abstract: false };
}

/**
 * Sends to the socket `to`. Throws a `ConnectError` when there is none, unless it may come `later`: then the first datagram
 * needs it.
 */
export async function unixDatagramTo(
  to: UnixName,
  options: Partial<NamedOptions> & OwnName,
  later = false,
): Promise<Stream> {
  const named = ownName(options, to);
  const own = named ?? anyName();
  try {
    if (!to.abstract && !later) await Deno.stat(to.path);
    const { fd, unlink } = bindSocket(own, options);
    const about = unixAbout("unix-datagram", named === undefined ? undefined : shownPath(named), shownPath(to));
    const stream = new UnixDatagramStream(fd, runtimePath(to), about, unlink);
    try {
      stream.connect();
      return stream;
    } catch (error) {
      if (later && error instanceof SystemError && ["ENOENT", "ECONNREFUSED"].includes(error.code ?? "")) return stream;
      await stream.close();
      throw error;
    }
  } catch (error) {
    throw connectError(shownPath(to), error);
  }
}

function needs(_: readonly string[], options: { readonly umask: number | undefined }): Permission[] {
  return ["read", "write", "ffi", ...(options.umask === undefined ? [] : ["sys" as const])];
}

/** UNIX-SENDTO. */
export const UNIX_SENDTO = defineAddress({
  names: ["UNIX-SENDTO", "UNIX-SEND", "LOCAL-SENDTO", "ABSTRACT-SENDTO"],
  syntax: "UNIX-SENDTO:<path>",
  summary: "Sends datagrams to a Unix socket and takes the answers",
  params: { min: 1, max: 1, rest: true },
  options: {
    ...NAMED_OPTIONS,
    ...OWN_NAME_OPTIONS,
    ...UNIX_SOCKET_OPTIONS,
  },
  needs,
  check: checkPath,
  open: ({ name, params: [path], options, context }) => {
    // Who has a name can be spoken to first.
    const later = context.compat || options.bind !== undefined || options["bind-tempname"] !== undefined;
    return once(() => unixDatagramTo({ path: path!, abstract: isAbstract(name) }, options, later));
  },
});

const RECEIVING_OPTIONS = {
  ...NAMED_OPTIONS,
  ...UNIX_SOCKET_OPTIONS,
};

/** A bound socket that takes what anybody sends. */
async function receiver(
  name: UnixName,
  options: Values<typeof RECEIVING_OPTIONS>,
  context: OpenContext,
): Promise<UnixDatagramStream> {
  try {
    const { fd, unlink } = bindSocket(name, options);
    const about = unixAbout("unix-datagram", shownPath(name), undefined);
    const stream = new UnixDatagramStream(fd, undefined, about, unlink);
    context.onListening?.(shownPath(name));
    return stream;
  } catch (error) {
    throw await bindError(name, error);
  }
}

/** UNIX-RECV. */
export const UNIX_RECV = defineAddress({
  names: ["UNIX-RECV", "UNIX-RECEIVE", "LOCAL-RECV", "ABSTRACT-RECV"],
  syntax: "UNIX-RECV:<path>",
  summary: "Takes datagrams of everybody on a Unix socket and answers nobody",
  params: { min: 1, max: 1, rest: true },
  options: RECEIVING_OPTIONS,
  listens: true,
  needs,
  check: checkPath,
  open: ({ name, params: [path], options, context }) =>
    once(async () => {
      const own = { path: path!, abstract: isAbstract(name) };
      return await receiver(own, options, context);
    }),
});

/** UNIX-RECVFROM. */
export const UNIX_RECVFROM = defineAddress({
  names: ["UNIX-RECVFROM", "LOCAL-RECVFROM", "ABSTRACT-RECVFROM"],
  syntax: "UNIX-RECVFROM:<path>",
  summary: "Takes one datagram on a Unix socket and may answer it; with fork, each datagram by itself",
  params: { min: 1, max: 1, rest: true },
  options: { ...RECEIVING_OPTIONS, fork: LISTEN_OPTIONS.fork, "max-children": LISTEN_OPTIONS["max-children"] },
  listens: true,
  needs,
  check: checkPath,
  async *open({ name, params: [path], options, context }) {
    const own = { path: path!, abstract: isAbstract(name) };
    const socket = await receiver(own, options, context);
    yield* eachDatagram(socket, options.fork, context, (sender) => ({
      about: unixAbout("unix-datagram", shownPath(own), sender?.replace(/^\0/, "@")),
      name: sender,
    }));
  },
});
