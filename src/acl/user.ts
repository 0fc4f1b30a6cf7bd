/**
 * A user: passwords, and what they give access to.
 *
 * @module
 */

import { untilNul } from "../base/bytes.ts";
import { selectorRules } from "./describe.ts";
import { hashPassword, isPasswordHash, matchesAnyHash } from "./password.ts";
import { BAD_HASH, NO_SUCH_PASSWORD } from "./reasons.ts";
import { RuleRefused } from "./rules.ts";
import { type RuleEnvironment, Selector } from "./selector.ts";

/** A user, who at first is off and may do nothing. */
export class User {
  /** Byte string. */
  readonly name: string;
  /** Whether there is anything that the user may not do. */
  restricted = true;
  enabled = false;
  /** Whether any password will do. */
  noPassword = false;
  /** Whether RESTORE checks the user's payloads, null: nobody has said. It always does, whatever is said. */
  sanitizesPayloads: boolean | null = null;
  readonly #environment: RuleEnvironment;
  #hashes: string[] = [];
  /** The root first. */
  #selectors: Selector[];

  constructor(name: string, environment: RuleEnvironment) {
    this.name = name;
    this.#environment = environment;
    this.#selectors = [new Selector(environment)];
  }

  /** The hashes of the passwords. */
  get hashes(): readonly string[] {
    return this.#hashes;
  }

  /** The selectors, the root first. */
  get selectors(): readonly Selector[] {
    return this.#selectors;
  }

  /** Whether clients are this user without a password. */
  get isOpen(): boolean {
    return this.enabled && this.noPassword;
  }

  /** Whether the user can log in with a password, a byte string. */
  accepts(password: string): boolean {
    return this.enabled && (this.noPassword || matchesAnyHash(password, this.#hashes));
  }

  /** Applies rules, byte strings, in order. @throws {RuleRefused} at the first that cannot be applied */
  apply(...rules: string[]): void {
    try {
      for (const rule of rules) this.#apply(rule);
    } finally {
      this.restricted = !this.#selectors.some((selector) => selector.unrestricted);
    }
  }

  /** Takes over all that another user may do, passwords included. */
  copyFrom(other: User): void {
    this.enabled = other.enabled;
    this.noPassword = other.noPassword;
    this.sanitizesPayloads = other.sanitizesPayloads;
    this.#hashes = [...other.#hashes];
    this.#selectors = other.#selectors.map((selector) => selector.copy());
    this.restricted = other.restricted;
  }

  /** The words of ACL GETUSER's flags. */
  flags(): string[] {
    const flags = [this.enabled ? "on" : "off"];
    if (this.noPassword) flags.push("nopass");
    if (this.sanitizesPayloads !== null) {
      flags.push(this.sanitizesPayloads ? "sanitize-payload" : "skip-sanitize-payload");
    }
    return flags;
  }

  /** The rules that make such a user, without the name. */
  describe(): string {
    const [root, ...others] = this.#selectors.map((selector) => selectorRules(selector, this.#environment));
    return [
      ...this.flags(),
      ...this.#hashes.map((hash) => `#${hash}`),
      root,
      ...others.map((rules) => `(${rules})`),
    ].join(" ");
  }

  #apply(rule: string): void {
    if (rule === "") return;
    switch (untilNul(rule).toLowerCase()) {
      case "on":
        this.enabled = true;
        return;
      case "off":
        this.enabled = false;
        return;
      case "skip-sanitize-payload":
        this.sanitizesPayloads = false;
        return;
      case "sanitize-payload":
        this.sanitizesPayloads = true;
        return;
      case "nopass":
        this.noPassword = true;
        this.#hashes = [];
        return;
      case "resetpass":
        this.noPassword = false;
        this.#hashes = [];
        return;
      case "clearselectors":
        this.#selectors.length = 1;
        return;
      case "reset":
        return this.#reset();
    }
    const sign = rule[0];
    if (sign === ">" || sign === "#") this.#addPassword(rule);
    else if (sign === "<" || sign === "!") this.#removePassword(rule);
    else if (sign === "(" && rule.endsWith(")")) {
      this.#selectors.push(Selector.parse(rule, this.#environment));
    } else this.#selectors[0].apply(rule);
  }

  /** Back to the permissions of a new user; but it is said that payloads are checked. */
  #reset(): void {
    this.#hashes = [];
    this.noPassword = this.enabled = false;
    this.sanitizesPayloads = true;
    this.#selectors = [new Selector(this.#environment)];
  }

  #addPassword(rule: string): void {
    const hash = hashIn(rule, ">");
    if (!this.#hashes.includes(hash)) this.#hashes.push(hash);
    this.noPassword = false;
  }

  #removePassword(rule: string): void {
    const at = this.#hashes.indexOf(hashIn(rule, "<"));
    if (at < 0) throw new RuleRefused(NO_SUCH_PASSWORD);
    this.#hashes.splice(at, 1);
  }
}

/** The hash that a rule is about: of the password where it begins with `clearSign`, otherwise it is written out. */
function hashIn(rule: string, clearSign: string): string {
  const text = rule.slice(1);
  if (rule[0] === clearSign) return hashPassword(text);
  if (!isPasswordHash(text)) throw new RuleRefused(BAD_HASH);
  return text;
}
