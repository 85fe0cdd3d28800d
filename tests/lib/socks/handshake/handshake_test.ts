// The handshake as a play: what a client says, what it is told, without sockets.
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { latin1 } from "../../../../lib/base/bytes.ts";
import { hex, parseHex } from "../../../../lib/base/hex.ts";
import { Handshake, type HandshakePolicy, type Step } from "../../../../lib/socks/handshake/handshake.ts";

const ALL: HandshakePolicy = {
  socks4: true,
  socks4a: true,
  socks5: true,
  http: true,
  forward: true,
  tls: true,
  bind: true,
  udp: true,
  login: false,
};

/** Feeds chunks and follows the steps; "me" with "pw" may log in. What was sent, and the last step. */
function play(chunks: readonly Uint8Array[], policy = ALL): { sent: string; last: Step; rest: string } {
  const handshake = new Handshake(policy);
  let sent = "";
  const queue = [...chunks];
  let step = handshake.next();
  for (;;) {
    if (step.kind === "read") {
      const chunk = queue.shift();
      if (chunk === undefined) return { sent, last: step, rest: hex(handshake.rest) };
      handshake.push(chunk);
      step = handshake.next();
    } else if (step.kind === "send") {
      sent += hex(step.bytes);
      step = handshake.next();
    } else if (step.kind === "login") {
      step = handshake.loggedIn(step.user === "me" && step.password === "pw" ? "me" : undefined);
    } else {
      if (step.kind === "refuse" && step.bytes !== undefined) sent += hex(step.bytes);
      return { sent, last: step, rest: hex(handshake.rest) + queue.map((chunk) => hex(chunk)).join("") };
    }
  }
}

const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

Deno.test("every cut of a conversation gives the same request, replies and rest", () => {
  const login = { ...ALL, login: true };
  for (
    const [text, policy, command] of [
      ["05 01 00 05 01 00 01 7f000001 0050 64617461", ALL, "connect"],
      ["05 02 00 02 05 03 00 03 04 61626364 0050", ALL, "udp"],
      ["05 02 00 02 01 02 6d65 02 7077 05 02 00 04 00000000000000000000000000000001 0050", login, "bind"],
      ["04 01 0050 7f000001 6d65 00 64617461", ALL, "connect"],
      ["04 02 0050 00000001 00 6162 00", ALL, "bind"],
      [hex(latin1("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\ndata")), ALL, "connect"],
      [hex(latin1("GET http://a/b HTTP/1.1\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n")), login, "forward"],
    ] as const
  ) {
    const bytes = parseHex(text);
    const whole = play([bytes], policy);
    assert(whole.last.kind === "request", text);
    assertEquals(whole.last.request.command, command);
    for (let size = 1; size < bytes.length; size++) {
      const pieces = play(cut(bytes, size), policy);
      assertEquals([pieces.sent, pieces.rest, pieces.last], [whole.sent, whole.rest, whole.last]);
    }
  }
});

Deno.test("any octets in any pieces end in a request, a refusal or a wish for more", () => {
  const start = fc.constantFrom(
    [],
    [5, 1, 0],
    [5, 1, 2],
    [4, 1],
    [5, 1, 0, 5, 1, 0],
    [...latin1("GET http://")],
    [...latin1("CONNECT ")],
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 600 }), fc.nat(20), fc.boolean(), (head, tail, size, login) => {
      const { last } = play(cut(new Uint8Array([...head, ...tail]), size + 1), { ...ALL, login });
      assert(["read", "request", "refuse", "tls"].includes(last.kind));
    }),
  );
});

Deno.test("TLS is recognised once, and only where it is offered", () => {
  const hello = parseHex("16 03 01 00 05");
  assertEquals(play([hello]).last.kind, "tls");
  assertEquals(play([hello], { ...ALL, tls: false }).last.kind, "refuse");
  const inner = new Handshake(ALL, true);
  inner.push(hello);
  assertEquals(inner.next().kind, "refuse");
});

Deno.test("a client of a protocol that is not spoken is named in the reason", () => {
  for (
    const [first, policy, why] of [
      ["05 01 00", { ...ALL, socks5: false }, "SOCKS 5 is switched off (--no-socks5)"],
      ["04 01", { ...ALL, socks4: false, socks4a: false }, "SOCKS 4 is switched off (--no-socks4)"],
      [hex(latin1("GET /")), { ...ALL, http: false, forward: false }, "HTTP is switched off (--no-http, --no-forward)"],
      ["16 03 01", { ...ALL, tls: false }, "TLS, which wants a --cert"],
      ["80 2e", ALL, "neither SOCKS nor HTTP: it begins with the octet 128"],
    ] as const
  ) {
    const { last } = play([parseHex(first)], policy);
    assertEquals(last.kind === "refuse" && last.why, why);
  }
});

Deno.test("a refusal is final", () => {
  const handshake = new Handshake(ALL);
  handshake.push(Uint8Array.of(0));
  assertEquals(handshake.next().kind, "refuse");
  handshake.push(parseHex("05 01 00"));
  assertEquals(handshake.next().kind, "refuse");
});

Deno.test("a method may begin with any letter, and HTTP with nothing else", () => {
  for (let octet = 0; octet < 256; octet++) {
    const first = String.fromCharCode(octet);
    const { last } = play([latin1(`${first}ethod http://a/ HTTP/1.1\r\nHost: a\r\n\r\n`)], {
      ...ALL,
      socks4: false,
      socks4a: false,
      socks5: false,
      tls: false,
    });
    const kind = /[A-Za-z]/.test(first) ? "request" : "refuse";
    assertEquals(last.kind, kind, hex(latin1(first)));
  }
});

Deno.test("SOCKS 4 and 4a are switched off each for itself", () => {
  const plain = parseHex("04 01 0050 7f000001 00"), named = parseHex("04 01 0050 00000001 00 61 00");
  for (const [socks4, socks4a] of [[true, true], [true, false], [false, true], [false, false]] as const) {
    const kind = (bytes: Uint8Array) => play([bytes], { ...ALL, socks4, socks4a }).last.kind;
    assertEquals(kind(plain), socks4 ? "request" : "refuse");
    assertEquals(kind(named), socks4a ? "request" : "refuse");
  }
});
