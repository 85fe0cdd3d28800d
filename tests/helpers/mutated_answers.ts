// A name server whose answers are made of a seed: the digits in the question's first label (`s17.test`). Records of every
// type, some of them damaged; EDNS options of every kind; signatures with every fault; transfers in many messages. The same
// question has the same answer, so that two programs can be compared. What was asked is kept.
import { createHmac } from "node:crypto";
import { type Bytes, concat, latin1, latin1Text } from "../../lib/base/bytes.ts";
import { parseHex } from "../../lib/base/hex.ts";
import { ByteWriter } from "../../lib/base/writer.ts";
import { parseMessage } from "../../lib/dns/message.ts";
import type { DnsMessage } from "../../lib/dns/model.ts";
import { freePort } from "./netlab.ts";
import type { GoldenRecord } from "./dns_golden.ts";
import { wireName } from "./odd_server.ts";

const RECORDS: readonly { readonly type: number; readonly wire: Bytes }[] = JSON.parse(
  await Deno.readTextFile(new URL("../data/dns/records.json", import.meta.url)),
).filter(({ rdclass }: GoldenRecord) => rdclass === 1).map(({ type, wire }: GoldenRecord) => ({
  type,
  wire: parseHex(wire),
}));

/** The key that questions are signed with, as `-y` takes it. */
export const MUTATED_KEY = `hmac-sha256:key.test:${btoa("a secret of no importance at all")}`;
const SECRET = "a secret of no importance at all";

/** Numbers that a seed gives, always the same. */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to but not including 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  octets(count: number): Bytes {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }

  times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }
}

/** A question as it came. */
interface Asked {
  readonly message: DnsMessage;
  readonly question: Bytes;
  readonly mac: Uint8Array | undefined;
  readonly tcp: boolean;
}

const write = () => new ByteWriter();
const TO_QUESTION = Uint8Array.of(0xc0, 12);

function record(owner: Uint8Array, type: number, rdclass: number, ttl: number, data: Bytes): Bytes {
  return write().bytes(owner).u16(type).u16(rdclass).u32(ttl).u16(data.length).bytes(data).take();
}

function owner(r: Seeded): Uint8Array {
  return r.pick<() => Uint8Array>([
    () => TO_QUESTION,
    () => TO_QUESTION,
    () => Uint8Array.of(0),
    () => wireName("other.example"),
    () => concat([latin1("\x03www"), TO_QUESTION]),
    () => Uint8Array.of(0xc0 | r.below(4), 12 + r.below(240)),
    () => Uint8Array.of(0x40 | r.below(128), r.below(256)),
    () => concat([latin1('\x06a.b"(\\'), TO_QUESTION]),
    () => concat([Uint8Array.of(1 + r.below(63)), r.octets(70)]),
  ])();
}

/** A record, damaged more often than not unless it is to be `whole`. */
function anyRecord(r: Seeded, whole: boolean): Bytes {
  let { type, wire: data } = r.pick(RECORDS);
  data = data.slice();
  const at = r.below(data.length);
  const damage = whole ? 0 : r.below(12);
  if (damage === 1 && data.length > 0) data[at] = r.below(256);
  else if (damage === 2 && data.length > 0) data[at]! ^= 1 << r.below(8);
  else if (damage === 3) data = data.slice(0, at);
  else if (damage === 4) data = concat([data, r.octets(1 + r.below(4))]);
  else if (damage === 5) data = r.octets(r.below(40));
  else if (damage === 6) data = concat([data.slice(0, at), TO_QUESTION]);
  else if (damage === 7) type = r.pick([r.below(300), r.below(65536), 41, 250, 249, 24, 65535]);
  const rdclass = r.fraction() < 0.85 ? 1 : r.pick([3, 4, 254, 255, 0, 4711]);
  return record(whole ? TO_QUESTION : owner(r), type, rdclass, r.pick([0, 59, 86400, 0x7fffffff, 0xffffffff]), data);
}

function option(r: Seeded, { message }: Asked): Bytes {
  const cookie = message.edns?.options.find(({ code }) => code === 10)?.data.subarray(0, 8) ?? new Uint8Array(8);
  const [code, data] = r.pick<() => [number, Bytes]>([
    () => [r.pick([0, 2, 3, 4, 18, 19, 26946, r.below(65536)]), r.octets(r.below(12))],
    () => [8, write().u16(r.below(4)).u8(r.below(140)).u8(r.below(140)).bytes(r.octets(r.below(18))).take()],
    () => [r.pick([1, 5, 6, 7, 9, 11, 13, 14, 16, 17]), r.octets(r.pick([0, 1, 2, 3, 4, 18]))],
    () => [10, concat([cookie, r.octets(r.pick([0, 3, 8, 16, 32, 33]))])],
    () => [12, r.pick([new Uint8Array(r.below(30)), r.octets(r.below(30))])],
    () => [
      15,
      write().u16(r.pick([r.below(35), r.below(65536)])).text(r.pick(["", "text", 'q"uo\\te', "nul\0"])).take(),
    ],
  ])();
  return write().u16(code).u16(data.length).bytes(data).take();
}

