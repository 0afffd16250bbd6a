# Names that mean something in one of the languages.
meta:
  id: names
  title: Names that are reserved words somewhere
  endian: le
doc: Members and variants that are called like keywords, and the tag is not called type.
-vmwire:
  format: struct
  transport: datagram
  max_fds: 2
  exchange:
    request: import
    response: export
    error: throw
types:
  import:
    doc: "A request with */ \" ' ` ${x} \\ in its documentation."
    -vmwire:
      tag: switch
      size: 32
    seq:
      - id: switch
        type: u4
        enum: import_switch
        doc: The tag.
      - id: type
        type: u4
        doc: A member called type that is not the tag.
      - id: class
        type: u2
        doc: A class.
      - id: self
        type: u2
        doc: A self.
      - id: errno
        type: u4
        doc: A macro of C.
      - id: constructor
        type: u8
        doc: What every object of JavaScript has.
      - id: match
        type: s4
        doc: A word of Rust.
      - id: length
        type: u4
        doc: A parameter of the decoder.
      - id: fds
        size: 0
        doc: Another parameter of the decoder.
        -vmwire:
          fd: any
      - id: view
        size: 0
        doc: And another.
        -vmwire:
          fd: any
      - id: value_of
        size: 0
        doc: What every object of JavaScript has, even if it is left out.
        -vmwire:
          fd: any
          optional: true
  export:
    doc: A response.
    -vmwire:
      tag: default
      size: 12
    seq:
      - id: default
        type: u4
        enum: export_default
        doc: The tag.
      - id: message
        type: u4
        doc: A parameter of the encoder.
      - id: offset
        type: u4
        doc: Another parameter of the encoder.
enums:
  import_switch:
    1:
      id: new
      doc: New.
      -vmwire:
        fields: [type, class, self, errno]
        response: return
    2:
      id: delete
      doc: Delete.
      -vmwire:
        fields: [constructor, fds, view]
        response: return
    3:
      id: function
      doc: Function.
      -vmwire:
        fields: [match, length]
        response: return
    4:
      id: static
      doc: No member.
      -vmwire:
        response: return
    5:
      id: void
      doc: Void.
      -vmwire:
        fields: [value_of]
        response: return
  export_default:
    1:
      id: return
      doc: Return.
      -vmwire:
        fields: [message, offset]
    2:
      id: throw
      doc: Throw.
