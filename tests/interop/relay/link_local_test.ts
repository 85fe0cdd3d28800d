// Peers with the same link-local address on two networks: who answers must know which one. Needs root and iproute2.
import { assertEquals } from "@std/assert";
import { canMakeNamespace, ip } from "../../helpers/namespaces.ts";
import { netlabCommand, Running, runProgram } from "../../helpers/netlab.ts";

const server = `netlab-l${Deno.pid}`;
const able = await canMakeNamespace(server);

Deno.test({
  name: `relay udp-listen, udp-recvfrom: link-local peers are answered${able ? "" : " [needs root and iproute2]"}`,
  ignore: !able,
  fn: async () => {
    const networks = [1, 2].map((number) => ({
      client: `${server}-${number}`,
      link: `v${number}`,
      host: `fe80::${number}`,
    }));
    try {
      await ip("netns", "add", server);
      for (const { client, link, host } of networks) {
        await ip("netns", "add", client);
        await ip("link", "add", link, "netns", server, "type", "veth", "peer", "name", "v", "netns", client);
        for (const [name, end, address] of [[server, link, host], [client, "v", "fe80::9"]] as const) {
          await ip("-n", name, "link", "set", end, "addrgenmode", "none");
          await ip("-n", name, "addr", "add", `${address}/64`, "dev", end, "nodad");
          await ip("-n", name, "link", "set", end, "up");
        }
      }
      const within = (name: string, ...args: string[]) => {
        const { program, args: words } = netlabCommand(["relay", ...args]);
        return ["netns", "exec", name, program, ...words];
      };
      const ask = async ({ client, host }: typeof networks[number], port: number) => {
        const args = within(client, "-T0.3", "-", `udp:[${host}%v]:${port},sourceport=4000`);
        return (await runProgram("ip", args, { stdin: "x\n" })).stdout;
      };
      for (const address of ["udp-listen:0,bind=[::],fork", "udp-recvfrom:0,bind=[::],fork"]) {
        await using program = new Running("ip", within(server, address, "PIPE"));
        const port = await program.port();
        for (const network of networks) assertEquals(await ask(network, port), "x\n", address);
      }
      for (const network of networks) {
        const own = `[${network.host}%${network.link}]`;
        for (const address of ["udp-listen:0,bind=[::]", `udp-recvfrom:0,bind=${own},ipv6-recvpktinfo`]) {
          await using program = new Running("ip", within(server, address, "PIPE"));
          assertEquals(await ask(network, await program.port()), "x\n", address);
        }
      }
    } finally {
      for (const name of [server, ...networks.map(({ client }) => client)]) await ip("netns", "del", name);
    }
  },
});
