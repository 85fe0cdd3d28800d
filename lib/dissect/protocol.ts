// What a protocol is to the dissectors, and what they give: the types between the list, the drivers and the views. Pure.
import type { KeyLog } from "./security/key_log.ts";
import type { Field } from "../base/field.ts";
import type { Fragment } from "./follow/fragments.ts";
import type { Tree } from "./tree.ts";

/** Who sent: the side that opened the connection (or asked), or the other one. */
export type Side = "client" | "server";

/** Ports of both sides, where known. */
export interface Ports {
  readonly client?: number | undefined;
  readonly server?: number | undefined;
}

/** `tcp:8080=http`: what to take a port for, whatever else speaks. */
export interface Decode {
  readonly transport: "tcp" | "udp";
  readonly port: number;
  readonly protocol: string;
}

/** One decoded message of a conversation. */
export interface Message {
  /** Counts from 1 in its conversation. */
  readonly number: number;
  /** Name in the list of protocols, or "data" when nobody knows the octets. */
  readonly protocol: string;
  readonly side: Side;
  /** Milliseconds, as given with the octets that completed it. */
  readonly timeMs: number;
  /** Octets that this side sent before it. */
  readonly offset: number;
  /** The octets of the message (a copy). Field offsets count from its start. */
  readonly bytes: Uint8Array;
  /** The tree: every octet of `bytes` lies in some field. */
  readonly root: Field;
  /** One line: "GET /index.html HTTP/1.1". Safe on a terminal. Holds passwords: `mask` hides them. */
  readonly summary: string;
  /** The message that this one answers, and the time between. */
  readonly answers?: { readonly number: number; readonly elapsedMs: number } | undefined;
  /** Passwords that stand in clear in it, as text. */
  readonly secrets: readonly string[];
  /** Why it is not explained to its end. */
  readonly error?: string | undefined;
  /** Text to show for "who said what": decoded where the protocol carries text, else absent. */
  readonly text?: string | undefined;
  /** Messages that it carried under encryption, opened. */
  readonly inner?: readonly Message[] | undefined;
  /** See `Expected`. */
  readonly expects?: readonly Expected[] | undefined;
  /** Octets of files that it carried. */
  readonly parts?: readonly FilePart[] | undefined;
}

/** A file that messages carry, such as the body of an HTTP message. All its parts refer to the same object. */
export interface CarriedFile {
  /** By what files are asked for: "http". */
  readonly kind: string;
  /** Where it came from or went to: "GET http://host/path 200". */
  readonly said: string;
  /** Its name there, which may be a path. */
  readonly name: string;
  /** Media type, "" when not said. */
  readonly type: string;
  /** Content codings in the order in which they were applied: to be undone. */
  readonly codings: readonly string[];
  /** Nothing marks its end, but for that of the connection. */
  readonly unmarked?: boolean;
}

/** Octets of a file: those of one message. */
export interface FilePart {
  readonly file: CarriedFile;
  readonly bytes: Uint8Array;
  /** No part follows. */
  readonly last: boolean;
  /** Octets that are missing before these. */
  readonly lost?: number;
}

/** Datagrams that a message announces: where they will come from or go to, and what they will be. */
export interface Expected {
  /** Default: the address of whoever sent the message. */
  readonly host?: string;
  readonly port: number;
  readonly protocol: string;
  /** The side that the port belongs to, where there are sides. */
  readonly side?: Side;
}

/** What a dissector says of a message besides its fields. */
export interface Words {
  /** One line: the message in the protocol's own words. */
  readonly summary: string;
  /** The message is a request that an answer with the same key will follow. */
  readonly asks?: string;
  /** The message answers the oldest open request with this key. */
  readonly answers?: string;
  /** The content as text, where it is text. */
  readonly text?: string;
  /** From the next octet on, this conversation speaks another protocol: see `Become`. */
  readonly become?: Become;
  /** Messages that it carried under encryption, opened. */
  readonly inner?: readonly Message[];
  readonly expects?: readonly Expected[];
  /** Octets of files that it carries, of what is there of it. */
  readonly parts?: readonly FilePart[];
}

/** Another protocol from here on: its name, or "" to find out by these ports and the first bytes. */
export interface Become {
  readonly protocol: string;
  readonly ports?: Ports;
  /** What the new protocol must know of the old one: "permessage-deflate". */
  readonly note?: string;
}

/** What a dissector may ask of whoever runs it. */
export interface DissectContext {
  readonly side: Side;
  readonly ports: Ports;
  readonly timeMs: number;
  /** Explains the next `length` octets of the tree as a datagram of another protocol, found by name or by ports. */
  inner(tree: Tree, length: number, protocol: string, ports?: Ports): Words | undefined;
  /** Explains octets that do not stand in the tree: decompressed, joined. */
  explain(bytes: Uint8Array, protocol: string): Field | undefined;
  /** Secrets of TLS, where there are any. */
  readonly keys?: KeyLog | undefined;
  /** A conversation inside this one, of a protocol where it is known (`note`: see `Become`), by name or itself, over the
   * same transport or another; `undefined` where there are too many inside each other. */
  conversation?(
    ports: Ports,
    protocol?: string | Protocol,
    note?: string,
    transport?: "tcp" | "udp",
  ): InnerConversation | undefined;
}

/** What a conversation inside another gives. */
export interface InnerConversation {
  data(side: Side, bytes: Uint8Array, timeMs: number): Message[];
}

