# Several descriptors in a message, optional ones, and responses that carry them.
meta:
  id: descriptors
  title: Messages with none to three descriptors
  endian: le
doc: What a variant takes is none, one, two or three descriptors, of which some are optional.
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 3
  exchange:
    request: lend
    response: lent
    error: refused
types:
  lend:
    doc: Lends descriptors.
    -vmwire:
      tag: type
      size: 24
      reserved: [9]
    seq:
      - id: type
        type: u1
        enum: lend_type
        doc: Tells what is lent.
      - size: 7
      - id: size
        type: u8
        doc: How much memory.
        -vmwire:
          unit: bytes
      - id: flags
        type: u4
        doc: How.
      - size: 4
      - id: memory
        size: 0
        doc: The memory.
        -vmwire:
          fd: shared_memory
      - id: kick
        size: 0
        doc: Signalled by the lender.
        -vmwire:
          fd: eventfd
      - id: call
        size: 0
        doc: Signalled by the borrower, if it likes.
        -vmwire:
          fd: eventfd
          optional: true
      - id: log
        size: 0
        doc: Where to write, if anywhere.
        -vmwire:
          fd: any
          optional: true
  lent:
    doc: What came of it.
    -vmwire:
      tag: type
      size: 8
    seq:
      - id: type
        type: u4
        enum: lent_type
        doc: Tells what came of it.
      - id: reason
        type: u4
        doc: Why it was refused.
        -vmwire:
          errno: true
      - id: receipt
        size: 0
        doc: Proof.
        -vmwire:
          fd: any
      - id: memory
        size: 0
        doc: Other memory in return.
        -vmwire:
          fd: shared_memory
enums:
  lend_type:
    1:
      id: nothing
      doc: No descriptor.
      -vmwire:
        response: nothing
    2:
      id: one
      doc: Exactly one.
      -vmwire:
        fields: [memory, size]
        response: receipt
    3:
      id: two
      doc: Exactly two, not in the order of the struct.
      -vmwire:
        fields: [kick, flags, memory]
        response: both
    4:
      id: maybe
      doc: One, or none.
      -vmwire:
        fields: [flags, call]
        response: nothing
    5:
      id: queue
      doc: Two, and a third if wanted.
      -vmwire:
        fields: [memory, kick, call]
        response: both
    6:
      id: watch
      doc: Two, and a third that is named before the bytes.
      -vmwire:
        fields: [kick, memory, log, size]
        response: receipt
    7:
      id: poke
      doc: One, or none, named before the bytes.
      -vmwire:
        fields: [log, flags]
        response: nothing
  lent_type:
    1:
      id: nothing
      doc: Nothing in return.
    2:
      id: refused
      doc: Refused.
      -vmwire:
        fields: [reason]
    3:
      id: receipt
      doc: One in return.
      -vmwire:
        fields: [receipt]
    4:
      id: both
      doc: Two in return.
      -vmwire:
        fields: [receipt, memory]
