// Ports: those that a packet begins with, and what a port number usually means (IANA service names). Pure.
import { names } from "./names.ts";
import type { PacketState } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const SERVICES = names(`
  7 echo; 9 discard; 13 daytime; 20 ftp-data; 21 ftp; 22 ssh; 23 telnet; 25 smtp; 37 time; 43 whois; 53 domain;
  67 dhcp server; 68 dhcp client; 69 tftp; 79 finger; 80 http; 88 kerberos; 110 pop3; 113 ident; 119 nntp; 123 ntp;
  137 netbios-ns; 138 netbios-dgm; 139 netbios-ssn; 143 imap; 161 snmp; 162 snmp-trap; 179 bgp; 194 irc; 389 ldap;
  443 https; 445 microsoft-ds; 465 submissions; 500 isakmp; 514 syslog; 515 printer; 520 rip; 546 dhcpv6 client;
  547 dhcpv6 server; 554 rtsp; 587 submission; 631 ipp; 636 ldaps; 853 domain over tls; 873 rsync; 989 ftps-data;
  990 ftps; 993 imaps; 995 pop3s; 1080 socks; 1194 openvpn; 1433 ms-sql; 1701 l2tp; 1723 pptp; 1812 radius;
  1813 radius accounting; 1883 mqtt; 1900 ssdp; 2049 nfs; 3128 http proxy; 3268 msft-gc; 3306 mysql; 3389 rdp;
  4500 ipsec nat-t; 5060 sip; 5061 sips; 5222 xmpp; 5353 mdns; 5355 llmnr; 5432 postgresql; 5900 vnc; 6379 redis;
  6514 syslog over tls; 6667 irc; 8080 http alternative; 8443 https alternative; 8883 mqtt over tls; 9050 tor socks;
  9418 git; 11211 memcached; 27017 mongodb
`);

/** What a port number is usually for, or `undefined`. */
export function serviceName(port: number): string | undefined {
  return SERVICES[port];
}

/** Whether the layers at hand are the packet's own, and not those of one that it quotes or has inside. */
export function isOwn(packet: PacketState): boolean {
  return packet.quoted !== true && packet.inner !== true;
}

/** Reads the two ports that TCP and UDP begin with. They are among the packet's facts when they are its own. */
export function readPorts(
  tree: Tree,
  packet: PacketState,
  ref: string,
): readonly [source: number, destination: number] {
  const sport = tree.u16("Source port", ref, serviceName);
  const dport = tree.u16("Destination port", ref, serviceName);
  if (isOwn(packet)) Object.assign(packet.facts, { sport, dport });
  packet.summary = `${sport} > ${dport}`;
  return [sport, dport];
}
