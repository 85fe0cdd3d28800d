// Logins by SASL: what responses say, and that passwords are found whatever the mechanism and the number of steps.
import { assertEquals } from "@std/assert";
import { latin1, utf8 } from "../../../../lib/base/bytes.ts";
import { openConversation } from "../../../../lib/dissect/follow/conversation.ts";
import type { Side } from "../../../../lib/dissect/protocol.ts";
import { saslChallenge, saslResponse } from "../../../../lib/dissect/coding/sasl.ts";

Deno.test("saslResponse() tells who logs in, and what is a password", () => {
  const said = (mechanism: string, text: string, step = 0) => saslResponse(mechanism, step, utf8(text));
  assertEquals(said("PLAIN", "\0alice\0s3cret"), { meaning: 'user "alice", and the password', secret: true });
  assertEquals(said("PLAIN", "bob\0alice\0s"), {
    meaning: 'user "alice", acting as "bob", and the password',
    secret: true,
  });
  assertEquals(said("LOGIN", "alice"), { meaning: 'user "alice"', secret: false });
  assertEquals(said("LOGIN", "s3cret", 1).secret, true);
  assertEquals(said("XOAUTH2", "user=a@b\x01auth=Bearer x\x01\x01"), {
    meaning: 'a token of user "a@b"',
    secret: true,
  });
  assertEquals(said("OAUTHBEARER", "n,a=a@b,\x01auth=Bearer x\x01\x01").meaning, 'a token of user "a@b"');
  assertEquals(said("SCRAM-SHA-256", "n,,n=alice,r=abc").meaning, "no channel binding, user alice, nonce abc");
  assertEquals(said("SCRAM-SHA-1-PLUS", "p=tls-exporter,,n=a,r=b").meaning, "bound to tls-exporter, user a, nonce b");
  assertEquals(said("CRAM-MD5", "alice 00ff").meaning, 'user "alice", proof 00ff');
  assertEquals(saslChallenge("SCRAM-SHA-256", utf8("r=abc,s=QQ==,i=4096")), "nonce abc, salt QQ==, rounds 4096");
  assertEquals(saslChallenge("GSSAPI", Uint8Array.of(0, 1, 2)), undefined);
});

type Play = readonly (readonly [side: Side, text: string])[];

/** Summaries, and the passwords that were found. */
function run(protocol: string, play: Play): [lines: string[], secrets: string[]] {
  const conversation = openConversation({ protocol });
  const messages = play.flatMap(([side, text]) => conversation.data(side, latin1(text), 0));
  return [messages.map((message) => message.summary), messages.flatMap((message) => message.secrets)];
}

const LOGIN = ["YWxpY2U=\r\n", "czNjcmV0\r\n"];

Deno.test("POP3: AUTH LOGIN asks twice, and the password is the second answer", () => {
  const [lines, secrets] = run("pop3", [
    ["client", "AUTH LOGIN\r\n"],
    ["server", "+ VXNlcm5hbWU6\r\n"],
    ["client", LOGIN[0]!],
    ["server", "+ UGFzc3dvcmQ6\r\n"],
    ["client", LOGIN[1]!],
    ["server", "+OK in\r\n"],
    ["client", "STAT\r\n"],
  ]);
  assertEquals(secrets, ["czNjcmV0"]);
  assertEquals(lines.at(-3), "login: password in clear (Base64)");
  assertEquals(lines.at(-1), "STAT");
});

Deno.test("IMAP: a login of three steps by SCRAM gives no password away, and commands go on after it", () => {
  const [lines, secrets] = run("imap", [
    ["client", "a AUTHENTICATE SCRAM-SHA-256\r\n"],
    ["server", "+ \r\n"],
    ["client", `${btoa("n,,n=alice,r=abc")}\r\n`],
    ["server", `+ ${btoa("r=abcd,s=QQ==,i=4096")}\r\n`],
    ["client", `${btoa("c=biws,r=abcd,p=eHh4")}\r\n`],
    ["server", `+ ${btoa("v=eXl5")}\r\n`],
    ["client", "\r\n"],
    ["server", "a OK in\r\n"],
    ["client", "b NOOP\r\n"],
  ]);
  assertEquals(secrets, []);
  assertEquals(lines[2], "login: no channel binding, user alice, nonce abc");
  assertEquals(lines[4], "login: channel binding biws, nonce abcd, proof of the password eHh4");
  assertEquals(lines.at(-1), "b NOOP");
});

Deno.test("IMAP and SMTP: an initial response of LOGIN is the user, the line after it the password", () => {
  for (
    const [protocol, begin, more, end, next] of [
      ["imap", "a AUTHENTICATE LOGIN YWxpY2U=\r\n", "+ UGFzc3dvcmQ6\r\n", "a OK in\r\n", "b NOOP\r\n"],
      ["smtp", "AUTH LOGIN YWxpY2U=\r\n", "334 UGFzc3dvcmQ6\r\n", "235 in\r\n", "NOOP\r\n"],
    ] as const
  ) {
    const [lines, secrets] = run(protocol, [
      ["client", begin],
      ["server", more],
      ["client", LOGIN[1]!],
      ["server", end],
      ["client", next],
    ]);
    assertEquals(secrets, ["czNjcmV0"], protocol);
    assertEquals(lines.at(-1), next.trim());
  }
});

Deno.test("LMTP answers the end of a mail once for each recipient", () => {
  const conversation = openConversation({ protocol: "smtp" });
  const play: Play = [
    ["client", "LHLO x\r\n"],
    ["server", "250 y\r\n"],
    ["client", "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n"],
    ["server", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"],
    ["client", "Subject: s\r\n\r\nx\r\n.\r\n"],
    ["server", "250 first\r\n250 second\r\n"],
    ["client", "QUIT\r\n"],
    ["server", "221 bye\r\n"],
  ];
  const messages = play.flatMap(([side, text]) => conversation.data(side, latin1(text), 0));
  const quit = messages.at(-2)!;
  assertEquals([quit.summary, messages.at(-1)!.answers?.number], ["QUIT", quit.number]);
});
