/** TLS: who is let in, what the directives do, and that clients of both ports are served alike. */

import assert from "node:assert/strict";
import { startServer } from "../../src/mod.ts";
import {
  type CertificateName,
  type Certificates,
  forgeKey,
  makeCertificates,
  openssl,
} from "../support/certificates.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { freePort, startDenodis, startOracle } from "../support/servers.ts";

let certificates: Certificates;

Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
});

Deno.test.afterAll(async () => {
  await certificates?.remove();
});

interface TlsServer {
  readonly port: number;
  readonly tlsPort: number;
  /** A client of the plain port. */
  readonly plain: RawConnection;
  /** Sends CONFIG SET over the plain port. */
  set(...pairs: string[]): Promise<string>;
  connect(name?: CertificateName | ""): Promise<RawConnection>;
}

function clientTls(name: CertificateName | ""): { caCerts: string[]; cert?: string; key?: string } {
  return { caCerts: [certificates.text("ca.crt")], ...(name === "" ? {} : certificates.pair(name)) };
}

/** Runs `use` with a server in this process that listens on both ports. */
async function withServer(
  use: (server: TlsServer) => Promise<void>,
  directives: Record<string, string> = {},
): Promise<void> {
  const tlsPort = freePort();
  const server = startServer({
    directives: {
      "tls-port": String(tlsPort),
      "tls-cert-file": certificates.path("server.crt"),
      "tls-key-file": certificates.path("server.key"),
      "tls-ca-cert-file": certificates.path("ca.crt"),
      ...directives,
    },
  });
  const plain = await RawConnection.connect({ port: server.port });
  try {
    await use({
      port: server.port,
      tlsPort,
      plain,
      set: (...pairs) => plain.command("CONFIG", "SET", ...pairs),
      connect: (name = "client") => RawConnection.connect({ port: tlsPort, tls: clientTls(name) }),
    });
  } finally {
    plain.close();
    await server.stop();
  }
}

/** What becomes of a client's PING: the reply, or "refused". */
async function ping(port: number, tls?: ReturnType<typeof clientTls>): Promise<string> {
  let connection: RawConnection | undefined;
  try {
    connection = await RawConnection.connect({ port, ...(tls === undefined ? {} : { tls }) });
    return await connection.command("PING");
  } catch (error) {
    // A client that is refused may learn of it before, while or after it sends.
    assert.doesNotMatch(String(error), /ReplyTimeout/);
    return "refused";
  } finally {
    connection?.close();
  }
}

/** Resolves when a TLS port is listened on, which is a moment after CONFIG SET has replied. */
async function untilOpen(port: number): Promise<void> {
  for (;;) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
  }
}

/** What `openssl s_client` prints when it sends PING. */
async function sClient(port: number, ...args: string[]): Promise<string> {
  const child = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-CAfile", certificates.path("ca.crt"), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const writer = child.stdin.getWriter();
  let output = "";
  try {
    await writer.write(new TextEncoder().encode("PING\r\n"));
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (output.includes("+PONG\r\n")) break;
    }
    await writer.close();
  } catch {
    // It has ended, and its output says why.
  }
  await child.status;
  return output + await errors;
}

Deno.test("A client of the TLS port is a client as any other", async () => {
  await withServer(async ({ plain, port, tlsPort, connect }) => {
    const client = await connect();
    assert.equal(await client.command("SET", "key", "value"), "+OK\r\n");
    assert.equal(await plain.command("GET", "key"), "$5\r\nvalue\r\n");
    assert.equal(await client.command("CLIENT", "SETNAME", "secure"), "+OK\r\n");
    const line = (await plain.command("CLIENT", "LIST")).split("\n").find((line) =>
      line.includes("name=secure")
    );
    assert.match(line ?? "", new RegExp(` addr=127\\.0\\.0\\.1:\\d+ laddr=127\\.0\\.0\\.1:${tlsPort} `));
    assert.match(await client.command("INFO", "server"), new RegExp(`\r\ntcp_port:${port}\r\n`));
    assert.match(await plain.command("INFO", "clients"), /\r\nconnected_clients:2\r\n/);
    assert.equal(await plain.command("CLIENT", "KILL", "LADDR", `127.0.0.1:${tlsPort}`), ":1\r\n");
    await client.readToEnd();
    client.close();
  });
});

Deno.test("Large values and long pipelines pass through TLS whole", async () => {
  await withServer(async ({ connect }) => {
    const client = await connect();
    const value = Array.from({ length: 400_000 }, (_, index) => String(index)).join(",");
    assert.equal(await client.command("SET", "large", value), "+OK\r\n");
    assert.equal(await client.command("GET", "large"), `$${value.length}\r\n${value}\r\n`);
    const requests = 20_000;
    await client.write("INCR n\r\n".repeat(requests));
    assert.equal(
      await client.readReplies(requests),
      Array.from({ length: requests }, (_, index) => `:${index + 1}\r\n`).join(""),
    );
    client.close();
  });
});

