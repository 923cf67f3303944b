// A body's bytes as text, unpacked, with a bound on what comes out of it.
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";

export type Unpacked =
  | { readonly ok: true; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly detail: string };

const unpackers = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
};

function isUnpacker(name: string): name is keyof typeof unpackers {
  return Object.hasOwn(unpackers, name);
}

export async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  encoding: string,
  maxBytes: number,
): Promise<Unpacked> {
  const name = encoding.trim().toLowerCase();
  if (name === "" || name === "identity") {
    return { ok: true, text: new TextDecoder().decode(bytes), bytes: bytes.byteLength };
  }
  if (!isUnpacker(name)) {
    return { ok: false, status: 415, detail: "a body is plain, or packed with gzip or deflate" };
  }
  try {
    const plain = await unpackers[name](bytes, { maxOutputLength: maxBytes });
    return { ok: true, text: plain.toString("utf8"), bytes: plain.byteLength };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      return { ok: false, status: 413, detail: `an unpacked body is at most ${maxBytes} bytes` };
    }
    return { ok: false, status: 400, detail: `the body is not ${name}` };
  }
}
