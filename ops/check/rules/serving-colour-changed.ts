import type { Manifest } from '../../../lib/manifests';
import { IMAGE_FROM_ANNOTATION, RELEASE_ANNOTATION } from '../../../lib/release-annotations';
import { canonical, canonicalText } from '../../rendering/canonical';
import { calledOf } from '../../../lib/kubernetes/identity';
import { readsOf } from '../../../lib/kubernetes/reads';
import { makersOf } from '../../rendering/reads';
import type { Rendering } from '../../rendering/rendering';
import { scalersOf, selecting, type Workload } from '../../rendering/workloads';
import { membersOf, type ColourStep, colourSteps, gateOf, wasServed } from '../bundle';
import { containerOf, gateFloor } from '../job-spec';
import { type Finding, finding, type Rule } from '../rule';
import { isStricter } from './budget-weakened';

const REMEDIES = {
  serves: 'stage it in the other colour and promote it',
  ends: 'leave it as it is until the next stage, so that the rollback stays possible',
};

/** Kinds that a colour is made of; another one that governs it is not known. */
const BUNDLED = [
  ...['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Job', 'NetworkPolicy'],
  ...['ConfigMap', 'Secret', 'ExternalSecret', 'SealedSecret', 'ServiceAccount'],
];

/** The bundle of a colour that clients reach, before or after, is frozen. It may gain pods. */
export const servingColourChanged: Rule = {
  name: 'serving-colour-changed',
  protects:
    'Everything that belongs to a colour which serves stays, also in the change that takes its traffic away, as it was staged: pods, settings, Secrets, autoscaler, disruption budget and gate. It may gain pods.',
  refuse: (step) =>
    colourSteps(step).flatMap((colour) => {
      const { before, after, role } = colour;
      // What begins to serve as something else than was staged is another rule's.
      if (role === 'idle' || role === 'begins' || after === undefined) return [];
      if (!wasServed(step, before)) return [];
      const changed = changesOf(step.base, step.next, { before, after });
      return changed.map(({ object, what }): Finding =>
        finding(
          object,
          role === 'serves'
            ? `${what}, and clients reach it`
            : `${what} in the change that moves the traffic away from ${before.called}`,
          REMEDIES[role],
        ),
      );
    }),
  // What belongs to a colour that serves is judged above; one that serves nobody is staged, retired and dropped freely.
  permit: ({ object, path, change, before }, step) =>
    colourSteps(step).some((colour) => {
      const member = membersOf(step, colour).has(calledOf(object));
      if (!member || !BUNDLED.includes(object.kind)) return false;
      if (change !== 'changed' || path[0] !== 'metadata') return true;
      const isFree = colour.role === 'idle' || !wasServed(step, colour.before);
      return (
        object.metadata.name === colour.before.object.metadata.name &&
        ((isFree && path[1] === 'annotations' && isRelease(colour, path[2] ?? '', before)) ||
          (path[2] === IMAGE_FROM_ANNOTATION && before === undefined))
      );
    }),
};

/** What an annotation of an idle colour may become: the number of a release is that of other pods. */
function isRelease({ before, after }: ColourStep, key: string, value: unknown): boolean {
  if (key === IMAGE_FROM_ANNOTATION) return value === undefined;
  const templates = [before, after].map((one) => canonicalText(one?.object.spec?.template));
  const isStaged = templates[0] !== templates[1] || (before.pods === 0 && (after?.pods ?? 0) > 0);
  return key !== RELEASE_ANNOTATION || value === undefined || isStaged;
}

