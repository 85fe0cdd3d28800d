// A second process that tries to lock a file, for tests: says for each option after the path how that went, in a line.
import { openOne } from "./endpoint.ts";

const [path, ...options] = Deno.args;
for (const option of options) {
  try {
    const stream = await openOne(`open:${path},${option}`);
    console.log("locked");
    await stream.close();
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
  }
}
