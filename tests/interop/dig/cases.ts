// Command lines that dig and netlab dig are compared on. Pure data. To add one: a line in a list.
// $P, $T, $H, $HP: the lab's ports (plain, TLS, HTTPS, HTTP); $O: the odd server's; $F: the lab's folder; $K: a key's secret.
import { ODDITIES } from "../../helpers/odd_server.ts";

/** Splits a line into words; single quotes hold one together, `$NAME` is replaced. */
export function words(line: string, values: Readonly<Record<string, string>>): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|(\S+)/g),
    (match) => (match[1] ?? match[2]!).replace(/\$([A-Z]+)/g, (whole, name) => values[name] ?? whole),
  );
}

/** Names and types of a zone file: what every record type is asked with. */
export function namesAndTypes(zone: string): [name: string, type: string][] {
  const found = new Map<string, [string, string]>();
  let owner = "@";
  for (const line of zone.split("\n")) {
    if (/^(?:;|\$|\s*$)/.test(line)) continue;
    const fields = line.split(/\s+/);
    if (fields[0] !== "") owner = fields[0]!;
    const type = fields.slice(1).find((field) => /^[A-Z][A-Z0-9-]*$/.test(field));
    if (type !== undefined && owner !== "@") found.set(`${owner} ${type}`, [owner, type]);
  }
  return [...found.values()];
}

/** Display options that each record type is printed with. */
export const DISPLAYS: readonly string[] = [
  "",
  "+multi",
  "+short",
  "+yaml",
  "+nocrypto +rrcomments",
  "+unknownformat",
  "+split=8 +noall +answer",
  "+multi +unknownformat +ttlunits",
  "+nosplit +multi +noall +answer",
];

/** Display options that each odd answer is printed with; slow ones are asked twice only. */
export function oddLines(): string[] {
  const lines: string[] = [];
  for (const name of Object.keys(ODDITIES)) {
    const base = `@127.0.0.1 -p $O ${name}.odd.test +time=1`;
    // The first octets of the header are the id, which a name there would show.
    const id = name === "headerpointer" ? "+qid=260" : "";
    if (name.startsWith("xfr")) {
      for (const o of ["", "+yaml", "+comments"]) lines.push(`${base} axfr +tries=1 ${o}`);
    } else if (name.startsWith("ixfr")) {
      for (const o of ["", "+short"]) lines.push(`${base} ixfr=1 +tries=1 ${o}`);
    } else if (/^(drop|wrongidonly)$/.test(name)) lines.push(`${base} +tries=1`);
    else for (const o of ["", "+yaml", "+short", "+multi +tcp"]) lines.push(`${base} ${id} ${o}`);
  }
  return lines;
}

