// Files of tests: folders that vanish, the keys and certificates of tests/data/tls.

/** Runs `body` with a new folder, which is removed at its end. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Path of a file of tests/data/tls. */
export function tlsData(name: string): string {
  return `${import.meta.dirname}/../data/tls/${name}`;
}
