// NTP (RFC 5905) and SNTP (RFC 4330). Pure.
import type { Tree } from "../tree.ts";
import { byWord } from "../../base/text.ts";
import { names } from "../coding/names.ts";
import { counted, decodeText, octetCount } from "../coding/words.ts";
import type { Protocol, Words } from "../protocol.ts";

const REF = "RFC 5905 7.3";
const MODES = [
  "reserved",
  "symmetric active",
  "symmetric passive",
  "client",
  "server",
  "broadcast",
  "control message",
  "private",
];
const LEAP = ["no warning", "last minute has 61 seconds", "last minute has 59 seconds", "not synchronized"];
/** Seconds from 1900 to 1970. */
const EPOCH = 2208988800;

/** 32.32 bits since 1900 as a date. */
function timestamp(value: bigint): string | undefined {
  if (value === 0n) return "not set";
  const seconds = Number(value >> 32n), fraction = Number(value & 0xffffffffn) / 2 ** 32;
  // Era 1 begins in 2036: small numbers belong to it.
  const unix = seconds - EPOCH + (seconds < 0x8000_0000 ? 2 ** 32 : 0);
  const date = new Date(unix * 1000);
  const nanos = Math.floor(fraction * 1e9).toString().padStart(9, "0");
  return `${date.toISOString().slice(0, 19).replace("T", " ")}.${nanos} UTC`;
}

/** 16.16 bits of seconds. */
const short = (value: number) => counted((value / 65536).toFixed(6), "second");
/** Units of what is shorter than a second. */
const UNITS = [[1e-3, "ms"], [1e-6, "us"], [1e-9, "ns"], [0, "ns"]] as const;
/** Two to the power of `value`, in seconds. */
function power(value: number): string {
  if (value >= 0) return counted(2 ** value, "second");
  const [unit, word] = UNITS.find(([unit]) => 2 ** value >= unit)!;
  return `${Number((2 ** value / (unit || 1e-9)).toPrecision(3))} ${word}`;
}
/** A signed octet: the exponent of seconds. */
function exponent(tree: Tree, name: string): void {
  tree.field(name, (reader) => reader.u8() << 24 >> 24, (value) => ({ ref: REF, meaning: power(value) }));
}

/** Why a server does not serve (RFC 5905 7.4). */
const KISSES: Readonly<Record<string, string>> = byWord({
  ACST: "unicast server",
  AUTH: "authentication failed",
  AUTO: "Autokey sequence failed",
  BCST: "broadcast server",
  CRYP: "cryptographic authentication or identification failed",
  DENY: "access denied",
  DROP: "lost peer in symmetric mode",
  RSTR: "access denied by local policy",
  INIT: "not synchronized for the first time yet",
  MCST: "dynamically discovered server",
  NKEY: "no such key",
  RATE: "asked too often",
  RMOT: "altered by a remote host that runs ntpdc",
  STEP: "the clock was stepped, and is not synchronized yet",
});

/** What the reference identifier is, by stratum. */
function reference(stratum: number, text: string): string | undefined {
  if (text === "") return "none";
  if (stratum === 0) return KISSES[text];
  return stratum === 1 ? "a clock" : "a server, or a hash";
}

const ERRORS = names(`
  0 not said; 1 authentication failure; 2 invalid message length or format; 3 invalid opcode; 4 unknown association;
  5 unknown variable; 6 invalid variable value; 7 administratively prohibited
`);
const OPERATIONS = names(`
  1 read status; 2 read variables; 3 write variables; 4 read clock variables; 5 write clock variables;
  6 set trap; 7 trap response; 8 configure; 9 export configuration; 10 remote status; 11 read ordered list;
  12 request nonce; 31 unset trap
`);

