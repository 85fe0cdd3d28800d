// An address that is ready to be opened: what it can do, and opening it with the options that every address takes.
import type { Log } from "../base/log.ts";
import type { Stream } from "../stream/stream.ts";
import { attempted } from "./opening/attempts.ts";
import { applyCommon, type LineEnding, lineEnding } from "./opening/layers.ts";
import { DualStream } from "./inside/dual.ts";
import { shaken, streamHandshake } from "./opening/handshakes.ts";
import type { Judged } from "./words/judge.ts";
import { holdLockFiles } from "./opening/lockfile.ts";
import { type AddressType, Once, type OpenContext, type Permission, type Sharing } from "./model.ts";
import { readLists, readsLists } from "./network/admission.ts";
import { placeOf } from "./plan/listen.ts";
import { planOf } from "./plan/plan.ts";
import { uselessOf, warningsOf } from "./plan/warnings.ts";
import type { PlanContext } from "./plan/words.ts";
import { changeProcess, checkProcess, wantsProcess } from "./program/process.ts";
import { withoutSecrets } from "./words/secrets.ts";

/** An address that is ready to be opened. */
export interface Endpoint {
  /** As written. */
  readonly text: string;
  /** As it may be shown: without passwords. */
  readonly shown: string;
  readonly type: AddressType;
  readonly listens: boolean;
  readonly forks: boolean;
  readonly maxChildren: number | undefined;
  /** By how many levels less is said of single connections. */
  readonly quieter: number;
  /** Whether one stream serves many connections: of a file, and of what `end-close` keeps open, those that only write. */
  readonly shared: Sharing | undefined;
  /** Not even `--compat` minds that nobody takes what is written to it. */
  readonly coolWrite: boolean;
  /** Datagrams without end-of-file. */
  readonly datagrams: boolean;
  readonly lines: LineEnding;
  readonly needs: readonly Permission[];
  /** What is worth a thought before it is opened. */
  warnings(context: PlanContext): readonly string[];
  /** What it will do, layer by layer. */
  plan(context: PlanContext): readonly string[];
  /** Where it listens, if it does: `TCP 127.0.0.1:80`. */
  place(context: PlanContext): string | undefined;
  /** Makes ready what opening needs (see `AddressType.prepare`). */
  prepare(log: Log): Promise<void>;
  /** Opens it; common options are applied, `retry` and `forever` obeyed. Each stream belongs to whoever takes it. */
  open(context: OpenContext): AsyncIterable<Stream>;
  /** Opens it and gives its first stream. */
  openOne(context: OpenContext): Promise<Stream>;
}

/** The endpoint of an address whose words have been judged. Opens nothing. */
export function endpointOf(address: Judged): Endpoint {
  return new OneEndpoint(address);
}

/** `READ!!WRITE`: the endpoint that reads from one address and writes to another. */
export function dualEndpoint(text: string, input: Endpoint, output: Endpoint): Endpoint {
  return new DualEndpoint(text, input, output);
}

/** The first stream of a source; what the source opens for its own sake is closed again. */
async function firstOf(source: AsyncIterable<Stream>, text: string): Promise<Stream> {
  for await (const stream of source) return stream;
  throw new Error(`Cannot open "${withoutSecrets(text)}": netlab is stopping`);
}

class OneEndpoint implements Endpoint {
  readonly text: string;
  readonly shown: string;
  readonly type: AddressType;
  readonly listens: boolean;
  readonly forks: boolean;
  readonly maxChildren: number | undefined;
  readonly quieter: number;
  readonly shared: Sharing | undefined;
  readonly coolWrite: boolean;
  readonly datagrams: boolean;
  readonly lines: LineEnding;
  readonly needs: readonly Permission[];
  readonly #address: Judged;
  #opened = false;
  /** User, group or root of this process are to change, which is done once: when the first stream is open. */
  #changesProcess: boolean;

