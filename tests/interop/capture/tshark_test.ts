// Facts beside tshark's, and files that we write read back by tshark and capinfos.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { captureHead, capturingObserver } from "../../../lib/observe/pcapng.ts";
import { concat, utf8 } from "../../../lib/base/bytes.ts";
import { outputOf, protocolsCapture } from "../../helpers/capture.ts";
import { needing, netlab } from "../../helpers/netlab.ts";
import { inFolder } from "../../helpers/files.ts";

/** Standard error of tshark and its relatives without the warning that they give to root. */
const complaints = (stderr: string) =>
  stderr.split("\n").filter((line) => line !== "" && !/Running as user/.test(line));

Deno.test({
  ...needing("dump --json says what tshark -T fields says", "tshark"),
  async fn() {
    await inFolder(async (folder) => {
      const path = `${folder}/a.pcap`;
      await Deno.writeFile(path, protocolsCapture());
      const names = [
        "frame.number",
        "frame.time_epoch",
        "frame.len",
        "frame.cap_len",
        "frame.protocols",
        "ip.src",
        "ip.dst",
        "ipv6.src",
        "ipv6.dst",
        "tcp.srcport",
        "tcp.dstport",
        "udp.srcport",
        "udp.dstport",
      ];
      const { stdout } = await outputOf("tshark", [
        "-n",
        "-o",
        "ip.defragment:FALSE",
        "-o",
        "ipv6.defragment:FALSE",
        "-r",
        path,
        "-T",
        "fields",
        "-E",
        "occurrence=f",
        ...names.flatMap((name) => ["-e", name]),
      ]);
      const theirs = stdout.split("\n").slice(0, -1).map((line) => {
        const values = line.split("\t");
        return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""]));
      });
      const ours = (await netlab(["dump", "--json", "-r", path])).stdout.trim().split("\n").map((line) =>
        JSON.parse(line)
      );
      assertEquals(ours.length, theirs.length);
      const text = (value: unknown) => value === undefined ? "" : String(value);
      let odd = 0;
      theirs.forEach((their, i) => {
        const our = ours[i];
        assertEquals(
          [String(our.n), our.ts, String(our.len), String(our.caplen)],
          names.slice(0, 4).map((name) => their[name]),
        );
        const layers = their["frame.protocols"]!.split(":");
        const first = layers.find((layer) => layer === "ip" || layer === "ipv6");
        if (first === undefined) return;
        const next = layers.slice(layers.indexOf(first) + 1).find((layer) => !layer.startsWith("ipv6."));
        const same = text(our.src) === their[`${first}.src`] && text(our.dst) === their[`${first}.dst`] &&
          (next !== "tcp" && next !== "udp" ||
            our.proto === next && text(our.sport) === their[`${next}.srcport`] &&
              text(our.dport) === their[`${next}.dstport`]);
        if (!same) odd++;
      });
      // A source route (tshark names its end) and headers whose lengths cannot be.
      assert(odd <= 4, `${odd} packets differ`);
    });
  },
});

Deno.test({
  ...needing("dump -w writes what tshark and capinfos read without a warning, and what was read", "tshark"),
  async fn() {
    await inFolder(async (folder) => {
      const path = `${folder}/a.pcap`, copy = `${folder}/b.pcapng`, again = `${folder}/c.pcapng`;
      await Deno.writeFile(path, protocolsCapture());
      assertEquals((await netlab(["dump", "-r", path, "-w", copy, "udp"])).status, 0);
      assertEquals((await netlab(["dump", "-r", copy, "-w", again])).status, 0);
      const read = async (file: string, filter: string[]) =>
        await outputOf("tshark", [
          "-n",
          "-r",
          file,
          ...filter,
          "-T",
          "fields",
          "-e",
          "frame.time_epoch",
          "-e",
          "frame.len",
          "-e",
          "ip.id",
        ]);
      const expected = (await outputOf("tcpdump", ["-nr", path, "-w", `${folder}/d.pcap`, "udp"])).code === 0
        ? await read(`${folder}/d.pcap`, [])
        : undefined;
      const first = await read(copy, []), second = await read(again, []);
      assertEquals(complaints(first.stderr), []);
      assertEquals(second.stdout, first.stdout);
      if (expected !== undefined) assertEquals(first.stdout, expected.stdout);
      const info = await outputOf("capinfos", [copy]);
      assertEquals(complaints(info.stderr), []);
      assertStringIncludes(info.stdout, "Wireshark/... - pcapng");
    });
  },
});

Deno.test({
  ...needing("capturingObserver() writes an HTTP exchange that tshark shows as HTTP on both sides", "tshark"),
  async fn() {
    await inFolder(async (folder) => {
      const blocks: Uint8Array[] = [captureHead()];
      const observer = capturingObserver({ write: (block) => void blocks.push(block.slice()) }, {
        number: 7,
        route: "tcp-listen:5000 -> tls:example.test:443 via socks5://proxy:1080",
        left: {
          transport: "tcp",
          local: { host: "127.0.0.1", port: 5000 },
          remote: { host: "127.0.0.1", port: 40112 },
          opener: "remote",
        },
        right: {
          transport: "tcp",
          local: { host: "::1", port: 40113 },
          remote: { host: "::1", port: 443 },
          opener: "local",
        },
      });
      observer.data(">", utf8("GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n"));
      observer.data("<", utf8("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"));
      for (let i = 0; i < 4; i++) observer.data("<", new Uint8Array(50_000).fill(65));
      observer.end?.(">");
      observer.end?.("<");
      observer.close?.();
      const path = `${folder}/relay.pcapng`;
      await Deno.writeFile(path, concat(blocks));
      const { stdout, stderr } = await outputOf("tshark", [
        "-n",
        "-r",
        path,
        "-Y",
        "http",
        "-T",
        "fields",
        "-e",
        "frame.interface_id",
        "-e",
        "http.request.uri",
        "-e",
        "http.response.code",
        "-e",
        "tcp.srcport",
        "-e",
        "tcp.dstport",
        "-d",
        "tcp.port==443,http",
      ]);
      assertEquals(complaints(stderr), []);
      assertEquals(stdout.trim().split("\n").sort(), [
        "0\t\t200\t5000\t40112",
        "0\t/page\t\t40112\t5000",
        "1\t\t200\t443\t40113",
        "1\t/page\t\t40113\t443",
      ]);
      const odd = await outputOf("tshark", [
        "-n",
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
        "-r",
        path,
        "-Y",
        "tcp.analysis.flags or tcp.checksum.status == 0 or ip.checksum.status == 0 or _ws.malformed",
      ]);
      assertEquals(odd.stdout, "");
      const comments = await outputOf("tshark", [
        "-n",
        "-r",
        path,
        "-T",
        "fields",
        "-e",
        "frame.comment",
        "-Y",
        "frame.comment",
      ]);
      assertStringIncludes(
        comments.stdout,
        "connection 7: tcp-listen:5000 -> tls:example.test:443 via socks5://proxy:1080",
      );
    });
  },
});
