// The element by which wireless networks say how they protect what is sent (RSN, IEEE 802.11 9.4.2.24). Pure. Numbers are
// little-endian, suites are an organization and a type.
import { names } from "../coding/names.ts";
import type { BitRow, Tree } from "../tree.ts";

const REF = "IEEE 802.11 9.4.2.24";
const CIPHERS = names(`
  0 group cipher; 1 WEP-40; 2 TKIP; 4 CCMP-128 (AES); 5 WEP-104; 6 BIP-CMAC-128; 7 group traffic not allowed;
  8 GCMP-128; 9 GCMP-256; 10 CCMP-256; 11 BIP-GMAC-128; 12 BIP-GMAC-256; 13 BIP-CMAC-256
`);
const AUTHENTICATIONS = names(`
  1 802.1X; 2 password (PSK); 3 fast transition over 802.1X; 4 fast transition with PSK; 5 802.1X with SHA-256;
  6 PSK with SHA-256; 7 TDLS; 8 SAE (WPA3); 9 fast transition with SAE; 11 802.1X Suite B; 12 802.1X Suite B, 192 bits;
  13 fast transition over 802.1X with SHA-384; 18 opportunistic encryption (OWE); 24 SAE with group-dependent hash
`);
const ORGANIZATION = 0x000fac;

/** A suite: its organization and a type, which `kinds` names where the organization is `own`. */
export function suite(
  tree: Tree,
  name: string,
  kinds: Readonly<Record<number, string>>,
  own = ORGANIZATION,
): string {
  return tree.group(name, (group) => {
    const organization = tree.u24("Organization", REF, { [ORGANIZATION]: "IEEE 802.11", 0x0050f2: "Microsoft (WPA)" });
    const type = tree.u8("Type", REF, organization === own ? kinds : undefined);
    return group.meaning = (organization === own ? kinds[type] : undefined) ??
      `type ${type} of ${organization}`;
  }, { ref: REF });
}

function suites(tree: Tree, name: string, kinds: Readonly<Record<number, string>>): string {
  const count = tree.u16Le(`${name} suites`, REF);
  const words: string[] = [];
  for (let i = 0; i < count && tree.remaining >= 4; i++) words.push(suite(tree, `${name} suite`, kinds));
  return words.join(", ");
}

const CAPABILITIES: readonly string[] = [
  "Preauthentication",
  "No pairwise",
  "Replay counters, low bit",
  "Replay counters, high bit",
  "Group replay counters, low bit",
  "Group replay counters, high bit",
  "Management frame protection required",
  "Management frame protection capable",
  "Joint multi-band",
  "PeerKey",
];

/** The value of the element in the rest of `tree`; gives it in words. */
export function rsnElement(tree: Tree): string {
  tree.u16Le("Version", REF);
  if (tree.remaining < 4) return "";
  suite(tree, "Group data cipher suite", CIPHERS);
  const cipher = tree.remaining >= 2 ? suites(tree, "Pairwise cipher", CIPHERS) : "";
  const authentication = tree.remaining >= 2 ? suites(tree, "Authentication", AUTHENTICATIONS) : "";
  if (tree.remaining >= 2) tree.flagsLe("Capabilities", 2, CAPABILITIES, REF);
  if (tree.remaining >= 2) {
    const count = tree.u16Le("PMKIDs", REF);
    for (let i = 0; i < count && tree.remaining >= 16; i++) tree.bytes("PMKID", 16, REF);
  }
  if (tree.remaining >= 4) suite(tree, "Group management cipher suite", CIPHERS);
  tree.rest("Octets", REF);
  return [authentication, cipher].filter((word) => word !== "").join(", ");
}

const ENCAPSULATIONS: Readonly<Record<number, string>> = {
  1: "GTK",
  3: "MAC address",
  4: "PMKID",
  5: "SMK",
  6: "nonce",
  7: "lifetime",
  8: "error",
  9: "IGTK",
  10: "key ID",
  14: "BIGTK",
};
const GTK_BITS: readonly BitRow[] = [["Reserved", 0, 5], ["Transmit", 5, 1], ["Key ID", 6, 2]];

/** What key data encapsulate, in the rest of `tree` (IEEE 802.11 12.7.2 table 12-9). */
export function keyEncapsulation(tree: Tree): string {
  const ref = "IEEE 802.11 12.7.2";
  const organization = tree.u24("Organization", ref, { [ORGANIZATION]: "IEEE 802.11", 0x0050f2: "Microsoft (WPA)" });
  const type = tree.u8("Data type", ref, organization === ORGANIZATION ? ENCAPSULATIONS : undefined);
  const name = organization === ORGANIZATION ? ENCAPSULATIONS[type] : undefined;
  if (name === "GTK" && tree.remaining >= 2) {
    tree.flags("Key", 1, GTK_BITS, ref, "");
    tree.u8("Reserved", ref);
  }
  tree.rest(name ?? "Data", ref);
  return name ?? `type ${type} of ${organization}`;
}
