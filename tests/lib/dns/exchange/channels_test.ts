import { assertEquals, assertRejects } from "@std/assert";
import { type Bytes, concat, latin1, latin1Text } from "../../../../lib/base/bytes.ts";
import { NetworkError, within } from "../../../../lib/dns/exchange/channel.ts";
import { answerHead } from "../../../../lib/dns/exchange/hpack.ts";
import { httpChannel } from "../../../../lib/dns/exchange/http_channel.ts";
import { base64Url, OlderHttpError } from "../../../../lib/dns/exchange/http_client.ts";
import { StreamChannel } from "../../../../lib/dns/exchange/stream_channel.ts";
import { TransferProgress } from "../../../../lib/dns/exchange/transfer.ts";
import { recordOf } from "../../../../lib/dns/message.ts";
import { DnsName, parseName } from "../../../../lib/dns/name.ts";
import { parseRdata } from "../../../../lib/dns/rdata_text.ts";
import { TYPE } from "../../../../lib/dns/types.ts";
import { type ByteStream, Stream } from "../../../../lib/stream/stream.ts";
import { streamPair } from "../../../helpers/streams.ts";

const reasonOf = () => "failure" as const;

/** A channel over memory, and the server's end. */
function channel(): [StreamChannel, Stream] {
  const [client, server] = streamPair();
  return [new StreamChannel(client as ByteStream, reasonOf), server];
}

async function readExactly(stream: Stream, count: number): Promise<Uint8Array> {
  const out = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const got = await stream.read(out.subarray(at));
    if (got === null) throw new Error("ended");
    at += got;
  }
  return out;
}

async function drained(stream: Stream): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await stream.read(buffer) !== null) { /* all of it */ }
}

Deno.test("StreamChannel puts lengths before messages and reads them octet by octet", async () => {
  const [client, server] = channel();
  const sent = client.send(Uint8Array.of(1, 2, 3));
  assertEquals(await readExactly(server, 5), Uint8Array.of(0, 3, 1, 2, 3));
  await sent;
  const answering = (async () => {
    for (const octet of [0, 2, 7, 8, 0, 1, 9]) await server.write(Uint8Array.of(octet));
  })();
  assertEquals(await client.receive(1000), Uint8Array.of(7, 8));
  assertEquals(await client.receive(1000), Uint8Array.of(9));
  await answering;
  client.close();
  await server.close();
});

Deno.test("StreamChannel tells a message cut by end-of-file from a late one", async () => {
  const [client, server] = channel();
  const late = await assertRejects(() => client.receive(1), NetworkError);
  assertEquals(late.reason, "timed out");
  const saying = server.write(Uint8Array.of(0, 9, 1)).then(() => server.closeWrite());
  const cut = await assertRejects(() => client.receive(1000), NetworkError);
  assertEquals(cut.reason, "end of file");
  await saying;
  client.close();
  await server.close();
});

Deno.test("within() gives what comes in time", async () => {
  assertEquals(await within(1000, Promise.resolve(5)), 5);
});

const OPTIONS = { authority: "dns.test:8443", path: "/dns-query", get: false, reasonOf } as const;

async function line(stream: Stream): Promise<string> {
  let text = "";
  while (!text.endsWith("\r\n")) text += latin1Text(await readExactly(stream, 1));
  return text.trimEnd();
}

Deno.test("httpChannel() counts as not opened when a server that might speak HTTP does not", async () => {
  for (
    const [said, failure] of [["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", undefined], [
      "\0\x0c\0\0\x80",
      "ALPN",
    ]] as const
  ) {
    const [client, server] = streamPair();
    const dns = await httpChannel(client as ByteStream, { ...OPTIONS, scheme: "https", version: 1, unsure: true });
    void server.write(latin1(said)).catch(() => {});
    const draining = drained(server);
    await dns.send(Uint8Array.of(1));
    assertEquals(dns.setupFailure?.slice(0, 4), failure);
    if (failure === undefined) assertEquals(latin1Text(await dns.receive(1000)), "a");
    dns.close();
    await draining;
    await server.close();
  }
});

