import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { startServer } from "../support/servers.ts";
import { copyBuildInputs, runTask, runtimeFlags, withDirectory } from "./build.ts";

Deno.test("deno task bundle makes one file that serves by itself, with the permissions of start", () =>
  withDirectory(async (elsewhere) => {
    await withDirectory(async (directory) => {
      await copyBuildInputs(directory);
      await runTask("bundle", directory);
      await Deno.rename(`${directory}/dist/denodis.js`, `${elsewhere}/denodis.js`);
    });
    // Neither npm packages nor a deno.json: whatever the file does not have itself is missing.
    const flags = ["--no-npm", "--no-config", ...runtimeFlags("start")];
    const server = await startServer({
      name: "denodis.js",
      command: [Deno.execPath(), "run", ...flags, `${elsewhere}/denodis.js`],
    });
    try {
      const connection = await RawConnection.connect({ port: server.port });
      try {
        assert.equal(await connection.command("SET", "key", "value"), "+OK\r\n");
        assert.equal(await connection.command("GET", "key"), "$5\r\nvalue\r\n");
        assert.match(await connection.command("INFO"), /\r\ndb0:keys=1,/);
      } finally {
        connection.close();
      }
    } finally {
      await server.stop();
    }
  }));
