/**
 * Certificates for tests, made by openssl: an authority, a server, and clients of whom only one should be let in.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";

/** The names of the certificates of {@linkcode makeCertificates}: files `NAME.crt` and `NAME.key`. */
export type CertificateName = "ca" | "server" | "client" | "foreign" | "expired" | "server-only";

/** Certificates in a temporary directory. */
export interface Certificates {
  readonly directory: string;
  /** The path of a file. */
  path(name: string): string;
  /** The text of a file. */
  text(name: string): string;
  /** Certificate and key as clients take them. */
  pair(name: CertificateName): { cert: string; key: string };
  /** Makes a certificate anew, signed by the authority. */
  renew(name: CertificateName): Promise<void>;
  /** The flags of a server that uses them. */
  serverFlags(): string[];
  remove(): Promise<void>;
}

/** Runs openssl and returns what it printed; throws where it fails. */
export async function openssl(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(`openssl ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Makes all certificates; `foreign` is signed by an authority that nobody knows. */
export async function makeCertificates(): Promise<Certificates> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-certificates-" });
  const path = (name: string) => `${directory}/${name}`;
  const text = (name: string) => Deno.readTextFileSync(path(name));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

  async function authority(name: string): Promise<void> {
    await openssl(
      "req",
      "-x509",
      ...key,
      "-subj",
      `/CN=${name}`,
      "-days",
      "2",
      "-keyout",
      path(`${name}.key`),
      "-out",
      path(`${name}.crt`),
    );
  }

  async function sign(name: string, by: string, days: string, extensions: string): Promise<void> {
    await Deno.writeTextFile(path(`${name}.ext`), extensions);
    await openssl(
      "req",
      ...key,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      path(`${name}.key`),
      "-out",
      path("request"),
    );
    await openssl(
      "x509",
      "-req",
      "-in",
      path("request"),
      "-CA",
      path(`${by}.crt`),
      "-CAkey",
      path(`${by}.key`),
      "-CAcreateserial",
      "-days",
      days,
      "-extfile",
      path(`${name}.ext`),
      "-out",
      path(`${name}.crt`),
    );
  }

  const alternative = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
  await authority("ca");
  await authority("other-ca");
  await sign("server", "ca", "2", alternative);
  await sign("client", "ca", "2", alternative);
  await sign("foreign", "other-ca", "2", alternative);
  await sign("expired", "ca", "-1", alternative);
  await sign("server-only", "ca", "2", "extendedKeyUsage=serverAuth\n");
  return {
    directory,
    path,
    text,
    pair: (name) => ({ cert: text(`${name}.crt`), key: text(`${name}.key`) }),
    renew: (name) => sign(name, "ca", "2", alternative),
    serverFlags: () => [
      "--tls-cert-file",
      path("server.crt"),
      "--tls-key-file",
      path("server.key"),
      "--tls-ca-cert-file",
      path("ca.crt"),
    ],
    remove: () => Deno.remove(directory, { recursive: true }),
  };
}

/** A private key that openssl takes for the one of a P-256 certificate, and that it is not. */
export function forgeKey(certificate: string): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  const point = spki.subarray(spki.length - 65);
  // ECPrivateKey of RFC 5915: version, private key, curve, public key.
  const der = Buffer.from([
    ...[0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20],
    ...new Uint8Array(32).fill(7),
    ...[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00],
    ...point,
  ]);
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN EC PRIVATE KEY-----", ...lines, "-----END EC PRIVATE KEY-----", ""].join("\n");
}
