// What only secrets show of packets (-E, -M) beside tcpdump's: enciphered and signed here.
import { assertEquals, assertThrows } from "@std/assert";
import { createCipheriv, createHash, createHmac } from "node:crypto";
import { UsageError } from "../../../lib/base/errors.ts";
import { parseIpsecKeys } from "../../../lib/capture/line/tunnel/ipsec_keys.ts";
import { LinePrinter } from "../../../lib/capture/line/printer.ts";
import { outputOf, pcapFile, readAll } from "../../helpers/capture.ts";
import { ip, ip6, llc, number, octets, udp } from "../../helpers/frames/frames.ts";
import { hex } from "../../../lib/base/hex.ts";
import { needing } from "../../helpers/netlab.ts";

const SECRET = "a secret";
const KEYS = { aes: "00112233445566778899aabbccddeeff", des: "0123456789abcdef".repeat(3) };

/** What an ESP packet holds: `payload` of an IP protocol, enciphered. */
function esp(spi: number, cipher: string, key: string, payload: string, next: number, check = 12): string {
  const block = cipher === "des-ede3-cbc" ? 8 : 16, vector = octets("5a".repeat(block));
  const size = octets(payload).length, padding = (block - (size + 2) % block) % block;
  const plain = octets(`${payload}${"01".repeat(padding)}${number(padding, 1)}${number(next, 1)}`);
  const opener = createCipheriv(cipher, octets(key), vector).setAutoPadding(false);
  return `${number(spi, 4)}00000009${hex(vector)}${hex(Uint8Array.from(opener.update(plain)))}${"77".repeat(check)}`;
}

/** A segment over IPv4 with TCP's signature, made with a secret. */
function signed(secret: string): Uint8Array {
  const header = "0400 00b3 00000001 00000002 a018 0400 0000 0000", data = "0102030405";
  const size = 40 + data.length / 2;
  const hash = createHash("md5").update(octets(`c0000201 c0000202 0006 ${number(size, 2)} ${header}${data}`))
    .update(secret).digest("hex");
  return ip(6, `${header} 1312 ${hash} 0101 ${data}`);
}

/** A message with a place for an HMAC. */
function hmac(message: string, cleared: readonly number[], secret: string): string {
  const place = message.indexOf("S".repeat(32)) / 2, bytes = octets(message.replace("S".repeat(32), "0".repeat(32)));
  const zeroed = bytes.slice();
  for (const at of cleared) zeroed[at] = 0;
  const made = octets(createHmac("md5", secret).update(zeroed).digest("hex"));
  bytes.set(made, place);
  return hex(bytes);
}

const INNER_TCP = "0400 0050 00000001 00000002 5018 0400 0000 0000 474554202f";
const INNER_IP = "4500 001c 0001 0000 40 01 0000 0a000001 0a000002 0800 0000 0001 0001";
const RSVP = `100212344000 ${number(8 + 36, 2)} 0024 0401 00000102030405060000000000000009 ${"S".repeat(32)}`.replace(
  / /g,
  "",
);
const ISIS = `831b0100 14010000 ${number(27 + 21, 2)} 04b0 010203040506 0000 00000009 1234 01 0a11 36 ${
  "S".repeat(32)
} 0100`.replace(/ /g, "");

const FRAMES: readonly Uint8Array[] = [
  ip(50, esp(0x11, "aes-128-cbc", KEYS.aes, INNER_TCP, 6)),
  ip(50, esp(0x11, "aes-128-cbc", KEYS.aes, INNER_IP, 4)),
  ip(50, esp(0x12, "des-ede3-cbc", KEYS.des, INNER_TCP, 6)),
  ip(50, esp(0x13, "aes-128-cbc", KEYS.aes, INNER_TCP, 6, 0)),
  ip6(50, esp(0x11, "aes-128-cbc", KEYS.aes, INNER_IP, 4)),
  udp(4500, esp(0x11, "aes-128-cbc", KEYS.aes, INNER_TCP, 6)),
  ip(50, `${esp(0x11, "aes-128-cbc", KEYS.aes, INNER_TCP, 6)}00`),
  ip(50, "00000011 00000001 0102"),
  ip(50, "00000011"),
  ip(50, esp(0x11, "aes-128-cbc", KEYS.aes, "", 59)),
  signed(SECRET),
  signed("another"),
  ip(46, hmac(RSVP, [2, 3], SECRET)),
  ip(46, hmac(RSVP, [2, 3], "another")),
  llc(`fefe03${hmac(ISIS, [10, 11, 24, 25], SECRET)}`),
  llc(`fefe03${hmac(ISIS, [10, 11, 24, 25], "another")}`),
];
const SECRETS = `0x11@192.0.2.2 aes128-cbc-hmac96:0x${KEYS.aes},18@192.0.2.2 3des-cbc-hmac96:0x${KEYS.des},` +
  `0x11@ff02::5 aes128-cbc-hmac96:0x${KEYS.aes}`;

Deno.test({
  ...needing("what secrets open and check is tcpdump's", "tcpdump"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/secrets.pcap`, file = pcapFile([...FRAMES]);
      await Deno.writeFile(path, file);
      const { packets } = readAll(file);
      for (
        const [secrets, secret] of [[SECRETS, SECRET], [`aes128-cbc:0x${KEYS.aes}`, ""], [SECRETS, "other"]] as const
      ) {
        for (
          const [flags, options] of [["-t", {}], ["-tv", { verbose: 1 }], ["-tvvve", {
            verbose: 3,
            link: true,
          }]] as const
        ) {
          const { stdout } = await outputOf("tcpdump", [
            "-nr",
            path,
            flags,
            "-E",
            secrets,
            ...(secret === "" ? [] : ["-M", secret]),
          ]);
          const keys = parseIpsecKeys(secrets, () => "");
          const printer = new LinePrinter({ time: 1, ...options, secret, keys });
          let ours = "";
          for (const packet of packets) {
            printer.print(packet);
            ours += new TextDecoder().decode(printer.out.take());
          }
          assertEquals(ours.split("\n"), stdout.split("\n"));
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("parseIpsecKeys() reads files and key exchanges, and refuses what it cannot use", () => {
  const line = "ikev2 I 0x0001020304050607 0x08090a0b0c0d0e0f sha1:0x00 aes128:0x00112233445566778899aabbccddeeff";
  const keys = parseIpsecKeys(
    "file a",
    (path) => path === "a" ? `# one\n\n${line}\nfile b\n` : "7@192.0.2.1 aes256:words\n",
  );
  assertEquals([...keys.exchanges.keys()], ["i000102030405060708090a0b0c0d0e0f"]);
  assertEquals(keys.exchanges.get("i000102030405060708090a0b0c0d0e0f")!.check, 12);
  assertEquals([...keys.associations.keys()], ["7@c0000201"]);
  assertEquals(keys.associations.get("7@c0000201")!.key.length, 32);
  for (
    const text of [
      "aes128",
      "blowfish-cbc:0x00",
      "aes128:0xzz",
      "x@192.0.2.1 aes128:0x00",
      "1@host aes128:0x00",
      "ikev2 I 0x00 0x00 a b",
      "file a",
    ]
  ) assertThrows(() => parseIpsecKeys(text, () => "file a"), UsageError);
});
