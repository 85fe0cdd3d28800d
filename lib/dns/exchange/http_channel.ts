export function httpChannel(..._x: unknown[]): never {
  throw new Error("not yet");
}
