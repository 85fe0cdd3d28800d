// Names of IEC 60870-5-104: types of ASDUs, causes, qualities (IEC 60870-5-101 7.2, 60870-5-104 6). Pure.
import { names } from "../coding/names.ts";

type Names = Readonly<Record<number, string>>;

/**
 * Type: its mnemonic, what it is, and the elements of each object: s single point, d double point, t step position,
 * w 32 bits, n normalized, v scaled, f float, c counter, q quality, 3 and 7 octets of time, S D R commands, i and j
 * qualifiers of interrogations, k of measured values' commands, u 16 bits, a parameter qualifiers, o initialization,
 * x octets. A digit of 2 is a time of two octets.
 */
export const TYPES: Readonly<Record<number, readonly [mnemonic: string, meaning: string, elements: string]>> = {
  1: ["M_SP_NA_1", "single point", "s"],
  2: ["M_SP_TA_1", "single point with time", "s3"],
  3: ["M_DP_NA_1", "double point", "d"],
  4: ["M_DP_TA_1", "double point with time", "d3"],
  5: ["M_ST_NA_1", "step position", "tq"],
  6: ["M_ST_TA_1", "step position with time", "tq3"],
  7: ["M_BO_NA_1", "32 bits", "wq"],
  8: ["M_BO_TA_1", "32 bits with time", "wq3"],
  9: ["M_ME_NA_1", "measured value, normalized", "nq"],
  10: ["M_ME_TA_1", "measured value, normalized, with time", "nq3"],
  11: ["M_ME_NB_1", "measured value, scaled", "vq"],
  12: ["M_ME_TB_1", "measured value, scaled, with time", "vq3"],
  13: ["M_ME_NC_1", "measured value, floating", "fq"],
  14: ["M_ME_TC_1", "measured value, floating, with time", "fq3"],
  15: ["M_IT_NA_1", "counter", "c"],
  16: ["M_IT_TA_1", "counter with time", "c3"],
  20: ["M_PS_NA_1", "packed single points", "wq"],
  21: ["M_ME_ND_1", "measured value, normalized, without quality", "n"],
  30: ["M_SP_TB_1", "single point with time", "s7"],
  31: ["M_DP_TB_1", "double point with time", "d7"],
  32: ["M_ST_TB_1", "step position with time", "tq7"],
  33: ["M_BO_TB_1", "32 bits with time", "wq7"],
  34: ["M_ME_TD_1", "measured value, normalized, with time", "nq7"],
  35: ["M_ME_TE_1", "measured value, scaled, with time", "vq7"],
  36: ["M_ME_TF_1", "measured value, floating, with time", "fq7"],
  37: ["M_IT_TB_1", "counter with time", "c7"],
  38: ["M_EP_TD_1", "event of protection with time", "q27"],
  45: ["C_SC_NA_1", "single command", "S"],
  46: ["C_DC_NA_1", "double command", "D"],
  47: ["C_RC_NA_1", "step command", "R"],
  48: ["C_SE_NA_1", "set point, normalized", "nk"],
  49: ["C_SE_NB_1", "set point, scaled", "vk"],
  50: ["C_SE_NC_1", "set point, floating", "fk"],
  51: ["C_BO_NA_1", "32 bits command", "w"],
  58: ["C_SC_TA_1", "single command with time", "S7"],
  59: ["C_DC_TA_1", "double command with time", "D7"],
  60: ["C_RC_TA_1", "step command with time", "R7"],
  61: ["C_SE_TA_1", "set point, normalized, with time", "nk7"],
  62: ["C_SE_TB_1", "set point, scaled, with time", "vk7"],
  63: ["C_SE_TC_1", "set point, floating, with time", "fk7"],
  64: ["C_BO_TA_1", "32 bits command with time", "w7"],
  70: ["M_EI_NA_1", "end of initialization", "o"],
  100: ["C_IC_NA_1", "interrogation", "i"],
  101: ["C_CI_NA_1", "counter interrogation", "j"],
  102: ["C_RD_NA_1", "read", ""],
  103: ["C_CS_NA_1", "clock synchronization", "7"],
  104: ["C_TS_NA_1", "test", "u"],
  105: ["C_RP_NA_1", "reset process", "p"],
  106: ["C_CD_NA_1", "delay", "2"],
  107: ["C_TS_TA_1", "test with time", "u7"],
  110: ["P_ME_NA_1", "parameter, normalized", "na"],
  111: ["P_ME_NB_1", "parameter, scaled", "va"],
  112: ["P_ME_NC_1", "parameter, floating", "fa"],
  113: ["P_AC_NA_1", "parameter activation", "a"],
  120: ["F_FR_NA_1", "file ready", "x"],
  121: ["F_SR_NA_1", "section ready", "x"],
  122: ["F_SC_NA_1", "call of a file", "x"],
  123: ["F_LS_NA_1", "last section", "x"],
  124: ["F_AF_NA_1", "acknowledgement of a file", "x"],
  125: ["F_SG_NA_1", "segment", "x"],
  126: ["F_DR_TA_1", "directory", "x"],
};

export const CAUSES: Names = names(`
  1 periodic; 2 background scan; 3 spontaneous; 4 initialized; 5 request; 6 activation; 7 activation confirmed;
  8 deactivation; 9 deactivation confirmed; 10 activation ended; 11 return by a remote command;
  12 return by a local command; 13 file transfer; 20 interrogated by station; 37 counters asked for; 44 unknown type;
  45 unknown cause; 46 unknown common address; 47 unknown object
`);
for (let group = 1; group <= 16; group++) {
  (CAUSES as Record<number, string>)[20 + group] = `interrogated by group ${group}`;
}

/** Functions of frames without a number, by their octet. */
export const FUNCTIONS: Names = {
  0x07: "STARTDT act: data may be sent",
  0x0b: "STARTDT con",
  0x13: "STOPDT act: no more data",
  0x23: "STOPDT con",
  0x43: "TESTFR act: are you there?",
  0x83: "TESTFR con",
};
export const DOUBLE: Names = { 0: "between", 1: "off", 2: "on", 3: "broken" };
