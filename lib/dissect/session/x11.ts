// The X Window System's protocol, version 11 (X.Org "X Window System Protocol"): setup, requests, replies, events, errors. Pure.
// The client says at the start which octet of a number comes first.
import { FormatError } from "../../base/errors.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Meaning, Tree } from "../tree.ts";
import { clip, counted } from "../coding/words.ts";
import { BODIES, EVENT_BODIES, type Fields, PLACE } from "./x11_fields.ts";
import { ATOMS, ERRORS, EVENTS, REPLIED, REQUESTS } from "./x11_names.ts";

const SETUP = "X11 8", REQUEST = "X11 9", REF = "X11 1";
/** Requests that wait for their replies. */
const REMEMBERED = 1024;

class X11 implements StreamDissector {
  #little = true;
  #begun: Record<Side, boolean> = { client: false, server: false };
  /** Requests of the client that were seen. */
  #sequence = 0;
  readonly #asked = new Map<number, { code: number; name: string }>();
  /** Names of extensions by the code that the server gave them, and atoms by number. */
  readonly #extensions = new Map<number, string>();
  readonly #atoms = new Map<number, string>();

  measure(bytes: Uint8Array, side: Side): number {
    const u16 = (at: number) => this.#little ? bytes[at]! | bytes[at + 1]! << 8 : bytes[at]! << 8 | bytes[at + 1]!;
    const u32 = (at: number) => this.#little ? u16(at) + u16(at + 2) * 65536 : u16(at) * 65536 + u16(at + 2);
    if (!this.#begun[side]) {
      if (side === "client") {
        if (bytes[0] !== 0x42 && bytes[0] !== 0x6c) {
          throw new FormatError("No order of octets, which X11 begins with", 0);
        }
        this.#little = bytes[0] === 0x6c;
        return bytes.length < 12 ? 0 : 12 + padded(u16(6)) + padded(u16(8));
      }
      if (bytes[0]! > 2) throw new FormatError("No answer to a setup", 0);
      return bytes.length < 8 ? 0 : 8 + u16(6) * 4;
    }
    if (side === "client") {
      if (bytes.length < 4) return 0;
      const length = u16(2);
      if (length > 0) return length * 4;
      return bytes.length < 8 ? 0 : Math.max(8, u32(4) * 4);
    }
    if (bytes.length < 8) return 0;
    return bytes[0] === 1 || (bytes[0]! & 127) === 35 ? 32 + u32(4) * 4 : 32;
  }

