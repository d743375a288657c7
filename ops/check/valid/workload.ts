import type { Manifest } from '../../../lib/manifests';
import { podTemplateOf } from '../../../lib/kubernetes/pods';
import { podFaults } from './pod';

const COUNTS = [
  'replicas',
  'minReadySeconds',
  'revisionHistoryLimit',
  'backoffLimit',
  'activeDeadlineSeconds',
];

/** The largest number that Kubernetes has for a count. */
const MOST = 2 ** 31 - 1;

/** What the API server refuses of what makes pods. */
export function workloadFaults(object: Manifest): string[] {
  const { spec } = object;
  const template = podTemplateOf(object);
  if (template === undefined) return [];
  const counts = COUNTS.filter((field) => {
    const value = spec?.[field] as unknown;
    // A text is said elsewhere.
    return typeof value === 'number' && !(Number.isInteger(value) && value >= 0 && value <= MOST);
  }).map((field) => `spec.${field} is ${spec?.[field]}, expected a whole number from 0`);
  const { progressDeadlineSeconds = 600, minReadySeconds = 0 } = (spec ?? {}) as {
    progressDeadlineSeconds?: number;
    minReadySeconds?: number;
  };
  return [
    ...counts,
    ...(object.kind === 'Deployment' && progressDeadlineSeconds <= minReadySeconds
      ? [
          `progressDeadlineSeconds is ${progressDeadlineSeconds}, expected more than minReadySeconds, ${minReadySeconds}`,
        ]
      : []),
    ...podFaults(template.spec ?? {}),
  ];
}
