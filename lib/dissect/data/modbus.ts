// Modbus over TCP (MODBUS Messaging on TCP/IP 1.0b, MODBUS Application Protocol 1.1b3): requests, answers, exceptions. Pure.
import { FormatError } from "../../base/errors.ts";
import { hex } from "../../base/hex.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const HEADER = "Modbus TCP 3.1.3";
/** Function by code: name, where it is defined, and what request and answer hold. */
const FUNCTIONS: Readonly<
  Record<number, readonly [name: string, ref: string, kind: "bits" | "registers" | "one" | "many" | "other"]>
> = {
  1: ["read coils", "Modbus 6.1", "bits"],
  2: ["read discrete inputs", "Modbus 6.2", "bits"],
  3: ["read holding registers", "Modbus 6.3", "registers"],
  4: ["read input registers", "Modbus 6.4", "registers"],
  5: ["write one coil", "Modbus 6.5", "one"],
  6: ["write one register", "Modbus 6.6", "one"],
  7: ["read exception status", "Modbus 6.7", "other"],
  8: ["diagnostics", "Modbus 6.8", "other"],
  15: ["write coils", "Modbus 6.11", "many"],
  16: ["write registers", "Modbus 6.12", "many"],
  17: ["report server ID", "Modbus 6.13", "other"],
  22: ["mask write register", "Modbus 6.16", "other"],
  23: ["read and write registers", "Modbus 6.17", "other"],
  43: ["encapsulated interface (device identification)", "Modbus 6.19", "other"],
};
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal data address",
  3: "illegal data value",
  4: "server device failure",
  5: "accepted, takes time",
  6: "server device busy",
  8: "memory parity error",
  10: "gateway path unavailable",
  11: "the device behind the gateway does not answer",
};

class Modbus implements StreamDissector {
  measure(bytes: Uint8Array): number {
    if (bytes.length < 6) return 0;
    const length = bytes[4]! * 256 + bytes[5]!;
    if (bytes[2] !== 0 || bytes[3] !== 0) throw new FormatError("The protocol identifier of Modbus is 0", 2);
    if (length < 2 || length > 260) {
      throw new FormatError(`A length of ${counted(length, "octet")}: 2 to 260 are possible`, 4);
    }
    return 6 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const id = tree.u16("Transaction identifier", HEADER, () => "the answer repeats it");
    tree.u16("Protocol identifier", HEADER, { 0: "Modbus" });
    tree.u16("Length", HEADER, (octets) => `${octets} octets follow`);
    const unit = tree.u8(
      "Unit identifier",
      HEADER,
      (number) => number === 255 || number === 0 ? "the server itself" : "a device behind a gateway",
    );
    const client = side === "client";
    const code = tree.u8(
      "Function code",
      "Modbus 5",
      (value) =>
        value >= 128
          ? `exception of ${FUNCTIONS[value - 128]?.[0] ?? value - 128}`
          : FUNCTIONS[value]?.[0] ?? "unknown",
    );
    const pair = client ? { asks: `modbus ${id}` } : { answers: `modbus ${id}` };
    const prefix = `${id} unit ${unit}`;
    tree.said = { summary: prefix, ...pair };
    if (code >= 128) {
      const exception = tree.u8("Exception code", "Modbus 7", EXCEPTIONS);
      return {
        summary: `${prefix} ${FUNCTIONS[code - 128]?.[0] ?? code - 128}: ${EXCEPTIONS[exception] ?? exception}`,
        ...pair,
      };
    }
    const [name, ref, kind] = FUNCTIONS[code] ?? [`function ${code}`, "Modbus 5", "other"];
    return { summary: `${prefix} ${name}${body(tree, kind, ref, client)}`, ...pair };
  }
}

function body(tree: Tree, kind: string, ref: string, client: boolean): string {
  const values = (count: number) => {
    const words: number[] = [];
    while (tree.remaining >= 2 && words.length < count) words.push(tree.u16("Register", ref));
    return words.slice(0, 8).join(" ") + (words.length > 8 ? " …" : "");
  };
  if (client || kind === "one" || kind === "many") {
    if (kind === "bits" || kind === "registers") {
      const address = tree.u16("Starting address", ref), count = tree.u16("Quantity", ref);
      return ` ${address} and ${count - 1} more`.replace(" and 0 more", "");
    }
    if (kind === "one") {
      const address = tree.u16("Address", ref);
      const value = tree.u16(
        "Value",
        ref,
        (word) => ref === "Modbus 6.5" ? (word === 0xff00 ? "on" : "off") : undefined,
      );
      return ` ${address} = ${ref === "Modbus 6.5" ? (value === 0xff00 ? "on" : "off") : value}`;
    }
    if (kind === "many") {
      const address = tree.u16("Starting address", ref), count = tree.u16("Quantity", ref);
      if (!client) return ` ${address}, ${count} written`;
      const octets = tree.u8("Octet count", ref);
      if (ref === "Modbus 6.12") return ` ${address} = ${values(count)}`;
      return ` ${address} = ${hex(tree.bytes("Coils", Math.min(octets, tree.remaining), ref))}`;
    }
  } else if (kind === "bits") {
    const octets = tree.u8("Octet count", ref);
    const bits = tree.bytes("Status", Math.min(octets, tree.remaining), ref, () => "the first in the lowest bit");
    return ` = ${hex(bits.subarray(0, 16))}`;
  } else if (kind === "registers") {
    const octets = tree.u8("Octet count", ref);
    return ` = ${values(octets >> 1)}`;
  }
  tree.rest("Data", ref);
  return "";
}

/** A header that fits a known function. */
function detect(bytes: Uint8Array, _side: Side): Guess {
  if (bytes.length > 3 && (bytes[2] !== 0 || bytes[3] !== 0)) return "no";
  return "possible";
}

export const MODBUS: Protocol = {
  name: "modbus",
  title: "Modbus",
  ref: "Modbus 4",
  tcp: [502],
  detect,
  stream: () => new Modbus(),
};
