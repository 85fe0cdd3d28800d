// Connections that questions share: answers find their questions, and failures all who wait.
import { assertEquals, assertRejects } from "@std/assert";
import { defaultLookup } from "../../../../lib/dns/dig/defaults.ts";
import { type Channel, NetworkError, type Target } from "../../../../lib/dns/exchange/channel.ts";
import { KeptChannels } from "../../../../lib/dns/exchange/kept.ts";
import { DnsName } from "../../../../lib/dns/name.ts";

/** A connection whose answers the test gives. */
class Wire implements Channel {
  readonly sent: number[][] = [];
  closed = false;
  #wanted: { resolve(message: Uint8Array): void; reject(error: unknown): void } | undefined;
  #waiting: Uint8Array[] = [];

  send(message: Uint8Array): Promise<void> {
    this.sent.push([...message]);
    return Promise.resolve();
  }

  receive(): Promise<Uint8Array> {
    const next = this.#waiting.shift();
    if (next !== undefined) return Promise.resolve(next);
    return new Promise((resolve, reject) => this.#wanted = { resolve, reject });
  }

  answer(...message: number[]): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) this.#waiting.push(Uint8Array.from(message));
    else wanted.resolve(Uint8Array.from(message));
  }

  break(): void {
    this.#wanted?.reject(new NetworkError("end of file"));
  }

  close(): void {
    this.closed = true;
    this.#wanted?.reject(new NetworkError("end of file"));
  }
}

const system = { servers: [], search: [], ndots: 1, timeout: 5, tries: 3, idn: false };
const target = (transport: Target["transport"], change: Partial<Target["lookup"]> = {}): Target => ({
  server: { address: "192.0.2.1", given: "dot.test" },
  port: 853,
  transport,
  lookup: { ...defaultLookup(system, DnsName.root), ...change },
  timeoutMs: 1000,
});

function kept(): { wires: Wire[]; channels: KeptChannels } {
  const wires: Wire[] = [];
  const open = () => {
    wires.push(new Wire());
    return Promise.resolve(wires.at(-1)!);
  };
  return { wires, channels: new KeptChannels(open) };
}

Deno.test("KeptChannels: questions under way at once share a connection, answers find them by id", async () => {
  const { wires, channels } = kept();
  const [a, b] = await Promise.all([channels.open(target("tcp")), channels.open(target("tcp"))]);
  await a.send(Uint8Array.of(0, 1, 7));
  await b.send(Uint8Array.of(0, 2, 8));
  assertEquals(wires.map(({ sent }) => sent), [[[0, 1, 7], [0, 2, 8]]]);
  wires[0]!.answer(0, 2, 80);
  assertEquals([...await b.receive(1000)], [0, 2, 80]);
  b.close();
  // A transfer has many answers.
  wires[0]!.answer(0, 1, 70);
  wires[0]!.answer(0, 1, 71);
  assertEquals([...await a.receive(1000)], [0, 1, 70]);
  assertEquals([...await a.receive(1000)], [0, 1, 71]);
  // Alone, whoever asked is told of an id that is not his.
  wires[0]!.answer(9, 9, 9);
  assertEquals([...await a.receive(1000)], [9, 9, 9]);
  a.close();
  await channels.close();
  assertEquals(wires[0]!.closed, true);
});

Deno.test("KeptChannels: an id is asked once at a time, and over HTTP one question", async () => {
  for (const [transport, second] of [["tcp", 1], ["https", 2]] as const) {
    const { wires, channels } = kept();
    const [a, b] = [await channels.open(target(transport)), await channels.open(target(transport))];
    await a.send(Uint8Array.of(0, 1, 7));
    const sending = b.send(Uint8Array.of(0, second, 8));
    wires[0]!.answer(0, 1, 70);
    assertEquals([...await a.receive(1000)], [0, 1, 70]);
    assertEquals(wires[0]!.sent.length, 1);
    a.close();
    await sending;
    assertEquals(wires[0]!.sent.length, 2);
    wires[0]!.answer(0, second, 80);
    assertEquals([...await b.receive(1000)], [0, second, 80]);
    b.close();
    await channels.close();
  }
});

Deno.test("KeptChannels: when a connection ends all who wait hear of it, and the next one opens anew", async () => {
  const { wires, channels } = kept();
  const [a, b] = [await channels.open(target("tls")), await channels.open(target("tls"))];
  await a.send(Uint8Array.of(0, 1));
  await b.send(Uint8Array.of(0, 2));
  const refused = [a, b].map((channel) => assertRejects(() => channel.receive(1000), NetworkError, "end of file"));
  wires[0]!.break();
  await Promise.all(refused);
  for (const channel of [a, b]) channel.close();
  const c = await channels.open(target("tls"));
  assertEquals(wires.length, 2);
  c.close();
  await channels.close();
});

Deno.test("KeptChannels: who gives up leaves the connection to others; its answer, when it comes, is nobody's", async () => {
  const { wires, channels } = kept();
  const [a, b] = [await channels.open(target("tcp")), await channels.open(target("tcp"))];
  await a.send(Uint8Array.of(0, 1));
  await b.send(Uint8Array.of(0, 2));
  await assertRejects(() => a.receive(1), NetworkError, "timed out");
  a.drop!();
  a.close();
  wires[0]!.answer(0, 1, 70);
  wires[0]!.answer(0, 2, 80);
  assertEquals([...await b.receive(1000)], [0, 2, 80]);
  assertEquals(wires[0]!.closed, false);
  b.drop!();
  assertEquals(wires[0]!.closed, true);
  b.close();
  await channels.close();
});

Deno.test("KeptChannels: a connection that was verified otherwise is not shared", async () => {
  const { wires, channels } = kept();
  await channels.open(target("tls"));
  await channels.open(target("tls", { tlsCaSet: true }));
  await channels.open(target("tls", { tlsCaSet: true, tlsHostnameSet: true, tlsHostname: "other.test" }));
  assertEquals(wires.length, 3);
  await channels.close();
});

Deno.test("KeptChannels: a question on a connection that ended behind another answer is asked on a new one", async () => {
  for (const transport of ["tcp", "https"] as const) {
    const { wires, channels } = kept();
    const leases = [1, 2, 3].map(() => channels.open(target(transport)));
    const [first, second, third] = await Promise.all(leases);
    await first!.send(Uint8Array.of(0, 1, 9));
    wires[0]!.answer(0, 1, 10);
    assertEquals(await first!.receive(1000), Uint8Array.of(0, 1, 10));
    first!.close();
    await second!.send(Uint8Array.of(0, 2, 9));
    const waiting = second!.receive(1000);
    const last = (async () => {
      await third!.send(Uint8Array.of(0, 3, 9));
      return await third!.receive(1000);
    })();
    wires[0]!.break();
    while (wires[1]?.sent.length !== (transport === "tcp" ? 2 : 1)) await new Promise((resolve) => setTimeout(resolve));
    wires[1].answer(0, 2, 20);
    assertEquals(await waiting, Uint8Array.of(0, 2, 20), transport);
    second!.close();
    while (wires[1].sent.length !== 2) await new Promise((resolve) => setTimeout(resolve));
    wires[1].answer(0, 3, 30);
    assertEquals(await last, Uint8Array.of(0, 3, 30), transport);
    third!.close();
    await channels.close();
  }
});
