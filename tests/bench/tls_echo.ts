// The other end of the TLS benchmark, in a process of its own: a TLS echo that prints its port and ends with its input.
const data = (name: string) => Deno.readTextFileSync(new URL(`../data/tls/${name}`, import.meta.url));

const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: data("leaf.crt"), key: data("leaf.key") });
console.log(listener.addr.port);
new Response(Deno.stdin.readable).bytes().then(() => Deno.exit());
for await (const conn of listener) {
  (async () => {
    const block = new Uint8Array(4096);
    for (let count; (count = await conn.read(block)) !== null;) await conn.write(block.subarray(0, count));
  })().catch(() => {}).finally(() => conn.close());
}
