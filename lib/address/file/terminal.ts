// Terminal settings (raw, echo, speed, …) through `stty`, and giving a terminal back as it was found.
// To add one: a line in a table below; socat's name is stty's name but for the exceptions that stand there.
import { errorText, FormatError, UsageError } from "../../base/errors.ts";
import { integer, one, type Option, toggle, triState, type ValueType } from "../../options/schema.ts";
import { atExit } from "../opening/at_exit.ts";

const group = "Terminals";

/** On or off by 1 and 0; stty takes the name and `-name`. */
const SWITCHES = [
  ..."brkint icrnl ignbrk igncr ignpar imaxbel inlcr inpck istrip iuclc ixany ixoff ixon parmrk".split(" "),
  ..."ocrnl ofdel ofill olcuc onlcr onlret onocr opost".split(" "),
  ..."clocal cread crtscts cstopb hupcl parenb parodd".split(" "),
  ..."echoctl echoe echok echoke echonl echoprt flusho icanon iexten isig noflsh tostop xcase".split(" "),
] as const;
const SWITCH_ALIASES: Record<string, readonly string[]> = {
  echoctl: ["ctlecho"],
  echoe: ["crterase"],
  echoke: ["crtkill"],
  echoprt: ["prterase"],
  hupcl: ["hup"],
  ixoff: ["tandem"],
};

/** Sets a whole field; no value. */
const CONSTANTS = "bs0 bs1 cr0 cr1 cr2 cr3 cs5 cs6 cs7 cs8 ff0 ff1 nl0 nl1 tab0 tab1 tab2 tab3 vt0 vt1 sane".split(" ");

