// Zephyr, notices to people, in a line. Pure. The form is tcpdump's.
import { byWord } from "../../../base/text.ts";
import type { Line } from "../core/line.ts";

const KINDS = ["unsafe", "unacked", "acked", "hm-ack", "hm-ctl", "serv-ack", "serv-nak", "client-ack", "stat"];
const SERVER_ACK = 5;
/** Octets of words that tcpdump puts together. */
const ROOM = 255;

const EXPOSURES = ["NONE", "OPSTAFF", "REALM-VISIBLE", "REALM-ANNOUNCED", "NET-VISIBLE", "NET-ANNOUNCED"];
const CLIENT: Readonly<Record<string, string>> = byWord({
  GIMME: "ret",
  GIMMEDEFS: "gimme-defs",
  CLEARSUB: "clear-subs",
});
const SUBSCRIPTIONS: Readonly<Record<string, string>> = byWord({
  SUBSCRIBE: "sub",
  SUBSCRIBE_NODEFS: "unsub-nodefs",
  UNSUBSCRIBE: "unsub",
});
const REALM: Readonly<Record<string, string>> = byWord({
  ADD_SUBSCRIBE: "add-subs",
  REQ_SUBSCRIBE: "req-subs",
  RLM_SUBSCRIBE: "rlm-sub",
  RLM_UNSUBSCRIBE: "rlm-unsub",
});

/** A notice of `length` octets at `at`: fields of text, each with a NUL behind it. */
export function printZephyr(l: Line, at: number, length: number): void {
  l.protocol = "zephyr";
  const end = at + length;
  /** The next field; `undefined` once one had no end. */
  let lost = false;
  const field = (): string | undefined => {
    let text = "";
    for (; !lost && at < end; at++) {
      const octet = l.u8(at);
      if (octet !== 0) text += String.fromCharCode(octet);
      else {
        at++;
        return text;
      }
    }
    lost = true;
    return undefined;
  };
  const version = field();
  if (version === undefined) return l.invalid();
  if (!version.startsWith("ZEPH")) return;
  const fields: string[] = [];
  for (let i = 0; i < 16; i++) fields.push(field() ?? "");
  if (lost) return l.invalid();
  const kind = wholeNumber(fields[1]!);
  const [kindOf, instance, opcode, sender, recipient] = fields.slice(7, 12) as [string, string, string, string, string];
  const safe = (before: string, text: string) => {
    l.text(before);
    for (const char of text) l.safe(char.charCodeAt(0));
  };
  l.text(" zephyr");
  if (!version.startsWith("0.2", 4)) return safe(" v", version.slice(4));
  l.text(` ${KINDS[kind] ?? `type ${kind}`}`);
  if (kind === SERVER_ACK) {
    const answer = field();
    if (answer !== undefined && answer !== "SENT") safe("/", lower(answer));
  }
  if (sender !== "") safe(" ", sender);
  switch (kindOf) {
    case "USER_LOCATE":
      if (opcode === "USER_HIDE") return l.text(" hide");
      if (opcode === "USER_UNHIDE") return l.text(" unhide");
      return safe(" locate ", instance);
    case "ZEPHYR_ADMIN":
      return safe(" zephyr-admin ", lower(opcode));
    case "ZEPHYR_CTL":
      if (instance === "CLIENT" && SUBSCRIPTIONS[opcode] !== undefined) {
        l.text(` ${SUBSCRIPTIONS[opcode]}`);
        if (kind === SERVER_ACK) return;
        const words = [field(), field(), field()];
        return lost ? undefined : safe(" ", triple(...words as [string, string, string]));
      }
      if (instance === "CLIENT" && CLIENT[opcode] !== undefined) return l.text(` ${CLIENT[opcode]}`);
      if (instance === "CLIENT" || instance === "HM") return safe(" ", lower(opcode));
      if (instance === "REALM") return REALM[opcode] === undefined ? undefined : l.text(` realm ${REALM[opcode]}`);
      break;
    case "HM_CTL":
    case "WG_CTL":
      safe(` ${kindOf.toLowerCase()} `, lower(instance));
      return safe(" ", lower(opcode));
    case "HM_STAT":
      if (instance === "HMST_CLIENT" && opcode === "GIMMESTATS") return l.text(" get-client-stats");
      break;
    case "LOGIN":
      if (opcode === "USER_FLUSH") return l.text(" flush_locs");
      if (EXPOSURES.includes(opcode)) return safe(" set-exposure ", lower(opcode));
  }
  safe(" to ", triple(kindOf, instance, recipient));
  if (opcode !== "") safe(" op ", opcode);
}

const lower = (text: string) => text.slice(0, ROOM).replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function triple(kind: string, instance: string, recipient: string): string {
  return `<${kind},${instance},${recipient === "" ? "*" : recipient}>`.slice(0, ROOM);
}

/** What C's library reads of a number in hexadecimal. */
function wholeNumber(text: string): number {
  const match = /^[ \t-\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)/.exec(text);
  if (match === null) return 0;
  const largest = 2n ** 63n, value = BigInt(`0x${match[2]}`);
  const signed = match[1] === "-" ? (value > largest ? -largest : -value) : value >= largest ? largest - 1n : value;
  return Number(BigInt.asIntN(32, signed));
}
