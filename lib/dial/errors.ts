// From what the runtime throws to why a connection could not be made, or nothing listens, in one place.
import { ConnectError, type ConnectReason, errorCode, errorText } from "../base/errors.ts";
import { NamespaceError } from "../stream/libc/namespace.ts";

const BY_CODE: Record<string, readonly [ConnectReason, string]> = {
  ECONNREFUSED: ["refused", "Connection refused"],
  ETIMEDOUT: ["timed-out", "Connection timed out"],
  EHOSTUNREACH: ["host-unreachable", "No route to host"],
  EHOSTDOWN: ["host-unreachable", "Host is down"],
  ENETUNREACH: ["network-unreachable", "Network is unreachable"],
  ENETDOWN: ["network-unreachable", "Network is down"],
  EADDRNOTAVAIL: ["address-not-available", "Cannot assign requested address"],
  EAFNOSUPPORT: ["network-unreachable", "Address family not supported"],
  EACCES: ["denied", "Permission denied"],
  EPERM: ["denied", "Operation not permitted"],
  EMFILE: ["no-descriptors", "Too many open files"],
  ENFILE: ["no-descriptors", "Too many open files in system"],
  ENOENT: ["other", "No such file or directory"],
  EADDRINUSE: ["address-not-available", "Address already in use"],
};

/** Winsock's errors about names (WSAHOST_NOT_FOUND and its like), to which the runtime gives the code of a missing file. */
const WINSOCK_NAME = /\(os error 1100[1-4]\)/;

/** Reason and words of a failed connect, bind or resolve. */
function connectReason(error: unknown): { reason: ConnectReason; text: string } {
  if (error instanceof ConnectError) return { reason: error.reason, text: errorText(error) };
  if (error instanceof NamespaceError) return { reason: "denied", text: error.message };
  const nameless = error instanceof Error && WINSOCK_NAME.test(error.message);
  const code = nameless ? "ENOTFOUND" : errorCode(error);
  const known = code === undefined ? undefined : BY_CODE[code];
  if (known !== undefined) return { reason: known[0], text: known[1] };
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EAI_NONAME") {
    return { reason: "name-not-found", text: "Name or service not known" };
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { reason: "timed-out", text: "Connection timed out" };
  }
  if (error instanceof DOMException && error.name === "AbortError") return { reason: "aborted", text: "Given up" };
  const text = errorText(error);
  if (/failed to lookup address information|No address associated|Name or service not known/i.test(text)) {
    return { reason: "name-not-found", text: text.replace(/^.*failed to lookup address information:\s*/i, "") };
  }
  if (error instanceof Deno.errors.ConnectionRefused) return { reason: "refused", text: "Connection refused" };
  if (error instanceof Deno.errors.TimedOut) return { reason: "timed-out", text: "Connection timed out" };
  return { reason: "other", text };
}

/** `error` as a `ConnectError` about `target`; one that is already is returned as it is. */
export function connectError(target: string, error: unknown, via?: string): ConnectError {
  if (error instanceof ConnectError) return error;
  const { reason, text } = connectReason(error);
  return new ConnectError(target, text, { reason, cause: error, ...(via === undefined ? {} : { via }) });
}

/** Why a port is refused, where its number is not the reason: Windows gives none of them to root. */
const REFUSED_PORT: Readonly<Record<string, string>> = {
  windows: "another program has it for itself, or Windows keeps it (netsh interface ipv4 show excludedportrange tcp)",
};

/** A failed bind as an error that says what to do. `os`: as the runtime names it. */
export function listenError(where: string, error: unknown, os: string = Deno.build.os): Error {
  if (error instanceof NamespaceError) return error;
  const code = errorCode(error);
  const why = error instanceof Deno.errors.AddrInUse || code === "EADDRINUSE"
    ? "Address already in use: stop the other program or choose another port"
    : error instanceof Deno.errors.PermissionDenied || code === "EACCES"
    ? `Permission denied: ${REFUSED_PORT[os] ?? "ports below 1024 need root"}`
    : code === "EADDRNOTAVAIL"
    ? "Cannot assign requested address: this machine does not have it"
    : connectReason(error).reason === "name-not-found"
    ? `${connectReason(error).text}: bind= wants an address of this machine (for a device: so-bindtodevice=NAME)`
    : errorText(error);
  return new Error(`Cannot listen on ${where}: ${why}`, { cause: error });
}
