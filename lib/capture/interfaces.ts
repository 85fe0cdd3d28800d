// Network interfaces of this machine: what can be captured on. Linux keeps them in /sys/class/net.

/** An interface by its kernel number. */
export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  /** ARPHRD_ value, which says what its packets begin with; `undefined` where the system does not tell. */
  readonly hardware: number | undefined;
  readonly up: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
}

function readWord(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return undefined;
  }
}

/** All interfaces, by number. Where the system does not list them, those that have an address. */
export function networkInterfaces(): NetworkInterface[] {
  const out: NetworkInterface[] = [];
  try {
    for (const { name } of Deno.readDirSync("/sys/class/net")) {
      const base = `/sys/class/net/${name}`;
      const index = Number(readWord(`${base}/ifindex`));
      if (!Number.isInteger(index)) continue;
      const flags = Number(readWord(`${base}/flags`) ?? 0);
      const state = readWord(`${base}/operstate`);
      out.push({
        index,
        name,
        hardware: Number(readWord(`${base}/type`) ?? 1),
        up: (flags & 1) !== 0,
        running: (flags & 1) !== 0 && state !== "down" && state !== "lowerlayerdown",
        loopback: (flags & 8) !== 0,
      });
    }
  } catch {
    const names = new Set(Deno.networkInterfaces().map((one) => one.name));
    let index = 0;
    for (const name of names) {
      out.push({ index: ++index, name, hardware: undefined, up: true, running: true, loopback: /^lo\d*$/.test(name) });
    }
  }
  return out.sort((a, b) => a.index - b.index);
}

/** Lines of `-D`: numbers that `-i` takes, names and states. */
export function interfaceLines(): string[] {
  const list = networkInterfaces();
  // Those that carry traffic first, as one is most likely to want them; loopback after them.
  const rank = (one: NetworkInterface) => (one.running ? 0 : 4) + (one.loopback ? 2 : 0) + (one.up ? 0 : 1);
  list.sort((a, b) => rank(a) - rank(b));
  const line = (name: string, words: string[]) => `${name} [${words.join(", ")}]`;
  const lines = list.filter((one) => rank(one) < 4).map((one) => describe(one));
  const rest = list.filter((one) => rank(one) >= 4).map((one) => describe(one));
  const any = line("any (Pseudo-device that captures on all interfaces)", ["Up", "Running"]);
  return [...lines, any, ...rest].map((text, i) => `${i + 1}.${text}`);

  function describe(one: NetworkInterface): string {
    const words = [
      one.up ? "Up" : undefined,
      one.running ? "Running" : undefined,
      one.loopback ? "Loopback" : undefined,
    ]
      .filter((word): word is string => word !== undefined);
    return words.length === 0 ? `${one.name} [none]` : line(one.name, words);
  }
}

/** The name behind a number of `-D`; a name stands for itself. */
export function interfaceNamed(text: string): string {
  if (!/^\d+$/.test(text)) return text;
  const line = interfaceLines()[Number(text) - 1];
  return line === undefined ? text : /^\d+\.(\S+)/.exec(line)![1]!;
}
