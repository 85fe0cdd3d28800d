// Network namespaces, for tests between hosts: they need root and iproute2.
import { which } from "./netlab.ts";

/** Runs iproute2's ip; whether it could do what it was told. */
export async function ip(...args: string[]): Promise<boolean> {
  return (await new Deno.Command("ip", { args, stdin: "null", stdout: "null", stderr: "null" }).output()).success;
}

/** Whether this system lets us make a namespace. */
export async function canMakeNamespace(name: string): Promise<boolean> {
  return which("ip") !== undefined && Deno.uid() === 0 && await ip("netns", "add", name) &&
    await ip("netns", "del", name);
}
