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
  // There is no such store: were the one of this program filled already, nobody would notice.
  if (filled({ DENO_TLS_CA_STORE: "none" })) {
    holds = null;
    return false;
  }
  // The system's authorities are those of the file that `SSL_CERT_FILE` names, where it names one. The rest adds to them.
  const others = { SSL_CERT_DIR: undefined, DENO_CERT: undefined, NODE_EXTRA_CA_CERTS: undefined };
  if (!filled({ DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: cafile, ...others })) return false;
  holds = cafile;
  return true;
}

/** Whether the store is filled, or can be while these variables are set. */
function filled(variables: Readonly<Record<string, string | undefined>>): boolean {
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
