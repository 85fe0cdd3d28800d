// Answers of NFS in a line, with -v the attributes of files. Pure. RFC 1094, RFC 1813; the form is tcpdump's.
import { type Line, TRUNCATED } from "../core/line.ts";
import { names } from "../core/table.ts";
import { FILE_TYPES, handle, printName, timeText, WRITE_MODES } from "./nfs_parts.ts";

const FAILURES = names("1 PROG_UNAVAIL|PROG_MISMATCH|PROC_UNAVAIL|GARBAGE_ARGS|SYSTEM_ERR");
const ERRORS = names(
  "1 Operation not permitted|No such file or directory|5 Input/output error|Device not configured|" +
    "11 Resource deadlock avoided|Cannot allocate memory|Permission denied|17 File exists|Cross-device link|" +
    "Operation not supported by device|Not a directory|Is a directory|Invalid argument|26 Text file busy|" +
    "File too large|No space left on device|30 Read-only file system|Too many links|45 Operation not supported|" +
    "62 Too many levels of symbolic links|File name too long|66 Directory not empty|69 Disc quota exceeded|" +
    "Stale NFS file handle|Too many levels of remote in path|99 Write cache flushed to disk|" +
    "10001 Illegal NFS file handle|Update synchronization mismatch|READDIR/READDIRPLUS cookie is stale|" +
    "Operation not supported|Buffer or request is too small|Unspecified error on server|" +
    "Object of that type not supported|Request couldn't be completed in time",
);

/** The results of a procedure in an answer of `length` octets at `at`. */
export function printAnswer(l: Line, procedure: number, at: number, length: number, third: boolean): void {
  if (procedure < 1 || procedure > 21) return;
  const answer = new Answer(l, third);
  try {
    answer.print(procedure, at, length);
  } catch (error) {
    // What failed need not be whole, but for what was read out of it.
    if (error !== TRUNCATED || !l.checked || !answer.failed) throw error;
    l.checked = false;
  }
}

class Answer {
  failed = false;
  readonly #l: Line;
  readonly #third: boolean;
  #at = 0;

  constructor(l: Line, third: boolean) {
    this.#l = l;
    this.#third = third;
  }

