// Options that socat has and netlab cannot set: what happens when somebody writes one. Pure.
// To add one: its spellings in a row; "ignored" only where the connection means the same without it.

/**
 * `ignored`: the data are the same, a log line says so. `refused`: the address would mean something else. `guard`: refused
 * even where options may be left out (`-s`), as it would let in whom it is to keep out.
 */
export interface Elsewhere {
  readonly fate: "ignored" | "refused" | "guard";
  /** What to use instead. */
  readonly advice: string | undefined;
}

const words = (text: string) => text.split(" ");

const ROWS: readonly (readonly [spellings: readonly string[], fate: Elsewhere["fate"], advice?: string])[] = [
  // What other sockets have (socket_options.ts).
  [words("sndbuf sndbuf-late so-sndbuf so-sndbuf-late rcvbuf rcvbuf-late so-rcvbuf so-rcvbuf-late"), "ignored"],
  [words("rcvlowat so-rcvlowat linger so-linger timestamp so-timestamp debug so-debug"), "ignored"],
  [words("no-check nocheck so-no-check priority so-priority passcred so-passcred oobinline so-oobinline"), "ignored"],
  [words("tos ip-tos iptos ttl ip-ttl ipttl ipv6-tclass unicast-hops ipv6-unicast-hops"), "ignored"],
  [words("mtudiscover ip-mtu-discover ipmtudiscover"), "ignored"],
  [words("v6only ipv6-v6only ipv6only"), "ignored", "bind=[::] takes IPv4 peers too where the system does so"],
  // What can only be asked for, and not be set.
  [words("info tcp-info error so-error acceptconn so-acceptconn peercred so-peercred mtu ip-mtu ipmtu"), "ignored"],
  [words("sndlowat so-sndlowat bsdcompat so-bsdcompat"), "ignored"],
  [
    words(
      "pktinfo ip-pktinfo ippktinfo pktoptions pktopts ip-pktoptions ippktoptions recverr ip-recverr iprecverr recvopts " +
        "ip-recvopts iprecvopts recvtos ip-recvtos iprecvtos recvttl ip-recvttl iprecvttl retopts ip-retopts ipretopts " +
        "authhdr ipv6-authhdr dstopts ipv6-dstopts hoplimit ipv6-hoplimit hopopts ipv6-hopopts ipv6-pktinfo recvdstopts " +
        "ipv6-recvdstopts ipv6-recverr recvhoplimit ipv6-recvhoplimit recvhopopts ipv6-recvhopopts ipv6-recvpathmtu " +
        "recvpktinfo ipv6-recvpktinfo recvrthdr ipv6-recvrthdr ipv6-recvtclass rthdr ipv6-rthdr",
    ),
    "ignored",
  ],
  // The resolver and TLS of another library.
  [
    words(
      "res-debug res-defnames defnames res-dnsrch dnsrch res-igntc igntc res-recurse recurse res-stayopen stayopen " +
        "res-usevc usevc resolv egd openssl-egd pseudo openssl-pseudo openssl-dhparams",
    ),
    "ignored",
  ],
  // Words of socat 1.8 that change nothing about the data.
  [
    words(
      "ai-addrconfig addrconfig ai-all ai-v4mapped v4mapped ai-passive passive res-retrans retrans res-maxretrans " +
        "res-retry res-maxretry so-rcvtimeo rcvtimeo so-sndtimeo sndtimeo " +
        "sitout-eio bin o-binary o-text",
    ),
    "ignored",
  ],
  [words("udp-ignore-peerport"), "refused", "UDP-DATAGRAM with range= takes answers from any port"],
  [
    words("mq-prio posixmq-priority mq-flush posixmq-flush mq-maxmsg mq-msgsize posixmq-maxmsg posixmq-msgsize"),
    "refused",
  ],
  [words("history history-file prompt noprompt noecho"), "refused", "run netlab under rlwrap to edit lines"],
  // Delays of teletypes, and characters that stty does not know.
  [words("bsdly crdly csize discard vdiscard ffdly nldly pendin swtc swtch vswtc tabdly vtdly xtabs"), "ignored"],
  // Where data come from and go to, and who may send them.
  [
    words("bindtodevice so-bindtodevice interface if"),
    "refused",
    "bind to the address of that interface with bind=ADDRESS",
  ],
  [
    words(
      "tcpwrap tcpwrapper tcpwrappers libwrap wrap tcpwrap-dir tcpwrap-etc allow-table deny-table hosts-allow " +
        "hosts-deny tcpwrap-hosts-allow-table tcpwrap-hosts-deny-table",
    ),
    "guard",
    "it is for addresses that listen",
  ],
  [words("hdrincl ip-hdrincl iphdrincl routeralert ip-router-alert iprouteralert"), "refused"],
  [words("md5sig tcp-md5sig attachfilter attach-filter so-attach-filter"), "refused"],
  [words("detachfilter detach-filter so-detach-filter protocol so-protocol prototype so-prototype"), "refused"],
  [
    words(
      "security-authentication securityauthentication so-security-authentication security-encryption-network " +
        "securityencryptionnetwork so-security-encryption-network security-encryption-transport " +
        "securityencryptiontransport so-security-encryption-transport",
    ),
    "refused",
  ],
  [words("ioctl ioctl-void ioctl-int ioctl-intp ioctl-bin ioctl-string fiosetown siocspgrp"), "refused"],
  // DCCP and UDP-Lite, on descriptors that are such sockets.
  [words("ccid dccp-set-ccid udplite-recv-cscov udplite-send-cscov"), "refused"],
  [words("setflags termios-setflags"), "refused", "stty's names set them, as in icanon=0"],
  // The process: a child program can be another user, netlab itself stays who it is.
  [
    words("chroot-early setgid-early setuid-early su-e substuser-early"),
    "refused",
    "su= and chroot= come once the address is open; before it run netlab itself as the user",
  ],
  [words("reset-user"), "refused"],
  // Attributes of a file system.
  [
    words("append compr dirsync immutable journal-data noatime nodump notail secrm sync topdir unrm")
      .flatMap((name) => [`fs-${name}`, `ext2-${name}`, `ext3-${name}`]),
    "refused",
    "chattr sets them",
  ],
  [
    words("compr dirsync immutable journal journal-data nodump notail secrm topdir unrm"),
    "refused",
    "chattr sets them",
  ],
  // Devices that netlab has not.
  [
    words("allmulti automedia broadcast debug loopback master multicast no-pi noarp notrailers pointopoint portsel")
      .concat(words("promisc running slave up")).flatMap((name) => [`iff-${name}`, name]).filter((name) =>
        name !== "broadcast" && name !== "debug"
      ),
    "refused",
  ],
  [words("tun-device tun-name tun-no-pi tun-type"), "refused"],
];

let byName: Map<string, Elsewhere> | undefined;

/** What becomes of an option that is socat's only; `undefined` when socat does not know it either. */
export function socatOnly(spelled: string): Elsewhere | undefined {
  byName ??= new Map(ROWS.flatMap(([names, fate, advice]) => names.map((name) => [name, { fate, advice }] as const)));
  return byName.get(spelled.toLowerCase());
}
