// What clients of a proxy are tried against: two netlab proxies, an HTTP origin, echo servers. Everything on loopback.
import { type Running, runProgram, startNetlab, which } from "../../helpers/netlab.ts";

/** What the origin answers with. */
export const HELLO = "hello from the origin";

/** A page of a browser: it asks for more, once by HTTP and once by WebSocket, and shows what it got. */
const PAGE = `<!DOCTYPE html><title>page</title><p id="http"></p><p id="socket"></p><script>
const show = (id, text) => document.getElementById(id).textContent = text;
let over = false;
const ask = () => fetch("/hello").then((response) => response.text());
// A browser without a window waits for requests, but not for a WebSocket: so there is always a request.
const wait = (text) => { show("http", text); if (!over) ask().then(wait); };
ask().then(wait);
const socket = new WebSocket("ws://" + location.host + "/echo");
socket.onopen = () => socket.send("a message");
socket.onmessage = ({ data }) => { show("socket", data + " came back"); over = true; socket.close(); };
</script>`;

/** Everything that a case needs, running. */
export class Lab implements AsyncDisposable {
  readonly folder: string;
  /** Port of `openProxy`. */
  open = 0;
  /** Port of `closedProxy`. */
  closed = 0;
  /** Port of the HTTP origin. */
  http = 0;
  /** Port of a UDP echo server. */
  udp = 0;
  readonly #running: Running[] = [];
  readonly #closers: (() => void | Promise<void>)[] = [];

  /** Wants no login. */
  readonly openProxy: Running;
  /** Wants `me` with the password `secret`. */
  readonly closedProxy: Running;

  private constructor(folder: string) {
    this.folder = folder;
    // What a browser asks for by itself, its maker's hosts, is refused before anybody resolves it.
    this.openProxy = this.run(startNetlab(["socks", "--port", "0", "--grace", "0", "--deny", "*.com"]));
    this.closedProxy = this.run(startNetlab(["socks", "--port", "0", "--user", "me:secret", "--grace", "0"]));
  }

  static async start(): Promise<Lab> {
    const lab = new Lab(await Deno.makeTempDir({ prefix: "netlab-lab-" }));
    const files = `${lab.folder}/www`;
    await Deno.mkdir(files);
    await Deno.writeTextFile(`${files}/hello`, HELLO);
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname);
      if (path === "/page") return new Response(PAGE, { headers: { "content-type": "text/html" } });
      if (path === "/echo") {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onmessage = ({ data }) => socket.send(data);
        return response;
      }
      if (path === "/" || path === "/hello") return new Response(HELLO);
      try {
        return new Response(await Deno.readFile(`${files}${path.replaceAll("..", "")}`));
      } catch {
        return new Response("none", { status: 404 });
      }
    });
    lab.http = server.addr.port;
    lab.#closers.push(() => server.shutdown());
    const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    lab.udp = (udp.addr as Deno.NetAddr).port;
    const echoing = (async () => {
      try {
        for (;;) {
          const [bytes, from] = await udp.receive();
          await udp.send(bytes, from);
        }
      } catch {
        // Closed.
      }
    })();
    lab.#closers.push(async () => {
      udp.close();
      await echoing;
    });
    lab.open = await lab.openProxy.port();
    lab.closed = await lab.closedProxy.port();
    return lab;
  }

  /** Stops with the lab. */
  run(running: Running): Running {
    this.#running.push(running);
    return running;
  }

  /** A file of its own; its path. */
  async file(name: string, text: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** Runs a client: fails unless it ends well and says `expected`. */
  async says(
    expected: string,
    program: string,
    args: readonly string[],
    options: Parameters<typeof runProgram>[2] = {},
  ): Promise<void> {
    const { status, stdout, stderr } = await runProgram(which(program) ?? program, args, {
      timeoutMs: 20_000,
      ...options,
    });
    if (!stdout.includes(expected)) {
      throw new Error(`${program} ${args.join(" ")} ended with ${status} and said "${stdout}": ${stderr}`);
    }
  }

  /** The request that clients without HTTP of their own send. */
  get request(): string {
    return `GET /hello HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running.stop("SIGKILL");
    for (const close of this.#closers) await close();
    await Deno.remove(this.folder, { recursive: true });
  }
}