function optRecord(r: Seeded, asked: Asked): Bytes {
  const options = concat(r.times(r.below(4), () => option(r, asked)));
  const data = r.fraction() < 0.05 ? options.slice(0, r.below(options.length + 1)) : options;
  const flags = r.fraction() < 0.7 ? 0 : r.below(65536);
  const extended = r.fraction() < 0.93 ? 0 : r.below(65536);
  return record(Uint8Array.of(0), 41, r.pick([512, 1232, 65535]), (extended * 65536 + flags) >>> 0, data);
}

function anyMessage(r: Seeded, asked: Asked, answers: readonly Bytes[]): Bytes {
  const { id, opcode } = asked.message;
  const others = () => r.below(8) === 0 ? r.times(1 + r.below(2), () => anyRecord(r, r.fraction() < 0.5)) : [];
  const sections = [answers, others(), others()].map((list) => list.slice());
  if (r.fraction() < 0.65) sections[2]!.splice(r.below(sections[2]!.length + 1), 0, optRecord(r, asked));
  const counts = [asked.question.length > 0 ? 1 : 0, ...sections.map(({ length }) => length)];
  if (r.fraction() < 0.04) counts[r.below(4)]! += r.pick([1, 1000]);
  const flags = 0x8400 | (opcode << 11) | (r.fraction() < 0.85 ? 0 : r.below(0x200)) |
    (r.fraction() < 0.9 ? 0 : r.below(16));
  const head = write().u16(id).u16(flags);
  for (const count of counts) head.u16(count);
  const message = concat([head.take(), asked.question, ...sections.flat()]);
  const at = 12 + r.below(message.length - 12);
  const damage = r.below(24);
  if (damage === 0) message[at]! ^= 1 << r.below(8);
  else if (damage === 1) message[2 + r.below(10)]! ^= 1 << r.below(8);
  else if (damage === 2) return message.slice(0, at);
  else if (damage === 3) return concat([message, r.octets(1 + r.below(6))]);
  return message;
}

/** Signs the messages of one answer in turn, now and then wrongly (RFC 8945). */
class Signer {
  readonly #now: number;
  #before: Uint8Array[];
  #first = true;

  constructor(mac: Uint8Array, now: number) {
    this.#before = [write().u16(mac.length).bytes(mac).take()];
    this.#now = now;
  }

  /** Leaves a message without a signature. */
  pass(message: Bytes): Bytes {
    this.#before.push(message);
    return message;
  }

