# 48 bytes with arrays of every width.
meta:
  id: arrays
  title: Structs with arrays
  endian: le
doc: Arrays of one, two, four and eight bytes, signed and in both byte orders.
-vmwire:
  format: struct
  transport: datagram
  max_fds: 1
types:
  frame:
    doc: A picture, or what it is made of.
    -vmwire:
      tag: type
      size: 48
    seq:
      - id: type
        type: u4
        enum: frame_type
        doc: Tells which frame this is.
      - id: strides
        type: u4
        repeat: expr
        repeat-expr: 3
        doc: From row to row, for each plane.
        -vmwire:
          unit: bytes
      - id: key
        type: u1
        repeat: expr
        repeat-expr: 5
        doc: Five bytes.
      - size: 3
      - id: moves
        type: s2be
        repeat: expr
        repeat-expr: 4
        doc: Signed, in the other byte order.
      - id: modifier
        type: s8
        repeat: expr
        repeat-expr: 1
        doc: An array of one.
      - size: 4
      - id: format
        type: u4
        doc: Not an array.
      - id: buffer
        size: 0
        doc: The pixels.
        -vmwire:
          fd: dmabuf
  blit:
    doc: Copies within this process; it never travels.
    -vmwire:
      local: frame
    seq:
      - id: offsets
        type: u8
        repeat: expr
        repeat-expr: 2
        doc: From and to.
      - id: target
        size: 0
        doc: Where the pixels go.
        -vmwire:
          fd: any
enums:
  frame_type:
    1:
      id: show
      doc: Show a buffer.
      -vmwire:
        fields: [strides, modifier, format, buffer]
    2:
      id: move
      doc: Move what is shown.
      -vmwire:
        fields: [moves]
    3:
      id: unlock
      doc: Show a key.
      -vmwire:
        fields: [key, strides]
