// Conversations over TCP made by hand. To add one: an entry, with what is said of each message.
import type { Side } from "../../../lib/dissect/protocol.ts";
import { number, sizeOf, text } from "./frames.ts";

export interface HandMade {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  /** Whether the first octets tell the protocol on any port. */
  readonly unmistakable: boolean;
  readonly says: readonly (readonly [side: Side, octets: string, summary: string])[];
}

const tacacs = (kind: string, sequence: string, flags: string, body: string) =>
  `c0 ${kind} ${sequence} ${flags} 00000007 ${number(sizeOf(body), 4)} ${body}`;

export const STREAMS: readonly HandMade[] = [
  {
    name: "TACACS+, in clear and hidden",
    protocol: "tacacs",
    port: 49,
    unmistakable: true,
    says: [
      [
        "client",
        tacacs("01", "01", "01", `01 01 01 01 05 04 09 00 ${text("alice")} ${text("tty0")} ${text("192.0.2.1")}`),
        'TACACS+ authentication request: login "alice" on tty0',
      ],
      [
        "server",
        tacacs("01", "02", "01", `05 01 000a 0000 ${text("Password: ")}`),
        'TACACS+ authentication reply: give the password "Password: "',
      ],
      [
        "client",
        tacacs("01", "03", "01", `0006 0000 00 ${text("secret")}`),
        "TACACS+ authentication request: continues",
      ],
      ["server", tacacs("01", "04", "01", "01 00 0000 0000"), "TACACS+ authentication reply: pass"],
      [
        "client",
        tacacs(
          "02",
          "01",
          "05",
          `06 01 01 01 05 00 00 02 0d 08 ${text("alice")} ${text("service=shell")} ${text("cmd=show")}`,
        ),
        'TACACS+ authorization request: "alice" service=shell cmd=show',
      ],
      [
        "server",
        tacacs("02", "02", "05", `01 01 0000 0000 0b ${text("priv-lvl=15")}`),
        "TACACS+ authorization reply: pass, with these added priv-lvl=15",
      ],
      [
        "client",
        tacacs("03", "01", "01", `02 06 01 01 01 05 00 00 01 09 ${text("alice")} ${text("task_id=1")}`),
        'TACACS+ accounting request: start "alice" task_id=1',
      ],
      ["server", tacacs("03", "02", "01", "0000 0000 01"), "TACACS+ accounting reply: success"],
      ["client", tacacs("01", "01", "00", "0102030405"), "TACACS+ authentication request, hidden, 5 octets"],
    ],
  },
];
