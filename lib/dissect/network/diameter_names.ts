// Names of Diameter: commands, AVPs, result codes, applications (RFC 6733, RFC 4072, RFC 4740, RFC 8506, 3GPP TS 29.229,
// 29.272; IANA "AAA Parameters"). Pure. To add an AVP: its number with its name and kind. Kinds: o octets, t text, u 32 bits,
// l 64 bits, i signed 32 bits, e a number that means something, a address, s time, g group, d identity.
import { names } from "../coding/names.ts";

export const REF = "RFC 6733 3";

type Names = Readonly<Record<number, string>>;

export const COMMANDS: Names = names(`
  257 Capabilities-Exchange; 258 Re-Auth; 260 AA-Mobile-Node; 265 AA; 268 Diameter-EAP; 271 Accounting;
  272 Credit-Control; 274 Abort-Session; 275 Session-Termination; 280 Device-Watchdog; 282 Disconnect-Peer;
  283 User-Authorization (SIP); 284 Server-Assignment (SIP); 285 Location-Info (SIP); 286 Multimedia-Auth (SIP);
  300 User-Authorization; 301 Server-Assignment; 302 Location-Info; 303 Multimedia-Auth; 304 Registration-Termination;
  305 Push-Profile; 306 User-Data; 307 Profile-Update; 308 Subscribe-Notifications; 309 Push-Notification;
  316 Update-Location; 317 Cancel-Location; 318 Authentication-Information; 319 Insert-Subscriber-Data;
  320 Delete-Subscriber-Data; 321 Purge-UE; 322 Reset; 323 Notify; 324 ME-Identity-Check
`);

export const APPLICATIONS: Names = names(`
  0 common messages; 1 NAS; 2 Mobile IPv4; 3 base accounting; 4 credit control; 5 EAP; 6 SIP; 16777216 Cx/Dx;
  16777217 Sh; 16777236 Rx; 16777238 Gx; 16777251 S6a/S6d; 16777252 S13; 16777272 S6b; 0xffffffff relay
`);

export const RESULTS: Names = names(`
  1001 multi-round authentication; 2001 success; 2002 limited success; 3001 command not supported;
  3002 unable to deliver; 3003 realm not served; 3004 too busy; 3005 loop detected; 3006 redirect;
  3007 application not supported; 3008 wrong header bits; 3009 wrong AVP bits; 3010 unknown peer;
  4001 authentication rejected; 4002 out of space; 4003 election lost; 5001 AVP not supported; 5002 unknown session;
  5003 authorization rejected; 5004 wrong AVP value; 5005 AVP missing; 5006 resources exceeded; 5007 contradicting AVPs;
  5008 AVP not allowed; 5009 AVP too many times; 5010 no common application; 5011 version not supported;
  5012 unable to comply; 5013 wrong bit in the header; 5014 wrong AVP length; 5015 wrong message length;
  5016 wrong bits of an AVP; 5017 no common security
`);

export const ENUMERATED: Readonly<Record<number, Names>> = {
  6: { 1: "login", 2: "framed" },
  261: {
    0: "do not cache",
    1: "all of the session",
    2: "all of the realm",
    3: "realm and application",
    6: "all of the user",
  },
  268: RESULTS,
  258: APPLICATIONS,
  259: APPLICATIONS,
  271: { 0: "no state kept", 1: "state kept" },
  273: { 0: "rebooting", 1: "busy", 2: "no wish to talk" },
  274: { 1: "authenticate only", 2: "authorize only", 3: "both" },
  277: { 0: "state kept", 1: "no state kept" },
  285: { 0: "authorize only", 1: "both" },
  295: {
    1: "logout",
    2: "service not provided",
    3: "bad answer",
    4: "administrative",
    5: "link broken",
    6: "authentication expired",
    7: "user moved",
    8: "timeout",
  },
  299: { 0: "no security inside", 1: "TLS" },
  416: { 1: "initial", 2: "update", 3: "termination", 4: "event" },
  450: { 0: "E.164", 1: "IMSI", 2: "SIP URI", 3: "NAI", 4: "private" },
  480: { 1: "event", 2: "start", 3: "interim", 4: "stop" },
};

