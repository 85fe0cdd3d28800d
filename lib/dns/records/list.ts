// The record types with a shape that are not among the common ones; all others are unknown data (RFC 3597). Pure.
// To add one: a file here (or a line in the file of its shape) with a `RecordType`, its list below, its mnemonic in `../types.ts`.
import { ADDRESS_RECORDS } from "./address.ts";
import { DENIAL_RECORDS } from "./denial.ts";
import { DIGEST_RECORDS } from "./digest.ts";
import { GATEWAY_RECORDS } from "./gateway.ts";
import { HOST_RECORDS } from "./host.ts";
import { IDENTIFIER_RECORDS } from "./identifier.ts";
import { KEY_RECORDS } from "./key.ts";
import { LOCATION_RECORDS } from "./location.ts";
import { META_RECORDS } from "./meta.ts";
import { OPAQUE_RECORDS } from "./opaque.ts";
import type { RecordType } from "./shape.ts";
import { SIGNATURE_RECORDS } from "./signature.ts";
import { SVCB_RECORDS } from "./svcb.ts";
import { TEXT_RECORDS } from "./text.ts";

export const RARE_RECORDS: readonly RecordType[] = [
  ...ADDRESS_RECORDS,
  ...IDENTIFIER_RECORDS,
  ...HOST_RECORDS,
  ...TEXT_RECORDS,
  ...LOCATION_RECORDS,
  ...KEY_RECORDS,
  ...SIGNATURE_RECORDS,
  ...DIGEST_RECORDS,
  ...DENIAL_RECORDS,
  ...GATEWAY_RECORDS,
  ...SVCB_RECORDS,
  ...OPAQUE_RECORDS,
  ...META_RECORDS,
];
