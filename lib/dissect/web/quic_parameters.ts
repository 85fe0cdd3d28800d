// What QUIC's sides tell each other in an extension of TLS. Pure. RFC 9000 18. To add a parameter: a line in the table.
import { secondsText } from "../../base/text.ts";
import type { Tree } from "../tree.ts";
import { varint } from "../coding/varint.ts";
import { milliseconds } from "../coding/words.ts";

const VERSIONS: Readonly<Record<number, string>> = {
  0: "version negotiation",
  1: "version 1 (RFC 9000)",
  0x6b3343cf: "version 2 (RFC 9369)",
};

/** A version of QUIC in words. */
export function versionName(version: number): string {
  if (VERSIONS[version] !== undefined) return VERSIONS[version];
  if ((version & 0x0f0f0f0f) === 0x0a0a0a0a) return "reserved, to force negotiation";
  return version >>> 8 === 0xff0000 ? `draft ${version & 0xff}` : "unknown";
}

type ValueKind = "number" | "milliseconds" | "versions" | "octets";

/** Names by number, what the value is, and where that is written when not in RFC 9000 18.2. */
const TRANSPORT_PARAMETERS: Readonly<Record<number, readonly [name: string, kind: ValueKind, ref?: string]>> = {
  0: ["original_destination_connection_id", "octets"],
  1: ["max_idle_timeout", "milliseconds"],
  2: ["stateless_reset_token", "octets"],
  3: ["max_udp_payload_size", "number"],
  4: ["initial_max_data", "number"],
  5: ["initial_max_stream_data_bidi_local", "number"],
  6: ["initial_max_stream_data_bidi_remote", "number"],
  7: ["initial_max_stream_data_uni", "number"],
  8: ["initial_max_streams_bidi", "number"],
  9: ["initial_max_streams_uni", "number"],
  10: ["ack_delay_exponent", "number"],
  11: ["max_ack_delay", "milliseconds"],
  12: ["disable_active_migration", "octets"],
  13: ["preferred_address", "octets"],
  14: ["active_connection_id_limit", "number"],
  15: ["initial_source_connection_id", "octets"],
  16: ["retry_source_connection_id", "octets"],
  17: ["version_information", "versions", "RFC 9368 3"],
  32: ["max_datagram_frame_size", "number", "RFC 9221 3"],
  10930: ["grease_quic_bit", "octets", "RFC 9287 3"],
};

const time = (ms: number) => ms % 1000 === 0 ? secondsText(ms / 1000) : milliseconds(ms);

/** The value in the next `size` octets; gives it in words, where it has any. */
function parameterValue(tree: Tree, kind: ValueKind, size: number, ref: string): string | undefined {
  if (kind === "versions" && size >= 4 && size % 4 === 0) {
    const chosen = versionName(tree.u32("Chosen version", ref, versionName));
    for (let left = size - 4; left > 0; left -= 4) tree.u32("Available version", ref, versionName);
    return chosen;
  }
  if (kind === "octets" || kind === "versions" || ![1, 2, 4, 8].includes(size)) {
    tree.bytes("Value", size, ref);
    return undefined;
  }
  if (kind === "number") return String(varint(tree, "Value", ref));
  return time(varint(tree, "Value", ref, time));
}

/** The extension's value. */
export function transportParameters(tree: Tree): void {
  while (tree.remaining > 0) {
    tree.group("Parameter", (group) => {
      const id = varint(tree, "Parameter ID", "RFC 9000 18");
      const [name, kind, ref = "RFC 9000 18.2"] = TRANSPORT_PARAMETERS[id] ??
        [id % 31 === 27 ? "reserved, to be ignored" : "unknown", "octets" as const];
      const size = varint(tree, "Length", "RFC 9000 18");
      const said = size === 0 ? undefined : parameterValue(tree, kind, size, ref);
      group.meaning = said === undefined ? name : `${name}: ${said}`;
    }, { ref: "RFC 9000 18" });
  }
}
