/**
 * What the `tls-*` directives ask for, as `node:tls` takes it: files are read and checked here, so that nothing is
 * found wrong only when a client comes.
 *
 * Deno's TLS is rustls: it speaks TLS 1.2 and 1.3 and chooses the ciphers itself.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { bytesOf, byteString } from "../base/bytes.ts";
import type { Configuration, TextDirectiveName } from "./configuration.ts";
import { systemErrorText } from "./system_error.ts";

/** Whether clients have to show a certificate. */
export type ClientCertificates = "no" | "yes" | "optional";

/** What a TLS server is made with. */
export interface TlsSettings {
  /** Certificate of the server and those above it, PEM. */
  readonly cert: string;
  /** Its private key, PEM. */
  readonly key: string;
  /** Certificates of the authorities whose clients are let in, PEM. */
  readonly ca: readonly string[];
  readonly clientCertificates: ClientCertificates;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
}

/** Why TLS cannot be configured. */
export class TlsError extends Error {}

/** A version of the protocol that there is here. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** The directives whose change reconfigures TLS. */
export const TLS_DIRECTIVES = [
  "tls-cert-file",
  "tls-key-file",
  "tls-key-file-pass",
  "tls-ca-cert-file",
  "tls-ca-cert-dir",
  "tls-auth-clients",
  "tls-protocols",
] as const;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** The names that OpenSSL looks for in a directory of certificates: a hash of the subject, and a number. */
const HASHED_NAME = /^[0-9a-f]{8}\.[0-9]+$/;
const PROTOCOLS = ["tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3"];

/**
 * Reads the directives, and the files that they name.
 *
 * @throws {TlsError} whose message says, in Redis's words where it has some, what keeps TLS from working
 */
export function readTlsSettings(configuration: Configuration): TlsSettings {
  const clientCertificates = configuration.get("tls-auth-clients");
  if (configuration.get("tls-cert-file") === "") throw new TlsError("No tls-cert-file configured!");
  if (configuration.get("tls-key-file") === "") throw new TlsError("No tls-key-file configured!");
  const hasAuthorities = configuration.get("tls-ca-cert-file") !== "" ||
    configuration.get("tls-ca-cert-dir") !== "";
  if (clientCertificates !== "no" && !hasAuthorities) {
    throw new TlsError(
      "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or tls-auth-clients are enabled!",
    );
  }
  const versions = readVersions(configuration.get("tls-protocols"));
  const { cert, leaf } = readCertificate(configuration);
  return {
    cert,
    key: readKey(configuration, leaf),
    ca: readAuthorities(configuration),
    clientCertificates,
    ...versions,
  };
}

function readVersions(protocols: string): { minVersion: TlsVersion; maxVersion: TlsVersion } {
  const words = protocols.toLowerCase().split(" ").filter((word) => word !== "");
  if (words.some((word) => !PROTOCOLS.includes(word))) {
    throw new TlsError(
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    );
  }
  const with12 = words.length === 0 || words.includes("tlsv1.2");
  const with13 = words.length === 0 || words.includes("tlsv1.3");
  if (!with12 && !with13) throw new TlsError("tls-protocols leaves none that there is: TLSv1.2 and TLSv1.3");
  return { minVersion: with12 ? "TLSv1.2" : "TLSv1.3", maxVersion: with13 ? "TLSv1.3" : "TLSv1.2" };
}

function readCertificate(configuration: Configuration): { cert: string; leaf: X509Certificate } {
  return orFailure("Failed to load certificate", configuration.get("tls-cert-file"), () => {
    const cert = readFile(configuration, "tls-cert-file");
    return { cert, leaf: parseCertificates(cert)[0] };
  });
}

function readKey(configuration: Configuration, leaf: X509Certificate): string {
  return orFailure("Failed to load private key", configuration.get("tls-key-file"), () => {
    const key = createPrivateKey({
      key: readFile(configuration, "tls-key-file"),
      passphrase: Buffer.from(bytesOf(configuration.get("tls-key-file-pass"))),
    });
    if (!samePublicKey(createPublicKey(key), leaf.publicKey)) throw new Error("key values mismatch");
    return String(key.export({ type: "pkcs8", format: "pem" }));
  });
}

function samePublicKey(one: KeyObject, other: KeyObject): boolean {
  const der = (key: KeyObject) => byteString(key.export({ type: "spki", format: "der" }));
  return der(one) === der(other);
}

function readAuthorities(configuration: Configuration): string[] {
  const failure = "Failed to configure CA certificate(s) file/directory";
  const authorities: string[] = [];
  if (configuration.get("tls-ca-cert-file") !== "") {
    orFailure(failure, "", () => {
      const text = readFile(configuration, "tls-ca-cert-file");
      parseCertificates(text);
      authorities.push(text);
    });
  }
  const directory = configuration.path("tls-ca-cert-dir");
  if (directory !== undefined) authorities.push(...readDirectory(directory));
  return authorities;
}

/** The certificates in a directory; as OpenSSL does, it passes over what it cannot read. */
function readDirectory(directory: string): string[] {
  const found: string[] = [];
  try {
    for (const { name } of Deno.readDirSync(directory)) {
      if (!HASHED_NAME.test(name)) continue;
      try {
        const text = Deno.readTextFileSync(join(directory, name));
        parseCertificates(text);
        found.push(text);
      } catch {
        // It is not one that anybody can be trusted for.
      }
    }
  } catch {
    // Without the directory nobody is.
  }
  return found;
}

/** The certificates of a PEM text, at least one. */
function parseCertificates(text: string): X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error("no certificate found");
  return blocks.map((block) => new X509Certificate(block));
}

function readFile(configuration: Configuration, name: TextDirectiveName): string {
  return Deno.readTextFileSync(configuration.path(name) ?? "");
}

/** Runs `read`; what it throws becomes a message that says what failed, and on which file if one is told. */
function orFailure<T>(failure: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TlsError(`${failure}: ${file === "" ? "" : `${file}: `}${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  // The system's words for files; OpenSSL's codes, which Deno imitates, have colons in them.
  return error instanceof Error && error.message.includes("(os error") ? systemErrorText(error) : String(
    error instanceof Error ? error.message : error,
  );
}
