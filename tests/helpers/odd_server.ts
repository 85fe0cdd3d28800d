// A name server that answers oddly or wrongly, as the first label of the question says; and a small delegation chain.
// To add an oddity: a line in `ODDITIES`. Octets are put together by hand here, so that no codec can smooth them.
import { concat, latin1 } from "../../lib/base/bytes.ts";
import { freePort } from "./netlab.ts";

type Octets = Uint8Array;

const u8 = (...values: number[]): Octets => Uint8Array.from(values);
const u16 = (...values: number[]): Octets => concat(values.map((v) => u8(v >> 8, v & 255)));
const u32 = (value: number): Octets => concat([u16(value >>> 16), u16(value & 0xffff)]);
const cat = (...parts: Octets[]): Octets => concat(parts);
const text = (value: string): Octets => latin1(value);

/** A name of labels between dots, as it is on the wire. */
export function wireName(name: string): Octets {
  const labels = name.split(".").filter((label) => label !== "");
  return concat([...labels.map((label) => cat(u8(label.length), text(label))), u8(0)]);
}

/** A record; the owner is a pointer to the question's name unless octets are given. */
function record(type: number, rdata: Octets, options: { owner?: Octets; rdclass?: number; ttl?: number } = {}): Octets {
  const { owner = u8(0xc0, 12), rdclass = 1, ttl = 300 } = options;
  return cat(owner, u16(type, rdclass), u32(ttl), u16(rdata.length), rdata);
}

const A = record(1, u8(192, 0, 2, 1));
const option = (code: number, data: Octets): Octets => cat(u16(code, data.length), data);

/** An OPT record. */
function opt(
  options: Octets[] = [],
  more: { size?: number; rcode?: number; version?: number; flags?: number } = {},
): Octets {
  const { size = 1232, rcode = 0, version = 0, flags = 0 } = more;
  const data = concat(options);
  return cat(u8(0), u16(41, size), u8(rcode, version), u16(flags, data.length), data);
}

/** A question that came in. */
interface Asked {
  readonly id: number;
  readonly name: Octets;
  readonly type: number;
  readonly rdclass: number;
  /** The whole question section. */
  readonly question: Octets;
  /** Octets of the client's cookie option. */
  readonly cookie: Octets | undefined;
  readonly edns: number | undefined;
  readonly tcp: boolean;
  readonly opcode: number;
}

/** A message: header words by name, sections as octets with their counts. */
function message(asked: Asked, parts: {
  id?: number;
  flags?: number;
  rcode?: number;
  question?: Octets;
  counts?: [number, number, number, number];
  answers?: Octets[];
  authorities?: Octets[];
  additionals?: Octets[];
  after?: Octets;
} = {}): Octets {
  const { answers = [], authorities = [], additionals = [], question = asked.question } = parts;
  const counts = parts.counts ??
    [question.length === 0 ? 0 : 1, answers.length, authorities.length, additionals.length];
  const flags = parts.flags ?? (0x8500 | (asked.opcode << 11));
  return cat(
    u16(parts.id ?? asked.id, flags | (parts.rcode ?? 0)),
    u16(...counts),
    question,
    ...answers,
    ...authorities,
    ...additionals,
    parts.after ?? u8(),
  );
}

const ok = (asked: Asked): Octets => message(asked, { answers: [A], additionals: [opt()] });
const answering = (...answers: Octets[]) => (asked: Asked) => [message(asked, { answers })];
const saying =
  (...options: Octets[]) => (asked: Asked) => [message(asked, { answers: [A], additionals: [opt(options)] })];
const rdata = (type: number, ...data: Octets[]) => answering(...data.map((octets) => record(type, octets)));
const SOA = (serial: number) =>
  record(6, cat(wireName("ns.odd.test"), wireName("host.odd.test"), u32(serial), u32(1), u32(2), u32(3), u32(4)));
/** The same answer once TCP is used, TC before. */
const overTcp = (then: Oddity): Oddity => (asked) => asked.tcp ? then(asked) : [message(asked, { flags: 0x8700 })];
const cookie = (asked: Asked, server: string): Octets =>
  option(10, cat(asked.cookie?.subarray(0, 8) ?? u8(), text(server)));

