// Names of DNP3: functions, groups of objects and their variations (IEEE 1815 Annex A). Pure.
// To add a variation: its name and elements: 1 and 2 bits a point, q quality, b and d states, i I u U f F values, t time,
// r relative time, c control, s status, n milliseconds, 8 an octet.
import { names } from "../coding/names.ts";
import type { BitRow } from "../tree.ts";

type Names = Readonly<Record<number, string>>;

/** By whether the frame is primary. */
export const LINK_FUNCTIONS: readonly Names[] = [
  { 0: "ACK", 1: "NACK", 11: "link status", 15: "not supported" },
  { 0: "reset of the link", 2: "test of the link", 3: "data, confirmed", 4: "data", 9: "link status wanted" },
];
export const FUNCTIONS: Names = names(`
  0 confirm; 1 read; 2 write; 3 select; 4 operate; 5 direct operate; 6 direct operate without answer; 7 freeze;
  8 freeze without answer; 9 freeze and clear; 10 freeze and clear without answer; 13 cold restart; 14 warm restart;
  20 enable unsolicited; 21 disable unsolicited; 22 assign class; 23 delay measurement; 24 record current time;
  25 open file; 26 close file; 27 delete file; 28 file information; 29 authenticate file; 30 abort file;
  32 authentication request; 129 response; 130 unsolicited response; 131 authentication response
`);
export const INDICATIONS: readonly BitRow[] = [
  ["restarted", 0, 1],
  ["trouble", 1, 1],
  ["local control", 2, 1],
  ["needs time", 3, 1],
  ["class 3 events", 4, 1],
  ["class 2 events", 5, 1],
  ["class 1 events", 6, 1],
  ["all stations", 7, 1],
  ["Reserved", 8, 2],
  ["configuration corrupt", 10, 1],
  ["already executing", 11, 1],
  ["event buffer overflow", 12, 1],
  ["parameter error", 13, 1],
  ["object unknown", 14, 1],
  ["function not supported", 15, 1],
];
export const QUALITY: readonly BitRow[] = [
  ["Reserved", 0, 1],
  ["Reserved", 1, 1],
  ["Over range or chatter", 2, 1],
  ["Local force", 3, 1],
  ["Remote force", 4, 1],
  ["Communication lost", 5, 1],
  ["Restarted", 6, 1],
  ["Online", 7, 1],
];
/** What a double-bit input says. */
export const POINT_STATES: Names = { 0: "between", 1: "off", 2: "on", 3: "broken" };
/** What became of a command. */
export const STATUSES: Names = names(`
  0 success; 1 timeout; 2 not selected; 3 format error; 4 not supported; 5 already active; 6 hardware error; 7 local
`);
export const GROUPS: Names = names(`
  0 device attribute; 1 binary input; 2 binary input event; 3 double-bit input; 4 double-bit input event;
  10 binary output; 11 binary output event; 12 binary output command; 20 counter; 21 frozen counter; 22 counter event;
  23 frozen counter event; 30 analog input; 31 frozen analog input; 32 analog input event; 33 frozen analog input event;
  34 analog input deadband; 40 analog output; 41 analog output command; 42 analog output event; 50 time; 51 common time;
  52 time delay; 60 class; 70 file; 80 internal indications; 110 octet string; 111 octet string event;
  112 virtual terminal output; 113 virtual terminal event; 120 authentication
`);
export const VARIATIONS: Readonly<Record<string, readonly [name: string, elements?: string]>> = {
  "1.1": ["packed", "1"],
  "1.2": ["with quality", "b"],
  "2.1": ["without time", "b"],
  "2.2": ["with time", "bt"],
  "2.3": ["with relative time", "br"],
  "3.1": ["packed", "2"],
  "3.2": ["with quality", "d"],
  "4.1": ["without time", "d"],
  "4.2": ["with time", "dt"],
  "4.3": ["with relative time", "dr"],
  "10.1": ["packed", "1"],
  "10.2": ["with quality", "b"],
  "11.1": ["without time", "b"],
  "11.2": ["with time", "bt"],
  "12.1": ["control block", "cs"],
  "20.1": ["32 bits", "qU"],
  "20.2": ["16 bits", "qu"],
  "20.5": ["32 bits without quality", "U"],
  "20.6": ["16 bits without quality", "u"],
  "21.1": ["32 bits", "qU"],
  "21.2": ["16 bits", "qu"],
  "21.5": ["32 bits with time", "qUt"],
  "21.6": ["16 bits with time", "qut"],
  "21.9": ["32 bits without quality", "U"],
  "21.10": ["16 bits without quality", "u"],
  "22.1": ["32 bits", "qU"],
  "22.2": ["16 bits", "qu"],
  "22.5": ["32 bits with time", "qUt"],
  "22.6": ["16 bits with time", "qut"],
  "30.1": ["32 bits", "qI"],
  "30.2": ["16 bits", "qi"],
  "30.3": ["32 bits without quality", "I"],
  "30.4": ["16 bits without quality", "i"],
  "30.5": ["float", "qf"],
  "30.6": ["double", "qF"],
  "32.1": ["32 bits", "qI"],
  "32.2": ["16 bits", "qi"],
  "32.3": ["32 bits with time", "qIt"],
  "32.4": ["16 bits with time", "qit"],
  "32.5": ["float", "qf"],
  "32.6": ["double", "qF"],
  "32.7": ["float with time", "qft"],
  "32.8": ["double with time", "qFt"],
  "34.1": ["16 bits", "u"],
  "34.2": ["32 bits", "U"],
  "34.3": ["float", "f"],
  "40.1": ["32 bits", "qI"],
  "40.2": ["16 bits", "qi"],
  "40.3": ["float", "qf"],
  "40.4": ["double", "qF"],
  "41.1": ["32 bits", "Is"],
  "41.2": ["16 bits", "is"],
  "41.3": ["float", "fs"],
  "41.4": ["double", "Fs"],
  "42.1": ["32 bits", "qI"],
  "42.2": ["16 bits", "qi"],
  "42.3": ["32 bits with time", "qIt"],
  "42.4": ["16 bits with time", "qit"],
  "42.5": ["float", "qf"],
  "42.7": ["float with time", "qft"],
  "50.1": ["absolute", "t"],
  "50.3": ["absolute, last recorded", "t"],
  "51.1": ["absolute", "t"],
  "51.2": ["absolute, not synchronized", "t"],
  "52.1": ["coarse", "n"],
  "52.2": ["fine", "n"],
  "60.1": ["0: all values"],
  "60.2": ["1"],
  "60.3": ["2"],
  "60.4": ["3"],
  "80.1": ["packed", "1"],
};
