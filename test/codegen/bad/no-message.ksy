meta: { id: example, endian: le }
-vmwire: { format: struct, transport: datagram }
