// What the system's tables of sockets tell of ports nobody listens at, and what its errors mean.
import { assertEquals } from "@std/assert";
import { PortTable, reasonOf } from "../../../cmd/dig/udp.ts";
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

/** What the runtime throws where the system gave this code, with words of some system. */
const failed = (code: string, words: string) => Object.assign(new Error(words), { code });

Deno.test("reasonOf() goes by the system's codes, whatever its words", () => {
  const only = "Only one usage of each socket address (protocol/network address/port) is normally permitted.";
  assertEquals(reasonOf(failed("EADDRINUSE", `${only} (os error 10048)`)), "address in use");
  assertEquals(reasonOf(failed("EADDRINUSE", "Address already in use (os error 98)")), "address in use");
  const gone = "Eine vorhandene Verbindung wurde vom Remotehost geschlossen. (os error 10054)";
  assertEquals(reasonOf(failed("ECONNRESET", gone)), "connection refused");
  const context = "The requested address is not valid in its context. (os error 10049)";
  assertEquals(reasonOf(new Error("outer", { cause: failed("EADDRNOTAVAIL", context) })), "address not available");
  assertEquals(reasonOf(new Error("no code")), "failure");
});

Deno.test("reasonOf() knows what this system says", () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const why = (hostname: string, port: number) => {
    try {
      Deno.listenDatagram({ transport: "udp", hostname, port }).close();
    } catch (error) {
      return reasonOf(error);
    }
    return undefined;
  };
  assertEquals([why("127.0.0.1", port), why("192.0.2.1", 0)], ["address in use", "address not available"]);
  socket.close();
});
