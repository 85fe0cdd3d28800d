import type { Flags } from "./relay_parts.ts";
export async function runConfig(_path: string, _flags: Flags): Promise<number> { return 0; }
