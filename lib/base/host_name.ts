// Names of hosts in the letters of DNS. Pure.

/**
 * A name as DNS and certificates have it (IDNA, by the rules of URLs): `bücher.test` is `xn--bcher-kva.test` there, and
 * letters of full width are plain ones. `undefined` when it has no such form.
 */
export function asciiName(name: string): string | undefined {
  if (!/\P{ASCII}/u.test(name)) return name;
  return /[/?#@:\\%]/.test(name) ? undefined : URL.parse(`http://${name}`)?.hostname;
}
