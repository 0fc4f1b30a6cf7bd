import assert from "node:assert/strict";
import { resolve } from "node:path";
import { byteString } from "../../src/base/bytes.ts";
import { helpText, parseArguments, versionText } from "../../src/server/arguments.ts";
import { ConfigurationError, loadConfiguration } from "../../src/server/config_file.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { parseReplies } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startServer } from "../support/servers.ts";

/** The invocation that serves, or an error. */
function serve(...argv: string[]) {
  const invocation = parseArguments(argv);
  assert.equal(invocation.action, "serve");
  if (invocation.action !== "serve") throw new Error("not reached");
  return invocation;
}

Deno.test("Without arguments it serves the defaults", () => {
  assert.deepEqual(serve(), {
    action: "serve",
    file: undefined,
    stdin: false,
    options: "",
    bare: true,
    defaultDirectory: undefined,
  });
});

Deno.test("What deno task start puts first is no argument of the user's", () => {
  const invocation = serve("--default-dir", "data", "redis.conf", "--port", "1");
  assert.deepEqual(invocation, { ...serve("redis.conf", "--port", "1"), defaultDirectory: "data" });
  assert.deepEqual(serve("--default-dir", "data"), { ...serve(), defaultDirectory: "data" });
  assert.equal(serve("--default-dir", "data", "--", "--port", "1").options, 'port "1"');
});

Deno.test("The first argument is the file, made absolute", () => {
  assert.equal(serve("redis.conf").file, resolve("redis.conf"));
  assert.equal(serve("/etc/redis/redis.conf", "--port", "1").file, "/etc/redis/redis.conf");
  assert.equal(serve("--port", "1").file, undefined);
  assert.equal(serve("redis.conf").bare, false);
});

Deno.test("A dash reads the standard input where it is the first or the last argument", () => {
  assert.equal(serve("-").stdin, true);
  assert.equal(serve("-", "--port", "1").stdin, true);
  assert.equal(serve("redis.conf", "--port", "1", "-").stdin, true);
  assert.equal(serve("redis.conf", "-").stdin, true);
  const inside = serve("--requirepass", "-", "--port", "1");
  assert.deepEqual([inside.stdin, inside.options], [false, 'requirepass "-"\nport "1"']);
});

Deno.test("A first argument -- is dropped, as npm's users write it", () => {
  assert.deepEqual(serve("--", "--port", "1"), serve("--port", "1"));
});

/** Options that redis-server refuses; it prints the line that it made of them. */
const refused: string[][] = [
  ["--foo"],
  ["--foo", "a b", 'c"\\\n', "é"],
  ["--foo=1"],
  ["--hz", "10", "11"],
  ["--hz", "--foo"],
  ["--hz 10", "11"],
  ["--hz", '"10"'],
  ["-hz", "10"],
  ["--hz", "10", "--version"],
  ["--maxmemory-policy", "allkeys-lru", "noeviction"],
  ["--save", "900"],
];

