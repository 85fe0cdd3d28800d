// RFB, the protocol of VNC (RFC 6143): versions, security, start, and the messages of the client. Pure.
// What the server draws is shown with its head; what encodings hold is not taken apart.
import { names } from "../coding/names.ts";
import { FormatError } from "../../base/errors.ts";
import { startsWith } from "../detect.ts";
import type { DissectContext, Guess, Protocol, Side, StreamDissector, Words } from "../protocol.ts";
import type { Tree } from "../tree.ts";
import { clip, counted, decodeText } from "../coding/words.ts";

const SECURITY: Readonly<Record<number, string>> = {
  0: "invalid",
  1: "none",
  2: "VNC authentication",
  5: "RA2",
  6: "RA2ne",
  16: "Tight",
  18: "TLS",
  19: "VeNCrypt",
  30: "Apple",
};
const ENCODINGS: Readonly<Record<number, string>> = {
  0: "raw",
  1: "copy rectangle",
  2: "RRE",
  5: "hextile",
  6: "zlib",
  7: "tight",
  15: "TRLE",
  16: "ZRLE",
  [-239]: "cursor",
  [-223]: "desktop size",
  [-224]: "last rectangle",
  [-308]: "extended desktop size",
  [-312]: "fence",
  [-313]: "continuous updates",
};
const CLIENT: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["SetPixelFormat", "RFC 6143 7.5.1"],
  2: ["SetEncodings", "RFC 6143 7.5.2"],
  3: ["FramebufferUpdateRequest", "RFC 6143 7.5.3"],
  4: ["KeyEvent", "RFC 6143 7.5.4"],
  5: ["PointerEvent", "RFC 6143 7.5.5"],
  6: ["ClientCutText", "RFC 6143 7.5.6"],
};
const SERVER: Readonly<Record<number, readonly [name: string, ref: string]>> = {
  0: ["FramebufferUpdate", "RFC 6143 7.6.1"],
  1: ["SetColorMapEntries", "RFC 6143 7.6.2"],
  2: ["Bell", "RFC 6143 7.6.3"],
  3: ["ServerCutText", "RFC 6143 7.6.4"],
};
type Step = "version" | "security" | "choice" | "challenge" | "response" | "result" | "init" | "normal" | "opaque";
/** Text that is cut or pasted: a longer one is none. */
const TEXT_LIMIT = 0x1000000;

const u16 = (bytes: Uint8Array, at: number) => bytes[at]! * 256 + bytes[at + 1]!;
const u32 = (bytes: Uint8Array, at: number) => u16(bytes, at) * 65536 + u16(bytes, at + 2);

class Rfb implements StreamDissector {
  readonly #steps: Record<Side, Step> = { client: "version", server: "version" };
  #minor = 8;
  #security = 0;

  measure(bytes: Uint8Array, side: Side): number {
    const step = this.#steps[side];
    switch (step) {
      case "version":
        return 12;
      case "security":
        if (this.#minor < 7) return 4;
        if (bytes[0] === 0) return bytes.length < 5 ? 0 : 5 + this.#bounded(u32(bytes, 1));
        return 1 + bytes[0]!;
      case "choice":
        return 1;
      case "challenge":
      case "response":
        return 16;
      case "result":
        if (bytes.length < 4) return 0;
        if (u32(bytes, 0) === 0 || this.#minor < 8) return 4;
        return bytes.length < 8 ? 0 : 8 + this.#bounded(u32(bytes, 4));
      case "init":
        if (side === "client") return 1;
        return bytes.length < 24 ? 0 : 24 + this.#bounded(u32(bytes, 20));
      case "normal":
        return side === "client" ? this.#client(bytes) : this.#server(bytes);
    }
    return bytes.length;
  }

  #bounded(length: number): number {
    if (length > TEXT_LIMIT) throw new FormatError(`A text of ${counted(length, "octet")}`, 0);
    return length;
  }

  #client(bytes: Uint8Array): number {
    switch (bytes[0]) {
      case 0:
        return 20;
      case 2:
        return bytes.length < 4 ? 0 : 4 + 4 * u16(bytes, 2);
      case 3:
        return 10;
      case 4:
        return 8;
      case 5:
        return 6;
      case 6:
        return bytes.length < 8 ? 0 : 8 + this.#bounded(u32(bytes, 4));
    }
    // An extension: its length is not known.
    return bytes.length;
  }

