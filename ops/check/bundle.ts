import type { Manifest } from '../../lib/manifests';
import { isPlaceholder } from '../../lib/placeholder';
import { RELEASE_ANNOTATION } from '../../lib/release-annotations';
import { calledOf } from '../../lib/kubernetes/identity';
import { readsOf } from '../../lib/kubernetes/reads';
import { makersOf } from '../rendering/reads';
import type { Rendering } from '../rendering/rendering';
import { type LabelSelector, matches } from '../../lib/kubernetes/selection';
import {
  colourOf,
  sameIn,
  scalersOf,
  selecting,
  type Workload,
  workloadsOf,
} from '../rendering/workloads';
import { containerOf } from './job-spec';
import type { Step } from './rule';

/** The two Deployments of a pair, in a rendering. */
export function coloursOf(rendering: Rendering): Workload[] {
  return workloadsOf(rendering).filter(({ colour }) => colour !== undefined);
}

/** Everything that belongs to a colour: what makes, scales, guards and proves its pods, and what these read. */
export function bundleOf(rendering: Rendering, workload: Workload): Manifest[] {
  const jobs = [gateOf(rendering, workload), ...migrationsOf(rendering, workload)].flatMap(
    (job) => job ?? [],
  );
  const pods = [workload.pod, ...jobs.map(({ spec }) => spec?.template?.spec ?? {})];
  const reads = pods
    .flatMap(readsOf)
    .flatMap((read) => makersOf(rendering, read, workload.namespace));
  const templates = [workload.object, ...jobs].map(({ spec }) => spec?.template?.metadata?.labels);
  const policies = rendering.ofKind('NetworkPolicy').filter(({ metadata, spec }) => {
    const selector = spec?.podSelector as LabelSelector | undefined;
    return (
      metadata.namespace === workload.namespace &&
      templates.some(
        (labels) =>
          matches(selector, labels) &&
          // One that is about all colours belongs to none.
          !matches(selector, { ...labels, version: '' }),
      )
    );
  });
  return [
    ...new Set([
      workload.object,
      ...policies,
      ...jobs,
      ...scalersOf(rendering, workload),
      ...selecting(rendering, 'PodDisruptionBudget', workload),
      ...reads,
    ]),
  ];
}

/** The gate of a colour, which its labels tell. */
export function gateOf(rendering: Rendering, workload: Workload): Manifest | undefined {
  return rendering.gateOf(workload.object);
}

/** The migrations of the image of a colour. */
export function migrationsOf(rendering: Rendering, workload: Workload): Manifest[] {
  return rendering
    .ofKind('Job')
    .filter(
      (job) =>
        isMigration(job) &&
        job.metadata.namespace === workload.namespace &&
        containerOf(job)?.image === workload.pod.containers?.[0]?.image,
    );
}

export function isMigration({ metadata }: Manifest): boolean {
  return metadata.labels?.['app.kubernetes.io/component'] === 'migration';
}

export function isGate({ metadata }: Manifest): boolean {
  return metadata.labels?.['app.kubernetes.io/component'] === 'gate';
}

/** Whether pods of a workload ever ran: the image of the first day is in no registry. */
export function isReal({ pod, pods }: Workload): boolean {
  return pods > 0 && !(pod.containers ?? []).some(({ image }) => isPlaceholder(String(image)));
}

/** A colour in both renderings. */
export interface ColourStep {
  readonly before: Workload;
  /** Absent where it is gone. */
  readonly after: Workload | undefined;
  /** What it does for clients: it serves on, begins to, ends, or neither. */
  readonly role: 'serves' | 'begins' | 'ends' | 'idle';
}

const known = new WeakMap<Step, readonly ColourStep[]>();

/** The colours of the base, and what becomes of them. Many rules ask, so that it is found out once for a step. */
export function colourSteps(step: Step): readonly ColourStep[] {
  const found = known.get(step) ?? findColourSteps(step);
  known.set(step, found);
  return found;
}

function findColourSteps(step: Step): ColourStep[] {
  return coloursOf(step.base).map((before): ColourStep => {
    const after = sameIn(step.next, before);
    const [served, serves] = [step.serving.base, step.serving.next].map((serving) =>
      serving.has(before.called),
    );
    return {
      before,
      after,
      role: served ? (serves ? 'serves' : 'ends') : serves ? 'begins' : 'idle',
    };
  });
}

const members = new WeakMap<ColourStep, ReadonlySet<string>>();

/** What belongs to a colour in either rendering, by what it is called; asked for every difference, found out once. */
export function membersOf({ base, next }: Step, colour: ColourStep): ReadonlySet<string> {
  const found =
    members.get(colour) ??
    new Set(
      [...bundleOf(base, colour.before), ...(colour.after ? bundleOf(next, colour.after) : [])].map(
        calledOf,
      ),
    );
  members.set(colour, found);
  return found;
}

/** The colour of the base that serves where a workload would: itself, or the one whose place it is to take. */
export function servingPeer(
  { base, serving }: Step,
  { colour, labels, namespace }: Workload,
): Workload | undefined {
  return colour === undefined
    ? undefined
    : coloursOf(base).find(
        (one) =>
          serving.base.has(one.called) &&
          one.namespace === namespace &&
          one.labels.app === labels.app,
      );
}

/** Whether the colours of a pair had a serving one in the base that really ran. */
export function wasServed(step: Step, { labels, namespace }: Workload): boolean {
  return [...step.serving.base.values()].some(
    (workload) =>
      workload.labels.app === labels.app && workload.namespace === namespace && isReal(workload),
  );
}

/** Whether `seda release` keeps the record of a Deployment; other projects have their own ways. */
export function isRecorded({ metadata }: Manifest): boolean {
  return metadata.annotations?.[RELEASE_ANNOTATION] !== undefined;
}

/** Whether an object is a colour's Deployment. */
export function isColour(object: Manifest): boolean {
  return colourOf(object) !== undefined;
}

/** Nothing that really runs is behind any Service, as before the first release. */
export function servesNobody({ serving }: Step): boolean {
  return ![...serving.base.values()].some(isReal);
}
