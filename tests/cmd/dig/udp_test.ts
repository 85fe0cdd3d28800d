// What the system's tables of sockets tell of ports nobody listens at.
import { assertEquals } from "@std/assert";
import { PortTable } from "../../../cmd/dig/udp.ts";
import { needing } from "../../helpers/netlab.ts";

Deno.test({
  ...needing("PortTable.isFree() tells the addresses of a port apart", "Linux", "IPv6"),
  fn() {
    using table = PortTable.open()!;
    const free = (port: number) => ["127.0.0.1", "127.0.0.2", "::1"].map((address) => table.isFree(address, port));
    for (
      const [hostname, expected] of [
        ["127.0.0.1", [false, true, true]],
        ["127.0.0.2", [true, false, true]],
        ["0.0.0.0", [false, false, true]],
        ["::1", [true, true, false]],
        ["::", [false, false, false]],
      ] as const
    ) {
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
      const { port } = socket.addr as Deno.NetAddr;
      assertEquals(free(port), [...expected], hostname);
      socket.close();
      assertEquals(free(port), [true, true, true], hostname);
    }
  },
});