/** What is sent for a question, one after another. TCP: "close" ends the connection, "stall" says nothing more. */
type Oddity = (asked: Asked) => (Octets | "close" | "stall" | "elsewhere" | { raw: Octets })[];

export const ODDITIES: Readonly<Record<string, Oddity>> = {
  plain: (a) => [ok(a)],
  drop: () => [],
  wrongid: (a) => [message(a, { id: a.id ^ 1, answers: [A] }), ok(a)],
  wrongidonly: (a) => [message(a, { id: a.id ^ 1, answers: [A] })],
  wrongname: (a) => [
    message(a, { question: cat(wireName("other.test"), u16(a.type, a.rdclass)), answers: [A] }),
    ok(a),
  ],
  wrongtype: (a) => [message(a, { question: cat(a.name, u16(a.type + 1, a.rdclass)), answers: [A] }), ok(a)],
  wrongclass: (a) => [message(a, { question: cat(a.name, u16(a.type, 3)), answers: [A] }), ok(a)],
  wrongcase: (a) => [
    message(a, {
      question: cat(text(String.fromCharCode(...a.name).toUpperCase()), u16(a.type, a.rdclass)),
      answers: [A],
    }),
  ],
  noquestion: (a) => [message(a, { question: u8(), answers: [record(1, u8(192, 0, 2, 1), { owner: a.name })] })],
  twoquestions: (a) => [message(a, { question: cat(a.question, a.question), counts: [2, 1, 0, 0], answers: [A] })],
  twodifferent: (a) => [
    message(a, { question: cat(a.question, wireName("b.test"), u16(1, 1)), counts: [2, 1, 0, 0], answers: [A] }),
    ok(a),
  ],
  short: (a) => [u8(1, 2, 3, 4, 5), ok(a)],
  empty: (a) => [u8(), ok(a)],
  eleven: (a) => [ok(a).subarray(0, 11), ok(a)],
  headeronly: (a) => [message(a, { question: u8() })],
  headercounts: (a) => [message(a, { question: u8(), counts: [1, 1, 1, 1] })],
  isquery: (a) => [message(a, { flags: 0x0500, answers: [A] })],
  double: (a) => [ok(a), ok(a)],
  elsewhere: (a) => ["elsewhere", ok(a)],
  toofew: (a) => [message(a, { counts: [1, 5, 0, 0], answers: [A] })],
  toomany: (a) => [message(a, { counts: [1, 1, 0, 0], answers: [A, A] })],
  manycounts: (a) => [message(a, { counts: [1, 65535, 65535, 65535], answers: [A] })],
  nocounts: (a) => [message(a, { counts: [0, 0, 0, 0], answers: [A] })],
  cutrdata: (a) => [message(a, { answers: [A] }).slice(0, -2)],
  cutheader: (a) => [message(a, { answers: [A] }).slice(0, -6)],
  cutname: (a) => [message(a, { answers: [A] }).slice(0, -15)],
  cutquestion: (a) => [message(a).slice(0, -2)],
  cutquestionname: (a) => [message(a).slice(0, -6)],
  cutadditional: (a) => [message(a, { answers: [A], additionals: [opt()] }).slice(0, -3)],
  selfpointer: (
    a,
  ) => [message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: u8(0xc0, 12 + a.question.length) })] })],
  forwardpointer: (a) => [message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: u8(0xff, 0xff) })] })],
  cutpointer: (a) => [message(a, { counts: [1, 1, 0, 0], after: u8(0xc0) })],
  headerpointer: (a) => [message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: u8(0xc0, 0) })] })],
  label40: (a) => [message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: u8(0x40, 0) })] })],
  label80: (a) => [message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: u8(0x80, 0) })] })],
  longname: (a) => [
    message(a, { answers: [record(1, u8(1, 2, 3, 4), { owner: wireName(("a".repeat(63) + ".").repeat(4)) })] }),
  ],
  longestname: (a) => [
    message(a, {
      answers: [record(1, u8(1, 2, 3, 4), { owner: wireName(("a".repeat(63) + ".").repeat(3) + "b".repeat(61)) })],
    }),
  ],
  oddowner: answering(
    record(1, u8(1, 2, 3, 4), { owner: cat(u8(9), text('a.b\\"(;$@'), u8(5, 0, 27, 127, 255, 32, 0)) }),
  ),
  escapes: answering(record(16, cat(u8(12), text("\x1b[31mred\x1b[0m")))),
  trailing1: (a) => [message(a, { answers: [A], after: u8(0) })],
  trailing5: (a) => [message(a, { answers: [A], after: u8(1, 2, 3, 4, 5) })],
  tconly: overTcp((a) => [ok(a)]),
  tcclose: overTcp(() => ["close"]),
  tchalf: overTcp((a) => [{ raw: cat(u16(ok(a).length), ok(a).subarray(0, 20)) }, "close"]),
  tclength: overTcp(() => [{ raw: u8(0) }, "close"]),
  tczero: overTcp((a) => [{ raw: u16(0) }, ok(a)]),
  tcshort: overTcp(() => [u8(1, 2, 3)]),
  tcwrongid: overTcp((a) => [message(a, { id: a.id ^ 1, answers: [A] }), ok(a)]),
  tcwrongname: overTcp((a) => [message(a, { question: cat(wireName("other.test"), u16(1, 1)) }), ok(a)]),
  tcdribble: overTcp((a) => [...cat(u16(ok(a).length), ok(a))].map((octet) => ({ raw: u8(octet) }))),
  tcgarbage: overTcp(() => [{ raw: text("HTTP/1.1 400 Bad Request\r\n\r\n") }, "close"]),
  tcstill: (a) => [message(a, { flags: 0x8700, answers: [A] })],
  tcopt: (a) => a.tcp ? [ok(a)] : [message(a, { flags: 0x8700, additionals: [opt([cookie(a, "01234567")])] })],
  badvers: (a) => a.edns === 0 ? [ok(a)] : [message(a, { additionals: [opt([], { rcode: 1 })] })],
  badversalways: (a) => [message(a, { additionals: [opt([], { rcode: 1 })] })],
  badcookie: (a) =>
    (a.cookie?.length ?? 0) > 8
      ? [message(a, { answers: [A], additionals: [opt([cookie(a, "01234567")])] })]
      : [message(a, { rcode: 7, additionals: [opt([cookie(a, "01234567")], { rcode: 1 })] })],
  badcookiealways: (a) =>
    a.tcp ? [ok(a)] : [message(a, { rcode: 7, additionals: [opt([cookie(a, "01234567")], { rcode: 1 })] })],
  badcookienone: (a) => [message(a, { rcode: 7, additionals: [opt([], { rcode: 1 })] })],
  cookieshort: saying(option(10, u8(1, 2, 3, 4))),
  cookiewrong: saying(option(10, u8(1, 2, 3, 4, 5, 6, 7, 8))),
  cookieempty: saying(option(10, u8())),
  cookieecho: (a) => [message(a, { answers: [A], additionals: [opt([cookie(a, "")])] })],
  cookiegood: (a) => [message(a, { answers: [A], additionals: [opt([cookie(a, "01234567")])] })],
  cookielong: saying(option(10, text("0".repeat(48)))),
  cookietwice: (a) => [message(a, { answers: [A], additionals: [opt([cookie(a, "01234567"), cookie(a, "")])] })],
  opttwice: (a) => [message(a, { answers: [A], additionals: [opt(), opt([option(3, text("two"))])] })],
  optowner: (a) => [message(a, { answers: [A], additionals: [cat(wireName("x"), opt().subarray(1))] })],
  optanswer: (a) => [message(a, { answers: [opt(), A] })],
  optcut: (a) => [message(a, { answers: [A], additionals: [opt([u8(0, 3, 0, 9, 1)])] })],
  optthree: (a) => [message(a, { answers: [A], additionals: [opt([u8(0, 3, 0)])] })],
  optflags: (a) => [message(a, { answers: [A], additionals: [opt([], { flags: 0xc123, version: 7, size: 65535 })] })],
  optrcode: (a) => [message(a, { rcode: 3, additionals: [opt([], { rcode: 255 })] })],
  opcode: (a) => [message(a, { flags: 0x8500 | (2 << 11), answers: [A] }), ok(a)],
  allflags: (a) =>
    [message(a, { flags: 0x87f0, answers: [A], additionals: [opt()] })].map((m) => {
      m[2]! &= ~2;
      return m;
    }),
  ra: (a) => [message(a, { flags: 0x8180, answers: [A] })],
  formerr: (a) => [message(a, { rcode: 1 })],
  notimp: (a) => [message(a, { rcode: 4 })],
  formerropt: (a) => [message(a, { rcode: 1, additionals: [opt()] })],
  formerrbare: (a) => [message(a, { rcode: 1, question: u8() })],
  servfail: (a) => [message(a, { rcode: 2, additionals: [opt()] })],
  nxdomain: (a) => [message(a, { rcode: 3, authorities: [SOA(1)] })],
  refused: (a) => [message(a, { rcode: 5 })],
  rcode11: (a) => [message(a, { rcode: 11 })],
  rcode15: (a) => [message(a, { rcode: 15 })],
  rcode6: (a) => [message(a, { rcode: 6 })],
  rcode10: (a) => [message(a, { rcode: 10, authorities: [SOA(1)] })],
  ...Object.fromEntries(
    [17, 18, 19, 20, 21, 22, 24, 100, 3841].map((rcode) => [
      `rcode${rcode}`,
      (a: Asked) => [message(a, { rcode: rcode & 15, additionals: [opt([], { rcode: rcode >> 4 })] })],
    ]),
  ),
  nsid: saying(option(3, text("server \x01 one"))),
  nsidempty: saying(option(3, u8())),
  ecs4: saying(option(8, cat(u16(1), u8(24, 16, 192, 0, 2)))),
  ecs6: saying(option(8, cat(u16(2), u8(33, 0, 0x20, 1, 0xd, 0xb8, 0x80)))),
  ecs0: saying(option(8, cat(u16(0), u8(0, 0)))),
  ecsbad: saying(option(8, cat(u16(1), u8(33, 0, 1, 2, 3, 4, 5)))),
  ecsshort: saying(option(8, u8(0, 1))),
  ecsfamily: saying(option(8, cat(u16(3), u8(8, 0, 1)))),
  keepalive: saying(option(11, u16(1234))),
  keepaliveempty: saying(option(11, u8())),
  keepaliveodd: saying(option(11, u8(1, 2, 3))),
  expire: saying(option(9, u32(694861))),
  expireodd: saying(option(9, u8(1))),
  pad: saying(option(12, new Uint8Array(31))),
  padempty: saying(option(12, u8())),
  keytag: saying(option(14, u16(1, 4711))),
  keytagodd: saying(option(14, u8(1, 2, 3))),
  llq: saying(option(1, cat(u16(1, 2, 3), u32(4), u32(5), u32(3600)))),
  llqodd: saying(option(1, u8(1))),
  tags: saying(option(16, u16(7)), option(17, u16(8)), option(16, u8(1)), option(17, u8())),
  dau: saying(option(5, u8(8, 13)), option(6, u8(1, 2)), option(7, u8(1)), option(13, wireName("test"))),
  unknownopt: saying(option(4711, u8(0, 65, 255)), option(65001, text("plain")), option(0, u8()), option(26946, u8(1))),
  ...Object.fromEntries(
    Array.from({ length: 32 }, (_, code) => [`ede${code}`, saying(option(15, u16(code)))]),
  ),
  ede65535: saying(option(15, u16(65535))),
  edetext: saying(option(15, cat(u16(22), text('no reachable authority "at" all')))),
  edeutf8: saying(option(15, cat(u16(0), new TextEncoder().encode("grüße ✓")))),
  edebinary: saying(option(15, cat(u16(1), u8(0xff, 0xfe, 65, 0)))),
  edenul: saying(option(15, cat(u16(1), text("ends in nul\0")))),
  edeempty: saying(option(15, u8())),
  edeone: saying(option(15, u8(65))),
  edetwo: saying(option(15, u16(6)), option(15, cat(u16(9), text("twice")))),
  classch: answering(record(16, cat(u8(1), text("x")), { rdclass: 3 })),
  classany: answering(record(1, u8(1, 2, 3, 4), { rdclass: 255 })),
  classnone: answering(record(1, u8(1, 2, 3, 4), { rdclass: 254 })),
  class4711: answering(record(1, u8(1, 2, 3, 4), { rdclass: 4711 })),
  type0: answering(record(0, u8(1, 2, 3, 4))),
  type255: answering(record(255, u8(1, 2, 3, 4))),
  type252: answering(record(252, u8())),
  type65535: answering(record(65535, u8(1, 2, 3, 4))),
  typeempty: answering(record(65280, u8())),
  ttlbig: answering(record(1, u8(1, 2, 3, 4), { ttl: 0xffffffff })),
  a3: rdata(1, u8(1, 2, 3)),
  a5: rdata(1, u8(1, 2, 3, 4, 5)),
  a0: rdata(1, u8()),
  aaaa15: rdata(28, new Uint8Array(15)),
  aaaa17: rdata(28, new Uint8Array(17)),
  ns0: rdata(2, u8()),
  nsextra: rdata(2, cat(wireName("ns.odd.test"), u8(1))),
  nscut: rdata(2, u8(3, 97, 98)),
  nspointer: rdata(2, u8(0xc0, 12)),
  mx1: rdata(15, u8(0)),
  mx2: rdata(15, u16(10)),
  mxpointer: rdata(15, cat(u16(10), u8(0xc0, 12))),
  soashort: rdata(6, cat(wireName("a"), wireName("b"), u32(1))),
  soapointer: rdata(6, cat(u8(0xc0, 12), u8(0xc0, 12), u32(1), u32(2), u32(3), u32(4), u32(5))),
  txt0: rdata(16, u8()),
  txtlong: rdata(16, u8(9, 65)),
  txtempty: rdata(16, u8(0)),
  txtmany: rdata(16, new Uint8Array(20)),
  hinfo1: rdata(13, u8(1, 65)),
  srvpointer: rdata(33, cat(u16(1, 2, 3), u8(0xc0, 12))),
  naptrcut: rdata(35, cat(u16(1, 2), u8(1, 65, 1, 66))),
  nsecbad: rdata(47, cat(wireName("x"), u8(0, 0))),
  nsecorder: rdata(47, cat(wireName("x"), u8(1, 1, 64, 0, 1, 64))),
  nseczero: rdata(47, cat(wireName("x"), u8(0, 2, 64, 0))),
  nsecnone: rdata(47, wireName("x")),
  nsec33: rdata(47, cat(wireName("x"), u8(0, 33), new Uint8Array(33).fill(1))),
  nsec3bad: rdata(50, u8(1, 0, 0, 1, 9, 1)),
  nsec3owner: answering(record(50, u8(1, 0, 0, 0, 0, 1, 1, 0, 1, 64))),
  rrsigshort: rdata(46, u8(0, 1, 8, 2)),
  rrsigzero: rdata(46, cat(u16(0), u8(8, 2), u32(1), u32(2), u32(3), u16(4), wireName("x"), u8(1, 2, 3))),
  rrsignosig: rdata(46, cat(u16(1), u8(8, 2), u32(1), u32(2), u32(3), u16(4), wireName("x"))),
  dnskeyshort: rdata(48, u8(1, 0)),
  dnskeyempty: rdata(48, u8(1, 0, 3, 8)),
  dsshort: rdata(43, u8(0, 1, 8)),
  dsbadlength: rdata(43, u8(0, 1, 8, 2, 1, 2, 3)),
  dsunknown: rdata(43, u8(0, 1, 8, 99, 1, 2, 3)),
  caashort: rdata(257, u8(0, 9, 65)),
  caaempty: rdata(257, u8(0, 0)),
  caabad: rdata(257, cat(u8(0, 5), text("is-ue"), text("x"))),
  svcborder: rdata(64, cat(u16(1), u8(0), u16(3, 2, 80), u16(1, 3), u8(2, 104, 50))),
  svcbtail: rdata(64, cat(u16(1), u8(0), u16(9, 1), u8(65), u16(1))),
  rkeyshort: rdata(57, u8(1, 2)),
  nsec3long: rdata(50, cat(u8(2, 0, 0, 0, 0, 40), new Uint8Array(40))),
  svcbcut: rdata(64, cat(u16(1), u8(0), u16(3, 9, 80))),
  svcbmandatory: rdata(64, cat(u16(1), u8(0), u16(0, 2, 9))),
  svcbalpn: rdata(64, cat(u16(1), u8(0), u16(1, 2), u8(5, 65))),
  httpsok: rdata(65, cat(u16(1), u8(0), u16(1, 3), u8(2, 104, 50), u16(4, 4), u8(1, 2, 3, 4))),
  locversion: rdata(29, cat(u8(1), new Uint8Array(15))),
  locshort: rdata(29, new Uint8Array(15)),
  locbad: rdata(29, cat(u8(0, 0xa9, 0x16, 0x13), new Uint8Array(12).fill(255))),
  aplbad: rdata(42, cat(u16(1), u8(33, 4, 1, 2, 3, 4))),
  aplodd: rdata(42, cat(u16(9), u8(1, 1, 1))),
  wksshort: rdata(11, u8(1, 2, 3, 4)),
  gposbad: rdata(27, u8(1, 65, 1, 66, 1, 67)),
  eui48bad: rdata(108, u8(1, 2, 3)),
  uribad: rdata(256, u8(0, 1)),
  uriempty: rdata(256, u8(0, 1, 0, 1)),
  tlsashort: rdata(52, u8(1, 1)),
  sshfpshort: rdata(44, u8(1, 1)),
  hipbad: rdata(55, u8(0, 2, 0, 0)),
  ipseckeybad: rdata(45, u8(1, 9, 1)),
  certshort: rdata(37, u8(0, 1)),
  csyncshort: rdata(62, u8(0, 0)),
  zonemdshort: rdata(63, u8(0, 0, 0, 1, 1, 1)),
  x25bad: rdata(19, u8(1, 65)),
  isdnempty: rdata(20, u8(0)),
  keydata: rdata(65533, new Uint8Array(20)),
  tsig: (a) => [
    message(a, {
      answers: [A],
      additionals: [
        record(250, cat(wireName("hmac-sha256"), u16(0), u32(1), u16(300, 4), u8(1, 2, 3, 4), u16(a.id, 0, 0)), {
          owner: wireName("key"),
          rdclass: 255,
          ttl: 0,
        }),
      ],
    }),
  ],
  tsigearly: (a) => [
    message(a, {
      answers: [A],
      additionals: [
        record(250, cat(wireName("hmac-sha256"), u16(0), u32(1), u16(300, 4), u8(1, 2, 3, 4), u16(a.id, 0, 0)), {
          owner: wireName("key"),
          rdclass: 255,
          ttl: 0,
        }),
        opt(),
      ],
    }),
  ],
  sig0: (a) => [
    message(a, {
      answers: [A],
      additionals: [
        record(
          24,
          cat(u16(0), u8(8, 0), u32(0), u32(2000000000), u32(1000000000), u16(1), wireName("k"), u8(1, 2, 3)),
          {
            owner: u8(0),
            rdclass: 255,
            ttl: 0,
          },
        ),
      ],
    }),
  ],
  tkey: answering(record(249, cat(wireName("alg"), u32(1), u32(2), u16(3, 0, 2), u8(1, 2), u16(0)), { rdclass: 255 })),
  notify: (a) => [message(a, { flags: 0xa500, answers: [SOA(1)] })],
  update: (
    a,
  ) => [message(a, { flags: 0xa800, authorities: [A], answers: [record(255, u8(), { rdclass: 255, ttl: 0 })] })],
  many: overTcp((
    a,
  ) => [message(a, { answers: Array.from({ length: 300 }, (_, i) => record(1, u8(10, 0, i >> 8, i & 255))) })]),
  // transfers (always over TCP)
  xfrempty: (a) => [message(a)],
  xfrrefused: (a) => [message(a, { rcode: 5 })],
  xfrnosoa: (a) => [message(a, { answers: [A] })],
  xfrone: (a) => [message(a, { answers: [SOA(1), A, SOA(1)] })],
  xfrtwo: (
    a,
  ) => [
    message(a, { answers: [SOA(1), A] }),
    message(a, {
      question: u8(),
      answers: [record(1, u8(1, 2, 3, 4), { owner: a.name }), cat(a.name, SOA(1).subarray(2))],
    }),
  ],
  xfrclose: (a) => [message(a, { answers: [SOA(1), A] }), "close"],
  xfrwrongid: (a) => [message(a, { answers: [SOA(1), A] }), message(a, { id: a.id ^ 1, answers: [A, SOA(1)] })],
  xfrafter: (a) => [message(a, { answers: [SOA(1), A, SOA(1), A] })],
  ixfruptodate: (a) => [message(a, { answers: [SOA(1)] })],
  ixfrdiff: (a) => [message(a, { answers: [SOA(3), SOA(1), A, SOA(2), A, SOA(2), A, SOA(3), A, SOA(3)] })],
  ixfrfull: (a) => [message(a, { answers: [SOA(3), A, SOA(3)] })],
  ixfrempty: (a) => [message(a, { answers: [SOA(3), SOA(3)] })],
  // Records that display options show differently, with TTLs of every unit.
  kinds: (a) => {
    const octets = (count: number) => Uint8Array.from({ length: count }, (_, i) => i * 37 & 0xff);
    const signature = cat(
      u16(1),
      u8(13, 3),
      u32(300),
      u32(1700000000),
      u32(1690000000),
      u16(4711),
      wireName("odd.test"),
    );
    const answers = [
      record(15, cat(u16(10), wireName("mx.odd.test")), { ttl: 694861 }),
      record(28, cat(u8(0x20, 1, 0xd, 0xb8), new Uint8Array(11), u8(1)), { ttl: 61 }),
      record(16, cat(u8(3), text("one"), u8(2), text('"\\')), { ttl: 0 }),
      record(48, cat(u16(257), u8(3, 13), octets(64)), { ttl: 86400 }),
      record(43, cat(u16(4711), u8(13, 2), octets(32)), { ttl: 3600 }),
      record(46, cat(signature, octets(64))),
      record(65280, octets(5), { owner: cat(u8(1), text("*"), u8(0xc0, 12)) }),
    ];
    return [message(a, { answers, authorities: [SOA(7)], additionals: [A, opt()] })];
  },
};

