/** Loads what the schema compiler works with, and ends. */
import { createRequire } from 'node:module';

await import('ts-morph');
createRequire(import.meta.url)('kaitai-struct-compiler');
