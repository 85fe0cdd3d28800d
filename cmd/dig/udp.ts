// DNS over UDP: one datagram out, answers from that server only. Not pure: sockets, and on Linux how to learn that nobody
// listens, which the runtime does not tell.
import { errorCode } from "../../lib/base/errors.ts";
import { formatIp, parseIp } from "../../lib/base/ip.ts";
import { type Channel, NetworkError, type NetworkReason } from "../../lib/dns/exchange/channel.ts";

/**
 * Tells whether datagrams to a port of this machine find nobody. Made before permissions are given up: the runtime opens
 * files of the kernel only for those who have all of them.
 */
export class PortTable implements Disposable {
  readonly #files: Deno.FsFile[];

  private constructor(files: Deno.FsFile[]) {
    this.#files = files;
  }

  /** The system's tables of UDP sockets; `undefined` where there are none to be read. */
  static open(): PortTable | undefined {
    if (Deno.build.os !== "linux") return undefined;
    const files: Deno.FsFile[] = [];
    for (const path of ["/proc/net/udp", "/proc/net/udp6"]) {
      try {
        files.push(Deno.openSync(path));
      } catch {
        // Without IPv6 there is one table only.
      }
    }
    return files.length === 0 ? undefined : new PortTable(files);
  }

  /** Whether no socket would take a datagram for `port` of this address of this machine. */
  isFree(address: string, port: number): boolean {
    if (this.#files.length === 0) return false;
    const wanted = listenersOf(address).map((hex) => `${hex}:${port.toString(16).toUpperCase().padStart(4, "0")} `);
    const buffer = new Uint8Array(65536);
    const decoder = new TextDecoder();
    for (const file of this.#files) {
      file.seekSync(0, Deno.SeekMode.Start);
      for (let rest = "";;) {
        const count = file.readSync(buffer);
        if (count === null || count === 0) break;
        const lines = (rest + decoder.decode(buffer.subarray(0, count))).split("\n");
        rest = lines.pop()!;
        // "  12: 0100007F:0035 00000000:0000 07 …": a socket's own address, and the peer's if it is connected to one.
        for (const line of lines) {
          const own = line.slice(line.indexOf(":") + 2);
          if (wanted.some((start) => own.startsWith(start) && UNCONNECTED.test(own.slice(start.length)))) return false;
        }
      }
    }
    return true;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.splice(0)) file.close();
  }
}

/** No peer: whoever sends is heard. */
const UNCONNECTED = /^0+:0000 /;

/** The addresses, as the tables have them, of sockets that hear what is sent to `address`. */
function listenersOf(address: string): string[] {
  const ip = parseIp(address);
  if (ip === undefined) return [];
  // Words in the machine's order of octets.
  const words = Array.from(
    { length: ip.bytes.length / 4 },
    (_, i) =>
      Array.from(ip.bytes.subarray(i * 4, i * 4 + 4), (octet) => octet.toString(16).padStart(2, "0")).reverse().join(
        "",
      ),
  );
  const own = words.join("").toUpperCase(), any = "0".repeat(32);
  return ip.family === 6 ? [own, any] : [own, "00000000", `0000000000000000FFFF0000${own}`, any];
}

/** What the system says of a datagram that could not be delivered: asked now and then. */
export type RefusalCheck = () => NetworkReason | undefined;

/** What nobody ever wakes. */
const ASLEEP = new Int32Array(new SharedArrayBuffer(4));

/**
 * Calls `then` after so many milliseconds, if the process is still there. Not `setTimeout`: its first use takes seven
 * milliseconds, as long as all the rest of a lookup. Nor a signal with a time-out, whose first use takes one.
 */
function after(milliseconds: number, then: () => void): void {
  void Promise.resolve(Atomics.waitAsync(ASLEEP, 0, 0, milliseconds).value).then(then);
}

/** When the check is made, in milliseconds after sending; then every second. */
const CHECK_AT = [2, 8, 30, 100, 300, 700];

