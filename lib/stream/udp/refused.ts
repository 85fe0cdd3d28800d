// What Windows says of datagrams that found nobody.
import { errorCode } from "../../base/errors.ts";

/**
 * Windows tells of a datagram that found nobody when something else is received or sent, on a socket that is free to talk to
 * all: that is no failure of the socket.
 */
export function isOfAnother(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || errorCode(error) === "ENETRESET";
}