for (const argv of refused) {
  Deno.test(`redis-server refuses the same line: ${argv.join(" ")}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
    const { code, stderr } = await new Deno.Command("redis-server", {
      args: argv,
      cwd: directory,
      stdin: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    await Deno.remove(directory);
    assert.equal(code, 1);
    const [, text, reason] = />>> '([^]*)'\n(.*)\n$/.exec(byteString(stderr)) ?? [];
    assert.throws(
      () => loadConfiguration(new Configuration(), { options: serve(...argv).options }),
      (error) => error instanceof ConfigurationError && error.line?.text === text && error.reason === reason,
      `${text}: ${reason}`,
    );
  });
}

/** Options that redis-server takes, all of them after a file with `save 900 1`. */
const accepted: string[][] = [
  ["--save", ""],
  ["--save"],
  ["--save", "--hz", "20"],
  ["--save", "1", "2"],
  ["--save", "1 2"],
  ["--save", " "],
  ["--save", "1 2", "--save", "3", "4"],
  ["--hz", "20", "--hz", "30"],
  ["--hz 20", "--timeout 5"],
  ["--masterauth", "--hz"],
  ["--masterauth", 'a b"\\'],
  ["--MAXMEMORY", "100mb", "--maxmemory-policy", "allkeys-lru"],
  ["--client-output-buffer-limit", "replica", "1gb", "1gb", "5"],
  ["--client-output-buffer-limit", "replica 1gb 1gb 5"],
  ["--shutdown-on-sigint", "nosave", "now"],
  ["--slave-priority", "7"],
  ["--tcp-keepalive", "5", "--notify-keyspace-events", "KEA"],
];

for (const argv of accepted) {
  Deno.test(`redis-server reads the same from: ${argv.join(" ")}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
    await Deno.writeTextFile(`${directory}/redis.conf`, "save 900 1\n");
    const server = await startServer({
      name: "redis-server",
      command: ["redis-server", `${directory}/redis.conf`],
      args: argv,
    });
    const connection = await RawConnection.connect({ port: server.port });
    try {
      const shown = [
        "save",
        "hz",
        "timeout",
        "masterauth",
        "maxmemory*",
        "client-output*",
        "shut*",
        "slave-*",
        "not*",
      ];
      const texts = (parseReplies(await connection.command("CONFIG", "GET", ...shown))[0].items ?? []).map((
        item,
      ) => item.text);
      const invocation = serve(`${directory}/redis.conf`, ...argv);
      const configuration = new Configuration();
      loadConfiguration(configuration, { file: invocation.file ?? "", options: invocation.options });
      const actual = configuration.matching(shown);
      assert.equal(actual.length, texts.length / 2);
      for (const [name, value] of actual) assert.equal(value, texts[texts.indexOf(name) + 1], name);
    } finally {
      connection.close();
      await server.stop();
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("Help and version are asked for by the first argument", () => {
  for (const word of ["-h", "--help"]) assert.deepEqual(parseArguments([word, "x"]), { action: "help" });
  for (const word of ["-v", "--version"]) {
    assert.deepEqual(parseArguments([word, "x"]), { action: "version" });
  }
  assert.equal(parseArguments(["--port", "1", "--help"]).action, "serve");
});

Deno.test("A ping is asked for by the first argument, and needs one server at most", () => {
  assert.deepEqual(parseArguments(["--ping"]), {
    action: "ping",
    target: { hostname: "127.0.0.1", port: 6379 },
  });
  assert.deepEqual(parseArguments(["--ping", "[::1]:7000"]), {
    action: "ping",
    target: { hostname: "::1", port: 7000 },
  });
  assert.deepEqual(parseArguments(["--ping", "localhost"]), {
    action: "refuse",
    reason: "Not a server to ping: 'localhost' (expected [host:]port)",
  });
  assert.equal(parseArguments(["--ping", "7000", "7001"]).action, "refuse");
  assert.equal(parseArguments(["--port", "1", "--ping"]).action, "serve");
});

Deno.test("The help shows an example of each kind, and every option in it is a directive", () => {
  const help = helpText();
  for (const [, name] of help.matchAll(/--([a-z-]+)/g)) {
    if (["help", "version", "ping"].includes(name)) continue;
    assert.notDeepEqual(new Configuration().matching([name]), [], name);
  }
  const examples = [...help.matchAll(/^ {2}denodis (.*?)(?: {2,}.*)?$/gm)].map((match) => match[1]);
  assert.ok(examples.length >= 5);
  assert.match(help, /default: 127\.0\.0\.1 -::1/);
});

Deno.test("The version is in the place where redis-server has it", async () => {
  const { stdout } = await new Deno.Command("redis-server", { args: ["--version"] }).output();
  const form = /^\S+ server v=(\d+\.\d+\.\d+) .*\bbits=64\b.*\n$/;
  assert.match(new TextDecoder().decode(stdout), form);
  assert.equal(form.exec(versionText("1.2.3"))?.[1], "1.2.3");
});

Deno.test("What only redis-server can do is refused with a reason", () => {
  for (
    const argv of [["--sentinel"], ["x.conf", "--sentinel"], ["--check-system"], ["--test-memory", "100"]]
  ) {
    const invocation = parseArguments(argv);
    assert.equal(invocation.action, "refuse", argv.join(" "));
    if (invocation.action === "refuse") assert.match(invocation.reason, /^denodis (cannot|does not) /);
  }
  // As the argument of another option it is only text.
  assert.equal(serve("--requirepass", "--sentinel").options, 'requirepass "--sentinel"');
});
