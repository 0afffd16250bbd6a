# Names that the generated code uses itself, in the one protocol whose prefix in C is that of all bindings.
meta:
  id: vmwire
  title: Names of the generated code
  endian: le
doc: Messages, members, variants and enums that are called like what stands beside them when generated.
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 1
  exchange:
    request: message
    response: encode_any
    error: error
types:
  message:
    doc: A request.
    -vmwire:
      tag: variant
      size: 40
    seq:
      - id: variant
        type: u8
        enum: message_variant
        doc: The tag.
      - id: put
        type: u4
        doc: A function of the Rust bindings.
      - id: errno_to_wire
        type: u4
        doc: Another one, which encodes this very member.
        -vmwire:
          errno: true
      - id: padding_20
        type: u4
        doc: What the padding at byte 20 would be called.
      - size: 4
        doc: The padding.
      - id: element
        type: u4
        repeat: expr
        repeat-expr: 2
        doc: A variable of the encoders.
      - id: flag
        type: u1
        enum: bool
        doc: A number with an enum that is called like a type.
      - id: uint8_t
        type: u1
        enum: u32
        doc: A type of C, and an enum that is a type of Rust.
      - id: get
        type: u2
        doc: Yet another function of the Rust bindings.
      - id: index
        type: u2
        doc: A variable.
      - size: 2
        doc: Aligns the size of the struct to 8 bytes.
      - id: kept
        size: 0
        doc: A variable of the decoders.
        -vmwire:
          fd: any
          optional: true
  encode_any:
    doc: A response, and a type of the Rust bindings.
    -vmwire:
      tag: tag
      size: 1
    seq:
      - id: tag
        type: u1
        enum: encode_any_tag
        doc: The tag.
  decode_any:
    doc: Another type of the Rust bindings.
    -vmwire:
      tag: tag
      size: 2
    seq:
      - id: tag
        type: u1
        enum: bad
        doc: The tag.
      - size: 1
        doc: Padding at the end.
  error:
    doc: An enum of the C bindings.
    -vmwire:
      tag: tag
      size: 2
    seq:
      - id: tag
        type: u2
        enum: error_tag
        doc: The tag.
enums:
  message_variant:
    0:
      id: type
      doc: What tells messages apart in TypeScript.
      -vmwire:
        fields: [put, get, errno_to_wire, padding_20, element]
        response: to_string
    1:
      id: size
      doc: What would be called like the size of the message.
      -vmwire:
        fields: [flag, uint8_t, index, kept]
        response: constructor
  encode_any_tag:
    0:
      id: to_string
      doc: What every object of JavaScript has.
    1:
      id: constructor
      doc: And this.
    2:
      id: error
      doc: The error.
  bad:
    1:
      id: size
      doc: An error of the C bindings.
  error_tag:
    1:
      id: none
      doc: A word of Python, and of Rust.
  bool:
    0:
      id: "false"
      doc: A word of every language.
    1:
      id: "true"
      doc: And the other one.
  u32:
    7:
      id: self
      doc: A word of Rust.