const SPEEDS = [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
  .concat(
    [230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000],
  );

/** Control characters, by number; the short name is stty's. */
const CHARACTERS: Record<string, string> = {
  veof: "eof",
  veol: "eol",
  veol2: "eol2",
  verase: "erase",
  vintr: "intr",
  vkill: "kill",
  vlnext: "lnext",
  vmin: "min",
  vquit: "quit",
  vreprint: "rprnt",
  vstart: "start",
  vstop: "stop",
  vsusp: "susp",
  vtime: "time",
  vwerase: "werase",
};

/** Those that the help lists; the others are stty's words, of which there are many. */
const SHOWN: Record<string, string> = {
  icanon: "Edit lines (icanon=0: each octet at once); further settings by stty's names, name=0 for -name",
  opost: "Convert what is written, as line feeds; opost=0 writes octets as they are",
  crtscts: "Flow control of a serial line by its wires",
  cs8: "Eight bits in a character (cs5 to cs8)",
  parenb: "Parity on a serial line",
  sane: "Settings as after a login, before the others",
};

/** Columns and rows: what `stty` is told. */
const WINDOW: ValueType<readonly string[]> = {
  placeholder: "COLUMNS:ROWS",
  parse(text) {
    const [, columns, rows] = /^(\d{1,5}):(\d{1,5})$/.exec(text) ?? [];
    if (rows === undefined) throw new FormatError(`"${text}" is not COLUMNS:ROWS, such as 132:43`);
    return ["cols", columns!, "rows", rows];
  },
};

function table<T>(names: readonly string[], make: (name: string) => Option<T>): Record<string, Option<T>> {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** Options of addresses that may be terminals. */
export const TERMINAL_OPTIONS = {
  raw: toggle({ group, help: "No line editing, no signals from keys, no conversion of line ends" }),
  rawer: toggle({ group, help: "As raw, and no echo", aliases: ["termios-rawer"] }),
  cfmakeraw: toggle({ group, help: "As raw, set as the C library does", aliases: ["termios-cfmakeraw"] }),
  echo: triState({ group, help: "Show what is typed; echo=0 hides it" }),
  ispeed: one(integer(), { group, help: "Speed of a serial line, in", placeholder: "BAUD" }),
  ospeed: one(integer(), { group, help: "Speed of a serial line, out (b9600 and so on: both)", placeholder: "BAUD" }),
  winsz: one(WINDOW, { group, help: "Size of the terminal", aliases: ["tiocswinsz"] }),
  ...table(
    SWITCHES,
    (name) =>
      triState({
        group,
        help: SHOWN[name] ?? `stty ${name}`,
        ...(SWITCH_ALIASES[name] === undefined ? {} : { aliases: SWITCH_ALIASES[name] }),
        hidden: SHOWN[name] === undefined,
      }),
  ),
  ...table(
    CONSTANTS,
    (name) => toggle({ group, help: SHOWN[name] ?? `stty ${name}`, hidden: SHOWN[name] === undefined }),
  ),
  ...table(SPEEDS.map((speed) => `b${speed}`), (name) =>
    toggle({
      group,
      help: name === "b9600" ? "Speed of a serial line: b0 to b4000000" : `stty ${name.slice(1)}`,
      hidden: name !== "b9600",
    })),
  ...table(Object.keys(CHARACTERS), (name) =>
    one(integer(0, 255, "OCTET"), {
      group,
      help: `stty ${CHARACTERS[name]}`,
      aliases: name === "vreprint" ? ["rprnt", "reprint"] : [CHARACTERS[name]!],
      hidden: true,
    })),
};
/** What the options of a terminal hold. */
export type TerminalOptions = Readonly<Record<string, unknown>>;

/** What `stty` is told, in an order in which later words refine earlier ones; nothing when no option was given. */
export function sttyWords(options: TerminalOptions): string[] {
  const words: string[] = [];
  const speed = SPEEDS.find((speed) => options[`b${speed}`]);
  if (options.sane) words.push("sane");
  if (options.raw) words.push("raw", "-iexten");
  if (options.cfmakeraw) words.push("raw", "-echo", "-echonl", "-isig", "-iexten", "-parenb", "cs8");
  if (options.rawer) words.push("raw", "-echo", "-iexten");
  if (speed !== undefined) words.push(String(speed));
  if (options.ispeed !== undefined) words.push("ispeed", String(options.ispeed));
  if (options.ospeed !== undefined) words.push("ospeed", String(options.ospeed));
  if (options.winsz !== undefined) words.push(...options.winsz as readonly string[]);
  for (const name of CONSTANTS) if (name !== "sane" && options[name]) words.push(name);
  for (const name of ["echo", ...SWITCHES]) {
    if (options[name] !== undefined) words.push(options[name] ? name : `-${name}`);
  }
  for (const [name, word] of Object.entries(CHARACTERS)) {
    const value = options[name];
    if (value !== undefined) {
      words.push(word, word === "min" || word === "time" ? String(value) : keyWord(Number(value)));
    }
  }
  return words;
}

/** A character as every stty takes it: BSD's knows no numbers, and would take their first digit. */
function keyWord(octet: number): string {
  if (octet < 0x20) return `^${String.fromCharCode(octet + 0x40)}`;
  if (octet === 0x7f) return "^?";
  return octet < 0x7f ? String.fromCharCode(octet) : `0x${octet.toString(16)}`;
}

/** Whether any terminal option was given. */
export function wantsTerminal(options: TerminalOptions): boolean {
  return terminalOption(options) !== undefined;
}

/** The first terminal option that was given, by its main name. */
export function terminalOption(options: TerminalOptions): string | undefined {
  return Object.entries(TERMINAL_OPTIONS).find(([name, { fallback }]) => (options[name] ?? fallback) !== fallback)?.[0];
}

/** Whether data passes unedited: then ^D is not end-of-file. */
export function isRaw(options: TerminalOptions): boolean {
  return Boolean(options.raw || options.rawer || options.cfmakeraw || options.icanon === false);
}

function stty(args: readonly string[], device: string | undefined): string {
  const which = device === undefined ? [] : [Deno.build.os === "darwin" ? "-f" : "-F", device];
  let output: Deno.CommandOutput;
  try {
    output = new Deno.Command("stty", {
      args: [...which, ...args],
      stdin: device === undefined ? "inherit" : "null",
      env: { LC_ALL: "C" },
    }).outputSync();
  } catch (error) {
    throw new Error(`Cannot set the terminal: "stty" cannot be run: ${errorText(error)}`, { cause: error });
  }
  if (!output.success) {
    const words = new TextDecoder().decode(output.stderr).trim().split("\n")[0]!;
    // A pseudo-terminal has no parity: who sets terminals by the C library does not hear of what one does not take.
    if (!/unable to perform all requested operations/.test(words)) {
      throw new Error(`Cannot set the terminal: ${words}`);
    }
  }
  return new TextDecoder().decode(output.stdout).trim();
}

let stdinSet = false;

/** Sets standard input, once (when it is a terminal) as the options say, until the program ends. Gives the way back. */
export function setStdin(options: TerminalOptions): () => void {
  const words = sttyWords(options);
  if (words.length === 0 || stdinSet || !Deno.stdin.isTerminal()) return () => {};
  stdinSet = true;
  if (Deno.build.os === "windows") {
    if (!isRaw(options) && options.echo !== false) {
      throw new UsageError("Windows terminals know only raw, rawer and echo=0");
    }
    Deno.stdin.setRaw(true, { cbreak: false });
    return atExit(() => Deno.stdin.setRaw(false));
  }
  const before = stty(["-g"], undefined);
  stty(words, undefined);
  return atExit(() => stty([before], undefined));
}

/** Sets a terminal that is our own and will be gone: there is no way back to keep. */
export function setOwnDevice(path: string, options: TerminalOptions): void {
  const words = sttyWords(options);
  if (words.length > 0) stty(words, path);
}

/** Sets the terminal behind a path. Gives the way back, which is also gone at the end of the program. */
export function setDevice(path: string, options: TerminalOptions): () => void {
  const words = sttyWords(options);
  if (words.length === 0) return () => {};
  const before = stty(["-g"], path);
  stty(words, path);
  return atExit(() => {
    try {
      stty([before], path);
    } catch {
      // The device has gone.
    }
  });
}
