export function beyondPresenter(..._x: unknown[]): never {
  throw new Error("not yet");
}
