# Everything big-endian, but for two fields that say otherwise; a tag of two bytes.
meta:
  id: big_endian
  title: Big-endian structs with a tag of two bytes
  endian: be
doc: Requests and responses of different sizes, in network byte order.
-vmwire:
  format: struct
  transport: datagram
  max_fds: 0
  exchange:
    request: ask
    response: answer
    error: failed
types:
  ask:
    doc: A question.
    -vmwire:
      tag: op
      size: 32
    seq:
      - id: op
        type: u2
        enum: ask_op
        doc: Tells which question this is.
      - id: count
        type: s2
        doc: How many.
      - id: mask
        type: u4
        doc: Which.
      - id: address
        type: u8
        doc: Where.
      - id: offset
        type: s8
        doc: How far from there.
      - id: native
        type: u4le
        doc: A number in the other byte order.
      - id: balance
        type: s4
        doc: A signed number.
  answer:
    doc: An answer.
    -vmwire:
      tag: op
      size: 16
    seq:
      - id: op
        type: u2le
        enum: answer_op
        doc: Tells which answer this is, in the other byte order.
      - size: 2
      - id: reason
        type: u4
        doc: Why not.
        -vmwire:
          errno: true
      - id: result
        type: s8
        doc: The result.
enums:
  ask_op:
    0x0100:
      id: swapped
      doc: Looks like 1 in the other byte order.
      -vmwire:
        fields: [count, native]
        response: done
    0x0203:
      id: move
      doc: Two different bytes.
      -vmwire:
        fields: [address, offset, balance]
        response: done
    0xffff:
      id: last
      doc: The highest tag.
      -vmwire:
        fields: [mask]
        response: nothing
  answer_op:
    1:
      id: done
      doc: It is done.
      -vmwire:
        fields: [result]
    2:
      id: failed
      doc: It is not.
      -vmwire:
        fields: [reason]
    0x0201:
      id: nothing
      doc: There is nothing to say.