/** Against the lab's named. */
export const PLAIN_LINES: readonly string[] = `
@127.0.0.1 -p $P types.test
@127.0.0.1 -p $P types.test SOA +multi
@127.0.0.1 -p $P nope.types.test
@127.0.0.1 -p $P nope.types.test +short
@127.0.0.1 -p $P outside.example.
@127.0.0.1 -p $P closed.test
@127.0.0.1 -p $P broken.test
@127.0.0.1 -p $P broken.test +nofail
@127.0.0.1 -p $P chain.types.test
@127.0.0.1 -p $P loop1.types.test
@127.0.0.1 -p $P outside.types.test
@127.0.0.1 -p $P dname.types.test DNAME
@127.0.0.1 -p $P x.dname.types.test
@127.0.0.1 -p $P x.d.small.test
@127.0.0.1 -p $P child.small.test
@127.0.0.1 -p $P a.child.small.test +norec
@127.0.0.1 -p $P signed.test +dnssec
@127.0.0.1 -p $P signed.test DNSKEY +dnssec +multi
@127.0.0.1 -p $P signed.test DNSKEY +dnssec +nocrypto
@127.0.0.1 -p $P nope.signed.test +dnssec
@127.0.0.1 -p $P nope.nsec3.test +dnssec
@127.0.0.1 -p $P nope.nsec3.test +dnssec +multi
@127.0.0.1 -p $P nsec3.test ANY +dnssec
@127.0.0.1 -p $P types.test AXFR
@127.0.0.1 -p $P types.test AXFR +short
@127.0.0.1 -p $P types.test AXFR +multi
@127.0.0.1 -p $P types.test AXFR +onesoa
@127.0.0.1 -p $P types.test AXFR +yaml
@127.0.0.1 -p $P types.test AXFR +comments
@127.0.0.1 -p $P types.test AXFR +noall +answer +nottlid +nocl
@127.0.0.1 -p $P small.test AXFR
@127.0.0.1 -p $P small.test AXFR +onesoa
@127.0.0.1 -p $P small.test IXFR=5
@127.0.0.1 -p $P small.test IXFR=4
@127.0.0.1 -p $P small.test IXFR=6
@127.0.0.1 -p $P small.test IXFR=1 +notcp
@127.0.0.1 -p $P nope.test AXFR
@127.0.0.1 -p $P closed.test AXFR
@127.0.0.1 -p $P keyed.test AXFR
@127.0.0.1 -p $P bigtxt.types.test TXT
@127.0.0.1 -p $P bigtxt.types.test TXT +ignore
@127.0.0.1 -p $P bigtxt.types.test TXT +bufsize=512
@127.0.0.1 -p $P bigtxt.types.test TXT +noedns
@127.0.0.1 -p $P bigtxt.types.test TXT +tcp
@127.0.0.1 -p $P bigtxt.types.test TXT +bufsize=4096
@127.0.0.1 -p $P big.types.test +qr
@127.0.0.1 -p $P a.types.test +qr
@127.0.0.1 -p $P a.types.test +qr +yaml
@127.0.0.1 -p $P a.types.test +qr +noedns
@127.0.0.1 -p $P a.types.test +qr +header-only
@127.0.0.1 -p $P a.types.test +header-only
@127.0.0.1 -p $P a.types.test +edns=1
@127.0.0.1 -p $P a.types.test +edns=1 +noednsneg
@127.0.0.1 -p $P a.types.test +edns=255
@127.0.0.1 -p $P a.types.test +nocookie
@127.0.0.1 -p $P a.types.test +cookie=0102030405060708
@127.0.0.1 -p $P a.types.test +cookie=01020304
@127.0.0.1 -p $P a.types.test +cookie=010203040506070801020304050607080102030405060708
@127.0.0.1 -p $P a.types.test +cookie=zz
@127.0.0.1 -p $P a.types.test +cookie=zz +noedns
@127.0.0.1 -p $P a.types.test +nsid
@127.0.0.1 -p $P a.types.test +nsid +yaml
@127.0.0.1 -p $P a.types.test +expire SOA
@127.0.0.1 -p $P types.test SOA +expire
@127.0.0.1 -p $P types.test +keepalive +tcp
@127.0.0.1 -p $P types.test +keepalive +tcp +yaml
@127.0.0.1 -p $P types.test +padding=128 +qr
@127.0.0.1 -p $P types.test +padding=128 +qr +tcp
@127.0.0.1 -p $P types.test +subnet=192.0.2.0/24
@127.0.0.1 -p $P types.test +subnet=2001:db8::/32 +qr
@127.0.0.1 -p $P types.test +subnet=0 +qr
@127.0.0.1 -p $P types.test +subnet=10/8 +qr
@127.0.0.1 -p $P types.test +subnet=192.0.2.129/25 +qr
@127.0.0.1 -p $P types.test +subnet=192.0.2.129 +qr +yaml
@127.0.0.1 -p $P types.test +ednsopt=4711:0102
@127.0.0.1 -p $P types.test +qr +ednsopt=4711:0102 +ednsopt=NSID +ednsopt=LLQ:000100020003000400050006000700080009
@127.0.0.1 -p $P types.test +qr +ednsopt=8:00 +ednsopt=15:0004 +ednsopt=EDE:000f666f6f +ednsopt=14:00010002 +ednsopt=16:0001 +ednsopt=17:0001 +ednsopt=9:00000e10
@127.0.0.1 -p $P types.test +qr +yaml +ednsopt=8:00 +ednsopt=15:0004 +ednsopt=EDE:000f666f6f +ednsopt=14:00010002 +ednsopt=16:0001 +ednsopt=17:0001 +ednsopt=9:00000e10 +ednsopt=4711:4142 +ednsopt=3:00 +ednsopt=12:0000
@127.0.0.1 -p $P types.test +ednsflags=0x1234 +qr
@127.0.0.1 -p $P types.test +ednsflags=0xffff +qr +yaml
@127.0.0.1 -p $P types.test +dnssec +coflag +qr
@127.0.0.1 -p $P types.test +aa +cd +ad +ra +tc +z +qr
@127.0.0.1 -p $P types.test +noad +nordflag +qr
@127.0.0.1 -p $P types.test +opcode=NOTIFY
@127.0.0.1 -p $P types.test +opcode=status +qr
@127.0.0.1 -p $P types.test +opcode=5 +qr
@127.0.0.1 -p $P types.test +opcode=15
@127.0.0.1 -p $P types.test +opcode=update SOA
@127.0.0.1 -p $P types.test +qid=4711 +qr
@127.0.0.1 -p $P -x 192.0.2.1
@127.0.0.1 -p $P -x 2001:db8::1
@127.0.0.1 -p $P -x 1.2
@127.0.0.1 -p $P -x foo
@127.0.0.1 -p $P -c HS types.test
@127.0.0.1 -p $P -c ANY types.test
@127.0.0.1 -p $P -c NONE types.test
@127.0.0.1 -p $P -c CLASS4711 types.test
@127.0.0.1 -p $P types.test ANY
@127.0.0.1 -p $P types.test ANY +notcp
@127.0.0.1 -p $P -t TYPE65535 types.test
@127.0.0.1 -p $P -t TYPE0 types.test
@127.0.0.1 -p $P -t MAILA types.test
@127.0.0.1 -p $P -t MAILB types.test
@127.0.0.1 -p $P -t OPT types.test
@127.0.0.1 -p $P -t TSIG types.test
@127.0.0.1 -p $P -t TKEY types.test
@127.0.0.1 -p $P -t nosuch types.test
@127.0.0.1 -p $P -t a -t mx types.test
@127.0.0.1 -p $P a mx types.test
@127.0.0.1 -p $P -c in -c ch types.test
@127.0.0.1 -p $P -q types.test -t ns
@127.0.0.1 -p $P a.types.test mx.types.test MX +short txt.types.test TXT
@127.0.0.1 -p $P +short a.types.test mx.types.test MX txt.types.test TXT
@127.0.0.1 -p $P a.types.test +noall +answer mx.types.test MX
@127.0.0.1 -p $P
@127.0.0.1 -p $P -u a.types.test
@127.0.0.1 -p $P -4u a.types.test
-p$P -4u @127.0.0.1 a.types.test
@::1 -p $P a.types.test
@::1 -p $P a.types.test +yaml
@::1 -6 -p $P a.types.test
@127.0.0.1 -6 -p $P a.types.test
@::1 -4 -p $P a.types.test
@127.0.0.1 @::1 -p $P a.types.test
@localhost -p $P a.types.test
-b 127.0.0.1 @127.0.0.1 -p $P a.types.test
-b 127.0.0.5 @127.0.0.1 -p $P a.types.test
-b 127.0.0.5 @127.0.0.1 -p $P a.types.test +tcp
-b 127.0.0.5 @127.0.0.1 -p $P a.types.test +yaml
@127.0.0.1 -p $P nope.signed.test axfr +search +domain=small.test
-b ::1 @127.0.0.1 -p $P a.types.test
-b foo @127.0.0.1 -p $P a.types.test
-b 127.0.0.1#x @127.0.0.1 -p $P a.types.test
@127.0.0.1 -p 1 a.types.test
@127.0.0.1 -p 1 a.types.test +short
@127.0.0.1 -p 1 a.types.test +yaml
@127.0.0.1 -p 1 a.types.test +tcp
@127.0.0.1 -p 1 a.types.test +tcp +tries=1
@127.0.0.1 -p 1 a.types.test +tries=1
@127.0.0.1 -p 1 a.types.test +retry=0
@127.0.0.1 -p 1 a.types.test b.types.test +retry=0 +tcp
@127.0.0.1 -p 1 types.test axfr
@127.0.0.1 @::1 -p 1 a.types.test
@127.0.0.1 @::1 -p 1 a.types.test +tcp
@127.0.0.1 -p $P a.types.test. +identify +short
@127.0.0.1 -p $P a.types.test. +identify +nostats
@127.0.0.1 -p $P a.types.test. +identify +nostats -u
@127.0.0.1 -p $P a.types.test. +nocomments
@127.0.0.1 -p $P a.types.test. +noquestion
@127.0.0.1 -p $P a.types.test. +nocmd
@127.0.0.1 -p $P a.types.test. +nocmd +nostats
@127.0.0.1 -p $P +nocmd a.types.test.
@127.0.0.1 -p $P a.types.test. +noall
@127.0.0.1 -p $P a.types.test. +noall +answer
@127.0.0.1 -p $P a.types.test. +noall +authority
@127.0.0.1 -p $P a.types.test. +noall +additional
@127.0.0.1 -p $P a.types.test. +noall +comments
@127.0.0.1 -p $P a.types.test. +noall +stats
@127.0.0.1 -p $P a.types.test. +nocl
@127.0.0.1 -p $P a.types.test. +nottl
@127.0.0.1 -p $P a.types.test. +nocl +nottl
@127.0.0.1 -p $P a.types.test. +ttlunits
@127.0.0.1 -p $P len7890.types.test
@127.0.0.1 -p $P len78901234.types.test
@127.0.0.1 -p $P l.en.types.test
@127.0.0.1 -p $P name-of-24-octets.here.types.test
@127.0.0.1 -p $P a.local
@127.0.0.1 -p $P local
@127.0.0.1 -p $P a\\.dot.types.test
@127.0.0.1 -p $P sp\\032ace.types.test
@127.0.0.1 -p $P octet\\255\\001.types.test
@127.0.0.1 -p $P 'quo"te.types.test'
@127.0.0.1 -p $P par(en).types.test
@127.0.0.1 -p $P at\\@sign.types.test
@127.0.0.1 -p $P dol\\$lar.types.test
@127.0.0.1 -p $P semi;colon.types.test
@127.0.0.1 -p $P back\\\\slash.types.test
@127.0.0.1 -p $P bücher.types.test
@127.0.0.1 -p $P UPPER.Case.Types.Test
@127.0.0.1 -p $P a..types.test
@127.0.0.1 -p $P .a.types.test
@127.0.0.1 -p $P a.types.test..
@127.0.0.1 -p $P a\\999.types.test
@127.0.0.1 -p $P a\\1.types.test
@127.0.0.1 -p $P a\\1
@127.0.0.1 -p $P a\\12
@127.0.0.1 -p $P a\\12b
@127.0.0.1 -b ::1 -p $P a.types.test
@127.0.0.1 -p $P types.test +yaml +short
@127.0.0.1 -p $P mx.types.test MX +yaml +short +noanswer
@127.0.0.1 -p $P types.test AXFR +yaml +short
@127.0.0.1 -p $P +idnin xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.test
@127.0.0.1 -p $P +idnin ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.ab.test
@127.0.0.1 -p $P aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg.types.test
@127.0.0.1 -p $P a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.types.test
@127.0.0.1 -p $P a\\
@127.0.0.1 -p $P @
@127.0.0.1 -p $P ''
@127.0.0.1 -p $P +search a
@127.0.0.1 -p $P +domain=types.test a
@127.0.0.1 -p $P +domain=types.test nope
@127.0.0.1 -p $P +domain=types.test nope +showsearch
@127.0.0.1 -p $P +domain=types.test nope.b
@127.0.0.1 -p $P +domain=types.test nope.b +showsearch
@127.0.0.1 -p $P +domain=types.test +ndots=2 a.b
@127.0.0.1 -p $P +domain=types.test +ndots=0 a
@127.0.0.1 -p $P +domain=types.test a.
@127.0.0.1 -p $P +domain=a..b a
@127.0.0.1 -p $P +ndots=x a
@127.0.0.1 -p $P +keepopen +tcp a.types.test mx.types.test
@127.0.0.1 -p $P +dns64prefix
@127.0.0.1 -p $P a.types.test +dns64prefix
@127.0.0.1 -p $P +trace types.test
@127.0.0.1 -p $P types.test +trace +nodnssec
@127.0.0.1 -p $P xn--9a.types.test +idnout +qr
@127.0.0.1 -p $P xn--9a.types.test +idnout +yaml
@127.0.0.1 -p $P XN--BCHER-KVA.types.test +idnout
@127.0.0.1 -p $P types.test +ednsopt=10:
@127.0.0.1 -p $P types.test +unexpected
@127.0.0.1 -p $P types.test +mapped +sigchase +topdown +trusted-key=x +dscp=1 +short
@127.0.0.1 -p $P types.test +nosuchoption
@127.0.0.1 -p $P types.test +no
@127.0.0.1 -p $P types.test +bufsize
@127.0.0.1 -p $P types.test +bufsize=70000
@127.0.0.1 -p $P types.test +nobufsize
@127.0.0.1 -p $P types.test +bufsize=0 +qr
@127.0.0.1 -p $P types.test +split=7 DNSKEY
@127.0.0.1 -p $P types.test +split=2000 DNSKEY
@127.0.0.1 -p $P dnskey.types.test +split=16 DNSKEY
@127.0.0.1 -p $P dnskey.types.test +nosplit DNSKEY
@127.0.0.1 -p $P dnskey.types.test +nosplit=4 DNSKEY
@127.0.0.1 -p $P types.test +time=0
@127.0.0.1 -p $P types.test +time
@127.0.0.1 -p $P types.test +notime
@127.0.0.1 -p $P types.test +tries=0
@127.0.0.1 -p $P types.test +retry=99999999999
@127.0.0.1 -p $P types.test +padding
@127.0.0.1 -p $P types.test +padding=1000
@127.0.0.1 -p $P types.test +qid
@127.0.0.1 -p $P types.test +qid=70000
@127.0.0.1 -p $P types.test +ednsopt
@127.0.0.1 -p $P types.test +ednsopt=x
@127.0.0.1 -p $P types.test +ednsopt=3:x
@127.0.0.1 -p $P types.test +ednsflags=x
@127.0.0.1 -p $P types.test +edns=x
@127.0.0.1 -p $P types.test +opcode=16
@127.0.0.1 -p $P types.test +opcode=foo
@127.0.0.1 -p $P types.test +opcode
@127.0.0.1 -p $P types.test +subnet
@127.0.0.1 -p $P types.test +subnet=x
@127.0.0.1 -p $P types.test +subnet=1.2.3.4/x
@127.0.0.1 -p $P types.test +subnet=1.2.3.4/99 +qr
@127.0.0.1 -p $P types.test +tls-hostname
@127.0.0.1 -p $P types.test +tls-foo
@127.0.0.1 -p $P types.test +https=foo
@127.0.0.1 -p $P types.test -z
@127.0.0.1 -p $P types.test -t
@127.0.0.1 -p $P types.test ixfr
@127.0.0.1 -p $P types.test ixfr=x
@127.0.0.1 -p $P types.test -t ixfr
-p 99999 types.test
-p x types.test
-p
-v
-h
-vh
-4 -6 x
-46 x
-k /nonexistent @127.0.0.1 -p $P types.test
-y foo @127.0.0.1 -p $P types.test
-y foo:bar @127.0.0.1 -p $P types.test
-y foo:YmFy @127.0.0.1 -p $P types.test
-y hmac-foo:foo:YmFy @127.0.0.1 -p $P types.test
-y hmac-sha256-80:key-sha256.test:$K @127.0.0.1 -p $P keyed.test
-y hmac-sha256-128:key-sha256.test:$K @127.0.0.1 -p $P keyed.test
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P keyed.test +qr
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P keyed.test axfr
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P keyed.test +yaml
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P keyed.test +short
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P types.test axfr
-y hmac-sha256:key-sha256.test:$K @127.0.0.1 -p $P types.test +padding=128 +qr
-y hmac-sha256:key-sha256.test:d3Jvbmcgc2VjcmV0 @127.0.0.1 -p $P keyed.test
-y hmac-sha256:nosuch.test:d3Jvbmcgc2VjcmV0 @127.0.0.1 -p $P keyed.test
-y hmac-sha512:key-sha256.test:d3Jvbmcgc2VjcmV0 @127.0.0.1 -p $P keyed.test
-y hmac-md5:key-md5.test:YSBzZWNyZXQgb2YgdGhlIG1kNSBraW5kLCBub3Qgc2VjcmV0 @127.0.0.1 -p $P keyed.test
-y key-md5.test:YSBzZWNyZXQgb2YgdGhlIG1kNSBraW5kLCBub3Qgc2VjcmV0 @127.0.0.1 -p $P keyed.test
@127.0.0.1 -p $P -c CH -t TXT version.bind
@0 -p $P types.test
@:: -p $P types.test
@127.0.0.1 -p 0 types.test
@127.0.0.1 -p 0 +tcp types.test
@fe80::1%nolink -p $P types.test
@127.0.0.1 -p $P types.test KEYDATA
@127.0.0.1 -p $P types.test TYPE+5
@127.0.0.1 -p $P types.test +httpS-Post=foo
@127.0.0.1 -p $P types.test +http-p`
  .trim().split("\n");

