// Words of other TLS libraries that change nothing here: they are taken, as scripts have them, and a line says why they are not
// obeyed. Pure. To add one: its option, and the reason under the same name.
import { one, TEXT, toggle, type Values } from "../../options/schema.ts";

const group = "TLS";
const hidden = true;

/** The options. */
export const TLS_WITHOUT_EFFECT = {
  cipher: one(TEXT, {
    group,
    help: "Understood, but the runtime chooses among its own strong ciphers",
    aliases: ["ciphers", "cipherlist", "openssl-cipherlist"],
  }),
  dhparam: one(TEXT, { group, help: "Not needed", aliases: ["dh", "dhparams", "openssl-dhparam"], hidden }),
  compress: one(TEXT, { group, help: "TLS compresses no more", aliases: ["openssl-compress"], hidden }),
  pseudo: toggle({ group, help: "Not needed", aliases: ["openssl-pseudo"], hidden }),
  egd: one(TEXT, { group, help: "Not needed", aliases: ["openssl-egd"], hidden }),
  maxfraglen: one(TEXT, { group, help: "The runtime chooses", aliases: ["openssl-maxfraglen"], hidden }),
  maxsendfrag: one(TEXT, { group, help: "The runtime chooses", aliases: ["openssl-maxsendfrag"], hidden }),
  fips: toggle({ group, help: "Not here", aliases: ["openssl-fips"], hidden }),
};

const WHY: Record<keyof typeof TLS_WITHOUT_EFFECT, string> = {
  cipher: "the runtime has its own list of strong ciphers",
  dhparam: "the runtime has its own groups for the key exchange",
  compress: "TLS does not compress any more",
  pseudo: "the runtime asks the system for random numbers",
  egd: "the runtime asks the system for random numbers",
  maxfraglen: "the runtime cuts its records itself",
  maxsendfrag: "the runtime cuts its records itself",
  fips: "the runtime's TLS has no such mode",
};

/** A line for each of them that stands in an address; `compress=none` asks for what is so anyway. */
export function notObeyed(options: Values<typeof TLS_WITHOUT_EFFECT>): string[] {
  return Object.entries(WHY).flatMap(([name, why]) => {
    const value = options[name as keyof typeof TLS_WITHOUT_EFFECT];
    if (value === undefined || value === false || (name === "compress" && value === "none")) return [];
    return [`${name}${value === true ? "" : `=${value}`} is not obeyed: ${why}`];
  });
}
