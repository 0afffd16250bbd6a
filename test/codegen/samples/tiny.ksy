# The smallest message: nothing but a tag.
meta:
  id: tiny
  title: A message of one byte
  endian: le
doc: Signals.
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 1
types:
  signal:
    doc: A signal, with a descriptor or without.
    -vmwire:
      tag: type
      size: 1
    seq:
      - id: type
        type: u1
        enum: signal_type
        doc: Tells which signal this is.
      - id: event
        size: 0
        doc: What it is about.
        -vmwire:
          fd: eventfd
enums:
  signal_type:
    7:
      id: stop
      doc: Stop.
    8:
      id: watch
      doc: Watch.
      -vmwire:
        fields: [event]
