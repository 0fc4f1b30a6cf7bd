/**
 * All users of a server, and the file that they can be kept in.
 *
 * @module
 */

import type { Catalogue } from "./catalogue.ts";
import { UNKNOWN_COMMAND } from "./reasons.ts";
import { hasSpaces, mergeSelectors, RuleRefused } from "./rules.ts";
import type { RuleEnvironment } from "./selector.ts";
import { User } from "./user.ts";

/** The user that clients are before they log in. */
export const DEFAULT_USER = "default";

/** All users, the default one always among them. */
export class Users implements RuleEnvironment {
  readonly catalogue: Catalogue;
  readonly warn: (text: string) => void;
  allChannelsByDefault = false;
  /** The default user: the same object for as long as the server runs. */
  readonly default: User;
  #users = new Map<string, User>();

  constructor(catalogue: Catalogue, warn: (text: string) => void = () => {}) {
    this.catalogue = catalogue;
    this.warn = warn;
    this.default = this.#makeDefault();
    this.#users.set(DEFAULT_USER, this.default);
  }

  /** The user with this name, a byte string. */
  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** All users, by their names in order of bytes. */
  list(): User[] {
    return [...this.#users.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** A user who is not among the others, with the permissions of the one who has that name, if there is one. */
  draft(name: string): User {
    const draft = new User(name, this);
    const user = this.get(name);
    if (user !== undefined) draft.copyFrom(user);
    return draft;
  }

  /** Gives the user of that name the permissions of a draft; makes the user where there is none. */
  put(draft: User): void {
    const user = this.get(draft.name);
    if (user !== undefined) user.copyFrom(draft);
    else this.#users.set(draft.name, draft);
  }

  /** Removes a user, and returns who that was. */
  delete(name: string): User | undefined {
    const user = this.#users.get(name);
    if (user !== undefined) this.#users.delete(name);
    return user;
  }

  /** The users as lines of a file, each without `user` at its beginning. */
  lines(): string[] {
    return this.list().map((user) => `${user.name} ${user.describe()}`);
  }

  /** What an ACL file says of the users: all of them, each line without a line break. */
  fileText(): string {
    return this.lines().map((line) => `user ${line}\n`).join("");
  }

  /**
   * Replaces all users by those of a file, or none: then it returns what is wrong with the file.
   *
   * @param text of the file, a byte string
   * @param file its name, for messages
   * @param replaced is called with the users who were there before, the default one aside, who stays the same object
   */
  load(text: string, file: string, replaced: (old: Iterable<User>) => void): string | null {
    const loaded = new Map<string, User>();
    let errors = "";
    text.split("\n").forEach((raw, i) => {
      errors += this.#loadLine(raw.replace(/^[ \t\r]+|[ \t\r]+$/g, ""), `${file}:${i + 1}`, loaded);
    });
    if (errors !== "") {
      return `${errors}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`;
    }
    this.default.copyFrom(loaded.get(DEFAULT_USER) ?? this.#makeDefault());
    loaded.set(DEFAULT_USER, this.default);
    const old = this.#users;
    this.#users = loaded;
    old.delete(DEFAULT_USER);
    replaced(old.values());
    return null;
  }

  /** Adds the user of a line; returns what is wrong with the line, or an empty text. */
  #loadLine(line: string, place: string, loaded: Map<string, User>): string {
    if (line === "") return "";
    const [keyword, name, ...words] = line.split(" ");
    if (keyword !== "user" || name === undefined) {
      return `${place} should start with user keyword followed by the username. `;
    }
    if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
    if (loaded.has(name)) {
      return `WARNING: Duplicate user '${name}' found on line ${place.slice(place.lastIndexOf(":") + 1)}. `;
    }
    const user = new User(name, this);
    loaded.set(name, user);
    const merged = mergeSelectors(words);
    if ("unclosed" in merged) return `${place}: Unmatched parenthesis in selector definition. `;
    let errors = "";
    for (const rule of merged.rules) {
      try {
        user.apply(rule.replace(/^[\t\r\n]+|[\t\r\n]+$/g, ""));
      } catch (error) {
        if (!(error instanceof RuleRefused)) throw error;
        const operation = error.reason === UNKNOWN_COMMAND ? `Error in applying operation '${rule}': ` : "";
        errors += `${place}: ${operation}${error.reason}. `;
      }
    }
    return errors;
  }

  #makeDefault(): User {
    const user = new User(DEFAULT_USER, this);
    user.apply("+@all", "~*", "&*", "on", "nopass");
    return user;
  }
}
