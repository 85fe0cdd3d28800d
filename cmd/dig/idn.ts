// International names on the command line and in answers (`+idnin`, `+idnout`): conversion, and what is said when it fails.
import { asciiName, IdnError, strictAsciiName, unicodeName } from "../../lib/dns/dig/idn.ts";
import { fatal } from "../../lib/dns/dig/defaults.ts";
import type { DigOutput, OctetText } from "../../lib/dns/dig/settings.ts";

/** Converts names that the user wrote (`utf8`: in a locale that has all characters); ends the run for one that IDNA forbids. */
export function asciiNames(
  output: DigOutput,
  utf8: boolean,
): (name: OctetText) => OctetText {
  return (name) => {
    try {
      if (!utf8 && /[\u0080-\uffff]/.test(name)) throw new IdnError("could not convert string to UTF-8");
      return asciiName(name);
    } catch (error) {
      if (!(error instanceof IdnError)) throw error;
      return fatal(output, `'${name}' is not a legal IDNA2008 name (${error.message}), use +noidnin`);
    }
  };
}

/** Converts names of answers; ends the run for one that IDNA forbids, as the reference does. */
export function unicodeNames(
  output: DigOutput,
  utf8: boolean,
): (name: OctetText) => OctetText {
  let warned = false;
  return (name) => {
    let text: OctetText;
    try {
      text = unicodeName(name);
    } catch (error) {
      if (!(error instanceof IdnError)) throw error;
      return error.broken
        ? fatal(output, `Bad ACE string '${name}' (${error.message}), use +noidnout`)
        : fatal(output, `'${name}' is not a legal IDNA2008 name (${error.message}), use +noidnout`);
    }
    if (text === name || utf8) return text;
    const ascii = strictAsciiName(text) ?? fatal(
      output,
      `Cannot represent '${name}' in the current locale nor ascii (string contains a disallowed character), ` +
        "use +noidnout or a different locale",
    );
    if (!warned) output.err(`;; Warning: cannot represent '${ascii}' in the current locale`);
    warned = true;
    return ascii;
  };
}
