// Attributes of RADIUS: names, forms and words for values. Pure. RFC 2865 and after (IANA: RADIUS types).
// To add an attribute: a line in the list, its letter first (`FORMS`), and words for its numbers in `WORDS`.
import type { Names } from "../core/line.ts";
import { names } from "../core/table.ts";

export type Form =
  | "none"
  | "text"
  | "number"
  | "address"
  | "address6"
  | "prefix6"
  | "home"
  | "operator"
  | "location"
  | "place"
  | "policy"
  | "time"
  | "vector"
  | "strange"
  | "vendor";

const FORMS: Readonly<Record<string, Form>> = {
  "-": "none",
  t: "text",
  n: "number",
  a: "address",
  A: "address6",
  p: "prefix6",
  h: "home",
  o: "operator",
  l: "location",
  d: "place",
  r: "policy",
  T: "time",
  v: "vector",
  s: "strange",
  V: "vendor",
};

const LIST =
  "t User-Name|- User-Password|- CHAP-Password|a NAS-IP-Address|n NAS-Port|n Service-Type|n Framed-Protocol|" +
  "a Framed-IP-Address|a Framed-IP-Netmask|n Framed-Routing|t Filter-Id|n Framed-MTU|n Framed-Compression|" +
  "a Login-IP-Host|n Login-Service|n Login-TCP-Port|- Unassigned|t Reply-Message|t Callback-Number|t Callback-Id|" +
  "- Unassigned|t Framed-Route|n Framed-IPX-Network|t State|t Class|V Vendor-Specific|n Session-Timeout|" +
  "n Idle-Timeout|n Termination-Action|t Called-Station-Id|t Calling-Station-Id|t NAS-Identifier|t Proxy-State|" +
  "t Login-LAT-Service|t Login-LAT-Node|t Login-LAT-Group|n Framed-AppleTalk-Link|n Framed-AppleTalk-Network|" +
  "t Framed-AppleTalk-Zone|n Acct-Status-Type|n Acct-Delay-Time|n Acct-Input-Octets|n Acct-Output-Octets|" +
  "t Acct-Session-Id|n Acct-Authentic|n Acct-Session-Time|n Acct-Input-Packets|n Acct-Output-Packets|" +
  "n Acct-Terminate-Cause|t Acct-Multi-Session-Id|n Acct-Link-Count|n Acct-Input-Gigawords|" +
  "n Acct-Output-Gigawords|- Unassigned|T Event-Timestamp|n Egress-VLANID|n Ingress-Filters|t Egress-VLAN-Name|" +
  "- User-Priority-Table|t CHAP-Challenge|n NAS-Port-Type|n Port-Limit|t Login-LAT-Port|n Tunnel-Type|" +
  "n Tunnel-Medium-Type|t Tunnel-Client-Endpoint|t Tunnel-Server-Endpoint|t Acct-Tunnel-Connection|" +
  "t Tunnel-Password|s ARAP-Password|s ARAP-Features|n ARAP-Zone-Access|t ARAP-Security|t ARAP-Security-Data|" +
  "n Password-Retry|n Prompt|t Connect-Info|t Configuration-Token|t EAP-Message|t Message-Authenticator|" +
  "t Tunnel-Private-Group-ID|t Tunnel-Assignment-ID|n Tunnel-Preference|s ARAP-Challenge-Response|" +
  "n Acct-Interim-Interval|n Acct-Tunnel-Packets-Lost|t NAS-Port-Id|t Framed-Pool|t CUI|t Tunnel-Client-Auth-ID|" +
  "t Tunnel-Server-Auth-ID|t NAS-Filter-Rule|- Unassigned|- Originating-Line-Info|A NAS-IPv6-Address|" +
  "- Framed-Interface-ID|p Framed-IPv6-Prefix|A Login-IPv6-Host|t Framed-IPv6-Route|t Framed-IPv6-Pool|" +
  "s Error-Cause|- EAP-Key-Name|t Digest-Response|t Digest-Realm|t Digest-Nonce|t Digest-Response-Auth|" +
  "t Digest-Nextnonce|t Digest-Method|t Digest-URI|t Digest-Qop|t Digest-Algorithm|t Digest-Entity-Body-Hash|" +
  "t Digest-CNonce|t Digest-Nonce-Count|t Digest-Username|t Digest-Opaque|t Digest-Auth-Param|t Digest-AKA-Auts|" +
  "t Digest-Domain|t Digest-Stale|t Digest-HA1|t SIP-AOR|p Delegated-IPv6-Prefix|v MIP6-Feature-Vector|" +
  "h MIP6-Home-Link-Prefix|o Operator-Name|l Location-Information|d Location-Data|r Basic-Location-Policy-Rules";

