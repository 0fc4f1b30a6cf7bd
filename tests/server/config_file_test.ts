import assert from "node:assert/strict";
import { bytesOf, byteString, byteStringOfText } from "../../src/base/bytes.ts";
import {
  ConfigurationError,
  type ConfigurationExtras,
  loadConfiguration,
} from "../../src/server/config_file.ts";
import { Server } from "../../src/server/server.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { parseReplies } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startServer } from "../support/servers.ts";

/** Runs a test in a directory of its own that has these files (byte strings). */
async function withFiles(files: Record<string, string>, test: (directory: string) => unknown): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      if (name.includes("/")) {
        await Deno.mkdir(`${directory}/${name.replace(/\/[^/]*$/, "")}`, { recursive: true });
      }
      await Deno.writeFile(`${directory}/${name}`, bytesOf(text));
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Loads `redis.conf` of a directory. */
function load(directory: string): { configuration: Configuration; extras: ConfigurationExtras } {
  const configuration = new Configuration({ directory, file: `${directory}/redis.conf` });
  const extras = loadConfiguration(configuration, { file: `${directory}/redis.conf` });
  return { configuration, extras };
}

/** The configuration that a text makes. */
function read(text: string, files: Record<string, string> = {}): Promise<Configuration> {
  return new Promise((resolve, reject) => {
    withFiles({ ...files, "redis.conf": text }, (directory) => resolve(load(directory).configuration)).catch(
      reject,
    );
  });
}

async function loadError(files: Record<string, string>): Promise<ConfigurationError & { directory: string }> {
  let caught: unknown;
  let directory = "";
  await withFiles(files, (path) => {
    directory = path;
    try {
      load(path);
    } catch (error) {
      caught = error;
    }
  });
  if (!(caught instanceof ConfigurationError)) {
    throw new Error(`Expected a ConfigurationError, got ${caught}`);
  }
  return Object.assign(caught, { directory });
}