const TABLE = `
1 User-Name t|2 User-Password o|4 NAS-IP-Address o|5 NAS-Port u|6 Service-Type e|7 Framed-Protocol u|8 Framed-IP-Address o
11 Filter-Id t|12 Framed-MTU u|18 Reply-Message t|24 State o|25 Class o|27 Session-Timeout u|28 Idle-Timeout u
30 Called-Station-Id t|31 Calling-Station-Id t|32 NAS-Identifier t|33 Proxy-State o|41 Acct-Delay-Time u|44 Acct-Session-Id o
50 Acct-Multi-Session-Id t|55 Event-Timestamp s|61 NAS-Port-Type u|79 EAP-Payload-RADIUS o|80 Message-Authenticator o
85 Acct-Interim-Interval u|87 NAS-Port-Id t|95 NAS-IPv6-Address o|97 Framed-IPv6-Prefix o
257 Host-IP-Address a|258 Auth-Application-Id e|259 Acct-Application-Id e|260 Vendor-Specific-Application-Id g
261 Redirect-Host-Usage e|262 Redirect-Max-Cache-Time u|263 Session-Id t|264 Origin-Host d|265 Supported-Vendor-Id u
266 Vendor-Id u|267 Firmware-Revision u|268 Result-Code e|269 Product-Name t|270 Session-Binding u|271 Session-Server-Failover e
272 Multi-Round-Time-Out u|273 Disconnect-Cause e|274 Auth-Request-Type e|276 Auth-Grace-Period u|277 Auth-Session-State e
278 Origin-State-Id u|279 Failed-AVP g|280 Proxy-Host d|281 Error-Message t|282 Route-Record d|283 Destination-Realm d
284 Proxy-Info g|285 Re-Auth-Request-Type e|287 Accounting-Sub-Session-Id l|291 Authorization-Lifetime u|292 Redirect-Host d
293 Destination-Host d|294 Error-Reporting-Host d|295 Termination-Cause e|296 Origin-Realm d|297 Experimental-Result g
298 Experimental-Result-Code u|299 Inband-Security-Id e|300 E2E-Sequence g|363 Accounting-Input-Octets l
364 Accounting-Output-Octets l|365 Accounting-Input-Packets l|366 Accounting-Output-Packets l|400 MIP-Filter-Rule t
401 NAS-Filter-Rule t|402 CHAP-Auth g|403 CHAP-Algorithm u|404 CHAP-Ident o|405 CHAP-Response o|408 Origin-AAA-Protocol u
411 CC-Correlation-Id o|412 CC-Input-Octets l|413 CC-Money g|414 CC-Output-Octets l|415 CC-Request-Number u|416 CC-Request-Type e
417 CC-Service-Specific-Units l|418 CC-Session-Failover u|419 CC-Sub-Session-Id l|420 CC-Time u|421 CC-Total-Octets l
422 Check-Balance-Result u|423 Cost-Information g|424 Cost-Unit t|425 Currency-Code u|426 Credit-Control u
427 Credit-Control-Failure-Handling u|428 Direct-Debiting-Failure-Handling u|429 Exponent i|430 Final-Unit-Indication g
431 Granted-Service-Unit g|432 Rating-Group u|433 Redirect-Address-Type u|434 Redirect-Server g|435 Redirect-Server-Address t
436 Requested-Action u|437 Requested-Service-Unit g|438 Restriction-Filter-Rule t|439 Service-Identifier u
440 Service-Parameter-Info g|441 Service-Parameter-Type u|442 Service-Parameter-Value o|443 Subscription-Id g
444 Subscription-Id-Data t|445 Unit-Value g|446 Used-Service-Unit g|447 Value-Digits l|448 Validity-Time u
449 Final-Unit-Action u|450 Subscription-Id-Type e|451 Tariff-Time-Change s|452 Tariff-Change-Usage u
453 G-S-U-Pool-Identifier u|454 CC-Unit-Type u|455 Multiple-Services-Indicator u|456 Multiple-Services-Credit-Control g
457 G-S-U-Pool-Reference g|458 User-Equipment-Info g|459 User-Equipment-Info-Type u|460 User-Equipment-Info-Value o
461 Service-Context-Id t|462 EAP-Payload o|463 EAP-Reissued-Payload o|464 EAP-Master-Session-Key o
480 Accounting-Record-Type e|483 Accounting-Realtime-Required u|485 Accounting-Record-Number u`;

