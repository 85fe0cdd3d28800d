// A second process that tries to lock a file, for tests.
import { openOne } from "./endpoint.ts";

try {
  const stream = await openOne(`open:${Deno.args[0]},setlk`);
  console.log("locked");
  await stream.close();
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
