// What a request may reach and by which way: rules, protected ranges, routes, applied to the address really used. Pure.
// Names are resolved here first and only the addresses found are connected to, so a name cannot change its mind.
import { ConnectError } from "../../base/errors.ts";
import { asciiName } from "../../base/host_name.ts";
import { formatHostPort, type HostPort } from "../../base/host_port.ts";
import {
  canonicalIp,
  formatIp,
  type IpAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isPrivate,
  isUnspecified,
  parseIp,
  parseLooseIp,
  parsePrefix,
  prefixContains,
} from "../../base/ip.ts";
import { REPLY5 } from "../codec/codes.ts";
import { Lookups } from "./lookups.ts";
import type { ProxyNetwork } from "../network.ts";
import { Refusal } from "../handshake/reply.ts";
import { judge, type Question, routeOf, type Rule, type RuleCommand } from "./rules.ts";

/** What is asked for, whoever asks. */
export interface AccessRequest {
  readonly command: RuleCommand;
  /** A name (in whatever disguise) or an address. */
  readonly target: HostPort;
  readonly user: string | undefined;
  /** Rules of this user, before those for all. */
  readonly userRules?: readonly Rule[] | undefined;
  /** `undefined`: a client on this host by a Unix socket. */
  readonly client: IpAddress | undefined;
}

/** One address and what the rules say of it. */
export interface Judged {
  readonly host: string;
  readonly allowed: boolean;
  readonly rule: Rule | undefined;
  /** What decided, in words. */
  readonly why: string;
}

/** Where a request goes. */
export interface Decision {
  readonly allowed: boolean;
  /** What decided, in words. */
  readonly why: string;
  /** Addresses to connect to, in order; the name itself where the last proxy resolves it. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Proxies in the order of travel. */
  readonly chain: readonly string[];
  /** The route that chose them; `undefined`: the default. */
  readonly route: Rule | undefined;
  /** Every address looked at. */
  readonly judged: readonly Judged[];
}

/** What access is decided by; replaced as a whole when files are read again. */
export interface AccessRules {
  readonly rules: readonly Rule[];
  /** The proxies for everything that no route names. */
  readonly via: readonly string[];
  /** Clients beyond loopback may reach loopback, link-local, private ranges and this host. */
  readonly allowPrivate: boolean;
}

const THIS_NETWORK = parsePrefix("0.0.0.0/8")!;
const SIX_TO_FOUR = parsePrefix("2002::/16")!;
const BROADCAST = parsePrefix("255.255.255.255")!;

/** Why an address is not for clients from elsewhere; `undefined` when it is. */
export function protectedBecause(ip: IpAddress, isOwn: (ip: IpAddress) => boolean): string | undefined {
  const canonical = canonicalIp(ip);
  if (isLoopback(canonical) || isUnspecified(canonical)) return "loopback";
  if (isLinkLocal(canonical)) return "link-local";
  if (isPrivate(canonical)) return "a private range";
  if (isMulticast(canonical)) return "multicast";
  if (prefixContains(THIS_NETWORK, canonical)) return "this network";
  if (prefixContains(BROADCAST, canonical)) return "broadcast";
  if (isOwn(canonical)) return "this host";
  if (prefixContains(SIX_TO_FOUR, canonical)) {
    return protectedBecause({ family: 4, bytes: canonical.bytes.slice(2, 6) }, isOwn);
  }
  return undefined;
}

const LOOPBACK4 = parseIp("127.0.0.1")!;
const LOOPBACK6 = parseIp("::1")!;

/** The address that connecting to `ip` really reaches: "any address" is this host, mapped ones are IPv4. */
function reached(ip: IpAddress): IpAddress {
  const { family, bytes } = ip;
  if (family === 4) return bytes[0] === 0 && isUnspecified(ip) ? LOOPBACK4 : ip;
  if (isUnspecified(ip)) return LOOPBACK6;
  if (bytes[10] === 0xff && bytes[11] === 0xff) return canonicalIp(ip);
  // Compatible and NAT64 addresses are judged as IPv4, but the way to them is the network's affair. A zone means something
  // with link-local ones only: with others resolvers differ in what they make of it.
  return ip.zone === undefined || isLinkLocal(ip) ? ip : { family, bytes };
}

/** Decides about requests. */
export class Access {
  readonly #network: Pick<ProxyNetwork, "resolve" | "takesNames" | "isOwn">;
  readonly #lookups: Lookups;
  /** Replaced when files are read again. */
  current: AccessRules;

  constructor(network: Pick<ProxyNetwork, "resolve" | "takesNames" | "isOwn">, rules: AccessRules) {
    this.#network = network;
    this.#lookups = new Lookups((name) => network.resolve(name));
    this.current = rules;
  }

