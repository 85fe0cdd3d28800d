// The face of `netlab dump`: what its help, completions and reference are made of.
import { defineCommand } from "../../lib/options/command.ts";
import { FORCED } from "../../lib/capture/line/core/forced.ts";
import { attached, choice, count, FILE, integer, list, one, TEXT, toggle } from "../../lib/options/schema.ts";

const source = "Where packets come from";
const lines = "Lines";
const views = "Other views";
const files = "Writing";

/** To add a flag: a line here; what it does in dump.ts. Letters are tcpdump's. */
export const DUMP = defineCommand({
  name: "dump",
  summary: "shows traffic, live or from a capture file, and explains it octet by octet",
  usage: ["dump [FLAGS] [FILTER]", "dump --bytes PROTOCOL", "dump ADDRESS ADDRESS"],
  examples: [
    [
      "dump -r capture.pcapng",
      "one line for each packet of a file (pcap, pcapng, snoop, ERF …, packed or not, or a hex dump)",
    ],
    ["dump -r capture.pcap --explain 'port 53'", "each octet: name, value, meaning, RFC section"],
    ["dump -i lo 'tcp port 1234'", "live (as root, with sudo)"],
    ["dump --follow -r capture.pcapng", "conversations instead of packets: who said what"],
    ["dump --json -r capture.pcap", "one JSON object for each packet"],
    ["dump --bytes dns < message.hex", "explain bare octets, binary or hex, of standard input"],
    ["dump tcp-listen:1234,fork tls:host:443", "stand in between and explain: relay --explain"],
  ],
  flags: {
    r: one(FILE, { group: source, help: "Read a capture file; - is standard input", aliases: ["read"] }),
    i: one(TEXT, {
      group: source,
      help: "Capture on an interface (any: all), by name or number of -D; without -i and -r the first of -D",
      aliases: ["interface"],
      placeholder: "IFACE",
    }),
    D: toggle({ group: source, help: "List the interfaces", aliases: ["list-interfaces"] }),
    c: one(integer(1), { group: source, help: "Stop after this many packets", placeholder: "COUNT" }),
    s: one(integer(0), {
      group: source,
      help: "Keep this many octets of a packet (0: all); of a file that is read, in what -w writes",
      aliases: ["snapshot-length"],
      placeholder: "OCTETS",
    }),
    p: toggle({ group: source, help: "Take no packets that are for others", aliases: ["no-promiscuous-mode"] }),
    B: one(integer(1), {
      group: source,
      help: "KiB of the capture buffer (default 16384)",
      aliases: ["buffer-size"],
      placeholder: "KIB",
    }),
    Q: one(choice(["in", "out", "inout"]), {
      group: source,
      help: "Only packets that came in, or went out, where the capture knows",
      aliases: ["direction"],
    }),
    V: one(FILE, { group: source, help: "Read the capture files that a file names, one a line; - is standard input" }),
    F: one(FILE, { group: source, help: "Read the filter from a file" }),
    L: toggle({ group: source, help: "List link types of -i", aliases: ["list-data-link-types"] }),
    J: toggle({ hidden: true, help: "List time stamp types", aliases: ["list-time-stamp-types"] }),
    y: one(TEXT, {
      group: source,
      help: "Link type that -i must have, or of -d",
      aliases: ["linktype"],
      placeholder: "LINKTYPE",
    }),
    j: one(choice(["host"]), { hidden: true, help: "Time stamps: the host's", aliases: ["time-stamp-type"] }),
    "immediate-mode": toggle({ hidden: true, help: "Packets as they come: always so" }),
    bytes: one(TEXT, {
      group: source,
      help: "Explain standard input, octets or a hex dump, as a protocol",
      placeholder: "PROTOCOL",
    }),
    n: count({ hidden: true, help: "Addresses and ports as numbers: always so" }),
    t: count({
      group: lines,
      help:
        "Time: -t none, -tt seconds since 1970, -ttt since the line before, -tttt with date, -ttttt since the first",
    }),
    nano: toggle({ group: lines, help: "Nanoseconds in times" }),
    micro: toggle({ hidden: true, help: "Microseconds in times: the default" }),
    "time-stamp-precision": one(choice(["micro", "nano"]), { hidden: true, help: "As --micro, --nano" }),
    e: toggle({ group: lines, help: "Show link-level headers" }),
    v: count({ group: lines, help: "More of each packet; twice or three times for still more", aliases: ["verbose"] }),
    q: count({ group: lines, help: "Less of each packet" }),
    A: count({ group: lines, help: "Show payloads as text" }),
    X: count({ group: lines, help: "Show packets as hex and text; twice: with link header" }),
    x: count({ group: lines, help: "Show packets as hex; twice: with link header" }),
    S: toggle({ group: lines, help: "TCP sequence numbers as they are", aliases: ["absolute-tcp-sequence-numbers"] }),
    K: toggle({ group: lines, help: "Do not verify checksums", aliases: ["dont-verify-checksums"] }),
    number: toggle({ group: lines, help: "Number the lines", aliases: ["#"] }),
    b: toggle({ group: lines, help: "AS numbers of BGP as two parts: 1.10" }),
    T: one(choice(FORCED), {
      group: lines,
      help: "Take what is not known by its port for a protocol",
      placeholder: "TYPE",
    }),
    E: one(TEXT, {
      group: lines,
      help: "Open IPsec: spi@address algorithm:secret, by commas; or file NAME",
      placeholder: "SECRETS",
    }),
    M: one(TEXT, {
      group: lines,
      help: "Check signatures (TCP-MD5, RSVP, IS-IS) with a secret",
      placeholder: "SECRET",
    }),
    l: toggle({ hidden: true, help: "Lines as they come: always so for pipes" }),
    f: toggle({ hidden: true, help: "Addresses as numbers: always so" }),
    N: toggle({ hidden: true, help: "Names without domain: there are none" }),
    u: toggle({ hidden: true, help: "File handles as they are: always so" }),
    H: toggle({ group: lines, help: "Look for draft 802.11s mesh headers" }),
    O: toggle({ hidden: true, help: "Taken for tcpdump's sake", aliases: ["no-optimize"] }),
    a: toggle({ hidden: true, help: "Taken for tcpdump's sake" }),
    m: list(FILE, { hidden: true, help: "MIBs are not read" }),
    d: count({ group: lines, help: "Only show the filter as code for the kernel; twice as C, three times as numbers" }),
    I: toggle({
      hidden: true,
      help: "Interfaces are not put into monitor mode; do it before, with iw",
      aliases: ["monitor-mode"],
    }),
    color: one(choice(["auto", "always", "never"]), {
      group: lines,
      help: "Colours (default: on a terminal); none where NO_COLOR is set",
      fallback: "auto",
      aliases: ["colour"],
    }),
    explain: attached(TEXT, {
      group: views,
      help: "Explain each octet; =PROTOCOL: only packets that hold it",
      placeholder: "PROTOCOL",
    }),
    depth: one(integer(0), { group: views, help: "With --explain: levels of the tree that are shown" }),
    only: list(TEXT, {
      group: views,
      help: "With --explain: only fields with this in their name",
      placeholder: "FIELD",
    }),
    follow: toggle({ group: views, help: "Conversations, decoded messages in order, text as text" }),
    "export-objects": one(TEXT, {
      group: views,
      help:
        "Write the files that conversations carry, HTTP bodies with codings undone, into a directory; a line for each",
      placeholder: "[http,]DIR",
    }),
    json: toggle({ group: views, help: "JSON, one object a line; with --explain the tree too" }),
    fields: one(TEXT, {
      group: views,
      help: "Columns: ts,src,dst,sport,… or names of explained fields",
      placeholder: "A,B,C",
    }),
    stat: toggle({ group: views, help: "Totals by protocol and conversation", aliases: ["stats"] }),
    count: toggle({ group: views, help: "Only count packets" }),
    decode: list(TEXT, {
      group: views,
      help: "Take a port for a protocol: tcp:8080=http",
      placeholder: "PORT=PROTOCOL",
    }),
    keylog: one(FILE, {
      group: views,
      help: "Open TLS, DTLS and QUIC with the secrets of a file that SSLKEYLOGFILE named",
    }),
    "tls-key": list(FILE, {
      group: views,
      help: "Open TLS without Diffie-Hellman with a server's private RSA key (PEM)",
    }),
    mask: toggle({ group: views, help: "Hide passwords, in text and hex" }),
    w: one(FILE, {
      group: files,
      help: "Write packets to a file: pcap when its name ends in .pcap or .cap, else pcapng; - is standard output",
      aliases: ["write"],
    }),
    C: one(TEXT, {
      group: files,
      help: "Begin another file after this many million octets (k, M, G: powers of 1024)",
      placeholder: "SIZE",
    }),
    G: one(integer(1), {
      group: files,
      help: "Begin another file after this many seconds; %H%M%S in its name is the time",
      placeholder: "SECONDS",
    }),
    W: one(integer(1), {
      group: files,
      help: "With -C keep this many files; with -G stop after them",
      placeholder: "COUNT",
    }),
    z: one(TEXT, {
      group: files,
      help: "With -C and -G: run this program on each file that is full, as in -z gzip",
      placeholder: "PROGRAM",
    }),
    U: toggle({ group: files, help: "Write each packet at once", aliases: ["packet-buffered"] }),
    print: toggle({ group: files, help: "Show packets besides writing them" }),
    Z: one(TEXT, {
      group: files,
      help: "Become this user (number) once the socket is open",
      aliases: ["relinquish-privileges"],
      placeholder: "USER",
    }),
  },
  notes: [
    "FILTER is tcpdump's: host, net, port, portrange, src, dst, tcp, udp, icmp, arp, ip6, vlan, ether, proto, less, " +
    "greater, and, or, not, tcp[tcpflags] & tcp-syn != 0. A damaged file gives every packet before the damage, and status 1.",
  ],
});

/** Flags of tcpdump that are refused; their help says why. */
export const REFUSED = ["I"] as const;
