import { assertEquals, assertStringIncludes } from "@std/assert";
import { errorText } from "../../../lib/base/errors.ts";
import { connectError, listenError } from "../../../lib/dial/errors.ts";

Deno.test("connectError() tells Windows' unknown names from files that are missing", () => {
  const unknown = Object.assign(new Error("No such host is known. (os error 11001)"), { code: "ENOENT" });
  const { reason, message } = connectError("nowhere.test:80", unknown);
  assertEquals([reason, message], ["name-not-found", 'Cannot connect to "nowhere.test:80": Name or service not known']);
  const missing = Object.assign(new Deno.errors.NotFound("No such file or directory (os error 2)"), { code: "ENOENT" });
  const path = connectError("x", missing);
  assertEquals([path.reason, path.message], ["other", 'Cannot connect to "x": No such file or directory']);
});

Deno.test("connectError() tells by code, kind or words what failed, and keeps who has told it already", () => {
  const coded = (code: string) => Object.assign(new Error("x"), { code });
  const aborted = new DOMException("x", "AbortError"), late = new DOMException("x", "TimeoutError");
  const lookup = "failed to lookup address information: Temporary failure in name resolution";
  for (
    const [error, reason, text] of [
      [coded("ECONNREFUSED"), "refused", "Connection refused"],
      [coded("EAI_AGAIN"), "name-not-found", "Name or service not known"],
      [coded("EAI_NONAME"), "name-not-found", "Name or service not known"],
      [coded("EODD"), "other", "x"],
      [new Error(lookup), "name-not-found", "Temporary failure in name resolution"],
      [new Deno.errors.ConnectionRefused("x"), "refused", "Connection refused"],
      [new Deno.errors.TimedOut("x"), "timed-out", "Connection timed out"],
      [late, "timed-out", "Connection timed out"],
      [aborted, "aborted", "Given up"],
    ] as const
  ) {
    const told = connectError("host:1", error, "proxy:2");
    assertEquals([told.reason, told.message], [reason, `Cannot connect to "host:1" through "proxy:2": ${text}`]);
    assertEquals(connectError("other:1", told), told);
  }
});

Deno.test("errorText() takes the full stop of Windows' sentences away", () => {
  const text = "The system cannot find the file specified. (os error 2): open 'C:\\x'";
  assertEquals(errorText(new Error(text)), "The system cannot find the file specified");
});

Deno.test("listenError() says what refuses a port, on each system", () => {
  const denied = Object.assign(new Deno.errors.PermissionDenied("x"), { code: "EACCES" });
  const words = (os: string) => listenError("127.0.0.1:80", denied, os).message;
  assertEquals(words("linux"), "Cannot listen on 127.0.0.1:80: Permission denied: ports below 1024 need root");
  assertStringIncludes(words("windows"), "excludedportrange");
  const only = "Only one usage of each socket address is normally permitted. (os error 10048)";
  const used = Object.assign(new Deno.errors.AddrInUse(only), { code: "EADDRINUSE" });
  assertStringIncludes(listenError("[::]:80", used, "windows").message, ": Address already in use: stop the other");
});
