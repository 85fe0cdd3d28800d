// Code that the kernel runs on a packet socket as text: the three forms of tcpdump's -d. Pure.

/** Words of an instruction by its code: what it does, and on what; N, H and J stand for its number. */
const WORDS: ReadonlyMap<number, readonly [word: string, operand: string]> = new Map([
  [0x00, ["ld", "#H"]],
  [0x20, ["ld", "[N]"]],
  [0x28, ["ldh", "[N]"]],
  [0x30, ["ldb", "[N]"]],
  [0x40, ["ld", "[x + N]"]],
  [0x48, ["ldh", "[x + N]"]],
  [0x50, ["ldb", "[x + N]"]],
  [0x60, ["ld", "M[N]"]],
  [0x80, ["ld", "#pktlen"]],
  [0x02, ["st", "M[N]"]],
  [0x05, ["ja", "J"]],
  [0x06, ["ret", "#N"]],
  [0x07, ["tax", ""]],
  ...["add", "sub", "mul", "div", "or", "and", "lsh", "rsh"].flatMap((word, i) => alu(word, i << 4)),
  ...alu("mod", 0x90),
  ...alu("xor", 0xa0),
  ...["jeq", "jgt", "jge"].flatMap((word, i): [number, [string, string]][] => [
    [0x15 + (i << 4), [word, "#H"]],
    [0x1d + (i << 4), [word, "x"]],
  ]),
]);

function alu(word: string, code: number): [number, [string, string]][] {
  return [[0x04 | code, [word, /and|or|xor/.test(word) ? "#H" : "#N"]], [0x0c | code, [word, "x"]]];
}

/** Lines of a program of `sock_filter`s: for people, as a C array, or as numbers with their count before them. */
export function programLines(program: Uint8Array, form: "words" | "c" | "numbers"): string[] {
  const view = new DataView(program.buffer, program.byteOffset, program.length);
  const lines: string[] = form === "numbers" ? [String(program.length / 8)] : [];
  for (let at = 0, i = 0; at < program.length; at += 8, i++) {
    const code = view.getUint16(at, true),
      yes = program[at + 2]!,
      no = program[at + 3]!,
      k = view.getUint32(at + 4, true);
    if (form === "numbers") lines.push(`${code} ${yes} ${no} ${k}`);
    else if (form === "c") {
      lines.push(`{ 0x${code.toString(16)}, ${yes}, ${no}, 0x${k.toString(16).padStart(8, "0")} },`);
    } else {
      const [word, operand] = WORDS.get(code) ?? ["unimp", "#H"];
      const numbers: Record<string, string> = { N: String(k), H: `0x${k.toString(16)}`, J: String(i + 1 + k) };
      const text = operand.replace(/[NHJ](?!\[)/, (letter) => numbers[letter]!);
      const jumps = (code & 7) === 5 && code !== 5 ? `jt ${i + 1 + yes}\tjf ${i + 1 + no}` : "";
      lines.push(
        `(${String(i).padStart(3, "0")}) ${word.padEnd(8)} ${text.padEnd(jumps === "" ? 0 : 16)} ${jumps}`.trimEnd(),
      );
    }
  }
  return lines;
}
