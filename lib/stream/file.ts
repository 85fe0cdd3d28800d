// A regular file as a `Stream`: read to its end, write, seek.
import type { Bytes } from "../base/bytes.ts";
import { type About, Stream } from "./stream.ts";

interface FileHalves {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Called once, after the file was closed. */
  readonly onClose?: (() => void | Promise<void>) | undefined;
}

/** An open file. Takes ownership of it. End-of-file may be followed by more, when somebody writes to it. */
export class FileStream extends Stream {
  readonly file: Deno.FsFile;
  readonly #halves: FileHalves;

  constructor(file: Deno.FsFile, halves: FileHalves, about: About) {
    super(about);
    this.file = file;
    this.#halves = halves;
  }

  override get readOnly(): boolean {
    return !this.#halves.writable;
  }

  protected async pull(view: Bytes): Promise<number | null> {
    if (!this.#halves.readable || this.closed) return null;
    try {
      return await this.file.read(view);
    } catch (error) {
      if (this.closed) return null;
      throw error;
    }
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    if (!this.#halves.writable) return;
    let written = await this.file.write(bytes);
    while (written < bytes.length) written += await this.file.write(bytes.subarray(written));
  }

  protected async finish(): Promise<void> {
    // Nobody waits at the other end of a file.
  }

  protected async release(): Promise<void> {
    this.file.close();
    await this.#halves.onClose?.();
  }
}
