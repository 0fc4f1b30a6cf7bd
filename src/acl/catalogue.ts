/**
 * The commands as permissions know them: by the names that they had before `rename-command`, so that rules mean the
 * same whatever clients have to call a command.
 *
 * @module
 */

/** A command, or a subcommand. */
export interface AclCommand {
  /** Different for all commands and subcommands, and less than their number. */
  readonly id: number;
  /** Lower case, `config|get` for a subcommand. */
  readonly fullName: string;
  /** Its categories, without the `@`. */
  readonly categories: readonly string[];
  /** Null where it is no container. */
  readonly subcommands: { list(): readonly AclCommand[] } | null;
}

/** All commands, by name and by category. */
export class Catalogue {
  /** The commands, each followed by its subcommands. */
  readonly all: readonly AclCommand[];
  /** Number of ids. */
  readonly size: number;
  readonly #byName = new Map<string, AclCommand>();
  readonly #byCategory = new Map<string, AclCommand[]>();

  /**
   * @param commands without subcommands, which come with their containers
   * @param categories the names of all categories, in the order in which ACL CAT lists them
   */
  constructor(commands: readonly AclCommand[], categories: readonly string[]) {
    this.all = commands.flatMap((command) => [command, ...command.subcommands?.list() ?? []]);
    this.size = this.all.length;
    for (const category of categories) this.#byCategory.set(category, []);
    for (const command of this.all) {
      this.#byName.set(command.fullName, command);
      for (const category of command.categories) this.#byCategory.get(category)?.push(command);
    }
  }

  /** The names of all categories. */
  get categories(): Iterable<string> {
    return this.#byCategory.keys();
  }

  /** The command or subcommand (`config|get`) with this name in any case. */
  named(name: string): AclCommand | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The commands and subcommands of a category, whose name may be in any case. */
  inCategory(category: string): readonly AclCommand[] | undefined {
    return this.#byCategory.get(category.toLowerCase());
  }
}