/** Over TLS and HTTP. */
export const SECURE_LINES: readonly string[] = `
@127.0.0.1 -p $T +tls a.types.test
@127.0.0.1 -p $T +tls a.types.test +short
@127.0.0.1 -p $T +https a.types.test +tries=1
@127.0.0.1 -p $T +tls types.test axfr
@127.0.0.1 -p $T +tls +tls-ca=$F/ca.pem a.types.test
@127.0.0.1 -p $T +tls-ca=$F/ca.pem +tls-hostname=dot.test a.types.test
@127.0.0.1 -p $T +tls-ca=$F/ca.pem +tls-hostname=wrong.test a.types.test
@127.0.0.1 -p $T +tls-ca a.types.test
@127.0.0.1 -p $T +tls-ca=/nonexistent a.types.test
@127.0.0.1 -p $T +tls +tls-certfile=$F/leaf.pem a.types.test
@127.0.0.1 -p $T +tls +tls-certfile=$F/leaf.pem +tls-keyfile=$F/leaf.key +notls-ca a.types.test
@127.0.0.1 -p $H +https a.types.test
@127.0.0.1 -p $H +https-get a.types.test
@127.0.0.1 -p $H +https=/dns-query a.types.test
@127.0.0.1 -p $H +https=/nope a.types.test
@127.0.0.1 -p $H +https-post=/dns-query a.types.test +qr
@127.0.0.1 -p $H +https +tls-ca=$F/ca.pem a.types.test
@127.0.0.1 -p $H +https +tls-ca=$F/ca.pem +tls-hostname=dot.test a.types.test
@127.0.0.1 -p $H +https +tls-ca=$F/ca.pem +tls-hostname=wrong.test a.types.test
@127.0.0.1 -p $HP +http-plain a.types.test
@127.0.0.1 -p $HP +http-plain-get a.types.test
@127.0.0.1 -p $HP +http-plain=/nope a.types.test
@127.0.0.1 -p $HP +http-plain-post a.types.test bigtxt.types.test TXT
@127.0.0.1 -p $HP +http-plain types.test axfr
@127.0.0.1 -p $T +tcp a.types.test
@127.0.0.1 -p $T +tls +yaml a.types.test
@127.0.0.1 -p $H +https +yaml a.types.test
@127.0.0.1 -p $T +tls +keepopen a.types.test mx.types.test
@127.0.0.1 -p $H +https +keepopen a.types.test mx.types.test
@127.0.0.1 -p 1 +tls a.types.test
@127.0.0.1 -p 1 +https a.types.test`
  .trim().split("\n");