Deno.test("httpChannel() asks over HTTP/1.1 and reads bodies with lengths and in chunks", async () => {
  const [client, server] = streamPair();
  const dns = await httpChannel(client as ByteStream, { ...OPTIONS, scheme: "https", version: 1 });
  for (
    const answer of [
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
    ]
  ) {
    const sent = dns.send(latin1("question"));
    assertEquals(await line(server), "POST /dns-query HTTP/1.1");
    while (await line(server) !== "") { /* headers */ }
    assertEquals(latin1Text(await readExactly(server, 8)), "question");
    await sent;
    const answering = server.write(latin1(answer));
    assertEquals(latin1Text(await dns.receive(1000)), "abc");
    await answering;
    // A request has one answer, however many messages the asker hopes for.
    assertEquals((await assertRejects(() => dns.receive(1000), NetworkError)).reason, "end of file");
  }
  const sent = dns.send(latin1("q"));
  await line(server);
  while (await line(server) !== "") { /* headers */ }
  await readExactly(server, 1);
  await sent;
  void server.write(latin1("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
  assertEquals((await assertRejects(() => dns.receive(1000), NetworkError)).reason, "failure");
  dns.close();
  await server.close();
});

/** A frame of HTTP/2. */
const frame = (type: number, flags: number, stream: number, payload: number[]) =>
  Uint8Array.of(0, payload.length >> 8, payload.length, type, flags, 0, 0, 0, stream, ...payload);

Deno.test("httpChannel() tells a server that breaks the rules of HTTP/2 from one that refuses", async () => {
  const ok = frame(1, 4, 1, [0x88]);
  for (
    const [reason, ...frames] of [
      ["failure", frame(1, 5, 1, [0x8d])],
      ["failure", frame(1, 5, 1, [])],
      // The end of the stream is said before the end of the headers.
      ["failure", frame(1, 1, 1, []), frame(9, 4, 1, [0x8d])],
      ["failure", ok, frame(3, 0, 1, [0, 0, 0, 8])],
      ["unexpected error", frame(0, 1, 1, [1])],
      ["unexpected error", frame(1, 4, 3, [0x88])],
      ["unexpected error", frame(1, 4, 2, [0x88])],
      ["unexpected error", frame(1, 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
      ["unexpected error", frame(1, 5, 1, [0x08, 9])],
      ["unexpected error", ok, frame(0, 9, 1, [9, 1])],
      ["unexpected error", ok, frame(0, 1, 1, new Array<number>(16385).fill(0))],
    ] as const
  ) {
    const [client, server] = streamPair();
    const draining = drained(server);
    const dns = await httpChannel(client as ByteStream, { ...OPTIONS, scheme: "https", version: 2 });
    await dns.send(latin1("q"));
    void server.write(concat(frames.slice())).catch(() => {});
    assertEquals((await assertRejects(() => dns.receive(1000), NetworkError)).reason, reason);
    dns.close();
    await draining;
    await server.close();
  }
});

Deno.test("httpChannel() asks over HTTP/2, acknowledges settings and pings, refuses what is no success", async () => {
  const [client, server] = streamPair();
  const opening = httpChannel(client as ByteStream, { ...OPTIONS, scheme: "https", version: 2 });
  assertEquals(latin1Text(await readExactly(server, 24)), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  assertEquals((await readExactly(server, 21)).slice(3, 5), Uint8Array.of(4, 0));
  const dns = await opening;
  const sent = dns.send(latin1("question"));
  const headers = await readExactly(server, 9);
  const block = await readExactly(server, headers[2]!);
  assertEquals(latin1Text(block).includes("dns.test:8443"), true);
  const data = await readExactly(server, 9);
  assertEquals([data[2], data[3], data[4], data[8]], [8, 0, 1, 1]);
  await readExactly(server, 8);
  await sent;
  void server.write(concat([
    frame(4, 0, 0, []),
    frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
    frame(1, 0x24, 1, [0, 0, 0, 0, 0, 0x88]),
    frame(0, 8, 1, [1, 97, 98, 0]),
    // It goes away, but answers what was asked.
    frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]),
    frame(0, 1, 1, [99]),
  ]));
  const receiving = dns.receive(1000);
  const acknowledged = await readExactly(server, 9 + 17);
  // The windows of both data frames are given back.
  await readExactly(server, 4 * 13);
  assertEquals(latin1Text(await receiving), "abc");
  assertEquals([acknowledged[3], acknowledged[4], acknowledged[12], acknowledged[13]], [4, 1, 6, 1]);
  const late = dns.send(latin1("q"));
  void readExactly(server, 9 + block.length + 9 + 1);
  await late;
  void server.write(frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]));
  assertEquals((await assertRejects(() => dns.receive(1000), NetworkError)).reason, "end of file");
  dns.close();
  await server.close();
});

/** Answers and is gone: what is written to it after the request fails. */
class Answered extends Stream {
  #left: Uint8Array;
  #writes: number;
  #error: Error;
  constructor(answer: Uint8Array, error: Error = new Deno.errors.BrokenPipe("Broken pipe"), writes = 2) {
    super({ label: "answered" });
    this.#left = answer;
    this.#error = error;
    this.#writes = writes;
  }
  protected pull(view: Bytes): Promise<number | null> {
    const count = Math.min(view.length, this.#left.length);
    view.set(this.#left.subarray(0, count));
    this.#left = this.#left.subarray(count);
    return Promise.resolve(count === 0 ? null : count);
  }
  protected push(): Promise<void> {
    return this.#writes-- > 0 ? Promise.resolve() : Promise.reject(this.#error);
  }
  protected finish(): Promise<void> {
    return Promise.resolve();
  }
  protected release(): void {}
}

Deno.test("httpChannel() reads what a server has answered that has gone since, and meets its end by reading", async () => {
  const settings = frame(4, 0, 0, []), ping = frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
  const answer = [frame(1, 4, 1, [0x88]), frame(0, 0, 1, [97]), frame(0, 1, 1, [98])];
  const reset = new Deno.errors.ConnectionReset("Connection reset by peer");
  for (
    const [frames, text, error] of [
      [[settings, ping, ...answer], "ab"],
      [[settings, ping], "end of file"],
      [[settings, ping], "connection reset", reset],
    ] as const
  ) {
    const stream = new Answered(concat(frames.slice()), error) as ByteStream;
    const dns = await httpChannel(stream, { ...OPTIONS, scheme: "https", version: 2 });
    await dns.send(latin1("q"));
    const got = await dns.receive(1000).then(
      latin1Text,
      (error) => error instanceof NetworkError ? error.reason : error,
    );
    assertEquals(got, text);
    dns.close();
  }
  const gone = new Answered(new Uint8Array(0), reset, 0) as ByteStream;
  const opening = httpChannel(gone, { ...OPTIONS, scheme: "https", version: 2 });
  assertEquals((await assertRejects(() => opening, NetworkError)).reason, "failure");
});

Deno.test("httpChannel() notices a server in the clear that speaks HTTP/1 only", async () => {
  const [client, server] = streamPair();
  void server.write(latin1("HTTP/1.1 400 Bad Request\r\n\r\n")).catch(() => {});
  void readExactly(server, 45).catch(() => {});
  await assertRejects(
    () => httpChannel(client as ByteStream, { ...OPTIONS, scheme: "http", version: 2 }),
    OlderHttpError,
  );
  await client.close();
  await server.close();
});

Deno.test("base64Url() is that of RFC 4648 5 without padding", () => {
  assertEquals(base64Url(Uint8Array.of(0xfb, 0xff, 0xfe)), "-__-");
  assertEquals(base64Url(Uint8Array.of(1)), "AQ");
});

Deno.test("answerHead() finds status and type by index, by literal, by Huffman code", () => {
  const block = (...parts: (Uint8Array | string)[]) =>
    answerHead(concat(parts.map((part) => typeof part === "string" ? latin1(part) : part)));
  const octets = (...list: number[]) => Uint8Array.from(list);
  assertEquals(block(octets(0x88)), { status: 200 });
  assertEquals(block(octets(0x8d)), { status: 404 });
  assertEquals(block(octets(0x08, 3), "503"), { status: 503 });
  // 4, 2, 9 in six, five and six bits, filled up with ones.
  assertEquals(block(octets(0x48, 0x83, 0x68, 0x4f, 0xff)), { status: 429 });
  assertEquals(block(octets(0x00, 7), ":status", octets(3), "200"), { status: 200 });
  assertEquals(block(octets(0x0f, 0x0d, 2), "45", octets(0x20, 0x88)), { status: 200 });
  assertEquals(block(octets(0x88, 0x0f, 0x10, 9), "text/html"), { status: 200, contentType: "text/html" });
  assertEquals(block(octets(0x00, 12), "content-type", octets(3), "a/b"), { contentType: "a/b" });
  assertEquals(block(octets(0x08, 3), "2x0"), {});
});

Deno.test("httpChannel() takes a page for no message", async () => {
  for (
    const [type, length] of [["text/html", 0], ["Application/DNS-Message; x=y", 3], [
      "application/dns-message",
      3,
    ]] as const
  ) {
    const [client, server] = streamPair();
    const draining = drained(server);
    const dns = await httpChannel(client as ByteStream, { ...OPTIONS, scheme: "https", version: 2 });
    await dns.send(latin1("q"));
    const headers = [0x88, 0x0f, 0x10, type.length, ...latin1(type)];
    void server.write(concat([frame(1, 4, 1, headers), frame(0, 1, 1, [1, 2, 3])]));
    assertEquals((await dns.receive(1000)).length, length, type);
    dns.close();
    await draining;
    await server.close();
  }
});

const name = parseName("x.test");
const soa = (serial: number) => recordOf(name, 1, parseRdata(TYPE.SOA, 1, `a. b. ${serial} 1 1 1 1`, DnsName.root));
const other = recordOf(name, 1, parseRdata(TYPE.A, 1, "192.0.2.1", DnsName.root));

Deno.test("TransferProgress knows the ends of AXFR and IXFR", () => {
  const states = (ixfr: boolean, old: number, messages: (typeof other)[][]) => {
    const progress = new TransferProgress(ixfr, old);
    return messages.map((records) => progress.add(records, 10));
  };
  assertEquals(states(false, 0, [[soa(1), other], [other, soa(1)]]), ["more", "complete"]);
  assertEquals(states(false, 0, [[]]), ["empty"]);
  assertEquals(states(false, 0, [[other]]), ["no-soa"]);
  assertEquals(states(true, 3, [[soa(3)]]), ["complete"]);
  assertEquals(states(true, 1, [[soa(3), soa(1), other, soa(2)], [other, soa(3), other, soa(3)]]), [
    "more",
    "complete",
  ]);
  assertEquals(states(true, 1, [[soa(3), other], [soa(3)]]), ["more", "complete"]);
  assertEquals(states(true, 4294967295, [[soa(1)], [soa(1)]]), ["more", "complete"]);
});
