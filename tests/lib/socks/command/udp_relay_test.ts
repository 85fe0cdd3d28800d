// UDP ASSOCIATE over real sockets: who may send, what is dropped, how long it lives; and through a SOCKS5 proxy in front.
import { assert, assertEquals } from "@std/assert";
import { ConnectError } from "../../../../lib/base/errors.ts";
import { concat } from "../../../../lib/base/bytes.ts";
import { type SocksAddress, socksAddress } from "../../../../lib/socks/codec/address.ts";
import { SystemNetwork } from "../../../../lib/dial/proxy_network.ts";
import { encodeUdpHeader, parseUdpHeader } from "../../../../lib/socks/codec/socks5.ts";
import { MadeUpUdp, type Peer, type ProxySettings, request5, TestProxy } from "../../../helpers/socks.ts";
import { UdpAddress } from "../../../../lib/stream/udp/address.ts";
import { interop } from "../../../helpers/netlab.ts";

/** A UDP socket on loopback with the few things that tests do with one. */
class Udp implements Disposable {
  readonly socket: Deno.DatagramConn;
  readonly port: number;

  constructor(hostname = "127.0.0.1", port = 0) {
    this.socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    this.port = (this.socket.addr as Deno.NetAddr).port;
  }

  /** Sends back what comes, until closed. */
  async echo(): Promise<void> {
    try {
      for (;;) {
        const [bytes, from] = await this.socket.receive(new Uint8Array(65536));
        await this.socket.send(bytes, from);
      }
    } catch {
      // Closed.
    }
  }

  send(bytes: Uint8Array, port: number, hostname = "127.0.0.1"): Promise<number> {
    return this.socket.send(bytes, { transport: "udp", hostname, port });
  }

  async receive(): Promise<Uint8Array> {
    return (await this.socket.receive(new Uint8Array(65536)))[0];
  }

  #open = true;

