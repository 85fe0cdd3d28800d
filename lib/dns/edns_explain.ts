// EDNS options as named ranges (RFC 6891 6.1.2 and the option's own source). Pure.
import type { FieldBuilder } from "../base/field.ts";
import { optionSource, optionText } from "./edns_options.ts";

/** Records one option: code, length, data; the meaning is the line that dig prints. */
export function explainOption(builder: FieldBuilder): { code: number; data: Uint8Array } {
  return builder.group("Option", (group) => {
    const code = builder.field("Option code", (r) => r.u16(), (value) => ({
      meaning: optionSource(value)?.name ?? "unassigned here",
      ref: "RFC 6891 6.1.2",
    }));
    const length = builder.field("Option length", (r) => r.u16(), { ref: "RFC 6891 6.1.2" });
    const source = optionSource(code);
    const data = builder.field("Option data", (r) => r.take(length, "option"), { ref: source?.ref });
    if (source !== undefined) group.ref = source.ref;
    group.meaning = optionText({ code, data });
    return { code, data };
  });
}
