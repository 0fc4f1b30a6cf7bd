/**
 * Bytes and the "byte strings" that cold paths use: JavaScript strings in which each character is one byte
 * (Latin-1), so that any sequence of bytes survives the round trip.
 *
 * @module
 */

const latin1 = new TextDecoder("latin1");
const utf8Decoder = new TextDecoder();
const utf8Encoder = new TextEncoder();

/** The byte string of `bytes[start, end)`: one character a byte, 0 to 255. */
export function byteString(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start < 48) {
    let text = "";
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  // The "latin1" label means windows-1252 on the web: 0x80 to 0x9f come out as other characters and are mended.
  const text = latin1.decode(bytes.subarray(start, end));
  for (let i = start; i < end; i++) {
    if (bytes[i] >= 0x80 && bytes[i] < 0xa0) {
      const parts: string[] = [];
      for (let at = start; at < end; at += 8192) {
        parts.push(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 8192))));
      }
      return parts.join("");
    }
  }
  return text;
}

/** The bytes of a byte string; characters over 255 lose their high bits. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The UTF-8 text that a byte string carries, for file names and log lines; broken sequences become U+FFFD. */
export function textOfByteString(text: string): string {
  return utf8Decoder.decode(bytesOf(text));
}

/** The byte string that carries `text` as UTF-8. */
export function byteStringOfText(text: string): string {
  return byteString(utf8Encoder.encode(text));
}

/** Whether `bytes[start, end)` equals the ASCII `upper` (given in upper case), ignoring the case of letters. */
export function equalsIgnoreCase(bytes: Uint8Array, start: number, end: number, upper: string): boolean {
  const length = upper.length;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) {
    let byte = bytes[start + i];
    if (byte >= 97 && byte <= 122) byte -= 32;
    if (byte !== upper.charCodeAt(i)) return false;
  }
  return true;
}

/** Order of two byte ranges, as memcmp and then by length: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

/** A byte string as C reads it: a NUL ends it. */
export function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
