// Passwords inside addresses: found for the warnings of `--plan`, masked wherever an address is shown. Pure.
// To add an option whose value is secret: its spellings in SECRET_OPTIONS.

/** Options whose value is, or ends in, a password. */
const SECRET_OPTIONS =
  "proxyauth|proxy-authorization|proxy-auth|sockspass|socks-pass|sockspassword|socks5pass|password|passphrase|key-password";

// From the beginning of a word only: long words would be looked through from each of their letters.
const URL_PASSWORD = /(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/[^\s:@/,]*):([^\s@/]*)@/gi;
const OPTION_PASSWORD = new RegExp(`(,\\s*(?:${SECRET_OPTIONS})=)((?:[^,:]*:)?)([^,]*)`, "gi");
/** These say where the secret stands, not what it is. */
const REFERENCE = /^(?:env|file):/i;

/** `address` with `***` in the place of every password. */
export function withoutSecrets(address: string): string {
  if (!address.includes("://") && !address.includes("=")) return address;
  return address
    .replace(
      OPTION_PASSWORD,
      (whole, option: string, user: string) =>
        REFERENCE.test(whole.slice(option.length)) ? whole : `${option}${user}***`,
    )
    .replace(URL_PASSWORD, "$1:***@");
}

/** Whether a password stands in `address` itself. */
export function holdsSecret(address: string): boolean {
  return withoutSecrets(address) !== address;
}
