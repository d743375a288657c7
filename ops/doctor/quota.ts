import { kubectlCommand } from '../cluster/kubectl-command';
import { parseQuantity } from '../../lib/quantity';
import type { Manifest } from '../../lib/manifests';
import type { Finding, Place } from './finding';

const NEARLY = 0.9;

/** Quotas of the namespace of which more than nine tenths are used. */
export function quotaFindings(quotas: readonly Manifest[], place: Place): Finding[] {
  return quotas.flatMap(({ metadata, status }) => {
    const hard: Record<string, string> = status?.hard ?? {};
    return Object.entries(hard).flatMap(([resource, limit]): Finding[] => {
      const used: string = status?.used?.[resource] ?? '0';
      const [most, now] = [parseQuantity(limit), parseQuantity(used)];
      // A limit of nothing is a prohibition, and nobody is near it who keeps to it.
      if (most === undefined || now === undefined || most === 0 || now / most <= NEARLY) return [];
      const full = now >= most;
      return [
        {
          severity: full ? 'error' : 'warning',
          object: `ResourceQuota/${metadata.name}`,
          found: `${resource}: ${used} of ${limit} are used, ${Math.floor((now / most) * 100)} %`,
          cause: full
            ? 'no further pod or object of this kind is admitted'
            : 'a rollout needs room for a surge, and a second colour for all its pods',
          remedy: `retire a warm colour where there is one (seda release retire ${place.name}), or raise it: ${kubectlCommand(place, `edit resourcequota ${metadata.name}`)}`,
        },
      ];
    });
  });
}