/** What a manager asks, and what the daemon answers (RFC 9327 2). */
function control(tree: Tree): string {
  const ref = "RFC 9327 2";
  const word = tree.flags("Flags and opcode", 1, [
    ["Response", 0, 1],
    ["Error", 1, 1],
    ["More", 2, 1],
    ["Opcode", 3, 5, OPERATIONS],
  ], ref);
  const sequence = tree.u16("Sequence number", ref);
  if ((word & 0x40) === 0) tree.code16("Status", ref);
  else tree.flags("Status", 2, [["Error code", 0, 8, ERRORS], ["Reserved", 8, 8]], ref);
  const association = tree.u16("Association ID", ref, (id) => id === 0 ? "the system" : undefined);
  tree.u16("Offset", ref);
  const count = tree.u16("Count", ref, octetCount);
  const data = Math.min(count, tree.remaining);
  if ((word & 0x9f) === 0x81 && association === 0) {
    for (let i = 0; i + 4 <= data; i += 4) {
      tree.u16("Association ID", ref);
      tree.code16("Status", ref);
    }
  } else if (data > 0) tree.text("Data", data, ref);
  tree.rest("Padding and authenticator", ref);
  return `${OPERATIONS[word & 31] ?? `opcode ${word & 31}`} ${
    (word & 0x80) !== 0 ? "response" : "request"
  } ${sequence}`;
}

function dissect(tree: Tree): Words {
  const first = tree.flags("Leap indicator, version, mode", 1, [
    ["Leap indicator", 0, 2, LEAP],
    ["Version", 2, 3],
    ["Mode", 5, 3, MODES],
  ], REF);
  const mode = first & 7, version = (first >> 3) & 7;
  const summary = `NTP version ${version}, ${MODES[mode]}`;
  tree.said = { summary };
  if (mode === 6) return { summary: `${summary}: ${control(tree)}` };
  if (mode === 7) {
    tree.rest("Data", "RFC 9327 1.3");
    return { summary };
  }
  const stratum = tree.u8(
    "Stratum",
    REF,
    (value) =>
      value === 0
        ? "unspecified"
        : value === 1
        ? "primary server"
        : value < 16
        ? "secondary server"
        : value === 16
        ? "not synchronized"
        : "reserved",
  );
  exponent(tree, "Poll interval");
  exponent(tree, "Precision");
  tree.u32("Root delay", REF, short);
  tree.u32("Root dispersion", REF, short);
  tree.field("Reference identifier", (reader) => {
    const bytes = reader.take(4, "Reference identifier");
    return stratum <= 1 ? decodeText(bytes).replace(/\0+$/, "") : Array.from(bytes).join(".");
  }, (text) => ({ ref: stratum === 0 && text !== "" ? "RFC 5905 7.4" : REF, meaning: reference(stratum, text) }));
  for (const name of ["Reference", "Originate", "Receive", "Transmit"]) {
    tree.u64(`${name} timestamp`, REF, timestamp);
    tree.last.hex = true;
  }
  if (tree.remaining === 20 || tree.remaining === 24) {
    tree.u32("Key identifier", "RFC 5905 7.3");
    tree.rest("Message digest", "RFC 5905 7.3");
  } else {
    while (tree.remaining >= 4) {
      tree.group("Extension field", (group) => {
        const type = tree.u16("Type", "RFC 7822 3", {
          0x0104: "unique identifier",
          0x0204: "cookie",
          0x0304: "cookie placeholder",
          0x0404: "authenticator",
        });
        const length = tree.u16("Length", "RFC 7822 3");
        if (length > 4) tree.bytes("Value", Math.min(length - 4, tree.remaining), "RFC 7822 3");
        group.meaning = `type ${type}`;
      }, { ref: "RFC 7822 3" });
    }
  }
  return {
    summary: mode === 4 ? `${summary}, stratum ${stratum}` : summary,
    ...(mode === 3 ? { asks: "ntp" } : mode === 4 ? { answers: "ntp" } : {}),
  };
}

/** A version and a mode that there are; what keeps time has 48 octets at least. */
function fits(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  const version = first >> 3 & 7, mode = first & 7;
  return version >= 1 && version <= 5 && bytes.length >= (mode < 6 ? 48 : 4);
}

export const NTP: Protocol = { name: "ntp", title: "NTP", ref: "RFC 5905", udp: [123], fits, datagram: dissect };
