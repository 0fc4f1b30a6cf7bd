/**
 * The users of a server: log-ins, permissions of requests, what becomes of clients when permissions change, and the
 * users in configuration and ACL file.
 *
 * @module
 */

import { type AclContext, AclLog } from "../acl/acl_log.ts";
import { Catalogue } from "../acl/catalogue.ts";
import { DUPLICATE_USER } from "../acl/reasons.ts";
import { hasSpaces, mergeSelectors, RuleRefused } from "../acl/rules.ts";
import type { User } from "../acl/user.ts";
import { DEFAULT_USER, Users } from "../acl/users.ts";
import { bytesOf, byteString, byteStringOfText, textOfByteString, untilNul } from "../base/bytes.ts";
import {
  ACL_SAVE_FAILED,
  aclFileRefused,
  NO_ACL_FILE,
  NO_PERMISSION_FOR_CHANNEL,
  NO_PERMISSION_FOR_KEY,
  noPermission,
  noPermissionAnyMore,
} from "../base/errors.ts";
import type { AccessControl, ClientSession } from "../commands/context.ts";
import { ACL_CATEGORIES } from "../commands/define.ts";
import { Permissions, type Refusal } from "../commands/permissions.ts";
import type { Command, CommandTable } from "../commands/table.ts";
import type { Args } from "../resp/args.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { Clients } from "./clients.ts";
import { ConfigurationError, type ConfigurationLine } from "./config_file.ts";
import { writeAtomically } from "./config_rewrite.ts";
import type { Configuration } from "./configuration.ts";
import type { Connection } from "./connection.ts";
import type { ServerLog } from "./log.ts";
import { systemErrorText } from "./system_error.ts";

/** Why a queued request must not run any more, in Redis's words. */
const REASONS: Readonly<Record<Refusal["reason"], string>> = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments to the command",
};

/** What access control works with. */
export interface AccessControlParts {
  readonly commands: CommandTable;
  readonly configuration: Configuration;
  readonly clients: Clients;
  readonly keyspace: Keyspace;
  readonly journal: ServerLog;
}

/** The users of a server, and what they may do. */
export class ServerAccessControl implements AccessControl {
  readonly users: Users;
  readonly log = new AclLog();
  readonly #configuration: Configuration;
  readonly #clients: Clients;
  readonly #keyspace: Keyspace;
  readonly #journal: ServerLog;
  readonly #permissions = new Permissions();

