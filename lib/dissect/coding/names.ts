// Registries of a dozen names or more, as text: a number, a space, its name, and a semicolon before the next. Pure.

/** Names by number of `1 first name; 0x02 second name`. A `TypeError` for what is no such entry, or a number twice. */
export function names(text: string): Readonly<Record<number, string>> {
  const table: Record<number, string> = {};
  for (const entry of text.split(";")) {
    const [number = "", ...words] = entry.trim().split(/\s+/), key = Number(number);
    if (number === "" || !Number.isInteger(key) || words.length === 0 || table[key] !== undefined) {
      throw new TypeError(`"${entry.trim()}" is no entry of a registry, or its number is there already`);
    }
    table[key] = words.join(" ");
  }
  return table;
}
