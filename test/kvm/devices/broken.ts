/** A module of devices that makes no bus. */
export default (): string => 'no bus';