/** In what a colour of the next rendering differs from the one of the base, more pods and waves aside. */
export function changesOf(
  base: Rendering,
  next: Rendering,
  { before, after }: { readonly before: Workload; readonly after: Workload },
): { readonly object: Manifest; readonly what: string }[] {
  const found: { object: Manifest; what: string }[] = [];
  const say = (object: Manifest, what: string) => void found.push({ object, what });
  const [old, now] = [before.object, after.object].map(frozen);
  if (canonicalText(old!.template) !== canonicalText(now!.template))
    say(after.object, 'its pods change');
  else if (canonicalText(old) !== canonicalText(now))
    say(after.object, 'how its pods are rolled out or which release they are changes');
  scalerChanges(base, next, { before, after }, say);
  budgetChanges(base, next, { before, after }, say);
  // The gate of other pods is another one.
  if (found.length === 0) gateChanges(base, next, { before, after }, say);
  for (const read of readsOf(before.pod)) {
    const [was, is] = [base, next].map((rendering) =>
      makersOf(rendering, read, before.namespace),
    ) as [Manifest[], Manifest[]];
    // What is gone is a missing reference; Secrets and identities have rules of their own.
    for (const object of is) {
      const former = was.find((one) => calledOf(one) === calledOf(object));
      const elsewhere = object.kind.endsWith('Secret') || object.kind === 'ServiceAccount';
      if (former === undefined || former === object || elsewhere) continue;
      if (canonicalText(contentOf(former)) !== canonicalText(contentOf(object)))
        say(object, 'what its pods read changes');
    }
  }
  return found;
}

/** What of a Deployment is frozen: all but the number of pods. */
function frozen(object: Manifest): { readonly [field: string]: unknown } {
  const { spec, metadata } = canonical(object);
  const { replicas: _, ...rest } = spec ?? {};
  return { ...rest, release: metadata.annotations?.[RELEASE_ANNOTATION] };
}

/** An object without what is said of it. */
function contentOf(object: Manifest): object {
  const { metadata: _, ...content } = canonical(object);
  return content;
}

type Say = (object: Manifest, what: string) => void;
type Colours = Pick<ColourStep, 'before'> & { readonly after: Workload };

function scalerChanges(
  base: Rendering,
  next: Rendering,
  { before, after }: Colours,
  say: Say,
): void {
  const [was, is] = [scalersOf(base, before), scalersOf(next, after)];
  for (const object of is) {
    const former = was.find(({ metadata }) => metadata.name === object.metadata.name);
    if (former === undefined) say(object, `an autoscaler of ${after.called} appears`);
    else if (canonicalText(scaling(former)) !== canonicalText(scaling(object)))
      say(object, `how ${after.called} is scaled changes`);
    else if (
      former.spec?.maxReplicas > object.spec?.maxReplicas ||
      (former.spec?.minReplicas ?? 1) > (object.spec?.minReplicas ?? 1)
    )
      say(object, `${after.called} may have fewer pods than before`);
  }
  for (const object of was)
    if (!is.some(({ metadata }) => metadata.name === object.metadata.name))
      say(object, `the autoscaler of ${after.called} disappears`);
}

function scaling(object: Manifest): object {
  const { minReplicas: _, maxReplicas: __, ...rest } = canonical(object).spec ?? {};
  return rest as object;
}

function budgetChanges(
  base: Rendering,
  next: Rendering,
  { before, after }: Colours,
  say: Say,
): void {
  const [was, is] = [
    selecting(base, 'PodDisruptionBudget', before),
    selecting(next, 'PodDisruptionBudget', after),
  ];
  for (const object of was) {
    const kept = is.find(({ metadata }) => metadata.name === object.metadata.name);
    if (kept === undefined) say(object, `the disruption budget of ${after.called} disappears`);
    else if (!isStricter(object, kept))
      say(kept, `the disruption budget of ${after.called} changes`);
  }
}

/** A gate is another Job when the pods that it proves are; with more pods it asks for more. */
function gateChanges(base: Rendering, next: Rendering, { before, after }: Colours, say: Say): void {
  const [was, is] = [gateOf(base, before), gateOf(next, after)];
  // One that is gone has a rule of its own.
  if (was === undefined || is === undefined) return;
  if (canonicalText(asking(was)) !== canonicalText(asking(is)) || gateFloor(is) < gateFloor(was))
    say(is, `the gate of ${after.called} asks for something else`);
}

function asking(job: Manifest): object {
  const { spec } = canonical(job);
  const asked = structuredClone(spec) as Manifest;
  const env = (containerOf({ ...job, spec: asked })?.env ?? []) as {
    name: string;
    value: string;
  }[];
  for (const variable of env) if (variable.name === 'GATE_FLOOR') variable.value = '';
  return asked;
}
