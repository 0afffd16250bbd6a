meta: { id: example, endian: le }
-vmwire:
  format: struct
  transport: stream
  max_fds: 1
  exchange: { request: request, response: response, error: failed }
types:
  request:
    -vmwire: { tag: type, size: 9 }
    seq:
      - { id: type, type: u4, enum: request_type }
      - { id: Length, type: u4, -vmwire: { units: bytes } }
      - { id: memory, size: 0, -vmwire: { fd: shared_memory } }
  response:
    -vmwire: { tag: type, size: 8 }
    seq:
      - { id: type, type: u4, enum: response_type }
      - { id: reason, type: u4, -vmwire: { errno: true } }
enums:
  request_type:
    1: { id: share, -vmwire: { fields: [memory, length], response: finished } }
  response_type:
    1: done
    01: done_
    2: { id: failed, -vmwire: { fields: [reason] } }
