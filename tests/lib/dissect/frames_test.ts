// Frames made by hand (tests/helpers/frames), whole and with errors in them: what they are, no octet without a field,
// and what tells protocols apart that have little of their own.
import { assert, assertEquals } from "@std/assert";
import { dissectPacket, PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { explainLines } from "../../../lib/dissect/view/octets.ts";
import { FRAMES } from "../../helpers/frames/all.ts";
import { everyField, leaves } from "../../helpers/fields.ts";
import { mutate, numbers } from "../../helpers/mutate.ts";

const ETHERNET = 1;

function check(bytes: Uint8Array): void {
  const { fields } = dissectPacket(ETHERNET, bytes);
  const seen = new Uint8Array(bytes.length);
  for (const field of fields) leaves(field, seen);
  assertEquals(seen.indexOf(0), -1, `octet ${seen.indexOf(0)} is in no field`);
  everyField(fields, (field) => assert(!(field.error ?? "").startsWith("Internal error"), field.error));
  explainLines(fields, bytes, { rows: 2 });
}

Deno.test("frames by hand are explained, and with errors in them, ten times each", () => {
  for (const bytes of Object.values(FRAMES)) {
    check(bytes);
    for (let seed = 1; seed <= 10; seed++) check(mutate(bytes, numbers(seed * 7919)));
  }
});

/** Frame: what it is said to be, layers and all. */
const SAID: Readonly<Record<string, string>> = {
  "ICMP with labels": "ipv4/icmp: time to live exceeded in transit",
  "ICMP with labels, right": "ipv4/icmp: time to live exceeded in transit",
  "ICMPv6 chain": "ipv6/icmp6: first fragment has incomplete headers",
  renumbering: "ipv6/icmp6: command",
  "renumbering result": "ipv6/icmp6: result",
  "node query": "ipv6/icmp6: node information query, node addresses",
  "node query by name": "ipv6/icmp6: node information query, node name",
  "node query of types": "ipv6/icmp6: node information query, 1",
  "node query by address": "ipv6/icmp6: node information query, node addresses",
  "node reply": "ipv6/icmp6: node information response, node addresses",
  "node reply with a name": "ipv6/icmp6: node information response, node name",
  "node refused": "ipv6/icmp6: node information response, node addresses",
  "home agents": "ipv6/icmp6: home agent address discovery reply",
  "mobile prefixes": "ipv6/icmp6: mobile prefix advertisement",
  "RPL solicitation": "ipv6/icmp6: DODAG information solicitation",
  "RPL information": "ipv6/icmp6: DODAG information object",
  "RPL advertisement": "ipv6/icmp6: destination advertisement object",
  "RPL answer": "ipv6/icmp6: destination advertisement acknowledgement",
  "RPL secure": "ipv6/icmp6: secure destination advertisement object",
  "LLDP of a switch": "lldp: switch.example (02:00:00:00:00:01), port eth0",
  "DCBX in LLDP": "lldp: nobody",
  LACP:
    "slow: LACP actor 02:00:00:00:00:01, key 1, port 2: activity, aggregation, synchronization, collecting, distributing",
  marker: "slow: marker",
  "Ethernet OAM": "slow: OAM information, version 1, revision 1, active",
  "Ethernet OAM event": "slow: OAM event notification, errored frame",
  STP:
    "llc/stp: STP: root is 32768.0 / 02:00:00:00:00:01, cost 4, by 32768.0 / 02:00:00:00:00:02 port 1, topology change",
  RSTP:
    "llc/stp: RSTP: root is 32768.0 / 02:00:00:00:00:01, cost 20000, by 32768.0 / 02:00:00:00:00:02 port 1, designated",
  MSTP:
    'llc/stp: MSTP: root is 32768.0 / 02:00:00:00:00:01, cost 200000, by 32768.0 / 02:00:00:00:00:02 port 1, designated, region "region", revision 1',
  CDP: "llc/snap/cdp: S1, port Fa0/1, platform WS, 192.0.2.1",
  DTP: "llc/snap/dtp: trunk negotiation, domain lab, 02:00:00:00:00:01",
  UDLD: "llc/snap/udld: probe by S1 Gi0/1",
  "VTP summary": "llc/snap/vtp: summary advertisement of domain lab, revision 5 by 192.0.2.1",
  "VTP subset": "llc/snap/vtp: subset advertisement of domain lab, revision 5",
  XID: "llc: null, exchange identification",
  "PPPoE discovery": "pppoe: discovery initiation (PADI), isp1",
  "PPPoE IPCP":
    "pppoe/ppp-bare: IP control: configure request: IP compression protocol, IP address 0.0.0.0, Primary DNS server 0.0.0.0",
  "PPPoE IPv6CP": "pppoe/ppp-bare: IPv6 control: configure request: Interface identifier 02:00:00:ff:fe:00:00:01",
  "PPPoE CCP": "pppoe/ppp-bare: compression control: configure request: Deflate, BSD compress 47, Deflate (draft)",
  "PPPoE CHAP": 'pppoe/ppp-bare: challenge handshake authentication: challenge by "peer1"',
  "PPPoE PAP": 'pppoe/ppp-bare: password authentication: authenticate request "user", password in clear',
  "PPPoE echo": "pppoe/ppp-bare: link control: echo request",
  "EAP identity": 'eapol: EAP Response 1 Identity "alice"',
  "EAP TLS": "eapol: EAP Request 2 EAP-TLS, acknowledged",
  "EAPOL start": "eapol: EAPOL start",
  "Ethernet loopback": "loopback-test: reply, receipt 256",
  "PTP sync": "ptp: PTP sync 2, domain 0, by 00:11:22:33:44:55:66:77, port 1",
  "PTP announce":
    "ptp: PTP announce 2, domain 0, by 00:11:22:33:44:55:66:77, port 1, grandmaster 00:11:22:33:44:55:66:77, priority 128, class 6, 0 steps",
  MACsec: "macsec: MACsec encrypted, association 0, packet 1",
  pause: "mac-control: pause, 33553920 bit times",
  "optical gate": "mac-control: opcode 2",
  "optical report": "mac-control: opcode 3",
  "optical request": "mac-control: opcode 4",
  "optical register": "mac-control: opcode 5",
  "optical acknowledgment": "mac-control: opcode 6",
  "OSPF hello": "ipv4/ospf: OSPFv2 hello by 10.0.0.1, area 0.0.0.0, designated router 192.0.2.1, neighbors 10.0.0.2",
  "OSPF hello with a password":
    "ipv4/ospf: OSPFv2 hello by 10.0.0.1, area 0.0.0.0, designated router none, neighbors none",
  "OSPF hello with MD5": "ipv4/ospf: OSPFv2 hello by 10.0.0.1, area 0.0.0.0, designated router none, neighbors none",
  "OSPF database description":
    "ipv4/ospf: OSPFv2 database description by 10.0.0.1, area 0.0.0.0, master, sequence 1, 1 LSA headers",
  "OSPF request":
    "ipv4/ospf: OSPFv2 link state request by 10.0.0.1, area 0.0.0.0: router LSA 10.0.0.1 of 10.0.0.1; opaque LSA (area) 1.0.0.1 of 10.0.0.1",
  "OSPF acknowledgement":
    "ipv4/ospf: OSPFv2 link state acknowledgement by 10.0.0.1, area 0.0.0.0: router LSA 10.0.0.1 of 10.0.0.1",
  "OSPFv3 hello": "ipv6/ospf: OSPFv3 hello by 10.0.0.1, area 0.0.0.0, designated router 10.0.0.1, neighbors 10.0.0.3",
  "OSPFv3 database description":
    "ipv6/ospf: OSPFv3 database description by 10.0.0.1, area 0.0.0.0, master, sequence 1, 1 LSA headers",
  "OSPFv3 update": "ipv6/ospf: OSPFv3 link state update by 10.0.0.1, area 0.0.0.0: 4 LSAs",
  "PIM hello": "ipv4/pim: PIM hello, hold time 105 seconds, DR priority 1",
  "PIM register stop": "ipv4/pim: PIM register stop for 225.0.0.1 from 192.0.2.1",
  "PIM join":
    "ipv4/pim: PIM join/prune to 192.0.2.1: 225.0.0.1, joins any source, by 192.0.2.3, prunes any source, by 192.0.2.3",
  "PIM bootstrap": "ipv4/pim: PIM bootstrap by 192.0.2.1, priority 64",
  "PIM assert": "ipv4/pim: PIM assert for 225.0.0.1 from 192.0.2.1",
  "PIM graft acknowledgement":
    "ipv4/pim: PIM graft acknowledgement to 192.0.2.1: 225.0.0.1, joins any source, by 192.0.2.3",
  "PIM candidate": "ipv4/pim: PIM candidate RP advertisement 192.0.2.1",
  "PIM election": "ipv4/pim: PIM DF election backoff",
  "PIM of version 1": "ipv4/pim: PIM hello",
  "VRRP version 2": "ipv4/vrrp: VRRP version 2, virtual router 1, priority 100, 192.0.2.1, 192.0.2.2",
  "VRRP version 3": "ipv4/vrrp: VRRP version 3, virtual router 1, priority 100, 192.0.2.1",
  "VRRP over IPv6": "ipv6/vrrp: VRRP version 3, virtual router 1, priority 100, fe80::1",
  HSRP: "ipv4/udp/hsrp: HSRP hello, group 1, active, priority 100, 192.0.2.1",
  "HSRP reserved": "ipv4/udp/hsrp: HSRP opcode 7, group 1, state 3, priority 100, 192.0.2.1",
  "RIP version 1": "ipv4/udp/rip: RIP version 1 response: 192.0.2.0, metric 1",
  "RIP version 2": "ipv4/udp/rip: RIP version 2 response: 3 routes, password in clear",
  "RIP keyed": "ipv4/udp/rip: RIP version 2 response, keyed digest",
  RIPng: "ipv6/udp/ripng: RIPng response: 2001:db8::/64, metric 1; 2001:db8:1::/48, metric 16",
  "RIPng request": "ipv6/udp/ripng: RIPng request: the whole table",
  "EIGRP hello": "ipv4/eigrp: EIGRP hello, AS 100, K values 1 0 1 0 0 0, hold time 15 s",
  "DCCP request": "ipv4/dccp: 1024 > 80 DCCP request, seq 258, service 5",
  "DCCP reset": "ipv4/dccp: 1024 > 80 DCCP reset, seq 258, ack 1: aborted",
  BFD: "ipv4/udp/bfd: BFD up, 1 to 2",
  "BFD with a password": "ipv4/udp/bfd: BFD up, control detection time expired, 1 to 2",
  "BFD with MD5": "ipv4/udp/bfd: BFD down, path down, poll, 1 to 2",
  "BFD echo": "ipv4/udp/bfd-echo: BFD echo, 8 octets",
  "IGMP DVMRP": "ipv4/igmp: DVMRP neighbors 2",
  "IGMP trace": "ipv4/igmp: multicast traceroute from 192.0.2.1 to 192.0.2.2",
  "IGMP PIM": "ipv4/igmp: PIM (version 1)",
  "GRE without payload": "ipv4/gre: PPTP call 1",
  "BGP open": "ipv4/tcp/bgp: OPEN AS 65538, identifier 10.0.0.1, hold time 180 s",
  "L2TP without values": "ipv4/udp/l2tp: L2TP tunnel 1, acknowledgement",
  "L2TP session": "ipv4/udp/l2tp/ppp: link control: configure request",
  "L2TP broken": "ipv4/udp/l2tp: L2TP tunnel 1, acknowledgement",
  "L2TP, longer than it is": "ipv4/udp/l2tp: L2TP tunnel 1, acknowledgement",
};

for (const [name, said] of Object.entries(SAID)) {
  Deno.test(`frame "${name}" is said to be what it is`, () => {
    const { facts, messages, summary, fields } = new PacketDissector().dissect(ETHERNET, FRAMES[name]!);
    const words = messages.length > 0 ? messages.map((message) => message.summary).join(" | ") : summary;
    assertEquals(`${facts.layers.slice(1).join("/")}: ${words}`, said);
    everyField(fields, (field) => assertEquals(field.error, undefined, field.name));
  });
}

Deno.test("options of OSI are named, those of ES-IS and of CLNP by the same table", () => {
  const options = (frame: string) => {
    const said: string[] = [];
    everyField(dissectPacket(ETHERNET, FRAMES[frame]!).fields, ({ name, ref, meaning }) => {
      if (meaning !== undefined && /^ISO (?:8473 7\.5|9542 7\.4)/.test(ref ?? "")) said.push(`${name}: ${meaning}`);
    });
    return said;
  };
  assertEquals(options("CLNP echo"), ["Priority: 1"]);
  assertEquals(options("ES-IS hello"), [
    "Suggested configuration timer: 30 seconds",
    "Interval: 30 seconds",
  ]);
});
