// Names in capture filters: ports, protocols, EtherTypes, hosts. Pure; the system's own lists are given as text.
// To add a name that is understood where the system has no lists: a word in `PORTS` or `PROTOCOLS`.
import { type IpAddress, parseIp } from "../../base/ip.ts";

/** What names mean. */
export interface FilterNames {
  /** Addresses of a host, or `undefined` when it is not known. */
  host(name: string): readonly IpAddress[] | undefined;
  /** Port of a service; 0 for none. `both` when TCP and UDP agree. */
  port(name: string): { readonly port: number; readonly transport: "tcp" | "udp" | "both" } | undefined;
  protocol(name: string): number | undefined;
  /** `net loopback`: the network's number and how many bits it has. */
  network(name: string): { readonly value: number; readonly bits: number } | undefined;
}

const PORTS =
  `ftp-data 20 t,ftp 21 t,ssh 22 t,telnet 23 t,smtp 25 t,time 37 b,whois 43 t,domain 53 b,bootps 67 u,bootpc 68 u,
tftp 69 u,gopher 70 t,finger 79 t,http 80 t,kerberos 88 b,pop3 110 t,sunrpc 111 b,auth 113 t,nntp 119 t,ntp 123 u,
netbios-ns 137 u,netbios-dgm 138 u,netbios-ssn 139 t,imap2 143 t,imap 143 t,snmp 161 b,snmp-trap 162 b,bgp 179 t,ldap 389 b,
https 443 b,microsoft-ds 445 b,submissions 465 t,isakmp 500 u,syslog 514 u,submission 587 t,ldaps 636 b,domain-s 853 b,
imaps 993 t,pop3s 995 t,socks 1080 t,openvpn 1194 b,ms-sql-s 1433 t,mysql 3306 t,postgresql 5432 t,x11 6000 t,
mdns 5353 u,redis 6379 t,http-alt 8080 b,sip 5060 b,radius 1812 b,rtsp 554 b,nfs 2049 b`;

const PROTOCOLS: ReadonlyMap<string, number> = new Map(
  `ip 0,icmp 1,igmp 2,ggp 3,ipencap 4,st 5,tcp 6,egp 8,igp 9,pup 12,udp 17,hmp 20,rdp 27,dccp 33,idrp 45,rsvp 46,gre 47,
  esp 50,ah 51,skip 57,ipv6-icmp 58,icmp6 58,ipv6-nonxt 59,ipv6-opts 60,ipv6 41,ipv6-route 43,ipv6-frag 44,eigrp 88,
  ospf 89,ospfigp 89,ipip 94,encap 98,pim 103,ipcomp 108,vrrp 112,l2tp 115,isis 124,sctp 132,udplite 136`
    .split(",").map((line): [string, number] => {
      const [name, number] = line.trim().split(" ") as [string, string];
      return [name, Number(number)];
    }),
);

/** Names of EtherTypes and LLC service access points in `ether proto`. */
export const ETHER_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["aarp", 0x80f3],
  ["arp", 0x0806],
  ["atalk", 0x809b],
  ["decnet", 0x6003],
  ["ip", 0x0800],
  ["ip6", 0x86dd],
  ["lat", 0x6004],
  ["loopback", 0x9000],
  ["mopdl", 0x6001],
  ["moprc", 0x6002],
  ["rarp", 0x8035],
  ["sca", 0x6007],
  ["iso", 0xfe],
  ["stp", 0x42],
  ["ipx", 0xe0],
  ["netbeui", 0xf0],
]);

/** Names from the texts of `/etc/services`, `/etc/protocols` and `/etc/hosts`, each of which may be empty. */
export function namesFrom(services: string, protocols: string, hosts: string): FilterNames {
  const words = (text: string) =>
    text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/)).filter((parts) => parts.length > 1);
  const ports = new Map<string, { tcp?: number; udp?: number }>();
  const addPort = (name: string, port: number, transport: string) => {
    const entry = ports.get(name) ?? {};
    ports.set(name, entry);
    if (transport === "tcp") entry.tcp ??= port;
    else if (transport === "udp") entry.udp ??= port;
  };
  for (const [name, where, ...aliases] of words(services)) {
    const [port, transport] = where!.split("/");
    for (const alias of [name!, ...aliases]) addPort(alias, Number(port), transport ?? "");
  }
  for (const line of ports.size === 0 ? PORTS.split(",") : []) {
    const [name, port, which] = line.trim().split(" ") as [string, string, string];
    if (which !== "u") addPort(name, Number(port), "tcp");
    if (which !== "t") addPort(name, Number(port), "udp");
  }
  const numbers = new Map<string, number>();
  for (const [name, number, ...aliases] of words(protocols)) {
    for (const alias of [name!, ...aliases]) numbers.set(alias, Number(number));
  }
  const addresses = new Map<string, IpAddress[]>([["localhost", [parseIp("127.0.0.1")!]]]);
  const fromFile = new Map<string, IpAddress[]>();
  for (const [address, ...names] of words(hosts)) {
    const ip = parseIp(address!);
    if (ip === undefined) continue;
    for (const name of names) fromFile.set(name, [...(fromFile.get(name) ?? []), ip]);
  }
  for (const [name, list] of fromFile) addresses.set(name, list);
  return {
    host: (name) => addresses.get(name),
    port(name) {
      const entry = ports.get(name) ?? ports.get(name.toLowerCase());
      if (entry === undefined) return undefined;
      if (entry.tcp !== undefined && entry.udp !== undefined) {
        return { port: entry.tcp, transport: entry.tcp === entry.udp ? "both" : "tcp" };
      }
      return entry.tcp !== undefined ? { port: entry.tcp, transport: "tcp" } : { port: entry.udp!, transport: "udp" };
    },
    protocol: (name) => numbers.get(name) ?? PROTOCOLS.get(name.toLowerCase()),
    network: (name) => name === "loopback" ? { value: 127, bits: 8 } : undefined,
  };
}

/** Names where the system's lists are not read. */
export const BUILT_IN_NAMES: FilterNames = namesFrom("", "", "");
