// Users and their passwords: the users file, hashes, the check in constant time. Pure (Web Crypto).
// A users file has a line for each user: `name:hash[:option,…]`; `#` starts a comment.
import { type Bytes, equalInConstantTime, latin1, utf8 } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";
import { nearest, parseSize } from "../../base/text.ts";
import { parseRule, type Rule } from "./rules.ts";

/** What a user may do beyond the rules for all. */
export interface UserLimits {
  /** Connections at once; 0: any number. */
  readonly connections: number;
  /** Octets per second and connection; 0: any number. */
  readonly rate: number;
  /** Judged before the rules for all. */
  readonly rules: readonly Rule[];
}

/** One user. `hash` is `pbkdf2-sha256$ITERATIONS$SALT$KEY` in base64. */
export interface User extends UserLimits {
  readonly name: string;
  readonly hash: string;
}

const NO_LIMITS: UserLimits = { connections: 0, rate: 0, rules: [] };
const OPTIONS = ["connections", "rate", "allow", "deny"] as const;

/** What one guess costs whoever steals the file (OWASP's figure for PBKDF2 with SHA-256). */
const ITERATIONS = 600_000;
const LEAST_ITERATIONS = 1000;
const MOST_ITERATIONS = 10_000_000;
const KEY_OCTETS = 32;

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
const unbase64 = (text: string): Bytes => latin1(atob(text));

async function derive(password: Bytes, salt: Bytes, iterations: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const bits = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(bits, key, KEY_OCTETS * 8));
}

/** A hash of a password with a salt of its own. */
export async function hashPassword(password: string, iterations = ITERATIONS): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return `pbkdf2-sha256$${iterations}$${base64(salt)}$${base64(await derive(utf8(password), salt, iterations))}`;
}

interface ParsedHash {
  readonly iterations: number;
  readonly salt: Bytes;
  readonly key: Bytes;
}

function parseHash(text: string): ParsedHash {
  const match = /^pbkdf2-sha256\$(\d{1,9})\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{43})$/.exec(text);
  const iterations = Number(match?.[1]);
  if (match === null || !(iterations >= LEAST_ITERATIONS && iterations <= MOST_ITERATIONS)) {
    throw new FormatError("The hash is not one that --add-user makes: pbkdf2-sha256$ITERATIONS$SALT$KEY");
  }
  return { iterations, salt: unbase64(match[2]!), key: unbase64(match[3]!) };
}

/** The line of a users file for a new user. A name that the file cannot hold is a `FormatError`. */
export function userLine(name: string, hash: string, options = ""): string {
  checkName(name);
  return `${name}:${hash}${options === "" ? "" : `:${options}`}`;
}

function checkName(name: string): void {
  if (name === "" || utf8(name).length > 255 || /[:#\x00-\x1f\x7f]/.test(name) || name.trim() !== name) {
    throw new FormatError(
      `"${name}" cannot be a user's name: 1 to 255 octets without ":", "#", control characters and spaces around it`,
    );
  }
}

/** Users of a file by name. A `FormatError` names file and line. */
export function parseUsersFile(text: string, file: string): Map<string, User> {
  const users = new Map<string, User>();
  text.replace(/^\ufeff/, "").split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || line.trimStart().startsWith("#")) return;
    const where = `${file}:${index + 1}`;
    try {
      const [name, hash, ...options] = line.split(":") as [string, string | undefined, ...string[]];
      checkName(name);
      parseHash(hash ?? "");
      if (users.has(name)) throw new FormatError(`"${name}" is there already`);
      users.set(name, { name, hash: hash!, ...parseUserOptions(options.join(":"), where) });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`${where}: ${error.message}`, error.offset, { cause: error });
    }
  });
  return users;
}

/** `connections=5,rate=1M,allow=*.example:443,deny=10.0.0.0/8`. */
function parseUserOptions(text: string, where: string): UserLimits {
  if (text === "") return NO_LIMITS;
  let connections = 0, rate = 0;
  const rules: Rule[] = [];
  for (const option of text.split(",")) {
    const equals = option.indexOf("=");
    const key = equals === -1 ? option : option.slice(0, equals), value = option.slice(equals + 1);
    if (key === "connections" && /^\d{1,9}$/.test(value)) connections = Number(value);
    else if (key === "rate") rate = parseSize(value);
    else if (key === "allow" || key === "deny") rules.push(parseRule(key, value, where));
    else {
      const near = nearest(key, OPTIONS);
      throw new FormatError(
        `"${option}" is not an option of a user${near === undefined ? "" : `: did you mean "${near}=…"?`}`,
      );
    }
  }
  return { connections, rate, rules };
}

/** Does a check that costs much time: when its turn comes, or not at all. */
type Slowly = (check: () => Promise<User | undefined>) => Promise<User | undefined>;

/**
 * Checks logins. A name that is not there costs as much as one that is; a login that succeeded once is recognised by a
 * digest under a key that only this process knows, so that not every connection pays for the slow hash; nor does every one
 * of those that come together.
 */
export class UserChecker {
  readonly #users: ReadonlyMap<string, User>;
  readonly #recognised = new Map<string, Bytes>();
  readonly #underWay = new Map<string, Promise<User | undefined>>();
  readonly #key: Promise<CryptoKey>;
  readonly #decoy: ParsedHash;

  constructor(users: ReadonlyMap<string, User>) {
    this.#users = users;
    const [any] = users.values();
    this.#decoy = {
      iterations: any === undefined ? ITERATIONS : parseHash(any.hash).iterations,
      salt: crypto.getRandomValues(new Uint8Array(16)),
      key: new Uint8Array(KEY_OCTETS),
    };
    const secret = crypto.getRandomValues(new Uint8Array(32));
    this.#key = crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }

  /**
   * The user, when name and password (one character an octet, as they came) are right. `slowly` is given the check where this
   * login needs a slow hash of its own: it has not succeeded before, and is not being checked already.
   */
  async check(name: string, password: string, slowly: Slowly): Promise<User | undefined> {
    const octets = latin1(password);
    const text = new TextDecoder().decode(latin1(name));
    const user = this.#users.get(text);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key, octets));
    const known = this.#recognised.get(text);
    if (user !== undefined && known !== undefined && equalInConstantTime(digest, known)) return user;
    const login = `${base64(digest)} ${text}`;
    for (let other = this.#underWay.get(login); other !== undefined; other = this.#underWay.get(login)) {
      try {
        return await other;
      } catch {
        // Its turn did not come, or whoever it was for has gone: that says nothing about this one.
      }
    }
    const check = slowly(() => this.#checkSlowly(user, octets));
    this.#underWay.set(login, check);
    try {
      const right = await check;
      if (right !== undefined) this.#recognised.set(text, digest);
      return right;
    } finally {
      this.#underWay.delete(login);
    }
  }

  async #checkSlowly(user: User | undefined, password: Bytes): Promise<User | undefined> {
    const hash = user === undefined ? this.#decoy : parseHash(user.hash);
    const right = equalInConstantTime(await derive(password, hash.salt, hash.iterations), hash.key);
    // HMAC pads its key with zeros, so "secret" and "secret" with a NUL after it have one hash.
    return right && !password.includes(0) ? user : undefined;
  }
}
