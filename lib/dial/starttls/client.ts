// The client's part of the dialogues by which protocols turn to TLS. No I/O of its own.
// Sources: RFC 3207 (SMTP), 9051 6.2.1 (IMAP), 2595 4 (POP3), 4217 (FTP), 4642 (NNTP), 4511 4.14 (LDAP), 5804 2.2 (Sieve),
// 6120 5 (XMPP), PostgreSQL 54.7.
import { indexOfBytes, latin1 } from "../../base/bytes.ts";
import {
  berElement,
  MOST_LINES,
  OID_STARTTLS,
  POSTGRES_REQUEST,
  type StartTlsProtocol,
  type Talk,
  XMPP_STREAMS,
  XMPP_TLS,
} from "./talk.ts";

const LDAP_REQUEST = new Uint8Array([0x30, 29, 2, 1, 1, 0x77, 24, 0x80, 22, ...latin1(OID_STARTTLS)]);

async function mailClient(talk: Talk): Promise<void> {
  await talk.reply("220");
  await talk.send(talk.protocol === "lmtp" ? "LHLO localhost" : "EHLO localhost");
  const able = await talk.reply("250");
  if (!able.some((line) => /^250[- ]STARTTLS\b/i.test(line))) throw talk.refuse("STARTTLS is not among what it can do");
  await talk.send("STARTTLS");
  await talk.reply("220");
}

async function xmppClient(talk: Talk): Promise<void> {
  const kind = talk.protocol === "xmpp" ? "jabber:client" : "jabber:server";
  const to = talk.host.replace(/[^\w.:-]/g, "");
  await talk.bytes(latin1(
    `<?xml version='1.0'?><stream:stream xmlns='${kind}' xmlns:stream='${XMPP_STREAMS}' to='${to}' version='1.0'>`,
  ));
  let offered = false;
  for (let tags = 0;; tags++) {
    const tag = await talk.tag();
    if (/<starttls\b/.test(tag)) offered = true;
    if (/<\/stream:features\s*>$|<stream:features\s*\/>$/.test(tag)) break;
    if (/<stream:error\b|<\/stream:stream\b/.test(tag) || tags > MOST_LINES) throw talk.refuse(tag);
  }
  if (!offered) throw talk.refuse("starttls is not among the features");
  await talk.bytes(latin1(`<starttls xmlns='${XMPP_TLS}'/>`));
  const answer = await talk.tag();
  if (!/^<proceed\b/.test(answer)) throw talk.refuse(answer);
  if (!answer.endsWith("/>")) await talk.tag();
}

/** The client's part: talks until the server is ready for a ClientHello. */
export const CLIENTS: Record<StartTlsProtocol, (talk: Talk) => Promise<void>> = {
  smtp: mailClient,
  lmtp: mailClient,
  async imap(talk) {
    const greeting = await talk.line();
    if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) throw talk.refuse(greeting);
    await talk.send("a1 STARTTLS");
    for (let lines = 0; lines < MOST_LINES; lines++) {
      const line = await talk.line();
      if (/^a1 OK\b/i.test(line)) return;
      if (!line.startsWith("* ")) throw talk.refuse(line);
    }
    throw talk.refuse("no answer to STARTTLS");
  },
  async pop3(talk) {
    const greeting = await talk.line();
    if (!/^\+OK\b/i.test(greeting)) throw talk.refuse(greeting);
    await talk.send("STLS");
    const answer = await talk.line();
    if (!/^\+OK\b/i.test(answer)) throw talk.refuse(answer);
  },
  async ftp(talk) {
    await talk.reply("220");
    await talk.send("AUTH TLS");
    await talk.reply("234");
  },
  async nntp(talk) {
    await talk.reply("20");
    await talk.send("STARTTLS");
    await talk.reply("382");
  },
  async sieve(talk) {
    let able = false;
    for (let lines = 0;; lines++) {
      const line = await talk.line();
      if (/^"STARTTLS"/i.test(line)) able = true;
      if (/^OK\b/i.test(line)) break;
      if (!line.startsWith('"') || lines > MOST_LINES) throw talk.refuse(line);
    }
    if (!able) throw talk.refuse("STARTTLS is not among what it can do");
    await talk.send("STARTTLS");
    const answer = await talk.line();
    if (!/^OK\b/i.test(answer)) throw talk.refuse(answer);
  },
  xmpp: xmppClient,
  "xmpp-server": xmppClient,
  async postgres(talk) {
    await talk.bytes(POSTGRES_REQUEST);
    const [answer] = await talk.exactly(1);
    if (answer !== 0x53) throw talk.refuse(String.fromCharCode(answer!));
  },
  async ldap(talk) {
    await talk.bytes(LDAP_REQUEST);
    const message = await berElement(talk);
    // messageID, [APPLICATION 24] with resultCode first; zero is success.
    const at = message.indexOf(0x78);
    const code = at === -1 ? -1 : indexOfBytes(message, new Uint8Array([0x0a, 1]), at);
    if (code === -1 || message[code + 2] !== 0) throw talk.refuse("an LDAP result that is not success");
  },
};