/** Referrals of the small chain: by the server's address, zone to its servers' addresses (as names). */
const CHAIN: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "127.0.0.2": [["test", "127.0.0.3"], ["", "127.0.0.2"]],
  "127.0.0.3": [["odd.test", "127.0.0.4"], ["bad.test", "127.0.0.2"], ["test", "127.0.0.3"]],
};

function parse(bytes: Octets, tcp: boolean): Asked | undefined {
  if (bytes.length < 12) return undefined;
  let at = 12;
  const hasQuestion = bytes[5]! > 0;
  if (hasQuestion) {
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1;
    at += 5;
  }
  const name = hasQuestion ? bytes.slice(12, at - 4) : u8(0);
  let client: Octets | undefined, edns: number | undefined;
  // The OPT record stands last, after an IXFR's SOA if there is one.
  for (let i = at; i + 11 <= bytes.length; i++) {
    if (bytes[i] !== 0 || bytes[i + 1] !== 0 || bytes[i + 2] !== 41) continue;
    const length = (bytes[i + 9]! << 8) | bytes[i + 10]!;
    if (i + 11 + length > bytes.length) continue;
    edns = bytes[i + 6];
    for (let j = i + 11; j + 4 <= i + 11 + length;) {
      const size = (bytes[j + 2]! << 8) | bytes[j + 3]!;
      if (bytes[j] === 0 && bytes[j + 1] === 10) client = bytes.slice(j + 4, j + 4 + size);
      j += 4 + size;
    }
    break;
  }
  return {
    id: (bytes[0]! << 8) | bytes[1]!,
    name,
    type: hasQuestion ? (bytes[at - 4]! << 8) | bytes[at - 3]! : 0,
    rdclass: hasQuestion ? (bytes[at - 2]! << 8) | bytes[at - 1]! : 0,
    question: bytes.slice(12, at),
    cookie: client,
    edns,
    tcp,
    opcode: (bytes[2]! >> 3) & 15,
  };
}

