/** Loads the package, and ends. */
await import('vmwire');
