/** Every fault in the peers of TypeScript and Python is caught, and its case named. */
import { test } from 'uvu';
import { ourPeers } from './our-peers.js';
import { testSaboteurs } from './saboteurs.js';

for (const peer of ourPeers)
  if (peer.name === 'typescript' || peer.name === 'python') testSaboteurs(test, peer);

test.run();
