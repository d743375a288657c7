import { withoutSecrets } from '../confidential';
import { shortDigests } from '../digest';
import type { Workspace } from '../io';
import { openBase } from '../rendering/base';
import { loadStep } from '../rendering/load';
import { UsageError } from '../usage-error';
import { changesOf, type FieldChange, type ObjectChange, RISKS, type Risk } from './changes';

/** Ways to print changes. */
export type Format = 'text' | 'markdown' | 'json';

/** What each risk is called in a heading. */
const HEADINGS: { readonly [risk in Risk]: string } = {
  traffic: 'moves traffic',
  deletes: 'deletes or stops',
  restarts: 'restarts pods',
  runs: 'starts pods or runs Jobs',
  settings: 'changes settings',
  nothing: 'does nothing to what runs',
};

/** A comment on GitHub may have 65,536 characters; details beyond this are cut and said to be. */
const MAX_FIELDS = 40;

/**
 * What differs between the `dist/` of a commit and the one here, object by object.
 *
 * @param environment one environment, or all of them
 */
export function diff(workspace: Workspace, base: string, environment?: string): ObjectChange[] {
  const { names, changed } = loadStep(openBase(workspace, base));
  if (environment !== undefined && !names.includes(environment))
    throw new UsageError(
      `unknown environment "${environment}", expected one of ${names.join(', ')}`,
    );
  return changed
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap(({ name, old, next }) => changesOf(name, old, next).map(withoutSecrets));
}

/** Changes for people, for a pull request, or for programs. */
export function format(changes: readonly ObjectChange[], as: Format): string {
  if (as === 'json') return JSON.stringify(changes, null, 2);
  if (changes.length === 0) return 'nothing changes';
  return (as === 'markdown' ? markdown : text)(changes);
}

function text(changes: readonly ObjectChange[]): string {
  return changes
    .flatMap((change) => [
      `${change.environment}: ${change.change} ${change.kind} ${change.name}: ${change.effect}`,
      ...change.fields.map((field) => `    ${fieldText(field)}`),
    ])
    .join('\n');
}

/** A table of effects that is read at once, and the fields folded below it. */
function markdown(changes: readonly ObjectChange[]): string {
  const environments = [...new Set(changes.map(({ environment }) => environment))];
  return environments
    .map((environment) => {
      const own = changes.filter((change) => change.environment === environment);
      const groups = RISKS.flatMap((risk) => {
        const effects = own.filter((change) => change.risk === risk);
        return effects.length === 0
          ? []
          : [
              `**${HEADINGS[risk]}**`,
              ...effects.map(
                (change) =>
                  `- ${change.change} ${change.kind} \`${change.name}\`: ${change.effect}`,
              ),
              '',
            ];
      });
      const fields = own.flatMap((change) =>
        change.fields.map((field) => `${change.kind}/${change.name} ${fieldText(field)}`),
      );
      const cut = fields.length > MAX_FIELDS ? [`... and ${fields.length - MAX_FIELDS} more`] : [];
      const details =
        fields.length === 0
          ? []
          : [
              '<details><summary>fields</summary>',
              '',
              '```',
              ...fields.slice(0, MAX_FIELDS),
              ...cut,
              '```',
              '',
              '</details>',
              '',
            ];
      return [`### ${environment}`, '', ...groups, ...details].join('\n');
    })
    .join('\n');
}

/** The path alone where the values are not for everybody. */
function fieldText({ path, from, to }: FieldChange): string {
  return from === undefined && to === undefined ? path : `${path}: ${show(from)} -> ${show(to)}`;
}

function show(value: unknown): string {
  if (value === undefined) return '(none)';
  const shown = typeof value === 'string' ? value.replace(/\n/g, ' ') : JSON.stringify(value);
  const short = shortDigests(shown);
  return short.length > 100 ? `${short.slice(0, 97)}...` : short;
}
