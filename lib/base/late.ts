// Modules that are loaded when they are asked for. Pure.

/** A loader that loads once: asking the runtime again for each of many lookups would cost as much as the lookups. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => loading ??= load();
}