  print(procedure: number, at: number, length: number): void {
    const l = this.#l, third = this.#third, { verbose } = l;
    if (!this.#begin(at, length)) return;
    switch (procedure) {
      case 1:
        return this.#attributesOr(l.quiet ? 0 : 1);
      case 2:
        return third ? this.#changed() : this.#attributesOr(l.quiet ? 0 : 1);
      case 3:
        return this.#found();
      case 4: {
        const error = this.#status();
        if (verbose > 0) l.text(" attr:");
        this.#after();
        if (error === 0) l.text(` c ${l.u32(this.#at).toString(16).padStart(4, "0")}`);
        return;
      }
      case 5:
        if (this.#status() !== 0) return;
        if (third) this.#after();
        l.text(" ");
        printName(l, this.#at);
        return;
      case 6: {
        if (!third) return this.#attributesOr(verbose);
        const error = this.#status();
        this.#after();
        if (error !== 0 || verbose === 0) return;
        l.text(` ${l.u32(this.#at)} bytes`);
        if (l.u32(this.#at + 4) !== 0) l.text(" EOF");
        return;
      }
      case 7: {
        if (!third) return this.#attributesOr(verbose);
        const error = this.#status();
        this.#beforeAndAfter();
        if (error !== 0 || verbose === 0) return;
        l.text(` ${l.u32(this.#at)} bytes`);
        if (verbose < 2) return;
        l.text(` <${WRITE_MODES[l.u32(this.#at + 4)] ?? `#${l.u32(this.#at + 4) | 0}`}>`);
        return l.text(` verf ${l.u64(this.#at + 8).toString(16)}`);
      }
      case 8:
      case 9:
        return third ? this.#created() : this.#found();
      case 10:
        if (third) this.#created();
        else this.#status();
        return;
      case 11:
        return this.#created();
      case 12:
      case 13:
        if (third) this.#changed();
        else this.#status();
        return;
      case 14:
        this.#status();
        if (!third || verbose === 0) return;
        l.text(" from:");
        this.#beforeAndAfter();
        l.text(" to:");
        return this.#beforeAndAfter();
      case 15:
        this.#status();
        if (!third || verbose === 0) return;
        l.text(" file POST:");
        this.#after();
        l.text(" dir:");
        return this.#beforeAndAfter();
      case 16:
      case 17:
        return this.#listed(procedure === 16 && !third);
      case 18:
        return this.#space();
      case 19:
        return this.#limits();
      case 20:
        return this.#paths();
      case 21:
        this.#changed();
        if (verbose > 1) l.text(` verf ${l.u64(this.#at).toString(16)}`);
    }
  }

  /** Passes over the verifier; `false` when the call was not carried out. */
  #begin(at: number, length: number): boolean {
    const l = this.#l, size = l.u32(at + 16);
    if (size >= length) l.cut();
    at += 12 + Math.floor((size + 11) / 4) * 4;
    const status = l.u32(at);
    this.#at = at + 4;
    if (status === 0) return true;
    l.text(` ${FAILURES[status] ?? `ar_stat ${status}`}`);
    return false;
  }

  #status(): number {
    const l = this.#l, error = l.u32(this.#at);
    this.#at += 4;
    if (error !== 0) {
      this.failed = true;
      if (!l.quiet) l.text(` ERROR: ${ERRORS[error] ?? `unk ${error}`}`);
    }
    return error;
  }

  /** A file's attributes. RFC 1813 2.6 (84 octets), RFC 1094 2.3.5 (68 octets). */
  #attributes(verbose: number, third: boolean): void {
    const l = this.#l, at = this.#at;
    if (!l.has(at + 16, 4)) l.cut();
    if (verbose > 0) {
      const type = l.u32(at);
      l.text(` ${FILE_TYPES[type] ?? `unk-ft ${type} `} ${l.u32(at + 4).toString(8)} `);
      l.text(`ids ${l.u32(at + 12) | 0}/${l.u32(at + 16) | 0}`);
      l.text(` sz ${third ? l.u64(at + 20) : l.u32(at + 20)}`);
    }
    if (verbose > 1) {
      if (!l.has(at + (third ? 76 : 60), 8)) l.cut();
      const hex = (from: number) => l.u32(from).toString(16), links = l.u32(at + 8);
      if (third) {
        l.text(` nlink ${links} rdev ${l.u32(at + 36)}/${l.u32(at + 40)} fsid ${l.u64(at + 44).toString(16)}`);
        l.text(` fileid ${l.u64(at + 52).toString(16)} a/m/ctime`);
      } else {
        l.text(` nlink ${links} rdev 0x${hex(at + 28)} fsid 0x${hex(at + 36)} nodeid 0x${hex(at + 40)} a/m/ctime`);
      }
      for (let i = 0, from = at + (third ? 60 : 44); i < 3; i++, from += 8) l.text(` ${timeText(l, from)}`);
    }
    this.#at += third ? 84 : 68;
  }

  /** Attributes where all is well. */
  #attributesOr(verbose: number): void {
    if (this.#status() === 0) this.#attributes(this.#l.quiet && verbose === 0 ? 0 : verbose, this.#third);
  }

  /** Attributes that may be missing. */
  #after(): void {
    const there = this.#l.u32(this.#at) !== 0;
    this.#at += 4;
    if (!there) return;
    if (this.#l.verbose > 0) this.#attributes(this.#l.verbose, true);
    else this.#at += 84;
  }

  /** What a file was before a change, and what it is now. RFC 1813 2.6. */
  #beforeAndAfter(): void {
    const l = this.#l;
    if (l.verbose > 1) l.text(" PRE:");
    const there = l.u32(this.#at) !== 0;
    this.#at += 4;
    if (there) {
      const at = this.#at;
      if (!l.has(at, 24)) l.cut();
      if (l.verbose > 1) l.text(` sz ${l.u64(at)} mtime ${timeText(l, at + 8)} ctime ${timeText(l, at + 16)}`);
      this.#at += 24;
    }
    if (l.verbose > 0) l.text(" POST:");
    this.#after();
  }

  #changed(): void {
    this.#status();
    this.#beforeAndAfter();
  }

  /** A handle and attributes: what was looked up, or by version 2 made. */
  #found(): void {
    const l = this.#l, third = this.#third, error = this.#status();
    if (!third) {
      if (error !== 0) return;
      this.#at = handle(l, this.#at, false);
      return this.#attributes(l.verbose, false);
    }
    if (error === 0) {
      this.#at = handle(l, this.#at, true);
      this.#after();
    }
    if (l.verbose > 1) {
      l.text(" post dattr:");
      this.#after();
    }
  }

  /** What version 3 made. */
  #created(): void {
    const l = this.#l;
    if (this.#status() !== 0) return this.#beforeAndAfter();
    const there = l.u32(this.#at) !== 0;
    this.#at += 4;
    if (!there) return;
    this.#at = handle(l, this.#at, true);
    if (l.verbose === 0) return;
    this.#after();
    if (l.verbose > 1) {
      l.text(" dir attr:");
      this.#beforeAndAfter();
    }
  }

  #listed(second: boolean): void {
    const l = this.#l, error = this.#status();
    if (second) {
      if (error !== 0 || l.quiet) return;
      l.text(` offset 0x${l.u32(this.#at).toString(16)} size ${l.u32(this.#at + 4)} `);
      if (l.u32(this.#at + 8) !== 0) l.text(" eof");
      return;
    }
    if (l.verbose > 0) l.text(" POST:");
    this.#after();
    if (error === 0 && l.verbose > 0) l.text(` verf ${l.hexText(this.#at, 8)}`);
  }

  #space(): void {
    const l = this.#l, third = this.#third, error = this.#status();
    if (!third && error !== 0 || l.quiet) return;
    if (third) {
      if (l.verbose > 0) l.text(" POST:");
      this.#after();
    }
    const at = this.#at;
    if (!l.has(at, third ? 52 : 20)) l.cut();
    if (third) {
      l.text(` tbytes ${l.u64(at)} fbytes ${l.u64(at + 8)} abytes ${l.u64(at + 16)}`);
      if (l.verbose === 0) return;
      l.text(` tfiles ${l.u64(at + 24)} ffiles ${l.u64(at + 32)} afiles ${l.u64(at + 40)} invar ${l.u32(at + 48)}`);
    } else {
      l.text(` tsize ${l.u32(at)} bsize ${l.u32(at + 4)} blocks ${l.u32(at + 8)} bfree ${l.u32(at + 12)} `);
      l.text(`bavail ${l.u32(at + 16)}`);
    }
  }

  /** Status and attributes before what a server says of itself; `false` where it says nothing. */
  #told(size: number): boolean {
    const error = this.#status();
    if (this.#l.verbose > 0) this.#l.text(" POST:");
    this.#after();
    if (error === 0 && !this.#l.has(this.#at, size)) this.#l.cut();
    return error === 0;
  }

  #limits(): void {
    if (!this.#told(48)) return;
    const l = this.#l, at = this.#at;
    l.text(` rtmax ${l.u32(at)} rtpref ${l.u32(at + 4)} wtmax ${l.u32(at + 12)} wtpref ${l.u32(at + 16)} `);
    l.text(`dtpref ${l.u32(at + 24)}`);
    if (l.verbose === 0) return;
    l.text(` rtmult ${l.u32(at + 8)} wtmult ${l.u32(at + 20)} maxfsz ${l.u64(at + 28)} delta ${timeText(l, at + 36)} `);
  }

  #paths(): void {
    if (!this.#told(24)) return;
    const l = this.#l, at = this.#at;
    const word = (from: number, text: string) => l.u32(at + from) !== 0 ? text : "";
    l.text(` linkmax ${l.u32(at)} namemax ${l.u32(at + 4)} ${word(8, "notrunc")} ${word(12, "chownres")} `);
    l.text(`${word(16, "igncase")} ${word(20, "keepcase")}`);
  }
}
