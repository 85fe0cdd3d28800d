// First sequence numbers of TCP connections, so that lines can count from there. Pure.
// A hash table in one array of numbers: a million packets make no garbage. Bounded: a full table starts anew.

/** Words of an entry: two addresses (or their hashes), two ports, both sequence numbers, in use. */
const WORDS = 6;
const LARGEST = 1 << 18;

/** Sequence numbers by connection. */
export class Sequences {
  #slots = 1 << 10;
  #used = 0;
  #table = new Uint32Array(this.#slots * WORDS);

  /** Where the entry of a connection is, or would be. */
  #find(a: number, b: number, ports: number): number {
    const mask = this.#slots - 1;
    let slot = (Math.imul(a ^ Math.imul(b, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.imul(ports, 0xc2b2_ae35)) >>> 7 & mask;
    for (;;) {
      const at = slot * WORDS;
      const table = this.#table;
      if (table[at + 5] === 0) return at;
      if (table[at] === a >>> 0 && table[at + 1] === b >>> 0 && table[at + 2] === ports >>> 0) return at;
      slot = (slot + 1) & mask;
    }
  }

  /** Index of a connection's entry for `seq` and `ack`, or -1 when it is new. */
  find(a: number, b: number, ports: number): number {
    const at = this.#find(a, b, ports);
    return this.#table[at + 5] === 0 ? -1 : at;
  }

  seq(entry: number): number {
    return this.#table[entry + 3]!;
  }

  ack(entry: number): number {
    return this.#table[entry + 4]!;
  }

  set(a: number, b: number, ports: number, seq: number, ack: number): number {
    let at = this.#find(a, b, ports);
    if (this.#table[at + 5] === 0) {
      if (this.#used * 2 >= this.#slots) {
        this.#grow();
        at = this.#find(a, b, ports);
      }
      this.#used++;
    }
    const table = this.#table;
    table[at] = a;
    table[at + 1] = b;
    table[at + 2] = ports;
    table[at + 3] = seq;
    table[at + 4] = ack;
    table[at + 5] = 1;
    return at;
  }

  #grow(): void {
    const old = this.#table;
    if (this.#slots >= LARGEST) {
      this.#table = new Uint32Array(this.#slots * WORDS);
      this.#used = 0;
      return;
    }
    this.#slots *= 2;
    this.#table = new Uint32Array(this.#slots * WORDS);
    this.#used = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 5] === 0) continue;
      this.set(old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!, old[at + 4]!);
    }
  }
}
