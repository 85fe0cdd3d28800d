// Many streams joined: a room in which each hears all others, and many that share one. Pure.
// What one says reaches another whole: as one chunk, or as whole lines. Nobody waits for a slow one without bound.
import { type Bytes, concat, utf8 } from "../base/bytes.ts";
import { Chunks } from "./chunks.ts";
import { type About, Stream } from "./stream.ts";

/** What members of a hub may hold up, and for how long. */
export interface HubOptions {
  /** Pass whole lines on, not chunks as they come. */
  readonly lines: boolean;
  /** Each line begins with who says it: `<user3> `. Lines are whole then. */
  readonly chat?: boolean;
  /** Octets (and 256 for each chunk) that wait for a member before those who speak wait for it. */
  readonly queueSize: number;
  /** How long they wait for a member that takes nothing, in ms, before it is shut out: its stream is `broken`. */
  readonly patienceMs: number;
}

/** A line that is longer is passed on in pieces of this size. */
const LONGEST_LINE = 64 * 1024;
const LF = 0x0a;

/** What waits for one reader. */
class Queue {
  readonly #chunks = new Chunks();
  #ended = false;
  #error: unknown;
  readonly #waiting: (() => void)[] = [];
  /** When something was last taken. */
  #taken = 0;

  #changed(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async take(view: Bytes): Promise<number | null> {
    while (this.#chunks.count === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const count = this.#chunks.take(view);
    this.#taken = performance.now();
    this.#changed();
    return count;
  }