/** A conversation's dissector: cuts a stream into messages and explains each. It holds the state of both directions. */
export interface StreamDissector {
  /**
   * Octets of the first message in `bytes`: may be more than there are; 0 when more must come to tell. It is not
   * called again before more came. `scanned` octets were there at the last call that gave 0. When `ended`, no more comes.
   * A `FormatError` says that this is not the protocol: the octets are explained up to where it breaks.
   */
  measure(bytes: Uint8Array, side: Side, ended: boolean, scanned: number): number;
  /** Explains one message, which may be cut short. */
  dissect(tree: Tree, context: DissectContext): Words;
}

/** How well first bytes fit: surely, surely not, more are needed; "possible" is good enough on the protocol's port only. */
export type Guess = "yes" | "no" | "maybe" | "possible";

/** A protocol over TCP or UDP. */
export interface Protocol {
  /** As typed: "http". */
  readonly name: string;
  /** As printed: "HTTP/1". */
  readonly title: string;
  readonly ref: string;
  readonly tcp?: readonly number[];
  readonly udp?: readonly number[];
  /** Whether the first bytes of a stream by `side` are this protocol. */
  readonly detect?: (bytes: Uint8Array, side: Side) => Guess;
  /** Stands in front of any protocol, whatever the port: `detect` is asked before the port's own protocol. */
  readonly precedes?: true;
  /** Whether the octets of a stream that was joined in its middle surely begin a message. Default: `detect` says yes. */
  readonly resumes?: (bytes: Uint8Array, side: Side) => boolean;
  /** Whether a datagram on this port of the protocol's own can be it. Default: any can. */
  readonly fits?: (bytes: Uint8Array, port?: number) => boolean;
  /** Whether a datagram of a conversation that surely was this protocol can be more of it. Default: `fits`. */
  readonly goesOn?: (bytes: Uint8Array) => boolean;
  /** Whether a whole datagram is this protocol, when no port tells. Must be sure. */
  readonly detectDatagram?: (bytes: Uint8Array) => boolean;
  /** Which side sends a message that begins like this, for bare bytes. */
  readonly sideOf?: (bytes: Uint8Array) => Side;
  readonly stream?: (ports: Ports, note: string) => StreamDissector;
  readonly datagram?: (tree: Tree, context: DissectContext) => Words;
  /** Makes a `datagram` that remembers: one for each conversation. */
  readonly session?: () => (tree: Tree, context: DissectContext) => Words;
}

/** Facts of a packet for one-line views, JSON, statistics and reassembly. */
export interface PacketFacts {
  /** Names of the layers, outermost first: "ethernet", "ipv4", "tcp", "http". */
  readonly layers: string[];
  /** Addresses and protocol of the innermost IP header, after IPv6 extension headers; ARP's protocol addresses. */
  src?: string;
  dst?: string;
  /** "tcp", "udp", "icmp", "icmp6", "igmp", "arp", or the number. */
  proto?: string;
  sport?: number;
  dport?: number;
  /** The TCP header: numbers as on the wire. */
  tcp?: { seq: number; ack: number; flags: number; window: number; windowShift?: number };
  /** Where the TCP or UDP payload stands in the packet. TCP: with the octets that the capture cut off. */
  payload?: { offset: number; length: number };
  /** Set when the packet is a piece of a larger datagram: its offset, and whether more follow. */
  fragment?: Fragment;
}

/** What a layer says after its header: which layer is next, and how many of the octets left are its. */
export interface Next {
  readonly layer: string;
  readonly length: number;
  /** Name for octets after `length`. Default "Padding". */
  readonly trailer?: string;
  /** Explains those octets. Default: they have a name and no more. */
  readonly tail?: (tree: Tree) => void;
}

/** A layer of a packet: reads its header from the tree and says what follows. */
export interface Layer {
  readonly name: string;
  readonly title: string;
  readonly ref: string;
  readonly dissect: (tree: Tree, packet: PacketState) => Next | undefined;
}

/** What the layers of one packet share. */
export interface PacketState {
  readonly facts: PacketFacts;
  /** Octets on the wire, when the capture cut the packet. */
  readonly originalLength: number;
  /** Octets at the end of the IP packet that the capture cut off. */
  lacking?: number;
  /** A line that sums up the layer; set by each layer's dissector. */
  summary: string;
  /** For the checksums of TCP, UDP and ICMPv6: sum of the pseudo header without the length. */
  pseudo?: { sum: number; protocol: number } | undefined;
  /** Notes about TCP, from whoever follows the connections: "retransmission", relative numbers. */
  readonly track?: (facts: PacketFacts) => TcpNotes | undefined;
  /** The layers from here on are quoted in an error message: cut short, and no facts of this packet. */
  quoted?: boolean;
  /** Ports of a datagram that is quoted: what it carries is explained by them. */
  quotedPorts?: Ports;
  /** The layers from here on lie in a piece of a larger datagram: they are no facts of this packet. */
  inner?: boolean;
  /** The IP payload is a piece of a larger datagram. */
  partial?: boolean;
  /** Addresses of the link, that compressed ones are made of. */
  link?: { readonly from: Uint8Array | undefined; readonly to: Uint8Array | undefined };
  /** A request that one packet asks and another answers: an echo, a question for an address. Same key in both. */
  pair?: { readonly key: string; readonly answer: boolean };
}

/** What following a TCP connection adds to one segment. */
export interface TcpNotes {
  readonly relativeSeq?: number;
  readonly relativeAck?: number;
  /** "retransmission", "out of order", "3 octets missing before" */
  readonly note?: string;
  /** Shift of the window (RFC 7323), when the handshake was seen. */
  readonly windowShift?: number;
}
