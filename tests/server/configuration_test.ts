import assert from "node:assert/strict";
import { directives } from "../../config.ts";
import { Refusal } from "../../src/base/directive.ts";
import { WireError } from "../../src/base/errors.ts";
import { Configuration, type DirectiveName, findDirective } from "../../src/server/configuration.ts";
import { encodeRequest, parseReplies, printable, type Reply } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { type RunningServer, startServer } from "../support/servers.ts";

const names = Object.keys(directives) as DirectiveName[];

/** Runs a test against a redis-server that has no settings but those of the test support. */
async function withOracle(
  test: (oracle: RawConnection, server: RunningServer) => Promise<void>,
  args: readonly string[] = [],
): Promise<void> {
  const server = await startServer({ name: "redis-server", command: ["redis-server"], args });
  try {
    const connection = await RawConnection.connect({ port: server.port });
    try {
      await test(connection, server);
    } finally {
      connection.close();
    }
  } finally {
    await server.stop();
  }
}

/** The reply that CONFIG SET with these arguments would give. */
function set(configuration: Configuration, ...args: string[]): string {
  const pairs: [string, string][] = [];
  for (let i = 0; i < args.length; i += 2) pairs.push([args[i], args[i + 1]]);
  try {
    configuration.set(pairs);
    return "+OK\r\n";
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `-${error.message}\r\n`;
  }
}

function pairsOf(reply: Reply): [string, string][] {
  const texts = (reply.items ?? []).map((item) => item.text ?? "");
  const pairs: [string, string][] = [];
  for (let i = 0; i < texts.length; i += 2) pairs.push([texts[i], texts[i + 1]]);
  return pairs;
}

function sorted<T>(pairs: [string, T][]): [string, T][] {
  return pairs.sort(([a], [b]) => a < b ? -1 : 1);
}

/** Directives that came after 7.0, which redis-server 7.0 does not know. */
const NEWER = [
  "cluster-announce-human-nodename",
  "hide-user-data-from-log",
  "locale-collate",
  "max-new-connections-per-cycle",
  "max-new-tls-connections-per-cycle",
  "set-max-listpack-entries",
  "set-max-listpack-value",
];

Deno.test("CONFIG GET * has the names and the defaults of redis-server", async () => {
  await withOracle(async (oracle, server) => {
    const expected = new Map(pairsOf(parseReplies(await oracle.command("CONFIG", "GET", "*"))[0]));
    // What the test has started redis-server with, and what is different on purpose.
    assert.equal(expected.get("port"), String(server.port));
    expected.set("port", "6379");
    assert.equal(expected.get("dir"), server.directory);
    expected.set("dir", Deno.cwd());
    assert.equal(expected.get("bind"), "127.0.0.1");
    expected.set("bind", "127.0.0.1 -::1");
    const actual = new Configuration().matching(["*"]).filter(([name]) => !NEWER.includes(name));
    assert.deepEqual(sorted(actual), sorted([...expected]));
  });
});

Deno.test("Directives that CONFIG GET * hides are the same as in redis-server", async () => {
  await withOracle(async (oracle) => {
    const hidden = names.filter((name) => findDirective(name)?.directive.hidden);
    assert.ok(hidden.length > 0);
    const configuration = new Configuration();
    for (const name of hidden) {
      const expected = pairsOf(parseReplies(await oracle.command("CONFIG", "GET", name))[0]);
      assert.deepEqual(configuration.matching([name]), expected);
      assert.deepEqual(configuration.matching([`${name}*`]), []);
      assert.equal(await oracle.command("CONFIG", "GET", `${name}*`), "*0\r\n");
    }
  });
});

