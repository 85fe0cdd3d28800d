export function unicodeNames(_o: unknown, _e: unknown) {
  return (t: string) => t;
}
export function asciiNames(_o: unknown, _e: unknown) {
  return (t: string) => t;
}
