// socat's words for what happens: the lines of its log that scripts wait for, and its words for what is wrong. Pure.
// To add a message: a line in SAME_IN_SOCAT (ours, theirs), or a member of `compatReporter`.
import { AcceptTimeout } from "../address/network/listen.ts";
import { ConnectError, errorChain, errorText } from "../base/errors.ts";
import { type HostPort, parseHostPort } from "../base/host_port.ts";
import { parseIp } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import { type CarryResult, isHangUp } from "../stream/carry.ts";
import { NamespaceError } from "../stream/libc/namespace.ts";
import type { About } from "../stream/stream.ts";
import type { Reporter } from "./report.ts";

/** `AF=2 127.0.0.1:80`, `AF=10 [0000:…:0001]:80`, `AF=1 "/path"`, `AF=40 cid:1 port:80`: a socket address as socat prints it. */
export function socketText(place: HostPort | string): string {
  const [vsock, cid = "4294967295", port] = (typeof place === "string" && VSOCK.exec(place)) || [];
  if (vsock !== undefined) return `AF=40 cid:${cid} port:${port}`;
  if (typeof place === "string") return `AF=1 "${place.replace(/^@/, "\\0")}"`;
  const ip = parseIp(place.host);
  if (ip?.family === 6) return `AF=10 [${groups(ip.bytes)}]:${place.port}`;
  return `AF=2 ${place.host === "localhost" ? "127.0.0.1" : place.host}:${place.port}`;
}

/** A place of VSOCK as our log has it; without a context number it stands for all. */
const VSOCK = /^vsock:(?:(\d+):)?(\d+)$/;

/** All eight groups with all their digits, as socat writes IPv6 addresses. */
function groups(bytes: Uint8Array): string {
  const words: string[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16).padStart(4, "0"));
  return words.join(":");
}

/** Octets of a socket address, which socat prints after it. */
function socketLength(place: HostPort | string): number {
  if (typeof place === "string") return VSOCK.test(place) ? 16 : place.length + 2;
  return parseIp(place.host)?.family === 6 ? 28 : 16;
}

function placeFrom(text: string): HostPort | string {
  const [, quoted] = /^"(.*)"$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  if (VSOCK.test(text)) return text;
  try {
    return text.includes("/") ? text : parseHostPort(text);
  } catch {
    return text;
  }
}

const HELP = 'use option "-h" for help';

/** Our one-line errors and what socat says instead. */
const SAME_IN_SOCAT: readonly (readonly [ours: RegExp, theirs: (...parts: string[]) => string])[] = [
  [/^Two addresses are needed, not (\d+)/, (n) => `exactly 2 addresses required (there are ${n}); ${HELP}`],
  [/^Unknown flag "(-l[^"]*)"/, (flag) => `unknown log option "${flag}"; ${HELP}`],
  [/^Cannot parse flag "-l[ym]": no facility "([^"]*)"/, (name) => `unknown syslog facility "${name}"`],
  [/^Unknown flag "([^"]*)"/, (flag) => `unknown option "${flag}"; ${HELP}`],
  [/^Flag "([^"]*)" needs a value/, (flag) => `option ${flag} requires an argument; ${HELP}`],
  [
    /^Cannot parse flag "-b": "(\d+)" /,
    (size) => `buffer size option (-b) to big - ${size} (max is 9223372036854775807)`,
  ],
  [/^Cannot parse flag "([^"]*)"/, (flag) => `parseopts(): missing numerical value of option "${flag}"`],
  [
    /^Unknown address type "([^"]*)"(: netlab has no .*)?/,
    (word, missing) => `unknown device/address "${word}"${missing}`,
  ],
  [/^Unknown option "([^"]*)" in address/, (word) => `parseopts_table(): unknown option "${word}"`],
  [
    /^Option "([^"]*)" does not fit/,
    (word) => `parseopts_table(): option "${word}" not supported with this address type`,
  ],
  [
    /^Wrong number of parameters in address "([^:",]*).*?" \((\d+) instead of (\d+)/s,
    (type, given, wanted) => `${type}: wrong number of parameters (${given} instead of ${wanted})`,
  ],
  [
    /^Cannot parse option "([^"]*)" in address ".*": "([^"]*)" is (?:not a (?:(?:whole )?number|size|mode)|neither 1 nor 0)/s,
    (option, value) =>
      `parseopts(): ${/^[+-]?\d/.test(value) ? "trailing garbage in" : "missing"} numerical ${
        /^[+-]?\d/.test(value) ? "arg" : "value"
      } of option "${option}=${value}"`,
  ],
  [/^Cannot parse address ".*": the port is missing/s, () => "empty port/service"],
  [/^Cannot parse address "(.*)": it lacks a closing/s, (text) => `unexpected end of address "${text}"`],
  [
    /^Option "(fdin|fdout)" is useless/,
    (option) => `_xioopen_foxec(): option ${option} is useless in ${option === "fdin" ? "read" : "write"}-only mode`,
  ],
  [/^Cannot make the link "(.*)" to "(.*)": (.*)/, (link, to, why) => `symlink("${to}", "${link}"): ${why}`],
  [/^Cannot listen on (".*?"|\S+?): ([^:]*)/, (where, why) => {
    const place = placeFrom(where);
    return `bind(5, {${socketText(place)}}, ${socketLength(place)}): ${why}`;
  }],
  [
    /^Cannot enter the network namespace "(.*?)": ([^:]*)/,
    (name, why) =>
      why.includes("permitted")
        ? `setns(6, CLONE_NEWNET): ${why}`
        : `open(/run/netns/${name}, O_RDONLY|O_CLOEXEC): ${why}`,
  ],
  [/^Nothing can be written to it/, () => "write(5): Bad file descriptor"],
  [/^Cannot lock "(.*?)"/, (path) => `could not obtain lock "${path}"`],
  [/^Cannot run "(.*?)": (.*)/, (program, why) => `execvp("${program}", "${program}"): ${why}`],
  [/^Cannot open "(.*?)": (.*)/, (path, why) => `open("${path}", 02, 0666): ${why}`],
];