  #u16(tree: Tree, name: string, ref: string, meaning?: Meaning<number>): number {
    return this.#little ? tree.u16Le(name, ref, meaning) : tree.u16(name, ref, meaning);
  }
  #u32(tree: Tree, name: string, ref: string, meaning?: Meaning<number>): number {
    return this.#little ? tree.u32Le(name, ref, meaning) : tree.u32(name, ref, meaning);
  }

  #atom(id: number): string | undefined {
    return id === 0 ? "none" : ATOMS[id] ?? this.#atoms.get(id);
  }

  /** Reads the fields that there are octets for; what they say in words. */
  #fields(tree: Tree, fields: Fields, ref: string): { said: string; values: Map<string, number> } {
    const values = new Map<string, number>(), words: string[] = [];
    for (const [name, kind] of fields) {
      if (tree.remaining === 0) break;
      if (kind === "window" || kind === "u32" || kind === "atom") {
        const value = this.#u32(
          tree,
          name,
          ref,
          kind === "atom" ? (id) => this.#atom(id) : kind === "window" ? hexId : undefined,
        );
        values.set(name, value);
        if (kind === "atom") words.push(this.#atom(value) ?? `atom ${value}`);
        else if (kind === "window" && words.length < 2) words.push(hexId(value));
      } else if (kind === "i16") {
        this.#u16(tree, name, ref, (value) => value > 0x7fff ? String(value - 0x10000) : undefined);
      } else if (kind === "u16") values.set(name, this.#u16(tree, name, ref));
      else if (kind === "u8") values.set(name, tree.u8(name, ref));
      else if (kind.startsWith("text ")) {
        const length = Math.min(values.get(kind.slice(5)) ?? 0, tree.remaining);
        if (length > 0) words.push(`"${clip(tree.text(name, length, ref), 60)}"`);
      } else tree.bytes(name, Math.min(Number(kind.slice(4)), tree.remaining), ref);
    }
    return { said: words.join(" "), values };
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const begun = this.#begun[side];
    this.#begun[side] = true;
    if (side === "client") return begun ? this.#request(tree) : this.#greeting(tree);
    return begun ? this.#told(tree) : this.#accepted(tree);
  }

  #greeting(tree: Tree): Words {
    const order = tree.u8("Byte order", SETUP, {
      0x42: "most significant first",
      0x6c: "least significant first",
    });
    this.#little = order === 0x6c;
    tree.u8("Unused", SETUP);
    const major = this.#u16(tree, "Major version", SETUP), minor = this.#u16(tree, "Minor version", SETUP);
    const name = this.#u16(tree, "Authorization name length", SETUP);
    const data = this.#u16(tree, "Authorization data length", SETUP);
    tree.u16("Unused", SETUP);
    let how = "no authorization";
    if (name > 0) how = clip(tree.text("Authorization name", name, SETUP));
    pad(tree, name);
    if (data > 0) {
      tree.bytes("Authorization data", data, SETUP, () => "whoever knows it may use the display");
      tree.last.secret = true;
      pad(tree, data);
    }
    return { summary: `X11 ${major}.${minor} setup, ${how}`, asks: "setup" };
  }

  #accepted(tree: Tree): Words {
    const result = tree.u8("Result", SETUP, { 0: "failed", 1: "success", 2: "authenticate" });
    const reason = tree.u8(result === 0 ? "Reason length" : "Unused", SETUP);
    if (result === 2) tree.bytes("Unused", 4, SETUP);
    else {
      this.#u16(tree, "Major version", SETUP);
      this.#u16(tree, "Minor version", SETUP);
    }
    this.#u16(tree, "Length", SETUP, (words) => counted(words * 4, "octet"));
    if (result !== 1) {
      const length = result === 0 ? Math.min(reason, tree.remaining) : tree.remaining;
      const why = length > 0 ? clip(tree.text("Reason", length, SETUP).replace(/[\s\0]+$/, "")) : "";
      if (tree.remaining > 0) tree.rest("Padding", SETUP);
      return { summary: `setup ${result === 0 ? "failed" : "wants authentication"}: ${why}`, answers: "setup" };
    }
    this.#u32(tree, "Release", SETUP);
    this.#u32(tree, "First identifier", SETUP, hexId);
    this.#u32(tree, "Identifier mask", SETUP, hexId);
    this.#u32(tree, "Motion buffer size", SETUP);
    const vendor = this.#u16(tree, "Vendor length", SETUP);
    this.#u16(tree, "Longest request", SETUP, (words) => counted(words * 4, "octet"));
    const screens = tree.u8("Screens", SETUP), formats = tree.u8("Pixmap formats", SETUP);
    tree.u8("Image byte order", SETUP, { 0: "least significant octet first", 1: "most significant octet first" });
    tree.u8("Bitmap format bit order", SETUP, { 0: "least significant bit first", 1: "most significant bit first" });
    tree.u8("Bitmap format scanline unit", SETUP);
    tree.u8("Bitmap format scanline pad", SETUP);
    tree.u8("Min keycode", SETUP);
    tree.u8("Max keycode", SETUP);
    tree.bytes("Unused", 4, SETUP);
    const name = vendor > 0 ? clip(tree.text("Vendor", vendor, SETUP)) : "";
    pad(tree, vendor);
    for (let i = 0; i < formats && tree.remaining >= 8; i++) tree.bytes("Pixmap format", 8, SETUP);
    for (let i = 0; i < screens && tree.remaining >= 40; i++) this.#screen(tree);
    if (tree.remaining > 0) tree.rest("Octets", SETUP);
    return { summary: `setup accepted by ${name}, ${counted(screens, "screen")}`, answers: "setup" };
  }

  #screen(tree: Tree): void {
    tree.group("Screen", (group) => {
      this.#u32(tree, "Root window", SETUP, hexId);
      this.#u32(tree, "Default colormap", SETUP, hexId);
      for (const name of ["White pixel", "Black pixel", "Input masks"]) this.#u32(tree, name, SETUP);
      const width = this.#u16(tree, "Width", SETUP), height = this.#u16(tree, "Height", SETUP);
      for (const name of ["Width in mm", "Height in mm", "Fewest maps", "Most maps"]) this.#u16(tree, name, SETUP);
      this.#u32(tree, "Root visual", SETUP);
      for (const name of ["Backing stores", "Save unders", "Root depth"]) tree.u8(name, SETUP);
      const depths = tree.u8("Depths", SETUP);
      for (let i = 0; i < depths && tree.remaining >= 8; i++) {
        tree.group("Depth", () => {
          tree.u8("Depth", SETUP);
          tree.u8("Unused", SETUP);
          const visuals = this.#u16(tree, "Visuals", SETUP);
          tree.bytes("Unused", 4, SETUP);
          const octets = Math.min(visuals * 24, tree.remaining);
          if (octets > 0) tree.bytes("Visuals", octets, SETUP);
        }, { ref: SETUP });
      }
      group.meaning = `${width} x ${height}`;
    }, { ref: SETUP });
  }

  #request(tree: Tree): Words {
    const code = tree.u8("Operation", REQUEST, (octet) => this.#name(octet));
    this.#sequence = this.#sequence + 1 & 0xffff;
    tree.u8(code >= 128 ? "Extension's operation" : "Data", REQUEST);
    const length = this.#u16(tree, "Length", REQUEST, (words) => words === 0 ? "follows" : counted(words * 4, "octet"));
    if (length === 0) this.#u32(tree, "Long length", "BIG-REQUESTS 2", (words) => counted(words * 4, "octet"));
    const name = this.#name(code);
    const { said, values } = this.#fields(tree, BODIES[code] ?? [], REQUEST);
    if (code === 18) this.#property(tree, values);
    const pair = REPLIED.has(code) || code >= 128 ? { asks: `x11 ${this.#sequence}` } : {};
    this.#asked.set(this.#sequence, { code, name: said.replace(/^"|"$/g, "") });
    if (this.#asked.size > REMEMBERED) this.#asked.delete(this.#asked.keys().next().value!);
    if (tree.remaining > 0) tree.rest(BODIES[code] === undefined ? "Data" : "Values", REQUEST);
    return { summary: `${name} ${said}`.trim(), ...pair };
  }

  /** The value of a property: text where it is. */
  #property(tree: Tree, values: Map<string, number>): void {
    const length = Math.min((values.get("Length") ?? 0) * (values.get("Format") ?? 8) / 8, tree.remaining);
    if (values.get("Format") === 8 && length > 0) tree.text("Value", length, REQUEST);
  }

  #name(code: number): string {
    return REQUESTS[code] || this.#extensions.get(code) || `operation ${code}`;
  }

  /** What the server says: a reply, an error or an event. */
  #told(tree: Tree): Words {
    const code = tree.u8(
      "Kind",
      REF,
      (octet) => octet === 0 ? "error" : octet === 1 ? "reply" : EVENTS[octet & 127] ?? "event of an extension",
    );
    if (code === 1) return this.#reply(tree);
    if (code === 0) {
      const error = tree.u8("Error", "X11 4", (octet) => ERRORS[octet]);
      const sequence = this.#u16(tree, "Sequence number", "X11 4");
      this.#u32(tree, "Bad value", "X11 4", hexId);
      this.#u16(tree, "Extension's operation", "X11 4");
      const request = tree.u8("Operation", "X11 4", (octet) => this.#name(octet));
      tree.rest("Unused", "X11 4");
      return { summary: `error ${ERRORS[error] ?? error} of ${this.#name(request)}`, answers: `x11 ${sequence}` };
    }
    const name = EVENTS[code & 127] || `event ${code & 127}`;
    if (name === "KeymapNotify") {
      tree.rest("Keys", "X11 11");
      return { summary: name };
    }
    tree.u8("Detail", "X11 11");
    this.#u16(tree, "Sequence number", "X11 11");
    const { said } = this.#fields(tree, EVENT_BODIES[code & 127] ?? [], "X11 11");
    if (tree.remaining > 0) tree.rest("Data", "X11 11");
    return { summary: `${name}${code >= 128 ? " (sent by a client)" : ""} ${said}`.trim() };
  }

  #reply(tree: Tree): Words {
    tree.u8("Data", REQUEST);
    const sequence = this.#u16(tree, "Sequence number", REQUEST, () => "of the request");
    this.#u32(tree, "Length", REQUEST, (words) => `${counted(words * 4, "octet")} after 32`);
    const asked = this.#asked.get(sequence);
    const pair = { answers: `x11 ${sequence}` };
    if (asked === undefined) {
      if (tree.remaining > 0) tree.rest("Data", REQUEST);
      return { summary: "reply", ...pair };
    }
    let said = "";
    if (asked.code === 98) {
      const there = tree.u8("Present", REQUEST, { 0: "no", 1: "yes" });
      const major = tree.u8("Operation", REQUEST);
      tree.u8("First event", REQUEST);
      tree.u8("First error", REQUEST);
      said = there === 1 ? `${asked.name} is operation ${major}` : `${asked.name} is not there`;
      if (there === 1 && major >= 128) this.#extensions.set(major, asked.name);
    } else if (asked.code === 16) {
      const id = this.#u32(tree, "Atom", REQUEST);
      said = `${asked.name} is ${id}`;
      if (this.#atoms.size < REMEMBERED) this.#atoms.set(id, asked.name);
    } else if (asked.code === 14) {
      said = this.#fields(tree, [["Root", "window"], ...PLACE, ["Border width", "u16"]], REQUEST).said;
    } else if (asked.code === 20) {
      const type = this.#u32(tree, "Type", REQUEST, (id) => this.#atom(id));
      this.#u32(tree, "Octets after", REQUEST);
      const length = this.#u32(tree, "Items", REQUEST);
      tree.bytes("Unused", 12, REQUEST);
      said = `${this.#atom(type) ?? type}, ${counted(length, "item")}`;
      if (type === 31 && length > 0) {
        said = `"${clip(tree.text("Value", Math.min(length, tree.remaining), REQUEST), 60)}"`;
      }
    }
    if (tree.remaining > 0) tree.rest("Data", REQUEST);
    return { summary: `${this.#name(asked.code)} reply${said === "" ? "" : `: ${said}`}`, ...pair };
  }
}

