// What QUIC's sides tell each other in an extension of TLS. Pure. RFC 9000 18. To add a parameter: a line in the table.
import type { Tree } from "../tree.ts";
import { varint } from "../coding/varint.ts";

/** Names by number, and whether the value is a number. RFC 9000 18.2, RFC 9221, RFC 9368, RFC 9287. */
const TRANSPORT_PARAMETERS: Readonly<Record<number, readonly [name: string, isNumber: boolean]>> = {
  0: ["original_destination_connection_id", false],
  1: ["max_idle_timeout", true],
  2: ["stateless_reset_token", false],
  3: ["max_udp_payload_size", true],
  4: ["initial_max_data", true],
  5: ["initial_max_stream_data_bidi_local", true],
  6: ["initial_max_stream_data_bidi_remote", true],
  7: ["initial_max_stream_data_uni", true],
  8: ["initial_max_streams_bidi", true],
  9: ["initial_max_streams_uni", true],
  10: ["ack_delay_exponent", true],
  11: ["max_ack_delay", true],
  12: ["disable_active_migration", false],
  13: ["preferred_address", false],
  14: ["active_connection_id_limit", true],
  15: ["initial_source_connection_id", false],
  16: ["retry_source_connection_id", false],
  17: ["version_information", false],
  32: ["max_datagram_frame_size", true],
  10930: ["grease_quic_bit", false],
};

/** The extension's value. */
export function transportParameters(tree: Tree): void {
  while (tree.remaining > 0) {
    tree.group("Parameter", (group) => {
      const id = varint(tree, "Parameter ID", "RFC 9000 18");
      const [name, isNumber] = TRANSPORT_PARAMETERS[id] ??
        [id % 31 === 27 ? "reserved, to be ignored" : "unknown", false];
      const size = varint(tree, "Length", "RFC 9000 18");
      group.meaning = name;
      if (size === 0) return;
      if (isNumber && [1, 2, 4, 8].includes(size)) group.meaning += `: ${varint(tree, "Value", "RFC 9000 18.2")}`;
      else tree.bytes("Value", size, "RFC 9000 18.2");
    }, { ref: "RFC 9000 18" });
  }
}
