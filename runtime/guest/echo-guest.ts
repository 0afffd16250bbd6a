/**
 * The built-in guest: 64-bit machine code that rings a doorbell when it is ready, is told by an
 * interrupt of memory it may use, prints the text in it, writes the text back in upper case, and rings
 * again.
 *
 * It needs an interrupt controller, a serial port at 0x3f8, and nothing else.
 */

/** The machine code and what an assembler makes it from (GNU as, Intel syntax): a test compares them. */
export const listing: readonly (readonly [hex: string, source: string])[] = [
  ['eb0e', 'jmp start'],
  ['909090909090', '.fill 6, 1, 0x90'],
  ['', 'mailbox:'], // the VMM writes the address of new memory here
  ['0000000000000000', '.quad 0'],
  ['', 'start:'],
  ['488d25e90f0000', 'lea rsp, [rip + stack]'],
  ['488d3d320a0000', 'lea rdi, [rip + idt + 0x250]'], // the gate of interrupt 0x25
  ['488d055e000000', 'lea rax, [rip + interrupt]'],
  ['668907', 'mov [rdi], ax'], // address, bits 0 to 15
  ['668cc9', 'mov cx, cs'],
  ['66894f02', 'mov [rdi + 2], cx'], // code segment
  ['66c74704008e', 'mov word ptr [rdi + 4], 0x8e00'], // present, interrupt gate
  ['48c1e810', 'shr rax, 16'],
  ['66894706', 'mov [rdi + 6], ax'], // address, bits 16 to 31
  ['48c1e810', 'shr rax, 16'],
  ['894708', 'mov [rdi + 8], eax'], // address, bits 32 to 63
  ['488d05b5070000', 'lea rax, [rip + idt]'],
  ['50', 'push rax'], // IDTR: limit (2 bytes), then address
  ['6a00', 'push 0'],
  ['66c74424065f02', 'mov word ptr [rsp + 6], 0x25f'], // 0x26 gates of 16 bytes
  ['0f015c2406', 'lidt [rsp + 6]'],
  ['b011', 'mov al, 0x11'], // interrupt controller: begin initialisation
  ['e620', 'out 0x20, al'],
  ['b020', 'mov al, 0x20'], // its lines are interrupts 0x20 to 0x27
  ['e621', 'out 0x21, al'],
  ['b004', 'mov al, 0x04'], // a second one at line 2
  ['e621', 'out 0x21, al'],
  ['b001', 'mov al, 0x01'], // 8086 mode
  ['e621', 'out 0x21, al'],
  ['b0df', 'mov al, 0xdf'], // all lines off but 5
  ['e621', 'out 0x21, al'],
  ['488d3595000000', 'lea rsi, [rip + ready]'],
  ['e87e000000', 'call print'],
  ['e86e000000', 'call ring'],
  ['fb', 'sti'],
  ['', 'wait:'],
  ['f4', 'hlt'],
  ['ebfd', 'jmp wait'],
  ['', 'interrupt:'],
  ['50', 'push rax'],
  ['51', 'push rcx'],
  ['52', 'push rdx'],
  ['56', 'push rsi'],
  ['57', 'push rdi'],
  ['53', 'push rbx'],
  ['488b1d78ffffff', 'mov rbx, [rip + mailbox]'],
  ['488d3581000000', 'lea rsi, [rip + reads]'],
  ['e85c000000', 'call print'],
  ['4889de', 'mov rsi, rbx'], // the text at the start of the memory
  ['e854000000', 'call print'],
  ['488d357b000000', 'lea rsi, [rip + newline]'],
  ['e848000000', 'call print'],
  ['4889de', 'mov rsi, rbx'],
  ['488dbb00080000', 'lea rdi, [rbx + 0x800]'], // becomes upper case at its middle
  ['b9ff070000', 'mov ecx, 0x7ff'],
  ['', 'next:'],
  ['ac', 'lodsb'],
  ['84c0', 'test al, al'],
  ['740d', 'jz done'],
  ['3c61', 'cmp al, 0x61'],
  ['7206', 'jb keep'],
  ['3c7a', 'cmp al, 0x7a'],
  ['7702', 'ja keep'],
  ['2c20', 'sub al, 0x20'],
  ['', 'keep:'],
  ['aa', 'stosb'],
  ['e2ee', 'loop next'],
  ['', 'done:'],
  ['c60700', 'mov byte ptr [rdi], 0'],
  ['f048ff83f80f0000', 'lock inc qword ptr [rbx + 0xff8]'], // how often: the last 8 bytes of the page
  ['e80c000000', 'call ring'],
  ['b020', 'mov al, 0x20'], // end of interrupt
  ['e620', 'out 0x20, al'],
  ['5b', 'pop rbx'],
  ['5f', 'pop rdi'],
  ['5e', 'pop rsi'],
  ['5a', 'pop rdx'],
  ['59', 'pop rcx'],
  ['58', 'pop rax'],
  ['48cf', 'iretq'],
  ['', 'ring:'],
  ['b801000000', 'mov eax, 1'],
  ['66ba0006', 'mov dx, 0x600'], // the doorbell: an ioeventfd
  ['ef', 'out dx, eax'],
  ['c3', 'ret'],
  ['', 'print:'],
  ['66baf803', 'mov dx, 0x3f8'], // the serial port
  ['b9ff070000', 'mov ecx, 0x7ff'],
  ['', 'char:'],
  ['ac', 'lodsb'],
  ['84c0', 'test al, al'],
  ['7403', 'jz end'],
  ['ee', 'out dx, al'],
  ['e2f8', 'loop char'],
  ['', 'end:'],
  ['c3', 'ret'],
  ['', 'ready:'],
  ['67756573743a2072656164790a00', '.asciz "guest: ready\\n"'],
  ['', 'reads:'],
  ['67756573743a2072656164732000', '.asciz "guest: reads "'],
  ['', 'newline:'],
  ['0a00', '.asciz "\\n"'],
  ['', '.set idt, mailbox - 8 + 0x800'],
  ['', '.set stack, mailbox - 8 + 0x1000'],
];

/** Bytes from the start of the image: below them code, then the interrupt table, at the end the stack. */
const imageSize = 0x1000;

/** What the VMM and the guest have agreed on. */
export const echoGuest = {
  /** Where in the image the guest reads the address of new memory: 8 bytes, little-endian. */
  mailboxOffset: 8,
  /** The interrupt line that says that the mailbox is full. */
  gsi: 5,
  /** The I/O port that the guest writes 1 to, 4 bytes wide, when it is ready and each time that it has answered. */
  doorbellPort: 0x600n,
  /** In the memory: the text that the guest reads, ended by a zero byte. */
  textOffset: 0,
  /** In the memory: where it writes the text in upper case. */
  answerOffset: 0x800,
  /** In the memory: how often it has answered, 8 bytes. */
  countOffset: 0xff8,
  /** The longest text, in bytes. */
  maxText: 0x7fe,
} as const;

/** The guest's image: flat, to be loaded at any page and entered at its first byte. */
export function echoGuestImage(): Uint8Array {
  const image = new Uint8Array(imageSize);
  image.set(Buffer.from(listing.map(([hex]) => hex).join(''), 'hex'));
  return image;
}
