meta: { id: example, endian: le }
-vmwire: { format: struct, transport: datagram, max_fds: 2 }
types:
  request:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: length, type: u4, repeat-expr: 3 }
enums:
  request_type:
    1: { id: share, -vmwire: { fields: [length] } }
