import type { Kubectl } from '../cluster/kubectl';
import { readNamed } from '../cluster/live';
import {
  deployCommand,
  doctorText,
  type Finding,
  type Place,
  withoutCredentialsIn,
} from '../doctor/finding';
import { secretFindings } from '../doctor/secrets';
import { workloadFindings } from '../doctor/workloads';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import {
  askSecret,
  externalSecretOf,
  keyState,
  remotePath,
  secretUses,
  type SecretUse,
} from './uses';

/** One key that pods need. */
export interface KeyStatus {
  readonly key: string;
  /** Where the store has its value. */
  readonly from?: string;
  readonly state: 'present' | 'empty' | 'missing' | 'not asked';
}

/** One Secret that pods need, and what makes it. */
export interface SecretStatus {
  readonly secret: string;
  readonly exists: boolean | 'not asked';
  readonly madeBy: string;
  readonly neededBy: readonly string[];
  readonly keys: readonly KeyStatus[];
}

/** What `--json` prints; a value is in no part of it. */
export interface SecretsReport {
  readonly environment: string;
  /** Context that was asked; none for `--offline`. */
  readonly context?: string;
  readonly secrets: readonly SecretStatus[];
  readonly findings: readonly Finding[];
}

/**
 * Every key that the pods of a rendering need, where it comes from, and whether the cluster has it.
 *
 * @param kubectl the cluster; without it only what the rendering itself lacks is a finding
 */
export async function examineSecrets(
  name: string,
  rendering: Rendering,
  kubectl?: Kubectl,
): Promise<SecretsReport> {
  const uses = secretUses(rendering, []);
  const answers = new Map(
    kubectl
      ? await Promise.all(
          uses.map(async ({ secret }) => [secret, await askSecret(kubectl, secret)] as const),
        )
      : [],
  );
  const place: Place = {
    name,
    context: kubectl?.context ?? 'CONTEXT',
    namespace: kubectl?.namespace ?? rendering.namespace ?? name,
  };
  const findings = kubectl
    ? [
        ...(await operatorFindings(kubectl, rendering, uses, place)),
        ...uses.flatMap((use) => secretFindings(use, answers.get(use.secret)!, rendering, place)),
      ]
    : uses.flatMap((use) => unmade(use, rendering));
  return {
    environment: name,
    ...(kubectl ? { context: kubectl.context } : {}),
    secrets: uses.map((use) => statusOf(use, answers.get(use.secret), rendering)),
    findings: findings.map(withoutCredentialsIn),
  };
}

function statusOf(
  { secret, keys, users }: SecretUse,
  answer: string | undefined,
  rendering: Rendering,
): SecretStatus {
  const external = externalSecretOf(rendering, secret);
  return {
    secret,
    exists: answer === undefined ? 'not asked' : answer !== '',
    madeBy: external
      ? `ExternalSecret/${external.metadata.name} from ${storeOf(external)}`
      : rendering.get('Secret', secret)
        ? 'dist/'
        : 'hand',
    neededBy: users,
    keys: keys.map((key) => {
      const from = external && remotePath(external, key);
      return {
        key,
        ...(from === undefined ? {} : { from }),
        state: answer === undefined ? 'not asked' : keyState(answer, key),
      };
    }),
  };
}

/** The store that an ExternalSecret reads, by kind and name. */
export function storeOf({ spec }: Manifest): string {
  return `${spec?.secretStoreRef?.kind ?? 'SecretStore'}/${spec?.secretStoreRef?.name}`;
}

/** ExternalSecrets that are not there, or whose operator says no. */
async function operatorFindings(
  kubectl: Kubectl,
  rendering: Rendering,
  uses: readonly SecretUse[],
  place: Place,
): Promise<Finding[]> {
  const rendered = uses.flatMap(({ secret }) => externalSecretOf(rendering, secret) ?? []);
  if (rendered.length === 0) return [];
  try {
    const live = await readNamed(kubectl, rendered);
    const absent = rendered.filter(
      ({ metadata }) => !live.some((one) => one.metadata.name === metadata.name),
    );
    return [
      ...absent.map(({ metadata }): Finding => ({
        severity: 'error',
        object: `ExternalSecret/${metadata.name}`,
        found: 'is in dist/ and not in the cluster',
        cause: 'it was deleted by hand, or a deploy is still to come',
        remedy: deployCommand(place),
      })),
      ...workloadFindings(
        { live, pods: [], events: [], troubles: new Map(), now: new Date(kubectl.io.clock.now()) },
        place,
      ),
    ];
  } catch (error) {
    const remedy =
      'install the External Secrets Operator, or give yourself the right to read its objects';
    return [
      {
        severity: 'error',
        object: 'ExternalSecrets',
        found: `could not look: ${(error as Error).message}`,
        cause: 'nothing can be said about what makes the Secrets',
        remedy,
      },
    ];
  }
}

/** Keys that an ExternalSecret or a rendered Secret never brings, whatever the cluster says. */
function unmade({ secret, keys }: SecretUse, rendering: Rendering): Finding[] {
  const external = externalSecretOf(rendering, secret);
  const rendered = rendering.get('Secret', secret);
  const brings = (key: string) =>
    external
      ? external.spec?.dataFrom !== undefined || remotePath(external, key) !== undefined
      : !rendered || key in { ...rendered.data, ...rendered.stringData };
  const missing = keys.filter((key) => !brings(key));
  if (missing.length === 0) return [];
  const object = external ? `ExternalSecret/${external.metadata.name}` : `Secret/${secret}`;
  return [
    {
      severity: 'error',
      object,
      found: `does not bring ${missing.join(', ')}`,
      cause: 'pods that name the key cannot start',
      remedy: 'name the key in environments/api.ts, or drop it from the pods; then render',
    },
  ];
}

/** What a person reads. */
export function secretsText({ environment, context, secrets, findings }: SecretsReport): string {
  const where = context === undefined ? 'no cluster was asked' : `in the context ${context}`;
  if (secrets.length === 0) return `${environment}: the pods need no Secret`;
  const blocks = secrets.map(({ secret, exists, madeBy, neededBy, keys }) => {
    const rows = keys.map(({ key, from = '', state }) => [key, from, state]);
    const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
    const table = rows.map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .filter((cell) => cell !== '')
          .join('  ')}`,
    );
    return [
      `Secret/${secret}, made by ${madeBy}${exists === false ? ': does not exist' : ''}`,
      ...table,
      `  needed by ${neededBy.join(', ')}`,
    ].join('\n');
  });
  const verdict =
    findings.length > 0
      ? doctorText(environment, findings)
      : `${environment}: nothing is missing${context === undefined ? ' in dist/' : ''}`;
  return [`${environment}: what its pods need; ${where}`, ...blocks, verdict].join('\n\n');
}
