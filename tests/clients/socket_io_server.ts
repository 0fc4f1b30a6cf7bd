/** A process with a socket.io server, for socket_io_test.ts: prints its port, and serves until it is ended. */

import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const publisher = createClient({ url: `redis://127.0.0.1:${Deno.args[0]}` });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);
const http = createServer();
const io = new Server(http, { adapter: createAdapter(publisher, subscriber) });
io.on("connection", (socket) => {
  socket.on("join", async (room: string, done: () => void) => {
    await socket.join(room);
    done();
  });
  socket.on("say", (room: string, text: string) => io.to(room).emit("said", text));
  socket.on("count", async (done: (count: number) => void) => done((await io.fetchSockets()).length));
});
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  console.log(typeof address === "object" ? address?.port : address);
});
