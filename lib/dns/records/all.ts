// Makes every record type known to the codec. For whoever meets any type; a lookup loads this when it does. Pure.
import { knowRecordTypes } from "../rdata.ts";
import { RARE_RECORDS } from "./list.ts";

knowRecordTypes(RARE_RECORDS);
