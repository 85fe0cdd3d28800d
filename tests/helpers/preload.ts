// Loaded before each file of tests: what lives as long as the process, and is no leak of the test that needs it first.
import { findLibc } from "../../lib/stream/libc/libc.ts";

// A function that few need has the library of all of them loaded.
void findLibc()?.call.poll;