  constructor({ commands, configuration, clients, keyspace, journal }: AccessControlParts) {
    this.#configuration = configuration;
    this.#clients = clients;
    this.#keyspace = keyspace;
    this.#journal = journal;
    const catalogue = new Catalogue(commands.list(), ACL_CATEGORIES);
    this.users = new Users(catalogue, (text) => journal.warning(textOfByteString(text)));
    this.#follow("acllog-max-len", (length) => void (this.log.maxLength = Number(length)));
    this.#follow("acl-pubsub-default", (rule) => {
      this.users.allChannelsByDefault = rule === "allchannels";
    });
    if (configuration.get("requirepass") !== "") this.#setPassword(configuration.get("requirepass"));
    configuration.onChange("requirepass", (password) => this.#setPassword(password));
    configuration.users = () => this.users.lines();
  }

  /** Applies a directive now and whenever CONFIG SET changes it. */
  #follow: Configuration["onChange"] = (name, hook) => {
    hook(this.#configuration.get(name));
    return this.#configuration.onChange(name, hook);
  };

  /** `requirepass` is the default user's password. */
  #setPassword(password: string): void {
    if (password === "") this.users.default.apply("resetpass", "nopass");
    else this.users.default.apply("resetpass", `>${password}`);
  }

  /** Whether clients have to log in before they may do anything. */
  get logInRequired(): boolean {
    return !this.users.default.isOpen;
  }

  /**
   * Makes the users of `user` lines or of the ACL file, before the server starts.
   *
   * @throws {ConfigurationError} where they cannot be used
   */
  begin(lines: readonly ConfigurationLine[]): void {
    const file = this.#configuration.get("aclfile");
    if (file !== "" && lines.length > 0) {
      throw new ConfigurationError(
        "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This " +
          "setup is very likely to lead to configuration errors and security holes, please define either an ACL file " +
          "or declare users directly in your redis.conf, but not both.",
      );
    }
    const names = new Set<string>();
    for (const line of lines) {
      const [, name, ...rules] = line.words;
      if (names.has(name)) throw refusedLine(line, name, DUPLICATE_USER);
      names.add(name);
      this.#declare(line, name, rules);
    }
    const errors = file === "" ? null : this.#loadFile(file, () => {});
    if (errors !== null) {
      throw new ConfigurationError(`Aborting Redis startup because of ACL errors: ${errors}`);
    }
  }

  #declare(line: ConfigurationLine, name: string, rules: readonly string[]): void {
    if (hasSpaces(name)) throw refusedLine(line, name, "Spaces not allowed in ACL usernames");
    const merged = mergeSelectors(rules);
    if ("unclosed" in merged) {
      throw refusedLine(line, merged.unclosed, "Unmatched parenthesis in acl selector");
    }
    const draft = this.users.draft(name);
    if (name === DEFAULT_USER) draft.apply("reset");
    for (const rule of merged.rules) {
      try {
        draft.apply(rule);
      } catch (error) {
        throw error instanceof RuleRefused ? refusedLine(line, rule, error.reason) : error;
      }
    }
    this.users.put(draft);
    if (draft.enabled) return;
    this.#journal.notice(
      `The user '${
        textOfByteString(name)
      }' is disabled (there is no 'on' modifier in the user description). Make sure ` +
        "this is not a configuration error.",
    );
  }

  reset(client: ClientSession): void {
    client.account = this.users.default;
    client.authenticated = this.users.default.isOpen;
  }

  authenticate(client: ClientSession, name: string, password: string, command: string): boolean {
    const user = this.users.get(name);
    if (user === undefined || !user.accepts(password)) {
      const context = client.inTransaction ? "multi" : "toplevel";
      this.#note(client, { reason: "auth", context, object: command, user: name });
      return false;
    }
    client.account = user;
    client.authenticated = true;
    return true;
  }

  change(draft: User, asker: ClientSession): void {
    const user = this.users.get(draft.name);
    if (user !== undefined) this.#disconnectListeners(user, draft, asker);
    this.users.put(draft);
  }

  remove(names: readonly string[], asker: ClientSession): number {
    let removed = 0;
    for (const name of names) {
      const user = this.users.delete(name);
      if (user === undefined) continue;
      removed++;
      this.#disconnectClients(new Set([user]), asker);
    }
    return removed;
  }

  load(asker: ClientSession): void {
    const file = this.#configuration.get("aclfile");
    if (file === "") throw NO_ACL_FILE;
    const errors = this.#loadFile(file, (old) => this.#disconnectClients(new Set(old), asker));
    if (errors !== null) throw aclFileRefused(errors);
  }

  save(): void {
    const path = this.#configuration.path("aclfile");
    if (path === undefined) throw NO_ACL_FILE;
    try {
      writeAtomically(path, this.users.fileText());
    } catch (error) {
      this.#journal.warning(`Writing ACL file for ACL SAVE: ${systemErrorText(error)}`);
      throw ACL_SAVE_FAILED;
    }
  }

  /** Loads the users from the ACL file; returns what is wrong with it. */
  #loadFile(file: string, replaced: (old: Iterable<User>) => void): string | null {
    let text: string;
    try {
      text = byteString(Deno.readFileSync(this.#configuration.resolve(file)));
    } catch (error) {
      return `Error loading ACLs, opening file '${file}': ${byteStringOfText(systemErrorText(error))}`;
    }
    return this.users.load(text, file, replaced);
  }

  refusal(user: User, command: Command, args: Args, first = 0): Refusal | null {
    return this.#permissions.refusal(user, command, args, first);
  }

  report(
    client: ClientSession,
    { reason, argument }: Refusal,
    command: Command,
    args: Args,
    context: AclContext,
  ): void {
    const object = reason === "command" ? command.fullName : args.text(argument);
    this.#note(client, { reason, context, object, user: client.user });
  }

  #note(client: ClientSession, denial: Parameters<AclLog["add"]>[0]): void {
    this.log.add(denial, this.#keyspace.now, client.describe());
  }

  /** Refuses a client's request that its user must not make. @throws {WireError} with the reason */
  authorize(connection: Connection, command: Command, args: Args): void {
    const refusal = this.refusal(connection.account, command, args);
    if (refusal === null) return;
    this.report(connection, refusal, command, args, connection.inTransaction ? "multi" : "toplevel");
    if (refusal.reason === "key") throw NO_PERMISSION_FOR_KEY;
    throw refusal.reason === "channel" ? NO_PERMISSION_FOR_CHANNEL : noPermission(command.fullName);
  }

  /** As `authorize`, for a request of a transaction, which the user was allowed to make when it was queued. */
  authorizeQueued(connection: Connection, command: Command, args: Args): void {
    const refusal = this.refusal(connection.account, command, args);
    if (refusal === null) return;
    this.report(connection, refusal, command, args, "multi");
    throw noPermissionAnyMore(REASONS[refusal.reason]);
  }

  /** Disconnects the clients of users who are no more. */
  #disconnectClients(users: ReadonlySet<User>, asker: ClientSession): void {
    for (const client of [...this.#clients.connections()]) {
      if (users.has(client.account)) this.#disconnect(client, asker);
    }
  }

  /** Disconnects a client who has lost its user; before that, whatever happens, it is nobody. */
  #disconnect(client: Connection, asker: ClientSession): void {
    client.account = this.users.default;
    client.authenticated = false;
    this.#clients.kill(client, asker);
  }

  /** Disconnects the clients of a user that are subscribed to what they must not listen to from now on. */
  #disconnectListeners(user: User, draft: User, asker: ClientSession): void {
    if (draft.selectors.some(({ allChannels }) => allChannels)) return;
    const upcoming = new Set(draft.selectors.flatMap(({ channels }) => channels));
    const losesChannels = user.selectors.some(({ allChannels, channels }) =>
      allChannels || channels.some((channel) => !upcoming.has(channel))
    );
    if (!losesChannels) return;
    for (const client of [...this.#clients.connections()]) {
      if (client.account === user && !mayListen(draft, client)) this.#disconnect(client, asker);
    }
  }
}

/** Whether a user may be subscribed to all that a client is subscribed to. */
function mayListen({ selectors }: User, { subscriptions }: Connection): boolean {
  if (subscriptions === null) return true;
  for (const pattern of subscriptions.pattern) {
    if (!selectors.some((selector) => selector.allowsChannelPattern(pattern))) return false;
  }
  for (const channel of [...subscriptions.channel, ...subscriptions.shard]) {
    const bytes = bytesOf(channel);
    if (!selectors.some((selector) => selector.allowsChannel(bytes, 0, bytes.length))) return false;
  }
  return true;
}

function refusedLine(line: ConfigurationLine, rule: string, reason: string): ConfigurationError {
  return new ConfigurationError(
    `Error in user declaration '${textOfByteString(untilNul(rule))}': ${reason}`,
    line,
  );
}
