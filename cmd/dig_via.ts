export function openVia(..._x: unknown[]): never {
  throw new Error("not yet");
}
