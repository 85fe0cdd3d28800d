// What an address type is, and what an address opens to. Pure.
import type { Log } from "../base/log.ts";
import type { Schema, Values } from "../options/schema.ts";
import type { About, Stream } from "../stream/stream.ts";
import type { CommonOptions } from "./common.ts";

/**
 * A Deno permission by name; `libc`: the C library, loaded before permissions are given up, none of them; `all`: nothing can
 * be given up, which is what the runtime wants for files of the kernel.
 */
export type Permission = "net" | "read" | "write" | "run" | "env" | "ffi" | "sys" | "libc" | "all";

/** What the program around an address tells it when it is opened. */
export interface OpenContext {
  readonly log: Log;
  /** Aborted when nothing new is to be opened: listeners close, attempts to connect end. */
  readonly signal: AbortSignal;
  /** socat's way where it differs from ours. */
  readonly compat: boolean;
  /** `-4` and `-6`. */
  readonly family: 4 | 6 | undefined;
  /** `--proxy-from-env`: connect through the proxies that the environment names. */
  readonly proxyFromEnv?: boolean | undefined;
  /** Which side of the relay. */
  readonly side: "left" | "right";
  /** Only this half will be used (`-u`, one part of `read!!write`): FIFOs and files are opened for it alone. */
  readonly use?: "read" | "write" | undefined;
  /** What the other side is connected to, when it is already open: for the environment of programs. */
  readonly other?: About | undefined;
  /** Called when a listener is bound, with the place as text: `127.0.0.1:1234`. */
  onListening?(where: string): void;
}

/** What `open` of a type is given. `O` are the type's own options. */
export interface OpenArguments<O> {
  /** Address as written. */
  readonly text: string;
  /** The type's name as written, upper case: `TCP4-LISTEN`. */
  readonly name: string;
  readonly params: readonly string[];
  readonly options: O & CommonOptions;
  readonly context: OpenContext;
}

/**
 * When one stream left of a listener that forks serves all its connections: where they only write to it (opened anew for each,
 * a file would be emptied each time), or always.
 */
export type Sharing = "written" | "always";

/**
 * A kind of address. The file that defines it says what it is called, what it takes, what it needs, and opens it.
 * `open` yields one stream, with `fork` many; each belongs to whoever takes it.
 */
export interface AddressType<S extends Schema = Schema> {
  /** Names, the main one first, upper case. */
  readonly names: readonly string[];
  /** The form for the help: `TCP:<host>:<port>`. */
  readonly syntax: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** How many parameters; with `rest` further ones belong to the last, with their colons. */
  readonly params: { readonly min: number; readonly max: number; readonly rest?: boolean };
  readonly options: S;
  /** It waits for peers. */
  readonly listens?: boolean;
  /** Default: each connection opens its own. */
  readonly shared?: Sharing;
  /** Permissions of the runtime that it calls for. */
  readonly needs: readonly Permission[] | ((params: readonly string[], options: Values<S>) => readonly Permission[]);
  /** Judges parameters and options before anything opens. Of a `UsageError` or `FormatError` the address is told besides. */
  check?(params: readonly string[], options: Values<S> & CommonOptions): void;
  /** Things worth a warning in `--plan`. */
  warnings?(params: readonly string[], options: Values<S>): readonly string[];
  /** What `--plan` says that it will do, layer by layer. Default: the summary. */
  plan?(params: readonly string[], options: Values<S>): readonly string[];
  /**
   * Reads the files and loads the modules that opening needs, and opens nothing: before a listener serves whose other side
   * this is, as its first peers may come in a crowd that leaves no descriptors, and for `--plan` and `--check`. A
   * `UsageError` for a file that cannot be used; any other error is for what may be there when it is opened.
   */
  prepare?(
    options: Values<S> & CommonOptions,
    log: Log,
    params: readonly string[],
  ): Promise<unknown> | void;
  open(args: OpenArguments<Values<S>>): AsyncIterable<Stream>;
}

/** Typed identity: gives `options` its exact type and hides it again, so that types fit one list. */
export function defineAddress<const S extends Schema>(type: AddressType<S>): AddressType {
  return type as unknown as AddressType;
}

/** A source of the one stream that `connect` opens. */
export class Once implements AsyncIterable<Stream> {
  constructor(readonly connect: () => Promise<Stream>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Stream> {
    yield await this.connect();
  }
}

/** A source of the one stream that `connect` opens. */
export function once(connect: () => Promise<Stream>): Once {
  return new Once(connect);
}
