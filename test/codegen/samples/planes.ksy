# As later revisions of crosvm's protocol grew: buffers of three planes, in structs of 16 and 48 bytes.
meta:
  id: planes
  title: Buffers of several planes
  endian: le
doc: Allocates buffers whose planes have an offset and a stride each.
-vmwire:
  format: struct
  transport: seqpacket
  max_fds: 3
  exchange:
    request: buffer_request
    response: buffer_response
    error: err
types:
  buffer_request:
    doc: What is asked for.
    -vmwire:
      tag: type
      size: 16
      reserved: [3]
    seq:
      - id: type
        type: u2
        enum: buffer_request_type
        doc: Tells which request this is.
      - id: flags
        type: u1
        enum: buffer_flag
        doc: How the buffer is used.
      - id: tiling
        type: u2
        enum: tiling
        doc: How its pixels lie in memory.
      - size: 1
      - id: width
        type: u2
        doc: Pixels in a row.
        -vmwire:
          unit: pixels
      - id: height
        type: u2be
        doc: Rows, in the other byte order.
        -vmwire:
          unit: pixels
      - id: format
        type: u4
        enum: fourcc
        doc: What a pixel is.
      - size: 2
      - id: fence
        size: 0
        doc: Signalled once the buffer is free.
        -vmwire:
          fd: eventfd
      - id: memory
        size: 0
        doc: Memory to use.
        -vmwire:
          fd: shared_memory
      - id: metadata
        size: 0
        doc: What else there is to know.
        -vmwire:
          fd: any
          optional: true
  buffer_response:
    doc: What came of it.
    -vmwire:
      tag: type
      size: 48
    seq:
      - id: type
        type: u4
        enum: buffer_response_type
        doc: Tells which response this is.
      - id: errno
        type: u4
        doc: Why it failed.
        -vmwire:
          errno: true
      - id: modifier
        type: u8
        enum: modifier
        doc: How the planes are laid out.
      - id: stride0
        type: u4
        doc: Bytes in a row of the first plane.
      - id: stride1
        type: u4
        doc: Bytes in a row of the second plane.
      - id: stride2
        type: u4
        doc: Bytes in a row of the third plane.
      - id: offsets
        type: u4
        repeat: expr
        repeat-expr: 3
        doc: Where each plane begins.
        -vmwire:
          unit: bytes
      - id: slot
        type: u4
        doc: The memory slot.
      - size: 4
      - id: luma
        size: 0
        doc: The first plane.
        -vmwire:
          fd: dmabuf
      - id: chroma
        size: 0
        doc: The other planes, if they are apart.
        -vmwire:
          fd: dmabuf
          optional: true
enums:
  buffer_request_type:
    1:
      id: allocate
      doc: Allocate a buffer.
      -vmwire:
        fields: [width, height, format, flags, tiling]
        response: allocated
    2:
      id: import
      doc: Make a buffer of memory.
      -vmwire:
        fields: [memory, fence, metadata, width, height, format]
        response: allocated
    0xfffe:
      id: release
      doc: Release all buffers.
      -vmwire:
        response: ok
  buffer_response_type:
    0:
      id: ok
      doc: Done.
    1:
      id: err
      doc: Not done.
      -vmwire:
        fields: [errno]
    0x80000000:
      id: allocated
      doc: Here it is.
      -vmwire:
        fields: [luma, chroma, slot, stride0, stride1, stride2, offsets, modifier]
  buffer_flag:
    1:
      id: scanout
      doc: Shown on a display.
    0xff:
      id: any
      doc: Everything.
  tiling:
    0:
      id: linear
      doc: Row by row.
    0xffff:
      id: unknown
      doc: Not said.
  fourcc:
    0x34325258:
      id: xrgb8888
      doc: Four bytes a pixel.
    0x3231564e:
      id: nv12
      doc: Two planes.
  modifier:
    0:
      id: linear
      doc: None.
    0x00ffffffffffffff:
      id: invalid
      doc: Not said.
