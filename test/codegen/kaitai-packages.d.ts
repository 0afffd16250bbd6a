/** What the tests use of Kaitai's packages, which bring no types of their own. */
declare module 'kaitai-struct' {
  export class KaitaiStream {
    constructor(bytes: ArrayBuffer, offset: number);
    readBytes(length: number): Uint8Array;
  }
}

declare module 'kaitai-struct-compiler' {
  const compiler: {
    compile(
      language: string,
      schema: unknown,
      importer: null,
      debug: boolean,
    ): Promise<Readonly<Record<string, string>>>;
  };
  export default compiler;
}
