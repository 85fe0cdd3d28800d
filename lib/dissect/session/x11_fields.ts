// What stands in requests and events of the X Window System (X.Org "X Window System Protocol" 9 and 11). Pure.
// To add one: a line, by its code.

/** A field: an identifier or number of four octets, a number of two or one, text as long as a field before it says. */
type Kind = "window" | "atom" | "u32" | "i16" | "u16" | "u8" | "skip1" | "skip2" | "skip3" | `text ${string}`;
export type Fields = readonly (readonly [name: string, kind: Kind])[];

/** A place and a size. */
export const PLACE: Fields = [["X", "i16"], ["Y", "i16"], ["Width", "u16"], ["Height", "u16"]];
const WINDOW: Fields = [["Window", "window"]];
const DRAW: Fields = [["Drawable", "window"], ["Graphics context", "window"]];

/** What stands behind the head of a request, as far as the line or a beginner wants it; the rest is octets. */
export const BODIES: Readonly<Record<number, Fields>> = {
  1: [["Window", "window"], ["Parent", "window"], ...PLACE, ["Border width", "u16"], ["Class", "u16"], [
    "Visual",
    "u32",
  ]],
  2: WINDOW,
  3: WINDOW,
  4: WINDOW,
  7: [["Window", "window"], ["Parent", "window"], ["X", "i16"], ["Y", "i16"]],
  8: WINDOW,
  9: WINDOW,
  10: WINDOW,
  12: WINDOW,
  14: [["Drawable", "window"]],
  15: WINDOW,
  16: [["Name length", "u16"], ["Unused", "skip2"], ["Name", "text Name length"]],
  17: [["Atom", "atom"]],
  18: [["Window", "window"], ["Property", "atom"], ["Type", "atom"], ["Format", "u8"], ["Unused", "skip3"], [
    "Length",
    "u32",
  ]],
  19: [["Window", "window"], ["Property", "atom"]],
  20: [["Window", "window"], ["Property", "atom"], ["Type", "atom"], ["Offset", "u32"], ["Length", "u32"]],
  21: WINDOW,
  22: [["Owner", "window"], ["Selection", "atom"], ["Time", "u32"]],
  23: [["Selection", "atom"]],
  24: [["Requestor", "window"], ["Selection", "atom"], ["Target", "atom"], ["Property", "atom"], ["Time", "u32"]],
  38: WINDOW,
  42: [["Window", "window"], ["Time", "u32"]],
  45: [["Font", "window"], ["Name length", "u16"], ["Unused", "skip2"], ["Name", "text Name length"]],
  49: [["Most names", "u16"], ["Name length", "u16"], ["Pattern", "text Name length"]],
  53: [["Pixmap", "window"], ["Drawable", "window"], ["Width", "u16"], ["Height", "u16"]],
  55: [["Graphics context", "window"], ["Drawable", "window"]],
  60: [["Graphics context", "window"]],
  61: [["Window", "window"], ...PLACE],
  62: [["Source", "window"], ["Destination", "window"], ["Graphics context", "window"], ["From X", "i16"], [
    "From Y",
    "i16",
  ], ...PLACE],
  65: DRAW,
  66: DRAW,
  67: DRAW,
  70: DRAW,
  72: [...DRAW, ["Width", "u16"], ["Height", "u16"], ["X", "i16"], ["Y", "i16"]],
  73: [["Drawable", "window"], ...PLACE],
  84: [["Colormap", "window"], ["Red", "u16"], ["Green", "u16"], ["Blue", "u16"]],
  97: [["Drawable", "window"], ["Width", "u16"], ["Height", "u16"]],
  98: [["Name length", "u16"], ["Unused", "skip2"], ["Name", "text Name length"]],
};

const POINTER: Fields = [
  ["Time", "u32"],
  ["Root", "window"],
  ["Window", "window"],
  ["Child", "window"],
  ["Root X", "i16"],
  ["Root Y", "i16"],
  ["X", "i16"],
  ["Y", "i16"],
  ["State", "u16"],
];
/** What stands behind the sequence number of an event. */
export const EVENT_BODIES: Readonly<Record<number, Fields>> = {
  ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8].map((code) => [code, POINTER])),
  9: WINDOW,
  10: WINDOW,
  12: [["Window", "window"], ...PLACE, ["More follow", "u16"]],
  14: [["Drawable", "window"]],
  15: [["Window", "window"], ["State", "u8"]],
  16: [["Parent", "window"], ["Window", "window"], ...PLACE],
  17: [["Event", "window"], ["Window", "window"]],
  18: [["Event", "window"], ["Window", "window"]],
  19: [["Event", "window"], ["Window", "window"]],
  22: [["Event", "window"], ["Window", "window"], ["Above", "window"], ...PLACE],
  28: [["Window", "window"], ["Property", "atom"], ["Time", "u32"], ["Deleted", "u8"]],
  33: [["Window", "window"], ["Type", "atom"]],
};