Deno.test("CONFIG GET finds what redis-server finds, and names it as redis-server does", async () => {
  await withOracle(async (oracle) => {
    for (
      const patterns of [
        ["maxmemory"],
        ["MAXMEMORY"],
        ["maxmemory", "MaxMemory", "MAXMEM*"],
        ["MAXMEM*", "MaxMemory"],
        ["slave*ly", "*ziplist*", "replicaof", "slaveof"],
        ["[d-f]*", "?z"],
        ["maxm\\emory"],
        ["maxm\\emor*"],
        ["nothing-like-it"],
        ["*-max-intset-*", "save", "client-output-buffer-limit"],
        [""],
      ]
    ) {
      const expected = pairsOf(parseReplies(await oracle.command("CONFIG", "GET", ...patterns))[0]);
      // redis-server's order is that of its hash table.
      const actual = new Configuration({ directory: "." }).matching(patterns).filter(([name]) =>
        name !== "dir"
      );
      assert.deepEqual(
        sorted(actual),
        sorted(expected.filter(([name]) => name !== "dir")),
        patterns.join(" "),
      );
    }
  });
});

/** Texts that are valid for some directives and odd for all others. */
const PROBES = [
  ...["", "0", "1", "-1", "-2", "7", "42", "007", "+1", " 1", "1 ", "1.5", "0x10", "1e3", "500", "1001"],
  ...["1kb", "1k", "3MB", "2GB", "2147483648b", "1tb", "kb", "-1kb", "5%", "100%", "101%", "%", "-5%"],
  ...["65535", "65536", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615"],
  ...["99999999999999999999", "17179869184gb", "777", "1000"],
  ...[
    "yes",
    "NO",
    "local",
    "zzz",
    "a b",
    "a/b",
    "a\\b",
    "a_b",
    'quote "\xff',
    "{title}",
    "{",
    "{{",
    "{port} x",
  ],
  ...[
    "allkeys-lru",
    "ALLKEYS-RANDOM",
    "everysec",
    "always",
    "relative",
    "absolute",
    "clients",
    "swapdb",
    "hostname",
  ],
  ...["save", "nosave force", "force now save", "save nosave", "default", "default now", "now now", "panic"],
  ...["KEA", "Kg$lshzxet", "mnK", "AKEm", "Q", "d", "x".repeat(300), "example.com"],
  ...["900 1", "900 1 300 10", "900  1", " 900 1", "900 1 ", "900 +1", "0 1", "900 -1", "1 99999999999"],
  ...[
    "99999999999999999999 1",
    "50 99.99 12.3456789 100",
    "101",
    "50 -1",
    "1e1 0x10 .5",
    "inf",
    "nan",
    "1 2 3",
  ],
  ...[
    "-2000 0 2000",
    "1 2 2001",
    "normal 1gb 2gb 3",
    "replica 1gb 2gb 3 PubSub 1000000 0 0",
    "normal 1gb 2gb",
  ],
  ...["slave 1000k 2m 3", "master 1gb 2gb 3", "normal x 2gb 3", "normal 1gb 2gb -3", "normal 1gb 2gb 3x"],
];

/** Directives that are left out below, because redis-server does something about them that the table cannot know. */
const APPLIED: Record<string, string> = {
  "port": "listens",
  "bind": "listens",
  "requirepass": "would lock the test out",
  "maxclients": "depends on the system's limit of open files",
  "maxmemory-clients": "would disconnect the test; it has a test of its own",
  "oom-score-adj": "writes to /proc; it has a test of its own",
  "oom-score-adj-values": "writes to /proc; it has a test of its own",
  "activedefrag": "Debian's redis-server refuses it, because it uses the system's jemalloc",
  "appendonly": "rewrites the AOF",
  "watchdog-period": "logs stack traces",
  "loglevel": "has the level nothing since 7.2; it has a test of its own",
  "tls-port": "configures TLS",
  "tls-cluster": "configures TLS",
  "tls-replication": "configures TLS",
};

Deno.test("CONFIG SET takes and refuses what redis-server does, and CONFIG GET shows the same then", async () => {
  await withOracle(async (oracle, server) => {
    const configuration = new Configuration({ directory: server.directory });
    configuration.assign("enable-protected-configs", ["yes"]);
    const expectedNames = pairsOf(parseReplies(await oracle.command("CONFIG", "GET", "*"))[0]).map(([name]) =>
      name
    );
    const hidden = names.filter((name) => findDirective(name)?.directive.hidden);
    let accepted = 0;
    for (const name of [...expectedNames, ...hidden]) {
      if (name in APPLIED) continue;
      await oracle.write(
        PROBES.map((probe) =>
          encodeRequest(["CONFIG", "SET", name, probe]) + encodeRequest(["CONFIG", "GET", name])
        )
          .join(""),
      );
      const replies = parseReplies(await oracle.readReplies(2 * PROBES.length));
      PROBES.forEach((probe, i) => {
        const [setReply, getReply] = replies.slice(2 * i, 2 * i + 2);
        const what = `CONFIG SET ${name} ${printable(probe)}`;
        assert.equal(set(configuration, name, probe), setReply.raw, what);
        assert.deepEqual(configuration.matching([name]), pairsOf(getReply), what);
        if (setReply.raw === "+OK\r\n") accepted++;
      });
    }
    assert.ok(accepted > 1000, `redis-server accepted only ${accepted} values`);
  }, ["--enable-protected-configs", "yes"]);
});

Deno.test("maxmemory-clients takes bytes and percentages as in redis-server", async () => {
  await withOracle(async (oracle) => {
    const configuration = new Configuration();
    for (const probe of ["10gb", "100%", "99%", "0%", "101%", "-1%", "%", "x", "5 %", "05%", "0"]) {
      const expected = await oracle.command("CONFIG", "SET", "maxmemory-clients", probe);
      assert.equal(set(configuration, "maxmemory-clients", probe), expected, probe);
      const shown = pairsOf(parseReplies(await oracle.command("CONFIG", "GET", "maxmemory-clients"))[0]);
      assert.deepEqual(configuration.matching(["maxmemory-clients"]), shown, probe);
    }
  });
  const configuration = new Configuration();
  configuration.set([["maxmemory-clients", "5%"]]);
  assert.deepEqual(configuration.get("maxmemory-clients"), { percent: 5 });
  configuration.set([["maxmemory-clients", "1mb"]]);
  assert.deepEqual(configuration.get("maxmemory-clients"), { bytes: 1024 * 1024 });
});

Deno.test("oom-score-adj and loglevel refuse what redis-server refuses, and know the level nothing", async () => {
  await withOracle(async (oracle) => {
    const configuration = new Configuration();
    for (
      const [name, probe] of [
        ["oom-score-adj", "zzz"],
        ["oom-score-adj-values", "1 2"],
        ["oom-score-adj-values", "1 2 2001"],
        ["oom-score-adj-values", "a b c"],
      ]
    ) {
      assert.equal(set(configuration, name, probe), await oracle.command("CONFIG", "SET", name, probe));
    }
    const refused = await oracle.command("CONFIG", "SET", "loglevel", "zzz");
    assert.equal(
      set(configuration, "loglevel", "zzz"),
      refused.replace("warning\r\n", "warning, nothing\r\n"),
    );
  });
  const configuration = new Configuration();
  // As redis-server shows it where it may write to /proc.
  assert.equal(set(configuration, "oom-score-adj", "relative"), "+OK\r\n");
  assert.equal(configuration.text("oom-score-adj"), "yes");
  assert.equal(set(configuration, "loglevel", "nothing"), "+OK\r\n");
});

Deno.test("CONFIG SET with several pairs does all or nothing, with the errors of redis-server", async () => {
  await withOracle(async (oracle) => {
    const configuration = new Configuration();
    for (
      const args of [
        ["maxmemory", "1gb", "hz", "20", "maxmemory-policy", "allkeys-lfu"],
        ["maxmemory", "2gb", "hz", "x"],
        ["maxmemory", "2gb", "foo", "x"],
        ["foo", "1", "databases", "2"],
        ["databases", "2", "foo", "1"],
        ["databases", "2"],
        ["DBFilename", "x"],
        ["dir", "/"],
        ["slaveof", "a 1"],
        ["hz", "30", "HZ", "40"],
        ["hz", "x", "hz", "30"],
        ["slave-priority", "1", "replica-priority", "2"],
        ["REPLICA-priority", "3", "Slave-Priority", "x"],
        ["save", "1 2", "client-output-buffer-limit", "slave 2gb 1gb 10", "notify-keyspace-events", "?"],
        ["save", "1 2", "client-output-buffer-limit", "slave 2gb 1gb 10", "notify-keyspace-events", "E"],
      ]
    ) {
      assert.equal(
        set(configuration, ...args),
        await oracle.command("CONFIG", "SET", ...args),
        args.join(" "),
      );
      const shown = [
        "maxmemory*",
        "hz",
        "*-priority",
        "save",
        "client-output-buffer-limit",
        "notify*",
        "databases",
      ];
      const expected = pairsOf(parseReplies(await oracle.command("CONFIG", "GET", ...shown))[0]);
      assert.deepEqual(sorted(configuration.matching(shown)), sorted(expected), args.join(" "));
    }
  });
});

Deno.test("Each pair that CONFIG GET * prints is accepted back by CONFIG SET and changes nothing", () => {
  const configuration = new Configuration();
  configuration.assign("enable-protected-configs", ["yes"]);
  configuration.assign("masterauth", ['a b"\\\n\x00\xff']);
  configuration.assign("maxmemory", ["18446744073709551615"]);
  configuration.assign("notify-keyspace-events", ["AKEmn"]);
  configuration.assign("maxmemory-clients", ["5%"]);
  const before = configuration.matching(["*"]);
  for (const [name, value] of before) {
    if (findDirective(name)?.directive.immutable) continue;
    assert.equal(set(configuration, name, value), "+OK\r\n", name);
  }
  assert.deepEqual(configuration.matching(["*"]), before);
});

Deno.test("Values have the types that code wants", () => {
  const configuration = new Configuration({ directory: "/tmp" });
  const port: number = configuration.get("port");
  const policy: "noeviction" | "allkeys-lru" | string = configuration.get("maxmemory-policy");
  const protectedMode: boolean = configuration.get("protected-mode");
  assert.deepEqual([port, policy, protectedMode], [6379, "noeviction", true]);
  assert.equal(configuration.get("proto-max-bulk-len"), 512 * 1024 * 1024);
  assert.deepEqual(configuration.get("bind"), ["127.0.0.1", "-::1"]);
  assert.deepEqual(configuration.get("save")[2], { seconds: 60, changes: 10000 });
  assert.deepEqual(configuration.get("client-output-buffer-limit").replica, {
    hard: 256 * 1024 * 1024,
    soft: 64 * 1024 * 1024,
    softSeconds: 60,
  });
  assert.equal(configuration.get("replicaof"), undefined);
  configuration.assign("replicaof", ["example.com", "6380"]);
  assert.deepEqual(configuration.get("replicaof"), { host: "example.com", port: 6380 });
  configuration.assign("notify-keyspace-events", ["KA"]);
  assert.equal(configuration.get("notify-keyspace-events"), "g$lshzxetdK");
  configuration.assign("unixsocketperm", ["755"]);
  assert.equal(configuration.get("unixsocketperm"), 0o755);
  assert.deepEqual(configuration.get("shutdown-on-sigterm"), []);
});

Deno.test("Files are found relative to dir", () => {
  const configuration = new Configuration({ directory: "/tmp" });
  assert.equal(configuration.path("logfile"), undefined);
  configuration.assign("logfile", ["caf\xc3\xa9.log"]);
  assert.equal(configuration.path("logfile"), "/tmp/café.log");
  configuration.assign("logfile", ["/var/log/x"]);
  assert.equal(configuration.path("logfile"), "/var/log/x");
});

Deno.test("dir has to be an existing directory, and protected directives can be opened to clients nearby", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(`${directory}/inner`);
  await Deno.writeTextFile(`${directory}/file`, "");
  const configuration = new Configuration({ directory });
  configuration.assign("enable-protected-configs", ["local"]);
  assert.match(set(configuration, "dir", "inner"), /can't set protected config/);
  configuration.set([["dir", "inner"]], { local: true });
  assert.equal(configuration.get("dir"), `${directory}/inner`);
  for (const [value, reason] of [["/no/such", "No such file or directory"], ["../file", "Not a directory"]]) {
    assert.throws(
      () => configuration.set([["dir", value]], { local: true }),
      new WireError(`ERR CONFIG SET failed (possibly related to argument 'dir') - ${reason}`),
    );
  }
  assert.equal(configuration.get("dir"), `${directory}/inner`);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("Some directives cannot be changed while the dataset is being loaded", () => {
  const configuration = new Configuration();
  assert.throws(
    () => configuration.set([["hz", "20"], ["appendonly", "yes"]], { loading: true }),
    new WireError("LOADING Redis is loading the dataset in memory"),
  );
  configuration.set([["hz", "20"]], { loading: true });
  assert.equal(configuration.get("hz"), 20);
});

Deno.test("Hooks get the new value, only of directives that have changed", () => {
  const configuration = new Configuration();
  const seen: unknown[] = [];
  const stop = configuration.onChange("hz", (value) => void seen.push(value));
  configuration.onChange("maxmemory", (value) => void seen.push(value));
  configuration.set([["hz", "20"], ["maxmemory", "0"]]);
  configuration.set([["hz", "20"]]);
  configuration.set([["maxmemory", "1kb"]]);
  stop();
  configuration.set([["hz", "30"]]);
  assert.deepEqual(seen, [20, 1024]);
});

Deno.test("A hook that refuses rolls everything back, and tells the hooks before it", () => {
  const configuration = new Configuration();
  const seen: string[] = [];
  configuration.onChange("hz", (value) => void seen.push(`hz ${value}`));
  configuration.onChange("port", (value) => {
    seen.push(`port ${value}`);
    return value === 1 ? "Unable to listen on this port. Check server logs." : undefined;
  });
  configuration.onChange("timeout", () => void seen.push("timeout"));
  // The text that redis-server answers where it cannot listen.
  assert.equal(
    set(configuration, "hz", "20", "port", "1", "timeout", "5"),
    "-ERR CONFIG SET failed (possibly related to argument 'port') - " +
      "Unable to listen on this port. Check server logs.\r\n",
  );
  assert.deepEqual(seen, ["hz 20", "port 1", "hz 10", "port 6379"]);
  assert.deepEqual([configuration.get("hz"), configuration.get("port"), configuration.get("timeout")], [
    10,
    6379,
    0,
  ]);
});

Deno.test("A hook for several directives runs once", () => {
  const configuration = new Configuration();
  let runs = 0;
  const hook = () => void runs++;
  configuration.onChange("tls-cert-file", hook);
  configuration.onChange("tls-key-file", hook);
  configuration.set([["tls-cert-file", "a"], ["tls-key-file", "b"]]);
  assert.equal(runs, 1);
});

Deno.test("Programs set directives by the same rules, immutable ones too", () => {
  const configuration = new Configuration();
  configuration.assign("databases", ["4"]);
  assert.equal(configuration.get("databases"), 4);
  assert.throws(
    () => configuration.assign("databases", ["0"]),
    (error) =>
      error instanceof Refusal && error.reason === "argument must be between 1 and 2147483647 inclusive",
  );
  assert.throws(
    () => configuration.assign("databases", ["1", "2"]),
    (error) => error instanceof Refusal && error.reason === "wrong number of arguments",
  );
});

Deno.test("Secrets are known as such, by any of their names", () => {
  const configuration = new Configuration();
  assert.equal(configuration.isSensitive("RequirePass"), true);
  assert.equal(configuration.isSensitive("maxmemory"), false);
  assert.equal(configuration.isSensitive("no-such"), false);
});

Deno.test("Every directive says what it is for, in one line", () => {
  for (const name of names) assert.match(directives[name].about, /^\S.*[^.\s]$/, name);
});