const padded = (length: number) => (length + 3) & ~3;
const hexId = (id: number) => `0x${id.toString(16)}`;

function pad(tree: Tree, length: number): void {
  const octets = Math.min(padded(length) - length, tree.remaining);
  if (octets > 0) tree.bytes("Padding", octets, SETUP);
}

/** A client's setup: an order of octets, version 11.0, the name of an authorization or none. */
function detect(bytes: Uint8Array, side: Side): Guess {
  if (side === "server") return bytes[0]! <= 2 ? "possible" : "no";
  const [first, unused = 0] = bytes;
  if ((first !== 0x6c && first !== 0x42) || unused !== 0) return "no";
  if (bytes.length < 12) return bytes.length < 2 || bytes[2] === (first === 0x6c ? 11 : 0) ? "maybe" : "no";
  const at = first === 0x6c ? 0 : 1;
  return bytes[2 + at] === 11 && bytes[3 - at] === 0 && bytes[4] === 0 && bytes[5] === 0 ? "yes" : "no";
}

export const X_WINDOW: Protocol = {
  name: "x11",
  title: "X11",
  ref: "X11 1",
  tcp: Array.from({ length: 20 }, (_, display) => 6000 + display),
  detect,
  sideOf: (bytes) => bytes[0] === 0x6c || bytes[0] === 0x42 ? "client" : "server",
  stream: () => new X11(),
};
