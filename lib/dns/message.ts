// The whole face of the codec's messages, with every record type known, for those who need no other file. Pure.
import "./records/all.ts";

export { encodeMessage } from "./encode.ts";
export { type DnsMessage, type MessageParts, type Question, recordOf, type ResourceRecord } from "./model.ts";
export { parseMessage } from "./parse.ts";