Deno.test("A client gets its replies also when it has said its last", async () => {
  await withServer(async ({ connect }) => {
    const client = await connect();
    await client.write("SET a 1\r\nGET a\r\nQUIT\r\n");
    assert.equal(await client.readReplies(3), "+OK\r\n$1\r\n1\r\n+OK\r\n");
    await client.readToEnd();
    client.close();
  });
});

Deno.test("Lets in whom redis-server lets in", async () => {
  const clients = ["client", "foreign", "expired", "server-only", ""] as const;
  const results: Record<string, string[]> = {};
  for (const start of [startOracle, startDenodis]) {
    const tlsPort = freePort();
    const server = await start(["--tls-port", String(tlsPort), ...certificates.serverFlags()]);
    const lines: string[] = [];
    try {
      const plain = await RawConnection.connect({ port: server.port });
      for (const mode of ["yes", "optional", "no"]) {
        await plain.command("CONFIG", "SET", "tls-auth-clients", mode);
        for (const name of clients) {
          lines.push(`${mode} ${name || "none"}: ${await ping(tlsPort, clientTls(name))}`);
        }
      }
      lines.push(`plain: ${await ping(tlsPort)}`);
      plain.close();
    } finally {
      await server.stop();
    }
    results[server.name] = lines;
  }
  assert.deepEqual(results["denodis"], results["redis-server"]);
  assert.deepEqual(results["denodis"].slice(0, 2), ["yes client: +PONG\r\n", "yes foreign: refused"]);
});

Deno.test("A certificate lets nobody in without its key", async () => {
  const forged = certificates.path("forged.key");
  await Deno.writeTextFile(forged, forgeKey(certificates.text("client.crt")));
  await withServer(async ({ tlsPort }) => {
    for (const version of ["-tls1_2", "-tls1_3"]) {
      const identity = [version, "-cert", certificates.path("client.crt"), "-key"];
      assert.match(await sClient(tlsPort, ...identity, certificates.path("client.key")), /\+PONG/);
      assert.doesNotMatch(await sClient(tlsPort, ...identity, forged), /\+PONG/);
    }
  });
});

Deno.test("Sessions are resumed, and let in only whose certificate has been verified here", async () => {
  const session = certificates.path("session");
  const foreign = ["-cert", certificates.path("foreign.crt"), "-key", certificates.path("foreign.key")];
  const own = ["-cert", certificates.path("client.crt"), "-key", certificates.path("client.key")];
  // Deno keeps the keys for sessions per process, so what is begun at one server goes on at the other.
  await withServer(async (other) => {
    await withServer(async ({ tlsPort, set }) => {
      for (const version of ["-tls1_2", "-tls1_3"]) {
        const begin = async (port: number, ...identity: string[]) => {
          assert.match(await sClient(port, version, ...identity, "-sess_out", session), /\+PONG/);
        };
        const resume = () => sClient(tlsPort, version, "-sess_in", session);
        await begin(other.tlsPort, ...foreign);
        assert.doesNotMatch(await resume(), /\+PONG/);
        await begin(tlsPort, ...own);
        const resumed = await resume();
        assert.match(resumed, /^Reused, /m);
        assert.match(resumed, /\+PONG/);

        await set("tls-auth-clients", "no");
        await begin(tlsPort);
        await set("tls-auth-clients", "yes");
        assert.doesNotMatch(await resume(), /\+PONG/);

        await set("tls-auth-clients", "optional");
        await begin(other.tlsPort, ...foreign);
        assert.doesNotMatch(await resume(), /\+PONG/);
        await set("tls-auth-clients", "yes");
      }
    });
  }, { "tls-ca-cert-file": certificates.path("other-ca.crt") });
});

Deno.test("Authorities that are no longer trusted let no session in", async () => {
  const session = certificates.path("session");
  const own = ["-cert", certificates.path("client.crt"), "-key", certificates.path("client.key")];
  await withServer(async ({ tlsPort, set }) => {
    assert.match(await sClient(tlsPort, ...own, "-sess_out", session), /\+PONG/);
    assert.equal(await set("tls-ca-cert-file", certificates.path("other-ca.crt")), "+OK\r\n");
    assert.doesNotMatch(await sClient(tlsPort, "-sess_in", session), /\+PONG/);
  });
});

