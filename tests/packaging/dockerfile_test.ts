import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { denodisCommand, startServer } from "../support/servers.ts";
import { dockerInstruction, readDenoJson, repositoryPath, withDirectory } from "./build.ts";

Deno.test("The image's entry point serves on all addresses, and its health check finds that out", () =>
  withDirectory(async (directory) => {
    const [executable, ...args] = dockerInstruction("ENTRYPOINT");
    const [volume] = dockerInstruction("VOLUME");
    assert.equal(args[args.indexOf("--dir") + 1], volume);
    const server = await startServer({
      name: "denodis",
      command: denodisCommand(),
      args: args.map((arg) => arg === volume ? directory : arg),
    });
    try {
      const connection = await RawConnection.connect({ port: server.port });
      const reply = await connection.command("CONFIG", "GET", "bind", "protected-mode");
      connection.close();
      assert.deepEqual(parseReplies(reply)[0].items?.map(({ text }) => text).sort(), [
        ...["* -::*", "bind", "no", "protected-mode"],
      ]);
      const [healthExecutable, ...healthArgs] = dockerInstruction("HEALTHCHECK");
      assert.equal(healthExecutable, executable);
      const [program, ...first] = denodisCommand();
      const health = await new Deno.Command(program, {
        args: [...first, ...healthArgs, `${server.port}`],
        stdout: "null",
      }).output();
      assert.equal(health.code, 0);
    } finally {
      await server.stop();
    }
  }));

Deno.test("The image is run by a user who is not root and owns the volume", () => {
  const [user] = dockerInstruction("USER");
  assert.match(user, /^[1-9]\d*:[1-9]\d*$/);
  const dockerfile = Deno.readTextFileSync(repositoryPath("Dockerfile"));
  assert.match(
    dockerfile,
    new RegExp(`^COPY --from=build --chown=${user} \\S+ ${dockerInstruction("VOLUME")}$`, "m"),
  );
});

Deno.test(".dockerignore lets through just what the Dockerfile copies", () => {
  const dockerfile = Deno.readTextFileSync(repositoryPath("Dockerfile"));
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap((match) =>
    match[1].split(/\s+/)
  );
  const ignored = Deno.readTextFileSync(repositoryPath(".dockerignore"));
  const lines = ignored.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(lines, ["*", ...copied.map((path) => `!${path}`)]);
});

Deno.test("All that runs or builds denodis names the same version of Deno", () => {
  const found = new Map<string, string[]>();
  const named =
    /(?:\bdeno@|denoland\/deno:|DENO_VERSION=|\bdeno-version: *|DENO_VERSION: *)["']?v?(\d+\.\d+\.\d+)/g;
  const files = [
    "Dockerfile",
    "README.md",
    ".ci/run",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
  ];
  for (const path of files) {
    for (const [, version] of Deno.readTextFileSync(repositoryPath(path)).matchAll(named)) {
      found.set(version, [...found.get(version) ?? [], path]);
    }
  }
  assert.equal(found.size, 1, JSON.stringify([...found]));
  assert.deepEqual(new Set([...found.values()].flat()), new Set(files));
});

Deno.test("deno.json has the version that the server tells", () => {
  const source = Deno.readTextFileSync(repositoryPath("src/server/server.ts"));
  assert.equal(/export const VERSION = "([^"]+)"/.exec(source)?.[1], readDenoJson().version);
});
