// Commands of SCSI (SPC-4, SBC-3, SSC, MMC) as USB disks and iSCSI carry them: the operation and where it reads or writes. Pure.
import { names } from "../coding/names.ts";
import type { Meaning, Tree } from "../tree.ts";
import { counted } from "../coding/words.ts";

const REF = "SPC-4 4.3";

const OPERATIONS = names(`
  0x00 TEST UNIT READY; 0x01 REWIND; 0x03 REQUEST SENSE; 0x04 FORMAT UNIT; 0x08 READ (6); 0x0a WRITE (6); 0x12 INQUIRY;
  0x15 MODE SELECT (6); 0x16 RESERVE (6); 0x17 RELEASE (6); 0x1a MODE SENSE (6); 0x1b START STOP UNIT;
  0x1d SEND DIAGNOSTIC; 0x1e PREVENT ALLOW MEDIUM REMOVAL; 0x23 READ FORMAT CAPACITIES; 0x25 READ CAPACITY (10);
  0x28 READ (10); 0x2a WRITE (10); 0x2e WRITE AND VERIFY (10); 0x2f VERIFY (10); 0x35 SYNCHRONIZE CACHE (10);
  0x3b WRITE BUFFER; 0x3c READ BUFFER; 0x41 WRITE SAME (10); 0x42 UNMAP; 0x43 READ TOC; 0x46 GET CONFIGURATION;
  0x4a GET EVENT STATUS NOTIFICATION; 0x4d LOG SENSE; 0x51 READ DISC INFORMATION; 0x55 MODE SELECT (10);
  0x5a MODE SENSE (10); 0x5e PERSISTENT RESERVE IN; 0x5f PERSISTENT RESERVE OUT; 0x85 ATA PASS-THROUGH (16);
  0x88 READ (16); 0x89 COMPARE AND WRITE; 0x8a WRITE (16); 0x8f VERIFY (16); 0x91 SYNCHRONIZE CACHE (16);
  0x93 WRITE SAME (16); 0x9e SERVICE ACTION IN (16), READ CAPACITY (16); 0xa0 REPORT LUNS; 0xa1 ATA PASS-THROUGH (12);
  0xa3 MAINTENANCE IN; 0xa8 READ (12); 0xaa WRITE (12)
`);

/** Operations that name a block and how many: octets of both. */
const PLACES: Readonly<Record<number, readonly [address: 4 | 8, count: 2 | 4]>> = {
  0x28: [4, 2],
  0x2a: [4, 2],
  0x2e: [4, 2],
  0x2f: [4, 2],
  0x35: [4, 2],
  0x41: [4, 2],
  0x88: [8, 4],
  0x8a: [8, 4],
  0x8f: [8, 4],
  0x91: [8, 4],
  0x93: [8, 4],
  0xa8: [4, 4],
  0xaa: [4, 4],
};

/** What a command ends with (SAM-5 5.3.1). */
export const SCSI_STATUS: Meaning<number> = {
  0x00: "good",
  0x02: "check condition",
  0x04: "condition met",
  0x08: "busy",
  0x18: "reservation conflict",
  0x28: "task set full",
  0x30: "ACA active",
  0x40: "task aborted",
};

/** A command that fills the tree; its words. */
export function scsiCommand(tree: Tree): string {
  const code = tree.u8("Operation", REF, (value) => OPERATIONS[value] ?? "unknown");
  const name = OPERATIONS[code] ?? `operation ${code.toString(16)}`;
  const place = PLACES[code];
  let said = name;
  if (place !== undefined && tree.remaining >= 1 + place[0]) {
    tree.u8("Flags", "SBC-3 5");
    const block = place[0] === 4 ? tree.u32("Block", "SBC-3 5") : Number(tree.u64("Block", "SBC-3 5"));
    if (place[1] === 2) tree.u8("Group", "SBC-3 5");
    const count = place[1] === 2 ? tree.u16("Blocks", "SBC-3 5") : tree.u32("Blocks", "SBC-3 5");
    said = `${name.replace(/ \(.*/, "")} ${counted(count, "block")} from ${block}`;
  } else if (code === 0x12) {
    const vital = (tree.u8("Vital product data", "SPC-4 6.4") & 1) === 1;
    const page = tree.u8("Page", "SPC-4 6.4"), length = tree.u16("Allocation length", "SPC-4 6.4");
    said = vital ? `INQUIRY page ${page.toString(16)}` : `INQUIRY, ${counted(length, "octet")}`;
  }
  tree.rest("Parameters", REF);
  return said;
}
