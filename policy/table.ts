import type { Check } from './check';
import { configurationChecks } from './checks-configuration';
import { containerChecks } from './checks-containers';
import { networkChecks } from './checks-network';
import { podChecks } from './checks-pods';
import { workloadChecks } from './checks-workloads';

/** A row of the table that says nothing about what is rendered here. */
export interface NotApplicable {
  readonly row: number;
  readonly why: string;
  /** Kinds that would make the row apply; none of them is rendered. */
  readonly kinds?: readonly string[];
}

/** The merged list of what linters check has this many rows. */
export const ROWS = 68;

export const checks: readonly Check[] = [
  ...podChecks,
  ...containerChecks,
  ...workloadChecks,
  ...networkChecks,
  ...configurationChecks,
].sort((a, b) => a.row - b.row);

export const notApplicable: readonly NotApplicable[] = [
  {
    row: 22,
    why: 'the list of registries to trust is configuration of a linter or of the cluster',
  },
  { row: 62, why: 'which nodes suit is known to the platform, whose scheduler defaults hold' },
  { row: 64, why: 'the platform sets limits of a namespace', kinds: ['LimitRange'] },
  {
    row: 65,
    why: 'the platform sets quotas; one with limits.cpu would force CPU limits on every pod',
    kinds: ['ResourceQuota'],
  },
  { row: 66, why: 'there is no git-sync, dashboard or Tiller, which its checks look for' },
];
