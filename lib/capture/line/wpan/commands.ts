// Commands of IEEE 802.15.4 in a line. Pure. IEEE 802.15.4-2020 7.5; the form is tcpdump's.
import { hex, type Line } from "../core/line.ts";
import { little } from "./parts.ts";
import { names } from "../core/table.ts";

const COMMANDS = names(
  "1 Association Request|Association Response|Disassociation Notification|Data Request|PAN ID Conflict Notification|" +
    "Orphan Notification|Beacon Request|Coordinator realignment|GTS request|TRLE Management Request|" +
    "TRLE Management Response|19 DSME Association Request|DSME Association Response|DSME GTS Request|DSME GTS Response|" +
    "DSME GTS Notify|DSME Information Request|DSME Information Response|DSME Beacon Allocation Notification|" +
    "DSME Beacon Collision Notification|DSME Link Report|32 RIT Data Request|DBS Request|DBS Response|" +
    "RIT Data Response|Vendor Specific",
);
const ABILITIES = [[4, "AC powered"], [8, "Receiver on when idle"], [16, "Fast association"], [
  64,
  "Security supported",
], [
  128,
  "Allocate address",
]] as const;
const ANSWERS = names(
  "0 Association successful|PAN at capacity|PAN access denied|Hooping sequence offset duplication|" +
    "128 Fast association successful",
);
const REASONS = names(
  "0 Reserved|Reason = The coordinator wishes the device to leave PAN|Reason = The device wishes to leave the PAN",
);

/** `Beacon Request command`, or what is reserved. */
export function commandText(command: number): string {
  const name = COMMANDS[command];
  return name === undefined ? `Reserved 0x${hex(command, 2)}` : `${name} command`;
}

/** What a command says in `length` octets; gives those that it was read from, below 0 when they cannot be it. */
export function printCommand(l: Line, command: number, at: number, length: number): number {
  const wrong = (name: string) => {
    l.text(`Invalid ${name} command length`);
    return -1;
  };
  switch (command) {
    case 1: {
      if (length !== 1) return wrong("Association request");
      const able = l.u8(at);
      l.text((able & 2) !== 0 ? "FFD, " : "RFD, ");
      for (const [bit, name] of ABILITIES) if ((able & bit) !== 0) l.text(`${name}, `);
      return length;
    }
    case 2: {
      if (length !== 3) return wrong("Association response");
      const answer = l.u8(at + 2);
      l.text(`Short address = ${hex(little(l, at), 4)}, ${ANSWERS[answer] ?? `Status = 0x${hex(answer, 2)}`}`);
      return length;
    }
    case 3:
      if (length !== 1) return wrong("Disassociation Notification");
      // Where the reason is not known tcpdump shows an octet behind it.
      l.text(REASONS[l.u8(at)] ?? `Reason = 0x${hex(l.u8(at + 2), 2)}`);
      return length;
    case 4:
    case 5:
    case 6:
    case 7:
      return 0;
    case 8: {
      if (length < 7 || length > 8) return wrong("Coordinator Realignment");
      l.text(`Pan ID = 0x${hex(little(l, at), 4)}, Coordinator short address = ${hex(little(l, at + 2), 4)}`);
      const page = length === 8 ? l.u8(at + 7) : 0x80, channel = l.u8(at + 4);
      l.text(
        (page & 0x80) !== 0
          ? `, Channel Number = ${channel | (page & 0x7f) << 8}`
          : `, Channel Number = ${channel}, page = ${page}`,
      );
      l.text(`, Short address = ${hex(little(l, at + 5), 4)}`);
      return length;
    }
    case 9: {
      if (length !== 1) return wrong("GTS Request");
      const slot = l.u8(at);
      l.text(`GTS Length = ${slot & 15}, ${(slot & 16) !== 0 ? "Receive" : "Transmit"}-only GTS, `);
      l.text(`GTS ${(slot & 32) !== 0 ? "allocation" : "deallocations"}`);
      return length;
    }
  }
  l.text("Command Data = ");
  for (let i = 0; i < length; i++) l.text(`${hex(l.u8(at + i), 2)} `);
  return 0;
}
