import { assertEquals } from "@std/assert";
import { parseEndpoint } from "../../../lib/address/list.ts";
import { type Planned, planText } from "../../../lib/relay/plan.ts";

const NO_FLAGS: Planned["flags"] = {
  4: false,
  6: false,
  v: false,
  x: false,
  b: undefined,
  r: undefined,
  R: undefined,
  u: false,
  U: false,
  t: undefined,
  T: undefined,
  compat: false,
  "proxy-from-env": false,
  explain: undefined,
  "explain-to": undefined,
  pcap: undefined,
  L: undefined,
  W: undefined,
};

Deno.test("planText() says what flags do to what is carried, and where it is shown and kept", async () => {
  const [left, right] = ["udp-listen:1,fork", "pipe"].map((text) => parseEndpoint(text)) as [
    Planned["left"],
    Planned["right"],
  ];
  for (
    const [flags, carry, watch] of [
      [
        {},
        "both directions; when one side ends, the other may finish; ends after 60 s without data",
        "nothing (-v shows the data)",
      ],
      [
        { u: true, t: 500, T: 0, r: "up", R: "down" },
        "from left to right only; when one side ends, the other has 0.5 s",
        "raw octets from left to right into up; raw octets from right to left into down",
      ],
      [
        { U: true, compat: true, T: 2000, L: "one", x: true, explain: true, pcap: "c.pcapng" },
        "from right to left only; when one side ends, the other has 0.5 s; ends after 2 s without data; " +
        "only while the lock file one can be held",
        "the data as hex on standard error; each message explained, on standard error; recorded as packets in c.pcapng",
      ],
      [
        { W: "one", T: 0, v: true, x: true, explain: "dns", "explain-to": "told" },
        "both directions; when one side ends, the other may finish; after waiting for the lock file one",
        "the data as hex and text on standard error; each message explained as dns, into told",
      ],
    ] as const
  ) {
    const text = await planText([{ left, right, flags: { ...NO_FLAGS, ...flags } }]);
    assertEquals(text.split("\n").filter((line) => /^(?:carry|watch):/.test(line)), [
      `carry: ${carry}`,
      `watch: ${watch}`,
    ]);
  }
});
