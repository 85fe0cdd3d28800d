// Records that are one or two names, or a preference and a name: NS, CNAME, SRV, DNAME, RP and their kin (RFC 1035 3.3). Pure.
// To add one: a line in `HOST_RECORDS`.
import type { DnsName } from "../name.ts";
import { headed, oneName, preferred, type RecordHead } from "./common.ts";
import { compressedName, name, u16 } from "./kinds.ts";
import type { Kind, RecordType } from "./shape.ts";

/** A record of two names. */
function twoNames(
  head: RecordHead,
  names: readonly [first: string, label: string, second: string, label: string],
  kind: Kind<DnsName>,
): RecordType {
  return {
    ...headed(head),
    compressible: kind === compressedName,
    fields: [{ name: names[0], label: names[1], kind }, { name: names[2], label: names[3], kind }],
  };
}

const RFC1035 = "RFC 1035 3.3";

export const HOST_RECORDS: readonly RecordType[] = [
  oneName([3, "MD", `${RFC1035}.4`, "mail destination (obsolete)"], "madname", "Mail agent", compressedName),
  oneName([4, "MF", `${RFC1035}.5`, "mail forwarder (obsolete)"], "madname", "Mail agent", compressedName),
  oneName([7, "MB", `${RFC1035}.3`, "mailbox"], "madname", "Mailbox host", compressedName),
  oneName([8, "MG", `${RFC1035}.6`, "mail group member"], "mgmname", "Mailbox", compressedName),
  oneName([9, "MR", `${RFC1035}.8`, "mail rename"], "newname", "New mailbox", compressedName),
  twoNames([14, "MINFO", `${RFC1035}.7`, "mailbox information"], [
    "rmailbx",
    "Responsible mailbox",
    "emailbx",
    "Error mailbox",
  ], compressedName),
  twoNames([17, "RP", "RFC 1183 2.2", "responsible person"], [
    "mbox",
    "Mailbox",
    "txt",
    "Name of TXT records",
  ], name),
  preferred([18, "AFSDB", "RFC 1183 1", "AFS database"], ["subtype", "Subtype", "hostname", "Host"], compressedName),
  preferred([21, "RT", "RFC 1183 3.3", "route through"], [
    "preference",
    "Preference",
    "intermediateHost",
    "Intermediate host",
  ], compressedName),
  { ...oneName([23, "NSAP-PTR", "RFC 1348", "name of an NSAP address"], "ptrdname", "Name", name), rdclass: 1 },
  {
    type: 26,
    mnemonic: "PX",
    ref: "RFC 2163 4",
    summary: "X.400 mail mapping",
    rdclass: 1,
    fields: [
      { name: "preference", label: "Preference", kind: u16 },
      { name: "map822", label: "RFC 822 domain", kind: name },
      { name: "mapx400", label: "X.400 domain", kind: name },
    ],
  },
  {
    type: 33,
    mnemonic: "SRV",
    ref: "RFC 2782",
    summary: "location of a service",
    rdclass: 1,
    fields: [
      { name: "priority", label: "Priority", kind: u16 },
      { name: "weight", label: "Weight", kind: u16 },
      { name: "port", label: "Port", kind: u16 },
      { name: "target", label: "Target", kind: name },
    ],
  },
  preferred(
    [36, "KX", "RFC 2230 3", "key exchange"],
    ["preference", "Preference", "exchanger", "Key exchanger"],
    name,
    {
      rdclass: 1,
    },
  ),
  oneName([39, "DNAME", "RFC 6672 2.1", "alias of a whole subtree"], "target", "Target", name),
  twoNames([58, "TALINK", "draft-ietf-dnsop-dnssec-trust-history", "trust anchor link"], [
    "previous",
    "Previous name",
    "next",
    "Next name",
  ], name),
  preferred([107, "LP", "RFC 6742 2.4.1", "ILNP locator pointer"], ["preference", "Preference", "fqdn", "Name"], name),
];
