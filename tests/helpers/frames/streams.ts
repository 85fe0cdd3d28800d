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

/** A packet of TNS, its length of two octets or of four. */
const tns = (type: string, body: string, wide = false) =>
  `${wide ? number(8 + sizeOf(body), 4) : number(8 + sizeOf(body), 2) + "0000"} ${type} 00 0000 ${body}`;
/** A TPKT with X.224 in it. */
const tpkt = (rest: string) => `03 00 ${number(4 + sizeOf(rest), 2)} ${rest}`;
const s7 = (kind: string, parameters: string, data = "") =>
  tpkt(
    `02 f0 80 32 ${kind} 0000 0007 ${number(sizeOf(parameters), 2)} ${number(sizeOf(data), 2)} ${
      kind === "03" || kind === "02" ? "0000" : ""
    } ${parameters} ${data}`,
  );
const DESCRIPTION = text("(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=orcl)))");

export const STREAMS: readonly HandMade[] = [
  {
    name: "S7 of a controller",
    protocol: "s7",
    port: 102,
    unmistakable: true,
    says: [
      [
        "client",
        tpkt("11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102"),
        "connection request: programming device to rack 0, slot 2",
      ],
      [
        "server",
        tpkt("11 d0 0001 0003 00 c0 01 0a c1 02 0100 c2 02 0102"),
        "connection confirm: programming device to rack 0, slot 2",
      ],
      ["client", s7("01", "f0 00 0001 0001 01e0"), "S7 job set up communication, PDU size 480"],
      ["server", s7("03", "f0 00 0001 0001 00f0"), "S7 answer set up communication, PDU size 240"],
      ["client", s7("01", "04 01 12 0a 10 02 0004 0001 84 000050"), "S7 job read DB1.10.0 BYTE 4"],
      ["server", s7("03", "04 01", "ff 04 0020 01020304"), "S7 answer read: 4 octets"],
      [
        "client",
        s7("01", "05 01 12 0a 10 01 0001 0000 83 000003", "00 03 0001 01"),
        "S7 job write M.0.3 BIT 1 = 1 octet",
      ],
      ["server", s7("03", "05 01", "05"), "S7 answer write: invalid address"],
      ["client", s7("01", `29 0000000000 09 ${text("P_PROGRAM")}`), "S7 job stop the program P_PROGRAM"],
      ["client", s7("01", `1d 00 0000 00000000 09 ${text("_0A00001P")}`), "S7 job start upload DB1"],
      [
        "client",
        s7("07", "000112 04 11 44 01 00", "ff 09 0004 0132 0004"),
        "S7 user data read system status list request",
      ],
      [
        "server",
        s7("07", "000112 08 12 84 01 01 00 00 0000", "0a 00 0000"),
        "S7 user data read system status list answer",
      ],
      ["client", tpkt("02 f0 80"), "empty data"],
    ],
  },
  {
    name: "TNS of Oracle",
    protocol: "tns",
    port: 1521,
    unmistakable: true,
    says: [
      [
        "client",
        tns(
          "01",
          `013b 012c 0c41 2000 ffff 7f08 0000 0001 ${
            number(sizeOf(DESCRIPTION), 2)
          } 0022 00000800 01 01 ${DESCRIPTION}`,
        ),
        "TNS connect: version 315, service_name orcl",
      ],
      ["server", tns("04", `22 00 0013 ${text("(ERR=12514)(CODE=0)")}`), "TNS refuse: reason 34.0, err 12514"],
      ["server", tns("02", "013b 0801 2000 ffff 0100 0000 0000 41 01"), "TNS accept: version 315"],
      ["client", tns("06", "0000 deadbeef 0012", true), "TNS data: secure network services"],
      ["client", tns("06", "0000 03 76 01 0102", true), "TNS data: call log on, asks for the session key"],
      ["server", tns("06", "0000 04 0102", true), "TNS data: return status, 2 octets more"],
      ["client", tns("0c", "01 00 01", true), "TNS marker: break"],
      ["client", tns("06", "0040", true), "TNS data: end of the session"],
    ],
  },
  {
    name: "NTS-KE, what stands inside its TLS",
    protocol: "nts-ke",
    port: 4460,
    unmistakable: true,
    says: [
      [
        "client",
        "8001 0002 0000 8004 0004 000f 001e 8000 0000",
        "request: NTPv4, AEAD_AES_SIV_CMAC_256, AEAD_AES_128_GCM_SIV",
      ],
      [
        "server",
        `8001 0002 0000 8004 0002 000f 0005 0004 01020304 0005 0004 05060708 0006 0004 ${
          text("time")
        } 0007 0002 007b 8000 0000`,
        "response: NTPv4, AEAD_AES_SIV_CMAC_256, server time, port 123, 2 cookies",
      ],
      ["client", "8001 0002 0007 8000 0000", "request: 7"],
      ["server", "8002 0002 0001 c123 0001 ff 8000 0000", "response: error bad request"],
    ],
  },
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
