/** socket.io's Redis adapter: two server processes that are one to their users. */

import assert from "node:assert/strict";
import { io, type Socket } from "socket.io-client";
import { startServer } from "../../src/mod.ts";
import { fromFileUrl } from "../support/paths.ts";

/** Starts a socket.io server; resolves to its port. */
async function startSocketIo(redisPort: number): Promise<{ port: number; stop(): Promise<void> }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", fromFileUrl(new URL("./socket_io_server.ts", import.meta.url))],
      String(redisPort),
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return {
    port: Number(value.trim()),
    async stop() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

async function connect(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return socket;
}

Deno.test("socket.io: a room spans two processes, and each can ask who is connected to both", async () => {
  const redis = startServer();
  const servers = await Promise.all([startSocketIo(redis.port), startSocketIo(redis.port)]);
  const sockets: Socket[] = [];
  try {
    for (const { port } of [servers[0], servers[0], servers[1]]) sockets.push(await connect(port));
    const [speaker, near, far] = sockets;
    await near.emitWithAck("join", "room");
    await far.emitWithAck("join", "room");
    const heard: string[] = [];
    speaker.on("said", (text) => heard.push(text));
    const said = [near, far].map((socket) => new Promise((resolve) => socket.once("said", resolve)));
    speaker.emit("say", "room", "hello");
    assert.deepEqual(await Promise.all(said), ["hello", "hello"]);
    assert.equal(await speaker.emitWithAck("count"), 3);
    assert.equal(await far.emitWithAck("count"), 3);
    // Who is not in the room has heard nothing, or it would have come before the replies.
    assert.deepEqual(heard, []);
  } finally {
    for (const socket of sockets) socket.disconnect();
    await Promise.all(servers.map((server) => server.stop()));
    await redis.stop();
  }
});
