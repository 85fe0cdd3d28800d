// Running the command line in tests: `main.ts`, or the executable that NETLAB_BIN names.
import { TextLineStream } from "@std/streams/text-line-stream";
import { listenTcp } from "../../lib/stream/conn.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;
const CONFIG = `${import.meta.dirname}/../../deno.json`;

/** Program and first arguments that run netlab. */
export function netlabCommand(args: readonly string[]): { program: string; args: string[] } {
  const bin = Deno.env.get("NETLAB_BIN");
  return bin !== undefined && bin !== ""
    ? { program: bin, args: [...args] }
    : { program: Deno.execPath(), args: ["run", "-A", "--no-prompt", "--quiet", "--config", CONFIG, MAIN, ...args] };
}

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

interface RunOptions {
  stdin?: Uint8Array | string;
  env?: Record<string, string>;
  cwd?: string;
  /** Ends the program when it takes longer (default 30 s), so that a test never hangs. */
  timeoutMs?: number;
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 30_000);
  const { stdin } = options;
  const feeding = (async () => {
    const writer = child.stdin.getWriter();
    try {
      if (stdin !== undefined) await writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin);
      await writer.close();
    } catch {
      // The program did not want all of it.
    }
  })();
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  await feeding;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs netlab to its end. */
export function netlab(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const command = netlabCommand(args);
  return runProgram(command.program, command.args, options);
}

/** A program that runs while a test talks with it. Use with `await using`. */
export class Running implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  /** Lines of standard error so far. */
  readonly stderr: string[] = [];
  readonly #piped: boolean;
  readonly #out: Promise<Uint8Array>;
  readonly #err: Promise<void>;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(
    program: string,
    args: readonly string[],
    options: { env?: Record<string, string>; stdin?: "piped" | "null"; cwd?: string } = {},
  ) {
    const child = this.child = new Deno.Command(program, {
      args: [...args],
      stdin: options.stdin ?? "null",
      stdout: "piped",
      stderr: "piped",
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }).spawn();
    this.#piped = options.stdin === "piped";
    this.#out = new Response(this.child.stdout).bytes();
    this.#err = (async () => {
      const lines = child.stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
      for await (const line of lines) {
        this.stderr.push(line);
        this.#wake();
      }
      this.#ended = true;
      this.#wake();
    })();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** The first line of standard error, or of those after `from`, that matches; fails when the program ends, or after 15 s. */
  line(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return this.#seen(pattern, () => {
      for (const line of this.stderr.slice(from)) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      return undefined;
    });
  }

  /** Waits until so many lines match. */
  async lines(pattern: RegExp, count: number): Promise<void> {
    await this.#seen(pattern, () => this.stderr.filter((line) => pattern.test(line)).length >= count || undefined);
  }

  async #seen<T>(pattern: RegExp, find: () => T | undefined): Promise<T> {
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      this.#wake();
    }, 15_000);
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (this.#ended || expired) {
          throw new Error(`No line like ${pattern} on standard error:\n${this.stderr.join("\n")}`);
        }
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** The port of the start-up line. */
  async port(): Promise<number> {
    return Number((await this.line(/listening on \S*:(\d+)/))[1]);
  }

  /** Waits for the end; status and standard output. */
  async end(): Promise<{ status: number; stdout: Uint8Array }> {
    const { code } = await this.child.status;
    const stdout = await this.#out;
    await this.#err;
    return { status: code, stdout };
  }

  /** Asks to stop (SIGTERM) and waits. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<{ status: number; stdout: Uint8Array }> {
    try {
      this.child.kill(signal);
    } catch {
      // Ended by itself.
    }
    const timer = setTimeout(() => {
      try {
        this.child.kill("SIGKILL");
      } catch {
        // Ended after all.
      }
    }, 10_000);
    try {
      return await this.end();
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGKILL");
    if (this.#piped && !this.child.stdin.locked) await this.child.stdin.abort().catch(() => {});
  }
}

/** netlab, running. */
export function startNetlab(
  args: readonly string[],
  options: { env?: Record<string, string>; stdin?: "piped" | "null"; cwd?: string } = {},
): Running {
  const command = netlabCommand(args);
  return new Running(command.program, command.args, options);
}

/** Where a program is, or `undefined`: for tests that need a peer and say so by name when it is missing. */
export function which(program: string): string | undefined {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"]) {
    try {
      const path = `${folder}/${program}`;
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The addresses of loopback here: many containers have no IPv6. */
export const LOOPBACKS: readonly string[] = ["127.0.0.1", "::1"].filter((hostname) => {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
});

/** Whether this machine has a program, or "IPv6", or a "network" beyond loopback, or is "Linux". */
export function has(what: string): boolean {
  if (what === "network") return Deno.networkInterfaces().some(({ address }) => !/^(127\.|::1$|fe80:)/.test(address));
  if (what === "IPv6") return LOOPBACKS.includes("::1");
  return what === "Linux" ? Deno.build.os === "linux" : which(what) !== undefined;
}

/** Name and `ignore` of a test that needs programs (or "IPv6", "network", "Linux"): ignored, with their names, where one is missing. */
export function needing(name: string, ...programs: string[]): { name: string; ignore: boolean } {
  const missing = programs.filter((program) => !has(program));
  return { name: missing.length === 0 ? name : `${name} [needs ${missing.join(", ")}]`, ignore: missing.length > 0 };
}

/** A test that needs programs and no more words. */
export function interop(name: string, programs: readonly string[], fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ ...needing(name, ...programs), fn });
}

/** A TCP server on loopback that gives every connection to `serve`. */
export function tcpServer(serve: (conn: Deno.TcpConn) => Promise<void>): AsyncDisposable & { port: number } {
  const listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const conns = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      conns.add(conn);
      const job: Promise<void> = serve(conn).catch(() => {}).finally(() => {
        try {
          conn.close();
        } catch {
          // Closed by the test.
        }
        conns.delete(conn);
        running.delete(job);
      });
      running.add(job);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of conns) {
        try {
          conn.close();
        } catch {
          // Closed by its job.
        }
      }
      await accepting;
      await Promise.all(running);
    },
  };
}

/**
 * A name that never resolves, and that no resolver is asked for: the C library says of a host name with a hyphen in front
 * (RFC 952, RFC 1123 2.1) what it says of one that does not exist.
 */
export const NO_SUCH_NAME = "-no-such-name.invalid";

/** Ports that were given: none twice. */
const given = new Set<number>();

/**
 * A port that nobody listens on, on any address. Below those that systems give to connections (from 32768 on at the lowest),
 * of which another test may take any before this one is bound.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (given.has(port)) continue;
    given.add(port);
    try {
      Deno.listen({ hostname: "0.0.0.0", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Waits until somebody listens on the port (connecting works); at most 10 s. */
export async function listening(port: number, hostname = "127.0.0.1"): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      (await Deno.connect({ hostname, port })).close();
      return;
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
