# yaml-language-server: $schema=../vmwire.schema.json
# What Kaitai can't say stands under `-vmwire`; vmwire.schema.json describes those keys.
meta:
  id: vm_control_v3
  title: crosvm VM control protocol, third revision
  license: Apache-2.0
  endian: le
doc: |
  How another process controls a running virtual machine: one request in one packet, answered by one
  response in one packet. A packet is a struct of fixed size, with a file descriptor beside it where
  the variant takes one. This is the protocol of crosvm in May 2018, which
  lends graphics memory.
-vmwire:
  format: struct
  transport: datagram
  max_fds: 1
  exchange:
    request: vm_request
    response: vm_response
    error: err
instances:
  as_request:
    pos: 0
    type: vm_request
    doc: The packet, read as a request.
  as_response:
    pos: 0
    type: vm_response
    doc: The packet, read as a response.
types:
  vm_request:
    doc: What the VM is asked to do.
    -vmwire:
      tag: type
      size: 32
    seq:
      - id: type
        type: u4
        enum: vm_request_type
        doc: Tells which request this is.
      - id: slot
        type: u4
        doc: The memory slot that a registration answered with.
      - id: size
        type: u8
        doc: The length of the memory to register, a multiple of the page size.
        -vmwire:
          unit: bytes
      - id: num_pages
        type: s4
        doc: How far to grow (positive) or shrink (negative) the balloon.
        -vmwire:
          unit: pages
      - id: width
        type: u4
        doc: The width of the graphics buffer to allocate.
        -vmwire:
          unit: pixels
      - id: height
        type: u4
        doc: The height of the graphics buffer to allocate.
        -vmwire:
          unit: pixels
      - id: format
        type: u4
        doc: The pixel format of the graphics buffer, as a DRM fourcc code.
      - id: memory
        size: 0
        doc: The memory to register. The VM maps all of `size` bytes of it from offset 0.
        -vmwire:
          fd: shared_memory
  vm_response:
    doc: What became of a request.
    -vmwire:
      tag: type
      size: 24
    seq:
      - id: type
        type: u4
        enum: vm_response_type
        doc: Tells which response this is.
      - id: errno
        type: u4
        doc: Why the request failed, as the absolute value of a Linux errno.
        -vmwire:
          errno: true
      - id: pfn
        type: u8
        doc: The guest page frame number at which the memory begins.
        -vmwire:
          unit: pages
      - id: slot
        type: u4
        doc: The memory slot, by which the memory is unregistered.
      - id: stride
        type: u4
        doc: From the start of one row of the graphics buffer to the start of the next.
        -vmwire:
          unit: bytes
      - id: buffer
        size: 0
        doc: The graphics buffer, for whoever wants to draw into it.
        -vmwire:
          fd: dmabuf
  register_ioevent:
    doc: |
      Signal an eventfd when the guest writes to an I/O port or an address, instead of stopping the
      virtual CPU. Executed by the process that holds the VM; it never travels.
    -vmwire:
      local: vm_request
      response: ok
    seq:
      - id: event
        size: 0
        doc: The eventfd to signal.
        -vmwire:
          fd: eventfd
      - id: space
        type: u1
        enum: address_space
        doc: Where `address` is.
      - id: address
        type: u8
        doc: The I/O port or guest physical address that the guest writes to.
      - id: datamatch
        type: u4
        doc: The value that the guest must write, 4 bytes wide.
  register_irqfd:
    doc: |
      Raise an interrupt in the guest when an eventfd is signalled. Executed by the process that
      holds the VM; it never travels.
    -vmwire:
      local: vm_request
      response: ok
    seq:
      - id: event
        size: 0
        doc: The eventfd to listen to.
        -vmwire:
          fd: eventfd
      - id: irq
        type: u4
        doc: The interrupt to raise, a global system interrupt (GSI).
enums:
  vm_request_type:
    1:
      id: exit
      doc: Leave the run loop and end the VM.
      -vmwire:
        response: ok
    2:
      id: register_memory
      doc: Map shared memory into the guest, at an address that the VM chooses.
      -vmwire:
        fields: [memory, size]
        response: register_memory
    3:
      id: unregister_memory
      doc: Take memory that was registered away from the guest.
      -vmwire:
        fields: [slot]
        response: ok
    4:
      id: balloon_adjust
      doc: Grow or shrink the balloon, which takes memory from the guest or gives it back.
      -vmwire:
        fields: [num_pages]
        response: ok
    5:
      id: allocate_and_register_gpu_memory
      doc: Allocate a graphics buffer and map it into the guest, at an address that the VM chooses.
      -vmwire:
        fields: [width, height, format]
        response: allocate_and_register_gpu_memory
  vm_response_type:
    1:
      id: ok
      doc: Done.
    2:
      id: err
      doc: Not done.
      -vmwire:
        fields: [errno]
    3:
      id: register_memory
      doc: The memory is in the guest.
      -vmwire:
        fields: [pfn, slot]
    4:
      id: allocate_and_register_gpu_memory
      doc: The graphics buffer is in the guest.
      -vmwire:
        fields: [pfn, slot, stride, buffer]
  address_space:
    0:
      id: pio
      doc: Port I/O.
    1:
      id: mmio
      doc: Memory-mapped I/O.
