// Telnet's commands at the end of a TCP line. Pure. RFC 854, RFC 855, RFC 2941, RFC 2946; the form is tcpdump's.
import { unknownData } from "../core/hexdump.ts";
import { hex, type Line } from "../core/line.ts";
import { names } from "../core/table.ts";

/** From 236 on. */
const COMMANDS = names(
  "236 EOF|SUSP|ABORT|EOR|SE|NOP|DMARK|BRK|IP|AO|AYT|EC|EL|GA|SB|WILL|WONT|DO|DONT|IAC",
);
const OPTIONS = names(
  "0 BINARY|ECHO|RCP|SUPPRESS GO AHEAD|NAME|STATUS|TIMING MARK|RCTE|NAOL|NAOP|NAOCRD|NAOHTS|NAOHTD|NAOFFD|NAOVTS|NAOVTD|" +
    "NAOLFD|EXTEND ASCII|LOGOUT|BYTE MACRO|DATA ENTRY TERMINAL|SUPDUP|SUPDUP OUTPUT|SEND LOCATION|TERMINAL TYPE|" +
    "END OF RECORD|TACACS UID|OUTPUT MARKING|TTYLOC|29 3270 REGIME|X.3 PAD|NAWS|TSPEED|LFLOW|LINEMODE|XDISPLOC|OLD-ENVIRON|" +
    "AUTHENTICATION|ENCRYPT|NEW-ENVIRON",
);
const QUALIFIERS = names("0 IS|SEND|INFO");
const AUTHENTICATION = [
  names("0 IS|SEND|REPLY|NAME"),
  names("0 NULL|KERBEROS_V4|KERBEROS_V5|SPX|MINK|SRP|RSA|SSL|10 LOKI|SSA|KEA_SJ|KEA_SJ_INTEG|DSS|NTLM"),
];
const ENCRYPTION = [
  names("0 IS|SUPPORT|REPLY|START|END|REQUEST-START|REQUEST-END|END_KEYID|DEC_KEYID"),
  names("0 NULL|DES_CFB64|DES_OFB64|DES3_CFB64|DES3_OFB64|6 CAST5_40_CFB64|CAST5_40_OFB64|CAST128_CFB64|CAST128_OFB64"),
];

/** As C writes `%#x`. */
const marked = (value: number) => value === 0 ? "0" : `0x${hex(value)}`;

/** The commands that the payload begins with; with -X and -vvv each on a line of its own behind its octets. */
export function printTelnet(l: Line, at: number, length: number): void {
  l.protocol = "telnet";
  const start = at, end = at + length, rows = l.options.hexAscii > 0 && l.verbose > 2;
  // The end of a subnegotiation may be taken for two octets where one is left: then tcpdump goes on behind the payload.
  while (at !== end && l.u8(at) === 0xff) {
    const found = command(l, at, end);
    if (found === undefined) break;
    const [text, after] = found, size = after - at;
    if (rows) {
      if (at === start) l.text("\nTelnet:");
      unknownData(l, at, "\n", size, at - start);
      l.text(size > 8 ? "\n\t\t\t\t" : `${" ".repeat((8 - size) * 3)}\t`);
    } else l.text(at === start ? " [telnet " : ", ");
    l.text(text);
    at = after;
  }
  if (at !== start) l.text(rows ? "\n" : "]");
}

/** The command at `at` and where it ends; `undefined` when it is none, or is not whole. */
function command(l: Line, at: number, end: number): [text: string, after: number] | undefined {
  if (end - at < 2) return undefined;
  const code = l.u8(at + 1);
  if (code === 0xff) return ["IAC IAC", at + 2];
  const name = COMMANDS[code];
  if (name === undefined) return undefined;
  if (code < 250) return [name, at + 2];
  if (end - at < 3) return undefined;
  const option = l.u8(at + 2);
  let text = `${name} ${OPTIONS[option] ?? marked(option)}`;
  if (code !== 250) return [text, at + 3];
  let from = at + 3, to = from;
  while (end - from > to + 1 - from) {
    if (l.u8(to) === 0xff && l.u8(to + 1) === 240) break;
    to++;
  }
  if (l.u8(to) !== 0xff) return undefined;
  if (to > from) {
    const tables = option === 37 ? AUTHENTICATION : option === 38 ? ENCRYPTION : [QUALIFIERS];
    for (const table of tables) {
      if (from >= end) return undefined;
      const value = l.u8(from++);
      text += ` ${table[value] ?? marked(value)}`;
    }
    for (; from < to; from++) text += ` ${marked(l.u8(from))}`;
  }
  return [`${text} SE`, from + 2];
}