const dotted = (name: Octets): string => {
  let out = "";
  for (let at = 0; name[at] !== 0 && at < name.length; at += name[at]! + 1) {
    out += (out === "" ? "" : ".") + String.fromCharCode(...name.subarray(at + 1, at + 1 + name[at]!));
  }
  return out;
};

/** The chain's answer: a referral to the closest zone that is known here, or an address. */
function chainAnswer(asked: Asked, address: string): Octets {
  const name = dotted(asked.name).toLowerCase();
  const zones = CHAIN[address];
  if (zones === undefined) return ok(asked);
  const [zone, server] = zones.find(([zone]) => zone === "" || name === zone || name.endsWith(`.${zone}`))!;
  const ns = record(2, cat(u8(server.length), text(server), u8(0)).length > 0 ? wireNs(server) : u8(), {
    owner: wireName(zone),
  });
  return asked.type === 2 && name === zone
    ? message(asked, { answers: [ns] })
    : message(asked, { flags: 0x8100, authorities: [ns] });
}

/** The name of a server that spells its address: dig takes it for the address. */
function wireNs(address: string): Octets {
  return wireName(address);
}

/** The running server. Stop it with `await using`. */
export class OddServer implements AsyncDisposable {
  readonly port: number;
  readonly #udp: Deno.DatagramConn[];
  readonly #tcp: Deno.Listener[];
  readonly #conns = new Set<Deno.Conn>();
  readonly #tasks: Promise<void>[] = [];

