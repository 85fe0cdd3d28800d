// What programs are told of the connection that they serve, under socat's names with the prefixes NETLAB_ and SOCAT_, and under ncat's.
// Pure. To add a variable: a line in `connectionFacts`, or in FACTS for what layers say about themselves.
import { byWord } from "../../base/text.ts";
import type { HostPort } from "../../base/host_port.ts";
import { parseIp } from "../../base/ip.ts";
import { VERSION } from "../../base/version.ts";
import type { About } from "../../stream/stream.ts";

/** Facts of streams by their variables, and the form that socat gives them. */
const FACTS: Record<string, readonly [variable: string, form?: (value: string) => string]> = byWord({
  sockaddr: ["SOCKADDR"],
  peeraddr: ["PEERADDR"],
  tls: ["OPENSSL_PROTO_VERSION"],
  cipher: ["OPENSSL_CIPHER"],
  subject: ["OPENSSL_X509_SUBJECT", (value) => nameParts(value).map((part) => part.join(" = ")).join(", ")],
  issuer: ["OPENSSL_X509_ISSUER", (value) => nameParts(value).map((part) => part.join(" = ")).join(", ")],
});

/** The kinds of a certificate's other names, as they stand in the fact `altnames`, by their variables. */
const OTHER_NAMES: readonly (readonly [kind: string, variable: string])[] = [
  ["DNS", "DNS"],
  ["IP Address", "IPADD"],
  ["email", "EMAIL"],
  ["URI", "URI"],
];

/** The parts of a list `A=b, C="d, e"`: commas within quotes part nothing. */
function listParts(text: string): string[] {
  return text.match(/(?:[^",\\]|\\.|"(?:[^"\\]|\\.)*")+/g)?.map((part) => part.trim()) ?? [];
}

/** A value without the quotes that kept it in one piece. */
function unquoted(value: string): string {
  return /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(["\\])/g, "$1") : value;
}

/** Attribute and value, as it stands, of each part of a name: `CN=alice, O="Example, Inc."`. */
function nameParts(name: string): [string, string][] {
  return listParts(name).map((part) => {
    const at = part.indexOf("=");
    return [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
  });
}

/** Attributes of a certificate's subject by the names that socat gives them. */
const ATTRIBUTES: Record<string, string> = {
  CN: "COMMONNAME",
  C: "COUNTRYNAME",
  L: "LOCALITYNAME",
  O: "ORGANIZATIONNAME",
  OU: "ORGANIZATIONALUNITNAME",
  ST: "STATEORPROVINCENAME",
  EMAILADDRESS: "EMAILADDRESS",
};

/** An address as socat prints it: IPv6 in brackets, every digit. */
function addressText(host: string): string {
  const ip = parseIp(host);
  if (ip === undefined || ip.family === 4) return host;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((ip.bytes[i]! * 256 + ip.bytes[i + 1]!).toString(16).padStart(4, "0"));
  return `[${groups.join(":")}]`;
}

function connectionFacts(about: About | undefined): Record<string, string> {
  const facts: Record<string, string> = {};
  const place = (end: string, at: HostPort | undefined) => {
    if (at === undefined) return;
    facts[`${end}ADDR`] = addressText(at.host);
    facts[`${end}PORT`] = String(at.port);
  };
  place("SOCK", about?.local);
  place("PEER", about?.remote);
  for (const [name, value] of Object.entries(about?.facts ?? {})) {
    const [variable, form] = FACTS[name] ?? (/^[A-Z][A-Z0-9_]*$/.test(name) ? [name] : []);
    if (variable !== undefined) facts[variable] = form === undefined ? value : form(value);
  }
  const { subject, altnames } = about?.facts ?? {};
  for (const [attribute, value] of subject === undefined ? [] : nameParts(subject)) {
    const name = ATTRIBUTES[attribute.toUpperCase()];
    if (name !== undefined) facts[`OPENSSL_X509_${name}`] ??= unquoted(value);
  }
  for (const [kind, variable] of altnames === undefined ? [] : OTHER_NAMES) {
    const values = listParts(altnames!).filter((name) => name.startsWith(`${kind}:`));
    const texts = values.map((value) => unquoted(value.slice(kind.length + 1)));
    if (texts.length > 0) facts[`OPENSSL_X509V3_SUBJECTALTNAME_${variable}`] = texts.join(" // ");
  }
  return facts;
}

/** Where programs are looked for when nobody says where: as by execvp(3), and what is installed by hand. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * The PATH that netlab was started with. The runtime (2.9.6) puts a folder of its own in front where it finds no `node`, so
 * that programs would take the runtime for it, and says so in DENO_NODE_SHIM_ACTIVE. Empty: Windows' own places alone.
 */
export function pathOf(variables: { get(name: string): string | undefined }, windows = false): string {
  const path = variables.get("PATH") ?? "";
  const shim = windows ? /^[^;]*\bnode_compat_bin(?:;|$)/ : /^[^:]*\bnode_compat_bin(?::|$)/;
  const own = variables.get("DENO_NODE_SHIM_ACTIVE") === undefined ? path : path.replace(shim, "");
  return own || (windows ? "" : USUAL_PATH);
}

/** The variables for a program that talks with `about`. No value holds an octet of zero. */
export function programEnvironment(about: About | undefined, pid: number): Record<string, string> {
  const facts = { VERSION, PID: String(pid), PPID: String(pid), ...connectionFacts(about) };
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(facts)) {
    for (const prefix of ["NETLAB_", "SOCAT_"]) variables[prefix + name] = value.replaceAll("\0", "@");
  }
  const { local, remote } = about ?? {};
  const ncat = {
    PROTO: remote && (about!.label.startsWith("udp") ? "UDP" : "TCP"),
    REMOTE_ADDR: remote?.host,
    REMOTE_PORT: remote?.port,
    LOCAL_ADDR: local?.host,
    LOCAL_PORT: local?.port,
  };
  for (const [name, value] of Object.entries(ncat)) if (value !== undefined) variables[`NCAT_${name}`] = String(value);
  return variables;
}
