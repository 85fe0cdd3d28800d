// A name of one's own for a pseudo-terminal: a symbolic link, which is gone with it.
import { errorText } from "../../base/errors.ts";
import { FILE, one } from "../../options/schema.ts";
import { type NamedOptions, removeIfThere, unlinkAtClose } from "../file/named.ts";

/** The option. */
export const LINK_OPTION = {
  link: one(FILE, { group: "Terminals", help: "A symbolic link to the terminal", aliases: ["symbolic-link"] }),
};

/** Makes the link. Gives what removes it, if `unlink-close` does not say otherwise. */
export function linkTerminal(path: string, link: string, options: Partial<NamedOptions>): () => void {
  removeLink(link);
  makeLink(path, link);
  return unlinkAtClose(link, options, true);
}

/** A link that an earlier run left behind goes; anything else stays. */
function removeLink(path: string): void {
  try {
    if (Deno.lstatSync(path).isSymlink) removeIfThere(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function makeLink(to: string, link: string): void {
  try {
    Deno.symlinkSync(to, link);
  } catch (error) {
    throw new Error(
      error instanceof Deno.errors.AlreadyExists
        ? `Cannot make the link "${link}": it exists and is no link`
        : `Cannot make the link "${link}" to "${to}": ${errorText(error)}`,
      { cause: error },
    );
  }
}
