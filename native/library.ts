/** The C library of this process, as koffi sees it: every foreign function is declared through `libc`. */
import { createRequire } from 'node:module';
import type koffiPackage from 'koffi';

type Koffi = typeof koffiPackage;
type Library = ReturnType<Koffi['load']>;

/** A foreign function as koffi binds it. */
export type ForeignFunction = ReturnType<Library['func']>;

/**
 * This process can't call the system: it runs on another one than Linux with glibc, or koffi has no
 * native part for it. Modules that make no foreign call work all the same, `vmwire/vm-control` among them.
 *
 * @example
 * try {
 *   FdSocket.connect('vm.sock');
 * } catch (error) {
 *   if (error instanceof NativeLibraryError) console.log(error.message, error.cure);
 * }
 */
export class NativeLibraryError extends Error {
  override readonly name = 'NativeLibraryError';
  readonly code = 'ERR_NATIVE_LIBRARY';
  /** What would help. */
  readonly cure: string;

  constructor(message: string, cure: string, cause: unknown) {
    super(message, { cause });
    this.cure = cure;
  }
}

/** Why nothing native can be had here. */
function reasonFor(cause: unknown, koffiLoads: boolean): NativeLibraryError {
  const { platform, arch } = process;
  if (platform !== 'linux') {
    const cure = 'run it on Linux, or in a virtual machine or container with Linux';
    return new NativeLibraryError(`vmwire needs Linux: this is ${platform}`, cure, cause);
  }
  if (koffiLoads) {
    const cure = 'use a system or an image with glibc: Debian, Ubuntu or Fedora, not Alpine';
    return new NativeLibraryError('vmwire needs glibc: there is no libc.so.6 here', cure, cause);
  }
  const message = `koffi can't be loaded for ${platform} on ${arch}`;
  const cure = 'install koffi on this system, with its optional dependencies: npm install koffi';
  return new NativeLibraryError(message, cure, cause);
}

interface Native {
  readonly koffi: Koffi;
  readonly libc: Library;
  /** Where timers were before glibc 2.34; later it leads to libc. */
  readonly librt: Library;
}

/** `require`, for an import that fails would make everything fail that imports this. */
function load(): Native | NativeLibraryError {
  let koffi: Koffi | undefined;
  try {
    // The form that koffi declares for itself.
    koffi = createRequire(import.meta.url)('koffi') as Koffi;
    return { koffi, libc: koffi.load('libc.so.6'), librt: koffi.load('librt.so.1') };
  } catch (error) {
    return reasonFor(error, koffi !== undefined);
  }
}

const native = load();

/** koffi, or undefined where no foreign function can be called. */
export const koffi: Koffi | undefined =
  native instanceof NativeLibraryError ? undefined : native.koffi;

let wrap: ((name: string, call: ForeignFunction) => ForeignFunction) | undefined;

/**
 * Puts something between each foreign function that is declared from now on and its callers: for tests
 * that make calls fail. Without it callers have koffi's own functions, and nothing in between.
 *
 * @param wrapper given the function's C name
 */
export function wrapForeignFunctions(
  wrapper: (name: string, call: ForeignFunction) => ForeignFunction,
): void {
  wrap = wrapper;
}

/** A function that says why it can't be called. */
function refusing(error: NativeLibraryError): ForeignFunction {
  const refuse = (): never => {
    throw error;
  };
  // It is called and nothing else: nobody here uses koffi's further properties of a function.
  return refuse as unknown as ForeignFunction;
}

function declare(from: 'libc' | 'librt', prototype: string): ForeignFunction {
  if (native instanceof NativeLibraryError) return refusing(native);
  const call = native[from].func(prototype);
  if (wrap === undefined) return call;
  return wrap(prototype.slice(0, prototype.indexOf('(')).split(' ').at(-1) ?? '', call);
}

/** Declares a function by its C prototype. Where there is no C library, calling it says so. */
export const libc = { func: (prototype: string) => declare('libc', prototype) };

/** The same, of the library of timers. */
export const librt = { func: (prototype: string) => declare('librt', prototype) };

/** The errno of this thread's last foreign call that failed. Read it before anything else runs. */
export const lastErrno: () => number = koffi?.errno ?? (() => 0);

/** koffi itself. @throws NativeLibraryError where it can't be had */
export function requireKoffi(): Koffi {
  if (native instanceof NativeLibraryError) throw native;
  return native.koffi;
}
