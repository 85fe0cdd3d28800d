// A client on another host: two network namespaces joined by a cable. Real reply codes of a real network, protected
// ranges, UDP and BIND between hosts, IPv4 and IPv6. Needs root and iproute2.
import { assertEquals } from "@std/assert";
import { canMakeNamespace, ip } from "../../helpers/namespaces.ts";
import { netlabCommand, Running, runProgram } from "../../helpers/netlab.ts";

const server = `netlab-s${Deno.pid}`, client = `netlab-c${Deno.pid}`;
const able = await canMakeNamespace(server);

Deno.test({
  name: `socks: a client on another host${able ? "" : " [needs root and iproute2]"}`,
  ignore: !able,
  fn: async () => {
    const within = (program: string, args: readonly string[]) =>
      new Running("ip", ["netns", "exec", server, program, ...args]);
    try {
      await ip("netns", "add", server);
      await ip("netns", "add", client);
      // A network that comes first, and is not the way to the client's other address.
      await ip("-n", server, "link", "add", "u0", "type", "veth", "peer", "name", "u1");
      await ip("-n", server, "addr", "add", "10.98.0.1/24", "dev", "u0");
      for (const link of ["u0", "u1"]) await ip("-n", server, "link", "set", link, "up");
      await ip("link", "add", "v0", "netns", server, "type", "veth", "peer", "name", "v1", "netns", client);
      for (const [name, link, last] of [[server, "v0", 1], [client, "v1", 2]] as const) {
        await ip("-n", name, "addr", "add", `10.99.0.${last}/24`, "dev", link);
        await ip("-n", name, "addr", "add", `fd99::${last}/64`, "dev", link, "nodad");
        // No link-local address but the one that is known here.
        await ip("-n", name, "link", "set", link, "addrgenmode", "none");
        await ip("-n", name, "addr", "add", `fe80::${last}/64`, "dev", link, "nodad");
        await ip("-n", name, "link", "set", link, "up");
        await ip("-n", name, "link", "set", "lo", "up");
      }
      await ip("-n", client, "addr", "add", "198.51.100.77/32", "dev", "lo");
      await ip("-n", server, "route", "add", "198.51.100.0/24", "via", "10.99.0.2");
      const proxy = (...args: string[]) => {
        const command = netlabCommand(["socks", ...args]);
        return within(command.program, command.args);
      };
      await using strict = proxy("--listen", "10.99.0.1:0", "--clients", "10.99.0.0/24");
      await using open = proxy("--listen", "[::]:0", "--open-proxy", "--allow-private");
      const echo = netlabCommand(["relay", "tcp-listen:0,fork,bind=0.0.0.0", "pipe"]);
      await using http = within(echo.program, echo.args);
      const ports = [await strict.port(), await open.port(), await http.port()].map(String);
      const script = `${import.meta.dirname}/netns_client.ts`;
      const config = `${import.meta.dirname}/../../../deno.json`;
      const { status, stdout, stderr } = await runProgram("ip", [
        ...["netns", "exec", client, Deno.execPath(), "run", "-A", "--quiet", "--config", config, script],
        ...ports,
      ]);
      assertEquals(status, 0, stderr + stdout);
      assertEquals(Object.fromEntries(stdout.trim().split("\n").map((line) => JSON.parse(line))), {
        "strict 10.99.0.1:http": 2,
        "strict 127.0.0.1:http": 2,
        "strict localhost:http": 2,
        "strict ::ffff:127.0.0.1:http": 2,
        "strict 169.254.169.254:http": 2,
        "strict 203.0.113.5:80": 3,
        "strict 2001:db8::1:80": 3,
        "open 10.99.0.1:http": 0,
        "open 127.0.0.1:http": 0,
        "open 10.99.0.1:closed": 5,
        "open 10.99.0.77:80": 4,
        "udp 10.99.0.1": ["10.99.0.1", "10.99.0.2", 8],
        "bind 10.99.0.1": ["10.99.0.1", "10.99.0.2"],
        "udp fd99::1": ["fd99::1", "fd99::2", 8],
        "bind fd99::1": ["fd99::1", "fd99::2"],
        "udp by link-local": "datagram",
        "bind by link-local": ["fe80::1", "fe80::2"],
        "bind for another network": ["10.99.0.1", "198.51.100.77"],
        "udp with the port of another network": ["10.99.0.2", 8],
      });
    } finally {
      await ip("netns", "del", server);
      await ip("netns", "del", client);
    }
  },
});
