import { kubectlCommand } from '../cluster/kubectl-command';
import type { Manifest } from '../../lib/manifests';
import type { Rendering } from '../rendering/rendering';
import { externalSecretOf, keyState, remotePath, type SecretUse } from '../secrets/uses';
import { deployCommand, type Finding, type Place } from './finding';

const USERS = 3;

/**
 * The Secret or the keys of it that are not there.
 *
 * @param answer what `KEYS_TEMPLATE` gave, nothing for a Secret that does not exist
 */
export function secretFindings(
  { secret, keys, users }: SecretUse,
  answer: string,
  rendering: Rendering,
  place: Place,
): Finding[] {
  const gone = answer === '';
  const [missing, empty] = (['missing', 'empty'] as const).map((state) =>
    keys.filter((key) => keyState(answer, key) === state),
  ) as [string[], string[]];
  if (!gone && missing.length + empty.length === 0) return [];
  const faults = [
    ...(missing.length > 0 ? [`has no key ${missing.join(', ')}`] : []),
    ...(empty.length > 0 ? [`has nothing in the key ${empty.join(', ')}`] : []),
  ];
  const external = externalSecretOf(rendering, secret);
  return [
    {
      severity: 'error',
      object: `Secret/${secret}`,
      found: gone ? 'does not exist' : faults.join(' and '),
      cause: gone
        ? 'pods that need it cannot start'
        : missing.length > 0
          ? 'pods that name the key cannot start; those that run go on with what they were given'
          : 'pods start, and get an empty value',
      remedy: external
        ? fromStore(external, gone, [...missing, ...empty], place)
        : rendering.get('Secret', secret)
          ? deployCommand(place)
          : 'make it by the way that made it before; it is not in dist/',
      details: [
        `needed by ${users.slice(0, USERS).join(', ')}${users.length > USERS ? ` and ${users.length - USERS} more` : ''}`,
      ],
    },
  ];
}

function fromStore(
  external: Manifest,
  gone: boolean,
  missing: readonly string[],
  place: Place,
): string {
  const { metadata, spec } = external;
  const paths = missing.flatMap((key) => remotePath(external, key) ?? []);
  const unasked = missing.filter((key) => remotePath(external, key) === undefined);
  if (unasked.length > 0 && spec?.data?.length > 0)
    return `add ${unasked.join(', ')} to the ExternalSecret ${metadata.name}, render and deploy`;
  const wanted =
    paths.length > 0 ? paths.join(', ') : `what the ExternalSecret ${metadata.name} asks for`;
  // The operator fills an immutable Secret once.
  const again =
    !gone && spec?.target?.immutable
      ? `delete secret ${spec.target.name ?? metadata.name}`
      : `annotate externalsecret ${metadata.name} force-sync=$(date +%s) --overwrite`;
  return `see that the store has ${wanted}, then: ${kubectlCommand(place, again)}`;
}
