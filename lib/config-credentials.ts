import { credentialFault } from './credentials';
import type { Manifest } from './manifests';

/** On a ConfigMap or Secret: the keys that look like a credential, and of which somebody says that they are none. */
export const NOT_CREDENTIALS_ANNOTATION = 'seda.fm/not-credentials';

/** The annotation of a ConfigMap or Secret; none where nobody says anything. */
export function notCredentialsAnnotation(keys: readonly string[] = []): {
  readonly annotations?: { readonly [key: string]: string };
} {
  return keys.length === 0
    ? {}
    : { annotations: { [NOT_CREDENTIALS_ANNOTATION]: [...keys].sort().join(',') } };
}

/** The keys of an object that its annotation says are no credentials. */
export function notCredentialsOf({ metadata }: Manifest): string[] {
  return (metadata.annotations?.[NOT_CREDENTIALS_ANNOTATION] ?? '').split(',');
}

/** The settings of a ConfigMap that seem to be credentials; none in an object of another kind. */
export function configCredentials(object: Manifest): {
  readonly key: string;
  readonly problem: string;
}[] {
  if (object.kind !== 'ConfigMap') return [];
  const excused = notCredentialsOf(object);
  return Object.entries(object.data ?? {}).flatMap(([key, value]) => {
    const problem = excused.includes(key) ? undefined : credentialFault(key, String(value));
    return problem === undefined ? [] : [{ key, problem }];
  });
}

/** An object without the settings that `configCredentials` judges. */
export function withoutSettings(object: Manifest): object {
  return object.kind === 'ConfigMap' ? { ...object, data: undefined } : object;
}
