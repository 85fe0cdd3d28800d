// BGP-4 (RFC 4271): messages and the parameters of OPEN. What an UPDATE says of its routes is in bgp_attributes.ts, the
// routes are in bgp_routes.ts. Pure.
//   marker (16 octets of ones), length (16), type (8)
import { FormatError } from "../../base/errors.ts";
import { routeFilters } from "./bgp_filters.ts";
import { AFIS, familyName, type PathIds, routesOf, SAFIS } from "./bgp_routes.ts";
import { bgpAttributes } from "./bgp_attributes.ts";
import { capabilityTable, FormOfCapabilities, type Offer } from "./bgp_capabilities.ts";
import { readTlvs } from "../coding/shape.ts";
import { clip, counted, seconds } from "../coding/words.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";

const HEAD = "RFC 4271 4.1";
const TYPES: Readonly<Record<number, string>> = {
  1: "OPEN",
  2: "UPDATE",
  3: "NOTIFICATION",
  4: "KEEPALIVE",
  5: "ROUTE-REFRESH",
  6: "CAPABILITY",
};
const ERRORS: Readonly<Record<number, string>> = {
  1: "message header error",
  2: "OPEN message error",
  3: "UPDATE message error",
  4: "hold timer expired",
  5: "finite state machine error",
  6: "cease",
  7: "ROUTE-REFRESH message error",
  8: "send hold timer expired",
};
const SUBERRORS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: { 1: "connection not synchronized", 2: "bad message length", 3: "bad message type" },
  2: {
    1: "unsupported version number",
    2: "bad peer AS",
    3: "bad BGP identifier",
    4: "unsupported optional parameter",
    5: "authentication failure",
    6: "unacceptable hold time",
    7: "unsupported capability",
    11: "role mismatch",
  },
  3: {
    1: "malformed attribute list",
    2: "unrecognized well-known attribute",
    3: "missing well-known attribute",
    4: "attribute flags error",
    5: "attribute length error",
    6: "invalid ORIGIN",
    7: "AS routing loop",
    8: "invalid NEXT_HOP",
    9: "optional attribute error",
    10: "invalid network field",
    11: "malformed AS_PATH",
  },
  5: {
    1: "unexpected message in OpenSent",
    2: "unexpected message in OpenConfirm",
    3: "unexpected message in Established",
  },
  6: {
    1: "maximum number of prefixes reached",
    2: "administrative shutdown",
    3: "peer deconfigured",
    4: "administrative reset",
    5: "connection rejected",
    6: "other configuration change",
    7: "connection collision resolution",
    8: "out of resources",
    9: "hard reset",
    10: "BFD down",
  },
  7: { 1: "invalid message length" },
};

/** What both sides offered, as far as it was seen: it decides how an UPDATE is read. */
class Session {
  readonly #offers = new Map<Side, Offer>();

  offer(side: Side, offer: Offer): void {
    this.#offers.set(side, offer);
  }

