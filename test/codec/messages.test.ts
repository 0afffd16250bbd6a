/** Messages that are none of the protocol's, as plain JavaScript can make them: printed, or refused by the documented error. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type VmRequest,
  VmControlError,
  encodeVmRequest,
  vmRequest,
  vmRequestCodec,
} from '../../generated/vm_control/vm_control.js';
import { FieldValueError, formatMessage } from '../../runtime/codec/index.js';

const test = suite('messages of the codec');
const { description } = vmRequestCodec;

/** What types would refuse. */
const untyped = (message: unknown): VmRequest => message as VmRequest;
const throws = (): never => {
  throw new Error('no');
};
/** A terminal takes U+009B for the start of a command; U+2028 ends a line. */
const nasty = '\u001b\u007f\u009b31m\u2028\u2029';
// oxlint-disable-next-line no-control-regex -- what must not be printed
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

test('a typed message is printed as it is', () => {
  const request: VmRequest = vmRequest.registerMemory({ fd: 5 }, 4096n);
  assert.is(
    formatMessage(description, request),
    'vm_request.register_memory(memory: fd 5, size: 4096 bytes)',
  );
});

test('the printer never throws, whatever a message holds', () => {
  const getter = { type: 'registerMemory', size: 1n };
  Object.defineProperty(getter, 'memory', { get: throws });
  const descriptor = { type: 'registerMemory', memory: new Proxy({}, { has: throws }), size: 1n };
  for (const message of [getter, descriptor]) {
    assert.is(
      formatMessage(description, message),
      'vm_request.register_memory(memory: (unreadable), size: 1 bytes)',
    );
  }
  for (const message of [null, undefined, 5, {}, new Proxy({}, { get: throws })]) {
    assert.match(formatMessage(description, untyped(message)), /^vm_request\.\(unknown variant /);
  }
});

test('neither prints nor tells control characters', () => {
  assert.not.match(formatMessage(description, { type: nasty }), control);
  const view = new DataView(new ArrayBuffer(24));
  for (const message of [{ type: nasty }, { type: 'balloonAdjust', numPages: nasty }]) {
    assert.throws(
      () => encodeVmRequest(untyped(message), view),
      (error: Error) => !control.test(error.message),
    );
  }
});

test('a type that is no string is invalidType, and a long one is cut', () => {
  const view = new DataView(new ArrayBuffer(24));
  const circular: { self?: unknown } = {};
  circular.self = circular;
  for (const type of [5n, 5, circular, null, undefined, Symbol('exit'), 'x'.repeat(1_000_000)]) {
    assert.throws(
      () => encodeVmRequest(untyped({ type }), view),
      (error: unknown) =>
        error instanceof VmControlError &&
        error.kind === 'invalidType' &&
        error.message.length < 200,
      typeof type,
    );
  }
});

test('a function as a value is named, not printed', () => {
  const view = new DataView(new ArrayBuffer(24));
  assert.throws(
    () => encodeVmRequest(untyped({ type: 'balloonAdjust', numPages: () => 'a\nb' }), view),
    (error: unknown) => error instanceof FieldValueError && error.message.endsWith('a function'),
  );
});

test.run();
