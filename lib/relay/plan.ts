// The text of `--plan`: what a command line will do, layer by layer, left and right, with warnings. No I/O of its own.
import { errorText } from "../base/errors.ts";
import { SILENT } from "../base/log.ts";
import type { Endpoint } from "../address/endpoint.ts";
import { type PlanContext, seconds } from "../address/plan/words.ts";
import { sharesLeft } from "./relay.ts";

/** What the plan looks at of the flags. */
interface PlanFlags {
  readonly v: boolean;
  readonly x: boolean;
  readonly r: string | undefined;
  readonly R: string | undefined;
  readonly b: number | undefined;
  readonly t: number | undefined;
  readonly T: number | undefined;
  readonly u: boolean;
  readonly U: boolean;
  readonly 4: boolean;
  readonly 6: boolean;
  readonly compat: boolean;
  readonly "proxy-from-env": boolean;
  readonly explain: string | true | undefined;
  readonly "explain-to": string | undefined;
  readonly pcap: string | undefined;
  readonly L: string | undefined;
  readonly W: string | undefined;
}

/** One relay to be explained. */
export interface Planned {
  readonly name?: string;
  readonly left: Endpoint;
  readonly right: Endpoint;
  readonly flags: PlanFlags;
}

/** The plan of one relay or of several named ones. `environment`: for `--proxy-from-env`. Ends without a line feed. */
export async function planText(
  relays: readonly Planned[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<string> {
  const texts = relays.map(async (relay) => {
    const text = await planOne(relay, environment);
    return relay.name === undefined ? text : `relay ${relay.name}\n${indent(text, "  ")}`;
  });
  return (await Promise.all(texts)).join("\n\n");
}

/** What keeps an address from opening: files that cannot be used. */
async function obstacles(endpoint: Endpoint): Promise<string[]> {
  try {
    await endpoint.prepare(SILENT);
    return [];
  } catch (error) {
    return [`it will not open: ${errorText(error)}`];
  }
}

async function planOne(
  { name, left, right, flags }: Planned,
  environment: PlanContext["environment"],
): Promise<string> {
  const context: PlanContext = {
    compat: flags.compat,
    family: flags[4] ? 4 : flags[6] ? 6 : undefined,
    environment: flags["proxy-from-env"] ? environment : undefined,
    inFile: name !== undefined,
  };
  const many = left.forks || right.forks;
  const first = right.forks && !left.forks ? right : left;
  const only = flags.u ? ">" : flags.U ? "<" : undefined;
  const order = (endpoint: Endpoint) => {
    if (endpoint === first) return "";
    if (!many) return " (opened second)";
    return sharesLeft(left, right, only) ? " (opened once, for all)" : " (opened anew for each)";
  };
  const warnings = [
    ...[...await obstacles(left), ...left.warnings(context)].map((line) => `left: ${line}`),
    ...[...await obstacles(right), ...right.warnings(context)].map((line) => `right: ${line}`),
    ...together(left, right, context),
  ];
  const needs = [...new Set([...left.needs, ...right.needs])].filter((need) => need !== "libc");
  return [
    ...side("left", left, order(left), context),
    ...side("right", right, order(right), context),
    `carry: ${carrying(flags, left, right)}`,
    `watch: ${watching(flags)}`,
    `permissions kept: ${needs.length === 0 ? "none" : needs.join(", ")}`,
    ...(warnings.length === 0 ? ["warnings: none"] : ["warnings:", ...warnings.map((line) => `  ! ${line}`)]),
  ].join("\n");
}

function side(name: string, endpoint: Endpoint, order: string, context: PlanContext): string[] {
  return [
    `${name}: ${endpoint.shown}${order}`,
    ...endpoint.plan(context).map((line, i) => `  ${i + 1}. ${line}`),
  ];
}

function carrying(flags: PlanFlags, left: Endpoint, right: Endpoint): string {
  const words = [flags.u ? "from left to right only" : flags.U ? "from right to left only" : "both directions"];
  const linger = flags.t ?? (flags.compat ? 500 : undefined);
  words.push(
    linger === undefined
      ? "when one side ends, the other may finish"
      : `when one side ends, the other has ${seconds(linger)}`,
  );
  const idle = flags.T === 0 ? undefined : flags.T ??
    ((left.forks || right.forks) && (left.datagrams || right.datagrams) ? 60_000 : undefined);
  if (idle !== undefined) words.push(`ends after ${seconds(idle)} without data`);
  if (flags.L !== undefined) words.push(`only while the lock file ${flags.L} can be held`);
  if (flags.W !== undefined) words.push(`after waiting for the lock file ${flags.W}`);
  return words.join("; ");
}

function watching(flags: PlanFlags): string {
  const form = flags.v && flags.x ? "hex and text" : flags.x ? "hex" : flags.v ? "text" : undefined;
  const words = form === undefined ? [] : [`the data as ${form} on standard error`];
  if (flags.explain !== undefined) {
    const what = flags.explain === true ? "each message explained" : `each message explained as ${flags.explain}`;
    words.push(`${what}, ${flags["explain-to"] === undefined ? "on standard error" : `into ${flags["explain-to"]}`}`);
  }
  if (flags.pcap !== undefined) words.push(`recorded as packets in ${flags.pcap}`);
  if (flags.r !== undefined) words.push(`raw octets from left to right into ${flags.r}`);
  if (flags.R !== undefined) words.push(`raw octets from right to left into ${flags.R}`);
  return words.length === 0 ? "nothing (-v shows the data)" : words.join("; ");
}

/** What is worth a warning only because of both sides. */
function together(left: Endpoint, right: Endpoint, context: PlanContext): string[] {
  const open = [left, right].filter((endpoint) =>
    endpoint.warnings(context).some((line) => line.includes("all interfaces"))
  );
  const program = [left, right].find((endpoint) => /^(?:EXEC|SYSTEM|SHELL)$/.test(endpoint.type.names[0]!));
  return open.length > 0 && program !== undefined
    ? [`everybody who reaches this machine can use the program of "${program.shown}"`]
    : [];
}

function indent(text: string, by: string): string {
  return text.split("\n").map((line) => by + line).join("\n");
}
