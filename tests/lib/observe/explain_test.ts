// The observer that explains a connection while it passes.
import { assertEquals, assertMatch } from "@std/assert";
import { utf8, utf8Text } from "../../../lib/base/bytes.ts";
import { explainObserver, type ExplainOptions } from "../../../lib/observe/explain.ts";

function watch(
  options: Partial<ExplainOptions>,
): { lines: () => string[]; observer: ReturnType<typeof explainObserver> } {
  const blocks: string[] = [];
  let time = 0;
  const sink = { atLineStart: true, write: (block: Uint8Array) => void blocks.push(utf8Text(block)) };
  return { lines: () => blocks, observer: explainObserver({ sink, now: () => (time += 5), ...options }) };
}

Deno.test("explainObserver() writes each message in one block with its connection", () => {
  const { lines, observer } = watch({ mark: "  #7 127.0.0.1:40112", ports: { server: 6379 } });
  observer.data(">", utf8("*1\r\n$4\r\nPI"));
  assertEquals(lines().length, 0);
  observer.data(">", utf8("NG\r\n"));
  observer.data("<", utf8("+PONG\r\n"));
  observer.end?.(">");
  observer.close?.();
  assertEquals(lines().length, 2);
  assertMatch(lines()[0]!, /^> 1 redis: PING {2}#7 127\.0\.0\.1:40112\n.*Redis \(PING\)/);
  assertMatch(lines()[1]!, /^< 2 redis: PONG \(answers 1 after 5ms\) {2}#7/);
});

Deno.test("explainObserver() keeps to fields, masks and JSON as asked", () => {
  const only = watch({ protocol: "ftp", only: ["password"] });
  only.observer.data(">", utf8("USER a\r\nPASS s3cret\r\n"));
  assertEquals(only.lines().length, 1);
  const masked = watch({ protocol: "ftp", mask: true });
  masked.observer.data(">", utf8("PASS s3cret\r\n"));
  assertEquals(/s3cret|73 33 63/.test(masked.lines().join("")), false);
  assertMatch(masked.lines()[0]!, /password in clear/);
  const json = watch({ protocol: "ftp", json: true, mark: " #1" });
  json.observer.data(">", utf8("QUIT\r\n"));
  const { connection, summary } = JSON.parse(json.lines()[0]!);
  assertEquals([connection, summary], ["#1", "QUIT"]);
});

Deno.test("explainObserver() takes chunks as datagrams on udp", () => {
  const { lines, observer } = watch({ transport: "udp", ports: { server: 514 } });
  observer.data(">", utf8("<14>1 - - - - - - one"));
  observer.data(">", utf8("<14>1 - - - - - - two"));
  assertEquals(lines().length, 2);
});

Deno.test("explainObserver() tells the dialogue before TLS apart from what is carried", () => {
  const { lines, observer } = watch({ ports: { server: 25 }, depth: 0 });
  const said = (direction: ">" | "<", text: string) => ({ direction, bytes: utf8(text) });
  observer.before?.("right", [
    said("<", "220 mail\r\n"),
    said(">", "STARTTLS\r\n"),
    said("<", "220 Begin TLS\r\n"),
  ]);
  observer.data("<", utf8("220 mail\r\n"));
  observer.data(">", utf8("EHLO me\r\n"));
  assertEquals(lines().map((line) => line.split("\n")[0]!.replace(/ \(answers.*?\)/, "")), [
    "< 1 smtp: 220 mail  (right side, before TLS)",
    "> 2 smtp: STARTTLS  (right side, before TLS)",
    "< 3 smtp: 220 Begin TLS (TLS from here on)  (right side, before TLS)",
    "< 4 smtp: 220 mail",
    "> 5 smtp: EHLO me",
  ]);
});
