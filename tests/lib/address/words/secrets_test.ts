import { assertEquals } from "@std/assert";
import { holdsSecret, withoutSecrets } from "../../../../lib/address/words/secrets.ts";

Deno.test("withoutSecrets() masks passwords and nothing else", () => {
  for (
    const [address, shown] of [
      [
        "tcp:h:1,via=http://user:pw@corp:8080,via=socks5://tor:9050",
        "tcp:h:1,via=http://user:***@corp:8080,via=socks5://tor:9050",
      ],
      ["tls:h:1,via=tls+socks5://u:p%40w@h", "tls:h:1,via=tls+socks5://u:***@h"],
      ["PROXY:p:h:1,proxyauth=user:pass,proxyport=3128", "PROXY:p:h:1,proxyauth=user:***,proxyport=3128"],
      ["SOCKS5:p:h:1,sockspass=secret", "SOCKS5:p:h:1,sockspass=***"],
    ] as const
  ) {
    assertEquals(withoutSecrets(address), shown);
    assertEquals([holdsSecret(address), holdsSecret(shown)], [true, false]);
  }
  for (
    const address of [
      "tcp:h:1",
      "-",
      "tcp:h:1,via=socks5://user@h:1",
      "tcp:h:1,via=file:/etc/proxy",
      "PROXY:p:h:1,proxyauth=env:AUTH",
      "ws://host:80/path@x",
      "EXEC:echo a=b",
    ]
  ) assertEquals([withoutSecrets(address), holdsSecret(address)], [address, false]);
});