/** AVPs of the base protocol, by number. Those of 3GPP (vendor 10415) follow. */
export const AVPS: ReadonlyMap<number, readonly [name: string, kind: string]> = parse(TABLE);
export const AVPS_3GPP: ReadonlyMap<number, readonly [name: string, kind: string]> = parse(`
1 3GPP-IMSI t|2 3GPP-Charging-Id u|3 3GPP-PDP-Type u|5 3GPP-GPRS-Negotiated-QoS-profile t|6 3GPP-SGSN-Address o
7 3GPP-GGSN-Address o|8 3GPP-IMSI-MCC-MNC t|9 3GPP-GGSN-MCC-MNC t|10 3GPP-NSAPI t|12 3GPP-Selection-Mode t
13 3GPP-Charging-Characteristics t|18 3GPP-SGSN-MCC-MNC t|20 3GPP-IMEISV o|21 3GPP-RAT-Type o
22 3GPP-User-Location-Info o|23 3GPP-MS-TimeZone o|500 Abort-Cause u|501 Access-Network-Charging-Address a
504 AF-Application-Identifier o|505 AF-Charging-Identifier o|507 Flow-Description t|509 Flow-Number u|510 Flows g
511 Flow-Status u|512 Flow-Usage u|515 Max-Requested-Bandwidth-DL u|516 Max-Requested-Bandwidth-UL u
517 Media-Component-Description g|518 Media-Component-Number u|519 Media-Sub-Component g|520 Media-Type u
600 Visited-Network-Identifier o|601 Public-Identity t|602 Server-Name t|603 Server-Capabilities g
606 User-Data o|607 SIP-Number-Auth-Items u|608 SIP-Authentication-Scheme t|609 SIP-Authenticate o|610 SIP-Authorization o
611 SIP-Authentication-Context o|612 SIP-Auth-Data-Item g|613 SIP-Item-Number u|614 Server-Assignment-Type u
615 Deregistration-Reason g|618 Charging-Information g|623 User-Authorization-Type u|624 User-Data-Already-Available u
628 Supported-Features g|629 Feature-List-ID u|630 Feature-List u|700 User-Identity g|701 MSISDN o|702 User-Data o
703 Data-Reference u|872 Reporting-Reason u|873 Service-Information g|874 PS-Information g|1000 Bearer-Usage u
1001 Charging-Rule-Install g|1002 Charging-Rule-Remove g|1003 Charging-Rule-Definition g|1004 Charging-Rule-Base-Name t
1005 Charging-Rule-Name o|1006 Event-Trigger u|1009 Offline u|1010 Precedence u|1012 TFT-Filter t|1016 QoS-Information g
1018 Charging-Rule-Report g|1020 Bearer-Identifier o|1021 Bearer-Operation u|1025 Guaranteed-Bitrate-DL u
1026 Guaranteed-Bitrate-UL u|1027 IP-CAN-Type u|1028 QoS-Class-Identifier u|1032 RAT-Type u|1034 Allocation-Retention-Priority g
1040 APN-Aggregate-Max-Bitrate-DL u|1041 APN-Aggregate-Max-Bitrate-UL u|1045 Session-Release-Cause u|1046 Priority-Level u
1049 Default-EPS-Bearer-QoS g|1058 Flow-Information g|1080 Flow-Direction u|1400 Subscription-Data g|1401 Terminal-Information g
1402 IMEI t|1403 Software-Version t|1404 QoS-Subscribed o|1405 ULR-Flags u|1406 ULA-Flags u|1407 Visited-PLMN-Id o
1408 Requested-EUTRAN-Authentication-Info g|1410 Number-Of-Requested-Vectors u|1411 Re-Synchronization-Info o
1412 Immediate-Response-Preferred u|1413 Authentication-Info g|1414 E-UTRAN-Vector g|1419 Context-Identifier u
1420 Cancellation-Type u|1424 Subscriber-Status u|1429 APN-Configuration-Profile g|1430 APN-Configuration g|1435 AMBR g
1447 RAND o|1448 XRES o|1449 AUTN o|1450 KASME o|1456 PDN-Type u`);

function parse(table: string): Map<number, [string, string]> {
  return new Map(
    table.trim().split(/[|\n]/).map((line) => {
      const [number, name, kind] = line.split(" ");
      return [Number(number), [name!, kind!]];
    }),
  );
}