/** dig's words for what the system says of a socket. By its codes: each system, and each language of Windows, has other words. */
const REASONS: Readonly<Record<string, NetworkReason>> = {
  ENETUNREACH: "network unreachable",
  EHOSTUNREACH: "host unreachable",
  ECONNREFUSED: "connection refused",
  // Windows' word for it.
  ECONNRESET: "connection refused",
  // Port 0.
  EINVAL: "connection refused",
  EADDRNOTAVAIL: "address not available",
  EADDRINUSE: "address in use",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

/** dig's word for an error of a socket. */
export function reasonOf(error: unknown): NetworkReason {
  return REASONS[errorCode(error) ?? ""] ?? "failure";
}

/** Where a socket is bound and whom it asks. */
interface UdpTarget {
  readonly address: string;
  readonly port: number;
  readonly bind?: { readonly address: string; readonly port: number } | undefined;
  /** Makes the check for delivery of a socket with this local port. */
  readonly watch?: ((localPort: number) => RefusalCheck | undefined) | undefined;
}

/** The canonical text of an address, for comparing with what the runtime reports: that has no zone. */
export function canonical(address: string): string {
  const ip = parseIp(address.replace(/%.*$/, ""));
  return ip === undefined ? address : formatIp(ip);
}

/** A UDP socket that asks one server. */
export class UdpChannel implements Channel {
  readonly strangers: string[] = [];
  setupFailure: NetworkReason | undefined;
  readonly #conn: Deno.DatagramConn;
  readonly #peer: Deno.NetAddr;
  readonly #from: string;
  readonly #check: RefusalCheck | undefined;
  readonly #buffer = new Uint8Array(65535);
  #closed = false;
  #failure: NetworkReason | undefined;
  #reading: Promise<[Uint8Array, Deno.Addr]> | undefined;

  constructor(target: UdpTarget) {
    const six = target.address.includes(":");
    try {
      this.#conn = Deno.listenDatagram({
        transport: "udp",
        hostname: target.bind?.address ?? (six ? "::" : "0.0.0.0"),
        port: target.bind?.port ?? 0,
      });
    } catch (error) {
      throw new NetworkError(reasonOf(error), String(error), { cause: error });
    }
    this.#peer = { transport: "udp", hostname: target.address, port: target.port };
    this.#from = canonical(target.address);
    this.#check = target.watch?.((this.#conn.addr as Deno.NetAddr).port);
  }

  async send(message: Uint8Array): Promise<void> {
    try {
      await this.#conn.send(message, this.#peer);
    } catch (error) {
      const reason = reasonOf(error);
      // No way there at all: what connecting would have said.
      if (reason === "network unreachable" || reason === "address not available") this.setupFailure = reason;
      // Anything else is told by the next read.
      this.#failure = reason;
    }
  }

  receive(timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const fail = (reason: NetworkReason) => {
        settled = true;
        reject(new NetworkError(reason));
      };
      if (this.#failure !== undefined) return fail(this.#failure);
      after(timeoutMs, () => settled || fail("timed out"));
      const look = (step: number) => {
        const wait = step < CHECK_AT.length ? CHECK_AT[step]! - (CHECK_AT[step - 1] ?? 0) : 1000;
        after(wait, () => {
          if (settled) return;
          const refusal = this.#check!();
          if (refusal === undefined) look(step + 1);
          else fail(refusal);
        });
      };
      if (this.#check !== undefined) look(0);
      const read = () => {
        this.#reading ??= this.#conn.receive(this.#buffer);
        this.#reading.then(([data, from]) => {
          this.#reading = undefined;
          const { hostname, port } = from as Deno.NetAddr;
          if (port !== this.#peer.port || (hostname !== this.#from && canonical(hostname) !== this.#from)) {
            if (this.strangers.length < 16) this.strangers.push(`${hostname}#${port}`);
            if (!settled) read();
            return;
          }
          settled = true;
          resolve(data.slice());
        }, (error) => {
          this.#reading = undefined;
          if (!this.#closed && !settled) fail(reasonOf(error));
        });
      };
      read();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}
