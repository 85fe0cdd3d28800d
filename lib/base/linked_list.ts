// A set for what comes and goes all the time, in the order in which it came. Pure.
// The runtime's own sets are made anew after so many have left, and what an old one held the runtime keeps until its next
// great collection: with thousands of short connections a second that is a fifteenth of all work.

/** Where an item stands; what `LinkedList.delete` wants. */
export interface Place<T> {
  readonly item: T;
}

interface Link<T> extends Place<T> {
  /** Where it is in; `undefined` when it has left. */
  list: LinkedList<T> | undefined;
  before: Link<T> | undefined;
  after: Link<T> | undefined;
}

/** Items in the order in which they came. Adding and deleting are constant work, and leave nothing behind. */
export class LinkedList<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The one that came before all others. */
  get first(): Place<T> | undefined {
    return this.#first;
  }

  /** Adds an item, which may be in it already. */
  add(item: T): Place<T> {
    const link: Link<T> = { item, list: this, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#size++;
    return link;
  }

  /** Whether the item was here, and has left by this. */
  delete(place: Place<T>): boolean {
    const link = place as Link<T>;
    if (link.list !== this) return false;
    const { before, after } = link;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // Else what is long gone would hold what came after it.
    link.list = link.before = link.after = undefined;
    this.#size--;
    return true;
  }

  /** The items as they are now. */
  items(): T[] {
    const found: T[] = [];
    for (let link = this.#first; link !== undefined; link = link.after) found.push(link.item);
    return found;
  }
}