  /** Octets of an AS number in what `side` sends; `undefined` when the OPENs were not seen. */
  asSize(): 2 | 4 | undefined {
    const [mine, theirs] = [this.#offers.get("client"), this.#offers.get("server")];
    if (mine === undefined || theirs === undefined) return undefined;
    return mine.as4 && theirs.as4 ? 4 : 2;
  }

  /** Whether routes of a family that `side` sends have path identifiers (RFC 7911 4). */
  pathIds(side: Side): PathIds {
    const sender = this.#offers.get(side), receiver = this.#offers.get(side === "client" ? "server" : "client");
    if (sender === undefined || receiver === undefined) return () => undefined;
    return (afi, safi) => {
      const key = `${afi} ${safi}`;
      return ((sender.addPath.get(key) ?? 0) & 2) !== 0 && ((receiver.addPath.get(key) ?? 0) & 1) !== 0;
    };
  }
}

function open(tree: Tree, session: Session, side: Side): string {
  const ref = "RFC 4271 4.2";
  tree.u8("Version", ref);
  const as = tree.u16(
    "My autonomous system",
    ref,
    (v) => v === 23456 ? "AS_TRANS: the number has four octets" : undefined,
  );
  const hold = tree.u16("Hold time", ref, (s) => s === 0 ? "no keepalives" : seconds(s));
  const router = tree.ip("BGP identifier", 4, ref);
  const offer: Offer = { as4: false, addPath: new Map(), as };
  let length = tree.u8("Optional parameters length", ref);
  // RFC 9072 2: 255 and a first type of 255 announce lengths of two octets.
  const wide = length === 255 && tree.reader.peek() === 255;
  if (wide) {
    tree.u8("Non-extended type", "RFC 9072 2");
    length = tree.u16("Extended optional parameters length", "RFC 9072 2");
  }
  const capabilities: string[] = [];
  tree.within("Optional parameters", length, (part) => {
    while (part.remaining > 0) {
      part.group("Optional parameter", (group) => {
        const type = part.u8("Parameter type", ref, { 1: "authentication (deprecated)", 2: "capabilities" });
        const size = wide ? part.u16("Parameter length", ref) : part.u8("Parameter length", ref);
        if (type !== 2) {
          if (size > 0) part.bytes("Parameter value", size, ref);
          return;
        }
        part.within("Capabilities", size, (inner) => {
          const found = readTlvs(inner, FormOfCapabilities, capabilityTable(offer), "RFC 5492 4");
          group.meaning = clip(found.map((one) => one.name).join(", "), 120);
          capabilities.push(...found.map((one) => one.words === undefined ? one.name : `${one.name} ${one.words}`));
        });
      }, { ref: "RFC 5492 4" });
    }
  });
  session.offer(side, offer);
  return `OPEN AS ${offer.as}, identifier ${router}, hold time ${hold} s`;
}

function update(tree: Tree, session: Session, side: Side): string {
  const ref = "RFC 4271 4.3";
  const paths = session.pathIds(side);
  const withdrawn = tree.u16("Withdrawn routes length", ref);
  const gone = withdrawn === 0
    ? []
    : tree.part("Withdrawn routes", withdrawn, (part) => routesOf(part, 1, 1, paths), ref) ?? [];
  const size = tree.u16("Path attributes length", ref);
  const said = size === 0 ? undefined : tree.part(
    "Path attributes",
    size,
    (part) => bgpAttributes(part, { asSize: session.asSize(), paths }),
    ref,
  );
  const found = tree.remaining === 0
    ? []
    : tree.part("Network layer reachability information", tree.remaining, (part) => routesOf(part, 1, 1, paths), ref) ??
      [];
  const reached = [...found, ...said?.reached ?? []], lost = [...gone, ...said?.lost ?? []];
  const list = (routes: readonly string[]) =>
    routes.length <= 3 ? routes.join(", ") : `${routes.slice(0, 2).join(", ")} and ${routes.length - 2} more`;
  if (reached.length === 0 && lost.length === 0) {
    const family = said?.ended ?? (size === 0 && withdrawn === 0 ? familyName(1, 1) : undefined);
    return family === undefined ? "UPDATE without routes" : `UPDATE, end of ${family} routes`;
  }
  const parts = ["UPDATE"];
  if (reached.length > 0) {
    parts.push(list(reached));
    if (said?.path !== undefined) parts.push(said.path === "" ? "empty AS path" : `AS path ${said.path}`);
    if (said?.nextHop !== undefined) parts.push(`next hop ${said.nextHop}`);
  }
  if (lost.length > 0) parts.push(`withdraws ${list(lost)}`);
  return clip(parts.join(", ").replace("UPDATE, ", "UPDATE "), 200);
}

/** Error code, subcode and what they bring along; a hard reset has those of its reason inside (RFC 8538 3.1). */
function failure(tree: Tree): string {
  const ref = "RFC 4271 4.5";
  const code = tree.u8("Error code", ref, ERRORS);
  const subcode = tree.u8("Error subcode", ref, (v) => v === 0 ? "unspecific" : SUBERRORS[code]?.[v] ?? "unknown");
  let words = `${ERRORS[code] ?? `error ${code}`}${
    subcode === 0 ? "" : `: ${SUBERRORS[code]?.[subcode] ?? `subcode ${subcode}`}`
  }`;
  if (code !== 6) return words;
  if ((subcode === 2 || subcode === 4) && tree.remaining > 0) {
    const length = tree.u8("Shutdown communication length", "RFC 9003 2");
    if (length > 0) {
      words += `, "${clip(tree.text("Shutdown communication", Math.min(length, tree.remaining), "RFC 9003 2"))}"`;
    }
  } else if (subcode === 1 && tree.remaining === 7) {
    tree.u16("Address family", "RFC 4486 4", AFIS);
    tree.u8("Subsequent address family", "RFC 4486 4", SAFIS);
    tree.u32("Prefix limit", "RFC 4486 4");
  } else if (subcode === 9 && tree.remaining >= 2) {
    words += ` (${tree.part("Reason", tree.remaining, failure, "RFC 8538 3.1") ?? "?"})`;
  }
  return words;
}

function notification(tree: Tree): string {
  const words = failure(tree);
  tree.rest("Data", "RFC 4271 4.5");
  return `NOTIFICATION ${words}`;
}

function refresh(tree: Tree): string {
  const ref = "RFC 2918 3";
  const afi = tree.u16("Address family", ref, AFIS);
  const kind = tree.u8("Message subtype", "RFC 7313 3.2", {
    0: "request",
    1: "beginning of refresh",
    2: "end of refresh",
    255: "reserved",
  });
  const safi = tree.u8("Subsequent address family", ref, SAFIS);
  const filters = tree.remaining > 0 ? `, ${routeFilters(tree, afi)}` : "";
  return `ROUTE-REFRESH ${["request", "beginning of", "end of"][kind] ?? kind} ${familyName(afi, safi)}${filters}`;
}

class Bgp implements StreamDissector {
  readonly #session = new Session();

