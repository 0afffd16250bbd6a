/** A client that registers files of a file system that blocks, as a process: it is killed in the end. */
import { closeSync } from 'node:fs';
import { recvVmResponse } from '../../runtime/control/messages.js';
import { FdSocket } from '../../runtime/sockets/fd-socket.js';
import { encodeVmRequest, vmRequest } from '../../generated/vm_control/vm_control.js';
import { BlockingFiles } from './blocking-files.js';

/** What it is asked for. */
export type FusePeerOrder =
  /** Sends a request to register memory, with so many such descriptors, so many times. */
  | { readonly register: number; readonly descriptors: number }
  /** Lets the file system answer. */
  | 'goOn'
  /** Tells which calls waited so far. */
  | 'calls';

/** What it answers: how each request was refused, or the calls by their numbers. */
export type FusePeerAnswer = readonly (number | string)[];

const [, , path = '', folder = ''] = process.argv;
const files = new BlockingFiles(folder);
const socket = FdSocket.connect(path);
socket.setTimeouts({ receiveMs: 5_000 });
const packet = new DataView(new ArrayBuffer(24));

function register(count: number): string {
  const fds = Array.from({ length: count }, () => files.open());
  try {
    encodeVmRequest(vmRequest.registerMemory({ fd: fds[0] ?? -1 }, 4096n), packet, 0);
    socket.send(
      new Uint8Array(packet.buffer),
      fds.map((fd) => ({ fd })),
    );
  } finally {
    // Before anything can wait: this process could not end with one of its own files open.
    for (const fd of fds) closeSync(fd);
  }
  const response = recvVmResponse(socket);
  return response.type === 'err' ? `errno ${response.errno}` : response.type;
}

function obey(order: FusePeerOrder): FusePeerAnswer {
  if (order === 'calls') return files.calls;
  if (order === 'goOn') {
    files.goOn();
    return [];
  }
  const answers: string[] = [];
  try {
    while (answers.length < order.register) answers.push(register(order.descriptors));
  } catch (error) {
    answers.push(String(error)); // no answer in time
  }
  return answers;
}

process.on('message', (order: FusePeerOrder) => process.send?.(obey(order)));
// Not by `exit`, which would wait for the thread of the file system.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.('ready');
