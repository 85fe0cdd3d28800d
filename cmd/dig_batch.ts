export async function runBatch(_s: unknown, _b: string) {}