  measure(bytes: Uint8Array): number {
    const count = Math.min(16, bytes.length);
    for (let i = 0; i < count; i++) {
      if (bytes[i] !== 255) throw new FormatError("The marker of a BGP message is not all ones", i);
    }
    if (bytes.length < 18) return 0;
    const length = bytes[16]! * 256 + bytes[17]!;
    if (length < 19) {
      throw new FormatError(`A BGP message of ${counted(length, "octet")} is too short: 19 at least`, 16);
    }
    return length;
  }

  dissect(tree: Tree, context: DissectContext): Words {
    tree.bytes("Marker", 16, HEAD, () => "all ones");
    tree.u16("Length", HEAD);
    const type = tree.u8("Type", HEAD, TYPES);
    tree.said = { summary: TYPES[type] ?? `type ${type}` };
    if (type === 1) return { summary: open(tree, this.#session, context.side) };
    if (type === 2) return { summary: update(tree, this.#session, context.side) };
    if (type === 3) return { summary: notification(tree) };
    if (type === 5) return { summary: refresh(tree) };
    tree.rest("Data", HEAD);
    return { summary: TYPES[type] ?? `type ${type}` };
  }
}

function detect(bytes: Uint8Array): Guess {
  const count = Math.min(16, bytes.length);
  for (let i = 0; i < count; i++) if (bytes[i] !== 255) return "no";
  if (bytes.length < 19) return "maybe";
  const length = bytes[16]! * 256 + bytes[17]!;
  return length >= 19 && bytes[18]! >= 1 && bytes[18]! <= 6 ? "yes" : "no";
}

export const BGP: Protocol = {
  name: "bgp",
  title: "BGP",
  ref: "RFC 4271",
  tcp: [179],
  detect,
  stream: () => new Bgp(),
};
