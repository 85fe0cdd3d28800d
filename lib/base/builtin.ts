// The runtime's modules that compute and touch nothing (ciphers, compression): taken in at their first use, and at once, without
// a promise. At start they would cost 20 ms that most runs have no use for. Pure.

/** `node:crypto`. */
export function nodeCrypto(): typeof import("node:crypto") {
  return builtin("node:crypto");
}

/** `node:zlib`. */
export function nodeZlib(): typeof import("node:zlib") {
  return builtin("node:zlib");
}

function builtin<N extends "node:crypto" | "node:zlib">(name: N) {
  return process.getBuiltinModule(name)!;
}
