// The version of the program.

/** As `deno.json` has it (a test compares). */
export const VERSION = "0.1.0";
