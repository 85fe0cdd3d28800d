// What --why foresees is what happens: generated rules, clients, users and requests, over a real server on a made-up network.
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concat, latin1 } from "../../../../lib/base/bytes.ts";
import { ConnectError } from "../../../../lib/base/errors.ts";
import { formatHostPort, type HostPort } from "../../../../lib/base/host_port.ts";
import { ipFrom, parsePrefix } from "../../../../lib/base/ip.ts";
import { socksAddress } from "../../../../lib/socks/codec/address.ts";
import { encodeUdpHeader } from "../../../../lib/socks/codec/socks5.ts";
import { foresee, type Prospect } from "../../../../lib/socks/policy/foresee.ts";
import { parseRule } from "../../../../lib/socks/policy/rules.ts";
import { UdpAddress } from "../../../../lib/stream/udp/address.ts";
import { MadeUpUdp, type Peer, type ProxySettings, request5, TestProxy } from "../../../helpers/socks.ts";

const NAMES: Record<string, readonly string[]> = {
  "a.test": ["192.0.2.7"],
  "b.test": ["10.0.0.5", "192.0.2.8"],
  "c.test": ["::ffff:127.0.0.1", "2001:db8::1"],
  "localhost": ["127.0.0.1"],
};
const HOSTS = [
  ...Object.keys(NAMES),
  "nowhere.test",
  "10.0.0.5",
  "127.0.0.1",
  "127.1",
  "0.0.0.0",
  "192.0.2.7",
  "198.51.100.1",
] as const;
const CLIENTS = ["127.0.0.1", "192.0.2.50", "10.9.9.9"] as const;
const PATTERNS = ["*", "*:80", "a.test", "*.test:443", "10.0.0.0/8", "127.0.0.0/8:1-100", "192.0.2.7", "192.0.2.8:80"];
const CONDITIONS = ["", " command=connect", " command=bind,udp", " user=me", " from=192.0.2.0/24", " command=forward"];
const CHAINS = ["socks5h://p.test:1", "socks5://p.test:1", "http://p.test:1"];

const rule = fc.record({
  action: fc.constantFrom("allow", "deny", "route"),
  pattern: fc.constantFrom(...PATTERNS),
  condition: fc.constantFrom(...CONDITIONS),
  upstream: fc.constantFrom(...CHAINS, CHAINS.join(" "), "direct"),
}).map(({ action, pattern, condition, upstream }) =>
  `${action} ${pattern}${condition}${action === "route" ? ` ${upstream}` : ""}`
);

const world = fc.record({
  rules: fc.array(rule, { maxLength: 5 }),
  via: fc.array(fc.constantFrom(...CHAINS), { maxLength: 2 }),
  allowPrivate: fc.boolean(),
  clients: fc.constantFrom<readonly string[]>([], [], ["127.0.0.0/8"]),
  users: fc.constantFrom<Record<string, string> | undefined>(undefined, { "me:secret": "deny=a.test" }),
  off: fc.constantFrom("", "", "", "bind", "udp", "forward"),
  client: fc.constantFrom(...CLIENTS),
  // A wrong login takes its time, so there are few.
  user: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom<string | undefined>(undefined, "me", "me") },
    { weight: 1, arbitrary: fc.constant("you") },
  ),
  command: fc.constantFrom("connect", "bind", "udp", "forward"),
  host: fc.constantFrom(...HOSTS),
  port: fc.constantFrom(25, 80, 443),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Carries a request out on the made-up network: the reply, and where the proxy then went. */
