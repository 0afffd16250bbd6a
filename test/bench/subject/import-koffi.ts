/** Loads koffi alone, and ends. */
await import('koffi');