/** What socat writes after `E ` where we would say what `error` says. */
export function compatError(error: unknown): string {
  if (error instanceof Error && error.cause instanceof NamespaceError) return compatError(error.cause);
  if (error instanceof ConnectError) {
    const why = errorText(error).replace(/^.*?": /, "").replace(/: nobody listens on this socket$/, "");
    if (error.reason === "name-not-found") {
      const host = error.target.replace(/:\d+$/, "");
      return `getaddrinfo("${host}", "NULL", {1,0,1,6}, {}): Name or service not known`;
    }
    if (error.reason === "tls" || error.reason === "proxy" || error.via !== undefined) return errorText(error);
    const place = placeFrom(error.target);
    const [, source, bound] = /^cannot bind (.*): (.*?)$/.exec(why) ?? [];
    if (source !== undefined) {
      return `bind(5, {${socketText(placeFrom(source))}}, ${socketLength(placeFrom(source))}): ${bound}`;
    }
    if (typeof place !== "string" && / is not an IPv[46] address$/.test(why)) {
      const [flags, family] = why.endsWith("IPv6 address") ? [1, 10] : [place.host.includes(":") ? 5 : 1, 2];
      return `getaddrinfo("${place.host}", "NULL", {${flags},${family},1,6}, {}): Address family for hostname not supported`;
    }
    if (error.reason === "timed-out" && error.cause instanceof DOMException) {
      return `connecting to ${socketText(place)}: ${why}`;
    }
    return `connect(${typeof place === "string" && !VSOCK.test(place) ? "" : 5}, ${socketText(place)}, ${
      socketLength(place)
    }): ${why}`;
  }
  const [text = "failed"] = errorChain(error);
  for (const [ours, theirs] of SAME_IN_SOCAT) {
    const match = ours.exec(text);
    if (match !== null) return theirs(...match.slice(1).map((part) => part ?? ""));
  }
  return text;
}

const isUdp = (type: string) => type.startsWith("UDP");
const STDIO = /^(?:stdio|stdin|stdout|stderr)$/;

/** The descriptor that a side has in socat's words; `stdio`: what it is there. */
function fdOf(about: About, side: "left" | "right", stdio: number): number {
  return STDIO.test(about.label) ? stdio : side === "left" ? 6 : 5;
}

/** Errors that stand in the log already, as the end of their connection: each is told once. */
const told = new WeakSet<Error>();

/**
 * socat's words, at socat's levels. `single`: the log for what happens to a single connection; `failed`: whether one that went
 * well ends with status 1 all the same.
 */
export function compatReporter(log: Log, single = log, failed: () => boolean = () => false): Reporter {
  const end = (about: About, which: "SOCK" | "PEER") => {
    const place = which === "SOCK" ? about.local : about.remote;
    if (place !== undefined) return place;
    if (VSOCK.test(about.label)) return `vsock:${about.facts?.[`${which}ADDR`]}:${about.facts?.[`${which}PORT`]}`;
    const path = about.facts?.[which === "SOCK" ? "sockaddr" : "peeraddr"];
    return path ?? (about.label === "unix" ? "<anon>" : undefined);
  };
  return {
    listening(where, type) {
      const doing = type.endsWith("RECVFROM") ? "receiving on" : isUdp(type) ? "listening on UDP" : "listening on";
      log.notice(`${doing} ${socketText(placeFrom(where))}`);
    },
    accepted(type, about) {
      const remote = log.shows("notice") ? end(about, "PEER") : undefined;
      if (remote === undefined) return;
      if (type.endsWith("RECVFROM")) return log.notice(`receiving packet from ${socketText(remote)}`);
      const datagrams = /^udp/.test(about.label), local = end(about, "SOCK");
      const on = datagrams || local === undefined ? "" : ` on ${socketText(local)}`;
      log.notice(`accepting ${datagrams ? "UDP " : ""}connection from ${socketText(remote)}${on}`);
    },
    opening(type, text) {
      if (!log.shows("notice")) return;
      const [, host, port] = /^[^:]*:(\[[^\]]*\]|[^:,]*):(\d+)/.exec(text) ?? [];
      if (!/^(?:TCP|UDP|OPENSSL|VSOCK-CONNECT)$/.test(type) || host === undefined) return;
      const place = { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
      log.notice(`opening connection to ${socketText(type === "VSOCK-CONNECT" ? `vsock:${host}:${port}` : place)}`);
    },
    opened(type, about) {
      if (!log.shows("notice")) return;
      const words = OPENED_WORDS[about.label];
      const local = end(about, "SOCK");
      if (words !== undefined) log.notice(words);
      else if (PROGRAM.test(about.label)) log.notice("forking off child, using socket for reading and writing");
      else if (local !== undefined) {
        const doing = type.endsWith("SENDTO") ? "prepared local socket" : "connected from local address";
        log.notice(`successfully ${doing} ${socketText(local)}`);
      }
    },
    joined(left, right) {
      const fds = (about: About, fd: number) => STDIO.test(about.label) ? "[0,1]" : `[${fd},${fd}]`;
      log.notice(`starting data transfer loop with FDs ${fds(left, 6)} and ${fds(right, 5)}`);
    },
    sideEnded(side, about) {
      single.notice(`socket ${side === "left" ? 1 : 2} (fd ${fdOf(about, side, 0)}) is at EOF`);
    },
    failed(_, __, error) {
      single.error(compatError(error));
    },
    ended({ left, right, result }) {
      const fd = (side: "left" | "right", stdio: number) => fdOf((side === "left" ? left : right).about, side, stdio);
      const { gone, side = "left" } = result, fatal = compatEnd(result);
      if (fatal !== undefined) {
        if (fatal.error instanceof Error) told.add(fatal.error);
        single.error(
          fatal === gone ? `write(${fd(gone.side, 1)}): ${errorText(gone.error)}` : compatError(fatal.error),
        );
        return;
      }
      if (result.ended === "error") single.warning(`read(${fd(side, 0)}): ${errorText(result.error)}`);
      if (result.ended === "idle") single.notice("inactivity timeout triggered");
      // What a signal ends has said so.
      if (result.ended !== "aborted") single.notice(failed() ? "exit(1)" : "exiting with status 0");
    },
  };
}

/**
 * What a socat ends with status 1 for: also that nobody takes what it writes. A peer that resets while it reads from it is at
 * its end. `undefined`: nothing.
 */
export function compatEnd(result: CarryResult): { readonly error: unknown } | undefined {
  if (result.ended !== "error") return result.gone;
  return isHangUp(result.error) ? undefined : { error: result.error };
}

const PROGRAM = /^(?:exec|system|shell)/i;
const OPENED_WORDS: Record<string, string> = {
  stdio: "reading from and writing to stdio",
  stdin: "reading from stdin",
  stdout: "writing to stdout",
  stderr: "writing to stderr",
  echo: "writing to and reading from unnamed pipe",
  pipe: "writing to and reading from unnamed pipe",
};

/** What a socat that gives up says; its exit status. */
export function compatFailure(log: Log, error: unknown): number {
  if (error instanceof AcceptTimeout) {
    log.warning("accept: Connection timed out");
    return 0;
  }
  if (!(error instanceof Error && told.has(error))) log.error(compatError(error));
  log.notice("exit(1)");
  return 1;
}

/** The signals that a socat logs when they end it, each a bit: SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGTERM and those of crashes. */
export const COMPAT_SIGNALS = 0x89de;

/** What a dying socat says about the signal. */
export function compatSignal(log: Log, status: number): void {
  const level = status === 143 ? "warning" : status === 129 || status === 130 ? "notice" : "error";
  const signal = status - 128;
  log.notice(`socat_signal(): handling signal ${signal}`);
  log[level](`exiting on signal ${signal}`);
  log.notice(`socat_signal(): finishing signal ${signal}`);
  log.notice(`exit(${status})`);
}