  constructor(address: Judged) {
    const { text, type, name, params, options } = this.#address = address;
    this.#changesProcess = !("su" in type.options) && wantsProcess(options);
    if (this.#changesProcess) checkProcess(options, text);
    this.text = text;
    this.shown = withoutSecrets(text);
    this.type = type;
    this.listens = type.listens ?? false;
    this.forks = options.fork === true;
    this.maxChildren = options["max-children"] as number | undefined;
    this.quieter = Number(options["children-shutup"] ?? 0);
    this.shared = type.shared ?? (options["end-close"] ? "written" : undefined);
    this.coolWrite = options["cool-write"];
    this.datagrams = type.needs.length > 0 && /^UDP|^IP|DATAGRAM|DGRAM|RECV|SENDTO/.test(name);
    this.lines = lineEnding(options);
    this.needs = [
      ...(typeof type.needs === "function" ? type.needs(params, options) : type.needs),
      ...(options.lockfile !== undefined || options.waitlock !== undefined ? ["read", "write"] as const : []),
      ...(this.#changesProcess ? ["ffi", "read"] as const : []),
      ...(readsLists(options) ? ["read"] as const : []),
    ];
  }

  place(context: PlanContext): string | undefined {
    return placeOf(this.#address, context);
  }

  warnings(context: PlanContext): readonly string[] {
    return warningsOf(this.#address, context);
  }

  plan(context: PlanContext): readonly string[] {
    return planOf(this.#address, context);
  }

  async prepare(log: Log): Promise<void> {
    const { options, params } = this.#address;
    readLists(options);
    await this.type.prepare?.(options, log, params);
  }

  #source(context: OpenContext): AsyncIterable<Stream> {
    const { text, name, params, options } = this.#address;
    return this.type.open({ text, name, params, options, context });
  }

  async openOne(context: OpenContext): Promise<Stream> {
    const { text, options } = this.#address;
    // The short way of what is opened for each connection anew.
    if (this.#opened && !options.forever && options.retry === undefined) {
      const source = this.#source(context);
      return source instanceof Once
        ? applyCommon(await source.connect(), options)
        : applyCommon(await firstOf(source, text), options);
    }
    return await firstOf(this.open(context), text);
  }

  async *open(context: OpenContext): AsyncGenerator<Stream> {
    const { notSet, options } = this.#address;
    this.#opened = true;
    for (const message of notSet.splice(0)) context.log.info(`${message}: ignored`);
    const useless = uselessOf(this.#address, context);
    if (useless !== undefined) context.log.warning(useless);
    await holdLockFiles(options, context.signal);
    const again = this.forks && !this.listens;
    const open = () => this.#source(context);
    // Not for nothing: each connection of a listener passes here.
    const tries = again || options.forever || options.retry !== undefined;
    for await (const stream of tries ? attempted(open, { ...options, again }, context) : open()) {
      if (this.#changesProcess) {
        this.#changesProcess = false;
        try {
          await changeProcess(options);
        } catch (error) {
          await stream.close(error);
          throw error;
        }
      }
      yield applyCommon(stream, options);
    }
  }
}

class DualEndpoint implements Endpoint {
  readonly text: string;
  readonly shown: string;
  readonly type: AddressType;
  readonly listens: boolean;
  readonly forks: boolean;
  readonly maxChildren: number | undefined;
  readonly quieter: number;
  readonly shared: Sharing | undefined;
  readonly coolWrite: boolean;
  readonly datagrams: boolean;
  readonly lines: LineEnding;
  readonly needs: readonly Permission[];
  readonly #input: Endpoint;
  readonly #output: Endpoint;

  constructor(text: string, input: Endpoint, output: Endpoint) {
    this.#input = input;
    this.#output = output;
    this.text = text;
    this.shown = withoutSecrets(text);
    this.listens = input.listens || output.listens;
    // Of the second half many are opened only where it is the one that is used.
    this.forks = input.forks || output.forks;
    this.needs = [...input.needs, ...output.needs];
    // The side that is read speaks for both.
    ({
      type: this.type,
      maxChildren: this.maxChildren,
      quieter: this.quieter,
      shared: this.shared,
      coolWrite: this.coolWrite,
      datagrams: this.datagrams,
      lines: this.lines,
    } = input);
  }

  place(context: PlanContext): string | undefined {
    return this.#input.place(context);
  }

  warnings(context: PlanContext): readonly string[] {
    return [...this.#input.warnings(context), ...this.#output.warnings(context)];
  }

  plan(context: PlanContext): readonly string[] {
    return [
      ...this.#input.plan(context).map((line) => `read: ${line}`),
      ...this.#output.plan(context).map((line) => `write: ${line}`),
    ];
  }

  async prepare(log: Log): Promise<void> {
    await Promise.all([this.#input.prepare(log), this.#output.prepare(log)]);
  }

  openOne(context: OpenContext): Promise<Stream> {
    return firstOf(this.open(context), this.text);
  }

  async *open(context: OpenContext): AsyncGenerator<Stream> {
    // The half that is not used could take what is meant for the other: a program reads the same standard input.
    if (context.use !== undefined) return yield* (context.use === "read" ? this.#input : this.#output).open(context);
    const inputs = this.#input.open({ ...context, use: "read" });
    yield* shaken(inputs, this.#input.forks, context, streamHandshake((input) => this.#join(input, context)));
  }

  /** Opens what is written to for what is read from, which is closed when that cannot be. */
  async #join(input: Stream, context: OpenContext): Promise<Stream> {
    try {
      return new DualStream(input, await this.#output.openOne({ ...context, use: "write", other: input.about }));
    } catch (error) {
      await input.close(error);
      throw error;
    }
  }
}
