meta: { id: example, endian: le }
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 0
  exchange: { request: request, response: response, error: failed }
types:
  request:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: length, type: u4 }
      - { id: memory, size: 0, -vmwire: { fd: shared_memory } }
  response:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: response_type }
      - { id: reason, type: u4, -vmwire: { errno: true } }
enums:
  request_type:
    1: { id: share, -vmwire: { fields: [memory, length], response: done } }
  response_type:
    1: done
    2: { id: failed, -vmwire: { fields: [reason] } }
