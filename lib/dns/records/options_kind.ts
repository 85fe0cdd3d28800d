// The data of an OPT record: EDNS options in a row (RFC 6891 6.1.2). Pure.
import { checkOption } from "../edns_rules.ts";
import { parseNumber } from "./kinds.ts";
import { base64Words, block } from "./layout.ts";
import type { Kind, RdataValue } from "./shape.ts";

/** One EDNS option as it travels. */
export interface Option {
  readonly [part: string]: RdataValue;
  readonly code: number;
  readonly data: Uint8Array;
}

/** Options up to the end. */
export const options: Kind<readonly Option[]> = {
  read: (reader) => {
    const list: Option[] = [];
    while (reader.remaining > 0) {
      const start = reader.offset;
      const code = reader.u16();
      const data = reader.take(reader.u16(), "option");
      checkOption(code, data, start);
      list.push({ code, data });
    }
    return list;
  },
  write: (writer, value) => {
    for (const { code, data } of value) writer.u16(code).u16(data.length).bytes(data);
  },
  print: (value, style) =>
    value.map(({ code, data }) =>
      data.length === 0 ? `${code} 0` : block(`${code} ${data.length}`, base64Words(data, style), style)
    ).join(" "),
  parse: (tokens) => {
    const list: Option[] = [];
    while (!tokens.atEnd) {
      const code = parseNumber(tokens, 0xffff, "option code"), length = parseNumber(tokens, 0xffff, "option length");
      const data = tokens.base64(length);
      list.push({ code, data });
    }
    return list;
  },
};