/** What redis-server prints to the standard error when it refuses redis.conf. */
async function oracleError(files: Record<string, string>): Promise<string> {
  let printed = "";
  await withFiles(files, async (directory) => {
    const { code, stderr } = await new Deno.Command("redis-server", {
      args: ["redis.conf", "--port", "0", "--unixsocket", "socket"],
      cwd: directory,
      stdin: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert.equal(code, 1, "redis-server accepted the file");
    printed = byteString(stderr);
  });
  return printed;
}

/** Files that redis-server refuses at a line, with its own words. */
const refused: Record<string, Record<string, string>> = {
  "an unknown directive": { "redis.conf": "maxmemory 1mb\n\n# comment\n   foo   bar  \n" },
  "a directive without arguments": { "redis.conf": "port\n" },
  "too many arguments": { "redis.conf": "timeout 1 2\n" },
  "a comment at the end of a line": { "redis.conf": "hz 11 # no\n" },
  "a bad value": { "redis.conf": "maxmemory lots\n" },
  "a number that is too large": { "redis.conf": "hz 10\r\nport 65536\r\n" },
  "a word that is none of the possible ones": { "redis.conf": "MaxMemory-Policy random\n" },
  "an unbalanced quote": { "redis.conf": 'masterauth "a\n' },
  "text right after a closing quote": { "redis.conf": "masterauth 'a'b\n" },
  "a byte order mark": { "redis.conf": "\xef\xbb\xbfhz 10\n" },
  "half a save point": { "redis.conf": "save 900\n" },
  "a bad save point": { "redis.conf": "save 0 1\n" },
  "an unknown client class": { "redis.conf": "client-output-buffer-limit nobody 1 2 3\n" },
  "a key event that does not exist": { "redis.conf": "notify-keyspace-events Q\n" },
  "a directory that does not exist": { "redis.conf": "dir /no/such/directory\n" },
  "a path where a name is wanted": { "redis.conf": "dbfilename a/b\n" },
  "an empty name": { "redis.conf": 'appendfilename ""\n' },
  "a name that is a path": { "redis.conf": "appenddirname a/b\n" },
  "digits that are not octal": { "redis.conf": "unixsocketperm 999\n" },
  "an octal number that is too large": { "redis.conf": "unixsocketperm 7777\n" },
  "a primary without a port": { "redis.conf": "replicaof example.com\n" },
  "a primary with a bad port": { "redis.conf": "replicaof example.com 99999\n" },
  "a rename-command without a new name": { "redis.conf": "rename-command GET\n" },
  "a directive of Sentinel": { "redis.conf": "sentinel monitor a b 1 2\n" },
  "a forgotten directive with too many arguments": { "redis.conf": "lua-replicate-commands yes no\n" },
  "a bad line in an included file": {
    "redis.conf": "hz 1\nhz 2\ninclude other.conf\n",
    "other.conf": "hz 3\nfoo\n",
  },
};

for (const [what, files] of Object.entries(refused)) {
  Deno.test(`Refused as by redis-server: ${what}`, async () => {
    const error = await loadError(files);
    const [, expectedLine, expectedText, expectedReason] =
      /at line (\d+)\n>>> '(.*)'\n(.*)\n$/.exec(await oracleError(files)) ?? [];
    assert.equal(error.reason, expectedReason);
    assert.equal(error.line?.number, Number(expectedLine));
    assert.equal(error.line?.text, expectedText);
  });
}

Deno.test("The report of an error has the form of redis-server's, and names the file", async () => {
  const files = {
    "redis.conf": "maxmemory 1mb\ninclude conf.d/*.conf\n",
    "conf.d/a.conf": "hz 1\n  foo bar \n",
  };
  const error = await loadError(files);
  const ours = error.report("0.1.0");
  assert.equal(
    ours,
    `\n*** FATAL CONFIG FILE ERROR (denodis 0.1.0) ***\n` +
      `Reading the configuration file ${error.directory}/conf.d/a.conf, at line 2\n` +
      `>>> 'foo bar'\nBad directive or wrong number of arguments\n`,
  );
  const expected = await oracleError(files);
  assert.equal(
    byteStringOfText(ours).replace(` ${error.directory}/conf.d/a.conf`, "").replace(
      "denodis 0.1.0",
      "Redis 7.0.15",
    ),
    expected.replace(/Redis 7\.0\.\d+/, "Redis 7.0.15"),
  );
});

Deno.test("What is wrong with the configuration as a whole is refused with the words of redis-server", async () => {
  for (
    const files of [
      { "redis.conf": "cluster-enabled yes\nreplicaof example.com 1\n" },
      { "redis.conf": "logfile /no/such/directory/log\n" },
    ]
  ) {
    const error = await loadError(files);
    assert.equal(error.line, undefined);
    const expected = (await oracleError(files)).replace(/Redis 7\.0\.\d+/, "denodis 0.1.0");
    assert.equal(error.report("0.1.0"), expected);
  }
});

Deno.test("A file that cannot be read is named, with the line that includes it", async () => {
  const error = await loadError({ "redis.conf": "hz 1\ninclude nothing.conf\n" });
  assert.equal(
    error.reason,
    `Fatal error, can't open config file '${error.directory}/nothing.conf': No such file or directory`,
  );
  assert.equal(error.line?.number, 2);
  const configuration = new Configuration();
  assert.throws(() => loadConfiguration(configuration, { file: "/no/such/redis.conf" }), {
    reason: "Fatal error, can't open config file '/no/such/redis.conf': No such file or directory",
  });
});

Deno.test("A file that includes itself is refused", async () => {
  const error = await loadError({ "redis.conf": "include a.conf\n", "a.conf": "\ninclude redis.conf\n" });
  assert.match(error.reason, /includes itself/);
  assert.equal(error.line?.number, 2);
});

Deno.test("An unbalanced quote inside of an argument is refused, which redis-server takes for no arguments", async () => {
  const error = await loadError({ "redis.conf": 'save "\'900 1"\n' });
  assert.equal(error.reason, "Unbalanced quotes in configuration line");
});

Deno.test("Modules are refused", async () => {
  for (const line of ["loadmodule /x.so 1", "search.timeout 5"]) {
    assert.match((await loadError({ "redis.conf": line })).reason, /no modules/);
  }
});

Deno.test("A file is read to the same values as by redis-server", async () => {
  const files = {
    "redis.conf": [
      "# a comment",
      "  # another",
      "\tMAXMEMORY 1mb",
      'MaxMemory "2mb"\r',
      'save ""',
      "save 900 1",
      "save 300 10 60 10000",
      'save "5 6"',
      "client-output-buffer-limit normal 1gb 2gb 3",
      "client-output-buffer-limit replica 1gb 2gb 3",
      "client-output-buffer-limit normal 7gb 8gb 9 pubsub 4gb 5gb 6",
      "bind 127.0.0.1 ::1",
      "bind 127.0.0.1",
      'masterauth "a b\\x41\\n\\"\\xff q"',
      "masteruser 'a b\\x41\\n\\'q'",
      'replica-announce-ip a"b c"',
      'cluster-announce-ip ""',
      "tls-ciphers a#b",
      "slave-priority 5",
      "hash-max-ziplist-entries 6",
      "lua-time-limit 7",
      "shutdown-on-sigterm nosave now",
      'shutdown-on-sigint "save now"',
      'oom-score-adj-values "1 2 3"',
      "latency-tracking-info-percentiles 50 99.5",
      "notify-keyspace-events KEA",
      "maxmemory-clients 5%",
      "hz 0",
      "list-max-ziplist-entries 5",
      "lua-replicate-commands yes",
      "include conf.d/*.conf",
      "include nothing/*.conf",
      "include last.conf",
      "appendfilename caf\xc3\xa9.aof",
      "dir inner",
      "include after.conf",
      "maxclients 123",
    ].join("\n"),
    "conf.d/b.conf": "timeout 2\n",
    "conf.d/a.conf": "timeout 1\nslowlog-max-len 1\n",
    "conf.d/c.txt": "timeout 3\n",
    "conf.d/.hidden.conf": "timeout 4\n",
    "last.conf": "tcp-keepalive 5\n",
    "inner/after.conf": "slowlog-log-slower-than 6",
  };
  await withFiles(files, async (directory) => {
    const server = await startServer({
      name: "redis-server",
      command: ["redis-server", "-"],
      // Without --dir, which would undo what the file says, and with the file included from where it stands.
      args: ["--dir", directory, "--include", "redis.conf"],
    });
    const connection = await RawConnection.connect({ port: server.port });
    try {
      const texts = (parseReplies(await connection.command("CONFIG", "GET", "*"))[0].items ?? []).map((
        item,
      ) => item.text);
      const { configuration } = load(directory);
      const actual = new Map(configuration.matching(["*"]));
      for (let i = 0; i < texts.length; i += 2) {
        const name = texts[i] ?? "";
        if (name === "port") continue;
        assert.equal(actual.get(name), texts[i + 1], name);
      }
      assert.equal(configuration.get("timeout"), 2);
      assert.equal(configuration.get("slowlog-log-slower-than"), 6);
    } finally {
      connection.close();
      await server.stop();
    }
  });
});

Deno.test("Debian's redis.conf loads, and what it wants that denodis has not is told", async () => {
  // The directives of /etc/redis/redis.conf that Debian changes, or that cannot do anything here.
  const text = [
    "bind 127.0.0.1 -::1",
    "daemonize yes",
    "supervised systemd",
    "io-threads 4",
    "jemalloc-bg-thread yes",
    "activedefrag yes",
    "activedefrag no",
  ].join("\n");
  await withFiles({ "redis.conf": text }, (directory) => {
    const { extras } = load(directory);
    assert.deepEqual(extras.withoutEffect.map(({ name }) => name), ["daemonize", "supervised", "io-threads"]);
    for (const { reason } of extras.withoutEffect) assert.ok(reason.length > 10);
  });
});

Deno.test("An empty save forgets the save points before it, also those of the default", async () => {
  // As redis-server 7.0.15 shows them.
  for (
    const [text, expected] of [
      ["", "3600 1 300 100 60 10000"],
      ['save ""', ""],
      ['save 900 1\nsave ""', ""],
      ['save ""\nsave 900 1', "900 1"],
      ["save 900 1", "900 1"],
      ["save 900 1\nsave 300 10 60 100", "900 1 300 10 60 100"],
    ]
  ) {
    assert.equal((await read(text)).text("save"), expected, text);
  }
});

Deno.test("Renamed commands and users are kept in order, with the lines that they are on", async () => {
  const text = 'rename-command GET FOO\nuser a on >x\nuser b off\n\nRENAME-command KEYS ""\n';
  await withFiles({ "redis.conf": text }, (directory) => {
    const { extras } = load(directory);
    assert.deepEqual(extras.renamedCommands.map((line) => line.words.slice(1)), [["GET", "FOO"], [
      "KEYS",
      "",
    ]]);
    assert.deepEqual(extras.renamedCommands.map((line) => line.number), [1, 5]);
    assert.deepEqual(extras.users.map((line) => line.text), ["user a on >x", "user b off"]);
    const error = new ConfigurationError("No such command in rename-command", extras.renamedCommands[1]);
    assert.equal(error.message, `the configuration file ${directory}/redis.conf, line 5: ${error.reason}`);
  });
});

Deno.test("The standard input goes before the file, and the options before both", async () => {
  await withFiles({ "redis.conf": "hz 11\ntimeout 1\nmaxmemory 1mb" }, (directory) => {
    const configuration = new Configuration({ directory });
    loadConfiguration(configuration, {
      file: `${directory}/redis.conf`,
      stdin: "hz 12\ntimeout 2\nslowlog-max-len 7\n",
      options: 'hz "13"',
    });
    assert.deepEqual(
      [configuration.get("hz"), configuration.get("timeout"), configuration.get("maxmemory")],
      [13, 2, 1024 * 1024],
    );
    assert.equal(configuration.get("slowlog-max-len"), 7);
    assert.throws(
      () => loadConfiguration(configuration, { options: "foo" }),
      (error) =>
        error instanceof ConfigurationError &&
        /^Reading the options of the command line, at line 1$/m.test(error.report("0.1.0")),
    );
  });
});

/** A file with everything that a rewrite has to cope with; PORT and DIR are put in. */
const REWRITTEN = `# A comment
maxmemory 100mb
   port PORT


# two empty lines above
slave-priority 50
hash-max-ziplist-entries 100
save 900 1
save 300 10
save 60 10000
client-output-buffer-limit normal 0 0 0
rename-command KEYS ""
include other.conf
list-max-ziplist-entries 5
lua-time-limit 4000
maxmemory 50mb
user default on nopass ~* &* +@all
loglevel notice
dir DIR
bind 127.0.0.1
requirepass ""
replicaof no one
latency-tracking-info-percentiles 50
`;

const CHANGES: [string, string][][] = [
  [],
  [
    ["timeout", "6"],
    ["maxmemory", "1gb"],
    ["maxmemory-policy", "allkeys-lru"],
    ["save", "1 2"],
    ["client-output-buffer-limit", "slave 1gb 1 1"],
    ["notify-keyspace-events", "KEA"],
    ["latency-tracking-info-percentiles", "50 99.5"],
    ["maxmemory-clients", "7%"],
    ["masterauth", 'a b"\\\n\x01\xff'],
    ["masteruser", "plain"],
    ["proto-max-bulk-len", "1025kb"],
    ["stream-node-max-bytes", "4097"],
    ["shutdown-on-sigint", "save now"],
    ["rdbcompression", "no"],
    ["proc-title-template", "{port} x"],
  ],
  [["save", ""], ["latency-tracking-info-percentiles", ""], ["maxmemory", "0"], ["masteruser", ""], [
    "timeout",
    "0",
  ]],
  [["save", "1 2 3 4"], ["slave-priority", "100"], ["maxmemory-clients", "0"]],
];

Deno.test("CONFIG REWRITE makes the same file as redis-server's, change after change", async () => {
  const place = await Deno.makeTempDir({ prefix: "denodis-test-" });
  const file = `${place}/oracle.conf`;
  const put = (text: string, port: number, directory: string) =>
    text.replaceAll("PORT", String(port)).replaceAll("DIR", directory);
  await Deno.writeTextFile(`${place}/other.conf`, "hz 11\n");
  // The support gives port and directory on the command line, which wins over the file.
  await Deno.writeTextFile(file, put(REWRITTEN, 1, place).replace("include ", `include ${place}/`));
  const server = await startServer({ name: "redis-server", command: ["redis-server", file] });
  const connection = await RawConnection.connect({ port: server.port });
  try {
    const ours = `${place}/redis.conf`;
    await Deno.writeTextFile(
      ours,
      put(REWRITTEN, server.port, server.directory).replace("include ", `include ${place}/`),
    );
    const configuration = new Configuration({ file: ours });
    const { users } = loadConfiguration(configuration, { file: ours });
    new Server({ configuration }).access.begin(users);
    for (const change of [...CHANGES, []]) {
      if (change.length > 0) {
        assert.equal(await connection.command("CONFIG", "SET", ...change.flat()), "+OK\r\n");
        configuration.set(change);
      }
      assert.equal(await connection.command("CONFIG", "REWRITE"), "+OK\r\n");
      configuration.rewrite();
      assert.deepEqual(await rewrittenParts(ours), await rewrittenParts(file));
    }
    // Without a file everything that is not a default is written.
    await Deno.remove(ours);
    await Deno.remove(file);
    assert.equal(await connection.command("CONFIG", "REWRITE"), "+OK\r\n");
    configuration.rewrite();
    assert.deepEqual(await rewrittenParts(ours), await rewrittenParts(file));
    // What was written reads back as what it was.
    const again = new Configuration({ file: ours });
    loadConfiguration(again, { file: ours });
    assert.deepEqual(again.matching(["*"]), configuration.matching(["*"]));
    // Nothing is left of the temporary files.
    const left = [...Deno.readDirSync(place)].map((entry) => entry.name).sort();
    assert.deepEqual(left, ["oracle.conf", "other.conf", "redis.conf"]);
  } finally {
    connection.close();
    await server.stop();
    await Deno.remove(place, { recursive: true });
  }
});

/**
 * A rewritten file: its own lines, and those added at the end, whose order in redis-server is that of a hash table. An
 * added line that is removed by a later change leaves a blank one, or none where a blank one stands before it: how many
 * there are is chance too.
 */
async function rewrittenParts(file: string): Promise<{ own: string[]; added: string[] }> {
  const lines = byteString(await Deno.readFile(file)).split("\n");
  const signature = lines.indexOf("# Generated by CONFIG REWRITE");
  if (signature === -1) return { own: lines, added: [] };
  return {
    own: lines.slice(0, signature),
    added: lines.slice(signature).filter((line) => line !== "").sort(),
  };
}

Deno.test("CONFIG REWRITE answers why it cannot write", async () => {
  assert.throws(() => new Configuration().rewrite(), {
    message: "ERR The server is running without a config file",
  });
  await withFiles({ "file": "" }, (directory) => {
    const configuration = new Configuration({ file: `${directory}/no/redis.conf` });
    assert.throws(() => configuration.rewrite(), {
      message: "ERR Rewriting config file: No such file or directory",
    });
  });
});

Deno.test("CONFIG REWRITE replaces the file in one step, and leaves a broken line as a comment", async () => {
  await withFiles({ "redis.conf": "hz 20\n" }, (directory) => {
    const { configuration } = load(directory);
    Deno.writeTextFileSync(`${directory}/redis.conf`, 'hz 15\nfoo bar\nmasterauth "x\n');
    const before = Deno.openSync(`${directory}/redis.conf`);
    configuration.rewrite();
    const text = Deno.readTextFileSync(`${directory}/redis.conf`);
    assert.match(text, /^hz 20\n# \?\?\? foo bar\n# \?\?\? masterauth "x\n\n# Generated by CONFIG REWRITE\n/);
    // Who had the old file open still has all of it.
    const old = new Uint8Array(100);
    assert.equal(byteString(old, 0, before.readSync(old) ?? 0), 'hz 15\nfoo bar\nmasterauth "x\n');
    before.close();
  });
});
