// Attributes of RADIUS: RFC 2865, 2866 (accounting), 2868 (tunnels), 2869, 3162 (IPv6), 3579 (EAP), 5176. Pure.
// To add one: a line.
import { names } from "../coding/names.ts";

/** How a value is read. */
export type AttributeKind =
  | "text"
  | "number"
  | "seconds"
  | "octets"
  | "ip"
  | "ip6"
  | "prefix6"
  | "time"
  | "hidden"
  | "tagged"
  | "tagged text"
  | "vlan"
  | "vlan name"
  | "eap"
  | "vendor";

const list = (first: number, text: string): Readonly<Record<number, string>> =>
  Object.fromEntries(text.split("|").map((word, i) => [first + i, word]));

/** By type: name, how the value is read, where it is defined, and what its numbers mean. */
export const ATTRIBUTES: Readonly<
  Record<number, readonly [name: string, kind: AttributeKind, ref: string, names?: Readonly<Record<number, string>>]>
> = {
  1: ["User-Name", "text", "RFC 2865 5.1"],
  2: ["User-Password", "hidden", "RFC 2865 5.2"],
  3: ["CHAP-Password", "octets", "RFC 2865 5.3"],
  4: ["NAS-IP-Address", "ip", "RFC 2865 5.4"],
  5: ["NAS-Port", "number", "RFC 2865 5.5"],
  6: [
    "Service-Type",
    "number",
    "RFC 2865 5.6",
    list(
      1,
      "login|framed|callback login|callback framed|outbound|administrative|NAS prompt|authenticate only|" +
        "callback NAS prompt|call check|callback administrative",
    ),
  ],
  7: ["Framed-Protocol", "number", "RFC 2865 5.7", list(1, "PPP|SLIP|ARAP|Gandalf|Xylogics|X.75")],
  8: ["Framed-IP-Address", "ip", "RFC 2865 5.8"],
  9: ["Framed-IP-Netmask", "ip", "RFC 2865 5.9"],
  10: ["Framed-Routing", "number", "RFC 2865 5.10", list(0, "none|send|listen|send and listen")],
  11: ["Filter-Id", "text", "RFC 2865 5.11"],
  12: ["Framed-MTU", "number", "RFC 2865 5.12"],
  13: ["Framed-Compression", "number", "RFC 2865 5.13", list(0, "none|VJ TCP/IP|IPX|Stac-LZS")],
  14: ["Login-IP-Host", "ip", "RFC 2865 5.14"],
  15: ["Login-Service", "number", "RFC 2865 5.15", { 0: "Telnet", 1: "Rlogin", 2: "TCP clear", 50: "SSH" }],
  16: ["Login-TCP-Port", "number", "RFC 2865 5.16"],
  18: ["Reply-Message", "text", "RFC 2865 5.18"],
  19: ["Callback-Number", "text", "RFC 2865 5.19"],
  20: ["Callback-Id", "text", "RFC 2865 5.20"],
  22: ["Framed-Route", "text", "RFC 2865 5.22"],
  24: ["State", "octets", "RFC 2865 5.24"],
  25: ["Class", "octets", "RFC 2865 5.25"],
  26: ["Vendor-Specific", "vendor", "RFC 2865 5.26"],
  27: ["Session-Timeout", "seconds", "RFC 2865 5.27"],
  28: ["Idle-Timeout", "seconds", "RFC 2865 5.28"],
  29: ["Termination-Action", "number", "RFC 2865 5.29", list(0, "default|ask again")],
  30: ["Called-Station-Id", "text", "RFC 2865 5.30"],
  31: ["Calling-Station-Id", "text", "RFC 2865 5.31"],
  32: ["NAS-Identifier", "text", "RFC 2865 5.32"],
  33: ["Proxy-State", "octets", "RFC 2865 5.33"],
  40: [
    "Acct-Status-Type",
    "number",
    "RFC 2866 5.1",
    { 1: "start", 2: "stop", 3: "interim update", 7: "accounting on", 8: "accounting off", 15: "failed" },
  ],
  41: ["Acct-Delay-Time", "seconds", "RFC 2866 5.2"],
  42: ["Acct-Input-Octets", "number", "RFC 2866 5.3"],
  43: ["Acct-Output-Octets", "number", "RFC 2866 5.4"],
  44: ["Acct-Session-Id", "text", "RFC 2866 5.5"],
  45: ["Acct-Authentic", "number", "RFC 2866 5.6", list(1, "RADIUS|local|remote|Diameter")],
  46: ["Acct-Session-Time", "seconds", "RFC 2866 5.7"],
  47: ["Acct-Input-Packets", "number", "RFC 2866 5.8"],
  48: ["Acct-Output-Packets", "number", "RFC 2866 5.9"],
  49: [
    "Acct-Terminate-Cause",
    "number",
    "RFC 2866 5.10",
    list(
      1,
      "user request|lost carrier|lost service|idle timeout|session timeout|admin reset|admin reboot|port error|" +
        "NAS error|NAS request|NAS reboot|port unneeded|port preempted|port suspended|service unavailable|callback|" +
        "user error|host request",
    ),
  ],
  50: ["Acct-Multi-Session-Id", "text", "RFC 2866 5.11"],
  51: ["Acct-Link-Count", "number", "RFC 2866 5.12"],
  52: ["Acct-Input-Gigawords", "number", "RFC 2869 5.1"],
  53: ["Acct-Output-Gigawords", "number", "RFC 2869 5.2"],
  55: ["Event-Timestamp", "time", "RFC 2869 5.3"],
  56: ["Egress-VLANID", "vlan", "RFC 4675 2.1"],
  57: ["Ingress-Filters", "number", "RFC 4675 2.2", { 1: "enabled", 2: "disabled" }],
  58: ["Egress-VLAN-Name", "vlan name", "RFC 4675 2.3"],
  59: ["User-Priority-Table", "octets", "RFC 4675 2.4"],
  60: ["CHAP-Challenge", "octets", "RFC 2865 5.40"],
  61: [
    "NAS-Port-Type",
    "number",
    "RFC 2865 5.41",
    list(
      0,
      "async|sync|ISDN sync|ISDN async V.120|ISDN async V.110|virtual|PIAFS|HDLC|X.25|X.75|G.3 fax|SDSL|ADSL-CAP|" +
        "ADSL-DMT|IDSL|Ethernet|xDSL|cable|wireless|IEEE 802.11",
    ),
  ],
  62: ["Port-Limit", "number", "RFC 2865 5.42"],
  64: [
    "Tunnel-Type",
    "tagged",
    "RFC 2868 3.1",
    list(1, "PPTP|L2F|L2TP|ATMP|VTP|AH|IP-IP|MIN-IP-IP|ESP|GRE|DVS|IP-in-IP|VLAN"),
  ],
  65: ["Tunnel-Medium-Type", "tagged", "RFC 2868 3.2", { 1: "IPv4", 2: "IPv6", 6: "IEEE 802" }],
  66: ["Tunnel-Client-Endpoint", "tagged text", "RFC 2868 3.3"],
  67: ["Tunnel-Server-Endpoint", "tagged text", "RFC 2868 3.4"],
  68: ["Acct-Tunnel-Connection", "text", "RFC 2867 4.1"],
  69: ["Tunnel-Password", "hidden", "RFC 2868 3.5"],
  76: ["Prompt", "number", "RFC 2869 5.10", list(0, "no echo|echo")],
  77: ["Connect-Info", "text", "RFC 2869 5.11"],
  79: ["EAP-Message", "eap", "RFC 3579 3.1"],
  80: ["Message-Authenticator", "octets", "RFC 3579 3.2"],
  81: ["Tunnel-Private-Group-ID", "tagged text", "RFC 2868 3.6"],
  82: ["Tunnel-Assignment-ID", "tagged text", "RFC 2868 3.7"],
  83: ["Tunnel-Preference", "tagged", "RFC 2868 3.8"],
  85: ["Acct-Interim-Interval", "seconds", "RFC 2869 5.16"],
  87: ["NAS-Port-Id", "text", "RFC 2869 5.17"],
  88: ["Framed-Pool", "text", "RFC 2869 5.18"],
  89: ["Chargeable-User-Identity", "octets", "RFC 4372 2.2"],
  95: ["NAS-IPv6-Address", "ip6", "RFC 3162 2.1"],
  // Numbered so, between 2.1 and 2.3.
  96: ["Framed-Interface-Id", "octets", "RFC 3162 3.2"],
  97: ["Framed-IPv6-Prefix", "prefix6", "RFC 3162 2.3"],
  98: ["Login-IPv6-Host", "ip6", "RFC 3162 2.4"],
  99: ["Framed-IPv6-Route", "text", "RFC 3162 2.5"],
  100: ["Framed-IPv6-Pool", "text", "RFC 3162 2.6"],
  101: [
    "Error-Cause",
    "number",
    "RFC 5176 3.5",
    names(`
      201 residual session context removed; 202 invalid EAP packet; 401 unsupported attribute; 402 missing attribute;
      403 NAS identification mismatch; 404 invalid request; 405 unsupported service; 406 unsupported extension;
      501 administratively prohibited; 502 request not routable; 503 session context not found;
      504 session context not removable; 506 resources unavailable; 507 request initiated
    `),
  ],
  102: ["EAP-Key-Name", "octets", "RFC 7268 2.2"],
  123: ["Delegated-IPv6-Prefix", "prefix6", "RFC 4818 3"],
  126: ["Operator-Name", "text", "RFC 5580 4.1"],
  168: ["Framed-IPv6-Address", "ip6", "RFC 6911 3.1"],
  34: ["Login-LAT-Service", "text", "RFC 2865 5.34"],
  35: ["Login-LAT-Node", "text", "RFC 2865 5.35"],
  36: ["Login-LAT-Group", "octets", "RFC 2865 5.36"],
  63: ["Login-LAT-Port", "text", "RFC 2865 5.43"],
  86: ["Acct-Tunnel-Packets-Lost", "number", "RFC 2867 4.2"],
  90: ["Tunnel-Client-Auth-ID", "tagged text", "RFC 2868 3.9"],
  91: ["Tunnel-Server-Auth-ID", "tagged text", "RFC 2868 3.10"],
  92: ["NAS-Filter-Rule", "text", "RFC 4849 2"],
  94: ["Originating-Line-Info", "octets", "RFC 7155 4.2.8"],
  124: ["MIP6-Feature-Vector", "octets", "RFC 5447 4.2.5"],
  125: ["MIP6-Home-Link-Prefix", "octets", "RFC 5447 4.2.4"],
  127: ["Location-Information", "octets", "RFC 5580 4.2"],
  128: ["Location-Data", "octets", "RFC 5580 4.3"],
  129: ["Basic-Location-Policy-Rules", "octets", "RFC 5580 4.4"],
  130: ["Extended-Location-Policy-Rules", "octets", "RFC 5580 4.5"],
  131: ["Location-Capable", "number", "RFC 5580 4.6"],
  132: ["Requested-Location-Info", "number", "RFC 5580 4.7"],
  133: ["Framed-Management-Protocol", "number", "RFC 5607 6.1"],
  134: ["Management-Transport-Protection", "number", "RFC 5607 6.2"],
  135: ["Management-Policy-Id", "text", "RFC 5607 6.3"],
  136: ["Management-Privilege-Level", "number", "RFC 5607 6.4"],
  144: ["DS-Lite-Tunnel-Name", "octets", "RFC 6519 4.1"],
  169: ["DNS-Server-IPv6-Address", "ip6", "RFC 6911 3.2"],
  170: ["Route-IPv6-Information", "octets", "RFC 6911 3.3"],
  171: ["Delegated-IPv6-Prefix-Pool", "text", "RFC 6911 3.4"],
  172: ["Stateful-IPv6-Address-Pool", "text", "RFC 6911 3.5"],
  174: ["Allowed-Called-Station-Id", "text", "RFC 7268 2.1"],
  175: ["EAP-Peer-Id", "octets", "RFC 7268 2.3"],
  176: ["EAP-Server-Id", "octets", "RFC 7268 2.4"],
  177: ["Mobility-Domain-Id", "number", "RFC 7268 2.5"],
  178: ["Preauth-Timeout", "seconds", "RFC 7268 2.6"],
  179: ["Network-Id-Name", "octets", "RFC 7268 2.7"],
  181: ["WLAN-HESSID", "text", "RFC 7268 2.9"],
  182: ["WLAN-Venue-Info", "number", "RFC 7268 2.10"],
  183: ["WLAN-Venue-Language", "octets", "RFC 7268 2.11"],
  184: ["WLAN-Venue-Name", "text", "RFC 7268 2.12"],
  185: ["WLAN-Reason-Code", "number", "RFC 7268 2.13"],
  186: ["WLAN-Pairwise-Cipher", "octets", "RFC 7268 2.14"],
  187: ["WLAN-Group-Cipher", "octets", "RFC 7268 2.15"],
  188: ["WLAN-AKM-Suite", "octets", "RFC 7268 2.16"],
  189: ["WLAN-Group-Mgmt-Cipher", "octets", "RFC 7268 2.17"],
  190: ["WLAN-RF-Band", "number", "RFC 7268 2.18"],
};

/** Makers whose attributes are seen often (IANA enterprise numbers). */
export const VENDORS = names(`
  9 Cisco; 171 D-Link; 311 Microsoft; 388 Symbol; 529 Ascend; 2636 Juniper; 3076 Altiga (Cisco VPN); 4874 Juniper (ERX);
  10055 Ubiquiti; 11344 FreeRADIUS; 12356 Fortinet; 14122 WISPr; 14179 Airespace; 14823 Aruba; 14988 MikroTik;
  25053 Ruckus; 41112 Ubiquiti
`);

/** Microsoft's (RFC 2548 2). */
export const MICROSOFT: Readonly<Record<number, string>> = {
  1: "MS-CHAP-Response",
  2: "MS-CHAP-Error",
  7: "MS-MPPE-Encryption-Policy",
  8: "MS-MPPE-Encryption-Types",
  11: "MS-CHAP-Challenge",
  12: "MS-CHAP-MPPE-Keys",
  16: "MS-MPPE-Send-Key",
  17: "MS-MPPE-Recv-Key",
  25: "MS-CHAP2-Response",
  26: "MS-CHAP2-Success",
};
