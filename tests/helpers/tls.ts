// TLS to a server of a test.
import { formatHostPort, type HostPort } from "../../lib/base/host_port.ts";
import { dialTcp } from "../../lib/dial/tcp.ts";
import type { TlsClient } from "../../lib/dial/tls/client.ts";
import type { Stream } from "../../lib/stream/stream.ts";

/** TLS over a TCP connection of its own, and over another one where the handshake has to begin anew. */
export async function dialTls(client: TlsClient, target: HostPort): Promise<Stream> {
  const again = () => dialTcp(target);
  return await client.over(await again(), target.host, { target: formatHostPort(target) }, again);
}
