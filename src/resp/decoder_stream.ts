/**
 * The decoder as the middle of a stream: chunks of bytes in, batches of requests out.
 *
 * @module
 */

import type { RespDecoder } from "./decoder.ts";
import type { RequestBatch } from "./request_batch.ts";

/**
 * Decodes chunks with `decoder`. An item is a whole batch, because an item costs microseconds; a protocol error is the
 * last item's `error` and not an error of the stream, which would throw away the requests before it.
 */
export class RespDecoderStream extends TransformStream<Uint8Array<ArrayBuffer>, RequestBatch> {
  constructor(decoder: RespDecoder) {
    super({
      transform(chunk, controller) {
        const batch = decoder.decode(chunk);
        if (batch.length > 0 || batch.error !== "") controller.enqueue(batch);
      },
    });
  }
}
