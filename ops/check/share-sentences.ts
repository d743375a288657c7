import { COLOURS } from '../../lib/labels';
import type { Rendering, Slot } from '../rendering/rendering';
import { sharedRules, shareOf } from '../rendering/shares';
import { isRecorded } from './bundle';
import type { Step } from './rule';

/** A colour and the percent of the requests that it gets. */
interface Share {
  readonly slot: Slot;
  readonly percent: number;
}

/** A pair whose shares a step changes. */
export interface SharesMoved {
  readonly app: string;
  /** Requests were or are shared by more than one colour, so that the Service tells only a part. */
  readonly isShared: boolean;
  readonly sentence: string;
}

/** What becomes of the shares of every pair whose requests a route shares. */
export function sharesMoved(environment: string, { base, next }: Step): SharesMoved[] {
  const apps = [...new Set(sharedRules(next).map(({ app }) => app))];
  return apps.flatMap((app): SharesMoved[] => {
    const [before, after] = [base, next].map((rendering) => sharesOf(rendering, app)) as [
      Share[],
      Share[],
    ];
    const changed = after.some(
      ({ slot, percent }) => before.find((one) => one.slot.name === slot.name)?.percent !== percent,
    );
    if (before.length === 0 || !changed) return [];
    const isShared = [before, after].some(
      (shares) => shares.filter(({ percent }) => percent > 0).length > 1,
    );
    return [{ app, isShared, sentence: sentenceOf(environment, after) }];
  });
}

function sharesOf(rendering: Rendering, app: string): Share[] {
  return COLOURS.flatMap((colour) => {
    const percent = shareOf(rendering, app, colour);
    const service = rendering
      .ofKind('Service')
      .find(({ metadata }) => metadata.name === `${app}-${colour}`);
    const slot = service && rendering.slotOf(service);
    return percent === undefined || slot === undefined ? [] : [{ slot, percent }];
  });
}

function sentenceOf(environment: string, shares: readonly Share[]): string {
  const parts = shares
    .filter(({ percent }) => percent > 0)
    .sort((one, other) => other.percent - one.percent)
    .map(
      ({ slot, percent }) =>
        `${percent === 100 ? 'all' : `${percent} % of the`} requests go to ${slot.name} ${slot.version}`,
    );
  const back = shares.some(({ slot }) => isRecorded(slot.deployment))
    ? `seda release rollback ${environment}`
    : 'revert this change';
  return `${environment}: ${parts.join(', ')}${parts.length > 1 ? `; back: ${back}` : ''}`;
}
