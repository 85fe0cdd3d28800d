// Programs that benchmarks run: ours and peers that serve while they are measured, and those that measure.

/** A program that runs while it is measured. */
export class Server implements AsyncDisposable {
  readonly child: Deno.ChildProcess;
  constructor(program: string, args: readonly string[]) {
    const env = Deno.env.toObject();
    // More authorities than usual would cost each connection of the runtime's.
    for (const name of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"]) delete env[name];
    const closed = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.child = new Deno.Command(program, { args: [...args], env, clearEnv: true, ...closed }).spawn();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.status;
  }
}

/** The memory of a process that is resident, in KiB (proc(5)). */
export async function rssKib(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`))![1]);
}

/** Waits until the ports are listened on, without connecting: a probe would be a client of what is measured. */
export async function listening(...ports: number[]): Promise<void> {
  for (const port of ports) {
    const pattern = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `);
    for (let tries = 0;; tries++) {
      const tables = await Promise.all(["tcp", "tcp6"].map((name) => Deno.readTextFile(`/proc/net/${name}`)));
      if (tables.some((table) => pattern.test(table))) break;
      if (tries === 250) throw new Error(`Nobody listens on port ${port}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What a program prints. Throws what it says when it fails. */
export async function output(program: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" });
  const { stdout, code, stderr } = await command.output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout));
  return new TextDecoder().decode(stdout);
}

/** Gbit/s that iperf3 gets through a port in `seconds`; with `-R` among the flags from its server. */
export async function bulk(port: number, seconds: number, ...flags: string[]): Promise<number> {
  const args = ["-c", "127.0.0.1", "-p", `${port}`, "-t", `${seconds}`, "-J", ...flags];
  for (let tries = 0;; tries++) {
    try {
      return JSON.parse(await output("iperf3", args)).end.sum_received.bits_per_second / 1e9;
    } catch (error) {
      // The server is busy for a moment after the run before.
      if (tries === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
