// Link state advertisements of OSPF version 2 (RFC 2328 A.4, RFC 3101); opaque ones are in ospf_opaque.ts. Pure.
import { opaqueBody } from "./ospf_opaque.ts";
import type { LsaHead } from "./ospf_header.ts";
import { maskLength } from "./rip.ts";
import type { Tree } from "../tree.ts";

const LINKS: Readonly<Record<number, readonly [name: string, id: string, data: string]>> = {
  1: ["point-to-point", "the neighbor", "own address"],
  2: ["transit network", "designated router's address", "own address"],
  3: ["stub network", "the network", "its mask"],
  4: ["virtual link", "the neighbor", "own address"],
};

function routerLsa(tree: Tree): string {
  const ref = "RFC 2328 A.4.2";
  tree.flags("Flags", 1, [
    ["Reserved", 0, 3],
    ["Nt (NSSA translator)", 3, 1],
    ["W (wild-card multicast)", 4, 1],
    ["V (end of a virtual link)", 5, 1],
    ["E (AS boundary router)", 6, 1],
    ["B (area border router)", 7, 1],
  ], ref);
  tree.u8("Reserved", ref);
  const count = tree.u16("Links", ref);
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    tree.group("Link", (group) => {
      const type = tree.reader.peek(8) ?? 0;
      const [name, idIs, dataIs] = LINKS[type] ?? [`type ${type}`, "", ""];
      const id = tree.ip("Link ID", 4, ref, () => idIs || undefined);
      const data = tree.ip("Link data", 4, ref, () => dataIs || undefined);
      tree.u8("Link type", ref, (v) => LINKS[v]?.[0] ?? "unknown");
      const topologies = tree.u8("Other topologies", ref);
      const metric = tree.u16("Metric", ref);
      for (let j = 0; j < topologies; j++) {
        tree.u8("Type of service", ref);
        tree.u8("Reserved", ref);
        tree.u16("Metric", ref);
      }
      group.meaning = `${name} ${type === 3 ? `${id}${maskLength(data)}` : id}, metric ${metric}`;
      words.push(group.meaning);
    }, { ref });
  }
  return `${count} ${count === 1 ? "link" : "links"}`;
}

/** A metric behind an octet: for the type of service, or with the bit E of external routes. */
function external(tree: Tree, network: string, ref: string): string {
  const mask = tree.ip("Network mask", 4, ref, (value) => maskLength(value).trim());
  let text = `${network}${maskLength(mask)}`;
  for (let first = true; tree.remaining >= 12; first = false) {
    tree.group(first ? "Route" : "Route for a type of service", (group) => {
      const word = tree.flags(
        "Metric type and metric",
        4,
        [
          ["E (type 2: larger than any inner metric)", 0, 1],
          ["Type of service", 1, 7],
          ["Metric", 8, 24],
        ],
        ref,
        "",
      );
      const forward = tree.ip(
        "Forwarding address",
        4,
        ref,
        (ip) => ip === "0.0.0.0" ? "the advertising router" : undefined,
      );
      tree.u32("External route tag", ref);
      group.meaning = `metric ${word & 0xffffff} of type ${word >>> 31 === 1 ? 2 : 1}${
        forward === "0.0.0.0" ? "" : ` by ${forward}`
      }`;
      if (first) text += `, ${group.meaning}`;
    }, { ref });
  }
  return text;
}

/** The body of an advertisement of version 2; gives it in words. */
export function lsaBody(tree: Tree, head: LsaHead): string | undefined {
  switch (head.type) {
    case 1:
      return routerLsa(tree);
    case 2: {
      const ref = "RFC 2328 A.4.3";
      const mask = tree.ip("Network mask", 4, ref, (value) => maskLength(value).trim());
      const routers: string[] = [];
      while (tree.remaining >= 4) routers.push(tree.ip("Attached router", 4, ref));
      return `${maskLength(mask).trim()}, ${routers.length} routers: ${routers.slice(0, 4).join(", ")}`;
    }
    case 3:
    case 4: {
      const ref = "RFC 2328 A.4.4";
      const mask = tree.ip("Network mask", 4, ref, (value) => head.type === 4 ? undefined : maskLength(value).trim());
      const word = tree.flags("Metric", 4, [["Reserved", 0, 8], ["Metric", 8, 24]], ref, "");
      while (tree.remaining >= 4) {
        tree.flags("Metric of a topology", 4, [["Type of service or topology", 0, 8], ["Metric", 8, 24]], ref, "");
      }
      return `${head.id}${head.type === 3 ? maskLength(mask) : ""}, metric ${word & 0xffffff}`;
    }
    case 5:
    case 7:
      return external(tree, head.id, head.type === 5 ? "RFC 2328 A.4.5" : "RFC 3101 C");
    case 6: {
      const ref = "RFC 1584 A.3";
      while (tree.remaining >= 8) {
        tree.u32("Vertex type", ref, { 1: "router", 2: "transit network" });
        tree.ip("Vertex ID", 4, ref);
      }
      return undefined;
    }
    case 9:
    case 10:
    case 11:
      return opaqueBody(tree, Number(head.id.split(".")[0]));
    default:
      return undefined;
  }
}
