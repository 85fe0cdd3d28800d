// Frames made by hand, one or more for each protocol that lines know: what is printed of them is compared with tcpdump.
// To add one: a line in `FRAMES`. Octets are written as hexadecimal text; `text` gives those of a word.

/** Octets of hexadecimal text, white space ignored. */
export function octets(hex: string): Uint8Array {
  const digits = hex.replace(/\s+/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}

const toHex = (bytes: Uint8Array) => [...bytes].map((octet) => octet.toString(16).padStart(2, "0")).join("");
/** The octets of a word as hexadecimal text. */
export const text = (word: string) => toHex(new TextEncoder().encode(word));
const number = (value: number, size: number) => value.toString(16).padStart(size * 2, "0");
/** Length in octets of hexadecimal text. */
const sizeOf = (hex: string) => hex.replace(/\s+/g, "").length / 2;
/** Behind a length of `size` octets that counts itself and `more` besides. */
const counted = (hex: string, size: number, more = 0) => number(sizeOf(hex) + more, size) + hex;

const MACS = "0180c200000e 020000000001";
/** A frame with an EtherType. */
export const ether = (type: string, payload: string) => octets(`${MACS} ${type} ${payload}`);
/** A frame with a length and LLC. */
export const llc = (payload: string) => octets(`${MACS} ${number(sizeOf(payload), 2)} ${payload}`);
const cisco = (type: string, payload: string) => llc(`aaaa03 00000c ${type} ${payload}`);

function sum(bytes: Uint8Array): string {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i]! << 8 | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return number(~total & 0xffff, 2);
}

/** An IPv4 packet in a frame. */
export function ip(protocol: number, payload: string, ttl = 64): Uint8Array {
  const head = (check: string) =>
    `4500 ${number(20 + sizeOf(payload), 2)} 0001 4000 ${number(ttl, 1)} ${
      number(protocol, 1)
    } ${check} c0000201 c0000202`;
  return ether("0800", head(sum(octets(head("0000")))) + payload);
}

/** An IPv6 packet in a frame. */
export function ip6(next: number, payload: string, hops = 64): Uint8Array {
  const addresses = "fe800000000000000000000000000001 ff020000000000000000000000000005";
  return ether(
    "86dd",
    `60000000 ${number(sizeOf(payload), 2)} ${number(next, 1)} ${number(hops, 1)} ${addresses} ${payload}`,
  );
}

/** A datagram in a frame. */
export const udp = (port: number, payload: string, from = port) =>
  ip(17, `${number(from, 2)} ${number(port, 2)} ${number(8 + sizeOf(payload), 2)} 0000 ${payload}`);
/** A datagram over IPv6 in a frame. */
export const udp6 = (port: number, payload: string, from = port) =>
  ip6(17, `${number(from, 2)} ${number(port, 2)} ${number(8 + sizeOf(payload), 2)} 0000 ${payload}`);
/** A segment with data in a frame. */
export const tcp = (port: number, payload: string, from = 40000) =>
  ip(6, `${number(from, 2)} ${number(port, 2)} 00000001 00000001 5018 0400 0000 0000 ${payload}`);

/** A part of LLDP. */
const lldp = (type: number, value: string) => number(type << 9 | sizeOf(value), 2) + value;
const part2 = (type: number, value: string) => number(type, 2) + counted(value, 2, 4);

