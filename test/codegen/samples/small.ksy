# 16 bytes, a tag of one byte that is not at the start, no exchange.
meta:
  id: small
  title: A struct of 16 bytes with a tag of one byte
  endian: le
doc: One message that nobody answers, with the tag behind other members.
-vmwire:
  format: struct
  transport: seqpacket
types:
  note:
    doc: A note.
    -vmwire:
      tag: kind
      size: 16
      reserved: [3, 255]
    seq:
      - id: level
        type: u1
        doc: How loud.
      - id: delta
        type: s1
        doc: How much louder.
      - id: kind
        type: u1
        enum: note_kind
        doc: Tells which note this is.
      - size: 1
        doc: Aligns what follows.
      - id: port
        type: u2
        doc: A port.
      - id: shift
        type: s2
        doc: A small distance.
      - id: stamp
        type: u8
        doc: A time.
        -vmwire:
          unit: nanoseconds
enums:
  note_kind:
    0:
      id: nothing
      doc: Tag zero, and no member.
    1:
      id: loud
      doc: Only bytes.
      -vmwire:
        fields: [level, delta]
    2:
      id: far
      doc: Two bytes each, not in the order of the struct.
      -vmwire:
        fields: [shift, port]
    254:
      id: late
      doc: The highest tag that is free.
      -vmwire:
        fields: [stamp, level]
