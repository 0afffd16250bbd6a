/** Lets `instanceof` agree between two copies of this package: a bundled program and its threads may hold one each. */

/**
 * Makes whatever another copy's class of this name made an instance of `constructor` too.
 *
 * Classes that inherit from it tell their own instances as usual.
 */
export function shareKind(
  constructor: { readonly prototype: object },
  name: 'DeviceBus' | 'ExecuteContext' | 'FdSocket' | 'OwnedFd' | 'SystemError' | 'UnixAddress',
): void {
  const kind = Symbol.for(`vmwire.${name}`);
  Object.defineProperty(constructor.prototype, kind, { value: true });
  Object.defineProperty(constructor, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (typeof value !== 'object' || value === null) return false;
      if (this === constructor) return kind in value;
      return Reflect.apply(Function.prototype[Symbol.hasInstance], this, [value]);
    },
  });
}