  private constructor(port: number, udp: Deno.DatagramConn[], tcp: Deno.Listener[]) {
    this.port = port;
    this.#udp = udp;
    this.#tcp = tcp;
    for (const conn of udp) this.#tasks.push(this.#serveUdp(conn));
    for (const listener of tcp) this.#tasks.push(this.#serveTcp(listener));
  }

  /** Listens on 127.0.0.1 (oddities), 127.0.0.2 to .4 (the chain), on one port for both transports. */
  static start(): OddServer {
    for (let attempt = 0;; attempt++) {
      const udp: Deno.DatagramConn[] = [], tcp: Deno.Listener[] = [];
      try {
        const port = freePort();
        for (const hostname of ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"]) {
          const conn = Deno.listenDatagram({ transport: "udp", hostname, port });
          udp.push(conn);
          tcp.push(Deno.listen({ hostname, port }));
        }
        return new OddServer(port, udp, tcp);
      } catch (error) {
        for (const one of [...udp, ...tcp]) one.close();
        if (attempt === 20) throw error;
      }
    }
  }

  #answers(asked: Asked, address: string): ReturnType<Oddity> {
    if (address !== "127.0.0.1") return [chainAnswer(asked, address)];
    const label = dotted(asked.name).split(".")[0]!.toLowerCase();
    return (ODDITIES[label] ?? ODDITIES["nxdomain"]!)(asked);
  }

  async #serveUdp(conn: Deno.DatagramConn): Promise<void> {
    const address = (conn.addr as Deno.NetAddr).hostname;
    try {
      for await (const [bytes, from] of conn) {
        const asked = parse(bytes, false);
        if (asked === undefined) continue;
        for (const answer of this.#answers(asked, address)) {
          if (answer instanceof Uint8Array) await conn.send(answer, from);
          else if (answer === "elsewhere") {
            const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
            await other.send(ok(asked), from);
            other.close();
          }
        }
      }
    } catch {
      // Closed.
    }
  }

  async #serveTcp(listener: Deno.Listener): Promise<void> {
    const address = (listener.addr as Deno.NetAddr).hostname;
    try {
      for await (const conn of listener) {
        this.#conns.add(conn);
        this.#tasks.push(this.#converse(conn, address));
      }
    } catch {
      // Closed.
    }
  }

  async #converse(conn: Deno.Conn, address: string): Promise<void> {
    try {
      for (;;) {
        const length = await exactly(conn, 2);
        if (length === undefined) break;
        const bytes = await exactly(conn, (length[0]! << 8) | length[1]!);
        if (bytes === undefined) break;
        const asked = parse(bytes, true);
        if (asked === undefined) break;
        for (const answer of this.#answers(asked, address)) {
          if (answer === "close") return;
          if (answer instanceof Uint8Array) await writeAll(conn, cat(u16(answer.length), answer));
          else if (typeof answer === "object") await writeAll(conn, answer.raw);
        }
      }
    } catch {
      // The client went away.
    } finally {
      this.#conns.delete(conn);
      try {
        conn.close();
      } catch {
        // Closed already.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [...this.#udp, ...this.#tcp, ...this.#conns]) {
      try {
        one.close();
      } catch {
        // Closed already.
      }
    }
    await Promise.all(this.#tasks);
  }
}

async function exactly(conn: Deno.Conn, count: number): Promise<Octets | undefined> {
  const out = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const got = await conn.read(out.subarray(at));
    if (got === null) return undefined;
    at += got;
  }
  return out;
}

async function writeAll(conn: Deno.Conn, bytes: Octets): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