Deno.test("CONFIG SET of TLS takes and refuses what redis-server does", async () => {
  const path = (name: string) => certificates.path(name);
  const results: Record<string, string[]> = {};
  for (const start of [startOracle, startDenodis]) {
    const tlsPort = freePort();
    const server = await start(["--tls-port", String(tlsPort), ...certificates.serverFlags()]);
    const lines: string[] = [];
    try {
      const plain = await RawConnection.connect({ port: server.port });
      for (
        const pairs of [
          ["tls-cert-file", path("missing")],
          ["tls-cert-file", path("client.crt")],
          ["tls-cert-file", path("client.crt"), "tls-key-file", path("client.key")],
          ["tls-key-file", path("server.key")],
          ["tls-cert-file", path("server.crt"), "tls-key-file", path("server.key")],
          ["tls-cert-file", ""],
          ["tls-ca-cert-file", ""],
          ["tls-ca-cert-file", path("ca.key")],
          ["tls-ca-cert-dir", path("missing")],
          ["tls-protocols", "TLSv9"],
          ["tls-protocols", "tlsv1.2 TLSv1.3"],
          ["tls-protocols", ""],
          ["tls-port", String(server.port)],
          ["tls-auth-clients", "perhaps"],
          ["tls-port", "0"],
          ["tls-port", String(tlsPort)],
        ]
      ) {
        lines.push(`${pairs}: ${await plain.command("CONFIG", "SET", ...pairs)}`);
      }
      await untilOpen(tlsPort);
      lines.push(await ping(tlsPort, clientTls("client")));
      plain.close();
    } finally {
      await server.stop();
    }
    const port = String(server.port);
    results[server.name] = lines.map((line) => line.replaceAll(port, "P").replaceAll(String(tlsPort), "T"));
  }
  assert.deepEqual(results["denodis"], results["redis-server"]);
});

Deno.test("CONFIG SET reads certificates again, and who is connected stays", async () => {
  const renewed = await makeCertificates();
  const names = ["server.crt", "server.key", "ca.crt"];
  await withServer(async ({ tlsPort, set }) => {
    const before = await RawConnection.connect({
      port: tlsPort,
      tls: { caCerts: [renewed.text("ca.crt")], ...renewed.pair("client") },
    });
    assert.equal(await before.command("PING"), "+PONG\r\n");
    for (const name of names) await Deno.copyFile(certificates.path(name), renewed.path(name));
    assert.equal(await ping(tlsPort, clientTls("client")), "refused");
    assert.equal(
      await set(
        ...["tls-cert-file", renewed.path("server.crt"), "tls-key-file", renewed.path("server.key")],
        ...["tls-ca-cert-file", renewed.path("ca.crt")],
      ),
      "+OK\r\n",
    );
    assert.equal(await ping(tlsPort, clientTls("client")), "+PONG\r\n");
    assert.equal(await before.command("PING"), "+PONG\r\n");
    before.close();
  }, {
    "tls-cert-file": renewed.path("server.crt"),
    "tls-key-file": renewed.path("server.key"),
    "tls-ca-cert-file": renewed.path("ca.crt"),
  });
  await renewed.remove();
});

Deno.test("tls-auth-clients that changes while there is no TLS port holds when there is one again", async () => {
  await withServer(async ({ tlsPort, set }) => {
    assert.equal(await ping(tlsPort, clientTls("")), "+PONG\r\n");
    assert.equal(await set("tls-port", "0"), "+OK\r\n");
    assert.equal(await ping(tlsPort, clientTls("")), "refused");
    assert.equal(await set("tls-auth-clients", "yes"), "+OK\r\n");
    assert.equal(await set("tls-port", String(tlsPort)), "+OK\r\n");
    await untilOpen(tlsPort);
    assert.equal(await ping(tlsPort, clientTls("")), "refused");
    assert.equal(await ping(tlsPort, clientTls("client")), "+PONG\r\n");
  }, { "tls-auth-clients": "no" });
});

Deno.test("tls-protocols, an encrypted key, and a directory of authorities", async () => {
  const { path } = certificates;
  await openssl(
    "ec",
    "-in",
    path("server.key"),
    "-aes256",
    "-passout",
    "pass:se same",
    "-out",
    path("locked.key"),
  );
  const hash = (await openssl("x509", "-hash", "-noout", "-in", path("ca.crt"))).trim();
  await Deno.mkdir(path("authorities"), { recursive: true });
  await Deno.copyFile(path("ca.crt"), path(`authorities/${hash}.0`));
  await Deno.copyFile(path("other-ca.crt"), path("authorities/other.crt"));
  await withServer(async ({ tlsPort, set }) => {
    const own = ["-cert", path("client.crt"), "-key", path("client.key")];
    assert.match(await sClient(tlsPort, "-tls1_2", ...own), /\+PONG/);
    assert.doesNotMatch(await sClient(tlsPort, "-tls1_3", ...own), /\+PONG/);
    assert.equal(await ping(tlsPort, clientTls("foreign")), "refused");
    assert.match(await set("tls-key-file-pass", "wrong"), /^-ERR CONFIG SET failed/);
    assert.equal(await ping(tlsPort, clientTls("client")), "+PONG\r\n");
  }, {
    "tls-protocols": "TLSv1.2",
    "tls-key-file": path("locked.key"),
    "tls-key-file-pass": "se same",
    "tls-ca-cert-file": "",
    "tls-ca-cert-dir": path("authorities"),
  });
});