  #server(bytes: Uint8Array): number {
    switch (bytes[0]) {
      case 1:
        return bytes.length < 6 ? 0 : 6 + 6 * u16(bytes, 4);
      case 2:
        return 1;
      case 3:
        return bytes.length < 8 ? 0 : 8 + this.#bounded(u32(bytes, 4));
    }
    // How long an update is only its encodings say: from here on it is shown as it comes.
    return bytes.length;
  }

  dissect(tree: Tree, { side }: DissectContext): Words {
    const step = this.#steps[side];
    switch (step) {
      case "version": {
        const text = tree.text("Protocol version", 12, "RFC 6143 7.1.1", (line) => `version ${line.slice(4).trim()}`);
        const minor = Number(/^RFB 003\.(\d{3})/.exec(text)?.[1] ?? 8);
        if (side === "client") {
          // The client decides.
          this.#minor = minor;
          this.#steps.client = minor < 7 ? "response" : "choice";
        } else this.#steps.server = "security";
        return {
          summary: `version ${clip(text.trim())}`,
          ...(side === "server" ? { asks: "version" } : { answers: "version" }),
        };
      }
      case "security":
        return this.#types(tree);
      case "choice":
        this.#security = tree.u8("Security type", "RFC 6143 7.1.2", SECURITY);
        this.#chosen();
        return { summary: `security: ${SECURITY[this.#security] ?? this.#security}` };
      case "challenge":
        tree.bytes("Challenge", 16, "RFC 6143 7.2.2", () => "to be encrypted with the password by DES");
        this.#steps.server = "result";
        return { summary: "challenge", asks: "challenge" };
      case "response":
        tree.bytes("Response", 16, "RFC 6143 7.2.2", () => "the challenge, encrypted with the password");
        this.#steps.client = "init";
        return { summary: "response", answers: "challenge" };
      case "result": {
        const ref = "RFC 6143 7.1.3";
        const code = tree.u32("Security result", ref, { 0: "ok", 1: "failed" });
        let reason = "";
        if (code !== 0 && tree.remaining >= 4) {
          const length = tree.u32("Reason length", ref);
          if (length > 0) reason = `: ${clip(tree.text("Reason", length, ref))}`;
        }
        this.#steps.server = "init";
        return { summary: code === 0 ? "security ok" : `security failed${reason}` };
      }
      case "init":
        return side === "client" ? this.#clientInit(tree) : this.#serverInit(tree);
      case "normal":
        return side === "client" ? clientMessage(tree) : this.#serverMessage(tree);
    }
    tree.rest(
      "Octets",
      "RFC 6143 7",
      this.#security > 2 ? "of the chosen security type" : "of an update, by its encodings",
    );
    return { summary: counted(tree.reader.bytes.length, "octet") };
  }

  /** Before version 3.7 the server decides. */
  #types(tree: Tree): Words {
    const ref = "RFC 6143 7.1.2";
    if (this.#minor < 7) {
      this.#security = tree.u32("Security type", ref, SECURITY);
      this.#steps.server = this.#security === 2 ? "challenge" : this.#security === 1 ? "init" : "opaque";
      if (this.#security === 1) this.#steps.client = "init";
      return { summary: `security: ${SECURITY[this.#security] ?? this.#security}` };
    }
    const count = tree.u8("Number of security types", ref);
    if (count === 0) {
      const length = tree.u32("Reason length", ref);
      const reason = length === 0 ? "" : tree.text("Reason", length, ref);
      return { summary: `refused: ${clip(reason)}` };
    }
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const type = tree.u8("Security type", ref, SECURITY);
      names.push(SECURITY[type] ?? String(type));
    }
    return { summary: `security types ${clip(names.join(", "), 120)}` };
  }

  #chosen(): void {
    if (this.#security === 2) [this.#steps.server, this.#steps.client] = ["challenge", "response"];
    else if (this.#security === 1) {
      [this.#steps.server, this.#steps.client] = [this.#minor >= 8 ? "result" : "init", "init"];
    } else this.#steps.server = this.#steps.client = "opaque";
  }

  #clientInit(tree: Tree): Words {
    const shared = tree.u8(
      "Shared",
      "RFC 6143 7.3.1",
      (flag) => flag === 0 ? "others are sent away" : "others may stay",
    );
    this.#steps.client = "normal";
    return { summary: `ClientInit, ${shared === 0 ? "alone" : "shared"}`, asks: "init" };
  }

  #serverInit(tree: Tree): Words {
    const ref = "RFC 6143 7.3.2";
    const width = tree.u16("Width", ref), height = tree.u16("Height", ref);
    pixelFormat(tree);
    const length = tree.u32("Name length", ref);
    const name = length === 0 ? "" : tree.text("Name", length, ref);
    this.#steps.server = "normal";
    return { summary: `ServerInit ${width}x${height} "${clip(name)}"`, answers: "init" };
  }

  #serverMessage(tree: Tree): Words {
    const type = tree.u8("Message type", "RFC 6143 7.6", (code) => SERVER[code]?.[0] ?? "an extension");
    const [name, ref] = SERVER[type] ?? [`message ${type}`, "RFC 6143 7.6"];
    if (type === 2) return { summary: name };
    if (type === 1) {
      tree.u8("Padding", ref);
      tree.u16("First colour", ref);
      tree.u16("Number of colours", ref);
      tree.rest("Colours", ref);
      return { summary: name };
    }
    if (type === 3) return cutText(tree, name, ref);
    this.#steps.server = "opaque";
    if (type !== 0 || tree.remaining < 3) {
      tree.rest("Octets", ref);
      return { summary: name };
    }
    tree.u8("Padding", ref);
    const count = tree.u16("Number of rectangles", ref);
    let encoding = "";
    if (count > 0 && tree.remaining >= 12) {
      tree.group("First rectangle", (group) => {
        const x = tree.u16("X", ref),
          y = tree.u16("Y", ref),
          width = tree.u16("Width", ref),
          height = tree.u16("Height", ref);
        encoding = encodingField(tree, ref);
        group.meaning = `${width}x${height} at ${x},${y}, ${encoding}`;
      }, { ref });
    }
    tree.rest("Pixels and further rectangles", ref);
    return {
      summary: `${name}, ${count} ${count === 1 ? "rectangle" : "rectangles"}${encoding === "" ? "" : `, ${encoding}`}`,
    };
  }
}

