// `relay --compat -V`: which of socat's features there are, in the lines of `socat -V` that scripts look for. Pure.
// To add a feature: a line in FEATURES, with the address that has it.
import { addressType } from "../address/list.ts";
import { VERSION } from "../base/version.ts";

/** Features of socat, each with the address that it stands for; `true`, `false`: what is no address. */
const FEATURES: readonly (readonly [feature: string, has: string | boolean])[] = [
  ["HELP", true],
  ["STATS", true],
  ["STDIO", "STDIO"],
  ["FDNUM", "FD"],
  ["FILE", "OPEN"],
  ["CREAT", "CREATE"],
  ["GOPEN", "GOPEN"],
  ["TERMIOS", "PTY"],
  ["PIPE", "PIPE"],
  ["STALL", "STALL"],
  ["TEXT", "TEXT"],
  ["SOCKETPAIR", "SOCKETPAIR"],
  ["UNIX", "UNIX-CONNECT"],
  ["ABSTRACT_UNIXSOCKET", "ABSTRACT-CONNECT"],
  ["IP4", "TCP4"],
  ["IP6", "TCP6"],
  ["RAWIP", "IP-SENDTO"],
  ["GENERICSOCKET", "SOCKET-CONNECT"],
  ["INTERFACE", "INTERFACE"],
  ["TCP", "TCP"],
  ["UDP", "UDP"],
  ["SCTP", "SCTP"],
  ["DCCP", "DCCP"],
  ["UDPLITE", "UDPLITE"],
  ["LISTEN", "TCP-LISTEN"],
  ["POSIXMQ", "POSIXMQ"],
  ["SOCKS4", "SOCKS4"],
  ["SOCKS4A", "SOCKS4A"],
  ["SOCKS5", "SOCKS5"],
  ["VSOCK", "VSOCK-CONNECT"],
  ["NAMESPACES", true],
  ["PROXY", "PROXY"],
  ["SYSTEM", "SYSTEM"],
  ["SHELL", "SHELL"],
  ["EXEC", "EXEC"],
  ["READLINE", "READLINE"],
  ["TUN", "TUN"],
  ["PTY", "PTY"],
  ["OPENSSL", "OPENSSL"],
  ["FIPS", false],
  ["LIBWRAP", true],
  ["SYCLS", false],
  ["FILAN", false],
  ["RETRY", true],
];

/** The socat whose words these are: scripts choose their options by its version. */
const SOCAT_VERSION = "1.8.1.3";

/** socat's version and ours, and a line for each feature: `#define WITH_TCP 1`, `#undef WITH_SCTP`. Ends without a line feed. */
export function featuresText(): string {
  return [
    `netlab ${VERSION}, which takes the words of`,
    `socat version ${SOCAT_VERSION}`,
    "features:",
    ...FEATURES.map(([feature, has]) => {
      const there = typeof has === "boolean" ? has : addressType(has) !== undefined;
      return there ? `  #define WITH_${feature} 1` : `  #undef WITH_${feature}`;
    }),
  ].join("\n");
}
