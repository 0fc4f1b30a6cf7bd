import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { RawConnection, ReplyTimeout } from "./raw_connection.ts";

/** Serves one connection: sends `chunks` one after the other once a byte arrives, then closes where told. */
async function withPeer(
  chunks: string[],
  options: { close: boolean; use: (connection: RawConnection) => Promise<void> },
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const conn = await listener.accept();
    await conn.read(new Uint8Array(16));
    for (const chunk of chunks) {
      await conn.write(Buffer.from(chunk, "latin1"));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (options.close) conn.close();
    return conn;
  })();
  const connection = await RawConnection.connect({ port: listener.addr.port, timeout: 200 });
  try {
    await connection.write("x");
    await options.use(connection);
  } finally {
    connection.close();
    const conn = await serving;
    if (!options.close) conn.close();
    listener.close();
  }
}

Deno.test("readReplies returns exactly the replies asked for, however they are cut", async () => {
  await withPeer(["+O", "K\r", "\n$3\r\na", "\r\n\r\n*1\r\n:1\r\n", ":2\r\n"], {
    close: false,
    use: async (connection) => {
      assert.equal(await connection.readReplies(1), "+OK\r\n");
      assert.equal(await connection.readReplies(2), "$3\r\na\r\n\r\n*1\r\n:1\r\n");
      assert.equal(await connection.readReplies(1), ":2\r\n");
    },
  });
});

Deno.test("readReplies takes replies larger than its buffer", async () => {
  const large = `$100000\r\n${"z".repeat(100_000)}\r\n`;
  await withPeer(["+first\r\n" + large.slice(0, 30_000), large.slice(30_000)], {
    close: false,
    use: async (connection) => {
      assert.equal(await connection.readReplies(1), "+first\r\n");
      assert.equal(await connection.readReplies(1), large);
    },
  });
});

Deno.test("a reply that never comes fails with the bytes so far", async () => {
  await withPeer(["$5\r\nab"], {
    close: false,
    use: async (connection) => {
      await assert.rejects(
        connection.readReplies(1),
        (error) => error instanceof ReplyTimeout && error.received === "$5\r\nab",
      );
    },
  });
});

Deno.test("readToEnd returns what came before the end of the stream, and a reader of replies is told of the end", async () => {
  await withPeer(["-ERR Protocol error\r\n"], {
    close: true,
    use: async (connection) => assert.equal(await connection.readToEnd(), "-ERR Protocol error\r\n"),
  });
  await withPeer(["+O"], {
    close: true,
    use: async (connection) => {
      await assert.rejects(
        connection.readReplies(1),
        /closed the connection before 1 replies; bytes so far: "\+O"/,
      );
    },
  });
});
