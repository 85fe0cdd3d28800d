// Whom the runtime's own TLS trusts: one store for the whole program, which it fills when it is first needed. Not pure.
// The second stack takes authorities for each connection, and a third more time for it. Where the only authorities that a
// program names are those of one file, they become the store.

/** The file whose authorities the store has; `null`: those that everybody knows; `undefined`: nobody has asked yet. */
let holds: string | null | undefined;

/** Whether the store has the authorities that everybody knows: as it will for who asks first, and from then on. */
export function trustsKnown(): boolean {
  if (holds === undefined) holds = null;
  return holds === null;
}

/**
 * Makes the store that of `cafile` (PEM): its authorities and no others, for everybody in this program. Whether it is: not
 * when somebody else has used it, nor without the permission to touch the environment.
 */
export function trustOnly(cafile: string): boolean {
  if (holds !== undefined) return holds === cafile;
  // Elsewhere the system's authorities stand in no file; and a pipe cannot be read again.
  if (Deno.build.os !== "linux" || !isFile(cafile)) return false;
  // Nothing can be there: an error tells that the file counts, and that the store is not filled yet.
  if (filled(`${cafile}/.`)) {
    holds = null;
    return false;
  }
  if (!filled(cafile)) return false;
  holds = cafile;
  return true;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether the store is filled, or now is from this file alone. */
function filled(file: string): boolean {
  const variables = {
    DENO_TLS_CA_STORE: "system",
    SSL_CERT_FILE: file,
    // These would add to it.
    SSL_CERT_DIR: undefined,
    DENO_CERT: undefined,
    NODE_EXTRA_CA_CERTS: undefined,
  };
  const put = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  let before: (readonly [string, string | undefined])[] = [];
  try {
    before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
    for (const [name, value] of Object.entries(variables)) put(name, value);
    Deno.createHttpClient({}).close();
    return true;
  } catch {
    return false;
  } finally {
    for (const [name, value] of before) put(name, value);
  }
}
