// Names of S7 and of the ISO transport below it. Pure. To add one: an entry in its table.
import { names } from "../coding/names.ts";

export const KINDS: Readonly<Record<number, string>> = {
  0xe0: "connection request",
  0xd0: "connection confirm",
  0x80: "disconnect request",
  0xc0: "disconnect confirm",
  0xf0: "data",
};
export const ROLES: Readonly<Record<number, string>> = { 1: "programming device", 2: "operator panel", 3: "S7 basic" };

export const MESSAGES: Readonly<Record<number, string>> = {
  1: "job",
  2: "acknowledgement",
  3: "answer",
  7: "user data",
};
export const FUNCTIONS = names(`
  0x00 CPU services; 0x04 read; 0x05 write; 0x1a request download; 0x1b download block; 0x1c download ended;
  0x1d start upload; 0x1e upload; 0x1f end upload; 0x28 control (start, insert, compress); 0x29 stop the program;
  0xf0 set up communication
`);
export const ERRORS: Readonly<Record<number, string>> = {
  0x00: "none",
  0x81: "application relationship",
  0x82: "object definition",
  0x83: "no resources",
  0x84: "service processing",
  0x85: "on supplies",
  0x87: "access",
};
export const AREAS: Readonly<Record<number, string>> = {
  0x03: "system information",
  0x05: "system flags",
  0x1c: "counters",
  0x1d: "timers",
  0x80: "peripherals",
  0x81: "inputs",
  0x82: "outputs",
  0x83: "flags",
  0x84: "data block",
  0x85: "instance data block",
  0x86: "local data",
};
export const LETTERS: Readonly<Record<number, string>> = {
  0x1c: "C",
  0x1d: "T",
  0x80: "P",
  0x81: "I",
  0x82: "Q",
  0x83: "M",
  0x84: "DB",
  0x85: "DI",
};
export const SIZES: Readonly<Record<number, string>> = {
  1: "BIT",
  2: "BYTE",
  3: "CHAR",
  4: "WORD",
  5: "INT",
  6: "DWORD",
  7: "DINT",
  8: "REAL",
  9: "DATE",
  28: "COUNTER",
  29: "TIMER",
};
export const RESULTS: Readonly<Record<number, string>> = {
  0x00: "reserved",
  0x01: "hardware error",
  0x03: "access not allowed",
  0x05: "invalid address",
  0x06: "data type not supported",
  0x07: "data type inconsistent",
  0x0a: "no such object",
  0xff: "success",
};
/** Transport sizes of data: name, and whether the length counts bits. */
export const TRANSPORTS: Readonly<Record<number, readonly [name: string, bits: boolean]>> = {
  0: ["none", false],
  3: ["bits", true],
  4: ["octets, words", true],
  5: ["integers", true],
  6: ["double integers", false],
  7: ["real numbers", false],
  9: ["octets", false],
};
export const GROUPS: Readonly<Record<number, string>> = {
  1: "programmer commands",
  2: "cyclic data",
  3: "block functions",
  4: "CPU functions",
  5: "security",
  6: "program's own blocks",
  7: "time",
};
export const SUBFUNCTIONS: Readonly<Record<string, string>> = {
  "3.1": "list blocks",
  "3.2": "list blocks of a type",
  "3.3": "block information",
  "4.1": "read system status list",
  "4.2": "message service",
  "4.3": "diagnostic message",
  "5.1": "password",
  "7.1": "read clock",
  "7.2": "set clock",
};

export const BLOCKS: Readonly<Record<string, string>> = {
  "08": "OB",
  "0A": "DB",
  "0B": "SDB",
  "0C": "FC",
  "0D": "SFC",
  "0E": "FB",
  "0F": "SFB",
};