Deno.test("Handshakes that come to nothing cost nobody else anything, and count as clients meanwhile", async () => {
  await withServer(async ({ plain, tlsPort, set, connect }) => {
    const silent = await Promise.all([1, 2, 3].map(() => RawConnection.connect({ port: tlsPort })));
    const rubbish = await RawConnection.connect({ port: tlsPort });
    await rubbish.write("\x16\x03\x01\xff\xff" + "rubbish".repeat(1000));
    await rubbish.readToEnd();
    const client = await connect();
    assert.equal(await client.command("PING"), "+PONG\r\n");
    // The plain client, the secure one and the three make five.
    await set("maxclients", "5");
    assert.equal(await ping(tlsPort, clientTls("client")), "refused");
    for (const connection of silent) connection.close();
    while ((await ping(tlsPort, clientTls("client"))) === "refused");
    assert.match(await plain.command("INFO", "clients"), /connected_clients:/);
    assert.equal(await client.command("PING"), "+PONG\r\n");
    client.close();
    rubbish.close();
  });
});

Deno.test("What a client sends while it waits is left in the system's buffers", async () => {
  await withServer(async ({ tlsPort, plain }) => {
    const client = await Deno.connectTls({ hostname: "127.0.0.1", port: tlsPort, ...clientTls("client") });
    await client.write(new TextEncoder().encode("BLPOP nothing 0\r\n"));
    const pings = new TextEncoder().encode("PING\r\n".repeat(10_000));
    const limit = 64 * 1024 * 1024;
    let [sent, stalled] = [0, false];
    const sending = (async () => {
      while (!stalled && sent < limit) {
        for (let at = 0; at < pings.length;) at += await client.write(pings.subarray(at));
        sent += pings.length;
      }
    })();
    for (let before = -1; before !== sent;) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    stalled = true;
    assert.ok(sent < limit, `${sent} bytes were taken`);
    await plain.command("RPUSH", "nothing", "element");
    const served = "*2\r\n$7\r\nnothing\r\n$7\r\nelement\r\n";
    let received = 0;
    const buffer = new Uint8Array(65536);
    let finished = false;
    sending.then(() => finished = true);
    while (!finished || received < served.length + sent / pings.length * 10_000 * "+PONG\r\n".length) {
      received += await client.read(buffer) ?? assert.fail("The connection was closed");
    }
    client.close();
  });
});

Deno.test("A client that does not read is dropped at its limit, over TLS too", async () => {
  await withServer(async ({ plain, set, connect }) => {
    const client = await connect();
    await set("client-output-buffer-limit", "pubsub 1mb 0 0");
    await client.command("SUBSCRIBE", "channel");
    const message = "x".repeat(512 * 1024);
    while ((await plain.command("PUBLISH", "channel", message)) === ":1\r\n");
    assert.equal(await plain.command("PUBSUB", "NUMSUB", "channel"), "*2\r\n$7\r\nchannel\r\n:0\r\n");
    client.close();
  });
});

Deno.test("What is wrong with the configuration of TLS keeps the server from starting", async () => {
  const { path } = certificates;
  const flags = ["--tls-port", "1", "--tls-cert-file", path("server.crt"), "--tls-key-file"];
  for (
    const [args, reason] of [
      [["--tls-port", "1"], "No tls-cert-file configured!"],
      [["--tls-port", "1", "--tls-cert-file", path("server.crt")], "No tls-key-file configured!"],
      [[...flags, path("server.key")], "Either tls-ca-cert-file or tls-ca-cert-dir must be specified"],
      [[...flags, path("client.key"), "--tls-auth-clients", "no"], "Failed to load private key: "],
    ] as const
  ) {
    for (const start of [startOracle, startDenodis]) {
      await assert.rejects(start(args), (error: Error) => {
        assert.match(error.message, /ended with exit code 1/);
        assert.ok(error.message.includes(reason), error.message);
        assert.ok(error.message.includes("Failed to configure TLS. Check logs for more info."));
        return true;
      });
    }
  }
});
