import { kubectlCommand } from '../cluster/kubectl-command';
import { withoutLiveValues } from '../confidential';
import { changesOf, type FieldChange, type ObjectChange } from '../diff/changes';
import { KubectlError } from '../cluster/kubectl';
import type { Reason } from '../cluster/kubectl-errors';
import { calledOf, identityOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import { holdsData, isSuperseded, type Rendering } from '../rendering/rendering';
import { isCustom } from './cluster';
import { deployCommand, type Finding, type Place } from './finding';

const FIELDS = 8;

/** Every object that a deploy would make, change or delete, with what it would do. */
export function driftFindings(before: Rendering, after: Rendering, place: Place): Finding[] {
  return changesOf(place.name, before, after)
    .map(withoutLiveValues)
    .flatMap((change): Finding[] => {
      const { kind, name, risk, fields } = change;
      const left = change.change === 'removed' && !isSuperseded(change);
      return [
        {
          severity: risk === 'traffic' ? 'error' : 'warning',
          object: `${kind}/${name}`,
          found: FOUND[change.change],
          cause: CAUSES[change.change],
          remedy: left ? leftRemedy(change, place) : deployCommand(place),
          details: left
            ? []
            : [
                `a deploy ${effectOf(change)}`,
                ...fields.slice(0, FIELDS).map(fieldText),
                ...(fields.length > FIELDS ? [`and ${fields.length - FIELDS} more fields`] : []),
              ],
        },
      ];
    });
}

function leftRemedy(change: ObjectChange, place: Place): string {
  if (holdsData(change))
    return `no deploy deletes data; once nobody needs it: ${kubectlCommand(place, `delete ${change.kind.toLowerCase()} ${change.name}`)}`;
  return `delete it with everything else that is not rendered: ${deployCommand(place, '--prune')}`;
}

/** A dry run that the API server refuses: nothing is known of the drift, but a deploy would end there as well. */
export function refusalFinding(error: unknown, place: Place): Finding | undefined {
  // What could not be read, a right that is missing and a connection that broke say nothing about dist/.
  if (
    !(error instanceof KubectlError) ||
    error.verb !== 'apply' ||
    error.transient ||
    NOBODY_ASKED.includes(error.reason.code)
  )
    return undefined;
  const { code, text, object } = error.reason;
  const [cause, remedy] = object
    ? refusalOf(code, object, place)
    : [
        'a quota, a policy or a webhook of the cluster forbids what dist/ says',
        'mend what the message names',
      ];
  return {
    severity: 'error',
    object: object === undefined ? `dist/${place.name}` : `${object.kind}/${object.name}`,
    found: `a deploy would be refused: ${text}`,
    cause,
    remedy: `${remedy}, then: ${deployCommand(place)}`,
  };
}

const NOBODY_ASKED: readonly Reason['code'][] = ['login', 'forbidden'];

function refusalOf(
  code: Reason['code'],
  { kind, name }: NonNullable<Reason['object']>,
  place: Place,
): readonly [cause: string, remedy: string] {
  const named = `${kind.toLowerCase()} ${name}`;
  return code === 'immutable'
    ? [
        'it was made again by hand under the name, or dist/ says otherwise what never changes',
        // Its pods go on serving, and the object that comes in its place takes them over.
        `where it was made by hand, delete it without its pods: ${kubectlCommand(place, `delete ${named} --cascade=orphan`)}`,
      ]
    : [
        'what dist/ says, with what a hand has added to the object, makes no valid object',
        `take back what the hand added: ${kubectlCommand(place, `edit ${named}`)}`,
      ];
}

/** Objects that are not in the cluster, for when the API server does not say what a deploy would change. */
export function absentFindings(
  rendering: Rendering,
  live: readonly Manifest[],
  place: Place,
): Finding[] {
  const found = new Set(live.map(identityOf));
  const seen = rendering.objects.filter(
    ({ apiVersion, kind }) => !isCustom(apiVersion) && kind !== 'Secret' && kind !== 'Namespace',
  );
  return seen
    .filter((object) => !found.has(identityOf(object)))
    .map((object) => ({
      severity: 'warning',
      object: calledOf(object),
      found: FOUND.added,
      cause: CAUSES.added,
      remedy: deployCommand(place),
    }));
}

const FOUND = {
  added: 'is in dist/ and not in the cluster',
  removed: 'is in the cluster and not in dist/',
  changed: 'is not as dist/ says',
} as const;
const CAUSES = {
  added: 'it was deleted by hand, or a deploy is still to come or stopped before it',
  removed: 'dist/ held it once, and no deploy has taken it away',
  changed: 'somebody changed it by hand, or a deploy is still to come',
} as const;

/** The effects of `seda diff` are half sentences about the change. */
function effectOf({ kind, effect, change }: ObjectChange): string {
  if (change === 'added' && effect.startsWith('is ')) return `makes the ${kind}`;
  return effect.startsWith('is ') ? `replaces the ${kind}` : effect;
}

/** Where, and from what to what, if that is a plain value that may be seen. */
function fieldText({ path, from, to }: FieldChange): string {
  const shown = (value: unknown) => (value === undefined ? 'nothing' : String(value));
  const plain = [from, to].every((value) => value === null || typeof value !== 'object');
  return plain && !(from === undefined && to === undefined)
    ? `${path}: ${shown(from)} -> ${shown(to)}`
    : path;
}
