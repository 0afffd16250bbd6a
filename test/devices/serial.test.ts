/** The serial port, register by register, as a guest's driver uses it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Serial } from '../../runtime/devices/serial.js';

const test = suite('Serial');

const DATA = 0;
const IER = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;
const SCR = 7;

/** A port, what it sent, and the course of its interrupt line. */
function port(): {
  read: (register: number) => number;
  write: (register: number, value: number) => void;
  receive: (text: string) => void;
  sent: number[];
  line: boolean[];
} {
  const sent: number[] = [];
  const line: boolean[] = [];
  const serial = new Serial({
    output: (byte) => sent.push(byte),
    interrupt: (high) => line.push(high),
  });
  return {
    read: (register) => {
      const data = new Uint8Array(1);
      serial.read(register, data);
      return data[0] ?? -1;
    },
    write: (register, value) => serial.write(register, Uint8Array.of(value)),
    receive: (text) => serial.receive(Buffer.from(text)),
    sent,
    line,
  };
}

test('sends what is written, and is always ready for more', () => {
  const { read, write, sent } = port();
  assert.is(read(LSR), 0x60);
  for (const byte of Buffer.from('hi\n')) write(DATA, byte);
  assert.is(Buffer.from(sent).toString(), 'hi\n');
  assert.is(read(LSR), 0x60);
});

test('the divisor lies behind DLAB and is neither sent nor an interrupt', () => {
  const { read, write, sent, line } = port();
  write(LCR, 0x83);
  write(DATA, 0x34);
  write(IER, 0x12);
  assert.equal([read(DATA), read(IER), read(LCR)], [0x34, 0x12, 0x83]);
  write(LCR, 0x03);
  assert.equal([read(IER), read(LCR)], [0, 0x03]);
  write(DATA, 0x41);
  assert.equal(sent, [0x41]);
  assert.equal(line, []);
});

test('receives up to 16 bytes, in order, and tells what was lost, once', () => {
  const { read, receive } = port();
  receive('0123456789abcdef');
  assert.is(read(LSR), 0x61);
  receive('!');
  assert.is(read(LSR), 0x63);
  assert.is(read(LSR), 0x61);
  const bytes = Array.from({ length: 16 }, () => read(DATA));
  assert.is(Buffer.from(bytes).toString(), '0123456789abcdef');
  assert.is(read(LSR), 0x60);
  assert.is(read(DATA), 0);
});

test('the FIFO is told of, switched off, and emptied', () => {
  const { read, write, receive } = port();
  assert.is(read(IIR), 0x01);
  write(FCR, 0x01);
  assert.is(read(IIR), 0xc1);
  receive('abc');
  write(FCR, 0x03);
  assert.is(read(LSR), 0x60);
  write(FCR, 0x00);
  assert.is(read(IIR), 0x01);
});

test('interrupts while bytes wait, until they are read', () => {
  const { read, write, receive, line } = port();
  receive('a');
  assert.equal(line, [], 'not enabled');
  write(IER, 0x01);
  assert.equal(line, [true]);
  receive('b');
  assert.is(read(IIR), 0x04);
  assert.is(read(IIR), 0x04, 'reading the reason does not acknowledge');
  assert.is(read(DATA), 0x61);
  assert.equal(line, [true]);
  assert.is(read(DATA), 0x62);
  assert.equal(line, [true, false]);
  assert.is(read(IIR), 0x01);
});

test('interrupts when it can send, until the reason is read', () => {
  const { read, write, line } = port();
  write(IER, 0x02);
  assert.equal(line, [true]);
  assert.is(read(IIR), 0x02);
  assert.equal(line, [true, false]);
  assert.is(read(IIR), 0x01);
  write(DATA, 0x41);
  assert.equal(line, [true, false, true]);
  write(IER, 0x00);
  assert.equal(line, [true, false, true, false]);
});

test('what was received comes before what can be sent', () => {
  const { read, write, receive } = port();
  write(IER, 0x03);
  receive('a');
  assert.is(read(IIR), 0x04);
  read(DATA);
  assert.is(read(IIR), 0x02);
  assert.is(read(IIR), 0x01);
});

test('only the bits that exist can be enabled', () => {
  const { read, write } = port();
  write(IER, 0xff);
  assert.is(read(IER), 0x0f);
  write(MCR, 0xff);
  assert.is(read(MCR), 0x1f);
});

test('loopback sends to itself, and turns the modem lines around as a driver’s probe expects', () => {
  const { read, write, sent } = port();
  assert.is(read(MSR), 0xb0);
  write(MCR, 0x1a); // loopback, RTS, OUT2: what Linux tries
  assert.is(read(MSR) & 0xf0, 0x90);
  write(MCR, 0x15); // loopback, DTR, OUT1
  assert.is(read(MSR) & 0xf0, 0x60);
  write(DATA, 0x5a);
  assert.equal(sent, []);
  assert.is(read(LSR), 0x61);
  assert.is(read(DATA), 0x5a);
});

test('scratch keeps a byte, and the status registers can’t be written', () => {
  const { read, write } = port();
  write(SCR, 0xa5);
  assert.is(read(SCR), 0xa5);
  write(LSR, 0);
  write(MSR, 0);
  assert.equal([read(LSR), read(MSR)], [0x60, 0xb0]);
});

test('an access of several bytes meets several registers', () => {
  const serial = new Serial({ output: () => {} });
  serial.write(6, Uint8Array.of(0, 0x77));
  const data = new Uint8Array(3);
  serial.read(5, data);
  assert.equal([...data], [0x60, 0xb0, 0x77]);
});

test.run();