/** Against the odd server: retries, cookies, traces. */
export const COURSE_LINES: readonly string[] = `
@127.0.0.2 -p $O +trace plain.odd.test
@127.0.0.2 -p $O +trace plain.odd.test +short
@127.0.0.2 -p $O +trace plain.odd.test +nodnssec
@127.0.0.2 -p $O +trace x.bad.test
@127.0.0.2 -p $O +trace plain.test
@127.0.0.2 -p $O +trace plain.odd.test +tcp
@127.0.0.2 -p $O +trace plain.odd.test +yaml
@127.0.0.2 -p $O +trace plain.odd.test +all
@127.0.0.2 -p $O +trace plain.odd.test +multi -u
@127.0.0.2 -p $O +trace +nssearch plain.odd.test
@127.0.0.2 -p $O +nssearch +trace plain.test +all
@127.0.0.2 -p $O +trace plain.odd.test axfr
@127.0.0.2 -p $O +trace plain.odd.test ixfr=1 +qr +noednsflags
@127.0.0.2 -p $O +trace plain.odd.test +qr
@127.0.0.2 -p $O +nssearch test
@127.0.0.2 -p $O +nssearch odd.test
@127.0.0.1 -p $O +nssearch plain.odd.test
@127.0.0.1 -p $P +nssearch nope.test axfr
@127.0.0.1 -p $P +nssearch keyed.test ixfr=1 +tcp
@127.0.0.1 @127.0.0.2 -p $O servfail.odd.test +nofail
@127.0.0.1 -p $O servfail.odd.test +nofail
@127.0.0.1 @127.0.0.2 -p $O drop.odd.test +time=1
@127.0.0.1 @127.0.0.2 -p $O drop.odd.test +time=1 +tcp
@127.0.0.1 -p $O tcclose.odd.test plain.odd.test +time=1
@127.0.0.1 -p $O badcookiealways.odd.test +showbadcookie
@127.0.0.1 -p $O badcookie.odd.test +showbadcookie
@127.0.0.1 -p $O badcookie.odd.test +nobadcookie
@127.0.0.1 -p $O badcookie.odd.test +nocookie
@127.0.0.1 -p $O badvers.odd.test +edns=3
@127.0.0.1 -p $O badvers.odd.test +edns=3 +noednsneg
@127.0.0.1 -p $O badversalways.odd.test +edns=2
@127.0.0.1 -p $O plain.odd.test +cookie=0011223344556677
@127.0.0.1 -p $O cookiegood.odd.test +qr
@127.0.0.1 -p $O cookiegood.odd.test +cookie
@127.0.0.1 -p $O tcopt.odd.test +qr
@127.0.0.1 -p $O formerr.odd.test +noedns
@127.0.0.1 -p $O formerr.odd.test +dnssec
@127.0.0.1 -p $O nxdomain.odd.test +search
@127.0.0.1 -p $O +domain=odd.test plain
@127.0.0.1 -p $O +domain=odd.test nxdomain +showsearch
@127.0.0.1 -p $O plain.odd.test +opcode=status
@127.0.0.1 -p $O twoquestions.odd.test +nobesteffort`
  .trim().split("\n");
