// Asking a router for ports: NAT-PMP (RFC 6886) and what followed it, PCP (RFC 6887). Pure.
import { names } from "../coding/names.ts";
import { ipProtocolName } from "../coding/numbers.ts";
import { counted } from "../coding/words.ts";
import type { Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const OPERATIONS: Readonly<Record<number, string>> = { 0: "external address", 1: "map UDP", 2: "map TCP" };
const RESULTS: Readonly<Record<number, string>> = {
  0: "success",
  1: "version not supported",
  2: "refused",
  3: "the network failed",
  4: "out of resources",
  5: "operation not supported",
};
const PCP_OPERATIONS: Readonly<Record<number, string>> = { 0: "ANNOUNCE", 1: "MAP", 2: "PEER" };
const PCP_RESULTS = names(`
  0 success; 1 version not supported; 2 refused; 3 malformed request; 4 operation not supported; 5 option not supported;
  6 malformed option; 7 the network failed; 8 out of resources; 9 protocol not supported; 10 too many ports;
  11 that address or port cannot be had; 12 the address is not the sender's; 13 too many peers
`);
const seconds = (count: number) => count === 0 ? "ends it" : counted(count, "second");

function natPmp(tree: Tree): Words {
  tree.u8("Version", "RFC 6886 3.1", () => "NAT-PMP");
  const code = tree.u8(
    "Operation",
    "RFC 6886 3.1",
    (value) => `${OPERATIONS[value & 127] ?? "unknown"}${value >= 128 ? ", answer" : ""}`,
  );
  const name = OPERATIONS[code & 127] ?? `operation ${code & 127}`, answer = code >= 128;
  const ref = (code & 127) === 0 ? "RFC 6886 3.2" : "RFC 6886 3.3";
  let words = "";
  if (answer) {
    const result = tree.u16("Result", "RFC 6886 3.5", RESULTS);
    tree.u32("Seconds since start", "RFC 6886 3.6", (count) => `the router began ${counted(count, "second")} ago`);
    if (result !== 0) words = `: ${RESULTS[result] ?? `result ${result}`}`;
  } else if (tree.remaining > 0) tree.u16("Reserved", ref);
  if ((code & 127) === 0) {
    if (answer && tree.remaining >= 4) words ||= ` ${tree.ip("External address", 4, ref)}`;
  } else {
    const inner = tree.u16("Internal port", ref), outer = tree.u16(answer ? "Mapped port" : "Wanted port", ref);
    const lifetime = tree.u32("Lifetime", ref, seconds);
    words ||= ` ${inner} to ${outer}, ${seconds(lifetime)}`;
  }
  const key = `natpmp ${code & 127}`;
  return { summary: `NAT-PMP ${name}${words}`, ...(answer ? { answers: key } : { asks: key }) };
}

function pcp(tree: Tree): Words {
  const head = "RFC 6887 7.1", reply = "RFC 6887 7.2";
  tree.u8("Version", head, () => "PCP");
  const code = tree.flags("Operation", 1, [["Response", 0, 1], ["Operation", 1, 7, PCP_OPERATIONS]], head);
  const operation = code & 127, answer = code >= 128;
  let words = PCP_OPERATIONS[operation] ?? `operation ${operation}`;
  let result = 0;
  if (answer) {
    tree.u8("Reserved", reply);
    result = tree.u8("Result", "RFC 6887 7.4", PCP_RESULTS);
  } else tree.u16("Reserved", head);
  const lifetime = tree.u32("Lifetime", answer ? reply : head, seconds);
  if (answer) {
    tree.u32("Epoch time", reply, (count) => `the router began ${counted(count, "second")} ago`);
    tree.bytes("Reserved", 12, reply);
  } else tree.ip("Client address", 16, head);
  let key = `pcp ${operation}`;
  if (operation === 1 || operation === 2) {
    const ref = operation === 1 ? "RFC 6887 11.1" : "RFC 6887 12.1";
    const nonce = tree.bytes("Nonce", 12, ref);
    key += ` ${nonce.join(".")}`;
    const protocol = tree.u8("Protocol", ref, (value) => value === 0 ? "all" : ipProtocolName(value));
    tree.u24("Reserved", ref);
    const inner = tree.u16("Internal port", ref), outer = tree.u16("External port", ref);
    const address = tree.ip("External address", 16, ref);
    words += ` ${protocol === 0 ? "all" : ipProtocolName(protocol)} ${inner} to ${address} port ${outer}`;
    if (operation === 2) {
      const port = tree.u16("Remote peer's port", ref);
      tree.u16("Reserved", ref);
      words += ` for ${tree.ip("Remote peer's address", 16, ref)} port ${port}`;
    }
    words += `, ${seconds(lifetime)}`;
  }
  while (tree.remaining >= 4) {
    const ref = "RFC 6887 7.3", kinds = { 1: "third party", 2: "prefer failure", 3: "filter" };
    tree.group("Option", () => {
      tree.u8("Option code", ref, kinds);
      tree.u8("Reserved", ref);
      const length = tree.u16("Length", ref);
      const whole = Math.min(tree.remaining, Math.ceil(length / 4) * 4);
      if (whole > 0) tree.bytes("Data", whole, ref);
    }, { ref });
  }
  if (result !== 0) words += `: ${PCP_RESULTS[result] ?? `result ${result}`}`;
  return { summary: `PCP ${answer ? "answer " : ""}${words}`, ...(answer ? { answers: key } : { asks: key }) };
}

/** The length that the operation has, or whole words of PCP. */
function fits(bytes: Uint8Array): boolean {
  const [version, operation = 255] = bytes;
  if (version === 2) return bytes.length >= 24 && bytes.length % 4 === 0 && (operation & 127) <= 2;
  if (version !== 0 || (operation & 127) > 2) return false;
  return bytes.length === (operation >= 128 ? [12, 16, 16][operation - 128] : [2, 12, 12][operation]) ||
    (operation >= 128 && bytes.length === 8);
}

export const PORT_MAPPING: Protocol = {
  name: "nat-pmp",
  title: "NAT-PMP and PCP",
  ref: "RFC 6886",
  udp: [5351, 5350],
  fits,
  datagram: (tree) => tree.reader.peek() === 2 ? pcp(tree) : natPmp(tree),
};