  [Symbol.dispose](): void {
    if (this.#open) this.socket.close();
    this.#open = false;
  }
}

const text = (value: string) => new TextEncoder().encode(value);

function datagram(host: string, port: number, payload: Uint8Array, fragment = 0): Uint8Array {
  return concat([encodeUdpHeader({ fragment, address: socksAddress({ host, port }) }), payload]);
}

/** Address and payload of what a relay delivered. */
function opened(bytes: Uint8Array): { address: SocksAddress; payload: string; length: number } {
  const { value, size } = parseUdpHeader(bytes);
  const payload = bytes.subarray(size);
  return {
    address: value.address,
    payload: new TextDecoder().decode(payload.subarray(0, 100)),
    length: payload.length,
  };
}

interface Associated extends AsyncDisposable {
  proxy: TestProxy;
  control: Peer;
  relay: number;
}

async function associate(settings: ProxySettings = {}, host = "0.0.0.0", port = 0): Promise<Associated> {
  const proxy = await TestProxy.start(settings);
  const control = await proxy.client();
  await control.send("05 01 00", request5(3, host, port));
  assertEquals(await control.take(2), "0500");
  const reply = await control.reply5();
  assertEquals([reply.code, reply.address.host], [0, host.includes(":") ? "::1" : "127.0.0.1"]);
  assert(reply.address.port > 0);
  return {
    proxy,
    control,
    relay: reply.address.port,
    async [Symbol.asyncDispose]() {
      control.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

interop("datagrams to addresses and names, IPv4 and IPv6, and back with their sender", ["IPv6"], async () => {
  using four = new Udp();
  using six = new Udp("::1");
  const echoes = [four.echo(), six.echo()];
  await using it = await associate();
  using client = new Udp();
  for (
    const [host, port, from] of [
      ["127.0.0.1", four.port, { type: "ipv4", host: "127.0.0.1", port: four.port }],
      ["::1", six.port, { type: "ipv6", host: "::1", port: six.port }],
      ["127.1", four.port, { type: "ipv4", host: "127.0.0.1", port: four.port }],
      ["four.test", four.port, { type: "ipv4", host: "127.0.0.1", port: four.port }],
    ] as const
  ) {
    Object.assign(it.proxy.server.config.network, { resolve: () => Promise.resolve(["127.0.0.1"]) });
    await client.send(datagram(host, port, text(`to ${host}`)), it.relay);
    assertEquals(opened(await client.receive()), { address: from, payload: `to ${host}`, length: host.length + 3 });
  }
  it.control.close();
  const record = await it.proxy.ended();
  assertEquals([record.datagramsSent, record.datagramsReceived, record.reply], [4, 4, 0]);
  four[Symbol.dispose]();
  six[Symbol.dispose]();
  await Promise.all(echoes);
});

Deno.test("datagrams of 0 to 65,000 octets, and many targets on one association", async () => {
  const targets = Array.from({ length: 20 }, () => new Udp());
  const echoes = targets.map((target) => target.echo());
  await using it = await associate();
  using client = new Udp();
  for (const size of [0, 1, 1400, 20_000, 65_000]) {
    await client.send(datagram("127.0.0.1", targets[0]!.port, new Uint8Array(size)), it.relay);
    assertEquals(opened(await client.receive()).length, size);
  }
  for (const { port } of targets) {
    await client.send(datagram("127.0.0.1", port, text("x")), it.relay);
    assertEquals(opened(await client.receive()).address.port, port);
  }
  for (const target of targets) target[Symbol.dispose]();
  await Promise.all(echoes);
});

Deno.test("what waits for a name is bounded in octets, and does not keep other datagrams", async () => {
  using server = new Udp();
  using unread = new Udp();
  const echoing = server.echo();
  const answer = Promise.withResolvers<string[]>();
  await using it = await associate({ network: { resolve: () => answer.promise } });
  using client = new Udp();
  const large = new Uint8Array(60_000);
  const sendTo = async (name: string) => {
    await client.send(datagram(name, unread.port, large), it.relay);
    // Datagrams are taken in their order: when this one is back, the other has been looked at.
    await client.send(datagram("127.0.0.1", server.port, text("now")), it.relay);
    assertEquals(opened(await client.receive()).payload, "now");
  };
  for (let i = 0; i < 6; i++) await sendTo(`slow${i % 3}.test`);
  answer.resolve(["127.0.0.1"]);
  // What waited has gone: there is room again.
  await sendTo("slow9.test");
  await sendTo("slow9.test");
  it.control.close();
  const record = await it.proxy.ended();
  assertEquals([record.datagramsSent, record.datagramsDropped], [4 + 2 + 8, 2]);
  server[Symbol.dispose]();
  await echoing;
});

Deno.test("only the client's address and its first port may send", async () => {
  using target = new Udp();
  await using it = await associate();
  using client = new Udp(), otherPort = new Udp(), otherHost = new Udp("127.0.0.2");
  // A stranger from another address, before the client: it does not become the client.
  await otherHost.send(datagram("127.0.0.1", target.port, text("stranger")), it.relay);
  // Malformed: its port does not become the client's.
  await otherPort.send(text("??"), it.relay);
  await client.send(datagram("127.0.0.1", target.port, text("first")), it.relay);
  assertEquals(new TextDecoder().decode(await target.receive()), "first");
  await otherPort.send(datagram("127.0.0.1", target.port, text("stranger")), it.relay);
  await otherHost.send(datagram("127.0.0.1", target.port, text("stranger")), it.relay);
  await client.send(datagram("127.0.0.1", target.port, text("second")), it.relay);
  assertEquals(new TextDecoder().decode(await target.receive()), "second");
  it.control.close();
  assertEquals((await it.proxy.ended()).datagramsDropped, 4);
});

Deno.test("the port and the address that the request names are the only ones", async () => {
  using target = new Udp();
  using client = new Udp();
  {
    await using it = await associate({}, "0.0.0.0", client.port);
    using other = new Udp();
    await other.send(datagram("127.0.0.1", target.port, text("stranger")), it.relay);
    await client.send(datagram("127.0.0.1", target.port, text("mine")), it.relay);
    assertEquals(new TextDecoder().decode(await target.receive()), "mine");
  }
  await using it = await associate({}, "127.0.0.3", 0);
  using named = new Udp("127.0.0.3");
  await client.send(datagram("127.0.0.1", target.port, text("stranger")), it.relay);
  await named.send(datagram("127.0.0.1", target.port, text("named")), it.relay);
  assertEquals(new TextDecoder().decode(await target.receive()), "named");
});

Deno.test("an address in the request that cannot be the client's is what it believes of itself: its own counts, any port", async () => {
  using target = new Udp();
  using client = new Udp();
  await using it = await associate({}, "192.0.2.1", client.port + 1);
  await client.send(datagram("127.0.0.1", target.port, text("mine")), it.relay);
  assertEquals(new TextDecoder().decode(await target.receive()), "mine");
});

interop("a client of IPv4 may say that its datagrams come by IPv6", ["IPv6"], async () => {
  using target = new Udp();
  using client = new Udp("::1");
  await using it = await associate({}, "::1", client.port);
  await client.send(datagram("127.0.0.1", target.port, text("six")), it.relay, "::1");
  assertEquals(new TextDecoder().decode(await target.receive()), "six");
});

Deno.test("fragments, malformed datagrams, closed ports and bad targets kill nothing", async () => {
  using target = new Udp();
  const echoing = target.echo();
  const gone = new Udp();
  gone[Symbol.dispose]();
  const unknown = new ConnectError("no-such-name.invalid", "no such name", { reason: "name-not-found" });
  await using it = await associate({ network: { resolve: () => Promise.reject(unknown) } });
  using client = new Udp();
  await client.send(datagram("127.0.0.1", target.port, text("x"), 1), it.relay);
  for (
    const bad of [
      new Uint8Array(0),
      new Uint8Array(3),
      Uint8Array.of(0, 0, 0, 9, 1, 2, 3, 4, 0, 80),
      Uint8Array.of(0, 0, 0, 3, 0, 0, 80),
      Uint8Array.of(0, 0, 0, 3, 200, 0x61),
      Uint8Array.of(1, 0, 0, 1, 127, 0, 0, 1, 0, 80),
      datagram("127.0.0.1", gone.port, text("nobody")),
      datagram("127.0.0.1", 0, text("port 0")),
      datagram("255.255.255.255", 9, text("broadcast")),
      datagram("no-such-name.invalid", 9, text("name")),
    ]
  ) await client.send(bad, it.relay);
  await client.send(datagram("127.0.0.1", target.port, text("alive")), it.relay);
  assertEquals(opened(await client.receive()).payload, "alive");
  target[Symbol.dispose]();
  await echoing;
});

Deno.test("answers come only from where the client has sent to", async () => {
  using target = new Udp(), stranger = new Udp();
  await using it = await associate();
  using client = new Udp();
  await client.send(datagram("127.0.0.1", target.port, text("hello")), it.relay);
  const [, from] = await target.socket.receive(new Uint8Array(100));
  await stranger.socket.send(text("stranger"), from);
  await target.socket.send(text("answer"), from);
  assertEquals(opened(await client.receive()).payload, "answer");
});

Deno.test("every datagram is judged: rules, and protected ranges for clients from elsewhere", async () => {
  using target = new Udp(), denied = new Udp();
  {
    await using it = await associate({ rules: [`deny 127.0.0.1:${denied.port}`, "deny *.bad.test"] });
    using client = new Udp();
    await client.send(datagram("127.0.0.1", denied.port, text("no")), it.relay);
    await client.send(datagram("x.bad.test", target.port, text("no")), it.relay);
    await client.send(datagram("127.0.0.1", target.port, text("yes")), it.relay);
    assertEquals(new TextDecoder().decode(await target.receive()), "yes");
    it.control.close();
    const record = await it.proxy.ended();
    assertEquals([record.datagramsSent, record.datagramsDropped], [1, 2]);
  }
  await using proxy = await TestProxy.start({ rules: ["deny * command=udp"] });
  using control = await proxy.client();
  await control.send("05 01 00", request5(3, "0.0.0.0", 0));
  await control.take(2);
  assertEquals((await control.reply5()).code, 0);
});

Deno.test("a limit of octets per second holds for datagrams, each way for itself: what comes too early is dropped", async () => {
  const sockets: MadeUpUdp[] = [], went: string[] = [];
  const udp = () => {
    const made = new MadeUpUdp((to) => went.push(to));
    sockets.push(made);
    return made;
  };
  await using it = await associate({ limits: { rate: 1 }, network: { udp } });
  const [client, target] = ["127.0.0.1", "192.0.2.1"].map((host) => UdpAddress.from({ host, port: 7 })) as [
    UdpAddress,
    UdpAddress,
  ];
  for (let i = 0; i < 3; i++) await sockets[0]!.take!(datagram(target.host, target.port, text("hello")), client);
  for (let i = 0; i < 2; i++) await sockets[1]!.take!(text("answer"), target);
  assertEquals(went, ["192.0.2.1:7", "127.0.0.1:7"]);
  it.control.close();
  const { sent, received, datagramsDropped } = await it.proxy.ended();
  assertEquals([sent, received, datagramsDropped], [5, 6, 3]);
});

Deno.test("no more targets are remembered than the limit allows; one that was forgotten is looked up again", async () => {
  const asked: string[] = [], sockets: MadeUpUdp[] = [];
  const resolve = (name: string) => {
    asked.push(name);
    return Promise.resolve(["192.0.2.1"]);
  };
  const udp = () => {
    sockets.push(new MadeUpUdp(() => {}));
    return sockets.at(-1)!;
  };
  await using it = await associate({ limits: { udpTargets: 2 }, network: { resolve, udp } });
  const client = UdpAddress.from({ host: "127.0.0.1", port: 7 });
  for (const name of ["a", "b", "a", "b", "c", "b", "a"]) {
    await sockets[0]!.take!(datagram(`${name}.test`, 7, text("x")), client);
  }
  assertEquals(asked, ["a.test", "b.test", "c.test", "a.test"]);
  it.control.close();
  await it.proxy.ended();
});

Deno.test("an association lives exactly as long as its control connection, and not idle for ever", async () => {
  {
    await using it = await associate();
    using client = new Udp();
    await client.send(datagram("127.0.0.1", 9, text("x")), it.relay);
    it.control.close();
    await it.proxy.ended();
    // The port is free again.
    using again = new Udp("127.0.0.1", it.relay);
    assertEquals(again.port, it.relay);
  }
  await using it = await associate({ limits: { idleMs: 300 } });
  assertEquals(await it.control.take(1), "");
  assertEquals((await it.proxy.ended()).ended, "idle");
});

Deno.test("through two SOCKS5 proxies in front datagrams pass both", async () => {
  using target = new Udp();
  const echoing = target.echo();
  await using first = await TestProxy.start();
  await using second = await TestProxy.start();
  {
    const via = [first, second].map(({ port }) => `socks5h://127.0.0.1:${port}`);
    await using it = await associate({ access: { via } });
    using client = new Udp();
    await client.send(datagram("127.0.0.1", target.port, text("far")), it.relay);
    assertEquals(opened(await client.receive()).payload, "far");
    it.control.close();
    assertEquals((await second.ended()).datagramsSent, 1);
  }
  target[Symbol.dispose]();
  await echoing;
});

Deno.test("through a SOCKS5 proxy in front datagrams go on as UDP ASSOCIATE there", async () => {
  using target = new Udp();
  const echoing = target.echo();
  await using upstream = await TestProxy.start();
  {
    await using it = await associate({ access: { via: [`socks5h://127.0.0.1:${upstream.port}`] } });
    using client = new Udp();
    for (const host of ["127.0.0.1", "localhost"]) {
      await client.send(datagram(host, target.port, text(`to ${host}`)), it.relay);
      const { address, payload } = opened(await client.receive());
      assertEquals([address, payload], [{ type: "ipv4", host: "127.0.0.1", port: target.port }, `to ${host}`]);
    }
    it.control.close();
    assertEquals((await upstream.ended()).datagramsSent, 2);
    assertEquals((await it.proxy.ended()).datagramsReceived, 2);
  }
  for (const via of [["http://127.0.0.1:1"], ["socks5h://127.0.0.1:1", "socks4://127.0.0.1:1"]]) {
    await using proxy = await TestProxy.start({ access: { via } });
    using control = await proxy.client();
    await control.send("05 01 00", request5(3, "0.0.0.0", 0));
    await control.take(2);
    assertEquals((await control.reply5()).code, 7);
  }
  target[Symbol.dispose]();
  await echoing;
});

Deno.test("a name: the client's own family first, and the next address where there is no way to one", async () => {
  const names: Record<string, string[]> = {
    "both.test": ["::1", "127.0.0.1"],
    "odd.test": ["127.0.0.99", "127.0.0.1"],
    "none.test": ["127.0.0.99"],
  };
  const system = new SystemNetwork();
  for (
    const fail of [() => Promise.reject(new Error("No route")), () => {
      throw new Error("No route");
    }]
  ) {
    let tries = 0;
    await using it = await associate({
      network: {
        resolve: (name) => Promise.resolve(names[name]!),
        udp(host) {
          const socket = system.udp(host);
          return {
            local: socket.local,
            each: (take) => socket.each(take),
            send: (bytes, to) => to.host === "127.0.0.99" ? (tries++, fail()) : socket.send(bytes, to),
            close: () => socket.close(),
          };
        },
      },
    });
    using client = new Udp();
    using echo = new Udp();
    void echo.echo();
    for (const name of ["both.test", "none.test", "odd.test"]) {
      await client.send(datagram(name, echo.port, text(name)), it.relay);
      if (name === "none.test") continue;
      const { address, payload } = opened(await client.receive());
      assertEquals([address.host, payload], ["127.0.0.1", name]);
    }
    it.control.close();
    const { datagramsSent, datagramsDropped } = await it.proxy.ended();
    // Each address was tried once.
    assertEquals([tries, datagramsSent, datagramsDropped], [2, 2, 1]);
  }
});

Deno.test("each target of an association is a conversation of its own for who watches", async () => {
  using one = new Udp();
  using two = new Udp();
  void one.echo();
  void two.echo();
  const seen: string[] = [];
  await using it = await associate({
    limits: { udpTargets: 2 },
    observe: ({ client, target }) => {
      const name = `${client.remote!.port}>${client.local!.port} ${target.local!.host}>${target.remote!.port}`;
      return [{
        data: (direction, chunk) => void seen.push(`${name} ${direction}${new TextDecoder().decode(chunk)}`),
        close: () => void seen.push(`${name} over`),
      }];
    },
  });
  using client = new Udp();
  using third = new Udp();
  void third.echo();
  for (const [{ port }, word] of [[one, "a"], [two, "b"], [one, "c"], [third, "d"]] as const) {
    await client.send(datagram("127.0.0.1", port, text(word)), it.relay);
    await client.receive();
  }
  it.control.close();
  await it.proxy.ended();
  const to = ({ port }: Udp) => `${client.port}>${it.relay} 127.0.0.1>${port}`;
  assertEquals(seen, [
    ...[`${to(one)} >a`, `${to(one)} <a`, `${to(two)} >b`, `${to(two)} <b`, `${to(one)} >c`, `${to(one)} <c`],
    ...[`${to(one)} over`, `${to(third)} >d`, `${to(third)} <d`, `${to(two)} over`, `${to(third)} over`],
  ]);
});
