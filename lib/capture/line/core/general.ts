// Numbers as C's `%.Ng` and `%.Nf` write them. Pure.

/** `value` with `digits` digits behind the point, as `%.Nf`: what is exactly between two goes to the even one. */
export function fixed(value: number, digits: number): string {
  const scale = 10 ** digits, scaled = Math.abs(value) * scale, whole = Math.floor(scaled);
  if (scaled - whole !== 0.5 || scaled / scale !== Math.abs(value)) return value.toFixed(digits);
  return (Math.sign(value) * (whole + whole % 2) / scale).toFixed(digits);
}

/** `value` with at most `digits` digits, zeros at the end left out, with an exponent where that is shorter. */
export function general(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, power] = value.toExponential(digits - 1).split("e") as [string, string];
  const exponent = Number(power);
  const trim = (text: string) => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  if (exponent >= -4 && exponent < digits) return trim(value.toFixed(digits - 1 - exponent));
  return `${trim(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
