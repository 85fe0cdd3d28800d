// Names of Unix sockets: by path and abstract, as the runtime, people and child programs see them.
import { errorText, UsageError } from "../../base/errors.ts";
import { attached, named, one, TEXT, toggle, triState, type Values } from "../../options/schema.ts";
import type { About } from "../../stream/stream.ts";
import { ANY_SOCKET_OPTIONS } from "../network/socket_options.ts";

const GROUP = "Unix sockets";

/** A name of a socket. */
export interface UnixName {
  readonly path: string;
  /** A name outside the file system (Linux). */
  readonly abstract: boolean;
}

/** The name as the runtime takes it. */
export function runtimePath({ path, abstract }: UnixName): string {
  return abstract ? `\0${path}` : path;
}

/** The name as people and the environment of programs see it. */
export function shownPath({ path, abstract }: UnixName): string {
  return abstract ? `@${path}` : path;
}

/** What is known of a connection, for logs and for the environment of programs. */
export function unixAbout(label: string, own: string | undefined, peer: string | undefined): About {
  return {
    label,
    facts: { ...(own ? { sockaddr: own } : {}), ...(peer ? { peeraddr: peer } : {}) },
  };
}

/** `ABSTRACT-CONNECT` and its like. */
export function isAbstract(name: string): boolean {
  return name.startsWith("ABSTRACT");
}

/** Options of any Unix socket; the hidden ones are what socat takes on any socket, and means nothing on these. */
export const UNIX_SOCKET_OPTIONS = {
  ...ANY_SOCKET_OPTIONS,
  reuseaddr: triState({ group: GROUP, help: "No effect", aliases: ["so-reuseaddr"], hidden: true }),
  reuseport: toggle({ group: GROUP, help: "No effect", aliases: ["so-reuseport"], hidden: true }),
  keepalive: toggle({ group: GROUP, help: "No effect", aliases: ["so-keepalive"], hidden: true }),
  broadcast: toggle({ group: GROUP, help: "No effect", aliases: ["so-broadcast"], hidden: true }),
  "unix-tightsocklen": toggle({ group: GROUP, help: "Always so", aliases: ["tightsocklen"], hidden: true }),
};

/** Options for the own name of a socket that connects. */
export const OWN_NAME_OPTIONS = {
  bind: one(named("a socket"), { group: GROUP, help: "Own name of a connecting socket", placeholder: "PATH" }),
  "bind-tempname": attached(TEXT, {
    group: GROUP,
    help: "An own name that nobody has yet; XXXXXX in the path becomes letters (default /tmp/fileXXXXXX)",
    placeholder: "PATH",
    aliases: ["unix-bind-tempname"],
  }),
};
/** What the options of an own name hold. */
export type OwnName = Partial<Values<typeof OWN_NAME_OPTIONS>>;

/** The own name that is asked for, of the kind that the peer's is; each time another for `bind-tempname`. */
export function ownName(options: OwnName, { abstract }: UnixName): UnixName | undefined {
  const template = options["bind-tempname"];
  if (template === undefined) return options.bind === undefined ? undefined : { path: options.bind, abstract };
  const pattern = template === true ? "/tmp/fileXXXXXX" : template;
  const letters = Array.from(crypto.getRandomValues(new Uint8Array(6)), (octet) => (octet % 36).toString(36)).join("");
  return { path: /X{6}/.test(pattern) ? pattern.replace(/X{6}(?!.*X{6})/, letters) : `${pattern}${letters}`, abstract };
}

/** A path must fit `sockaddr_un`. */
export function checkPath([path]: readonly string[]): void {
  if (path === "") throw new UsageError("A path is missing");
  const limit = Deno.build.os === "darwin" ? 103 : 107;
  if (new TextEncoder().encode(path).length > limit) {
    throw new UsageError(`The path of a Unix socket has at most ${limit} octets`);
  }
}

/** A name that cannot be bound, and what to do about it. */
export async function bindError(name: UnixName, error: unknown): Promise<Error> {
  const shown = shownPath(name);
  if (!(error instanceof Deno.errors.AddrInUse)) {
    return new Error(`Cannot listen on "${shown}": ${errorText(error)}`, { cause: error });
  }
  if (!name.abstract && !isSocket(name.path)) {
    return new Error(`Cannot listen on "${shown}": it exists and is no socket`, { cause: error });
  }
  const live = await isLive(name);
  const advice = live
    ? "another program listens there"
    : "left behind by a program that has ended: remove it, or add the option unlink-early";
  return new Error(`Cannot listen on "${shown}": it exists: ${advice}`, { cause: error });
}

function isSocket(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false;
  }
}

/** Whether a program has this socket open. Asking the system does not disturb the program; connecting would. */
export async function isLive(name: UnixName): Promise<boolean> {
  try {
    return Deno.readTextFileSync("/proc/net/unix").split("\n").some((line) => line.endsWith(` ${shownPath(name)}`));
  } catch {
    return await Deno.connect({ transport: "unix", path: runtimePath(name) }).then((conn) => {
      conn.close();
      return true;
    }, (refused) => !(refused instanceof Deno.errors.ConnectionRefused));
  }
}
