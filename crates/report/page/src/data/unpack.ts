import { makeVisible } from '../format/visible';
import { check, Unreadable } from './check';
import type { PageData } from './types';

/** Base64 of gzip of JSON, as the report has it, to what it says. */
export async function unpack(packed: string): Promise<PageData> {
  const text = await gunzip(fromBase64(packed.trim()));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unreadable('they are not JSON');
  }
  const data = check(value);
  makeVisible(data);
  return data;
}

function fromBase64(packed: string): Uint8Array<ArrayBuffer> {
  if (packed === '') throw new Unreadable('there are none in the file');
  let binary: string;
  try {
    binary = atob(packed);
  } catch {
    throw new Unreadable('they are not base64, or the file is cut off');
  }
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return await new Response(unpacked).text();
  } catch {
    throw new Unreadable('they are not gzip, or the file is damaged');
  }
}