function encodingField(tree: Tree, ref: string): string {
  const code = tree.field("Encoding", (r) => r.u32() | 0, (value) => ({ ref, meaning: ENCODINGS[value] ?? "unknown" }));
  return ENCODINGS[code] ?? String(code);
}

function pixelFormat(tree: Tree): void {
  const ref = "RFC 6143 7.4";
  tree.group("Pixel format", (group) => {
    const bits = tree.u8("Bits per pixel", ref), depth = tree.u8("Depth", ref);
    tree.u8("Big endian", ref, (flag) => flag === 0 ? "no" : "yes");
    const colours = tree.u8("True colour", ref, (flag) => flag === 0 ? "no, by a colour map" : "yes");
    for (const name of ["Red maximum", "Green maximum", "Blue maximum"]) tree.u16(name, ref);
    for (const name of ["Red shift", "Green shift", "Blue shift"]) tree.u8(name, ref);
    tree.bytes("Padding", 3, ref);
    group.meaning = `${counted(bits, "bit")} a pixel, depth ${depth}${colours === 0 ? ", colour map" : ""}`;
  }, { ref });
}

function cutText(tree: Tree, name: string, ref: string): Words {
  tree.bytes("Padding", 3, ref);
  const length = tree.u32("Length", ref);
  const text = length === 0 ? "" : tree.text("Text", length, ref);
  return { summary: `${name} "${clip(text, 80)}"`, text };
}

function clientMessage(tree: Tree): Words {
  const type = tree.u8("Message type", "RFC 6143 7.5", (code) => CLIENT[code]?.[0] ?? "an extension");
  const [name, ref] = CLIENT[type] ?? [`message ${type}`, "RFC 6143 7.5"];
  switch (type) {
    case 0:
      tree.bytes("Padding", 3, ref);
      pixelFormat(tree);
      return { summary: name };
    case 2: {
      tree.u8("Padding", ref);
      const count = tree.u16("Number of encodings", ref), names: string[] = [];
      for (let i = 0; i < count; i++) names.push(encodingField(tree, ref));
      return { summary: `${name} ${clip(names.join(", "), 140)}` };
    }
    case 3: {
      const incremental = tree.u8("Incremental", ref, (flag) => flag === 0 ? "all of it" : "what changed");
      const x = tree.u16("X", ref),
        y = tree.u16("Y", ref),
        width = tree.u16("Width", ref),
        height = tree.u16("Height", ref);
      return { summary: `${name} ${width}x${height} at ${x},${y}${incremental === 0 ? "" : ", what changed"}` };
    }
    case 4: {
      const down = tree.u8("Down", ref, (flag) => flag === 0 ? "released" : "pressed");
      tree.u16("Padding", ref);
      const key = tree.u32("Key", ref, keyName);
      return { summary: `${name} ${keyName(key) ?? `0x${key.toString(16)}`} ${down === 0 ? "released" : "pressed"}` };
    }
    case 5: {
      const buttons = tree.u8("Buttons", ref, (mask) => mask === 0 ? "none" : undefined);
      const x = tree.u16("X", ref), y = tree.u16("Y", ref);
      return { summary: `${name} ${x},${y}${buttons === 0 ? "" : `, buttons ${buttons.toString(2)}`}` };
    }
    case 6:
      return cutText(tree, name, ref);
  }
  tree.rest("Octets", ref);
  return { summary: name };
}

const KEYS = names(`
  0xff08 BackSpace; 0xff09 Tab; 0xff0d Return; 0xff1b Escape; 0xff51 Left; 0xff52 Up; 0xff53 Right; 0xff54 Down;
  0xffe1 Shift; 0xffe3 Control; 0xffe9 Alt; 0xffff Delete
`);

/** The name of an X key symbol. */
function keyName(key: number): string | undefined {
  return key >= 0x20 && key < 0x7f ? `"${String.fromCharCode(key)}"` : KEYS[key];
}

function detect(bytes: Uint8Array): Guess {
  const guess = startsWith(bytes, ["RFB 003.", "RFB 004."]);
  if (guess !== "yes") return guess;
  return bytes.length < 12 ? "maybe" : /^RFB \d{3}\.\d{3}\n/.test(decodeText(bytes.subarray(0, 12))) ? "yes" : "no";
}

export const RFB: Protocol = {
  name: "rfb",
  title: "RFB (VNC)",
  ref: "RFC 6143",
  tcp: [5900, 5901],
  detect,
  stream: () => new Rfb(),
};