export const FRAMES: Readonly<Record<string, Uint8Array>> = {
  "LLDP of a switch": ether(
    "88cc",
    [
      lldp(1, "04 020000000001"),
      lldp(2, `05 ${text("eth0")}`),
      lldp(3, "0078"),
      lldp(4, text("uplink")),
      lldp(5, text("switch.example")),
      lldp(6, text("a switch")),
      lldp(7, "0014 0004"),
      lldp(8, "05 01 c0000201 02 00000007 00"),
      lldp(8, "11 02 20010db8000000000000000000000001 02 00000007 00"),
      lldp(127, "0080c2 01 0001"),
      lldp(127, "0080c2 02 06 0002"),
      lldp(127, `0080c2 03 0001 04 ${text("home")}`),
      lldp(127, "0080c2 04 02 88cc"),
      lldp(127, "0080c2 07 03 00000001"),
      lldp(127, "0080c2 08 ff 01"),
      lldp(127, "0080c2 09 83 01234567 0a0a0a0a1e1e0000 0002020200000000"),
      lldp(127, "0080c2 0a 00 01234567 0a0a0a0a1e1e0000 0002020200000000"),
      lldp(127, "0080c2 0b 88 08"),
      lldp(127, "0080c2 0c 00 618906 800cbc"),
      lldp(127, "0080c2 0d 02 04 f4 5f 1f"),
      lldp(127, "0080c2 0e 88 00 0010 001001"),
      lldp(127, "00120f 01 03 6c01 001e"),
      lldp(127, "00120f 02 07 01 01"),
      lldp(127, "00120f 03 01 00000000"),
      lldp(127, "00120f 04 05dc"),
      lldp(127, `00005e 01 ${text("https://a.example/mud")}`),
      lldp(127, "123456 01 0203"),
      lldp(0, ""),
    ].join(""),
  ),
  "LLDP-MED of a phone": ether(
    "88cc",
    [
      lldp(1, "05 01 c0000201"),
      lldp(2, "03 020000000001"),
      lldp(3, "0e10"),
      lldp(127, "0012bb 01 003f 03"),
      lldp(127, "0012bb 02 01 4050ae"),
      lldp(127, "0012bb 03 01 56 35d4e2a1 55 2babcd12 10f0 001122 01"),
      lldp(127, `0012bb 03 02 0c 02 ${text("US")} 01 02 ${text("NY")} 06 03 ${text("5th")}`),
      lldp(127, `0012bb 03 03 ${text("911")}`),
      lldp(127, "0012bb 04 53 0082"),
      lldp(127, `0012bb 05 ${text("rev1")}`),
      lldp(127, `0012bb 08 ${text("SN123")}`),
      lldp(0, ""),
    ].join(""),
  ),
  "DCBX in LLDP": ether(
    "88cc",
    lldp(
      127,
      "001b21 02 020a 00000000000100000001 0411 0000 80 00 01234567 0a0a0a0a1e1e0000 08 0606 0000 c0 00 08 08 " +
        "080a 0000 80 00 8906001b2108",
    ) + lldp(0, ""),
  ),
  "LACP": ether(
    "8809",
    "01 01 0114 8000 020000000001 0001 8000 0002 3d 000000 0214 8000 020000000002 0001 8000 0002 3c 000000 " +
      "0310 0000 000000000000000000000000 0000",
  ),
  "marker": ether("8809", "02 01 0110 0001 020000000001 00000001 0000 0000"),
  "Ethernet OAM": ether(
    "8809",
    "03 0050 00 0110 01 0001 00 0d 05dc 001b21 00000001 0210 01 0001 06 0d 05dc 001b21 00000001 00",
  ),
  "Ethernet OAM event": ether(
    "8809",
    "03 0050 01 0007 0228 0001 0000000000000001 0000000000000002 0000000000000003 0000000000000004 00000005 00",
  ),
  "STP": llc("424203 0000 00 00 01 8000020000000001 00000004 8000020000000002 8001 0100 1400 0200 0f00"),
  "RSTP": llc("424203 0000 02 02 3c 8000020000000001 00004e20 8000020000000002 8001 0100 1400 0200 0f00 00"),
  "MSTP": llc(
    "424203 0000 03 02 7c 8000020000000001 00030d40 8000020000000002 8001 0100 1400 0200 0f00 00 0050 " +
      `00 ${text("region").padEnd(64, "0")} 0001 00112233445566778899aabbccddeeff 00000010 8000020000000003 14 ` +
      "7e 8001020000000001 00000020 80 80 14",
  ),
  "CDP": cisco(
    "2000",
    "02b4 0000" + part2(1, text("S1")) + part2(2, "00000001 0101cc 0004 c0000201") + part2(3, text("Fa0/1")) +
      part2(4, "00000028") + part2(5, text("IOS\n12.2")) + part2(6, text("WS")) + part2(7, "c000020018") +
      part2(8, "00112233") + part2(9, text("lab")) + part2(0xa, "0001") + part2(0xb, "01") + part2(0xe, "010002") +
      part2(0x10, "1234") + part2(0x11, "000005dc") + part2(0x12, "01") +
      part2(0x16, "00000001 0208aaaa0300000086dd 0010 20010db8000000000000000000000001") +
      part2(0x17, "00" + text("room")) + part2(0x1a, "01020304"),
  ),
  "DTP": cisco("2004", "01" + part2(1, text("lab")) + part2(2, "04") + part2(3, "40") + part2(4, "020000000001")),
  "UDLD": cisco(
    "0111",
    "2103 1234" + part2(1, text("FOC1")) + part2(2, text("Gi0/1")) + part2(3, "00000000") + part2(4, "07") +
      part2(5, "05") + part2(6, text("S1")) + part2(7, "00000001"),
  ),
  "VTP summary": cisco(
    "2003",
    `01 01 01 03 ${text("lab").padEnd(64, "0")} 00000005 c0000201 ${
      text("930301000000")
    } 00112233445566778899aabbccddeeff`,
  ),
  "VTP subset": cisco(
    "2003",
    `01 02 01 03 ${text("lab").padEnd(64, "0")} 00000005 14 00 01 07 0001 05dc 000186a1 ${text("default")}00 ` +
      `20 00 02 04 03ea 05dc 00018a8a ${text("fddi")} 0101 03e9 0301 0002 0601 0001 0701 0001`,
  ),
  "IPX service": llc(
    "e0e003 ffff 0060 00 04 00000000ffffffffffff0452 00000000 020000000001 4008 0002 0004" +
      text("SRV").padEnd(96, "0") + "00000001020000000001 0451 0001",
  ),
  "IPX route": ether(
    "8137",
    "ffff 0028 00 04 00000000ffffffffffff0453 00000000 020000000001 0453 0002 00000001 0001 0002",
  ),
  "unknown LLC": llc("f0f0 01 00 0102"),
  "XID": llc("0001 bf 81 01 00"),
  "SNAP of nobody": llc("aaaa03 123456 0001 0102"),
  "MPLS stack": ether("8847", "0006 40ff 0001 21 40 4500001c000100004011f6ce c0000201c0000202 0035003500080000"),
  "PPPoE discovery": ether("8863", `11 09 0000 0014 0101 0000 0103 0004 00112233 0102 0004 ${text("isp1")}`),
  "PPPoE LCP": ether("8864", "11 00 0001 0018 c021 01 01 0016 0104 05d4 0305 c223 05 0506 01020304 0702 0802"),
  "PPPoE IPCP": ether("8864", "11 00 0001 0018 8021 01 01 0016 0206 002d 0f01 0306 00000000 8106 00000000"),
  "PPPoE IPv6CP": ether("8864", "11 00 0001 0010 8057 01 01 000e 010a 0200 00ff fe00 0001"),
  "PPPoE CCP": ether("8864", "11 00 0001 0013 80fd 01 01 0011 1a04 7800 1503 2f 1806 0000 0100"),
  "PPPoE CHAP": ether("8864", `11 00 0001 0010 c223 01 01 000e 04 01020304 ${text("peer1")}`),
  "PPPoE PAP": ether("8864", `11 00 0001 0012 c023 01 01 0010 04 ${text("user")} 06 ${text("secret")}`),
  "PPPoE echo": ether("8864", "11 00 0001 000a c021 09 02 0008 01020304"),
  "EAP identity": ether("888e", `01 00 000a 02 01 000a 01 ${text("alice")}`),
  "EAP TLS": ether("888e", "01 00 000a 01 02 000a 0d c0 00001000"),
  "EAPOL start": ether("888e", "01 01 0000"),
  "Ethernet loopback": ether("9000", "0000 0200 020000000002 0100 0001 0102"),
  "ATA over Ethernet": ether("88a2", "1c 03 0001 02 00 01020304 51 00 01 24 01 02 03 04 05 06 0000"),
  "ATA over Ethernet query": ether("88a2", `18 00 0001 02 01 01020304 0010 0001 02 11 0003 ${text("abc")}`),
  "PTP sync": ether(
    "88f7",
    "00 02 002c 00 00 0200 0000000000010000 00000000 0011223344556677 0001 0002 00 00 000000000001 00000002",
  ),
  "PTP announce": ether(
    "88f7",
    "0b 02 0040 00 00 003c 0000000000000000 00000000 0011223344556677 0001 0002 05 01 000000000001 00000002 0025 00 80 06 21 4e5d 80 0011223344556677 0000 20",
  ),
  "MACsec": ether("88e5", "2c 00 00000001 0011223344556677 0102030405060708"),
  "NSH": ether("894f", "0fc2 0101 000001 ff 4500001c000100004011f6ce c0000201c0000202 0035003500080000"),
  "IS-IS hello": llc(
    "fefe03 83 1b 01 00 0f 01 00 00 01 000000000001 001e 0040 40 00000000000102 8101cc 0104 03490001 8404 c0000201 " +
      "0606 020000000001 d303 000000 e810 fe800000000000000000000000000001 0802 0000",
  ),
  "IS-IS link state": llc(
    "fefe03 83 1b 01 00 12 01 00 00 0086 04b0 0000000000010000 00000001 0000 03 " +
      "0104 03490001 8102 cc8e 8902 7231 160d 00000000000200 00000a 02 1200 8708 0000000a 18 c00002 " +
      "840c c0000201 c0000202 c0000203 ec0e 0000000a 00 40 20010db800000000 800c 0a808080 c0000200 ffffff00 " +
      "020c 00 0a808080 00000000000200 0a01 01 f20b c0000201 00 0205 c0 000064 01",
  ),
  "ES-IS hello": llc("fefe03 82 11 01 00 04 001e 0000 04 49000001 c602 001e"),
  "CLNP echo": llc("fefe03 81 13 01 40 9e 0013 0000 03 490001 03 490002 cd01 01"),
};
