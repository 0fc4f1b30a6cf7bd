/**
 * Permissions written as rules: the shortest that Redis finds, in its words and order.
 *
 * Commands are kept by themselves and not as the rules that allowed them. So the rules are found anew: those categories
 * are named, best fit first, of whose commands more than half are as the category would make them, and then the
 * commands that differ. Every rule is tried on a selector of its own, which shows what is still to say.
 *
 * @module
 */

import type { AclCommand, Catalogue } from "./catalogue.ts";
import { type RuleEnvironment, Selector } from "./selector.ts";

/** The rules on commands of a selector, such as `-@all +@read +set`. */
export function commandRules(selector: Selector, environment: RuleEnvironment): string {
  const { catalogue } = environment;
  const adds = !selector.allowsFuture;
  const rules = [adds ? "-@all" : "+@all"];
  const written = new Selector(environment);
  written.apply(rules[0]);
  const rest = selector.copy();
  const left = new Set(catalogue.categories);
  for (;;) {
    const category = bestCategory(catalogue, rest, left, adds);
    if (category === null) break;
    left.delete(category);
    const rule = `${adds ? "+" : "-"}@${category}`;
    rules.push(rule);
    written.apply(rule);
    rest.apply(`${adds ? "-" : "+"}@${category}`);
  }
  for (const command of catalogue.all) {
    const allow = selector.allowed[command.id] === 1;
    if (allow !== (written.allowed[command.id] === 1)) {
      rules.push(`${allow ? "+" : "-"}${command.fullName}`);
      written.setCommand(command, allow);
    }
    if (allow) continue;
    for (const word of selector.firstArguments.get(command.id) ?? []) {
      rules.push(`+${command.fullName}|${word}`);
    }
  }
  return rules.join(" ");
}

/** The category that says most with the fewest commands to be mended, or null: none says more than it spoils. */
function bestCategory(
  catalogue: Catalogue,
  rest: Selector,
  left: ReadonlySet<string>,
  adds: boolean,
): string | null {
  let best: string | null = null;
  let fewest = Infinity;
  let most = 0;
  for (const category of left) {
    const commands = catalogue.inCategory(category)!;
    const allowed = commands.reduce((sum: number, { id }: AclCommand) => sum + rest.allowed[id], 0);
    const same = adds ? allowed : commands.length - allowed;
    const different = commands.length - same;
    if (same > different && (different < fewest || (different === fewest && same > most))) {
      best = category;
      fewest = different;
      most = same;
    }
  }
  return best;
}

/** All rules of a selector. */
export function selectorRules(selector: Selector, environment: RuleEnvironment): string {
  return [
    ...selector.keyRules(),
    ...(selector.allChannels ? [] : ["resetchannels"]),
    ...selector.channelRules(),
    commandRules(selector, environment),
  ].join(" ");
}
