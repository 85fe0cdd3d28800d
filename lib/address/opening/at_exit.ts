// What must be undone however the program ends: terminals, names in the file system, child programs.

const pending = new Set<() => void>();
let watching = false;

/**
 * Remembers `undo` for the end of the program. Gives a function that undoes at once and forgets; a second call does
 * nothing. `undo` must not wait for anything.
 */
export function atExit(undo: () => void): () => void {
  if (!watching) {
    watching = true;
    // Deno.exit() tells of itself by this event.
    globalThis.addEventListener("unload", undoAll);
  }
  const now = () => {
    if (!pending.delete(now)) return;
    undo();
  };
  pending.add(now);
  return now;
}

/** Undoes everything that is still to be undone, latest first. */
export function undoAll(): void {
  for (const undo of [...pending].reverse()) {
    try {
      undo();
    } catch {
      // The others still have their turn.
    }
  }
}