  sign(r: Seeded, message: Bytes, wrong: boolean): Bytes {
    const fault = wrong ? r.below(12) : 0;
    const error = fault === 1 ? r.pick([16, 17, 18, 22, 99]) : 0;
    const name = wireName(fault === 2 ? "other.test" : "key.test");
    const algorithm = wireName(fault === 3 ? "hmac-sha1" : "hmac-sha256");
    const times = write().u48(this.#now + (fault === 4 ? r.pick([5000, -5000]) : 0)).u16(fault === 5 ? 0 : 3600).take();
    const other = fault === 6 || error === 18 ? write().u48(this.#now).take() : new Uint8Array(0);
    const tail = write().u16(error).u16(other.length).bytes(other).take();
    const whole = write().bytes(name).u16(255).u32(0).bytes(algorithm).bytes(times).bytes(tail).take();
    const hash = createHmac("sha256", SECRET);
    for (const part of [...this.#before, message, this.#first ? whole : times]) hash.update(part);
    let mac: Uint8Array = new Uint8Array(hash.digest());
    if (fault === 7) mac[0]! ^= 1;
    else if (fault === 8) mac = mac.subarray(0, r.pick([1, 10, 16, 20]));
    else if (fault === 9 || error === 16 || error === 17) mac = mac.subarray(0, 0);
    this.#first = false;
    this.#before = [write().u16(mac.length).bytes(mac).take()];
    const id = (message[0]! << 8) | message[1]!;
    const data = write().bytes(algorithm).bytes(times).u16(mac.length).bytes(mac).u16(id).bytes(tail).take();
    const signed = concat([message, record(name, 250, 255, 0, data)]);
    const additionals = ((signed[10]! << 8) | signed[11]!) + 1;
    signed.set([additionals >> 8, additionals & 255], 10);
    return signed;
  }
}

function soa(serial: number): Bytes {
  const data = write().bytes(wireName("ns.x")).bytes(wireName("m.x")).u32(serial).u32(1).u32(2).u32(3).u32(4).take();
  return record(TO_QUESTION, 6, 1, 60, data);
}

/** The records of a transfer, seldom without its first or last SOA. */
function transfer(r: Seeded, incremental: boolean): Bytes[] {
  const end = 1 + r.below(9);
  const some = (most: number) => r.times(r.below(most), () => anyRecord(r, r.fraction() < 0.93));
  if (incremental && r.fraction() < 0.6) {
    const steps = r.times(r.below(3), () => [soa(end - 1), ...some(3), soa(end), ...some(3)]);
    return [soa(end), ...steps.flat(), soa(end)];
  }
  return [...(r.fraction() < 0.95 ? [soa(end)] : []), ...some(14), ...(r.fraction() < 0.9 ? [soa(end)] : [])];
}

/** The messages that answer a question. */
function answersTo(asked: Asked, now: number): Bytes[] {
  const { questions: [question] } = asked.message;
  const seed = Number(/\d+/.exec(question === undefined ? "" : latin1Text(question.name.wire))?.[0] ?? 7);
  const r = new Seeded(seed * 31 + (asked.tcp ? 5 : 0));
  const signer = asked.mac === undefined ? undefined : new Signer(asked.mac, now);
  const signed = (message: Bytes, must: boolean) => {
    if (signer === undefined) return message;
    return !must && r.fraction() < 0.3 ? signer.pass(message) : signer.sign(r, message, r.fraction() < 0.5);
  };
  if (question?.type !== 252 && question?.type !== 251) {
    const answers = r.times(r.pick([0, 1, 1, 1, 2, 3]), () => anyRecord(r, r.fraction() < 0.55));
    const message = signed(anyMessage(r, asked, answers), true);
    return r.below(40) === 0 ? [message.slice(0, r.below(12)), message] : [message];
  }
  const records = transfer(r, question.type === 251);
  const messages: Bytes[] = [];
  do {
    const part = records.splice(0, 1 + r.below(6));
    messages.push(signed(anyMessage(r, asked, part), messages.length === 0 || records.length === 0));
  } while (records.length > 0);
  return messages;
}

/** Serves on UDP and TCP of 127.0.0.1. Close it with `using`. */
export class MutatedServer implements Disposable {
  readonly port: number;
  /** The octets of all questions, in order. */
  readonly asked: Bytes[] = [];
  readonly #udp: Deno.DatagramConn;
  readonly #tcp: Deno.Listener;
  readonly #now: number;

  /** `now`: seconds since 1970 that signatures say. */
  constructor(now: number) {
    this.#now = now;
    for (let tries = 0;; tries++) {
      const port = freePort();
      try {
        this.#tcp = Deno.listen({ hostname: "127.0.0.1", port });
        this.#udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
        this.port = port;
        break;
      } catch (error) {
        if (tries > 100) throw error;
      }
    }
    void this.#serveUdp();
    void this.#serveTcp();
  }

  #answers(octets: Bytes, tcp: boolean): Bytes[] {
    this.asked.push(octets);
    const message = parseMessage(octets, { bestEffort: true });
    const { questions: [question], tsig } = message;
    const end = question === undefined ? 12 : 16 + question.name.wire.length;
    const mac = tsig?.rdata.values.mac as Uint8Array | undefined;
    return answersTo({ message, question: octets.slice(12, end), mac, tcp }, this.#now);
  }

  async #serveUdp(): Promise<void> {
    for await (const [octets, from] of this.#udp) {
      for (const answer of this.#answers(octets.slice(), false)) await this.#udp.send(answer, from);
    }
  }

  async #serveTcp(): Promise<void> {
    for await (const conn of this.#tcp) void this.#serve(conn as Deno.TcpConn);
  }

  /** One question: what a client sends fits in one read. */
  async #serve(conn: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      const count = await conn.read(buffer);
      if (count === null || count < 14) return;
      for (const answer of this.#answers(buffer.slice(2, count), true)) {
        await conn.write(concat([write().u16(answer.length).take(), answer]));
      }
      await conn.closeWrite();
      while (await conn.read(buffer) !== null);
    } catch {
      // The client has gone.
    } finally {
      conn.close();
    }
  }

  [Symbol.dispose](): void {
    this.#udp.close();
    this.#tcp.close();
  }
}
