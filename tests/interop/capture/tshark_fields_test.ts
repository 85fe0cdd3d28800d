// Ranges and values of fields beside what `tshark -T pdml` says of the same captures. tshark_fields.list names tshark's
// fields that have one of ours with the same range and value, wherever they occur; the others are cut or counted
// differently (an IPv4 flag octet there, a word of flags and offset here).
import { assert, assertEquals } from "@std/assert";
import type { Field } from "../../../lib/base/field.ts";
import { hex } from "../../../lib/base/hex.ts";
import { PacketDissector } from "../../../lib/dissect/follow/packet.ts";
import { captureNames, readCapture } from "../../helpers/explain_captures.ts";
import { parsePdml, type PdmlField, pdmlOf } from "../../helpers/pdml.ts";
import { readPcap } from "../../helpers/pcap.ts";
import { needing } from "../../helpers/netlab.ts";

const FOLDER = `${import.meta.dirname}/../../data/captures/`;
const NAMES = new Set(Deno.readTextFileSync(`${FOLDER}tshark_fields.list`).trim().split(/\s+/));
const DECODE_AS: Readonly<Record<string, string[]>> = {
  grpc: ["tcp.port==50051,http2"],
  http2: ["tcp.port==8080,http2"],
  rpki_rtr: ["tcp.port==8282,rpkirtr"],
  syslog: ["tcp.port==601,syslog"],
};

/** Beginnings of names that are not compared in a capture: what we take apart further (gRPC), or not at all (OpenVPN's TLS). */
const LEFT_OUT: Readonly<Record<string, string[]>> = {
  dtls: ["x509", "pkcs1", "ber."],
  grpc: ["http2.data.data"],
  // What is compressed is no line.
  imap_compress: ["imap."],
  openvpn: ["tls.", "x509", "pkix", "ber."],
  // What an error of ICMP quotes is explained up to its ports.
  sip: ["rtcp."],
  // tshark repeats words of the opening at each answer's handle; an empty NTLM response has octets of its own there.
  smb1: ["smb.access.", "smb.create.", "smb.file_attribute.", "smb.nt.", "smb.share.", "ntlmssp.auth."],
};

/** Whether one of our fields says what tshark says. */
function same(field: Field, theirs: PdmlField, bytes: Uint8Array): boolean {
  const { value } = field;
  const shown = theirs.show === "True" ? "1" : theirs.show === "False" ? "0" : theirs.show;
  if (typeof value === "number" || typeof value === "bigint") {
    if (/^(0x[0-9a-f]+|\d+)$/.test(shown) && Number(shown) === Number(value)) return true;
    return field.bits === undefined && theirs.value.length === theirs.size * 2 &&
      // A signed number is the same octets.
      BigInt(`0x${theirs.value}`) === BigInt.asUintN(theirs.size * 8, BigInt(value));
  }
  if (value instanceof Uint8Array) return hex(value) === theirs.value;
  if (value === undefined) return false;
  return String(value) === shown || hex(bytes.subarray(field.offset, field.offset + field.length)) === theirs.value;
}

/** Every message of IPP is put together from several packets: tshark's offsets count in octets that we do not have. */
const NAMES_COMPARED = captureNames().filter((name) => name !== "ipp");

for (const name of NAMES_COMPARED) {
  Deno.test({
    ...needing(`tshark finds the same fields in capture "${name}"`, "tshark"),
    async fn() {
      const path = `${FOLDER}${name}.pcap`;
      const theirs = parsePdml(await pdmlOf(path, DECODE_AS[name]));
      const { linkType, packets } = readPcap(readCapture(name));
      assertEquals(theirs.length, packets.length);
      const dissector = new PacketDissector();
      const wrong: string[] = [];
      let compared = 0;
      packets.forEach((packet, index) => {
        const ours = new Map<string, Field[]>();
        const visit = (field: Field) => {
          const key = `${field.offset}+${field.length}`;
          ours.set(key, [...ours.get(key) ?? [], field]);
          if (field.buffer === undefined) field.children?.forEach(visit);
        };
        dissector.dissect(linkType, packet.bytes, { originalLength: packet.length }).fields.forEach(visit);
        for (const field of theirs[index]!) {
          // What tshark reassembled or decrypted has offsets of its own.
          if (LEFT_OUT[name]?.some((beginning) => field.name.startsWith(beginning))) continue;
          if (!NAMES.has(field.name) || field.pos + field.size > packet.bytes.length) continue;
          compared++;
          const found = ours.get(`${field.pos}+${field.size}`) ?? [];
          if (found.some((candidate) => same(candidate, field, packet.bytes))) continue;
          wrong.push(`packet ${index + 1}, ${field.name} at ${field.pos}+${field.size}: ${field.show}`);
        }
      });
      assert(compared > 10);
      // Other versions of tshark cut a few fields differently.
      assert(wrong.length <= compared / 200, wrong.slice(0, 20).join("\n"));
    },
  });
}