  #rulesFor(request: AccessRequest): readonly Rule[] {
    const { userRules } = request;
    return userRules === undefined || userRules.length === 0
      ? this.current.rules
      : [...userRules, ...this.current.rules];
  }

  /** One address, which `request` named or which its name resolved to. */
  judgeAddress(request: AccessRequest, ip: IpAddress, name: string | undefined): Judged {
    const host = formatIp(ip);
    const { client } = request;
    if (!this.current.allowPrivate && client !== undefined && !isLoopback(client)) {
      const because = protectedBecause(ip, this.#network.isOwn);
      if (because !== undefined) {
        return { host, allowed: false, rule: undefined, why: `${host} is ${because} (--allow-private opens that)` };
      }
    }
    const { allowed, rule } = judge(this.#rulesFor(request), question(request, name, ip));
    return { host, allowed: allowed!, rule, why: because(rule, allowed!) };
  }

  /** Decides where nothing has to be looked up: about addresses, in any disguise. `undefined` for names. */
  decideNow(request: AccessRequest): Decision | undefined {
    const { port } = request.target;
    const host = asciiName(request.target.host);
    const literal = host === undefined ? undefined : parseLooseIp(host);
    if (host === undefined || (literal === undefined && NO_NAME.test(host))) {
      return refused(request, "the name holds characters that no name has");
    }
    if (literal === undefined) return undefined;
    const ip = reached(literal);
    const judged = this.judgeAddress(request, ip, undefined);
    if (!judged.allowed) return refused(request, judged.why, [judged]);
    return this.#decided([judged.host], port, this.#route(request, undefined, ip), [judged], judged.why);
  }

  /** Decides. `ConnectError` when a name that must be resolved here does not resolve. */
  async decide(request: AccessRequest): Promise<Decision> {
    const now = this.decideNow(request);
    if (now !== undefined) return now;
    const { target } = request;
    const { current } = this;
    const refuse = (why: string, judged: readonly Judged[] = []) => refused(request, why, judged);
    const name = asciiName(target.host)!;
    const before = judge(this.#rulesFor(request), question(request, name, undefined), true);
    if (before.allowed === false) return refuse(because(before.rule, false));
    const route = routeOf(current.rules, question(request, name, undefined));
    const chain = route === "address" ? [] : route?.upstream ?? current.via;
    if (route !== "address" && chain.length > 0 && this.#network.takesNames(chain)) {
      const final = judge(this.#rulesFor(request), question(request, name, undefined));
      if (!final.allowed) return refuse(because(final.rule, false));
      return this.#decided([name], target.port, route, [], because(final.rule, true));
    }
    const client = request.client === undefined ? "" : formatIp(request.client);
    const judged = (await this.#lookups.of(client, name)).map((text) =>
      this.judgeAddress(request, reached(parseIp(text)!), name)
    );
    const [first] = judged;
    if (first === undefined) {
      throw new ConnectError(name, `The name "${name}" does not resolve`, { reason: "name-not-found" });
    }
    const good = judged.filter(({ allowed }) => allowed);
    if (good.length === 0) return refuse(first.why, judged);
    const found = good.map(({ host }) => host);
    if (route !== "address") return this.#decided(found, target.port, route, judged, good[0]!.why);
    // Where addresses of one name go different ways, it is reached by the way of the first.
    const ways = found.map((host) => this.#route(request, name, parseIp(host)));
    const hosts = found.filter((_, i) => ways[i] === ways[0]);
    return this.#decided(hosts, target.port, ways[0], judged, good[0]!.why);
  }

  #route(request: AccessRequest, name: string | undefined, ip: IpAddress | undefined): Rule | undefined {
    const route = routeOf(this.current.rules, question(request, name, ip));
    return route === "address" ? undefined : route;
  }

  #decided(
    hosts: readonly string[],
    port: number,
    route: Rule | undefined,
    judged: readonly Judged[],
    why: string,
  ): Decision {
    return { allowed: true, why, hosts, port, chain: route?.upstream ?? this.current.via, route, judged };
  }
}

/** A decision that was reached by `Access`, as it is or as a thrown `Refusal`. */
export function orRefusal(request: AccessRequest, decision: Decision): Decision {
  if (decision.allowed) return decision;
  throw new Refusal(REPLY5.denied, `${formatHostPort(request.target)} is refused: ${decision.why}`);
}

function refused(request: AccessRequest, why: string, judged: readonly Judged[] = []): Decision {
  return { allowed: false, why, hosts: [], port: request.target.port, chain: [], route: undefined, judged };
}

/** What no name of a host holds. */
const NO_NAME = /[\x00-\x20"#%/:<>?@[\\\]^`{|}\x7f]/;

function question(request: AccessRequest, name: string | undefined, ip: IpAddress | undefined): Question {
  return { command: request.command, name, ip, port: request.target.port, user: request.user, client: request.client };
}

function because(rule: Rule | undefined, allowed: boolean): string {
  if (rule !== undefined) return `"${rule.action} ${rule.text}" (${rule.where})`;
  return allowed ? "no rule speaks against it" : "no rule allows it";
}
