// Network interfaces of this machine: what can be captured on. Linux keeps them in /sys/class/net.

/** Whether there is a device `any`, which captures on all interfaces. */
export const HAS_ANY = Deno.build.os === "linux";

/** An interface by its kernel number. */
export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  /** ARPHRD_ value, which says what its packets begin with; `undefined` where the system does not tell. */
  readonly hardware: number | undefined;
  readonly up: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
  readonly wireless: boolean;
  /** Whether there is a cable or a peer; `undefined` where that means nothing or is not told. */
  readonly connected: boolean | undefined;
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
        wireless: readWord(`${base}/phy80211/name`) !== undefined,
        connected: (flags & 8) !== 0 ? undefined : connected(readWord(`${base}/carrier`)),
      });
    }
  } catch {
    const names = new Set(Deno.networkInterfaces().map((one) => one.name));
    let index = 0;
    for (const name of names) {
      const loopback = /^lo\d*$|^Loopback/.test(name);
      out.push({
        index: ++index,
        name,
        hardware: undefined,
        up: true,
        running: true,
        loopback,
        wireless: false,
        connected: undefined,
      });
    }
  }
  return out.sort((a, b) => a.index - b.index);
}

/** The system gives no word of a carrier while an interface is down. */
function connected(carrier: string | undefined): boolean | undefined {
  return carrier === undefined || carrier === "" ? undefined : carrier === "1";
}

/** Names of interfaces by number: few reads, for a file whose packets name them by number. */
export function interfaceNames(): Map<number, string> {
  const names = new Map<number, string>();
  try {
    for (const { name } of Deno.readDirSync("/sys/class/net")) {
      names.set(Number(readWord(`/sys/class/net/${name}/ifindex`)), name);
    }
  } catch {
    // Not Linux: numbers are shown.
  }
  return names;
}

/** Lines of `-D`: numbers that `-i` takes, names and states. Those that one is most likely to want come first. */
export function interfaceLines(): string[] {
  const any = { name: "any (Pseudo-device that captures on all interfaces)", up: true, running: true, rank: 0.5 };
  const rank = (one: NetworkInterface) =>
    (one.running ? 0 : 8) + (one.up ? 0 : 4) + (one.connected === false && !one.wireless ? 2 : 0) +
    (one.loopback ? 1 : 0);
  return [...networkInterfaces().map((one) => ({ ...one, rank: rank(one) })), ...(HAS_ANY ? [any] : [])]
    .sort((a, b) => a.rank - b.rank)
    .map((one, i) => `${i + 1}.${one.name} [${words(one).join(", ")}]`);
}

function words(one: Partial<NetworkInterface>): string[] {
  const flags = [one.up && "Up", one.running && "Running", one.loopback && "Loopback", one.wireless && "Wireless"]
    .filter((word) => typeof word === "string");
  const [yes, no] = one.wireless ? ["Associated", "Not associated"] : ["Connected", "Disconnected"];
  return [
    ...(flags.length === 0 ? ["none"] : flags),
    ...(one.connected === undefined ? [] : [one.connected ? yes : no]),
  ];
}

/** The name behind a number of `-D`; a name stands for itself. */
export function interfaceNamed(text: string): string {
  if (!/^\d+$/.test(text)) return text;
  const line = interfaceLines()[Number(text) - 1];
  return line === undefined ? text : /^\d+\.(.+?)(?: \(Pseudo-device .*\))? \[/.exec(line)![1]!;
}
