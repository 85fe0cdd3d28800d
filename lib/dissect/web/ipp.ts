// IPP (RFC 8010, RFC 8011): what is asked of printers, in the bodies of HTTP. Pure.
import { names } from "../coding/names.ts";
import type { DissectContext, Protocol, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";

type Names = Readonly<Record<number, string>>;

const OPERATIONS: Names = names(`
  0x0002 Print-Job; 0x0003 Print-URI; 0x0004 Validate-Job; 0x0005 Create-Job; 0x0006 Send-Document; 0x0007 Send-URI;
  0x0008 Cancel-Job; 0x0009 Get-Job-Attributes; 0x000a Get-Jobs; 0x000b Get-Printer-Attributes; 0x000c Hold-Job;
  0x000d Release-Job; 0x000e Restart-Job; 0x0010 Pause-Printer; 0x0011 Resume-Printer; 0x0012 Purge-Jobs;
  0x0013 Set-Printer-Attributes; 0x0014 Set-Job-Attributes; 0x0015 Get-Printer-Supported-Values;
  0x0016 Create-Printer-Subscriptions; 0x0017 Create-Job-Subscriptions; 0x0018 Get-Subscription-Attributes;
  0x0019 Get-Subscriptions; 0x001a Renew-Subscription; 0x001b Cancel-Subscription; 0x001c Get-Notifications;
  0x0022 Enable-Printer; 0x0023 Disable-Printer; 0x0038 Cancel-Jobs; 0x0039 Cancel-My-Jobs; 0x003b Close-Job;
  0x003c Identify-Printer; 0x4001 CUPS-Get-Default; 0x4002 CUPS-Get-Printers; 0x4003 CUPS-Add-Modify-Printer;
  0x4004 CUPS-Delete-Printer; 0x4005 CUPS-Get-Classes; 0x4008 CUPS-Accept-Jobs; 0x4009 CUPS-Reject-Jobs;
  0x400a CUPS-Set-Default; 0x400b CUPS-Get-Devices; 0x400c CUPS-Get-PPDs; 0x400d CUPS-Move-Job;
  0x400e CUPS-Authenticate-Job; 0x400f CUPS-Get-PPD; 0x4027 CUPS-Get-Document; 0x4028 CUPS-Create-Local-Printer
`);
const STATUS: Names = names(`
  0x0000 ok; 0x0001 ok, attributes ignored or substituted; 0x0002 ok, conflicting attributes; 0x0400 bad request;
  0x0401 forbidden; 0x0402 not authenticated; 0x0403 not authorized; 0x0404 not possible; 0x0405 timeout;
  0x0406 not found; 0x0407 gone; 0x0408 request too large; 0x0409 value too long; 0x040a document format not supported;
  0x040b attributes or values not supported; 0x040c URI scheme not supported; 0x040d charset not supported;
  0x040e conflicting attributes; 0x0500 internal error; 0x0501 operation not supported; 0x0502 service unavailable;
  0x0503 version not supported; 0x0504 device error; 0x0505 temporary error; 0x0506 not accepting jobs; 0x0507 busy;
  0x0508 canceled
`);
const GROUPS: Names = {
  1: "operation attributes",
  2: "job attributes",
  3: "end of the attributes",
  4: "printer attributes",
  5: "unsupported attributes",
  6: "subscription attributes",
  7: "event notification attributes",
  9: "document attributes",
  10: "system attributes",
};
const TAGS: Names = names(`
  0x10 unsupported; 0x12 unknown; 0x13 no value; 0x15 not settable; 0x16 delete; 0x17 administrator's; 0x21 integer;
  0x22 boolean; 0x23 enum; 0x30 octets; 0x31 date and time; 0x32 resolution; 0x33 range; 0x34 collection begins;
  0x35 text with language; 0x36 name with language; 0x37 collection ends; 0x41 text; 0x42 name; 0x44 keyword; 0x45 URI;
  0x46 URI scheme; 0x47 charset; 0x48 language; 0x49 media type; 0x4a name of a member
`);
/** What the line names. */
const SHOWN = ["printer-uri", "job-uri", "job-id", "job-name", "requesting-user-name", "status-message"];

/** The value of an attribute; gives it as text. */
function value(tree: Tree, tag: number, length: number): string {
  const ref = "RFC 8010 3.9";
  if (length === 0) return "";
  if ((tag === 0x21 || tag === 0x23) && length === 4) {
    return String(tree.field("Value", (r) => r.u32() | 0, () => ({ ref })));
  }
  if (tag === 0x22 && length === 1) return tree.u8("Value", ref, { 0: "false", 1: "true" }) === 0 ? "false" : "true";
  if (tag === 0x33 && length === 8) return `${tree.u32("From", ref) | 0} to ${tree.u32("To", ref) | 0}`;
  if (tag === 0x32 && length === 9) {
    const across = tree.u32("Across the feed", ref), along = tree.u32("Along the feed", ref);
    return `${across}x${along} ${
      tree.u8("Unit", ref, { 3: "dots an inch", 4: "dots a centimetre" }) === 4 ? "dpcm" : "dpi"
    }`;
  }
  if (tag === 0x31 && length === 11) {
    const two = (octet: number) => String(octet).padStart(2, "0");
    return tree.bytes(
      "Value",
      11,
      "RFC 2579 2",
      (b) =>
        `${b[0]! * 256 + b[1]!}-${two(b[2]!)}-${two(b[3]!)} ${two(b[4]!)}:${two(b[5]!)}:${two(b[6]!)} ` +
        `${String.fromCharCode(b[8]!)}${two(b[9]!)}:${two(b[10]!)}`,
    ) && tree.last.meaning!;
  }
  if ((tag === 0x35 || tag === 0x36) && length >= 4) {
    const first = tree.u16("Length of the language", ref);
    if (first > 0) tree.text("Language", first, ref);
    const rest = tree.u16("Length of the text", ref);
    return rest === 0 ? "" : tree.text("Text", rest, ref);
  }
  if (tag >= 0x40) return tree.text("Value", length, ref);
  tree.bytes("Value", length, ref);
  return counted(length, "octet");
}

function datagram(tree: Tree, { side }: Pick<DissectContext, "side">): Words {
  const major = tree.u8("Major version", "RFC 8010 3.4.1"), minor = tree.u8("Minor version", "RFC 8010 3.4.1");
  const request = side === "client";
  const code = request
    ? tree.u16("Operation", "RFC 8010 3.4.2", OPERATIONS)
    : tree.u16("Status", "RFC 8010 3.4.3", STATUS);
  const id = tree.u32("Request ID", "RFC 8010 3.4.4", () => "the answer repeats it");
  const name = (request ? OPERATIONS : STATUS)[code] ?? `0x${code.toString(16).padStart(4, "0")}`;
  const head = `IPP ${major}.${minor} ${request ? name : `answer ${name}`} ${id}`;
  tree.said = { summary: head };
  const found = new Map<string, string>();
  let last = "", group = "", ends = false, printers = 0, jobs = 0;
  while (!ends && tree.remaining > 0) {
    const tag = tree.reader.peek()!;
    if (tag < 0x10) {
      tree.u8("Group", "RFC 8010 3.5.1", GROUPS);
      group = GROUPS[tag] ?? "";
      if (tag === 4) printers++;
      if (tag === 2) jobs++;
      ends = tag === 3;
      continue;
    }
    tree.group("Attribute", (field) => {
      tree.u8("Tag", "RFC 8010 3.5.2", TAGS);
      const size = tree.u16(
        "Length of the name",
        "RFC 8010 3.6",
        (octets) => octets === 0 ? "another value of the one before" : undefined,
      );
      if (size > 0) last = tree.text("Name", size, "RFC 8010 3.7");
      const length = tree.u16("Length of the value", "RFC 8010 3.8");
      const text = value(tree, tag, length);
      field.meaning = clip(`${size > 0 ? `${last}: ` : ""}${text === "" ? TAGS[tag] ?? "" : text}`, 120);
      if (group === GROUPS[1] && !found.has(last)) found.set(last, text);
    }, { ref: "RFC 8010 3.1.4" });
  }
  const count = tree.remaining;
  if (count > 0) tree.rest("Document", "RFC 8010 3.1.1");
  const words = [
    ...SHOWN.flatMap((name) => found.has(name) ? [found.get(name)!] : []),
    ...printers > 1 ? [`${printers} printers`] : [],
    ...jobs > 1 ? [`${jobs} jobs`] : [],
    ...count > 0 ? [`document of ${counted(count, "octet")}`] : [],
  ];
  return { summary: clip(`${head} ${words.join(", ")}`.trim(), 200) };
}

export const IPP: Protocol = {
  name: "ipp",
  title: "IPP",
  ref: "RFC 8010",
  datagram,
};
