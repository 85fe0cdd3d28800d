// What dig finds in /etc/resolv.conf elsewhere, from Windows: GetNetworkParams of iphlpapi.dll, as BIND's dig asked it there.
// Not pure.

/** `FIXED_INFO` of 64 bits: the machine's domain; the list of servers, whose elements are a pointer to the next and text. */
const DOMAIN = 132, NAME_SIZE = 132, SERVERS = 272, NEXT_SIZE = 8, ADDRESS_SIZE = 16;
/** Servers that are read: more than dig asks. */
const MOST_SERVERS = 16;

/** Octets at a pointer that the system gave. */
export type ReadAt = (pointer: bigint, size: number) => Uint8Array;

function textAt(bytes: Uint8Array, at: number, size: number): string {
  const octets = bytes.subarray(at, at + size);
  const end = octets.indexOf(0);
  return new TextDecoder().decode(end === -1 ? octets : octets.subarray(0, end));
}

/** The text of a resolv.conf(5) that says what a `FIXED_INFO` does. */
export function confOfParameters(info: Uint8Array, readAt: ReadAt): string {
  const lines: string[] = [];
  const domain = textAt(info, DOMAIN, NAME_SIZE);
  if (domain !== "") lines.push(`search ${domain}`);
  let element = info.subarray(SERVERS, SERVERS + NEXT_SIZE + ADDRESS_SIZE);
  for (let i = 0; i < MOST_SERVERS; i++) {
    const address = textAt(element, NEXT_SIZE, ADDRESS_SIZE);
    if (address !== "") lines.push(`nameserver ${address}`);
    const next = new DataView(element.buffer, element.byteOffset).getBigUint64(0, true);
    if (next === 0n) break;
    element = readAt(next, NEXT_SIZE + ADDRESS_SIZE);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What Windows is set up with, as the text of a resolv.conf(5); empty where it does not tell. */
export function windowsResolvConf(): string {
  try {
    const { symbols } = Deno.dlopen("iphlpapi.dll", {
      GetNetworkParams: { parameters: ["buffer", "buffer"], result: "u32" },
    });
    const size = new Uint32Array([0]);
    symbols.GetNetworkParams(null, size);
    const info = new Uint8Array(Math.max(size[0]!, SERVERS + NEXT_SIZE + ADDRESS_SIZE));
    size[0] = info.length;
    if (symbols.GetNetworkParams(info, size) !== 0) return "";
    return confOfParameters(
      info,
      (pointer, length) =>
        new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(pointer)!, length)),
    );
  } catch {
    return "";
  }
}