  /** Adds a chunk when there is room; waits for room while the reader takes something. `false`: it takes nothing. */
  async add(chunk: Uint8Array, limit: number, patienceMs: number): Promise<boolean> {
    const began = performance.now();
    while (this.#chunks.size >= limit && !this.#ended) {
      const left = Math.max(began, this.#taken) + patienceMs - performance.now();
      if (left <= 0) return false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    if (this.#ended) return true;
    if (this.#chunks.count === 0) this.#taken = performance.now();
    this.#chunks.add(chunk);
    this.#changed();
    return true;
  }

  /** No more comes; what waits is still read, unless there was an error. */
  end(error?: unknown): void {
    this.#ended = true;
    if (error !== undefined) {
      this.#error ??= error;
      this.#chunks.clear();
    }
    this.#changed();
  }
}

/** Takes chunks and gives whole lines; the rest at the end. */
class Lines {
  #rest: Uint8Array = new Uint8Array(0);

  take(chunk: Uint8Array): Uint8Array | undefined {
    const last = chunk.lastIndexOf(LF);
    if (last === -1) {
      const joined = concat([this.#rest, chunk]);
      if (joined.length < LONGEST_LINE) {
        this.#rest = joined;
        return undefined;
      }
      this.#rest = new Uint8Array(0);
      return joined;
    }
    const whole = concat([this.#rest, chunk.subarray(0, last + 1)]);
    this.#rest = chunk.slice(last + 1);
    return whole;
  }

  rest(): Uint8Array | undefined {
    const rest = this.#rest;
    this.#rest = new Uint8Array(0);
    return rest.length === 0 ? undefined : rest;
  }
}

/** Whole lines, each with `before` in front of it. */
function beforeEachLine(lines: Uint8Array, before: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < lines.length;) {
    const end = lines.indexOf(LF, from), to = end === -1 ? lines.length : end + 1;
    parts.push(before, lines.subarray(from, to));
    from = to;
  }
  return concat(parts);
}

/** Where members meet. */
interface Meeting {
  /** Passes on what a member said. Nothing of `chunk` is kept after the promise is fulfilled. */
  say(from: Member, chunk: Uint8Array): Promise<void>;
  leave(member: Member): Promise<void>;
}

/** One of many. Reading gives what the others say; ending the writing half is leaving. */
class Member extends Stream {
  readonly #options: HubOptions;
  readonly #queue = new Queue();
  readonly #meeting: Meeting;
  readonly #lines: Lines | undefined;
  readonly #before: Uint8Array | undefined;
  readonly #broken = Promise.withResolvers<never>();
  #left: Promise<void> | undefined;

  constructor(meeting: Meeting, about: About, options: HubOptions, name?: string) {
    super(about);
    this.#options = options;
    this.#meeting = meeting;
    this.#broken.promise.catch(() => {});
    this.#lines = options.lines || name !== undefined ? new Lines() : undefined;
    this.#before = name === undefined ? undefined : utf8(name);
  }

  override get broken(): Promise<never> {
    return this.#broken.promise;
  }

  /** Puts a chunk into its queue, as soon as there is room; shuts it out when it takes nothing. */
  async tell(chunk: Uint8Array): Promise<void> {
    const { queueSize, patienceMs } = this.#options;
    if (await this.#queue.add(chunk, queueSize, patienceMs)) return;
    this.end(
      new Error(`Shut out as too slow: it took nothing for ${patienceMs / 1000} s while ${queueSize} octets waited`),
    );
  }

  /** Nothing more comes; with an error, what waits is lost, too. */
  end(error?: unknown): void {
    this.#queue.end(error);
    if (error !== undefined) this.#broken.reject(error);
  }

  protected pull(view: Bytes): Promise<number | null> {
    return this.#queue.take(view);
  }

  protected async push(bytes: Uint8Array): Promise<void> {
    const said = this.#lines === undefined ? bytes : this.#lines.take(bytes);
    if (said !== undefined && said.length > 0) await this.#say(said);
  }

  #say(said: Uint8Array): Promise<void> {
    return this.#meeting.say(this, this.#before === undefined ? said : beforeEachLine(said, this.#before));
  }

  protected finish(): Promise<void> {
    return this.#left ??= (async () => {
      try {
        const rest = this.#lines?.rest();
        if (rest !== undefined) await this.#say(rest);
      } finally {
        await this.#meeting.leave(this);
        this.#queue.end();
      }
    })();
  }

  protected async release(): Promise<void> {
    this.#queue.end(new Error("Closed"));
    await this.finish();
  }
}

/** A room: each member hears all others. */
export class Room implements Meeting {
  readonly #members = new Set<Member>();
  readonly #onEmpty: () => void;
  #joined = 0;

  constructor(onEmpty: () => void = () => {}) {
    this.#onEmpty = onEmpty;
  }

  /** A new member, with options of its own. */
  join(about: About, options: HubOptions): Stream {
    const name = options.chat ? `<user${++this.#joined}> ` : undefined;
    const member = new Member(this, about, options, name);
    this.#members.add(member);
    return member;
  }

  async say(from: Member, chunk: Uint8Array): Promise<void> {
    const own = chunk.slice();
    await Promise.all([...this.#members].filter((member) => member !== from).map((member) => member.tell(own)));
  }

  async leave(member: Member): Promise<void> {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#onEmpty();
  }
}

/**
 * Many in, one out: what members say goes into one stream, each chunk (or line) whole; what that stream says goes to
 * all members. The stream is opened for the first member and closed when the last has left.
 */
export class Funnel implements Meeting {
  readonly #members = new Set<Member>();
  readonly #open: () => Promise<Stream>;
  readonly #onEmpty: () => void;
  #one: Promise<Stream> | undefined;
  /** Writes one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<Stream>, onEmpty: () => void = () => {}) {
    this.#open = open;
    this.#onEmpty = onEmpty;
  }

  /** A new member. Throws when the one stream cannot be opened. */
  async join(about: About, options: HubOptions): Promise<Stream> {
    const member = new Member(this, about, options);
    this.#members.add(member);
    try {
      if (this.#one === undefined) {
        this.#one = this.#open();
        this.#one.then((one) => this.#listen(one), () => this.#one = undefined);
      }
      await this.#one;
      return member;
    } catch (error) {
      this.#members.delete(member);
      if (this.#members.size === 0) this.#onEmpty();
      throw error;
    }
  }

  async #listen(one: Stream): Promise<void> {
    let failure: unknown;
    try {
      await one.each(async (lent) => {
        const chunk = lent.slice();
        await Promise.all([...this.#members].map((member) => member.tell(chunk)));
      }, 64 * 1024);
    } catch (error) {
      failure = error;
    }
    // Only a failure ends what members say: a file, for one, has nothing to say from the start.
    if (failure !== undefined) await this.#failed(one, failure);
  }

  /** Ends all members; the next one finds the stream opened anew. */
  async #failed(one: Stream, failure: unknown): Promise<void> {
    for (const member of this.#members) member.end(failure);
    if (await this.#one?.catch(() => undefined) === one) this.#one = undefined;
    await one.close();
  }

  say(_from: Member, chunk: Uint8Array): Promise<void> {
    const mine = this.#turn.then(async () => {
      const one = await this.#one;
      if (one === undefined) throw new Error("The stream that all share has ended");
      try {
        await one.write(chunk);
      } catch (error) {
        await this.#failed(one, error);
        throw error;
      }
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async leave(member: Member): Promise<void> {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    const one = this.#one;
    this.#one = undefined;
    await this.#turn;
    this.#onEmpty();
    const stream = await one?.catch(() => undefined);
    await stream?.closeWrite().catch(() => {});
    await stream?.close();
  }
}
