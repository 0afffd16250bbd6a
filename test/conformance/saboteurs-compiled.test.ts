/** Every fault in the peers of Rust and C is caught, and its case named. */
import { test } from 'uvu';
import { ourPeers } from './our-peers.js';
import { testSaboteurs } from './saboteurs.js';

for (const peer of ourPeers)
  if (peer.name === 'rust' || peer.name === 'c') testSaboteurs(test, peer);

test.run();
