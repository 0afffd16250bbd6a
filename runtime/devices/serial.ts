/** A 16550 serial port, as far as guests need one to print and to be typed at. */
import type { BusDevice } from './bus.js';

/** What a serial port is connected to. */
export interface SerialOptions {
  /** Takes each byte that the guest sends. */
  readonly output: (byte: number) => void;
  /** Told when the interrupt line rises and falls. Without it the guest has to poll. */
  readonly interrupt?: ((high: boolean) => void) | undefined;
}

/** Registers by offset (PC16550D data sheet); 0 and 1 are the divisor's halves while DLAB is set. */
const DATA = 0;
const INTERRUPT_ENABLE = 1;
const INTERRUPT_ID = 2;
const LINE_CONTROL = 3;
const MODEM_CONTROL = 4;
const LINE_STATUS = 5;
const MODEM_STATUS = 6;
const SCRATCH = 7;

const divisorLatchAccess = 0x80;
const loopback = 0x10;
const receivedEnabled = 0x01;
const sentEnabled = 0x02;
const dataReady = 0x01;
const overrun = 0x02;
/** Sending takes no time: the transmitter is always empty (THRE, TEMT). */
const transmitterEmpty = 0x60;
const noInterrupt = 0x01;
const receivedInterrupt = 0x04;
const sentInterrupt = 0x02;
const fifoEnabled = 0xc0;
/** Carrier, data set ready, clear to send: a peer that is always there. */
const peerPresent = 0xb0;
const fifoSize = 16;

/**
 * The eight registers of a 16550: transmit and receive with a queue of 16 bytes, line status, both
 * interrupts, the divisor latch (which changes nothing), loopback and scratch.
 *
 * @example
 * const serial = new Serial({ output: (byte) => process.stdout.write(Uint8Array.of(byte)) });
 * bus.pio.add(0x3f8, 8, serial);
 */
export class Serial implements BusDevice {
  readonly #output: (byte: number) => void;
  readonly #interrupt: ((high: boolean) => void) | undefined;
  readonly #received: number[] = [];
  #divisor = 12;
  #interruptEnable = 0;
  #fifo = false;
  #lineControl = 0;
  #modemControl = 0;
  #scratch = 0;
  #overrun = false;
  /** The guest has yet to be told that it can send. */
  #sent = false;
  #lineHigh = false;

  constructor(options: SerialOptions) {
    this.#output = options.output;
    this.#interrupt = options.interrupt;
  }

  /** Bytes for the guest. What does not fit into its queue is lost, and the guest told so. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#received.length < fifoSize) this.#received.push(byte);
      else this.#overrun = true;
    }
    this.#updateLine();
  }

  read(offset: number, data: Uint8Array): void {
    for (let index = 0; index < data.length; index++)
      data[index] = this.#readRegister(offset + index);
    this.#updateLine();
  }

  write(offset: number, data: Uint8Array): void {
    data.forEach((value, index) => this.#writeRegister(offset + index, value));
    this.#updateLine();
  }

  get #divisorSelected(): boolean {
    return (this.#lineControl & divisorLatchAccess) !== 0;
  }

  #readRegister(register: number): number {
    switch (register) {
      case DATA:
        if (this.#divisorSelected) return this.#divisor & 0xff;
        return this.#received.shift() ?? 0;
      case INTERRUPT_ENABLE:
        return this.#divisorSelected ? this.#divisor >>> 8 : this.#interruptEnable;
      case INTERRUPT_ID:
        return this.#readInterruptId();
      case LINE_CONTROL:
        return this.#lineControl;
      case MODEM_CONTROL:
        return this.#modemControl;
      case LINE_STATUS:
        return this.#readLineStatus();
      case MODEM_STATUS:
        return this.#readModemStatus();
      case SCRATCH:
        return this.#scratch;
      default:
        return 0xff;
    }
  }

  #writeRegister(register: number, value: number): void {
    switch (register) {
      case DATA:
        if (this.#divisorSelected) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#send(value);
        return;
      case INTERRUPT_ENABLE:
        if (this.#divisorSelected) {
          this.#divisor = (this.#divisor & 0xff) | (value << 8);
        } else {
          this.#interruptEnable = value & 0x0f;
          this.#sent = (value & sentEnabled) !== 0;
        }
        return;
      case INTERRUPT_ID: // FIFO control when written
        this.#fifo = (value & 1) !== 0;
        if ((value & 2) !== 0) this.#received.length = 0;
        return;
      case LINE_CONTROL:
        this.#lineControl = value;
        return;
      case MODEM_CONTROL:
        this.#modemControl = value & 0x1f;
        return;
      case SCRATCH:
        this.#scratch = value;
        return;
      default: // the status registers are read-only
    }
  }

  #send(byte: number): void {
    this.#sent = true;
    if ((this.#modemControl & loopback) !== 0) this.receive(Uint8Array.of(byte));
    else this.#output(byte);
  }

  /** The highest of the interrupts that are enabled and due; reading it acknowledges `sent`. */
  #readInterruptId(): number {
    const fifo = this.#fifo ? fifoEnabled : 0;
    if (this.#receivedDue) return fifo | receivedInterrupt;
    if (!this.#sentDue) return fifo | noInterrupt;
    this.#sent = false;
    return fifo | sentInterrupt;
  }

  #readLineStatus(): number {
    const status =
      transmitterEmpty |
      (this.#received.length > 0 ? dataReady : 0) |
      (this.#overrun ? overrun : 0);
    this.#overrun = false;
    return status;
  }

  /** In loopback the outputs of modem control come back: DTR, RTS, OUT1, OUT2 as DSR, CTS, RI, DCD. */
  #readModemStatus(): number {
    const control = this.#modemControl;
    if ((control & loopback) === 0) return peerPresent;
    return (
      ((control & 0x02) << 3) |
      ((control & 0x01) << 5) |
      ((control & 0x04) << 4) |
      ((control & 0x08) << 4)
    );
  }

  get #receivedDue(): boolean {
    return (this.#interruptEnable & receivedEnabled) !== 0 && this.#received.length > 0;
  }

  get #sentDue(): boolean {
    return (this.#interruptEnable & sentEnabled) !== 0 && this.#sent;
  }

  #updateLine(): void {
    const high = this.#receivedDue || this.#sentDue;
    if (high === this.#lineHigh) return;
    this.#lineHigh = high;
    this.#interrupt?.(high);
  }
}
