import { type Colour, COLOURS, contentHash, type Manifest } from '../lib';
import { fault } from '../lib/checks';
import type { Bundle } from './bundle';
import { listOf } from '../lib/kubernetes/pods';
import type { BlueGreenRelease, SedaEnvironment } from './environment';

/** One value of a Secret, and where it is in the store. */
interface Value {
  readonly secretKey: string;
  readonly remoteRef: unknown;
}

/**
 * The ExternalSecrets that both colours read, each once. The colour that was staged first says what it is, and the other
 * one adds the keys that it reads besides: nothing that pods read becomes something else.
 */
export function mergedSecrets(
  { name }: Pick<SedaEnvironment, 'name'>,
  release: BlueGreenRelease,
  bundles: { readonly [colour in Colour]: Bundle },
): { readonly secrets: Manifest[]; readonly faults: string[] } {
  const secrets = new Map<string, Manifest>();
  const faults: string[] = [];
  const byAge = [...COLOURS].sort((a, b) => release[a].release - release[b].release);
  for (const colour of byAge) {
    for (const secret of bundles[colour].filter(({ kind }) => kind === 'ExternalSecret')) {
      const first = secrets.get(secret.metadata.name);
      if (first === undefined) secrets.set(secret.metadata.name, secret);
      else {
        faults.push(...sourceFaults(first, secret).map((problem) => `${name}: ${problem}`));
        secrets.set(secret.metadata.name, withKeysOf(first, secret));
      }
    }
  }
  return { secrets: [...secrets.values()], faults };
}

const valuesOf = ({ spec }: Manifest): Value[] => listOf(spec?.data);

/** The values of both, where one has them already as they are. */
function withKeysOf(first: Manifest, second: Manifest): Manifest {
  const known = valuesOf(first).map(({ secretKey }) => secretKey);
  const more = valuesOf(second).filter(({ secretKey }) => !known.includes(secretKey));
  return more.length === 0
    ? first
    : { ...first, spec: { ...first.spec, data: [...valuesOf(first), ...more] } };
}

/** One name stands for one source: the pods of both colours read the same Secret. */
function sourceFaults(first: Manifest, second: Manifest): string[] {
  const remedy = 'raise secretVersion for the release that reads other values';
  const at = `ExternalSecret ${first.metadata.name}`;
  const store = ({ spec }: Manifest) => spec?.secretStoreRef;
  const moved = valuesOf(second).flatMap(({ secretKey, remoteRef }) => {
    const held = valuesOf(first).find((value) => value.secretKey === secretKey)?.remoteRef;
    return held === undefined || contentHash(held) === contentHash(remoteRef)
      ? []
      : [
          fault(
            `${at} ${secretKey}`,
            'comes from another place for each colour',
            remoteRef,
            JSON.stringify(held),
            remedy,
          ),
        ];
  });
  return contentHash(store(first)) === contentHash(store(second))
    ? moved
    : [
        fault(
          `${at} secretStoreRef`,
          'is another store for each colour',
          store(second),
          JSON.stringify(store(first)),
          remedy,
        ),
        ...moved,
      ];
}
