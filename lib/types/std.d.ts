// The typed face of the standard-library functions in use, for the re-publication that `deno.json` maps them to
// ships without types. Delete this file and its mention in `deno.json` when mapping `@std/*` to a typed source.
declare module "@std/cli/parse-args" {
  export interface ParseArgsOptions {
    boolean?: readonly string[];
    string?: readonly string[];
    collect?: readonly string[];
    negatable?: readonly string[];
    alias?: Record<string, readonly string[] | string>;
    default?: Record<string, unknown>;
    stopEarly?: boolean;
    "--"?: boolean;
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  export function parseArgs(
    args: readonly string[],
    options?: ParseArgsOptions,
  ): { _: (string | number)[]; "--"?: string[]; [key: string]: unknown };
}
declare module "@std/fmt/colors" {
  export function blue(text: string): string;
  export function bold(text: string): string;
  export function cyan(text: string): string;
  export function dim(text: string): string;
  export function green(text: string): string;
  export function red(text: string): string;
  export function yellow(text: string): string;
}
declare module "@std/jsonc/parse" {
  /** JSON with comments and trailing commas. Throws a `SyntaxError`. */
  export function parse(text: string): unknown;
}
declare module "@std/toml/parse" {
  /** Throws a `SyntaxError`. */
  export function parse(text: string): Record<string, unknown>;
}
declare module "@std/streams/text-line-stream" {
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}
declare module "@std/assert/equals" {
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
}
declare module "@std/assert/not-equals" {
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
}
declare module "@std/assert/strict-equals" {
  export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
}
declare module "@std/assert/assert" {
  export function assert(condition: unknown, message?: string): asserts condition;
}
declare module "@std/assert/match" {
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
}
declare module "@std/assert/not-match" {
  export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
}
declare module "@std/assert/string-includes" {
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
}
declare module "@std/assert/throws" {
  export function assertThrows(fn: () => unknown): unknown;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    errorClass: abstract new (...args: any[]) => E,
    includes?: string,
    message?: string,
  ): E;
}
declare module "@std/assert/rejects" {
  export function assertRejects(fn: () => PromiseLike<unknown>): Promise<unknown>;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    errorClass: abstract new (...args: any[]) => E,
    includes?: string,
    message?: string,
  ): Promise<E>;
}
declare module "@std/assert/fail" {
  export function fail(message?: string): never;
}
