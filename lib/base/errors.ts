// The four errors that carry data, and how any error becomes one line. Pure.
// The programmer's mistakes are `TypeError` and `RangeError`; what the world does wrong is one of these.

/** A command line, address or option that cannot be used. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What to type instead or where to read more; printed after the message. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** Bytes or text that break their format. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  /** Where it breaks: octets (or characters) from the start of the input. */
  readonly offset: number;

  constructor(message: string, offset = 0, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}

/** The peer broke the rules of its protocol, or refused. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** Why a connection could not be made, in the words that reply codes and statistics are chosen by. */
export type ConnectReason =
  | "refused"
  | "timed-out"
  | "host-unreachable"
  | "network-unreachable"
  | "name-not-found"
  | "address-not-available"
  | "denied"
  | "tls"
  | "proxy"
  | "no-descriptors"
  | "aborted"
  | "other";

/** What is wrong with a peer's certificate. */
export type CertificateFlaw =
  | "expired"
  | "not-yet-valid"
  | "self-signed"
  | "unknown-authority"
  | "wrong-name"
  | "wrong-address"
  | "not-pinned"
  | "other";

/** A connection that could not be made. `message` is a whole sentence about target, route and reason. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** What was to be reached, as the user wrote it: `host:port`, a path. */
  readonly target: string;
  /** The proxy at which it failed, when there was one. */
  readonly via: string | undefined;
  readonly reason: ConnectReason;
  /** Set where the peer's certificate was looked at and refused. */
  readonly flaw: CertificateFlaw | undefined;

  constructor(
    target: string,
    detail: string,
    options: { via?: string; reason?: ConnectReason; flaw?: CertificateFlaw; cause?: unknown } = {},
  ) {
    const route = options.via === undefined ? "" : ` through "${options.via}"`;
    super(
      `Cannot connect to "${target}"${route}: ${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.target = target;
    this.via = options.via;
    this.reason = options.reason ?? "other";
    this.flaw = options.flaw;
  }
}

/**
 * The text of an error without stack, prefix or line breaks.
 * The runtime's own "Connection refused (os error 111)" loses its number, and the call that it names with its file;
 * Windows' own sentences their full stop.
 */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? (error.message || error.name) : String(error);
  return text.replace(/(\(os error \d+\)): \w+ '[^']*'(?: -> '[^']*')?$/, "$1").replace(/\.?\s*\(os error \d+\)/g, "")
    .replace(/[\r\n]+\s*/g, " ").replace(/^Failed to spawn '[^']*': /, "")
    .replace(/^entity not found$/, "No such file or directory").trim();
}

/** Everything `errorText` says of an error and of its causes, each once, outermost first. */
export function errorChain(error: unknown): string[] {
  const lines: string[] = [];
  for (
    let e: unknown = error, depth = 0;
    e !== undefined && e !== null && depth < 8;
    e = e instanceof Error ? e.cause : undefined, depth++
  ) {
    const text = errorText(e);
    if (!lines.some((line) => line.includes(text))) lines.push(text);
  }
  return lines;
}

/** Whether the process, or the system, has no descriptors left. */
export function outOfDescriptors(error: unknown): boolean {
  const code = errorCode(error);
  return code === "EMFILE" || code === "ENFILE";
}

/** The system's code of an error (`ECONNREFUSED`), wherever in the chain of causes the runtime put it. */
export function errorCode(error: unknown): string | undefined {
  for (
    let e: unknown = error, depth = 0;
    e instanceof Error && depth < 8;
    e = e.cause, depth++
  ) {
    const code = (e as { code?: unknown }).code;
    if (typeof code === "string") return code;
  }
  return undefined;
}
