/** Format `struct`: every packet of a message has the same bytes, as a struct of C that all variants share. */
import { compareBytes } from '../bytes/compare.js';
import type { Format } from '../format.js';
import { structEdges } from './edges.js';
import { layStruct } from './lay.js';

export const struct: Format = {
  name: 'struct',
  keys: { message: { size: 'it tells the size of the struct in bytes' } },
  lay: layStruct,
  edgeCases: structEdges,
  compare: compareBytes,
};