async function happens(
  one: World,
  settings: ProxySettings,
): Promise<{ prospect: Prospect; reply: number | undefined; went: string[] }> {
  const went: string[] = [];
  const refusing = (where: string) => {
    went.push(where);
    return Promise.reject(new ConnectError(where, "Connection refused", { reason: "refused" }));
  };
  const via = (chain: readonly string[], target: HostPort) => refusing(`${chain.join(" ")} ${formatHostPort(target)}`);
  let socket: MadeUpUdp | undefined;
  await using proxy = await TestProxy.start({
    ...settings,
    proxyProtocol: true,
    network: {
      ...settings.network,
      dial: (hosts, port) => refusing(hosts.map((host) => formatHostPort({ host, port })).join(", ")),
      dialVia: via,
      bindVia: via,
      listen: (host) => {
        went.push("waits");
        throw new ConnectError(host, "Connection refused", { reason: "refused" });
      },
      associateVia: (chain) =>
        Promise.resolve({
          send: (target: HostPort) => Promise.resolve(void went.push(`${chain.join(" ")} ${formatHostPort(target)}`)),
          receive: () => new Promise(() => {}),
          close: () => Promise.resolve(),
        } as never),
      udp: (host) => {
        const made = new MadeUpUdp((to) => went.push(to));
        if (host !== "0.0.0.0" && host !== "::") socket = made;
        return made;
      },
    },
  });
  const prospect = await foresee(proxy.server.config, {
    command: one.command,
    target: one,
    user: one.user,
    client: ipFrom(one.client),
    userRules: one.user === "me" ? [parseRule("deny", "a.test", "users")] : [],
  }, one.user === "me");
  using peer = await proxy.client();
  await peer.text(`PROXY TCP4 ${one.client} 127.0.0.1 4000 1080\r\n`);
  const reply = one.command === "forward" ? await byHttp(one, peer) : await bySocks(one, peer);
  if (one.command === "udp" && reply === 0) {
    const header = encodeUdpHeader({ fragment: 0, address: socksAddress(one) });
    void socket!.take!(concat([header, latin1("x")]), UdpAddress.from({ host: one.client, port: one.port }));
  }
  peer.close();
  const record = await proxy.ended();
  if (one.command === "udp" && record.datagramsDropped > 0) return { prospect, reply: undefined, went };
  return { prospect, reply, went };
}

const LOGIN = { me: "01 02 6d65 06 736563726574", you: "01 03 796f75 06 736563726574" };

async function bySocks({ users, user, command, host, port }: World, peer: Peer): Promise<number | undefined> {
  await peer.send(users === undefined || user === undefined ? "05 01 00" : "05 01 02");
  const method = await peer.take(2);
  if (method === "05ff") return undefined;
  if (method === "0502") {
    await peer.send(LOGIN[user as keyof typeof LOGIN]);
    if (await peer.take(2) !== "0100") return undefined;
  }
  await peer.send(
    request5({ connect: 1, bind: 2, udp: 3, forward: 0 }[command], command === "udp" ? "0.0.0.0" : host, port),
  );
  return (await peer.reply5()).code;
}

async function byHttp({ user, host, port }: World, peer: Peer): Promise<number | undefined> {
  const login = user === undefined ? "" : `Proxy-Authorization: Basic ${btoa(`${user}:secret`)}\r\n`;
  await peer.text(`GET http://${host}:${port}/ HTTP/1.1\r\n${login}\r\n`);
  const answer = await peer.rest();
  if (answer.startsWith("HTTP/1.1 407 ")) return undefined;
  if (answer.startsWith("HTTP/1.1 403 ")) return 2;
  if (answer.startsWith("HTTP/1.1 501 ")) return 7;
  return answer.includes("host unreachable") ? 4 : 5;
}

Deno.test("what is foreseen happens: replies, addresses and ways, for any rules", async () => {
  let allowed = 0, refused = 0;
  await fc.assert(
    fc.asyncProperty(world, async (one) => {
      const user = one.users === undefined ? undefined : one.user;
      const settings: ProxySettings = {
        rules: one.rules,
        clients: one.clients.map((text) => parsePrefix(text)!),
        ...(one.users === undefined ? {} : { users: one.users }),
        access: { via: one.via, allowPrivate: one.allowPrivate },
        policy: one.off === "" ? {} : { [one.off]: false },
        network: {
          isOwn: () => false,
          resolve: (name) =>
            Object.hasOwn(NAMES, name) ? Promise.resolve(NAMES[name]!) : Promise.reject(
              new ConnectError(name, "The name does not resolve", { reason: "name-not-found" }),
            ),
        },
      };
      const target = { host: one.host, port: one.port };
      const { prospect, reply, went } = await happens({ ...one, user }, settings);
      const { decision } = prospect;
      if (prospect.reply === 0) {
        allowed++;
        const first = decision === undefined ? target : { host: decision.hosts[0]!, port: one.port };
        const chain = decision?.chain ?? one.via;
        const way = chain.length > 0
          ? `${chain.join(" ")} ${formatHostPort(first)}`
          : one.command === "bind"
          ? "waits"
          : one.command === "udp"
          ? formatHostPort(first)
          : decision!.hosts.map((host) => formatHostPort({ host, port: one.port })).join(", ");
        assertEquals([went[0], reply], [way, one.command === "udp" ? 0 : 5]);
      } else {
        refused++;
        // What a datagram meets is not told to anybody: it is dropped.
        if (one.command === "udp" && decision !== undefined || prospect.reply === 4 && one.command === "udp") {
          assertEquals([reply, went], [undefined, []]);
        } else assertEquals([reply, went], [prospect.reply, []]);
      }
    }),
    { numRuns: 250 },
  );
  assertEquals(allowed > 20 && refused > 20, true, `${allowed} allowed, ${refused} refused`);
});
