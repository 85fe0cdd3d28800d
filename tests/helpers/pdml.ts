// What `tshark -T pdml` says of a capture: for each packet the fields with their ranges and values.

/** One field as tshark sees it. */
export interface PdmlField {
  /** "ip.ttl". */
  readonly name: string;
  readonly pos: number;
  readonly size: number;
  /** The value as shown: decimal, "0x…", text, "True". */
  readonly show: string;
  /** Hex of the octets, or the value of the bits. */
  readonly value: string;
}

const attribute = (tag: string, name: string): string => {
  const match = new RegExp(` ${name}="([^"]*)"`).exec(tag);
  return (match?.[1] ?? "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#x27;/g, "'")
    .replace(/&amp;/g, "&");
};

/** Fields by packet. Hidden ones, those of "frame" and "geninfo", and those tshark made itself (size 0) are left out. */
export function parsePdml(text: string): PdmlField[][] {
  return text.split("<packet>").slice(1).map((packet) => {
    const fields: PdmlField[] = [];
    let skip = false;
    for (const tag of packet.match(/<(proto|field) [^>]*>/g) ?? []) {
      if (tag.startsWith("<proto")) skip = / name="(geninfo|frame|fake-field-wrapper)"/.test(tag);
      const size = Number(attribute(tag, "size"));
      if (skip || size === 0 || / hide="yes"/.test(tag)) continue;
      fields.push({
        name: attribute(tag, "name"),
        pos: Number(attribute(tag, "pos")),
        size,
        show: attribute(tag, "show"),
        value: attribute(tag, "value"),
      });
    }
    return fields;
  });
}

/** Runs tshark on a file; the text of its pdml. */
export async function pdmlOf(path: string, decodeAs: readonly string[] = []): Promise<string> {
  const { stdout, success } = await new Deno.Command("tshark", {
    args: [
      "-r",
      path,
      "-T",
      "pdml",
      "-o",
      "tcp.desegment_tcp_streams:TRUE",
      ...decodeAs.flatMap((rule) => ["-d", rule]),
    ],
    stderr: "null",
  }).output();
  if (!success) throw new Error("tshark failed");
  return new TextDecoder().decode(stdout);
}
