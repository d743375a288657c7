import { UsageError } from '../usage-error';
import type { Verdict } from './judge';
import type { Refusal } from './rule';
import { OVERRIDABLE } from './rules';

/** What somebody allows for one change: the names of rules by environment. */
export type Exceptions = ReadonlyMap<string, readonly string[]>;

/**
 * Reads `RULE=ENV`, as `--allow` and, with a space, the trailer `Seda-Allow` have it.
 *
 * @throws UsageError for a rule that is none, that may not be overruled, or an environment that is not rendered
 */
export function parseExceptions(
  texts: readonly string[],
  environments: readonly string[],
): Exceptions {
  const found = new Map<string, string[]>();
  const faults = texts.flatMap((text) => {
    const [rule = '', environment = '', more] = text.trim().split(/[=\s]+/);
    if (more !== undefined || environment === '')
      return [
        `--allow ${text}: is no exception, expected RULE=ENV, such as ${OVERRIDABLE[0]}=production`,
      ];
    if (!OVERRIDABLE.includes(rule))
      return [
        `--allow ${text}: there is no rule "${rule}" that may be overruled, expected one of ${OVERRIDABLE.join(', ')}`,
      ];
    if (!environments.includes(environment))
      return [
        `--allow ${text}: there is no environment "${environment}", expected one of ${environments.join(', ')}`,
      ];
    found.set(environment, [...new Set([...(found.get(environment) ?? []), rule])]);
    return [];
  });
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return found;
}

/** The exceptions that nothing in a change needs. */
export function unusedExceptions(
  { allowed }: Pick<Verdict, 'allowed'>,
  allow: readonly string[],
): string[] {
  return allow.filter((name) => !allowed.some(({ rule }) => rule === name));
}

/** What was overruled, as one clause. */
export function allowedText({ rule, object, reason }: Refusal): string {
  return `allowed in this run, ${rule}: ${object}: ${reason}`;
}
