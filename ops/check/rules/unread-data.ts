import { readersOf } from '../../rendering/reads';
import { workloadsOf } from '../../rendering/workloads';
import type { Rule, Step } from '../rule';

/** Settings and data that no pod reads are nobody's. */
export const unreadData: Rule = {
  name: 'unread-data',
  protects:
    'A ConfigMap that no pod with the same name of it reads may change; others are frozen or follow their pods.',
  permit: ({ object, change, path }, step) =>
    object.kind === 'ConfigMap' &&
    change === 'changed' &&
    path[0] !== 'metadata' &&
    readersOf(running(step), object).length === 0,
};

function running({ base, next }: Step) {
  return [...workloadsOf(base), ...workloadsOf(next)].filter(({ pods }) => pods > 0);
}
