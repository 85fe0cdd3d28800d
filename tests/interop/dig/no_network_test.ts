// dig where nothing can be reached: a network namespace without an interface that is up, and one without IPv6.
import { assertEquals } from "@std/assert";
import { mask } from "../../helpers/dig_compare.ts";
import { netlabCommand, runProgram, which } from "../../helpers/netlab.ts";

const able = which("unshare") !== undefined && which("dig") !== undefined && which("ip") !== undefined &&
  (await runProgram("unshare", ["-n", "true"])).status === 0;
const BARE = "true", NO_IPV6 = "ip link set lo up; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6";

Deno.test({
  name: `dig without a network says what dig says${able ? "" : " [needs dig, unshare and the right to use it]"}`,
  ignore: !able,
  async fn() {
    for (
      const [before, server] of [[BARE, "@127.0.0.1"], [BARE, "@192.0.2.1"], [NO_IPV6, "@::1"], [NO_IPV6, "-6 @::1"]]
    ) {
      const words = ["-p", "1", ...server!.split(" "), "+tries=1", "+time=1", "name.test"];
      const there = async (program: string, args: readonly string[]) => {
        const script = `${before}; exec "$0" "$@"`;
        const given = await runProgram("unshare", ["-n", "sh", "-c", script, program, ...args]);
        return [given.status, mask(given.stdout), mask(given.stderr)];
      };
      const ours = netlabCommand(["dig", ...words]);
      assertEquals(await there(ours.program, ours.args), await there("dig", words), `${before} ${server}`);
    }
  },
});
