// Kafka's protocol (Kafka documentation, "Protocol"): requests by key and version, responses by correlation. Pure.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";
import { APIS, ERRORS } from "./kafka_apis.ts";
import { type Reading, readSchema, taggedFields } from "./kafka_schema.ts";

const REF = "Kafka protocol";
const LENGTH_LIMIT = 128 * 1024 * 1024;
const OPEN_LIMIT = 1024;

class Kafka implements StreamDissector {
  /** Requests whose responses have not come, by correlation. */
  readonly #open = new Map<number, { key: number; version: number }>();
  readonly #login = { mechanism: "", steps: 0 };

  measure(bytes: Uint8Array, _side: Side): number {
    if (bytes.length < 4) return 0;
    const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
    if (length < 4 || length > LENGTH_LIMIT) throw new FormatError(`A message of ${counted(length, "octet")}`, 0);
    return 4 + length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    tree.u32("Length", REF, (octets) => `${octets} octets follow`);
    return side === "client" ? this.#request(tree) : this.#response(tree);
  }

  #request(tree: Tree): Words {
    const key = tree.u16("Request", REF, (number) => APIS[number]?.[0]);
    const version = tree.u16("Version", REF, () => "of this request");
    const correlation = tree.u32("Correlation", REF, () => "the response repeats it");
    const [name, flexible, schema] = APIS[key] ?? [`request ${key}`, 99, "rest:body"];
    const asks = { asks: `kafka ${correlation}` };
    tree.said = { summary: `${name} ${version}`, ...asks };
    const size = tree.field(
      "Client length",
      (r) => r.u16() << 16 >> 16,
      (octets) => ({ ref: REF, meaning: octets < 0 ? "none" : undefined }),
    );
    if (size > 0) tree.text("Client", size, REF);
    const reading: Reading = { version, flexible: version >= flexible, found: new Map(), login: this.#login };
    if (reading.flexible) taggedFields(tree);
    readSchema(tree, schema, reading);
    if (key === 17) [this.#login.mechanism, this.#login.steps] = [reading.found.get("mechanism")?.[0] ?? "", 0];
    const silent = key === 0 && reading.found.get("acks")?.[0] === "0";
    if (!silent) {
      if (this.#open.size >= OPEN_LIMIT) this.#open.delete(this.#open.keys().next().value!);
      this.#open.set(correlation, { key, version });
    }
    return { summary: clip(`${name} ${version} ${line(reading)}`.trim(), 180), ...(silent ? {} : asks) };
  }

  #response(tree: Tree): Words {
    const correlation = tree.u32("Correlation", REF, () => "that of the request");
    const request = this.#open.get(correlation);
    this.#open.delete(correlation);
    const answers = { answers: `kafka ${correlation}` };
    if (request === undefined) {
      tree.rest("Body", REF, "of a request that was not seen");
      return { summary: "response", ...answers };
    }
    const [name, flexible, , schema] = APIS[request.key] ?? [`request ${request.key}`, 99, "", "rest:body"];
    tree.said = { summary: `${name} response`, ...answers };
    const reading: Reading = {
      version: request.version,
      flexible: request.version >= flexible,
      found: new Map(),
      login: this.#login,
    };
    // The response to ApiVersions is understood before versions are known: its header stays as it was.
    if (reading.flexible && request.key !== 18) taggedFields(tree);
    readSchema(tree, schema, reading);
    const failed = reading.found.get("error")?.find((code) => code !== "0");
    const said = failed === undefined ? line(reading) : `error ${failed}: ${ERRORS[Number(failed)] ?? "unknown"}`;
    return { summary: clip(`${name} response ${said}`.trim(), 180), ...answers };
  }
}

/** What the line says of a body. */
function line({ found }: Reading): string {
  const words: string[] = [];
  for (const name of ["software", "mechanism", "credentials", "key", "group", "name", "records", "offset", "host"]) {
    const values = found.get(name)?.filter((value) => value !== "") ?? [];
    if (values.length === 0) continue;
    const text = [...new Set(values)].slice(0, 4).join(", ");
    words.push(name === "offset" || name === "group" ? `${name} ${text}` : text);
  }
  return words.join(" ");
}

/** A request's header: key, version, correlation, a printable client. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server" || bytes[0]! > 7) return side === "server" && bytes[0]! <= 7 ? "possible" : "no";
  if (bytes.length < 14) {
    return bytes.length < 8 ? "possible" : bytes[4] === 0 && bytes[5]! < 100 && bytes[6] === 0 ? "maybe" : "no";
  }
  const length = bytes[0]! * 0x1000000 + (bytes[1]! << 16 | bytes[2]! << 8 | bytes[3]!);
  const client = bytes[12]! << 8 | bytes[13]!;
  if (bytes[4] !== 0 || bytes[6] !== 0 || bytes[5]! > 92 || bytes[7]! > 20 || client === 0 || client > 200) return "no";
  if (length < 10 + client) return "no";
  return /^[\w.@:\- ]+$/.test(decodeText(bytes.subarray(14, 14 + client))) ? "yes" : "no";
}

export const KAFKA: Protocol = {
  name: "kafka",
  title: "Kafka",
  ref: REF,
  tcp: [9092],
  detect,
  sideOf: (bytes) => detect(bytes, "client") === "yes" ? "client" : "server",
  stream: () => new Kafka(),
};
