// PPTP's control messages in a line. Pure. RFC 2637; the form is tcpdump's.
// To add a message: its name in `MESSAGES` and what it holds, in its order, in `HOLDS`.
import { hex, type Line, type Names } from "../core/line.ts";
import { names } from "../core/table.ts";

const COOKIE = 0x1a2b3c4d;
const MESSAGES = names(
  "0 NOT_DEFINED|SCCRQ|SCCRP|StopCCRQ|StopCCRP|ECHORQ|ECHORP|OCRQ|OCRP|ICRQ|ICRP|ICCN|CCRQ|CDN|WEN|SLI",
);
const ERRORS = names("0 None|Not-Connected|Bad-Format|Bad-Value|No-Resource|Bad-Call-ID|PAC-Error");
const REASONS = names("1 None|Stop-Protocol|Stop-Local-Shutdown");
const BEARERS = names("1 A|D|Any"), FRAMINGS = names("1 A|S|E");

/** What a message holds: its octets and what prints them. */
type Held = readonly [size: number, print: (l: Line, at: number) => void];

const number = (name: string, size: 2 | 4): Held => [size, (l, at) => {
  l.text(` ${name}(${size === 2 ? l.u16(at) : l.u32(at)})`);
}];
const named = (name: string, known: Names): Held => [4, (l, at) => l.text(` ${name}(${known[l.u32(at)] ?? "?"})`)];
/** An octet, with its name when more is asked for. */
const code = (name: string, known: Names): Held => [1, (l, at) => {
  l.text(` ${name}(${l.u8(at)}`);
  if (l.verbose > 0) l.text(`:${known[l.u8(at)] ?? "?"}`);
  l.text(")");
}];
/** Octets as text; their number may stand `length` octets before them. */
const text = (name: string, size: number, length?: number): Held => [size, (l, at) => {
  l.text(` ${name}(`);
  l.string(at, length === undefined ? size : Math.min(size, l.u16(at - length)));
  l.text(")");
}];
const mask = (name: string): Held => [4, (l, at) => l.text(` ${name}(0x${hex(l.u32(at), 8)})`)];
const reserved = (size: 1 | 2): Held => [size, (l, at) => {
  const value = size === 1 ? l.u8(at) : l.u16(at);
  if (value !== 0) l.text(` [ERROR: reserved=${value} must be zero]`);
}];

const VERSION: Held = [2, (l, at) => l.text(` PROTO_VER(${l.u16(at) >> 8}.${l.u16(at) & 255})`)];
const FRAMING: Held = [4, (l, at) => {
  l.text(" FRAME_CAP(");
  const bits = l.u32(at);
  l.text(`${(bits & 1) !== 0 ? "A" : ""}${(bits & 2) !== 0 ? "S" : ""})`);
}];
const BEARER: Held = [4, (l, at) => {
  const bits = l.u32(at);
  l.text(` BEARER_CAP(${(bits & 2) !== 0 ? "D" : ""}${(bits & 1) !== 0 ? "A" : ""})`);
}];
const ABILITIES = [
  FRAMING,
  BEARER,
  number("MAX_CHAN", 2),
  number("FIRM_REV", 2),
  text("HOSTNAME", 64),
  text("VENDOR", 64),
];
const ID = number("ID", 4), CALL = number("CALL_ID", 2), PEER = number("PEER_CALL_ID", 2);
const SERIAL = number("CALL_SER_NUM", 2), SPEED = number("CONN_SPEED", 4), CHANNEL = number("PHY_CHAN_ID", 4);
const WINDOW = [number("RECV_WIN", 2), number("PROC_DELAY", 2)], CAUSE = number("CAUSE_CODE", 2);
const BEARER_TYPE = named("BEARER_TYPE", BEARERS), FRAMING_TYPE = named("FRAME_TYPE", FRAMINGS);
const SUBADDRESS = text("SUB_ADDR", 64);
const result = (known: string) => [code("RESULT_CODE", names(known)), code("ERR_CODE", ERRORS)];

const HOLDS: Readonly<Record<number, readonly Held[]>> = {
  1: [VERSION, reserved(2), ...ABILITIES],
  2: [
    VERSION,
    ...result(
      "1 Successful channel establishment|General error|Command channel already exists|" +
        "Requester is not authorized to establish a command channel|" +
        "The protocol version of the requester is not supported",
    ),
    ...ABILITIES,
  ],
  3: [code("REASON", REASONS), reserved(1), reserved(2)],
  4: [...result("1 OK|General Error"), reserved(2)],
  5: [ID],
  6: [ID, ...result("1 OK|General Error"), reserved(2)],
  7: [
    CALL,
    SERIAL,
    number("MIN_BPS", 4),
    number("MAX_BPS", 4),
    BEARER_TYPE,
    FRAMING_TYPE,
    ...WINDOW,
    number("PHONE_NO_LEN", 2),
    reserved(2),
    text("PHONE_NO", 64, 4),
    SUBADDRESS,
  ],
  8: [
    CALL,
    PEER,
    ...result("1 Connected|General Error|No Carrier|Busy|No Dial Tone|Time-out|Do Not Accept"),
    CAUSE,
    SPEED,
    ...WINDOW,
    CHANNEL,
  ],
  9: [
    CALL,
    SERIAL,
    BEARER_TYPE,
    CHANNEL,
    number("DIALED_NO_LEN", 2),
    number("DIALING_NO_LEN", 2),
    text("DIALED_NO", 64, 4),
    text("DIALING_NO", 64, 66),
    SUBADDRESS,
  ],
  10: [CALL, PEER, ...result("1 Connect|General Error|Do Not Accept"), ...WINDOW, reserved(2)],
  11: [PEER, reserved(2), SPEED, ...WINDOW, FRAMING_TYPE],
  12: [CALL, reserved(2)],
  13: [
    CALL,
    ...result("1 Lost Carrier|General Error|Admin Shutdown|Request"),
    CAUSE,
    reserved(2),
    text("CALL_STATS", 128),
  ],
  14: [
    PEER,
    reserved(2),
    ...["CRC_ERR", "FRAMING_ERR", "HARDWARE_OVERRUN", "BUFFER_OVERRUN", "TIMEOUT_ERR", "ALIGN_ERR"]
      .map((name) => number(name, 4)),
  ],
  15: [PEER, reserved(2), mask("SEND_ACCM"), mask("RECV_ACCM")],
};

/** The message at `at`. */
export function printPptp(l: Line, at: number): void {
  l.protocol = "pptp";
  l.text(": pptp");
  if (l.verbose > 0) {
    l.text(` Length=${l.u16(at)}`);
    l.text(` ${["CTRL-MSG", "MGMT-MSG"][l.u16(at + 2) - 1] ?? "UNKNOWN-MSG-TYPE"}`);
  }
  const cookie = l.u32(at + 4), digits = hex(cookie, 8);
  if (cookie !== COOKIE) l.text(` UNEXPECTED Magic-Cookie!!(${digits})`);
  if (cookie !== COOKIE || l.verbose > 0) l.text(` Magic-Cookie=${digits}`);
  const type = l.u16(at + 8), name = MESSAGES[type];
  l.text(name === undefined ? ` UNKNOWN_CTRL_MSGTYPE(${type})` : ` CTRL_MSGTYPE=${name}`);
  reserved(2)[1](l, at + 10);
  let cursor = at + 12;
  for (const [size, print] of HOLDS[type] ?? []) {
    print(l, cursor);
    cursor += size;
  }
}
