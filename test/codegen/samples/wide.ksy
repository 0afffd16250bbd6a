# A tag of eight bytes, and open enums of every width.
meta:
  id: wide
  title: Tags and enums of up to eight bytes
  endian: le
doc: Tags that no number of JavaScript can hold.
-vmwire:
  format: struct
  transport: datagram
types:
  command:
    doc: A command.
    -vmwire:
      tag: opcode
      size: 40
      reserved: [0x100000000, 0x8000000000000001]
    seq:
      - id: opcode
        type: u8
        enum: opcodes
        doc: Tells which command this is.
      - id: tiny
        type: u1
        enum: tiny_mode
        doc: A mode of one byte.
      - size: 1
      - id: short
        type: u2
        enum: short_mode
        doc: A mode of two bytes.
      - id: mode
        type: u4
        enum: mode
        doc: A mode of four bytes.
      - id: huge
        type: u8
        enum: huge_mode
        doc: A mode of eight bytes.
      - id: when
        type: s8
        doc: A time, perhaps before 1970.
      - id: many
        type: u1
        enum: tiny_mode
        repeat: expr
        repeat-expr: 8
        doc: Several modes.
enums:
  opcodes:
    1:
      id: set_modes
      doc: Set the small modes.
      -vmwire:
        fields: [tiny, short, mode, many]
    0x20000000000001:
      id: above_2_53
      doc: One more than 2^53, which a double can't tell from it.
      -vmwire:
        fields: [huge]
    0x7edcba9876543210:
      id: everything
      doc: The highest byte counts too.
      -vmwire:
        fields: [when, huge, mode, short, tiny, many]
  tiny_mode:
    0:
      id: low
      doc: Low.
    255:
      id: high
      doc: High.
  short_mode:
    1:
      id: first
      doc: First.
    65535:
      id: last
      doc: Last.
  mode:
    7:
      id: lucky
      doc: Lucky.
  huge_mode:
    0x7fffffffffffffff:
      id: highest
      doc: The highest value that Kaitai can name.
