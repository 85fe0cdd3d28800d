// The load of the TLS benchmark, in a process of its own: `tls_load.ts connections PORT COUNT` makes TLS connections, 64
// octets there and back, 32 at once; `tls_load.ts echo` is a TLS echo that prints its port and ends with its input.
const data = (name: string) => Deno.readTextFileSync(new URL(`../data/tls/${name}`, import.meta.url));

const [kind, portText = "0", countText = "0"] = Deno.args;
if (kind === "connections") {
  const port = Number(portText), count = Number(countText);
  const caCerts = [data("ca.crt")];
  let left = count;
  const began = performance.now();
  const worker = async () => {
    const block = new Uint8Array(64);
    while (left-- > 0) {
      const tcp = await Deno.connect({ hostname: "127.0.0.1", port });
      tcp.setNoDelay(true);
      const tls = await Deno.startTls(tcp, { hostname: "localhost", caCerts });
      await tls.write(block);
      for (let got = 0; got < 64;) got += (await tls.read(block)) ?? 64;
      tls.close();
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  console.log(count / (performance.now() - began) * 1000);
} else {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: data("leaf.crt"), key: data("leaf.key") });
  console.log(listener.addr.port);
  new Response(Deno.stdin.readable).bytes().then(() => Deno.exit());
  for await (const conn of listener) {
    (async () => {
      const block = new Uint8Array(4096);
      for (let count; (count = await conn.read(block)) !== null;) await conn.write(block.subarray(0, count));
    })().catch(() => {}).finally(() => conn.close());
  }
}
