// How far a zone transfer has come: AXFR (RFC 5936), IXFR (RFC 1995). Pure.
import type { ResourceRecord } from "../model.ts";
import { TYPE } from "../types.ts";

/** After a message: more are to come, all is there, there was no record at all, or the first one was no SOA. */
export type TransferState = "more" | "complete" | "empty" | "no-soa";

/** Counts the records of a transfer and tells when it is complete. */
export class TransferProgress {
  readonly #incremental: boolean;
  readonly #oldSerial: number;
  /** An incremental transfer that turned out to be a whole zone. */
  #whole: boolean;
  #firstSerial: number | undefined;
  #secondSeen = false;
  #repeated = false;
  #records = 0;
  #messages = 0;
  #octets = 0;

  constructor(incremental: boolean, oldSerial: number) {
    this.#incremental = incremental;
    this.#oldSerial = oldSerial;
    this.#whole = !incremental;
  }

  /** Whether the first SOA was seen. */
  get started(): boolean {
    return this.#firstSerial !== undefined;
  }

  get counts(): { records: number; messages: number; octets: number } {
    return { records: this.#records, messages: this.#messages, octets: this.#octets };
  }

  /** Takes in the answer section of the next message. */
  add(answers: readonly ResourceRecord[], octets: number): TransferState {
    this.#messages++;
    this.#octets += octets;
    if (answers.length === 0) return "empty";
    for (const record of answers) {
      this.#records++;
      const soa = record.type === TYPE.SOA;
      if (this.#firstSerial === undefined) {
        if (!soa) return "no-soa";
        const serial = this.#serialOf(record);
        this.#firstSerial = serial;
        if (this.#incremental && !isNewer(serial, this.#oldSerial)) return "complete";
      } else if (!soa) {
        if (!this.#secondSeen) {
          this.#secondSeen = true;
          this.#whole = true;
        }
      } else if (this.#endsWith(this.#serialOf(record))) return "complete";
    }
    return "more";
  }

  /** Whether another SOA ends the transfer. */
  #endsWith(serial: number): boolean {
    if (this.#whole) return true;
    const same = serial === this.#firstSerial;
    if (!this.#secondSeen) {
      this.#secondSeen = true;
      return same;
    }
    if (!same) return false;
    if (this.#repeated) return true;
    this.#repeated = true;
    return false;
  }

  #serialOf(record: ResourceRecord): number {
    return record.rdata.values["serial"] as number;
  }
}

/** Whether serial `a` comes after `b` (RFC 1982). */
function isNewer(a: number, b: number): boolean {
  const difference = (a - b) >>> 0;
  return difference !== 0 && difference < 0x80000000;
}
