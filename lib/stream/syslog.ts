// The system's log (RFC 3164 as /dev/log takes it), over a Unix datagram socket.
import { utf8 } from "../base/bytes.ts";

const FACILITIES: readonly string[] = [
  ..."kern user mail daemon auth syslog lpr news uucp cron authpriv ftp".split(" "),
  ...["", "", "", ""],
  ..."local0 local1 local2 local3 local4 local5 local6 local7".split(" "),
];
const SEVERITY: Record<string, number> = { E: 3, W: 4, N: 5, I: 6, D: 7 };
const PATH = "/dev/log";

/** The number of a facility by its name (`security` is auth), or `undefined`. */
export function facilityCode(name: string): number | undefined {
  const at = FACILITIES.indexOf(name.toLowerCase() === "security" ? "auth" : name.toLowerCase());
  return name === "" || at === -1 ? undefined : at;
}

/** A line of our own log as a message of syslog: its time becomes syslog's, its level the priority. */
export function syslogMessage(line: string, program: string, pid: number, facility: number, now: Date): string {
  const level = /\] ([EWNID]) /.exec(line);
  const text = level === null ? line : line.slice(level.index + 2);
  const [, month, day, , time] = /^\w+ (\w+) (\d+) (\d+) ([\d:]+)/.exec(now.toString())!;
  const date = `${month} ${String(Number(day)).padStart(2)} ${time}`;
  return `<${facility * 8 + (SEVERITY[level?.[1] ?? "N"] ?? 5)}>${date} ${program}[${pid}]: ${text.trimEnd()}`;
}

/** Sends lines to the system's log. Throws when there is none. */
export class Syslog {
  readonly #program: string;
  readonly #facility: number;
  readonly #socket: Deno.DatagramConn;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(program: string, facility: number) {
    this.#program = program;
    this.#facility = facility;
    try {
      Deno.statSync(PATH);
      this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: `\0netlab-syslog-${Deno.pid}` });
    } catch (error) {
      throw new Error(`Cannot log to syslog: nobody listens on ${PATH}; log to a file with -lf`, { cause: error });
    }
  }

  /** Sends a line of our log. What cannot be sent is dropped. */
  line(text: string): void {
    const message = utf8(syslogMessage(text, this.#program, Deno.pid, this.#facility, new Date()));
    this.#sending = this.#sending.then(() => this.#socket.send(message, { transport: "unixpacket", path: PATH }))
      .catch(() => {});
  }

  /** Fulfilled when everything has been sent: to be awaited before the program ends. */
  async flush(): Promise<void> {
    await this.#sending;
  }
}