const WORDS: Readonly<Record<number, Names>> = {
  6: names(
    "1 Login|Framed|Callback Login|Callback Framed|Outbound|Administrative|NAS Prompt|Authenticate Only|" +
      "Callback NAS Prompt|Call Check|Callback Administrative|Voice|Fax|Modem Relay|IAPP-Register|IAPP-AP-Check|" +
      "Authorize Only|Framed-Management|Additional-Authorization",
  ),
  7: names("1 PPP|SLIP|ARAP|Gandalf proprietary|Xylogics IPX/SLIP|X.75 Synchronous|GPRS PDP Context"),
  10: names("0 None|Send|Listen|Send&Listen"),
  13: names("0 None|VJ TCP/IP|IPX|Stac-LZS"),
  15: names("0 Telnet|Rlogin|TCP Clear|PortMaster(proprietary)|LAT|X.25-PAD|X.25-T3POS|Unassigned|TCP Clear Quiet"),
  29: names("0 Default|RADIUS-Request"),
  40: names(
    "1 Start|Stop|Interim-Update|Unassigned|Unassigned|Unassigned|Accounting-On|Accounting-Off|Tunnel-Start|" +
      "Tunnel-Stop|Tunnel-Reject|Tunnel-Link-Start|Tunnel-Link-Stop|Tunnel-Link-Reject|Failed",
  ),
  45: names("1 RADIUS|Local|Remote|Diameter"),
  49: names(
    "1 User Request|Lost Carrier|Lost Service|Idle Timeout|Session Timeout|Admin Reset|Admin Reboot|Port Error|" +
      "NAS Error|NAS Request|NAS Reboot|Port Unneeded|Port Preempted|Port Suspended|Service Unavailable|Callback|" +
      "User Error|Host Request|Supplicant Restart|Reauthentication Failure|Port Reinitialized|" +
      "Port Administratively Disabled|Lost Power",
  ),
  57: names("1 Enabled|Disabled"),
  61: names(
    "0 Async|Sync|ISDN Sync|ISDN Async V.120|ISDN Async V.110|Virtual|PIAFS|HDLC Clear Channel|X.25|X.75|G.3 Fax|" +
      "SDSL|ADSL-CAP|ADSL-DMT|ISDN-DSL|Ethernet|xDSL|Cable|Wireless - Other|Wireless - IEEE 802.11|Token-Ring|FDDI|" +
      "Wireless - CDMA200|Wireless - UMTS|Wireless - 1X-EV|IAPP|FTTP|Wireless - IEEE 802.16|Wireless - IEEE 802.20|" +
      "Wireless - IEEE 802.22|PPPoA|PPPoEoA|PPPoEoE|PPPoEoVLAN|PPPoEoQinQ|xPON|Wireless - XGP|" +
      "WiMAX Pre-Release 8 IWK Function|WIMAX-WIFI-IWK|WIMAX-SFF|WIMAX-HA-LMA|WIMAX-DHCP|WIMAX-LBS|WIMAX-WVS",
  ),
  64: names("1 PPTP|L2F|L2TP|ATMP|VTP|AH|IP-IP|MIN-IP-IP|ESP|GRE|DVS|IP-in-IP Tunneling|VLAN"),
  65: names(
    "1 IPv4|IPv6|NSAP|HDLC|BBN 1822|802|E.163|E.164|F.69|X.121|IPX|Appletalk|Decnet IV|Banyan Vines|" +
      "E.164 with NSAP subaddress",
  ),
  72: names("1 Only access to dfl zone|Use zone filter inc.|Not used|Use zone filter exc."),
  76: names("0 No Echo|Echo"),
};

/** By type, from 1 on: name, form, and words for its numbers. */
export const ATTRIBUTES: Readonly<Record<number, readonly [name: string, form: Form, words: Names | undefined]>> =
  Object.fromEntries(
    LIST.split("|").map((entry, i) => [i + 1, [entry.slice(2), FORMS[entry[0]!]!, WORDS[i + 1]] as const]),
  );

/** RFC 5176 3.5. */
export const ERROR_CAUSES: Names = names(
  "201 Residual Session Context Removed|Invalid EAP Packet (Ignored)|401 Unsupported Attribute|Missing Attribute|" +
    "NAS Identification Mismatch|Invalid Request|Unsupported Service|Unsupported Extension|Invalid Attribute Value|" +
    "501 Administratively Prohibited|Request Not Routable (Proxy)|Session Context Not Found|" +
    "Session Context Not Removable|Other Proxy Processing Error|Resources Unavailable|Request Initiated|" +
    "Multiple Session Selection Unsupported|Location Info Required",
);
