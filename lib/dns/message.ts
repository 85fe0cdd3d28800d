// The whole face of the codec's messages, with every record type known, for those who need no other file. Pure.
import "./records/all.ts";

export { encodeMessage, type EncodeOptions } from "./encode.ts";
export { type DnsHeader, type DnsMessage, messageOf, type MessageParts } from "./model.ts";
export { parseMessage, type ParseOptions } from "./parse.ts";
export { type Question, recordOf, type RecordPlace, type ResourceRecord } from "./model.ts";
