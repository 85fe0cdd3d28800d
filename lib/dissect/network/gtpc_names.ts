// Names of GTP-C: messages, information elements, causes (3GPP TS 29.274 6 and 8, TS 29.060 7). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

export const MESSAGES: Names = names(`
  1 echo request; 2 echo response; 3 version not supported; 32 create session request; 33 create session response;
  34 modify bearer request; 35 modify bearer response; 36 delete session request; 37 delete session response;
  38 change notification request; 39 change notification response; 64 modify bearer command; 65 modify bearer failure;
  66 delete bearer command; 67 delete bearer failure; 68 bearer resource command; 69 bearer resource failure;
  70 downlink data failure; 73 stop paging; 95 create bearer request; 96 create bearer response;
  97 update bearer request; 98 update bearer response; 99 delete bearer request; 100 delete bearer response;
  128 identification request; 129 identification response; 130 context request; 131 context response;
  132 context acknowledge; 133 forward relocation request; 134 forward relocation response;
  135 forward relocation complete; 149 detach notification; 166 create indirect tunnel request;
  167 create indirect tunnel response; 168 delete indirect tunnel request; 169 delete indirect tunnel response;
  170 release access bearers request; 171 release access bearers response; 176 downlink data notification;
  177 downlink data acknowledge
`);
export const ELEMENTS: Names = names(`
  1 IMSI; 2 cause; 3 restart counter; 71 access point; 72 aggregate bit rate; 73 bearer; 74 address;
  75 equipment (IMEI); 76 MSISDN; 77 indications; 78 protocol configuration; 79 PDN address; 80 quality of the bearer;
  81 quality of the flow; 82 technology; 83 serving network; 84 traffic template; 86 location; 87 tunnel endpoint;
  93 bearer context; 94 charging identifier; 95 charging characteristics; 99 PDN type; 100 procedure; 114 time zone;
  127 restriction of the access point; 128 selection mode; 132 connection set; 145 user CSG; 152 features of the node;
  155 priority of the bearer; 156 timer; 163 additional protocol configuration; 255 private
`);
export const INTERFACES: Names = names(`
  0 S1-U eNodeB; 1 S1-U SGW; 2 S12 RNC; 3 S12 SGW; 4 S5/S8-U SGW; 5 S5/S8-U PGW; 6 S5/S8-C SGW; 7 S5/S8-C PGW;
  10 S11 MME; 11 S11/S4-C SGW; 12 S10 MME; 15 S4-U SGSN; 17 S4-C SGSN; 30 S2b ePDG; 32 S2b-C PGW; 33 S2b-U PGW;
  38 S11-U MME; 39 S11-U SGW
`);
export const RATS: Names = {
  1: "UTRAN",
  2: "GERAN",
  3: "WLAN",
  4: "GAN",
  5: "HSPA",
  6: "E-UTRAN",
  7: "virtual",
  8: "NB-IoT",
  9: "LTE-M",
  10: "NR",
};
/** Of both versions: their numbers do not meet. */
export const CAUSES: Names = names(`
  2 local detach; 3 complete detach; 4 technology changed; 5 ISR deactivation; 8 reactivation requested; 16 accepted;
  17 accepted in part; 18 accepted with another PDN type; 19 accepted with a single address; 64 context not found;
  65 invalid message; 66 version not supported; 67 invalid length; 68 service not supported; 69 mandatory element wrong;
  70 mandatory element missing; 72 system failure; 73 no resources; 78 access point unknown or missing;
  82 denied in this technology; 83 PDN type not supported; 84 all addresses are taken; 91 no memory;
  92 user authentication failed; 93 access denied: no subscription; 94 request rejected; 96 IMSI not known;
  100 remote peer does not answer; 103 conditional element missing; 128 accepted; 192 non-existent;
  193 invalid message format; 194 IMSI not known; 199 no resources; 200 service not supported; 204 system failure;
  206 authentication failed; 219 access point unknown or missing; 220 unknown PDP address or type
`);
export const MESSAGES_1: Names = names(`
  1 echo request; 2 echo response; 3 version not supported; 16 create PDP context request;
  17 create PDP context response; 18 update PDP context request; 19 update PDP context response;
  20 delete PDP context request; 21 delete PDP context response; 26 error indication; 27 PDU notification request;
  28 PDU notification response; 31 supported extension headers; 50 SGSN context request; 51 SGSN context response;
  52 SGSN context acknowledge; 53 forward relocation request; 54 forward relocation response
`);
/** Octets of the elements without a length (TS 29.060 7.7, table 37). */
export const SIZES_1: Readonly<Record<number, number>> = {
  1: 1,
  2: 8,
  3: 6,
  4: 4,
  5: 4,
  8: 1,
  9: 3,
  11: 1,
  12: 3,
  13: 1,
  14: 1,
  15: 1,
  16: 4,
  17: 4,
  18: 5,
  19: 1,
  20: 1,
  21: 1,
  22: 1,
  23: 1,
  24: 1,
  25: 2,
  26: 2,
  27: 2,
  28: 2,
  29: 1,
  127: 4,
};
export const ELEMENTS_1: Names = names(`
  1 cause; 2 IMSI; 3 routing area; 4 temporary identity; 5 packet temporary identity; 8 reordering required;
  9 authentication triplet; 11 MAP cause; 13 validity of the identity; 14 restart counter; 15 selection mode;
  16 tunnel endpoint data; 17 tunnel endpoint control; 19 teardown; 20 NSAPI; 21 RANAP cause;
  26 charging characteristics; 27 trace reference; 127 charging identifier; 128 end user address; 129 mobility context;
  130 PDP context; 131 access point; 132 protocol configuration; 133 address; 134 MSISDN; 135 quality of service;
  137 traffic template; 148 common flags; 149 restriction of the access point; 151 technology; 152 location;
  153 time zone; 154 equipment (IMEI); 255 private
`);
