import { assertEquals, assertStringIncludes } from "@std/assert";
import { Accepted, judge, nameMatches, type PeerCertificate, VERSION_1 } from "../../../../lib/dial/tls/verify.ts";

const raw = new Uint8Array([1, 2, 3]);
const certificate: PeerCertificate = {
  subject: "CN=host.test",
  issuer: "CN=authority",
  commonNames: ["host.test"],
  dnsNames: [],
  ipAddresses: [],
  alternatives: undefined,
  validFrom: new Date("2020-01-01"),
  validTo: new Date("2030-01-01"),
  publicKey: new Uint8Array(1),
  raw,
  fingerprint: new Uint8Array(32).fill(1),
  keyFingerprint: new Uint8Array(32).fill(2),
  provable: true,
};
const now = new Date("2025-01-01"), NO_ISSUER = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
const never = () => false, always = () => true;

Deno.test("judge() takes a peer for its chain, for itself, or for its pin, and for nothing else", () => {
  const finding = { name: "host.test", chainError: undefined, now };
  const demands = { verify: true, trusts: never, pins: [] };
  assertEquals(judge(certificate, demands, finding), undefined);
  assertEquals(judge(certificate, { ...demands, trusts: always }, { ...finding, chainError: NO_ISSUER }), undefined);
  for (const chainError of [NO_ISSUER, "INVALID_PURPOSE", "CERT_REVOKED", "UNKNOWN"]) {
    assertStringIncludes(judge(certificate, demands, { ...finding, chainError })?.why ?? "", "to accept it");
  }
  assertStringIncludes(
    judge(certificate, { ...demands, trusts: always }, { ...finding, chainError: "CERT_REVOKED" })?.why ?? "",
    "revoked",
  );
  assertStringIncludes(
    judge(certificate, demands, { ...finding, name: "other.test" })?.why ?? "",
    `not for "other.test"`,
  );
  const pinned = (octet: number) => ({ verify: false, trusts: never, pins: [new Uint8Array(32).fill(octet)] });
  assertEquals(judge(certificate, pinned(1), { ...finding, chainError: NO_ISSUER }), undefined);
  assertEquals(judge(certificate, pinned(2), { ...finding, chainError: NO_ISSUER }), undefined);
  assertStringIncludes(judge(certificate, pinned(3), finding)?.why ?? "", "not the pinned one");
  assertStringIncludes(
    judge(certificate, { ...pinned(1), verify: true }, { ...finding, chainError: NO_ISSUER })?.why ?? "",
    "not known",
  );
});

Deno.test("judge() believes no certificate that proves nothing, by its pin, by itself or by who signed it", () => {
  const unproven = { ...certificate, provable: false };
  const finding = { name: "host.test", chainError: NO_ISSUER, now };
  const pins = [new Uint8Array(32).fill(1)];
  for (
    const [demands, chainError] of [
      [{ verify: false, trusts: never, pins }, undefined],
      [{ verify: true, trusts: always, pins: [] }, NO_ISSUER],
      [{ verify: true, trusts: never, signs: always, pins: [] }, VERSION_1],
    ] as const
  ) {
    assertEquals(judge(certificate, demands, { ...finding, chainError }), undefined);
    assertStringIncludes(
      judge(unproven, demands, { ...finding, chainError })?.why ?? "",
      "lets anybody pass for its owner",
    );
  }
});

Deno.test("judge() believes a certificate that proves nothing where we have seen the proof ourselves", () => {
  const unproven = { ...certificate, provable: false };
  const demands = { verify: true, trusts: always, pins: [] };
  const finding = { name: "host.test", chainError: VERSION_1, now };
  assertEquals(judge(unproven, demands, { ...finding, proven: always }), undefined);
  assertStringIncludes(judge(unproven, demands, { ...finding, proven: never })?.why ?? "", "does not prove");
  assertStringIncludes(
    judge(unproven, { ...demands, trusts: never }, { ...finding, proven: always })?.why ?? "",
    "is not known",
  );
});

Deno.test("Accepted.judge() takes a resumed session of those only that it took in a whole handshake", () => {
  const finding = { name: "host.test", chainError: undefined, now };
  const demands = { verify: true, trusts: always, pins: [] };
  const other = { ...certificate, fingerprint: new Uint8Array(32).fill(3) };
  const accepted = new Accepted();
  assertStringIncludes(accepted.judge(certificate, demands, finding, true)?.why ?? "", "resumes a session");
  assertStringIncludes(
    accepted.judge(certificate, { ...demands, trusts: never }, { ...finding, chainError: NO_ISSUER }, false)?.why ?? "",
    "is not known",
  );
  assertStringIncludes(accepted.judge(certificate, demands, finding, true)?.why ?? "", "resumes a session");
  assertEquals(accepted.judge(certificate, demands, finding, false), undefined);
  assertEquals(accepted.judge(certificate, demands, finding, true), undefined);
  assertStringIncludes(accepted.judge(other, demands, finding, true)?.why ?? "", "resumes a session");
  assertStringIncludes(
    accepted.judge(certificate, demands, { ...finding, now: new Date("2031-01-01") }, true)?.why ?? "",
    "expired",
  );
});

Deno.test("judge() looks at the dates also of what is trusted by itself", () => {
  const demands = { verify: true, trusts: always, pins: [] };
  for (const chainError of [undefined, NO_ISSUER]) {
    const at = (date: string) =>
      judge(certificate, demands, { name: undefined, chainError, now: new Date(date) })?.why ?? "";
    assertStringIncludes(at("2031-01-01"), "expired on 2030-01-01");
    assertStringIncludes(at("2019-01-01"), "not valid before 2020-01-01");
    assertEquals(at("2025-01-01"), "");
  }
});

Deno.test("judge() tells programs what is wrong", () => {
  const demands = { verify: true, trusts: never, pins: [] };
  const finding = { name: "host.test", chainError: undefined, now };
  const own = { ...certificate, issuer: certificate.subject };
  for (
    const [one, changed, flaw] of [
      [certificate, { now: new Date("2031-01-01") }, "expired"],
      [certificate, { now: new Date("2019-01-01") }, "not-yet-valid"],
      [certificate, { chainError: NO_ISSUER }, "unknown-authority"],
      [own, { chainError: NO_ISSUER }, "self-signed"],
      [certificate, { name: "other.test" }, "wrong-name"],
      [certificate, { name: "::1" }, "wrong-address"],
    ] as const
  ) assertEquals(judge(one, demands, { ...finding, ...changed })?.flaw, flaw);
});

Deno.test("nameMatches() lets a star stand for one label, and not for a whole domain", () => {
  assertEquals(nameMatches("*.wild.test", "a.wild.test"), true);
  assertEquals(nameMatches("*.wild.test", "A.WILD.test."), true);
  for (const host of ["wild.test", "a.b.wild.test", ".wild.test", "a.wild.test.evil"]) {
    assertEquals(nameMatches("*.wild.test", host), false, host);
  }
  assertEquals(nameMatches("*.test", "a.test"), false);
  assertEquals(nameMatches("*", "localhost"), false);
  assertEquals(nameMatches("", ""), false);
});
