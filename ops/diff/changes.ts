import type { Manifest } from '../../lib/manifests';
import { wayInEffect } from './way-in';
import { CONTENT_HASH, Rendering, templateOf } from '../rendering/rendering';

/** How much a change may do to what runs, largest first. */
export const RISKS = ['traffic', 'deletes', 'restarts', 'runs', 'settings', 'nothing'] as const;

export type Risk = (typeof RISKS)[number];

/** One field that differs; without its values where they may be secret. */
export interface FieldChange {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** One object that differs, and what that does to the running system. */
export interface ObjectChange {
  readonly environment: string;
  readonly kind: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly risk: Risk;
  /** For people: "restarts the pods of seda-api-qa, which serves". */
  readonly effect: string;
  readonly fields: readonly FieldChange[];
}

/** The changes of an environment, largest risk first. */
export function changesOf(
  environment: string,
  old = new Rendering([]),
  next = new Rendering([]),
): ObjectChange[] {
  const changes = pairs(old, next).flatMap(([was, is]): ObjectChange[] => {
    const fields = fieldChanges(was, is);
    if (was && is && fields.length === 0) return [];
    const object = (is ?? was)!;
    const change = !was ? 'added' : !is ? 'removed' : 'changed';
    const { risk, effect } = effectOf(next, was, is, fields);
    return [
      {
        environment,
        kind: object.kind,
        name: object.metadata.name,
        change,
        risk,
        effect,
        fields: change === 'changed' ? fields : [],
      },
    ];
  });
  return changes.sort(
    (a, b) =>
      RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) ||
      `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`, 'en'),
  );
}

type Pair = [was: Manifest | undefined, is: Manifest | undefined];

/** Objects of one name and, of those that are left, objects whose names differ in their hash alone. */
function pairs(old: Rendering, next: Rendering): Pair[] {
  const found: Pair[] = [];
  let [before, after] = [[...old.objects], [...next.objects]];
  for (const key of [
    (object: Manifest) => object.metadata.name,
    ({ metadata }: Manifest) => metadata.name.replace(CONTENT_HASH, ''),
  ]) {
    const identity = (object: Manifest) =>
      [
        object.apiVersion.split('/')[0],
        object.kind,
        object.metadata.namespace ?? '',
        key(object),
      ].join(' ');
    for (const is of [...after]) {
      const was = before.find((object) => identity(object) === identity(is));
      if (!was) continue;
      found.push([was, is]);
      before = before.filter((object) => object !== was);
      after = after.filter((object) => object !== is);
    }
  }
  return [
    ...found,
    ...before.map((was): Pair => [was, undefined]),
    ...after.map((is): Pair => [undefined, is]),
  ];
}

function effectOf(
  next: Rendering,
  was: Manifest | undefined,
  is: Manifest | undefined,
  fields: readonly FieldChange[],
): { risk: Risk; effect: string } {
  const object = (is ?? was)!;
  const { kind, metadata } = object;
  const described =
    was !== undefined &&
    is !== undefined &&
    fields.every(({ path }) => path.startsWith('metadata.') && path !== 'metadata.name');
  if (described && kind !== 'Ingress' && kind !== 'HTTPRoute')
    return { risk: 'nothing', effect: 'changes labels and annotations alone' };
  if (kind === 'Job')
    return is
      ? { risk: 'runs', effect: `runs the Job ${metadata.name}` }
      : { risk: 'nothing', effect: 'a Job that is done goes' };
  if (kind === 'Deployment') return deploymentEffect(next, was, is);
  if (!is) return { risk: 'deletes', effect: `deletes the ${kind} ${metadata.name}` };
  if (kind === 'Service' && was && fields.some(({ path }) => path.startsWith('spec.selector'))) {
    return {
      risk: 'traffic',
      effect: `moves the traffic of ${metadata.name} from ${selected(was)} to ${selected(is)}`,
    };
  }
  if (kind === 'Ingress' || kind === 'HTTPRoute')
    return { risk: 'traffic', effect: wayInEffect(was, is) };
  if (kind === 'Certificate') return { risk: 'traffic', effect: 'changes the way in from outside' };
  if (kind === 'BackendTrafficPolicy')
    return { risk: 'traffic', effect: 'changes how much a client may ask for' };
  if (kind === 'NetworkPolicy') return { risk: 'settings', effect: 'changes who may talk to whom' };
  if (kind === 'ConfigMap' && CONTENT_HASH.test(metadata.name))
    return { risk: 'settings', effect: 'is the configuration of pods that are replaced' };
  return { risk: 'settings', effect: was ? `changes the ${kind}` : `is a new ${kind}` };
}

function deploymentEffect(
  next: Rendering,
  was: Manifest | undefined,
  is: Manifest | undefined,
): { risk: Risk; effect: string } {
  const { name } = (is ?? was)!.metadata;
  if (!is) return { risk: 'deletes', effect: `deletes ${name} and its pods` };
  const slot = next.slot(is);
  const role = next.serves(is) ? 'which serves' : 'which serves nobody';
  if (!was) return { risk: 'runs', effect: `starts ${name} with ${slot.pods} pods` };
  const before = new Rendering([was]).slot(was).pods;
  if (before > 0 && slot.pods === 0)
    return { risk: 'deletes', effect: `stops the pods of ${name}, ${role}` };
  if (before === 0 && slot.pods > 0)
    return { risk: 'runs', effect: `starts ${name} with ${slot.pods} pods, ${role}` };
  if (templateOf(was) !== templateOf(is))
    return slot.pods === 0
      ? { risk: 'nothing', effect: `changes ${name}, which has no pods` }
      : { risk: 'restarts', effect: `restarts the pods of ${name}, ${role}` };
  if (before !== slot.pods)
    return { risk: 'settings', effect: `takes ${name} from ${before} to ${slot.pods} pods` };
  return { risk: 'nothing', effect: 'restarts no pods' };
}

function selected({ spec }: Manifest): string {
  return spec?.selector?.version ?? JSON.stringify(spec?.selector ?? {});
}

/** Leaves that differ, by their path; a list of named entries is followed by name. */
function fieldChanges(was: unknown, is: unknown, path = ''): FieldChange[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  if (!isTree(was) || !isTree(is))
    return [
      {
        path,
        ...(was === undefined ? {} : { from: was }),
        ...(is === undefined ? {} : { to: is }),
      },
    ];
  const [before, after] = [entries(was), entries(is)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    fieldChanges(before.get(key), after.get(key), path === '' ? key : `${path}.${key}`),
  );
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entries(value: object): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  return new Map(
    value.map((entry, position) => [
      typeof entry?.name === 'string' ? entry.name : String(position),
      entry,
    ]),
  );
}
