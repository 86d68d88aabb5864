import { randomBytes } from 'node:crypto';

/**
 * A new serial number: 32 hexadecimal digits, of which 126 bits are random. It begins with a digit from 4 to 7, so
 * that it is positive, and as long in every notation.
 */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex').toUpperCase();
}
