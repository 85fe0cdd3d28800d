// Extended communities of BGP. Pure. RFC 4360 and after (IANA: BGP extended communities); the form is tcpdump's.
import { asText, want } from "./bgp_routes.ts";
import { bitNames, hex, type Line } from "../core/line.ts";
import { bits, names } from "../core/table.ts";

const TYPES = names(
  "2 target|258 target|514 target|3 origin|259 origin|515 origin|0x4004 link-BW|5 ospf-domain|261 ospf-domain|" +
    "517 ospf-domain|0x8005 ospf-domain|774 ospf-route-type|0x8000 ospf-route-type|780 encapsulation|" +
    "263 ospf-router-id|0x8001 ospf-router-id|0x800a layer2-info|0x8800 eigrp-general-route (flag, tag)|" +
    "eigrp-route-metric (AS, delay)|eigrp-route-metric (reliability, nexthop, bandwidth)|" +
    "eigrp-route-metric (load, MTU)|eigrp-external-route (remote-AS, remote-ID)|" +
    "eigrp-external-route (remote-proto, remote-metric)|9 source-AS|267 vrf-route-import|10 l2vpn-id|0xf10a l2vpn-id",
);
const FLAGS = bits("0x8000 vendor-specific|0x4000 non-transitive");
const TUNNELS = names(
  "1 L2TPv3 over IP|GRE|Transmit Tunnel|IPsec|IP in IP with IPsec|MPLS in IP with IPsec|IP in IP|VXLAN|NVGRE|MPLS|" +
    "MPLS in GRE|VXLAN GPE|MPLS in UDP|IPv6|SR TE|Bare|SR",
);
const ROUTES = names("1 Router|Network|Summary|5 External|7 NSSA External|129 MPLS-VPN Sham");
const ENCAPSULATIONS = names(
  "0 Reserved|Frame Relay|ATM AAL5 SDU VCC transport|ATM transparent cell transport|Ethernet (VLAN) Tagged Mode|" +
    "Ethernet Raw Mode|Cisco HDLC|PPP|SONET/SDH Circuit Emulation Service over MPLS|ATM n-to-one VCC cell transport|" +
    "ATM n-to-one VPC cell transport|IP layer 2 transport|15 Frame Relay Port mode|17 Structure-agnostic E1 over packet|" +
    "Structure-agnostic T1 (DS1) over packet|VPLS|Structure-agnostic T3 (DS3) over packet|" +
    "Nx64kbit/s Basic Service using Structure-aware|25 Frame Relay DLCI|40 Structure-agnostic E3 over packet|" +
    "Octet-aligned playload for Structure-agnostic DS1 circuits|E1 Nx64kbit/s with CAS using Structure-aware|" +
    "DS1 (ESF) Nx64kbit/s with CAS using Structure-aware|DS1 (SF) Nx64kbit/s with CAS using Structure-aware",
);

/** The eight octets of a community at `at`. */
export function printCommunity(l: Line, at: number): void {
  want(l, at, 2);
  const type = l.u16(at);
  l.text(`\n\t    ${TYPES[type] ?? "unknown extd community typecode"} (0x${hex(type, 4)}), `);
  l.text(`Flags [${bitNames(FLAGS, type, "none")}]`);
  want(l, at, 8);
  l.text(": ");
  switch (type) {
    case 0x0002:
    case 0x0003:
    case 0x000a:
      return l.text(`${l.u16(at + 2)}:${l.u32(at + 4)} (= ${l.ip4Text(at + 4)})`);
    case 0x0102:
    case 0x0103:
    case 0xf10a:
    case 0x010b:
      return l.text(`${l.ip4Text(at + 2)}:${l.u16(at + 6)}`);
    case 0x0202:
    case 0x0203:
      return l.text(`${asText(l, l.u32(at + 2))}:${l.u16(at + 6)}`);
    case 0x4004: {
      const octets = new DataView(new ArrayBuffer(4));
      octets.setUint32(0, l.u32(at + 4));
      return l.text(`bandwidth: ${(octets.getFloat32(0) * 8 / 1e6).toFixed(3)} Mbps`);
    }
    case 0x0005:
    case 0x0105:
    case 0x0205:
    case 0x8005:
    case 0x0107:
    case 0x8001:
      return l.ip4(at + 2);
    case 0x0306:
    case 0x8000: {
      const route = l.u8(at + 6);
      const second = (l.u8(at + 7) & 1) !== 0 ? "E2" : "";
      l.text(`area:${l.ip4Text(at + 2)}, router-type:${ROUTES[route] ?? `unknown (0x${hex(route, 2)})`}, `);
      return l.text(`metric-type:${second}${route === 5 || route === 7 ? "E1" : ""}`);
    }
    case 0x800a:
      l.text(`${ENCAPSULATIONS[l.u8(at + 2)] ?? "unknown encaps"} Control Flags [0x${hex(l.u8(at + 3), 2)}]`);
      return l.text(`:MTU ${l.u16(at + 4)}`);
    case 0x0009:
      return l.text(`AS ${l.u16(at + 2)}`);
    case 0x030c:
      return l.text(`Tunnel type: ${TUNNELS[l.u16(at + 6)] ?? "unknown encaps"}`);
  }
  l.text(l.hexText(at + 2, 6));
}
